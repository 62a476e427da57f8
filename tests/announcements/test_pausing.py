"""Mails on their way are held, and go on: whoever sends, pauses and resumes at once, nobody gets one twice or none."""

import asyncio
from datetime import UTC, datetime

import pytest
import time_machine

from events.accounts.rules import Actor
from events.announcements.actions import sending, writing
from events.announcements.actions.sending import queue_some
from events.announcements.rules import AT_ONCE, Outcome, State
from events.infra import db
from events.outbox.queries import count_by_state
from events.outbox.tables import Message
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
    sent_now,
    state_of,
)
from tests.make import a_published_event, a_registration

pytestmark = pytest.mark.usefixtures("database")


async def test_paused_in_the_middle_nothing_leaves_and_resumed_everybody_gets_it_once(by: Actor, post: Post) -> None:
    await a_published_event(by)
    many = 5 * AT_ONCE  # more than a worker claims
    await people(many + 20)
    await post.deliver()
    announcement = await sent_now(by, a_draft())
    for _ in range(5):
        await queue_some(announcement)
    await post.worker().run_once()
    gone = len(post.server.letters) - many - 20
    assert 0 < gone < many
    await writing.pause(announcement, SLUG, by=by)
    assert await outcomes(announcement) == {Outcome.SENT: gone, Outcome.HELD: many - gone}
    await post.deliver()
    assert not await send_what_is_due()
    assert len(post.server.letters) == gone + many + 20
    await writing.resume(announcement, SLUG, by=by)
    await post.brought()
    assert sorted(post.server.recipients[many + 20 :]) == [f"p{one:03}@example.org" for one in range(many + 20)]
    assert await outcomes(announcement) == {Outcome.SENT: many + 20}


async def test_what_a_worker_holds_after_it_was_let_go_again_is_sent_all_the_same(by: Actor, post: Post) -> None:
    """It had looked while the announcement was paused."""
    await a_published_event(by)
    person = await a_registration(email="ana@example.org")
    announcement = await sent_now(by, a_draft())
    await send_what_is_due()
    await sending.hold(announcement, person.id)
    assert await post.reached() == ["ana@example.org"]


async def test_all_messages_of_an_event_are_paused_and_confirmations_go_on(by: Actor, post: Post) -> None:
    await a_published_event(by)
    await people(3)
    await post.deliver()
    started = await sent_now(by, a_draft())
    await send_what_is_due()
    await writing.pause_all(SLUG, by=by)
    await writing.pause_all(SLUG, by=by)
    await planned(by, a_draft(timing=DAY_BEFORE))
    await a_registration(email="new@example.org")
    with time_machine.travel(DUE):
        assert await post.reached() == []
        assert post.server.recipients[-1] == "new@example.org"
        assert await outcomes(started) == {Outcome.HELD: 3}
        await writing.resume_all(SLUG, by=by)
        assert len(await post.reached()) == 3 + 4


async def test_a_mail_in_a_workers_hands_when_it_is_paused_is_held(by: Actor, post: Post) -> None:
    await a_published_event(by)
    await people(2)
    await post.deliver()
    announcement = await sent_now(by, a_draft())
    await send_what_is_due()

    @db.write
    async def in_hand() -> None:
        await Message.update({Message.claimed_until: datetime(2099, 1, 1, tzinfo=UTC)}).where(Message.sent_at.is_null())

    @db.write
    async def let_go() -> None:
        await Message.update({Message.claimed_until: None}).where(Message.sent_at.is_null())

    await in_hand()
    await writing.pause(announcement, SLUG, by=by)
    assert await outcomes(announcement) == {Outcome.WAITING: 2}
    await let_go()
    assert await post.reached() == []
    assert await outcomes(announcement) == {Outcome.HELD: 2}
    await writing.resume(announcement, SLUG, by=by)
    assert len(await post.reached()) == 2


async def test_several_processes_at_once_send_it_once_to_each(by: Actor, post: Post) -> None:
    await a_published_event(by)
    await people(10 * AT_ONCE)
    await post.deliver()
    announcement = await sent_now(by, a_draft())
    post.server.envelopes.clear()

    async def a_process() -> None:
        worker, rounds = post.worker(), 0
        while await send_what_is_due() or await worker.run_once() or rounds < 3:
            rounds += 1
            await worker.run_once()

    await asyncio.gather(*(a_process() for _ in range(4)))
    assert sorted(post.server.recipients) == [f"p{one:03}@example.org" for one in range(10 * AT_ONCE)]
    assert await outcomes(announcement) == {Outcome.SENT: 10 * AT_ONCE}


async def test_pausing_and_resuming_while_it_is_sent_loses_and_repeats_nobody(by: Actor, post: Post) -> None:
    await a_published_event(by)
    await people(10 * AT_ONCE)
    await post.deliver()
    announcement = await sent_now(by, a_draft())
    post.server.envelopes.clear()

    async def sending() -> None:
        while (await state_of(announcement)).state is not State.SENT or (await count_by_state())["waiting"]:
            await send_what_is_due()
            await post.deliver()

    async def pausing() -> None:
        for _ in range(5):
            await writing.pause(announcement, SLUG, by=by)
            await asyncio.sleep(0.02)
            await writing.resume(announcement, SLUG, by=by)
            await asyncio.sleep(0.02)

    await asyncio.gather(sending(), sending(), pausing())
    await post.brought()
    assert sorted(post.server.recipients) == [f"p{one:03}@example.org" for one in range(10 * AT_ONCE)]


async def test_never_more_than_some_stand_before_a_confirmation(
    by: Actor, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "MOST_WAITING", AT_ONCE)
    await a_published_event(by)
    await people(AT_ONCE + 30)
    await post.deliver()
    announcement = await sent_now(by, a_draft())
    await send_what_is_due()
    await send_what_is_due()
    await a_registration(email="new@example.org")
    assert await outcomes(announcement) == {Outcome.WAITING: AT_ONCE}
    assert len(await post.reached()) == AT_ONCE + 31


async def test_what_is_let_go_when_it_is_of_no_use_any_more_is_not_said_to_wait(by: Actor, post: Post) -> None:
    await a_published_event(by)
    await a_registration()
    reminder = await planned(by, a_draft(timing=DAY_BEFORE))
    with time_machine.travel(DUE):
        await send_what_is_due()
        await writing.pause(reminder, SLUG, by=by)
    with time_machine.travel(datetime(2027, 2, 5, 19, tzinfo=UTC)):
        await writing.resume(reminder, SLUG, by=by)
        assert await post.reached() == []
    assert await outcomes(reminder) == {Outcome.SKIPPED: 1}
