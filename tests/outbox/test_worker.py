import asyncio
import time
from datetime import timedelta

import pytest
import time_machine

from events.infra import db
from events.kernel.clock import utc_now
from events.outbox.actions import claim
from events.outbox.delivery import GIVES_WAY_SECONDS
from events.outbox.lanes import FULL_LANE, LANES
from events.outbox.queries import count_by_state, list_for_subject
from events.outbox.rules import Mail, Queued
from events.outbox.steps import enqueue
from events.outbox.worker import BATCH, Worker
from events.settings import Settings
from events.web.observing import POSTS
from tests.mail_server import MailServer
from tests.outbox.working import RENDERERS, all_sent, greeting, queue, running, send_all, until

pytestmark = pytest.mark.usefixtures("database")


async def test_everything_queued_arrives_once_over_one_connection(mail_server: MailServer, smtp: Settings) -> None:
    addresses = [f"person{number}@example.org" for number in range(10)]
    await queue(*addresses)
    await send_all(Worker(smtp, RENDERERS))
    assert mail_server.recipients == addresses
    assert mail_server.connections == 1
    assert await count_by_state() == {"waiting": 0, "sent": 10, "failed": 0}


async def test_many_go_over_several_connections_each_kept(mail_server: MailServer, smtp: Settings) -> None:
    addresses = [f"person{number}@example.org" for number in range(BATCH)]
    await queue(*addresses)
    assert await Worker(smtp, RENDERERS).run_once() == BATCH
    assert sorted(mail_server.recipients) == sorted(addresses)
    assert mail_server.connections == LANES


async def test_connections_are_kept_from_batch_to_batch(mail_server: MailServer, smtp: Settings) -> None:
    addresses = [f"person{number}@example.org" for number in range(2 * BATCH + 10)]
    await queue(*addresses)
    async with running(Worker(smtp, RENDERERS)):
        await until(all_sent)
    assert sorted(mail_server.recipients) == sorted(addresses)
    assert mail_server.connections == LANES


async def test_a_server_that_takes_one_connection_at_a_time_gets_everything_once(
    mail_server: MailServer, smtp: Settings
) -> None:
    mail_server.most_connections = 1
    addresses = [f"person{number}@example.org" for number in range(BATCH)]
    await queue(*addresses)
    await send_all(Worker(smtp, RENDERERS))
    assert sorted(mail_server.recipients) == sorted(addresses)


async def test_nothing_is_sent_for_what_did_not_commit(mail_server: MailServer, smtp: Settings) -> None:
    @db.write
    async def refused() -> None:
        await enqueue("greeting", 1, "ada@example.org")
        raise ValueError("refused")

    with pytest.raises(ValueError, match="refused"):
        await refused()
    await send_all(Worker(smtp, RENDERERS))
    assert mail_server.recipients == []


async def test_nothing_is_sent_before_it_is_due(mail_server: MailServer, smtp: Settings) -> None:
    await queue("ada@example.org", due_in=timedelta(hours=1))
    worker = Worker(smtp, RENDERERS)
    await send_all(worker)
    assert mail_server.recipients == []
    with time_machine.travel(utc_now() + timedelta(hours=1, seconds=1)):
        await send_all(worker)
    assert mail_server.recipients == ["ada@example.org"]


async def test_a_commit_wakes_the_worker_of_its_process_at_once(mail_server: MailServer, smtp: Settings) -> None:
    async with running(Worker(smtp, RENDERERS, poll_seconds=3600)):
        await queue("first@example.org")
        await until(all_sent)
        await queue("second@example.org")
        await until(all_sent)
    assert mail_server.recipients == ["first@example.org", "second@example.org"]


async def test_a_worker_ends_though_the_server_is_slow_to_say_goodbye(mail_server: MailServer, smtp: Settings) -> None:
    mail_server.says_goodbye.clear()
    await queue("ada@example.org")
    async with asyncio.timeout(30):
        async with running(Worker(smtp, RENDERERS, poll_seconds=3600)):
            await mail_server.was_left.wait()
        assert await all_sent()
    mail_server.says_goodbye.set()


async def test_what_another_process_queued_is_found_by_polling(mail_server: MailServer, smtp: Settings) -> None:
    await queue("ada@example.org", due_in=timedelta(seconds=0.2))  # due when nobody rings
    async with running(Worker(smtp, RENDERERS, poll_seconds=0.1)):
        await until(all_sent)
    assert mail_server.recipients == ["ada@example.org"]


async def test_mail_gives_way_to_people_but_goes_in_the_end(
    mail_server: MailServer, smtp: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    await queue("first@example.org")
    monkeypatch.setattr(POSTS, "number", 1)  # somebody registers and gets no answer
    waiting = asyncio.create_task(Worker(smtp, RENDERERS).run_once())
    done, _ = await asyncio.wait({waiting}, timeout=GIVES_WAY_SECONDS / 2)
    assert not done
    assert await waiting == 1
    assert mail_server.recipients == ["first@example.org"]


async def test_between_any_two_mails_the_loop_looks_who_asks_for_a_page(
    mail_server: MailServer, smtp: Settings
) -> None:
    """Also when marks come late, and free the places of many mails at once."""
    await queue(*(f"person{number}@example.org" for number in range(2 * FULL_LANE * LANES)))
    rounds, worded = 0, []

    async def turning() -> None:
        nonlocal rounds
        while True:
            rounds += 1
            await asyncio.sleep(0)

    async def noted(queued: Queued) -> Mail | None:
        worded.append(rounds)
        return await greeting(queued)

    @db.write
    async def hold_the_database() -> None:
        await db.engine().statement("UPDATE message SET last_error = last_error WHERE sent_at IS NULL", ())
        time.sleep(0.02)  # noqa: ASYNC251 - nobody else writes meanwhile

    async def holding() -> None:
        while True:
            await hold_the_database()
            await asyncio.sleep(0.005)

    meanwhile = [asyncio.create_task(turning()), asyncio.create_task(holding())]
    await send_all(Worker(smtp, {"greeting": noted}))
    for task in meanwhile:
        task.cancel()
    await asyncio.wait(meanwhile)
    assert len(mail_server.recipients) == len(worded) == 2 * FULL_LANE * LANES
    assert len(set(worded)) == len(worded)


async def test_two_workers_at_once_send_none_of_300_messages_twice(mail_server: MailServer, smtp: Settings) -> None:
    addresses = [f"person{number}@example.org" for number in range(300)]
    await queue(*addresses)
    rendered: list[set[int]] = [set(), set()]

    def worker(number: int) -> Worker:
        async def counted(queued: Queued) -> Mail | None:
            rendered[number].add(queued.id)
            return await greeting(queued)

        return Worker(smtp, {"greeting": counted})

    async with running(worker(0), worker(1)):
        await until(all_sent)
    assert sorted(mail_server.recipients) == sorted(addresses)
    assert all(rendered)
    assert not rendered[0] & rendered[1]


async def test_a_worker_that_died_between_claim_and_send_is_replaced_after_its_lease(
    mail_server: MailServer, smtp: Settings
) -> None:
    await queue("ada@example.org")
    assert len(await claim(20, timedelta(minutes=6))) == 1  # and never heard of again
    worker = Worker(smtp, RENDERERS)
    assert await worker.run_once() == 0
    with time_machine.travel(utc_now() + timedelta(minutes=6, seconds=1)):
        assert await worker.run_once() == 1
    assert mail_server.recipients == ["ada@example.org"]


async def test_a_worker_that_is_stopped_ends_what_it_began_and_leaves_the_rest(
    mail_server: MailServer, smtp: Settings
) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(queued: Queued) -> Mail | None:
        begun.set()
        await go_on.wait()
        return await greeting(queued)

    await queue("first@example.org", "second@example.org")
    stopped = asyncio.create_task(Worker(smtp, {"greeting": slow}).run_once())
    await begun.wait()
    stopped.cancel()
    asyncio.get_running_loop().call_later(0.05, go_on.set)
    with pytest.raises(asyncio.CancelledError):
        await stopped
    assert mail_server.recipients == ["first@example.org"]
    assert await Worker(smtp, RENDERERS).run_once() == 1
    assert mail_server.recipients == ["first@example.org", "second@example.org"]


async def test_what_a_worker_claimed_ahead_is_free_again_when_it_is_stopped(
    mail_server: MailServer, smtp: Settings
) -> None:
    begun = asyncio.Event()

    async def slow(queued: Queued) -> Mail | None:
        begun.set()
        await asyncio.sleep(0.05)
        return await greeting(queued)

    addresses = [f"person-{number}@example.org" for number in range(3 * BATCH)]
    await queue(*addresses)
    async with running(Worker(smtp, {"greeting": slow})):
        await begun.wait()
    await send_all(Worker(smtp, RENDERERS))
    assert sorted(mail_server.recipients) == sorted(addresses)


async def test_a_worker_begins_nothing_that_it_could_not_end_within_its_lease(
    mail_server: MailServer, smtp: Settings
) -> None:
    await queue("first@example.org", "second@example.org", "third@example.org")
    with time_machine.travel(utc_now(), tick=False) as clock:

        async def slow(queued: Queued) -> Mail | None:
            clock.shift(timedelta(seconds=90))
            return await greeting(queued)

        assert await Worker(smtp, {"greeting": slow}, lease=timedelta(minutes=6)).run_once() == 3
        assert mail_server.recipients == ["first@example.org", "second@example.org"]
        assert await Worker(smtp, RENDERERS).run_once() == 1
    assert mail_server.recipients == ["first@example.org", "second@example.org", "third@example.org"]


async def test_a_message_to_somebody_who_was_erased_meanwhile_is_dropped(
    mail_server: MailServer, smtp: Settings
) -> None:
    await queue("ada@example.org", erased=True)
    await send_all(Worker(smtp, RENDERERS))
    assert mail_server.recipients == []
    assert await list_for_subject(0, kinds=["greeting"]) == []


async def test_a_renderer_that_fails_is_tried_again_and_logged_without_personal_data(
    mail_server: MailServer, smtp: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    await queue("ada@example.org", kind="failing")
    await queue("grace@example.org")
    await send_all(Worker(smtp, RENDERERS))
    assert mail_server.recipients == ["grace@example.org"]
    (waiting,) = await list_for_subject(0, kinds=["failing"])
    assert (waiting.state, waiting.tries) == ("waiting", 1)
    assert f"Message {waiting.id} (failing), try 1: KeyError at working.py" in caplog.text
    assert not [one for one in caplog.records if one.name.startswith("events.") and "ada@" in one.getMessage()]


async def test_without_a_server_mails_become_files_that_only_their_owner_reads(settings: Settings) -> None:
    await queue("ada@example.org", "grace@example.org")
    await send_all(Worker(settings, RENDERERS))
    files = sorted((settings.var / "mail").iterdir())
    assert [file.name.rpartition("-")[2] for file in files] == ["1.eml", "2.eml"]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert b'To: "Ada" <ada@example.org>\r\n' in files[0].read_bytes()
