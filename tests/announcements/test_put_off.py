"""An event is moved or put off while a reminder is on its way, or after it was planned."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from events.accounts.rules import Actor
from events.announcements.actions import writing
from events.announcements.actions.sending import begin, queue_some, welcome_late_comers
from events.announcements.rules import AT_ONCE, AlreadyStarted, Anchor, Outcome, State, Timing, Unit
from events.infra import db
from events.outbox.tables import Message
from events.registration.actions.moving import change_event
from tests.announcements.post import (
    DAY_BEFORE,
    DUE,
    SLUG,
    Post,
    a_draft,
    outcomes,
    people,
    planned,
    send_what_is_due,
    set_status,
    state_of,
)
from tests.make import a_published_event, a_registration

pytestmark = pytest.mark.usefixtures("database")
ZONE = {"zone": "America/New_York"}
LATER = {"starts": {"wall": "2027-03-05T13:15"} | ZONE, "ends": {"wall": "2027-03-05T14:30"} | ZONE}


@db.write
async def forget_confirmations() -> None:
    await Message.delete(force=True)


async def test_a_reminder_never_goes_once_the_event_has_begun_though_it_was_moved_before_its_hour(
    by: Actor, post: Post
) -> None:
    await a_published_event(by)
    await a_registration()
    same_day = Timing(anchor=Anchor.START, amount=0, unit=Unit.DAYS, clock="09:00")
    reminder = await planned(by, a_draft(timing=same_day))
    earlier = {"starts": {"wall": "2027-02-05T08:00"} | ZONE, "ends": {"wall": "2027-02-05T12:00"} | ZONE}
    await change_event(SLUG, earlier, by=by)
    with time_machine.travel(datetime(2027, 2, 5, 14, tzinfo=UTC)):  # 09:00
        assert await post.reached() == []
    assert (await state_of(reminder)).state is State.MISSED


async def test_moved_while_it_is_being_sent_it_goes_to_the_others_at_its_new_time(by: Actor, post: Post) -> None:
    await a_published_event(by)
    await people(3)
    await post.deliver()
    reminder = await planned(by, a_draft(timing=DAY_BEFORE))
    post.server.answers["p000@example.org"] = ["451 later"]
    with time_machine.travel(DUE):
        assert await post.reached() == ["p001@example.org", "p002@example.org"]
        await change_event(SLUG, LATER, by=by)
    with time_machine.travel(DUE + timedelta(minutes=3)):
        await a_registration(email="new@example.org")
        assert await post.reached() == []
    assert await outcomes(reminder) == {Outcome.SENT: 2, Outcome.SKIPPED: 1}
    with time_machine.travel(datetime(2027, 3, 4, 14, tzinfo=UTC)):
        assert await post.reached() == ["new@example.org", "p000@example.org"]
        assert await post.reached() == []


async def test_half_sent_when_the_event_was_put_off_it_is_kept_and_reaches_the_others(by: Actor, post: Post) -> None:
    await a_published_event(by)
    many = 5 * AT_ONCE  # more than a worker claims
    await people(many + 1)
    await forget_confirmations()
    reminder = await planned(by, a_draft(timing=DAY_BEFORE))
    with time_machine.travel(DUE):
        await begin(reminder)
        for _ in range(5):
            await queue_some(reminder)
        await post.worker().run_once()
        await set_status("postponed")
        await send_what_is_due()
        assert (await state_of(reminder)).state is State.SCHEDULED
        await writing.unplan(reminder, SLUG, by=by)
        with pytest.raises(AlreadyStarted):
            await writing.discard(reminder, SLUG, by=by)
        await writing.change(reminder, SLUG, a_draft(body={"en": "Not finished"}), by=by)
        await set_status("published")
        first = await post.reached()
        assert 0 < len(first) < many
        assert await outcomes(reminder) == {Outcome.SENT: len(first), Outcome.SKIPPED: many - len(first)}
        await writing.send_now(reminder, SLUG, by=by)
        others = await post.reached()
    assert sorted(first + others) == [f"p{one:03}@example.org" for one in range(many + 1)]


async def test_many_who_were_left_out_get_it_at_its_new_time_without_a_pause_between_them(
    by: Actor, post: Post
) -> None:
    await a_published_event(by)
    await people(AT_ONCE + 1)
    await forget_confirmations()
    reminder = await planned(by, a_draft(timing=DAY_BEFORE))
    with time_machine.travel(DUE):
        await send_what_is_due()
        await change_event(SLUG, LATER, by=by)
        assert await post.reached() == []
    with time_machine.travel(datetime(2027, 3, 4, 14, tzinfo=UTC)):
        await welcome_late_comers()
        assert await send_what_is_due()
    assert await outcomes(reminder) == {Outcome.WAITING: AT_ONCE + 1}
