"""Who is told what of a change, and when; and how it is taken back before it has left."""

import asyncio

import msgspec
import pytest
import time_machine
from piccolo.columns import And

from events.accounts.rules import Actor
from events.activity.queries import list_for_subject
from events.infra import db
from events.kernel.clock import utc_now
from events.outbox.tables import Message
from events.programme import queries as events
from events.programme.actions import create_event
from events.programme.documents import document_of
from events.programme.forms import read_event
from events.programme.rules import Status
from events.programme.rules.errors import RevisionOutdated
from events.registration.actions.moving import cancel_event, change_event, postpone_event
from events.registration.actions.proving import verify
from events.registration.actions.telling import tell_now, tell_what_is_due
from events.registration.actions.undoing import undo_change
from events.registration.queries.changes import find_change
from events.registration.rules import NEWS
from events.registration.rules.changes import NothingToUndo, Telling
from events.registration.tables import EventChange, Registration
from tests.make import a_published_event, a_registration, an_event
from tests.registration.news import MARCH, ROOM, SLUG, facts, later, news, the_event

pytestmark = pytest.mark.usefixtures("database")


@db.write
async def all_sent() -> None:
    await Message.update({Message.sent_at: utc_now()}).where(Message.sent_at.is_null())


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


async def test_who_is_unverified_hears_nothing_and_is_confirmed_for_what_is_now(by: Actor) -> None:
    await a_published_event(by, prove_address=True)
    made = await a_registration()
    await change_event(SLUG, MARCH, by=by)
    await verify(made.token)
    await later()
    assert await news() == [("changed", "ana")]  # verified in between: the mail of before had the old date


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
