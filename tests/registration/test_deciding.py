"""Organisers answer requests: one or many, with a reason, under the lock."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from litestar import Litestar

from events.accounts.rules import Actor
from events.activity.queries import list_for_subject as list_done
from events.outbox.actions import claim
from events.outbox.rules import Mail
from events.questions.actions import put_form
from events.registration import queries
from events.registration.actions.cancelling import cancel_own
from events.registration.actions.deciding import answer_chosen, answer_request, answer_requests
from events.registration.actions.erasing import erase_own
from events.registration.actions.moving import cancel_event, change_event
from events.registration.actions.switching import switch_own
from events.registration.answers.actions import change_own_answers
from events.registration.answers.queries import list_answers
from events.registration.mails import renderers
from events.registration.queries.deciding import list_request_answers
from events.registration.rules import (
    AlreadyRegistered,
    Full,
    RegistrationClosed,
    Standing,
    TicketNotFound,
)
from events.registration.tables import RequestAnswer
from events.settings import Settings
from tests.make import a_program, a_published_event, a_registration, an_organisation
from tests.questions.forms import a_question, asking
from tests.registration.places import seen

SLUG = "care-skills-count"
TWO = {"in_person": {"capacity": 2}, "online": {"capacity": None}}


async def standing_of(*people: Any) -> list[Standing]:
    return [(await queries.get_by_id(one.id)).standing for one in people]


async def asked(number: int, **changes: Any) -> list[Any]:
    return [
        await a_registration(email=f"person{one}@example.org", name=f"Person {one}", **changes) for one in range(number)
    ]


async def last_mail(settings: Settings) -> Mail:
    *_, newest = await claim(1000, timedelta(minutes=1))
    mail = await renderers(settings)[newest.queued.kind](newest.queued)
    assert mail is not None
    return mail


async def test_a_reason_is_told_in_the_mail_and_kept_beside_the_registration(by: Actor, settings: Settings) -> None:
    await a_published_event(by, approval=True)
    ana, bo = await asked(2)
    await answer_request(ana.code, accept=True, by=by, reason="Bring a badge.\nThe east gate opens at 8.")
    assert "The organisers write: Bring a badge.\nThe east gate opens at 8." in (await last_mail(settings)).text
    await answer_request(bo.code, accept=False, by=by, reason="{name} <b>is</b> full")
    mail = await last_mail(settings)
    assert "The organisers write: {name} <b>is</b> full" in mail.text
    assert "{name} &lt;b&gt;is&lt;/b&gt; full" in mail.html
    [kept] = await list_request_answers(bo.id)
    assert (kept.accepted, kept.reason, kept.answered_by) == (False, "{name} <b>is</b> full", "system")
    log = await list_done(f"registration:{bo.id}", organisation=by.organisation)
    assert [one.verb for one in log] == ["declined", "registered"]
    assert all("full" not in str(one.facts) for one in log), "the log, which stays, holds no words about anybody"


async def test_without_a_reason_the_mail_says_nothing_of_one(by: Actor, settings: Settings) -> None:
    await a_published_event(by, approval=True)
    [ana] = await asked(1)
    await answer_request(ana.code, accept=False, by=by)
    assert "The organisers write" not in (await last_mail(settings)).text


async def test_who_was_declined_by_mistake_is_accepted_later_while_there_are_places(
    by: Actor, settings: Settings
) -> None:
    event = await a_published_event(by, approval=True, modes=TWO, ask_access=True)
    ana = await a_registration(email="ana@example.org", assistants=[{"name": "Ben"}])
    await answer_request(ana.code, accept=False, by=by)
    assert [one["standing"] for one in (await seen(event.id)).people.values()] == ["declined", "declined"]
    await answer_request(ana.code, accept=True, by=by, reason="Sorry, our mistake.")
    now = await seen(event.id)
    assert [one["standing"] for one in now.people.values()] == ["confirmed", "confirmed"]
    assert now.modes["in_person"]["taken"] == 1
    now.check_places()
    assert "Sorry, our mistake." in (await last_mail(settings)).text
    assert [one.accepted for one in await list_request_answers(ana.id)] == [False, True]


async def test_accepted_beyond_capacity_they_stand_in_line_and_need_no_second_answer(
    by: Actor, settings: Settings
) -> None:
    event = await a_published_event(by, approval=True, modes={"in_person": {"capacity": 1}})
    ana = await a_registration(email="ana@example.org")
    await answer_request(ana.code, accept=False, by=by)
    bo = await a_registration(email="bo@example.org")
    cleo = await a_registration(email="cleo@example.org")
    assert await standing_of(ana, bo, cleo) == [Standing.DECLINED, Standing.PENDING, Standing.WAITING]
    assert (await answer_request(ana.code, accept=True, by=by, reason="Welcome.")).standing is Standing.WAITING
    mail = await last_mail(settings)
    assert mail.subject.startswith("Accepted, on the waiting list")
    assert "You are number 2 in line." in mail.text
    assert "Welcome." in mail.text
    await change_event(event.slug, {"modes": {"in_person": {"capacity": 3}}}, by=by)
    assert await standing_of(ana, bo, cleo) == [Standing.CONFIRMED, Standing.PENDING, Standing.PENDING]
    (await seen(event.id)).check_places()


async def test_who_was_accepted_into_a_line_is_certain_where_they_switch_to(by: Actor) -> None:
    await a_published_event(by, approval=True, modes={"in_person": {"capacity": 1}, "online": {"capacity": None}})
    ana = await a_registration(email="ana@example.org")
    await answer_request(ana.code, accept=False, by=by)
    await a_registration(email="bo@example.org")
    await answer_request(ana.code, accept=True, by=by)
    assert (await switch_own(ana.token, "online")).standing is Standing.CONFIRMED  # type: ignore[arg-type]  # a Mode's text


async def test_without_a_line_nobody_is_accepted_beyond_capacity(by: Actor) -> None:
    await a_published_event(by, approval=True, waiting_list=False, modes={"in_person": {"capacity": 1}})
    ana = await a_registration(email="ana@example.org")
    await answer_request(ana.code, accept=False, by=by)
    await a_registration(email="bo@example.org")
    with pytest.raises(Full):
        await answer_request(ana.code, accept=True, by=by)
    assert await standing_of(ana) == [Standing.DECLINED]


async def test_where_places_were_taken_away_as_many_are_accepted_as_there_are(by: Actor) -> None:
    event = await a_published_event(by, approval=True, modes={"in_person": {"capacity": 5}})
    people = await asked(4)
    await change_event(event.slug, {"modes": {"in_person": {"capacity": 2}}}, by=by)
    done = await answer_requests(event.slug, [one.code for one in people], accept=True, by=by)
    assert done.counts == {Standing.CONFIRMED: 2, Standing.WAITING: 2}
    assert await standing_of(*people) == [Standing.CONFIRMED] * 2 + [Standing.WAITING] * 2
    (await seen(event.id)).check_places()


async def test_who_stands_in_line_for_the_room_goes_on_standing_there(by: Actor) -> None:
    event = await a_published_event(by, approval=True, modes={"in_person": {"capacity": 1}, "online": {"capacity": 2}})
    await a_registration(email="room@example.org")
    made = await a_registration(email="both@example.org", meanwhile="online")
    behind = await a_registration(email="behind@example.org")
    other = await a_registration(email="online@example.org", mode="online")
    await change_event(SLUG, {"modes": {"online": {"capacity": 1}}}, by=by)
    for one in (other, made):
        await answer_request(one.code, accept=True, by=by)
    assert await standing_of(made, behind, other) == [Standing.WAITING, Standing.WAITING, Standing.CONFIRMED]
    now = await seen(event.id)
    now.check_places()
    assert now.line("in_person") == [made.id, behind.id]


async def test_who_registered_anew_is_not_accepted_twice(by: Actor) -> None:
    await a_published_event(by, approval=True)
    first = await a_registration(email="ana@example.org")
    await answer_request(first.code, accept=False, by=by)
    second = await a_registration(email="Ana@Example.org")
    await answer_request(second.code, accept=False, by=by)
    done = await answer_requests(SLUG, [first.code, second.code], accept=True, by=by)
    assert done.counts == {Standing.CONFIRMED: 1}
    [left_out] = done.left_out
    assert (left_out.code, left_out.refused.kind) == (second.code, "already-registered")
    with pytest.raises(AlreadyRegistered):
        await answer_request(second.code, accept=True, by=by)


async def test_who_comes_after_all_chooses_anew_what_is_taken_up_by_then(by: Actor) -> None:
    event = await a_published_event(by, approval=True)
    room = {"key": "a", "label": {"en": "Room A"}, "capacity": 1}
    tour = a_question("single_choice", "tour", choices=[room, {"key": "b", "label": {"en": "B"}}])
    await put_form(SLUG, asking(tour), by=by)
    first, second = [await a_registration(email=f"{who}@example.org") for who in ("first", "second")]
    for one in (first, second):
        await change_own_answers(one.token, {"tour": "a"})
        await answer_request(one.code, accept=False, by=by)
    await answer_requests(SLUG, [first.code, second.code], accept=True, by=by)
    assert await standing_of(first, second) == [Standing.CONFIRMED] * 2
    _, found = await list_answers(event.id, [first.id, second.id])
    assert {person: answers["tour"].values for person, answers in found.items()} == {first.id: ("a",)}


async def test_nobody_is_accepted_to_what_does_not_take_place(by: Actor) -> None:
    event = await a_published_event(by, approval=True)
    [ana] = await asked(1)
    await cancel_event(event.slug, reason={}, by=by)
    with pytest.raises(RegistrationClosed):
        await answer_request(ana.code, accept=True, by=by)
    assert (await answer_request(ana.code, accept=False, by=by)).standing is Standing.DECLINED


async def test_in_their_calendar_who_comes_back_is_above_who_was_declined(by: Actor) -> None:
    await a_published_event(by, approval=True)
    [ana] = await asked(1)
    ended = [await queries.count_ended(await queries.get_by_id(ana.id))]
    for accept in (False, True):
        await answer_request(ana.code, accept=accept, by=by)
        ended.append(await queries.count_ended(await queries.get_by_id(ana.id)))
    assert ended == [0, 1, 1], "2 × 1 − 1 while declined, 2 × 1 now: higher"
    await cancel_own(ana.token)
    assert await queries.count_ended(await queries.get_by_id(ana.id)) == 2


async def test_many_are_answered_at_once_and_who_cancelled_meanwhile_is_left_out(by: Actor) -> None:
    event = await a_published_event(by, approval=True, modes={"in_person": {"capacity": 3}})
    people = await asked(5)
    assert [one.standing for one in people] == [Standing.PENDING] * 3 + [Standing.WAITING] * 2
    await cancel_own(people[1].token)  # the fourth moves up, still to be looked at
    codes = [one.code for one in people] + ["ZZZZ"]
    done = await answer_requests(event.slug, codes, accept=True, by=by, reason="Welcome.")
    assert done.counts == {Standing.CONFIRMED: 3}
    assert {(one.code, one.refused.kind) for one in done.left_out} == {
        (people[1].code, "wrong-standing"),
        (people[4].code, "wrong-standing"),
        ("ZZZZ", "not-found"),
    }
    now = await seen(event.id)
    assert [now.people[one.id]["standing"] for one in people] == [
        "confirmed", "cancelled", "confirmed", "confirmed", "waiting",
    ]  # fmt: skip
    assert await RequestAnswer.count() == 3
    now.check_places()


async def test_declining_many_frees_as_many_places_for_who_waits(by: Actor) -> None:
    event = await a_published_event(by, approval=True, modes={"in_person": {"capacity": 3}})
    people = await asked(5)
    done = await answer_requests(event.slug, [one.code for one in people[:3]], accept=False, by=by)
    assert done.counts == {Standing.DECLINED: 3}
    now = await seen(event.id)
    assert [now.people[one.id]["standing"] for one in people] == ["declined"] * 3 + ["pending"] * 2
    assert now.modes["in_person"]["taken"] == 2
    now.check_places()
    told = {one.id: now.told[one.id] for one in people}
    assert told == {people[0].id: 2, people[1].id: 2, people[2].id: 2, people[3].id: 2, people[4].id: 2}


async def test_more_than_one_batch_is_answered_each_once(by: Actor) -> None:
    event = await a_published_event(by, approval=True)
    people = [await a_registration(email=f"p{one}@example.org", mode="online") for one in range(7)]
    done = await answer_chosen(event.slug, [one.code for one in people] * 80, accept=True, by=by)
    assert done.counts == {Standing.CONFIRMED: 7}
    now = await seen(event.id)
    assert set(now.told.values()) == {2}


async def test_two_who_answer_at_once_answer_each_person_once(by: Actor) -> None:
    event = await a_published_event(by, approval=True, modes={"in_person": {"capacity": 20}})
    people = await asked(20)
    codes = [one.code for one in people]
    (accepted, declined), _ = await asyncio.gather(
        asyncio.gather(
            answer_requests(event.slug, codes, accept=True, by=by),
            answer_requests(event.slug, codes[::-1], accept=False, by=by),
        ),
        asyncio.gather(*(cancel_own(one.token) for one in people[::4])),
    )
    now = await seen(event.id)
    now.check_places()
    answered = sum(accepted.counts.values()) + sum(declined.counts.values())
    assert answered == await RequestAnswer.count()
    assert {row["registration"] for row in await RequestAnswer.select()} <= {one.id for one in people}
    for one in people:
        answers = await list_request_answers(one.id)
        assert len(answers) <= 1 or not answers[0].accepted, "nobody accepted is answered again"


async def test_another_organisations_requests_are_not_there(by: Actor) -> None:
    await a_published_event(by, approval=True)
    [ana] = await asked(1)
    other = await an_organisation("other", "Other")
    with pytest.raises(TicketNotFound):
        await answer_request(ana.code, accept=True, by=other)
    event = await a_published_event(other, slug="theirs")
    done = await answer_requests(event.slug, [ana.code], accept=True, by=other)
    assert (done.counts, [one.refused.kind for one in done.left_out]) == ({}, ["not-found"])
    assert await standing_of(ana) == [Standing.PENDING]


async def test_reasons_are_forgotten_with_the_person(by: Actor) -> None:
    await a_published_event(by, approval=True)
    [ana] = await asked(1)
    await answer_request(ana.code, accept=False, by=by, reason="Not this time, Ana.")
    await erase_own(ana.token)
    assert await RequestAnswer.count() == 0
    with pytest.raises(TicketNotFound):
        await answer_request(ana.code, accept=True, by=by)


async def test_who_downloads_their_data_has_what_was_answered_and_not_by_whom(
    by: Actor, client: httpx.AsyncClient
) -> None:
    await a_published_event(by, approval=True)
    [ana] = await asked(1)
    await answer_request(ana.code, accept=False, by=by, reason="Speakers only.")
    document = (await client.get(f"/t/{ana.token}/data.json")).json()
    [decision] = document["decisions"]
    assert decision.keys() == {"accepted", "reason", "at"}
    assert (decision["accepted"], decision["reason"]) == (False, "Speakers only.")


async def test_programs_answer_one_or_many(app: Litestar) -> None:
    organisation = await an_organisation()
    await a_published_event(organisation, approval=True, modes={"in_person": {"capacity": 1}})
    ana, bo = await asked(2)
    program = await a_program(app, organisation)
    answer = await program.post(f"/api/v1/registrations/{ana.code}/decline", json={"reason": "We are full."})
    assert (answer.status_code, answer.json()["standing"]) == (200, "declined")
    answer = await program.post(f"/api/v1/registrations/{ana.code}/accept")
    assert (answer.status_code, answer.json()["standing"]) == (200, "waiting")
    again = await program.post(f"/api/v1/registrations/{ana.code}/decline")
    assert (again.status_code, again.json()["type"]) == (409, "urn:sideline:problem:wrong-standing")
    sent = {"decision": "accept", "codes": [bo.code, ana.code, "nobody"], "reason": "Welcome."}
    headers = {"Idempotency-Key": "one"}
    many = await program.post(f"/api/v1/events/{SLUG}/decisions", json=sent, headers=headers)
    assert many.status_code == 200
    assert {name: many.json()[name] for name in ("confirmed", "waiting", "declined")} == {
        "confirmed": 1, "waiting": 0, "declined": 0,
    }  # fmt: skip
    assert [(one["code"], one["reason"]) for one in many.json()["left_out"]] == [
        (ana.code, "wrong-standing"),
        ("nobody", "not-found"),
    ]
    assert (await program.post(f"/api/v1/events/{SLUG}/decisions", json=sent, headers=headers)).json() == many.json()
    wrong = await program.post(f"/api/v1/events/{SLUG}/decisions", json={"decision": "maybe", "codes": "x"})
    assert {one["field"] for one in wrong.json()["errors"]} == {"decision", "codes"}
    too_many = await program.post(f"/api/v1/events/{SLUG}/decisions", json={"decision": "accept", "codes": ["x"] * 501})
    assert (too_many.status_code, too_many.json()["errors"][0]["message"]) == (422, "Send at most 500.")
    long = await program.post(f"/api/v1/registrations/{ana.code}/decline", json={"reason": "x" * 1001})
    assert long.json()["errors"][0]["message"] == "Write at most 1000 characters."
