"""What people and organisers do with registrations, on both databases."""

import contextlib
from datetime import timedelta

import httpx
import pytest
import time_machine

from events.accounts.rules import Actor
from events.kernel.clock import utc_now
from events.outbox.tables import Message
from events.programme.actions import create_event
from events.programme.forms import read_event
from events.programme.tables import EventMode
from events.registration import queries
from events.registration.actions.cancelling import cancel_own, cancel_registration
from events.registration.actions.deciding import answer_request
from events.registration.actions.erasing import erase_own
from events.registration.actions.moving import cancel_event, change_event
from events.registration.actions.proving import release_expired, verify
from events.registration.actions.registering import register, remind_registered
from events.registration.forms import read_sign_up
from events.registration.queries.held import get_held
from events.registration.rules import (
    AlreadyRegistered,
    Full,
    RegistrationClosed,
    RegistrationOver,
    Standing,
    TicketNotFound,
)
from events.registration.rules.changes import Telling
from events.registration.tables import Registration
from tests.make import SECRET, a_published_event, a_registration, an_event, an_organisation

pytestmark = pytest.mark.usefixtures("database")
AFTERWARDS = "2027-02-05T20:00:00Z"
ONE_PLACE = {"in_person": {"capacity": 1}}


async def mails() -> list[tuple[str, str]]:
    rows = await Message.select(Message.kind, Message.to_address).order_by(Message.id)
    return [(row["kind"].removeprefix("registration."), row["to_address"]) for row in rows]


async def standing(token: str) -> tuple[Standing, bool]:
    ticket = await queries.get_by_token(token)
    return ticket.standing, ticket.holds_place


async def taken() -> int:
    rows = await EventMode.select(EventMode.taken)
    return sum(row["taken"] for row in rows)


async def test_who_waits_gets_the_place_that_is_given_back_and_is_told(by: Actor) -> None:
    await a_published_event(by, modes=ONE_PLACE)
    first = await a_registration(email="first@example.org")
    second = await a_registration(email="second@example.org")
    third = await a_registration(email="third@example.org")
    assert [made.queue_position for made in (first, second, third)] == [None, 1, 2]
    await cancel_own(first.token)
    assert await standing(second.token) == (Standing.CONFIRMED, True)
    assert (await get_held(third.token)).position == 1
    assert await taken() == 1
    assert await mails() == [
        ("confirmed", "first@example.org"),
        ("waiting", "second@example.org"),
        ("waiting", "third@example.org"),
        ("promoted", "second@example.org"),
        ("cancelled", "first@example.org"),
    ]


async def test_so_it_is_before_the_event_is_public(by: Actor) -> None:
    """Organisers register people then; nobody waits beside a free place once others may."""
    draft = await create_event(read_event(an_event(modes=ONE_PLACE)), by=by, domain="testserver")
    made = []
    for email in ("ana@example.org", "ben@example.org"):
        form = read_sign_up({"name": "Ana", "email": email, "mode": "in_person"})
        made.append(await register(draft.slug, form, language="en", secret=SECRET, by=by))
    assert [one.standing for one in made] == [Standing.CONFIRMED, Standing.WAITING]
    await cancel_registration(made[0].code, by=by)
    assert await standing(made[1].token) == (Standing.CONFIRMED, True)


async def test_cancelling_again_changes_nothing(by: Actor) -> None:
    await a_published_event(by)
    made = await a_registration()
    for _ in range(2):
        assert (await cancel_own(made.token)).standing is Standing.CANCELLED
        await cancel_registration(made.code, by=by)
    assert await taken() == 0
    assert await mails() == [("confirmed", "ana@example.org"), ("cancelled", "ana@example.org")]


async def test_who_cancelled_may_register_again(by: Actor) -> None:
    await a_published_event(by)
    made = await a_registration()
    with pytest.raises(AlreadyRegistered):
        await a_registration(email="ANA@example.org")
    await cancel_own(made.token)
    again = await a_registration()
    assert (again.standing, again.code != made.code) == (Standing.CONFIRMED, True)


async def test_an_address_that_grows_when_it_is_compared_is_one_too(by: Actor) -> None:
    """One character of it is eighteen then."""
    await a_published_event(by)
    for _ in range(2):
        with contextlib.suppress(AlreadyRegistered):
            await a_registration(email="\ufdfa" * 20 + "@example.org")
    assert await Registration.count() == 1


async def test_afterwards_there_is_nothing_to_cancel_or_to_confirm(by: Actor) -> None:
    await a_published_event(by, prove_address=True)
    made = await a_registration()
    with time_machine.travel(AFTERWARDS):
        for act in (cancel_own, verify):
            with pytest.raises(RegistrationClosed, match="over"):
                await act(made.token)
    assert await standing(made.token) == (Standing.UNVERIFIED, True)


async def test_only_its_own_organisation_touches_a_registration(by: Actor) -> None:
    await a_published_event(by, approval=True)
    made = await a_registration()
    other = await an_organisation("somebody-else", "Somebody Else")
    with pytest.raises(TicketNotFound):
        await cancel_registration(made.code, by=other)
    with pytest.raises(TicketNotFound):
        await answer_request(made.code, accept=True, by=other)
    assert await standing(made.token) == (Standing.PENDING, True)


class TestProvingAnAddress:
    async def test_the_place_is_held_and_then_theirs(self, by: Actor) -> None:
        await a_published_event(by, modes=ONE_PLACE, prove_address=True)
        made = await a_registration()
        assert (made.standing, await taken()) == (Standing.UNVERIFIED, 1)
        for _ in range(2):
            assert (await verify(made.token)).standing is Standing.CONFIRMED
        assert await taken() == 1
        assert await mails() == [("unverified", "ana@example.org"), ("confirmed", "ana@example.org")]

    async def test_who_came_when_all_was_taken_joins_the_line(self, by: Actor) -> None:
        await a_published_event(by, modes=ONE_PLACE, prove_address=True)
        await a_registration(email="first@example.org")
        made = await a_registration()
        assert (await queries.get_by_token(made.token)).queue_number is None
        ticket = await verify(made.token)
        assert (ticket.standing, ticket.queue_number) == (Standing.WAITING, 1)

    async def test_with_approval_the_organisers_are_asked_next(self, by: Actor) -> None:
        await a_published_event(by, prove_address=True, approval=True)
        made = await a_registration()
        assert (await verify(made.token)).standing is Standing.PENDING

    async def test_a_place_is_held_for_so_long_only(self, by: Actor) -> None:
        await a_published_event(by, modes=ONE_PLACE, prove_address=True)
        late = await a_registration(email="late@example.org")
        waits = await a_registration(email="waits@example.org")
        await verify(waits.token)
        assert await release_expired() == 0
        with time_machine.travel(utc_now() + timedelta(hours=24, seconds=1)):
            assert await release_expired() == 1
            assert await release_expired() == 0
        assert await standing(late.token) == (Standing.CANCELLED, False)
        assert await standing(waits.token) == (Standing.CONFIRMED, True)
        assert (await verify(late.token)).standing is Standing.CANCELLED

    async def test_known_and_unknown_addresses_are_not_told_apart(self, by: Actor) -> None:
        await a_published_event(by, modes=ONE_PLACE, prove_address=True, waiting_list=False)
        await a_registration()
        for email in ("ana@example.org", "stranger@example.org"):
            with pytest.raises(Full):
                await a_registration(email=email)

    async def test_who_is_known_is_hidden_while_there_is_room(self, by: Actor) -> None:
        await a_published_event(by, prove_address=True)
        made = await a_registration()
        with pytest.raises(AlreadyRegistered) as already:
            await a_registration()
        assert (already.value.registration, already.value.hidden) == (made.id, True)


async def test_a_reminder_goes_out_three_times_a_day_and_no_more(by: Actor) -> None:
    await a_published_event(by)
    made = await a_registration()
    for _ in range(5):
        await remind_registered(made.id)
    assert await mails() == [("confirmed", "ana@example.org"), *[("already", "ana@example.org")] * 3]


class TestApproval:
    async def test_a_request_is_accepted(self, by: Actor) -> None:
        await a_published_event(by, approval=True)
        made = await a_registration()
        assert (await answer_request(made.code, accept=True, by=by)).standing is Standing.CONFIRMED
        assert await mails() == [("pending", "ana@example.org"), ("confirmed", "ana@example.org")]
        with pytest.raises(RegistrationOver):
            await answer_request(made.code, accept=False, by=by)

    async def test_the_place_of_who_is_declined_goes_to_the_next_request(self, by: Actor) -> None:
        await a_published_event(by, approval=True, modes=ONE_PLACE)
        made = await a_registration()
        waits = await a_registration(email="waits@example.org")
        assert (await answer_request(made.code, accept=False, by=by)).standing is Standing.DECLINED
        assert await standing(waits.token) == (Standing.PENDING, True)
        assert (await mails())[-2:] == [("promoted", "waits@example.org"), ("declined", "ana@example.org")]


class TestWhenTheEventChanges:
    async def test_more_room_lets_who_waits_in(self, by: Actor) -> None:
        await a_published_event(by, modes=ONE_PLACE)
        await a_registration(email="first@example.org")
        second, third = [await a_registration(email=f"{name}@example.org") for name in ("second", "third")]
        await change_event("care-skills-count", {"modes": {"in_person": {"capacity": 2}}}, by=by)
        assert await standing(second.token) == (Standing.CONFIRMED, True)
        assert await standing(third.token) == (Standing.WAITING, False)

    async def test_a_move_is_told_to_who_has_or_awaits_a_place(self, by: Actor) -> None:
        await a_published_event(by, modes=ONE_PLACE)
        for name in ("first", "second", "gone"):
            made = await a_registration(email=f"{name}@example.org")
        await cancel_own(made.token)
        queued = len(await mails())
        await change_event("care-skills-count", {"venue": {"room": "CR-4"}}, by=by, telling=Telling.NOW)
        assert (await mails())[queued:] == [
            ("event_changed", "first@example.org"),
            ("event_changed", "second@example.org"),
        ]

    async def test_other_words_are_no_move(self, by: Actor) -> None:
        await a_published_event(by)
        await a_registration()
        await change_event("care-skills-count", {"summary": {"en": "What care teaches."}}, by=by)
        assert await mails() == [("confirmed", "ana@example.org")]

    async def test_everybody_is_told_that_it_is_cancelled(self, by: Actor) -> None:
        await a_published_event(by)
        erased, kept = await a_registration(), await a_registration(email="kept@example.org")
        await erase_own(erased.token)
        reason = {"en": "The room is needed."}
        _, told = await cancel_event("care-skills-count", reason=reason, by=by, telling=Telling.NOW)
        assert told == 1
        assert (await mails())[-1] == ("event_cancelled", "kept@example.org")
        assert await standing(kept.token) == (Standing.CONFIRMED, True)


async def test_registration_opens_when_the_organisers_say(client: httpx.AsyncClient, by: Actor) -> None:
    opens = {"wall": "2026-12-01T09:00", "zone": "America/New_York"}
    await a_published_event(by, opens=opens)
    page = "/en/events/care-skills-count"
    with time_machine.travel("2026-12-01T13:59:59Z", tick=False):
        with pytest.raises(RegistrationClosed, match="opens"):
            await a_registration()
        assert "Registration opens on Tuesday 1 December 2026, 09:00" in (await client.get(page)).text
        form = await client.get(f"{page}/register")
        assert (form.status_code, "Registration opens on Tuesday 1 December 2026" in form.text) == (409, True)
        assert "You cannot register yet" in form.text
        early = read_sign_up({"name": "Bo", "email": "bo@example.org", "mode": "online"})
        vouched = await register("care-skills-count", early, language="en", secret=SECRET, by=by)
        assert vouched.standing is Standing.CONFIRMED
    with time_machine.travel("2026-12-01T14:00:00Z"):
        assert (await a_registration()).standing is Standing.CONFIRMED
        assert "79 places are free" in (await client.get(f"{page}/register")).text
