"""How many mails are on their way before they are marked, whatever the database does meanwhile."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
from msgspec import structs

from events.infra import db
from events.outbox.actions import UNMARKED
from events.outbox.queries import count_by_state
from events.outbox.rules import Mail, Queued
from events.outbox.steps import enqueue
from events.outbox.worker import BATCH, Worker
from events.settings import Settings
from tests.mail_server import MailServer

pytestmark = pytest.mark.usefixtures("database")
ADDRESSES = [f"person{number}@example.org" for number in range(BATCH)]


@asynccontextmanager
async def nobody_writes() -> AsyncIterator[None]:
    """Somebody else holds the database."""
    engine: Any = db.engine()
    if engine.engine_type == "sqlite":
        connection = sqlite3.connect(engine.path, isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.close()
    else:
        other = await asyncpg.connect(**engine.config)
        async with other.transaction():
            await other.execute("LOCK TABLE message IN SHARE MODE")
            yield
        await other.close()


class Post:
    """A worker with a batch in its hands, which begins to send it on `go_on`."""

    def __init__(self, settings: Settings, server: MailServer) -> None:
        self.server = server
        self.begun, self.go_on = asyncio.Event(), asyncio.Event()
        self.worker = Worker(structs.replace(settings, smtp_url=server.url), {"greeting": self._render})

    async def _render(self, queued: Queued) -> Mail:
        self.begun.set()
        await self.go_on.wait()
        return Mail(queued.to_address, "Ada", "Welcome", "Hello.\n", "<p>Hello.</p>\n", "en")

    async def sends_no_more(self) -> None:
        self.go_on.set()
        async with asyncio.timeout(30):
            while len(self.server.envelopes) < UNMARKED:  # noqa: ASYNC110 - the mail server rings no bell
                await asyncio.sleep(0.005)
        await asyncio.sleep(0.2)
        assert len(self.server.envelopes) == UNMARKED


@pytest.fixture
async def post(settings: Settings, mail_server: MailServer) -> Post:
    @db.write
    async def queue() -> None:
        for number, address in enumerate(ADDRESSES):
            await enqueue("greeting", number, address)

    await queue()
    return Post(settings, mail_server)


async def test_while_nothing_can_be_marked_few_are_sent_and_afterwards_each_once(post: Post) -> None:
    sending = asyncio.create_task(post.worker.run_once())
    await post.begun.wait()
    async with nobody_writes():
        await post.sends_no_more()
    assert await sending == BATCH
    assert sorted(post.server.recipients) == sorted(ADDRESSES)
    assert await count_by_state() == {"waiting": 0, "sent": BATCH, "failed": 0}


async def test_who_is_stopped_marks_what_is_sent(post: Post) -> None:
    sending = asyncio.create_task(post.worker.run_once())
    await post.begun.wait()
    async with nobody_writes():
        await post.sends_no_more()
        sending.cancel()
        await asyncio.sleep(0.1)
    with pytest.raises(asyncio.CancelledError):
        await sending
    assert await count_by_state() == {"waiting": BATCH - UNMARKED, "sent": UNMARKED, "failed": 0}
    await post.worker.run_once()
    assert sorted(post.server.recipients) == sorted(ADDRESSES)
