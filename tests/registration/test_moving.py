"""Moving, postponing, cancelling and going online: what changes, who is told what, and how it is taken back."""

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import pytest
import time_machine
from piccolo.columns import And

from events.accounts.rules import Actor
from events.activity.queries import list_for_subject
from events.infra import db
from events.kernel.clock import utc_now
from events.kernel.errors import Invalid
from events.outbox.tables import Message
from events.programme import queries as events
from events.programme.actions import create_event, publish_event
from events.programme.documents import document_of
from events.programme.forms import read_event
from events.programme.forms.times import WallTimeForm
from events.programme.rules import EventFacts, Mode, Status
from events.programme.rules.errors import EventNotFound, ModeInUse, RevisionOutdated, WrongStatus
from events.programme.tables import EventMode
from events.registration.actions.cancelling import cancel_own
from events.registration.actions.moving import cancel_event, change_event, go_online, postpone_event
from events.registration.actions.proving import verify
from events.registration.actions.telling import tell_now, tell_what_is_due, try_out
from events.registration.actions.undoing import undo_change
from events.registration.queries.changes import find_change
from events.registration.rules import NEWS, Standing
from events.registration.rules.changes import UNDO_FOR, NothingToUndo, Telling, TooFewPlaces
from events.registration.tables import EventChange, Registration
from tests.make import a_published_event, a_registration, an_event

pytestmark = pytest.mark.usefixtures("database")
SLUG = "care-skills-count"
STARTS = WallTimeForm("2027-03-05T10:00", "America/New_York")
MARCH: dict[str, Any] = {
    "starts": {"wall": "2027-03-05T10:00", "zone": "America/New_York"},
    "ends": {"wall": "2027-03-05T11:15", "zone": "America/New_York"},
}
ROOM = {"venue": {"room": "CR-4"}}
ONE_PLACE = {"in_person": {"capacity": 1}}


async def news() -> list[tuple[str, str]]:
    """What is queued about the event itself."""
    rows = (
        await Message.select(Message.kind, Message.to_address)
        .where(Message.kind.is_in(list(NEWS)))
        .order_by(Message.id)
    )
    return [(row["kind"].removeprefix("registration.event_"), row["to_address"].partition("@")[0]) for row in rows]


async def facts() -> dict[str, Any]:
    row = await Message.select(Message.facts).where(Message.kind.is_in(list(NEWS))).first()
    assert row
    found: dict[str, Any] = msgspec.json.decode(row["facts"])
    return found


async def later() -> None:
    """Ten minutes on."""
    with time_machine.travel(utc_now() + UNDO_FOR + timedelta(seconds=1)):
        await tell_what_is_due()


@db.write
async def all_sent() -> None:
    await Message.update({Message.sent_at: utc_now()}).where(Message.sent_at.is_null())


async def the_event() -> EventFacts:
    return await events.get_event(SLUG)


async def places() -> dict[str, tuple[int, int]]:
    rows = await EventMode.select(EventMode.mode, EventMode.taken, EventMode.last_in_line).order_by(EventMode.id)
    return {row["mode"]: (row["taken"], row["last_in_line"]) for row in rows}


async def people() -> list[tuple[str, str, str, int | None]]:
    rows = await Registration.select().order_by(Registration.id)
    return [(row["email"].partition("@")[0], row["mode"], row["standing"], row["queue_number"]) for row in rows]


class TestLeaving:
    async def test_nothing_is_sent_for_ten_minutes(self, by: Actor) -> None:
        await a_published_event(by)
        await a_registration()
        await change_event(SLUG, ROOM, by=by)
        await tell_what_is_due()
        assert await news() == []
        await later()
        await later()
        assert await news() == [("changed", "ana")]
        assert await EventChange.count() == 0

    async def test_on_the_last_day_it_leaves_at_once(self, by: Actor) -> None:
        await a_published_event(by)
        await a_registration()
        with time_machine.travel("2027-02-04T18:15:01Z"):  # it starts at 18:15 on the next day
            await change_event(SLUG, MARCH, by=by)
            with pytest.raises(NothingToUndo):
                await undo_change(SLUG, by=by)
        assert await news() == [("changed", "ana")]

    async def test_several_changes_make_one_mail_from_the_first_to_the_last(self, by: Actor) -> None:
        event = await a_published_event(by)
        await a_registration()
        for patch in (MARCH, ROOM, {"venue": {"room": "CR-5"}}):
            await change_event(SLUG, patch, by=by)
        await later()
        assert await news() == [("changed", "ana")]
        told = await facts()
        assert told["was"] == msgspec.to_builtins(event.span)
        assert told["was_at"] == "CR-12, UN Headquarters, New York, NY 10017"

    async def test_there_and_back_is_nothing(self, by: Actor) -> None:
        await a_published_event(by)
        await a_registration()
        before = await the_event()
        await change_event(SLUG, ROOM, by=by)
        await change_event(SLUG, {"venue": {"room": "CR-12"}}, by=by)
        after = await the_event()
        assert (after.moved_from, after.sequence) == (before.moved_from, before.sequence + 2)
        await later()
        assert await news() == []

    async def test_each_is_told_from_what_they_knew(self, by: Actor) -> None:
        await a_published_event(by)
        await a_registration(email="first@example.org")
        await change_event(SLUG, MARCH, by=by)
        await a_registration(email="between@example.org")
        await change_event(SLUG, ROOM, by=by)
        await a_registration(email="last@example.org")
        await later()
        assert await news() == [("changed", "first"), ("changed", "between")]
        rows = await Message.select(Message.facts).where(Message.kind.is_in(list(NEWS))).order_by(Message.id)
        first, between = (msgspec.json.decode(row["facts"])["was"]["starts"]["wall"][:10] for row in rows)
        assert (first, between) == ("2027-02-05", "2027-03-05")

    async def test_who_is_online_does_not_care_for_the_room(self, by: Actor) -> None:
        await a_published_event(by)
        await a_registration(mode="online")
        await change_event(SLUG, ROOM, by=by)
        await later()
        assert await news() == []

    async def test_an_organiser_may_keep_quiet_and_the_page_does_too(self, by: Actor) -> None:
        await a_published_event(by)
        await a_registration()
        changed = await change_event(SLUG, ROOM, by=by, telling=Telling.NEVER)
        await later()
        assert (await news(), changed.moved_from, changed.sequence) == ([], None, 1)

    async def test_what_is_over_or_a_draft_is_told_to_nobody(self, by: Actor) -> None:
        await a_published_event(by)
        await a_registration()
        await create_event(read_event(an_event(slug="draft")), by=by, domain="testserver")
        await change_event("draft", MARCH, by=by, telling=Telling.NOW)
        with time_machine.travel("2027-06-01T00:00:00Z"):
            await change_event(SLUG, ROOM, by=by, telling=Telling.NOW)
        assert await news() == []

    async def test_what_has_not_left_the_outbox_yet_is_told_with_what_comes_after(self, by: Actor) -> None:
        event = await a_published_event(by)
        await a_registration()
        await change_event(SLUG, MARCH, by=by, telling=Telling.NOW)
        await cancel_event(SLUG, reason={}, by=by, telling=Telling.NOW)
        assert await news() == [("cancelled", "ana")]
        assert (await facts())["was"] == msgspec.to_builtins(event.span)

    async def test_telling_now_is_told_once(self, by: Actor) -> None:
        await a_published_event(by)
        await a_registration()
        await change_event(SLUG, ROOM, by=by)
        assert [await tell_now(SLUG, by=by), await tell_now(SLUG, by=by)] == [1, 0]
        assert [entry.verb for entry in await list_for_subject("event:1", organisation=by.organisation)][:2] == [
            "told",
            "moved",
        ]


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

    async def test_a_place_that_is_given_back_in_between_is_free_after_undo(self, by: Actor) -> None:
        await a_published_event(by, modes=ONE_PLACE)
        made = await a_registration(email="room@example.org")
        await a_registration(email="first@example.org")
        await go_online(SLUG, capacity=1, by=by)
        await cancel_own(made.token)
        await undo_change(SLUG, by=by)
        assert await people() == [("room", "in_person", "cancelled", None), ("first", "in_person", "confirmed", None)]
        assert await places() == {"in_person": (1, 1)}

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


class TestUndo:
    @pytest.mark.parametrize("change", ["move", "postpone", "cancel", "all"])
    async def test_it_is_as_it_was_and_nothing_was_sent(self, by: Actor, change: str) -> None:
        closes = {"wall": "2027-02-04T18:00", "zone": "America/New_York"}
        event = await a_published_event(by, modes={"in_person": {"capacity": 5, "closes": closes}, "online": {}})
        await a_registration()
        done = 0
        if change in {"move", "all"}:
            await change_event(SLUG, MARCH | ROOM | {"title": {"en": "Care counts"}}, by=by)
            done += 1
        if change in {"postpone", "all"}:
            await postpone_event(SLUG, by=by, reason={"en": "Strike."})
            done += 1
        if change in {"cancel", "all"}:
            await cancel_event(SLUG, reason={"en": "Strike."}, by=by)
            done += 1
        back = await undo_change(SLUG, by=by)
        title = {"en": "Care counts"} if change in {"move", "all"} else {}
        assert document_of(back) == document_of(event) | {"title": {**event.title, **title}}
        assert (back.status, back.cancelled_reason, back.moved_from) == (Status.PUBLISHED, {}, None)
        assert (back.sequence, back.revision) == (done + 1, event.revision + done + 1)
        await later()
        assert await news() == []
        with pytest.raises(NothingToUndo):
            await undo_change(SLUG, by=by)

    async def test_only_by_who_saw_the_last_of_it(self, by: Actor) -> None:
        await a_published_event(by)
        await a_registration()
        seen = await change_event(SLUG, ROOM, by=by)
        await change_event(SLUG, MARCH, by=by)
        with pytest.raises(RevisionOutdated):
            await undo_change(SLUG, by=by, revision=seen.revision)

    async def test_after_it_has_left_there_is_nothing_to_undo(self, by: Actor) -> None:
        await a_published_event(by)
        await a_registration()
        await change_event(SLUG, ROOM, by=by)
        await tell_now(SLUG, by=by)
        with pytest.raises(NothingToUndo):
            await undo_change(SLUG, by=by)


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


async def test_who_is_unverified_hears_nothing_and_is_confirmed_for_what_is_now(by: Actor) -> None:
    await a_published_event(by, prove_address=True)
    made = await a_registration()
    await change_event(SLUG, MARCH, by=by)
    await verify(made.token)
    await later()
    assert await news() == [("changed", "ana")]  # verified in between: the mail of before had the old date


async def test_another_organisation_moves_nothing(by: Actor) -> None:
    await a_published_event(by)
    other = Actor(by.organisation + 1, "system", by.scopes)
    for act in (go_online, postpone_event, undo_change, tell_now):
        with pytest.raises(EventNotFound):
            await act(SLUG, by=other)


@pytest.mark.slow
class TestAtOnce:
    async def test_undo_or_leaving_never_both(self, by: Actor) -> None:
        await a_published_event(by)
        await a_registration()
        for _ in range(30):
            await all_sent()
            before = len(await news())
            moved = await change_event(SLUG, ROOM, by=by)
            acts = [undo_change(SLUG, by=by), tell_now(SLUG, by=by), tell_now(SLUG, by=by)]
            undone, *told = await asyncio.gather(*acts, return_exceptions=True)
            sent = len(await news()) - before
            if sent:
                assert isinstance(undone, NothingToUndo)
                assert sorted(map(str, told)) == ["0", "1"]
                assert (await the_event()).venue == moved.venue
                await change_event(SLUG, {"venue": {"room": "CR-12"}}, by=by, telling=Telling.NEVER)
            else:
                assert told == [0, 0]
                assert (await the_event()).venue != moved.venue

    async def test_changes_and_a_cancel_end_cancelled_with_each_sequence_given_once(self, by: Actor) -> None:
        event = await a_published_event(by)
        for number in range(3):
            await a_registration(email=f"p{number}@example.org")
        moves = [change_event(SLUG, {"venue": {"room": f"CR-{number}"}}, by=by) for number in range(20)]
        await asyncio.gather(*moves, cancel_event(SLUG, reason={}, by=by), return_exceptions=True)
        after = await the_event()
        assert (after.status, after.sequence, after.revision) == (Status.CANCELLED, 21, event.revision + 21)
        await later()
        assert sorted(await news()) == [("cancelled", f"p{number}") for number in range(3)]

    async def test_nobody_slips_in_between_a_cancel_and_its_mails(self, by: Actor) -> None:
        for number in range(15):
            slug = f"event-{number}"
            await a_published_event(by, slug=slug)
            signing_up = [a_registration(slug, email=f"p{each}@example.org") for each in range(8)]
            cancelling = cancel_event(slug, reason={}, by=by, telling=Telling.NOW)
            await asyncio.gather(*signing_up[:4], cancelling, *signing_up[4:], return_exceptions=True)
            event = await events.get_event(slug)
            registered = await Registration.count().where(Registration.event == event.id)
            told = await db.read(_told)(event.id)
            assert told == registered

    async def test_more_people_than_one_statement_takes(self, by: Actor) -> None:
        await a_published_event(by, modes={"in_person": {"capacity": None}})
        await asyncio.gather(*(a_registration(email=f"p{number}@example.org") for number in range(510)))
        _, told = await cancel_event(SLUG, reason={}, by=by, telling=Telling.NOW)
        assert (told, len(set(await news()))) == (510, 510)

    async def test_two_workers_tell_each_once(self, by: Actor) -> None:
        for number in range(5):
            await a_published_event(by, slug=f"event-{number}")
            await a_registration(f"event-{number}", email="ana@example.org")
            await change_event(f"event-{number}", ROOM, by=by)
        await asyncio.gather(*(later() for _ in range(4)))
        assert await news() == [("changed", "ana")] * 5


async def _told(event: int) -> int:
    ids = [row["id"] for row in await Registration.select(Registration.id).where(Registration.event == event)]
    if not ids:
        return 0
    return int(await Message.count().where(And(Message.kind.is_in(list(NEWS)), Message.subject_id.is_in(ids))))


async def test_a_crash_before_commit_leaves_everything_as_it_was(by: Actor) -> None:
    await a_published_event(by)
    for number in range(3):
        await a_registration(email=f"p{number}@example.org")
    await change_event(SLUG, ROOM, by=by)

    @db.write
    async def dies() -> None:
        assert await tell_now.step(SLUG, by=by) == 3
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await dies()
    assert (await news(), await EventChange.count()) == ([], 1)
    await later()
    assert len(await news()) == 3
    assert await find_change(1) is None
