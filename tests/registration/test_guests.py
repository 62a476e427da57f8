"""People who are invited by a list: their links, and what becomes of them."""

from datetime import timedelta

import pytest
import time_machine

from events.accounts.rules import Actor
from events.kernel.clock import utc_now
from events.kernel.errors import Invalid
from events.kernel.spans import WallTime
from events.outbox.tables import Message
from events.programme.rules import Mode
from events.registration.actions.erasing import erase_own
from events.registration.actions.moving import cancel_event, change_event
from events.registration.actions.proving import verify
from events.registration.actions.registering import register
from events.registration.forms import HandOver, read_sign_up
from events.registration.guests import actions, queries
from events.registration.guests.rules import GuestNotFound, InvitationOver, State
from events.registration.guests.tables import Guest
from events.registration.handing_over.actions import hand_over
from events.registration.retention.actions import erase_due
from events.registration.rules import RegistrationClosed, Standing
from tests.make import SECRET, a_published_event, a_registration
from tests.registration.guests import SLUG, a_guest, afterwards, come, invite, state_of, terms


class TestTheLink:
    async def test_it_registers_without_approval_and_is_used_up(self, by: Actor) -> None:
        await a_published_event(by, approval=True)
        [token] = await invite(by)
        made = await come(token)
        assert made.standing is Standing.CONFIRMED
        assert await state_of(token) is State.REGISTERED
        found = await queries.find_of_registration(made.id)
        assert found
        assert found.name == "Guest 1"
        with pytest.raises(InvitationOver, match="has been used"):
            await come(token, "other@example.org")

    async def test_without_that_the_organisers_look_at_the_request(self, by: Actor) -> None:
        await a_published_event(by, approval=True)
        [token] = await invite(by, skips_approval=False)
        assert (await come(token)).standing is Standing.PENDING

    async def test_it_works_before_registration_opens_and_after_it_closes(self, by: Actor) -> None:
        zone = "America/New_York"
        closes = {"wall": "2026-01-01T12:00", "zone": zone}
        await a_published_event(
            by,
            opens={"wall": "2027-02-04T12:00", "zone": zone},
            modes={"in_person": {"capacity": 5}, "online": {"capacity": 5, "closes": closes}},
        )
        first, second = await invite(by, a_guest(1), a_guest(2))
        with pytest.raises(RegistrationClosed, match="opens on"):
            await come(None, "stranger@example.org")
        assert (await come(first)).standing is Standing.CONFIRMED
        assert (await come(second, "guest2@example.org", "online")).standing is Standing.CONFIRMED

    async def test_it_ends(self, by: Actor) -> None:
        await a_published_event(by)
        [token] = await invite(by)
        with afterwards():
            with pytest.raises(InvitationOver, match="ended on"):
                await come(token)
            assert await actions.expire_invitations() == 1
        assert await state_of(token) is State.EXPIRED

    async def test_its_own_address_needs_no_proof_and_another_does(self, by: Actor) -> None:
        await a_published_event(by, prove_address=True)
        first, second = await invite(by, a_guest(1), a_guest(2))
        assert (await come(first, "GUEST1@example.org")).standing is Standing.CONFIRMED
        made = await come(second, "elsewhere@example.org")
        assert made.standing is Standing.UNVERIFIED
        assert await state_of(second) is State.INVITED, "until the address is proven"
        assert (await verify(made.token)).standing is Standing.CONFIRMED
        assert await state_of(second) is State.REGISTERED

    async def test_it_opens_no_other_way_to_attend(self, by: Actor) -> None:
        await a_published_event(by)
        [token] = await invite(by, a_guest(mode=Mode.ONLINE))
        with pytest.raises(Invalid):
            await come(token, mode="in_person")
        await change_event(SLUG, {"modes": {"online": None}}, by=by)
        assert (await come(token, mode="in_person")).standing is Standing.CONFIRMED, "there is no other any more"

    async def test_it_opens_no_other_event(self, by: Actor) -> None:
        await a_published_event(by)
        await a_published_event(by, slug="another")
        [token] = await invite(by)
        form = read_sign_up({"name": "Guest", "email": "guest1@example.org", "mode": "in_person"})
        with pytest.raises(GuestNotFound):
            await register("another", form, language="en", secret=SECRET, invitation=token)

    async def test_declining_ends_it_and_can_mean_no_more_invitations(self, by: Actor) -> None:
        await a_published_event(by)
        await a_published_event(by, slug="another")
        [token] = await invite(by)
        await actions.decline(token, no_more=True)
        await actions.decline(token)
        assert await state_of(token) is State.DECLINED
        with pytest.raises(InvitationOver, match="declined"):
            await come(token)
        again = await actions.invite("another", [a_guest()], terms(), secret=SECRET, by=by)
        assert [problem.message for problem in again.problems[1]] == [
            "This person wants no invitations from your organisation."
        ]

    async def test_taking_it_back_takes_back_the_mail_that_has_not_left(self, by: Actor) -> None:
        await a_published_event(by)
        [token] = await invite(by)
        guest = await queries.get_by_token(token)
        await actions.withdraw(guest.code, SLUG, by=by)
        assert await Message.count() == 0
        with pytest.raises(InvitationOver, match="taken this invitation back"):
            await come(token)


class TestTheAddress:
    async def test_the_ordinary_form_uses_the_invitation_up(self, by: Actor) -> None:
        await a_published_event(by, approval=True)
        [token] = await invite(by)
        assert (await come(None, "Guest1@Example.org")).standing is Standing.CONFIRMED
        assert await state_of(token) is State.REGISTERED

    async def test_where_addresses_are_proven_not_before_it_is(self, by: Actor) -> None:
        await a_published_event(by, approval=True, prove_address=True)
        [token] = await invite(by)
        made = await come(None)
        assert await state_of(token) is State.INVITED
        assert (await verify(made.token)).standing is Standing.CONFIRMED
        assert await state_of(token) is State.REGISTERED


class TestTheList:
    async def test_each_line_says_what_stands_against_it_and_the_others_are_invited(self, by: Actor) -> None:
        await a_published_event(by, modes={"in_person": {"capacity": 5}})
        await a_registration(email="guest1@example.org")
        await invite(by, a_guest(2))
        declined = await invite(by, a_guest(3))
        await actions.decline(declined[0])
        guests = [*map(a_guest, range(1, 6)), a_guest(6, email="GUEST5@example.org"), a_guest(7, mode=Mode.ONLINE)]
        made = await actions.invite(SLUG, guests, terms(), secret=SECRET, by=by)
        assert made.invited == 2
        told = {
            row: [problem.message.format(**problem.params) for problem in found] for row, found in made.problems.items()
        }
        assert told == {
            1: ["This address is registered already."],
            2: ["This address is invited already."],
            3: ["This person has declined an invitation to this event."],
            6: ["The same address stands in row 5."],
            7: ["This event does not offer this way to attend."],
        }

    async def test_more_places_than_are_free_cannot_be_kept(self, by: Actor) -> None:
        await a_published_event(by, modes={"in_person": {"capacity": 2}})
        await a_registration(email="ana@example.org")
        with pytest.raises(Invalid) as refused:
            await actions.invite(SLUG, [a_guest(1), a_guest(2)], terms(reserves=True), secret=SECRET, by=by)
        [problem] = refused.value.problems
        assert problem.message.format(**problem.params) == "2 places in the room are to be reserved, and 1 are free."
        assert await Guest.count() == 0

    async def test_nobody_is_invited_to_a_draft_or_until_after_the_end(self, by: Actor) -> None:
        event = await a_published_event(by)
        late = WallTime.parse("2027-03-01T18:00", "America/New_York")
        with pytest.raises(Invalid) as refused:
            await invite(by, expires=late)
        assert refused.value.problems[0].message == "The event is over by then."
        await cancel_event(event.slug, reason={}, by=by)
        with pytest.raises(RegistrationClosed):
            await invite(by)


class TestWhatIsKnownOfThem:
    async def test_it_goes_with_the_registration(self, by: Actor) -> None:
        await a_published_event(by)
        [token] = await invite(by, a_guest(affiliation="UNESCO"))
        made = await come(token)
        await erase_own(made.token)
        [row] = await Guest.select()
        assert (row["name"], row["email"], row["affiliation"], row["registration"]) == ("", "", None, None)
        assert row["state"] == "registered", "the count stays"

    async def test_who_is_invited_can_be_forgotten_at_once(self, by: Actor) -> None:
        await a_published_event(by)
        [token] = await invite(by)
        await actions.erase_own(token)
        [row] = await Guest.select()
        assert (row["name"], row["email"], row["state"]) == ("", "", "declined")
        assert await Message.count() == 0
        with pytest.raises(GuestNotFound):
            await queries.get_by_token(token)

    async def test_nobody_is_known_longer_than_was_promised(self, by: Actor) -> None:
        await a_published_event(by)
        await invite(by)
        assert await erase_due() == 0
        with time_machine.travel("2027-05-07T12:00:00Z"):
            assert await erase_due() == 1
        [row] = await Guest.select()
        assert row["email"] == ""

    async def test_another_who_takes_the_place_over_does_not_see_them(self, by: Actor) -> None:
        await a_published_event(by)
        [token] = await invite(by)
        made = await come(token)
        await hand_over(made.token, HandOver(name="Bo", email="bo@example.org"), secret=SECRET)
        assert await queries.find_of_registration(made.id) is None


class TestReminding:
    async def test_once_a_day_those_who_have_not_answered(self, by: Actor) -> None:
        await a_published_event(by)
        first, second, _ = await invite(by, a_guest(1), a_guest(2), a_guest(3))
        await come(first)
        await actions.decline(second)
        assert await actions.remind(SLUG, by=by) == 0, "they were invited today"
        with time_machine.travel(utc_now() + timedelta(hours=25)):
            assert await actions.remind(SLUG, by=by) == 1
            assert await actions.remind(SLUG, by=by) == 0
        kinds = await Message.select(Message.subject_id).where(Message.kind == "guest.reminded")
        assert len(kinds) == 1
