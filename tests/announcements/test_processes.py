"""Announcements and the processes that send them: which does, and what each leaves when it is stopped or killed."""

import asyncio
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import httpx
import psutil
import pytest

from events.announcements import queries
from events.announcements.rules import MOST_WAITING, State
from events.announcements.sender import BESIDE
from events.infra import db
from events.outbox.actions import UNMARKED
from events.outbox.lanes import LANES
from events.outbox.tables import Message
from tests.announcements.post import SLUG, a_draft, is_announcement, sent_now
from tests.conftest import use
from tests.mail_server import MailServer
from tests.make import a_published_event, a_registration, an_organisation
from tests.outbox.working import until
from tests.servers import Served

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]
T = TypeVar("T")
SOME = 60
FEW, MANY = 400, MOST_WAITING + 40


def address(number: int) -> str:
    return f"p{number:03}@example.org"


@pytest.fixture
def url(sqlite_template: Path, tmp_path: Path) -> str:
    shutil.copy(sqlite_template, tmp_path / "s.sqlite")
    return f"sqlite:///{tmp_path}/s.sqlite"


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[None]:
    engine = use(url)
    await engine.open()
    try:
        yield
    finally:
        await engine.close()


async def announced(url: str, people: int) -> int:
    """People whose confirmations have gone, and an announcement that is to be sent to them."""
    async with opened(url):
        by = await an_organisation()
        event = await a_published_event(by)
        for number in range(people):
            await a_registration(email=address(number), mode="online")
        await settle()
        announcement = await sent_now(by, a_draft())
        assert await queries.count_audience(event.id, a_draft().audience) == people
    return announcement


@db.write
async def settle() -> None:
    await Message.update({Message.sent_at: Message.created_at}).where(Message.sent_at.is_null())


@db.write
async def let_leases_end() -> None:
    """What a killed worker had in hand is anybody's after six minutes."""
    await Message.update({Message.claimed_until: None}).where(Message.sent_at.is_null())


async def is_done(announcement: int) -> bool:
    found = await queries.find(announcement)
    left = await Message.count().where(Message.sent_at.is_null())
    return found is not None and found.state is State.SENT and not left


async def done(url: str, announcement: int) -> None:
    async with opened(url):
        await until(lambda: is_done(announcement))


@asynccontextmanager
async def served(url: str, folder: Path, mail_server: MailServer) -> AsyncIterator[Served]:
    server = Served(url, folder, SMTP_URL=mail_server.url)
    await asyncio.to_thread(server.start)
    try:
        yield server
    finally:
        await asyncio.to_thread(server.__exit__)


async def soon(holds: Callable[[], T]) -> T:
    async with asyncio.timeout(60):
        while not (found := holds()):  # noqa: ASYNC110 - mail servers and processes ring no bell
            await asyncio.sleep(0.005)
    return found


async def reached_some(mail_server: MailServer) -> None:
    await soon(lambda: len(mail_server.envelopes) >= SOME)


async def beside(server: Served) -> psutil.Process:
    """The process that sends beside the server, as soon as there is one."""
    found = await soon(lambda: [one for one in psutil.Process(server.pid).children() if BESIDE in one.cmdline()])
    return found[0]


async def gone(process: psutil.Process) -> None:
    await asyncio.to_thread(process.wait, 60)


def assert_all_were_reached(mail_server: MailServer, people: int, *, repeated: int = 0) -> None:
    letters = Counter(str(letter["Message-ID"]) for letter in mail_server.letters if is_announcement(letter))
    assert set(mail_server.recipients) == {address(number) for number in range(people)}
    assert sum(letters.values()) - people <= repeated, "only what was between sending and marking may come twice"
    assert len(letters) == people, "and both copies have one Message-ID"


async def test_a_reminder_survives_kill_9(url: str, tmp_path: Path, mail_server: MailServer) -> None:
    announcement = await announced(url, FEW)
    async with served(url, tmp_path, mail_server) as server:
        await reached_some(mail_server)
        await asyncio.to_thread(server.kill)
    assert len(mail_server.envelopes) < FEW, "it was killed too late"
    async with opened(url):
        await let_leases_end()
    async with served(url, tmp_path, mail_server):
        await done(url, announcement)
    assert_all_were_reached(mail_server, FEW, repeated=UNMARKED)


async def test_what_goes_to_many_is_sent_beside_the_server_which_sends_its_other_mail_meanwhile(
    url: str, tmp_path: Path, mail_server: MailServer
) -> None:
    announcement, taken = await announced(url, MANY), asyncio.Event()
    mail_server.waits_for = {address(number): taken for number in range(MANY)}
    mail_server.most_connections = LANES  # which are not all taken by what goes to many
    async with served(url, tmp_path, mail_server) as server, httpx.AsyncClient() as client:
        sending = await beside(server)
        await soon(lambda: mail_server.waiting == LANES - 1)
        eve = {"name": "Eve", "email": "eve@example.org", "mode": "online"}
        answer = await client.post(f"{server.url}/api/v1/events/{SLUG}/registrations", json=eve)
        assert answer.status_code == 201
        await soon(lambda: mail_server.recipients and mail_server.waiting)
        assert mail_server.recipients == ["eve@example.org"]
        taken.set()
        await done(url, announcement)
        await gone(sending)
    everybody = [letter["To"].addresses[0].addr_spec for letter in mail_server.letters if is_announcement(letter)]
    assert sorted(one for one in everybody if one != "eve@example.org") == [address(one) for one in range(MANY)]


@pytest.mark.parametrize("end", ["stopped", "killed"])
async def test_it_ends_with_the_server_and_nobody_is_written_to_twice(
    url: str, tmp_path: Path, mail_server: MailServer, end: str
) -> None:
    announcement = await announced(url, MANY)
    async with served(url, tmp_path, mail_server) as server:
        sending = await beside(server)
        await reached_some(mail_server)
        if end == "killed":
            await asyncio.to_thread(server.kill)
            await gone(sending)
    assert not sending.is_running(), "a server that is stopped waits for it"
    assert len(mail_server.envelopes) < MANY, "it ended too late"
    async with served(url, tmp_path, mail_server):
        await done(url, announcement)
    assert_all_were_reached(mail_server, MANY)


async def test_when_it_is_killed_the_server_sends_by_itself(url: str, tmp_path: Path, mail_server: MailServer) -> None:
    announcement = await announced(url, MANY)
    async with served(url, tmp_path, mail_server) as server:
        sending = await beside(server)
        await reached_some(mail_server)
        sending.kill()
        await gone(sending)
        assert len(mail_server.envelopes) < MANY, "it was killed too late"
        async with opened(url):
            await let_leases_end()
        await done(url, announcement)
        assert not psutil.Process(server.pid).children()
    assert "sent by this process until it is started anew" in server.log.read_text()
    assert_all_were_reached(mail_server, MANY, repeated=UNMARKED)


async def test_a_worker_that_is_stopped_ends_what_it_has_begun(
    database_url: str, tmp_path: Path, mail_server: MailServer
) -> None:
    await announced(database_url, 1)
    mail_server.waits_for[address(0)] = taken = asyncio.Event()
    environment = Served(database_url, tmp_path, SMTP_URL=mail_server.url).environment
    worker = subprocess.Popen([sys.executable, "-m", "events.cli", "worker"], env=environment, cwd=tmp_path)  # noqa: ASYNC220 - it returns at once
    await soon(lambda: mail_server.waiting)
    worker.send_signal(signal.SIGTERM)
    await asyncio.sleep(0.2)  # it has heard that it is to end
    taken.set()
    assert await asyncio.to_thread(worker.wait, 60) == 0
    async with opened(database_url):
        assert await Message.count().where(Message.sent_at.is_null()) == 0
    assert mail_server.recipients == [address(0)]
