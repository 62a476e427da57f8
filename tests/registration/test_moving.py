"""Moving, postponing, cancelling and going online: what changes, and what would be told of it."""

from typing import Any

import pytest

from events.accounts.rules import Actor
from events.kernel.errors import Invalid
from events.outbox.tables import Message
from events.programme.actions import create_event, publish_event
from events.programme.forms import read_event
from events.programme.forms.times import WallTimeForm
from events.programme.rules import Mode, Status
from events.programme.rules.errors import EventNotFound, ModeInUse, WrongStatus
from events.programme.tables import EventMode
from events.registration.actions.cancelling import cancel_own
from events.registration.actions.deciding import answer_request
from events.registration.actions.erasing import erase_own
from events.registration.actions.moving import cancel_event, change_event, go_online, postpone_event
from events.registration.actions.private import correct_own
from events.registration.actions.proving import verify
from events.registration.actions.registering import register
from events.registration.actions.switching import switch_own
from events.registration.actions.telling import tell_now, try_out
from events.registration.actions.undoing import undo_change
from events.registration.admission.actions import say_own
from events.registration.admission.rules import Admission, NoAdmissionStep
from events.registration.forms import Correction, HandOver, read_sign_up
from events.registration.handing_over.actions import hand_over
from events.registration.rules import RegistrationOver, Standing
from events.registration.rules.changes import Telling, TooFewPlaces
from events.registration.tables import EventChange, Registration
from tests.make import SECRET, a_published_event, a_registration, an_event
from tests.registration.news import MARCH, SLUG, STARTS, facts, later, news, the_event
from tests.registration.passes import STEP
from tests.registration.places import seen
from tests.registration.test_telling import all_sent

pytestmark = pytest.mark.usefixtures("database")
ONE_PLACE = {"in_person": {"capacity": 1}}
ONLINE_GOES: dict[str, Any] = {"modes": {"online": None}}


async def places() -> dict[str, tuple[int, int]]:
    rows = await EventMode.select(EventMode.mode, EventMode.taken, EventMode.last_in_line).order_by(EventMode.id)
    return {row["mode"]: (row["taken"], row["last_in_line"]) for row in rows}


async def people() -> list[tuple[str, str, str, int | None]]:
    rows = await Registration.select().order_by(Registration.id)
    return [(row["email"].partition("@")[0], row["mode"], row["standing"], row["queue_number"]) for row in rows]


class TestPostponing:
    async def test_without_a_date_it_waits_and_comes_back_with_one(self, by: Actor) -> None:
        event = await a_published_event(by)
        await a_registration()
        postponed = await postpone_event(SLUG, by=by, reason={"en": "Strike."}, telling=Telling.NOW)
        assert (postponed.status, postponed.sequence, postponed.span) == (Status.POSTPONED, 1, event.span)
        assert postponed.cancelled_reason == {"en": "Strike."}
        assert await news() == [("postponed", "ana")]
        await all_sent()
        dated = await change_event(SLUG, MARCH, by=by, telling=Telling.NOW)
        assert (dated.status, dated.sequence, dated.uid) == (Status.PUBLISHED, 2, event.uid)
        assert (dated.cancelled_reason, dated.moved_from) == ({}, event.whereabouts)
        assert await news() == [("postponed", "ana"), ("changed", "ana")]

    async def test_with_a_date_it_takes_as_long_and_closes_as_long_before(self, by: Actor) -> None:
        closes = {"wall": "2027-02-04T18:00", "zone": "America/New_York"}
        await a_published_event(by, modes={"in_person": {"closes": closes}, "online": {}})
        moved = await postpone_event(SLUG, starts=WallTimeForm("2027-03-15T13:15", "America/New_York"), by=by)
        assert (moved.status, moved.sequence) == (Status.PUBLISHED, 1)
        assert moved.span.ends.wall.isoformat() == "2027-03-15T14:30:00"
        room, online = moved.places
        assert room.closes
        assert room.closes.wall.isoformat() == "2027-03-14T18:00:00"  # over a change of clocks
        assert online.closes_at == moved.starts_at

    async def test_both_within_the_time_are_one_move(self, by: Actor) -> None:
        await a_published_event(by)
        await a_registration()
        await postpone_event(SLUG, by=by)
        await postpone_event(SLUG, starts=STARTS, by=by)
        await later()
        assert await news() == [("changed", "ana")]
        assert (await facts())["was_status"] == "published"

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"ends": STARTS}, "starts"),
            ({"starts": WallTimeForm("2027-03-14T02:30", "America/New_York")}, "starts.wall"),
            ({"starts": STARTS, "ends": WallTimeForm("2027-03-05T09:00", "America/New_York")}, "ends"),
            ({"starts": WallTimeForm("soon", "America/New_York"), "ends": WallTimeForm("x", "Nowhere")}, "starts.wall"),
        ],
    )
    async def test_times_that_are_none_are_refused(self, by: Actor, given: dict[str, Any], field: str) -> None:
        await a_published_event(by)
        with pytest.raises(Invalid) as refused:
            await postpone_event(SLUG, by=by, **given)
        assert refused.value.problems[0].field == field
        assert (await the_event()).sequence == 0

    async def test_only_what_is_announced_can_be_postponed(self, by: Actor) -> None:
        await create_event(read_event(an_event(slug="draft")), by=by, domain="testserver")
        with pytest.raises(WrongStatus):
            await postpone_event("draft", by=by)
        await a_published_event(by)
        await postpone_event(SLUG, by=by)
        with pytest.raises(WrongStatus):
            await postpone_event(SLUG, by=by)
        with pytest.raises(WrongStatus):
            await publish_event(SLUG, by=by)
        await cancel_event(SLUG, reason={}, by=by)
        for starts in (None, STARTS):
            with pytest.raises(WrongStatus):
                await postpone_event(SLUG, starts=starts, by=by)


class TestGoingOnline:
    async def test_who_had_a_place_has_one_and_the_lines_are_joined(self, by: Actor) -> None:
        await a_published_event(by, modes=ONE_PLACE | {"online": {"capacity": 1}})
        for name, mode in (("room", "in_person"), ("first", "in_person"), ("online", "online"), ("second", "online")):
            await a_registration(email=f"{name}@example.org", mode=mode)
        gone = await go_online(SLUG, capacity=2, by=by)
        assert (gone.modes, gone.venue, gone.sequence) == ((Mode.ONLINE,), None, 1)
        assert await people() == [
            ("room", "online", "confirmed", None),
            ("first", "online", "waiting", 2),
            ("online", "online", "confirmed", None),
            ("second", "online", "waiting", 1),
        ]
        assert await places() == {"online": (2, 2)}
        await later()
        assert await news() == [("changed", "room"), ("changed", "first")]
        assert (await facts())["was_mode"] == "in_person"

    async def test_who_moves_up_reads_it_in_the_same_mail(self, by: Actor) -> None:
        await a_published_event(by, modes=ONE_PLACE | {"online": {"capacity": 1}})
        for name, mode in (("room", "in_person"), ("waits", "in_person"), ("online", "online"), ("second", "online")):
            await a_registration(email=f"{name}@example.org", mode=mode)
        await go_online(SLUG, capacity=None, by=by)
        assert {standing for _, _, standing, _ in await people()} == {"confirmed"}
        promoted = await Message.select(Message.to_address).where(Message.kind == "registration.promoted")
        assert [row["to_address"] for row in promoted] == ["second@example.org"]
        await later()
        assert await news() == [("changed", "room"), ("changed", "waits")]

    async def test_nobody_loses_a_place_by_it(self, by: Actor) -> None:
        await a_published_event(by)
        for number in range(3):
            await a_registration(email=f"p{number}@example.org")
        with pytest.raises(TooFewPlaces):
            await go_online(SLUG, capacity=2, by=by)
        assert (await the_event()).modes == (Mode.IN_PERSON, Mode.ONLINE)
        assert await places() == {"in_person": (3, 0), "online": (0, 0)}

    async def test_an_event_that_was_in_the_room_alone(self, by: Actor) -> None:
        event = await a_published_event(by, modes=ONE_PLACE)
        for name in ("room", "first", "second"):
            made = await a_registration(email=f"{name}@example.org")
        await cancel_own(made.token)
        before = await people()
        await go_online(SLUG, capacity=1, by=by)
        assert await places() == {"online": (1, 2)}
        await cancel_own(made.token)  # the page of who cancelled still opens and refuses nothing
        back = await undo_change(SLUG, by=by)
        assert (back.whereabouts, back.moved_from) == (event.whereabouts, None)
        assert await people() == before
        assert await places() == {"in_person": (1, 2)}

    async def test_undone_everybody_is_where_they_were(self, by: Actor) -> None:
        await a_published_event(by, modes=ONE_PLACE)
        for name in ("room", "first", "second"):
            await a_registration(email=f"{name}@example.org")
        before = await people()
        await go_online(SLUG, capacity=None, by=by)
        await a_registration(email="new@example.org", mode="online")
        gives_back = await Registration.select(Registration.id).where(Registration.email == "first@example.org").first()
        assert gives_back
        back = await undo_change(SLUG, by=by)
        assert await people() == [*before, ("new", "online", "confirmed", None)]
        assert back.modes == (Mode.ONLINE, Mode.IN_PERSON)  # somebody came online meanwhile and stays
        assert await places() == {"online": (1, 2), "in_person": (1, 2)}
        await later()
        assert await news() == []

    async def test_lines_beside_a_place_are_as_they_were_and_so_is_the_wish_for_one(self, by: Actor) -> None:
        event = await a_published_event(by, modes={"in_person": {"capacity": 1}, "online": {"capacity": 2}})
        room = await a_registration(email="room@example.org")
        await a_registration(email="full@example.org", mode="online")
        await change_event(SLUG, {"prove_address": True}, by=by)
        wishes = await a_registration(email="wishes@example.org", meanwhile="online")
        await switch_own(room.token, Mode.ONLINE)
        lines = await Registration.select(Registration.waits_for, Registration.queue_number).order_by(Registration.id)
        await go_online(SLUG, capacity=None, by=by)
        await undo_change(SLUG, by=by)
        back = await Registration.select(Registration.waits_for, Registration.queue_number).order_by(Registration.id)
        assert back == lines
        assert (await verify(wishes.token)).waits_for is Mode.IN_PERSON
        (await seen(event.id)).check_places()

    async def test_a_place_that_is_given_back_in_between_is_free_after_undo(self, by: Actor) -> None:
        await a_published_event(by, modes=ONE_PLACE)
        made = await a_registration(email="room@example.org")
        await a_registration(email="first@example.org")
        await go_online(SLUG, capacity=1, by=by)
        await cancel_own(made.token)
        await undo_change(SLUG, by=by)
        assert await people() == [("room", "in_person", "cancelled", None), ("first", "in_person", "confirmed", None)]
        assert await places() == {"in_person": (1, 1)}

    async def test_undone_after_there_was_a_room_again_everybody_is_where_they_were(self, by: Actor) -> None:
        await a_published_event(by, modes=ONE_PLACE)
        for name in ("room", "first", "second"):
            made = await a_registration(email=f"{name}@example.org")
        before = await people()
        await go_online(SLUG, by=by)
        await change_event(SLUG, {"modes": {"in_person": {"capacity": 2}}}, by=by)
        await switch_own(made.token, Mode.IN_PERSON)
        for name in ("new", "last"):
            await a_registration(email=f"{name}@example.org")
        await undo_change(SLUG, by=by)
        again = {"second": ("second", "in_person", "confirmed", None)}
        assert await people() == [
            *(again.get(one[0], one) for one in before),
            ("new", "in_person", "confirmed", None),
            ("last", "in_person", "waiting", 3),
        ]
        assert await places() == {"in_person": (3, 3)}

    async def test_undone_who_proved_an_address_meanwhile_takes_no_place_that_there_is_not(self, by: Actor) -> None:
        await a_published_event(by, modes=ONE_PLACE | {"online": {"capacity": 1}}, prove_address=True)
        room, first, second = [await a_registration(email=f"{name}@example.org") for name in ("a", "b", "c")]
        await verify(room.token)
        await go_online(SLUG, capacity=2, by=by)
        await verify(second.token)
        await verify(first.token)
        assert [standing for _, _, standing, _ in await people()] == ["confirmed", "waiting", "confirmed"]
        await undo_change(SLUG, by=by)
        assert await people() == [
            ("a", "in_person", "confirmed", None),
            ("b", "in_person", "waiting", 1),
            ("c", "in_person", "waiting", 2),
        ]
        assert await places() == {"in_person": (1, 2), "online": (0, 1)}

    async def test_undone_where_nobody_could_attend_any_more(self, by: Actor) -> None:
        await a_published_event(by, modes=ONE_PLACE, approval=True)
        made = await a_registration()
        await answer_request(made.code, accept=False, by=by)
        await change_event(SLUG, {"modes": {"in_person": None}}, by=by)
        with pytest.raises(RegistrationOver):
            await answer_request(made.code, accept=True, by=by)
        assert (await undo_change(SLUG, by=by)).modes == (Mode.IN_PERSON,)

    @pytest.mark.parametrize("undone", [True, False])
    async def test_of_which_nobody_is_to_hear_is_undone_with_the_change_before(
        self, by: Actor, *, undone: bool
    ) -> None:
        await a_published_event(by, modes=ONE_PLACE)
        await a_registration()
        before = await people()
        await change_event(SLUG, {"venue": {"name": "Another house"}}, by=by)
        await go_online(SLUG, by=by, telling=Telling.NEVER)
        if undone:
            await undo_change(SLUG, by=by)
        assert await people() == (before if undone else [("ana", "online", "confirmed", None)])
        await later()
        assert await news() == []

    async def test_of_which_nobody_is_to_hear_is_told_to_nobody_who_came_since_the_change_before(
        self, by: Actor
    ) -> None:
        await a_published_event(by)
        await change_event(SLUG, {"venue": {"name": "Another house"}}, by=by)
        await a_registration()
        online = MARCH | {"modes": {"in_person": None}, "venue": None}
        await change_event(SLUG, online, by=by, telling=Telling.NEVER)
        await tell_now(SLUG, by=by)
        assert await people() == [("ana", "online", "confirmed", None)]
        assert await news() == []

    async def test_undone_where_online_went_too(self, by: Actor) -> None:
        await a_published_event(by, modes=ONE_PLACE)
        made = await a_registration()
        await go_online(SLUG, by=by)
        await cancel_own(made.token)
        await change_event(SLUG, ONLINE_GOES | {"venue": {"name": "Another house"}}, by=by)
        assert (await undo_change(SLUG, by=by)).modes == (Mode.IN_PERSON,)
        assert await people() == [("ana", "in_person", "cancelled", None)]

    async def test_undone_after_a_room_that_there_was_only_meanwhile(self, by: Actor) -> None:
        await a_published_event(by, modes={"online": {}}, venue=None)
        await change_event(SLUG, {"venue": {"name": "A house"}, "modes": {"in_person": {"capacity": 2}}}, by=by)
        await a_registration()
        await go_online(SLUG, by=by)
        assert (await undo_change(SLUG, by=by)).modes == (Mode.ONLINE,)
        assert await people() == [("ana", "online", "confirmed", None)]

    async def test_by_a_patch_it_is_the_same(self, by: Actor) -> None:
        await a_published_event(by)
        await a_registration()
        changed = await change_event(SLUG, {"modes": {"in_person": None}, "venue": None}, by=by, telling=Telling.NOW)
        assert changed.modes == (Mode.ONLINE,)
        assert await people() == [("ana", "online", "confirmed", None)]
        assert (await news(), (await facts())["was_mode"]) == ([("changed", "ana")], "in_person")

    async def test_who_is_online_cannot_be_put_into_the_room(self, by: Actor) -> None:
        await a_published_event(by)
        await a_registration(mode="online")
        with pytest.raises(ModeInUse):
            await change_event(SLUG, {"modes": {"online": None}}, by=by)


class TestNobodyIsOnlineAnyMore:
    async def test_who_left_it_is_answered_and_erased_as_before(self, by: Actor) -> None:
        await a_published_event(by, admission_step=STEP)
        made = await a_registration(mode="online")
        await cancel_own(made.token)
        await change_event(SLUG, ONLINE_GOES, by=by)
        with pytest.raises(RegistrationOver):
            await correct_own(made.token, Correction(name="Ana", language="en"), secret=SECRET)
        with pytest.raises(RegistrationOver):
            await hand_over(made.token, HandOver(name="Bo", email="bo@example.org"), secret=SECRET)
        with pytest.raises(NoAdmissionStep):
            await say_own(made.token, Admission.APPLIED)
        await erase_own(made.token)
        assert await people() == [("", "online", "cancelled", None)]

    async def test_it_stays_while_somebody_has_an_address_to_prove(self, by: Actor) -> None:
        """Though no place is held for them, as when many register at once."""
        await a_published_event(by)
        form = read_sign_up({"name": "Ana", "email": "ana@example.org", "mode": "online"})
        made = await register(SLUG, form, language="en", secret=SECRET, prove=True)
        assert await places() == {"in_person": (0, 0), "online": (0, 0)}
        with pytest.raises(ModeInUse):
            await change_event(SLUG, ONLINE_GOES, by=by)
        await verify(made.token)
        await cancel_own(made.token)
        assert (await change_event(SLUG, ONLINE_GOES, by=by)).modes == (Mode.IN_PERSON,)


class TestTryingOut:
    async def test_it_tells_what_would_be_and_changes_nothing(self, by: Actor) -> None:
        await a_published_event(by, modes=ONE_PLACE)
        for name in ("room", "first"):
            await a_registration(email=f"{name}@example.org")
        event = await the_event()
        queued = await Message.count()
        would_be, would_be_told = await try_out(lambda: go_online.step(SLUG, by=by, capacity=None))
        assert (would_be.modes, would_be.sequence) == ((Mode.ONLINE,), 1)
        assert [(one.kind, one.ticket.mode, one.ticket.standing) for one in would_be_told] == [
            ("registration.event_changed", Mode.ONLINE, Standing.CONFIRMED)
        ] * 2
        assert await the_event() == event
        assert [await Message.count(), await EventChange.count()] == [queued, 0]

    async def test_what_would_be_refused_is_refused(self, by: Actor) -> None:
        await a_published_event(by)
        await a_registration(mode="online")
        with pytest.raises(ModeInUse):
            await try_out(lambda: change_event.step(SLUG, {"modes": {"online": None}}, by=by))


async def test_another_organisation_moves_nothing(by: Actor) -> None:
    await a_published_event(by)
    other = Actor(by.organisation + 1, "system", by.scopes)
    for act in (go_online, postpone_event, undo_change, tell_now):
        with pytest.raises(EventNotFound):
            await act(SLUG, by=other)
