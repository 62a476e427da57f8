"""Places that are kept for guests: who holds one, until when, and what becomes of it."""

import asyncio
from typing import Any

import pytest
import time_machine

from events.accounts.rules import Actor
from events.programme.rules import Mode
from events.registration.actions.cancelling import cancel_own
from events.registration.actions.moving import change_event, go_online
from events.registration.actions.proving import verify
from events.registration.actions.switching import switch_own
from events.registration.actions.undoing import undo_change
from events.registration.forms import HandOver
from events.registration.guests import actions, queries
from events.registration.guests.rules import InvitationOver, invitation_token
from events.registration.guests.tables import Guest
from events.registration.handing_over.actions import hand_over
from events.registration.queries import get_by_id
from events.registration.queries.deciding import was_accepted
from events.registration.queries.people import list_assistants
from events.registration.rules import AlreadyRegistered, Full, Standing
from events.registration.rules.tokens import token_of
from events.registration.tables import Registration
from tests.make import SECRET, a_published_event, a_registration
from tests.registration.guests import ONE_PLACE, SLUG, a_guest, afterwards, come, invite, taken, terms
from tests.registration.places import seen


class TestAKeptPlace:
    async def test_it_counts_as_taken_until_the_guest_takes_it(self, by: Actor) -> None:
        await a_published_event(by, **ONE_PLACE)
        [token] = await invite(by, a_guest(mode=Mode.IN_PERSON), reserves=True)
        assert await taken() == 1
        stranger = await come(None, "stranger@example.org")
        assert stranger.standing is Standing.WAITING
        assert (await come(token)).standing is Standing.CONFIRMED
        assert await taken() == 1

    @pytest.mark.parametrize("ends", ["decline", "withdraw", "withdraw all", "expire", "erase", "elsewhere"])
    async def test_it_goes_to_the_line_when_the_guest_does_not(self, by: Actor, ends: str) -> None:
        event = await a_published_event(by, modes={"in_person": {"capacity": 1}, "online": {"capacity": 5}})
        [token] = await invite(by, a_guest(mode=Mode.IN_PERSON), reserves=True)
        stranger = await come(None, "stranger@example.org")
        guest = await queries.get_by_token(token)
        if ends == "decline":
            await actions.decline(token)
        elif ends == "withdraw":
            await actions.withdraw(guest.code, SLUG, by=by)
        elif ends == "withdraw all":
            assert await actions.withdraw_all(SLUG, by=by) == 1
        elif ends == "expire":
            with afterwards():
                await actions.expire_invitations()
        elif ends == "erase":
            await actions.erase_own(token)
        else:
            await come(None, mode="online")
        assert (await get_by_id(stranger.id)).standing is Standing.CONFIRMED
        (await seen(event.id)).check_places()

    async def test_it_is_the_guests_on_a_full_event_without_a_waiting_list(self, by: Actor) -> None:
        await a_published_event(by, **ONE_PLACE, waiting_list=False)
        [token] = await invite(by, a_guest(mode=Mode.IN_PERSON), reserves=True)
        with pytest.raises(Full):
            await come(None, "stranger@example.org")
        assert (await come(token)).standing is Standing.CONFIRMED

    async def test_an_address_that_is_not_proven_does_not_take_it(self, by: Actor) -> None:
        event = await a_published_event(by, **ONE_PLACE, prove_address=True)
        [token] = await invite(by, a_guest(mode=Mode.IN_PERSON), reserves=True)
        wrong = await come(token, "mistyped@example.org")
        (await seen(event.id)).check_places()
        assert (await come(token)).standing is Standing.CONFIRMED
        assert (await verify(wrong.token)).standing is Standing.WAITING
        (await seen(event.id)).check_places()

    async def test_it_is_theirs_once_the_other_address_is_proven(self, by: Actor) -> None:
        event = await a_published_event(by, **ONE_PLACE, prove_address=True)
        [token] = await invite(by, a_guest(mode=Mode.IN_PERSON), reserves=True)
        made = await come(token, "elsewhere@example.org")
        assert (await verify(made.token)).standing is Standing.CONFIRMED
        assert await taken() == 1
        (await seen(event.id)).check_places()

    async def test_it_is_theirs_too_where_they_would_have_attended_online_until_then(self, by: Actor) -> None:
        """By the ordinary form, which does not know yet who they are."""
        modes = {"in_person": {"capacity": 1}, "online": {"capacity": 5}}
        event = await a_published_event(by, modes=modes, prove_address=True)
        await invite(by, a_guest(mode=Mode.IN_PERSON), reserves=True)
        ahead = await a_registration(email="ahead@example.org")
        made = await come(None, meanwhile="online")
        await verify(ahead.token)
        ticket = await verify(made.token)
        assert (ticket.standing, ticket.mode, ticket.waits_for) == (Standing.CONFIRMED, Mode.IN_PERSON, None)
        (await seen(event.id)).check_places()

    async def test_whose_invitation_skips_approval_skips_it_in_the_line_too(self, by: Actor) -> None:
        await a_published_event(by, **ONE_PLACE, approval=True)
        holder = await a_registration(email="ana@example.org")
        [token] = await invite(by)
        made = await come(token)
        other = await a_registration(email="ben@example.org")
        assert made.standing is Standing.WAITING
        await change_event(SLUG, {"modes": {"in_person": {"capacity": 3}}}, by=by)
        assert (await get_by_id(made.id)).standing is Standing.CONFIRMED
        assert (await get_by_id(other.id)).standing is Standing.PENDING
        assert (await get_by_id(holder.id)).standing is Standing.PENDING

    async def test_it_is_skipped_still_by_who_had_the_invitation_erased(self, by: Actor) -> None:
        await a_published_event(by, **ONE_PLACE, approval=True)
        holder = await a_registration()
        for token in (tokens := await invite(by, a_guest(1), a_guest(2))):
            await come(token, (await queries.get_by_token(token)).email)
        for token in tokens:
            await actions.erase_own(token)
        first, second = await Registration.objects().where(Registration.standing == "waiting").order_by(Registration.id)
        await cancel_own(holder.token)
        assert (await get_by_id(first.id)).standing is Standing.CONFIRMED
        with time_machine.travel("2027-02-05T17:15:01Z"):  # the line moves no more
            await cancel_own(token_of(SECRET, first.code, 0))
            switched = await switch_own(token_of(SECRET, second.code, 0), Mode.IN_PERSON)
        assert switched.standing is Standing.CONFIRMED

    async def test_nobody_else_skips_it_who_is_given_the_place(self, by: Actor) -> None:
        await a_published_event(by, approval=True)
        [token] = await invite(by)
        made = await come(token)
        assert await was_accepted(made.id)
        await hand_over(made.token, HandOver(name="Bo", email="bo@example.org"), secret=SECRET)
        assert not await was_accepted(made.id)

    async def test_who_assists_them_skips_it_with_them(self, by: Actor) -> None:
        event = await a_published_event(by, **ONE_PLACE, approval=True, ask_access=True)
        holder = await a_registration()
        [token] = await invite(by)
        made = await come(token, assistants=[{"name": "Cleo", "role": "carer"}])
        with time_machine.travel("2027-02-05T17:15:01Z"):  # the line moves no more
            await cancel_own(holder.token)
            assert (await switch_own(made.token, Mode.IN_PERSON)).standing is Standing.CONFIRMED
        [cleo] = await list_assistants(event.id, made.id)
        assert cleo.standing is Standing.CONFIRMED
        (await seen(event.id)).check_places()

    async def test_it_goes_online_with_the_event_and_comes_back(self, by: Actor) -> None:
        event = await a_published_event(by, modes={"in_person": {"capacity": 3}})
        first, second = await invite(by, a_guest(1), a_guest(2), reserves=True)
        await a_registration(email="ana@example.org")
        await go_online(SLUG, by=by, joining_link="https://meet.example.org/x")
        (await seen(event.id)).check_places()
        assert (await queries.get_by_token(first)).reserved is Mode.ONLINE
        await actions.decline(second)
        await undo_change(SLUG, by=by)
        (await seen(event.id)).check_places()
        assert (await queries.get_by_token(first)).reserved is Mode.IN_PERSON
        assert await taken() == 2


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_guests_strangers_and_organisers_at_once_for_a_hundred_rounds(by: Actor) -> None:
    event = await a_published_event(by, modes={"in_person": {"capacity": 4}, "online": {"capacity": 2}})
    previous: list[Any] = []
    for number in range(100):
        guests = [a_guest(10 * number + one, mode=mode) for one, mode in enumerate([*Mode, *Mode], 1)]
        room = (await seen(event.id)).modes
        if any(row["capacity"] - row["taken"] < 2 for row in room.values()):
            for made in previous:
                await cancel_own(made.token)
            previous = []
            await actions.withdraw_all(SLUG, by=by)
        made = await actions.invite(SLUG, guests, terms(reserves=True), secret=SECRET, by=by)
        assert made.invited == 4
        rows = await Guest.select(Guest.code, Guest.email, Guest.mode).order_by(Guest.id, ascending=False).limit(4)
        tokens = [(invitation_token(SECRET, row["code"]), row["email"], row["mode"]) for row in rows]
        (uses, uses_mail, uses_mode), (declines, _, _), (_, moves_mail, moves_mode), _ = tokens
        other = "online" if moves_mode == "in_person" else "in_person"
        done = await asyncio.gather(
            come(uses, uses_mail, uses_mode),
            come(None, f"stranger{number}@example.org"),
            actions.decline(declines),
            come(None, moves_mail, other),
            actions.withdraw_all(SLUG, by=by),
            return_exceptions=True,
        )
        for one in done:
            if isinstance(one, BaseException):
                assert isinstance(one, InvitationOver | AlreadyRegistered | Full), one
            elif hasattr(one, "token"):
                previous.append(one)
        (await seen(event.id)).check_places()
    assert await Registration.count() > 100
