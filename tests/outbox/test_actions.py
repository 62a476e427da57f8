from datetime import timedelta

import pytest
import time_machine

from events.infra import db
from events.kernel.clock import utc_now
from events.kernel.errors import NotFound
from events.outbox.actions import claim, forget_sent, mark_failed, mark_sent, postpone, put_back, send_again
from events.outbox.queries import Progress, count_by_state, list_failed, list_for_subject
from events.outbox.steps import enqueue, forget

pytestmark = pytest.mark.usefixtures("database")

LEASE = timedelta(minutes=6)
queue = db.write(enqueue)


async def progress(message_id: int) -> Progress:
    (found,) = [one for one in await list_for_subject(5, kinds=["greeting"]) if one.id == message_id]
    return found


async def test_a_claim_counts_a_try_and_carries_what_was_queued() -> None:
    message_id = await queue("greeting", 5, "ada@example.org", facts={"was": "10:00", "rooms": ["A", "B"]})
    (one,) = await claim(20, LEASE)
    assert (one.queued.id, one.queued.kind, one.queued.subject_id) == (message_id, "greeting", 5)
    assert (one.queued.to_address, one.queued.tries) == ("ada@example.org", 1)
    assert one.queued.facts == {"was": "10:00", "rooms": ["A", "B"]}
    assert await claim(20, LEASE) == []


async def test_the_oldest_due_are_claimed_first_and_no_more_than_asked_for() -> None:
    now = utc_now()
    for hours in (1, 3, 2):
        await queue("greeting", hours, "ada@example.org", due_at=now - timedelta(hours=hours))
    assert [one.queued.subject_id for one in await claim(2, LEASE)] == [3, 2]


async def test_who_lost_a_lease_changes_nothing_any_more() -> None:
    message_id = await queue("greeting", 5, "ada@example.org")
    (lost,) = await claim(20, LEASE)
    with time_machine.travel(utc_now() + 2 * LEASE):
        (held,) = await claim(20, LEASE)
        await mark_failed(lost, "too late")
        await postpone(lost, "too late", LEASE)
        await put_back([lost])
        await mark_sent(lost)
        assert (await progress(message_id)).state == "waiting"
        await mark_sent(held)
    sent = await progress(message_id)
    assert (sent.state, sent.tries, sent.last_error) == ("sent", 2, None)


async def test_a_failed_message_is_sent_again_as_if_it_were_new() -> None:
    message_id = await queue("greeting", 5, "ada@example.org")
    await mark_failed((await claim(20, LEASE))[0], "550 no such mailbox")
    assert await send_again(message_id) == message_id
    assert await list_failed() == []
    (one,) = await claim(20, LEASE)
    assert (one.queued.id, one.queued.tries) == (message_id, 1)


async def test_a_sent_message_is_sent_again_as_another_one() -> None:
    message_id = await queue("greeting", 5, "ada@example.org", facts={"was": "10:00"})
    await mark_sent((await claim(20, LEASE))[0])
    again = await send_again(message_id)
    (one,) = await claim(20, LEASE)
    assert (one.queued.id, one.queued.facts) == (again, {"was": "10:00"})
    assert again != message_id
    assert await count_by_state() == {"waiting": 1, "sent": 1, "failed": 0}


async def test_a_message_that_is_just_being_sent_is_not_sent_again() -> None:
    message_id = await queue("greeting", 5, "ada@example.org")
    await claim(20, LEASE)
    await send_again(message_id)
    assert await claim(20, LEASE) == []


async def test_what_does_not_exist_cannot_be_sent_again() -> None:
    with pytest.raises(NotFound):
        await send_again(1)


async def test_what_was_sent_long_ago_is_forgotten_and_what_waits_or_failed_is_not() -> None:
    await queue("greeting", 1, "ada@example.org")
    await mark_sent((await claim(20, LEASE))[0])
    await queue("greeting", 2, "grace@example.org")
    await mark_failed((await claim(20, LEASE))[0], "550 no such mailbox")
    await queue("greeting", 3, "joan@example.org")
    assert await forget_sent(utc_now() - timedelta(days=30)) == 0
    assert await forget_sent(utc_now() + timedelta(seconds=1)) == 1
    assert await count_by_state() == {"waiting": 1, "sent": 0, "failed": 1}


async def test_messages_to_who_is_erased_go_and_others_with_the_same_number_stay() -> None:
    await queue("greeting", 5, "ada@example.org")
    await queue("event.moved", 5, "grace@example.org")
    await db.write(forget)(5, kinds=("greeting", "farewell"))
    kept = await list_for_subject(5, kinds=["greeting", "event.moved"])
    assert [one.to_address for one in kept] == ["grace@example.org"]
