"""What mail servers refuse, for now or for ever, and what comes of it."""

from datetime import timedelta

import pytest
import time_machine

from events.infra.smtp import Unreachable
from events.kernel.clock import utc_now
from events.outbox.queries import list_failed, list_for_subject, oldest_wait
from events.outbox.worker import Worker
from events.settings import Settings
from tests.mail_server import MailServer
from tests.outbox.working import RENDERERS, all_sent, queue, running, send_all, until

pytestmark = pytest.mark.usefixtures("database")


async def test_a_server_that_is_down_and_comes_up_gets_everything_once(mail_server: MailServer, smtp: Settings) -> None:
    addresses = [f"person{number}@example.org" for number in range(50)]
    await mail_server.stop()
    await queue(*addresses)
    worker = Worker(smtp, RENDERERS, poll_seconds=0.05)
    with pytest.raises(Unreachable):
        await worker.run_once()
    waiting = [one for number in range(50) for one in await list_for_subject(number, kinds=["greeting"])]
    assert {one.tries for one in waiting} == {0}
    async with running(worker):
        await mail_server.start()
        await until(all_sent)
    assert sorted(mail_server.recipients) == sorted(addresses)


async def test_a_server_that_is_away_for_days_is_given_up_visibly(mail_server: MailServer, smtp: Settings) -> None:
    await mail_server.stop()
    await queue("ada@example.org")
    worker = Worker(smtp, RENDERERS)
    with time_machine.travel(utc_now() + timedelta(days=4, minutes=1)), pytest.raises(Unreachable):
        await worker.run_once()
    assert [one.to_address for one in await list_failed()] == ["ada@example.org"]


async def test_a_recipient_that_does_not_exist_fails_and_stops_nobody_else(
    mail_server: MailServer, smtp: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    mail_server.answers["nobody@example.org"] = ["550 5.1.1 <nobody@example.org>: no such mailbox"]
    await queue("nobody@example.org", "ada@example.org")
    await send_all(Worker(smtp, RENDERERS))
    assert mail_server.recipients == ["ada@example.org"]
    (failed,) = await list_failed()
    assert (failed.state, failed.last_error) == ("failed", "550 5.1.1 <nobody@example.org>: no such mailbox")
    [said] = [record.getMessage() for record in caplog.records if record.name.startswith("events.")]
    assert "550" in said
    assert "nobody" not in said


async def test_a_mail_that_the_server_will_never_take_fails(mail_server: MailServer, smtp: Settings) -> None:
    mail_server.answers_to_data["ada@example.org"] = ["554 5.7.1 looks like spam"]
    await queue("ada@example.org")
    await send_all(Worker(smtp, RENDERERS))
    assert [one.last_error for one in await list_failed()] == ["554 5.7.1 looks like spam"]


async def test_a_recipient_that_is_refused_for_now_is_tried_again_after_a_pause(
    mail_server: MailServer, smtp: Settings
) -> None:
    mail_server.answers["ada@example.org"] = ["450 mailbox busy"]
    await queue("ada@example.org")
    worker = Worker(smtp, RENDERERS)
    assert await worker.run_once() == 1
    assert await worker.run_once() == 0
    with time_machine.travel(utc_now() + timedelta(seconds=80)):
        assert await worker.run_once() == 1
    assert mail_server.recipients == ["ada@example.org"]
    (sent,) = await list_for_subject(0, kinds=["greeting"])
    assert (sent.state, sent.tries, sent.last_error) == ("sent", 2, None)


async def test_what_is_refused_for_now_again_and_again_is_given_up_after_days(
    mail_server: MailServer, smtp: Settings
) -> None:
    mail_server.answers["ada@example.org"] = ["450 mailbox busy"] * 20
    await queue("ada@example.org")
    worker = Worker(smtp, RENDERERS)
    start, days = utc_now(), 0.0
    while not await list_failed():
        with time_machine.travel(start + timedelta(days=days)):
            await worker.run_once()
        days += 0.02
    assert 3.5 < days < 5
    assert [one.tries for one in await list_failed()] == [11]


async def test_the_oldest_wait_counts_from_when_a_message_was_due(mail_server: MailServer, smtp: Settings) -> None:
    assert await oldest_wait() == timedelta()
    mail_server.answers["ada@example.org"] = ["450 mailbox busy"]
    start = utc_now()
    with time_machine.travel(start, tick=False):
        await queue("ada@example.org")
        await queue("later@example.org", due_in=timedelta(days=9))
        await send_all(Worker(smtp, RENDERERS))
    with time_machine.travel(start + timedelta(hours=2), tick=False):
        assert await oldest_wait() == timedelta(hours=2)
