"""Answers to an event's own questions: kept with their words, counted, changed, shown to few and forgotten in time."""

import asyncio

import pytest
import time_machine

from events.accounts.rules import SCOPES, Actor
from events.activity.queries import list_for_subject
from events.infra import db
from events.kernel.errors import Invalid
from events.questions.actions import change_form, change_question, copy_event, put_form, put_question
from events.questions.editing import retired
from events.questions.queries import get_form
from events.registration.actions.cancelling import cancel_registration
from events.registration.actions.erasing import erase_outdated, erase_own
from events.registration.answers.actions import (
    change_own_answers,
    keep_file,
    purge_sensitive,
    read_sensitive,
    set_answers,
)
from events.registration.answers.queries import count_answers, count_choices, get_file, list_answers
from events.registration.answers.rules import FileNotFound, read_file
from events.registration.answers.tables import Answer
from events.registration.queries.listing import list_registrations
from events.registration.rules import Listed
from events.registration.tables import Registration
from tests.make import a_published_event, a_registration
from tests.questions.forms import a_question, asking, only_if
from tests.registration.asked import PDF, SLUG, an_event, kept, reloaded


async def test_answers_are_kept_by_name_and_in_the_order_of_the_form(by: Actor) -> None:
    await an_event(by, a_question("short_text", "post"), a_question("multiple_choice", "days"))
    made = await a_registration(answers={"days": ["b", "a"], "post": "Head of unit"})
    assert await kept(made) == {"post": ("Head of unit",), "days": ("a", "b")}
    [row] = await Registration.select(Registration.answers)
    assert row["answers"] == "{}"


async def test_where_nothing_is_asked_what_is_sent_is_kept_as_it_is(by: Actor) -> None:
    await a_published_event(by)
    await a_registration(answers={"shoe": "42", "size": 7, "days": ["Monday", "Friday"], "vip": True})
    [row] = await Registration.select(Registration.answers)
    assert row["answers"] == '{"shoe":"42","size":"7","days":"Monday; Friday","vip":"true"}'


async def test_nobody_is_registered_while_an_answer_is_wrong(by: Actor) -> None:
    await an_event(by, a_question("number", "age", required=True), a_question("date", "born"))
    with pytest.raises(Invalid) as refused:
        await a_registration(answers={"born": "yesterday", "shoe": "42"})
    assert {one.field for one in refused.value.problems} == {"answers.age", "answers.born", "answers.shoe"}
    assert not await Registration.exists()


async def test_who_is_registered_cannot_be_told_from_who_is_not_by_wrong_answers(by: Actor) -> None:
    await an_event(by, a_question("number", "age"), prove_address=True)
    await a_registration()
    told = []
    for email in ("ana@example.org", "new@example.org"):
        with pytest.raises(Invalid) as refused:
            await a_registration(email=email, answers={"age": "old"})
        told.append([(one.field, one.message) for one in refused.value.problems])
    assert told[0] == told[1]
    assert [field for field, _ in told[0]] == ["answers.age"]


class TestTheWords:
    async def test_an_answer_keeps_those_under_which_it_was_given(self, by: Actor) -> None:
        event = await an_event(by, a_question("single_choice", "meal", label={"en": "Which lunch?"}))
        before = await a_registration(answers={"meal": "a"})
        [question] = (await get_form(event.id, (await reloaded(event)).form)).questions
        choices = [{"key": "a", "label": {"en": "Fish"}}, {"key": "b", "label": {"en": "Rice"}}]
        posted = a_question("single_choice", "meal", label={"en": "Which dinner?"}, choices=choices)
        await change_question(SLUG, question.id, posted, by=by)
        after = await a_registration(email="ben@example.org", answers={"meal": "a"})
        _, found = await list_answers(event.id, [before.id, after.id])
        said = [
            (found[made.id]["meal"].wording.label["en"], found[made.id]["meal"].wording.choices[0].label["en"])
            for made in (before, after)
        ]
        assert said == [("Which lunch?", "A"), ("Which dinner?", "Fish")]

    async def test_the_database_refuses_the_words_of_another_question(self, by: Actor) -> None:
        await an_event(by, a_question("short_text", "post"), a_question("short_text", "room"))
        await a_registration(answers={"post": "Head of unit", "room": "CR-12"})
        post, room = await Answer.select().order_by(Answer.id)

        @db.write
        async def confuse() -> None:
            await Answer.update({Answer.version: room["version"]}).where(Answer.id == post["id"])

        with pytest.raises(db.STILL_NEEDED):
            await confuse()

    async def test_a_question_that_was_removed_keeps_its_answers_and_can_be_put_back(self, by: Actor) -> None:
        event = await an_event(by, a_question("short_text", "post"))
        made = await a_registration(answers={"post": "Head of unit"})
        [question] = (await get_form(event.id, (await reloaded(event)).form)).questions
        await change_form(SLUG, lambda form: retired(form, question.id), by=by)
        assert (await reloaded(event)).form == ""
        assert await kept(made) == {"post": ("Head of unit",)}
        await put_form(SLUG, asking(a_question("short_text", "post")), by=by)
        assert [one.id for one in (await get_form(event.id, (await reloaded(event)).form)).questions] == [question.id]

    async def test_a_copy_of_the_event_asks_the_same_of_other_people(self, by: Actor) -> None:
        await an_event(
            by, a_question("yes_no", "visa"), a_question("short_text", "why", show_if=only_if("visa", "yes"))
        )
        await a_registration(answers={"visa": "no"})
        copied = await copy_event(SLUG, by=by, domain="testserver")
        form = await get_form(copied.id, copied.form or (await reloaded(copied)).form)
        assert [one.name for one in form.questions] == ["visa", "why"]
        assert await count_choices(copied.id) == {}


class TestPlacesPerChoice:
    LIMITED = a_question(
        "single_choice",
        "room",
        choices=[{"key": "a", "label": {"en": "Room A"}, "capacity": 3}, {"key": "b", "label": {"en": "B"}}],
    )

    async def test_never_one_too_many_whatever_happens_at_once_and_in_whatever_mode(self, by: Actor) -> None:
        event = await an_event(by, self.LIMITED)
        refused: set[str] = set()

        async def one(number: int) -> bool:
            try:
                await a_registration(
                    email=f"p{number}@example.org", mode=("in_person", "online")[number % 2], answers={"room": "a"}
                )
            except Invalid as invalid:
                refused.update(problem.field for problem in invalid.problems)
                return False
            return True

        done = await asyncio.gather(*(one(number) for number in range(24)))
        assert (sum(done), refused) == (3, {"answers.room"})
        assert list((await count_choices(event.id)).values()) == [3]
        assert await Registration.count() == 3

    async def test_who_cancels_gives_the_choice_back_and_who_keeps_it_may_change_the_rest(self, by: Actor) -> None:
        await an_event(by, self.LIMITED, a_question("short_text", "post"))
        made = [await a_registration(email=f"p{n}@example.org", answers={"room": "a"}) for n in range(3)]
        await change_own_answers(made[0].token, {"room": "a", "post": "Chair"})
        late = await a_registration(email="late@example.org", answers={"room": "b"})
        with pytest.raises(Invalid):
            await change_own_answers(late.token, {"room": "a"})
        await cancel_registration(made[1].code, by=by)
        await change_own_answers(late.token, {"room": "a"})
        assert await kept(late) == {"room": ("a",)}

    async def test_who_has_made_a_choice_keeps_it_when_there_are_fewer_places_and_chooses_more(self, by: Actor) -> None:
        choices = [{"key": key, "label": {"en": key}, "capacity": 2} for key in ("a", "b")]
        event = await an_event(by, a_question("multiple_choice", "days", choices=choices))
        made = [await a_registration(email=f"p{n}@example.org", answers={"days": ["a"]}) for n in range(2)]
        [question] = (await get_form(event.id, (await reloaded(event)).form)).questions
        fewer = [{**choice, "capacity": 1} for choice in choices]
        await change_question(SLUG, question.id, a_question("multiple_choice", "days", choices=fewer), by=by)
        await change_own_answers(made[0].token, {"days": ["a", "b"]})
        assert await kept(made[0]) == {"days": ("a", "b")}
        with pytest.raises(Invalid):
            await change_own_answers(made[1].token, {"days": ["a", "b"]})
        await change_own_answers(made[1].token, {"days": []})
        with pytest.raises(Invalid):
            await change_own_answers(made[1].token, {"days": ["a"]})


class TestChanging:
    async def test_what_is_not_given_stays_and_what_is_hidden_now_goes(self, by: Actor) -> None:
        await an_event(
            by,
            a_question("yes_no", "visa"),
            a_question("short_text", "passport", required=True, sensitive=True, show_if=only_if("visa", "yes")),
            a_question("short_text", "post"),
        )
        made = await a_registration(answers={"visa": "yes", "passport": "X1", "post": "Chair"})
        await change_own_answers(made.token, {"visa": "yes", "post": "Head"})
        assert await kept(made, sensitive=True) == {"visa": ("yes",), "passport": ("X1",), "post": ("Head",)}
        await change_own_answers(made.token, {"visa": "no", "post": ""})
        assert await kept(made, sensitive=True) == {"visa": ("no",)}
        with pytest.raises(Invalid) as refused:
            await change_own_answers(made.token, {"visa": "yes"})
        assert [one.field for one in refused.value.problems] == ["answers.passport"]

    async def test_who_waits_for_the_room_online_keeps_what_was_asked_for_the_room(self, by: Actor) -> None:
        lunch = a_question("yes_no", "lunch", required=True, show_if=only_if("mode", "in_person"))
        one_place = {"in_person": {"capacity": 1}, "online": {"capacity": None}}
        await an_event(by, lunch, a_question("short_text", "post"), modes=one_place)
        await a_registration(answers={"lunch": "no"})
        waits = await a_registration(email="ben@example.org", meanwhile="online", answers={"lunch": "yes"})
        assert (waits.mode, waits.waits_for) == ("online", "in_person")
        await change_own_answers(waits.token, {"lunch": "yes", "post": "Chair"})
        assert await kept(waits) == {"lunch": ("yes",), "post": ("Chair",)}
        await set_answers(waits.code, {"post": "Head"}, by=by)
        assert await kept(waits) == {"lunch": ("yes",), "post": ("Head",)}

    async def test_organisers_note_what_is_asked_at_the_door_and_people_do_not_see_it(self, by: Actor) -> None:
        event = await an_event(
            by, a_question("yes_no", "photo", asked="door"), a_question("short_text", "note", asked="organisers")
        )
        with pytest.raises(Invalid):
            await a_registration(answers={"note": "VIP"})
        made = await a_registration()
        await set_answers(made.code, {"photo": "no", "note": "VIP"}, by=by)
        assert await kept(made) == {"photo": ("no",), "note": ("VIP",)}
        assert list((await get_form(event.id, (await reloaded(event)).form)).asking().questions) == []

    async def test_without_the_right_nobody_writes_over_a_sensitive_answer(self, by: Actor) -> None:
        await an_event(by, a_question("short_text", "passport", sensitive=True), a_question("short_text", "post"))
        made = await a_registration(answers={"passport": "X1"})
        organiser = Actor(by.organisation, "member:1", tuple(scope for scope in SCOPES if scope != "sensitive:read"))
        with pytest.raises(Invalid) as refused:
            await set_answers(made.code, {"passport": "FAKE", "post": "Chair", "shoe": "42"}, by=organiser)
        assert [one.field for one in refused.value.problems] == ["answers.passport", "answers.shoe"]
        await set_answers(made.code, {"post": "Chair"}, by=organiser)
        assert await kept(made, sensitive=True) == {"passport": ("X1",), "post": ("Chair",)}


class TestSensitiveAnswers:
    QUESTIONS = (
        a_question("multiple_choice", "needs", sensitive=True, purge_days=7),
        a_question("file", "passport", sensitive=True, purge_days=7),
        a_question("short_text", "post"),
    )

    async def test_they_are_in_no_ordinary_list_and_who_looks_is_written_down(self, by: Actor) -> None:
        event = await an_event(by, *self.QUESTIONS)
        made = await a_registration(answers={"needs": ["a", "b"], "post": "Chair"})
        assert await kept(made) == {"post": ("Chair",)}
        assert (await list_registrations(SLUG, by.organisation, Listed(answer="needs:a")))[0] == []
        assert [one.values for one in await read_sensitive(made.code, by=by)] == [("a", "b")]
        latest = (await list_for_subject(f"event:{event.id}", organisation=by.organisation))[0]
        assert (latest.verb, latest.actor, latest.facts) == ("read_sensitive", "system", {"registration": made.id})

    async def test_they_are_replaced_so_many_days_after_the_end_and_the_rest_stays(self, by: Actor) -> None:
        event = await an_event(by, *self.QUESTIONS)
        [_, passport, _] = (await get_form(event.id, (await reloaded(event)).form)).questions
        token = await keep_file(event.id, passport.id, read_file("my passport.pdf", PDF))
        made = await a_registration(answers={"needs": ["a", "b"], "passport": token, "post": "Chair"})
        with time_machine.travel("2027-02-12T19:00:00Z", tick=False):  # half an hour too early
            assert await purge_sensitive() == 0
        with time_machine.travel("2027-02-12T20:00:00Z", tick=False):
            assert await purge_sensitive() == 3
            assert await purge_sensitive() == 0
        _, found = await list_answers(event.id, [made.id], sensitive=True)
        assert [(name, one.values, one.purged_at is None) for name, one in found[made.id].items()] == [
            ("needs", (), False), ("passport", (), False), ("post", ("Chair",), True)
        ]  # fmt: skip
        assert {row["value"] for row in await Answer.select(Answer.value)} == {"", "Chair"}
        with pytest.raises(FileNotFound):
            await get_file(made.id, passport.id)

    async def test_whoever_erases_leaves_no_answer_and_after_the_promised_time_only_counts_are_left(
        self, by: Actor
    ) -> None:
        event = await an_event(by, *self.QUESTIONS, a_question("yes_no", "visa"))
        said = {"needs": ["a"], "post": "Chair", "visa": "yes"}
        erased, _ = await a_registration(answers=said), await a_registration(email="ben@example.org", answers=said)
        await erase_own(erased.token)
        assert await kept(erased, sensitive=True) == {}
        with time_machine.travel("2027-12-05T20:00:00Z", tick=False):
            assert await erase_outdated() == 1
        assert [row["value"] for row in await Answer.select(Answer.value)] == ["yes"]
        [counted] = await count_answers(event.id)
        assert (counted.question.name, counted.made) == ("visa", {"yes": 1})


async def test_questions_asked_at_once_by_two_organisers_are_both_there(by: Actor) -> None:
    event = await an_event(by, a_question("yes_no", "first"))
    await asyncio.gather(*(put_question(SLUG, a_question("yes_no", f"q{n}"), section=1, by=by) for n in range(8)))
    form = await get_form(event.id, (await reloaded(event)).form)
    assert {one.name for one in form.questions} == {"first", *(f"q{n}" for n in range(8))}
