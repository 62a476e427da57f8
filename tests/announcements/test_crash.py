"""kill -9 while a reminder is being sent: it goes on, and only who was not yet marked gets it twice."""

import asyncio
import shutil
from collections import Counter
from pathlib import Path

import pytest

from events.accounts.rules import Actor
from events.announcements import queries
from events.announcements.rules import State
from events.infra import db
from events.outbox.actions import UNMARKED
from events.outbox.tables import Message
from events.programme.rules import EventFacts
from tests.announcements.post import a_draft, is_announcement, sent_now
from tests.conftest import use
from tests.mail_server import MailServer
from tests.make import a_published_event, a_registration, an_organisation
from tests.servers import Served

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]
PEOPLE = 400
SOME = 60


async def _prepare(url: str) -> int:
    """People whose confirmations have gone, and an announcement that is to be sent to them."""
    engine = use(url)
    await engine.open()
    by: Actor = await an_organisation()
    event: EventFacts = await a_published_event(by)
    for number in range(PEOPLE):
        await a_registration(email=f"p{number:03}@example.org", mode="online")
    await _settle()
    announcement = await sent_now(by, a_draft())
    assert await queries.count_audience(event.id, a_draft().audience) == PEOPLE
    await engine.close()
    return announcement


@db.write
async def _settle() -> None:
    await Message.update({Message.sent_at: Message.created_at}).where(Message.sent_at.is_null())


@db.write
async def _let_leases_end() -> None:
    """What the killed worker had in hand is anybody's after six minutes."""
    await Message.update({Message.claimed_until: None}).where(Message.sent_at.is_null())


async def _end_leases(url: str) -> None:
    engine = use(url)
    await engine.open()
    await _let_leases_end()
    await engine.close()


async def _is_done(url: str, announcement: int) -> bool:
    engine = use(url)
    await engine.open()
    found = await queries.find(announcement)
    left = await Message.count().where(Message.sent_at.is_null())
    await engine.close()
    return found is not None and found.state is State.SENT and not left


async def test_a_reminder_survives_kill_9(sqlite_template: Path, tmp_path: Path, mail_server: MailServer) -> None:
    shutil.copy(sqlite_template, tmp_path / "s.sqlite")
    url = f"sqlite:///{tmp_path}/s.sqlite"
    announcement = await _prepare(url)
    server = Served(url, tmp_path, SMTP_URL=mail_server.url)
    await asyncio.to_thread(server.start)
    async with asyncio.timeout(60):
        while len(mail_server.envelopes) < SOME:  # noqa: ASYNC110 - the mail server rings no bell
            await asyncio.sleep(0.005)
    await asyncio.to_thread(server.kill)
    assert len(mail_server.envelopes) < PEOPLE, "it was killed too late"
    await _end_leases(url)
    with server:
        async with asyncio.timeout(90):
            while not await _is_done(url, announcement):  # noqa: ASYNC110 - nor does the database
                await asyncio.sleep(0.2)
    letters = Counter(str(letter["Message-ID"]) for letter in mail_server.letters if is_announcement(letter))
    reached = Counter(mail_server.recipients)
    assert set(reached) == {f"p{number:03}@example.org" for number in range(PEOPLE)}
    assert sum(letters.values()) - PEOPLE <= UNMARKED, "only what was between sending and marking may come twice"
    assert len(letters) == PEOPLE, "and both copies have one Message-ID"
