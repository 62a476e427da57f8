"""10,000 reminders to a local SMTP server, and how pages answer meanwhile."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import IO, NamedTuple

from bench.load import CLIENT_CORE, SERVER_CORE, keep_on, on_core
from bench.stand import on
from bench.stored import copy_registration
from events.accounts.rules import Actor
from events.announcements.actions import writing
from events.announcements.defaults import SUGGESTIONS, draft_of
from events.infra import db, migrations
from tests.make import a_published_event, a_registration, an_organisation
from tests.servers import Served, free_port

PEOPLE = 10_000
PAGES_A_SECOND = 100
IDLE_SECONDS = 6
SLUG = "care-skills-count"
_UNIQUE = {
    "email": "'ana-' || number || '@example.org'",
    "email_folded": "'ana-' || number || '@example.org'",
    "code": "'code-' || number",
    "token_digest": "'digest-' || number",
    "language": "CASE WHEN number % 3 = 0 THEN 'fr' ELSE 'en' END",
}


class Sent(NamedTuple):
    """Mails a second of ours and of aiosmtplib alone; how long each page took in ms, idle and meanwhile."""

    ours: float
    alone: float
    idle: list[float]
    meanwhile: list[float]


def send(url: str, folder: Path, runs: int) -> list[Sent]:
    by = asyncio.run(on(url, _prepare))
    letter, port = folder / "letter.eml", free_port()
    smtp_url = f"smtp://127.0.0.1:{port}"
    with _sink(port, letter) as sink, Served(url, folder, SMTP_URL=smtp_url) as ours:
        keep_on(SERVER_CORE, ours.pid)
        asyncio.run(_warm(ours))
        sent = [asyncio.run(on(url, lambda: _once(ours, by, sink, port, letter))) for _ in range(runs + 1)]
        return sent[1:]  # the first mail of a process waits for its templates to be compiled


async def _prepare() -> Actor:
    await migrations.migrate()
    by = await an_organisation()
    await a_published_event(by, modes={"in_person": {"capacity": None}, "online": {"capacity": None}})
    first = await a_registration()
    await copy_registration(first.id, PEOPLE - 1, _UNIQUE)
    await nothing_to_send()
    return by


@db.write
async def nothing_to_send() -> None:
    """So that a row is measured without the mail of what came before."""
    await db.engine().statement("UPDATE message SET sent_at = created_at WHERE sent_at IS NULL", ())


async def _warm(ours: Served) -> None:
    async with _asking(ours):
        await asyncio.sleep(2)


async def _once(ours: Served, by: Actor, sink: IO[str], port: int, letter: Path) -> Sent:
    async with _asking(ours) as idle:
        await asyncio.sleep(IDLE_SECONDS)
    async with _asking(ours) as meanwhile:
        reminder = await writing.create(SLUG, draft_of(SUGGESTIONS["day-before"]), by=by)
        await writing.send_now(reminder, SLUG, by=by)
        seconds = float(await asyncio.to_thread(sink.readline))
    alone = on_core(SERVER_CORE, sys.executable, "-m", "bench.smtp", "alone", str(port), str(letter), str(PEOPLE))
    await asyncio.to_thread(subprocess.run, alone, check=True)
    seconds_alone = float(await asyncio.to_thread(sink.readline))
    return Sent(PEOPLE / seconds, PEOPLE / seconds_alone, idle, meanwhile)


@contextmanager
def _sink(port: int, letter: Path) -> Iterator[IO[str]]:
    """It gives way to who asks for pages on the same core: what they wait for is the server."""
    command = ["chrt", "--idle", "0", sys.executable, "-m", "bench.smtp", "sink", str(port), str(letter), str(PEOPLE)]
    with subprocess.Popen(on_core(CLIENT_CORE, *command), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        process.stdout.readline()  # it listens
        try:
            yield process.stdout
        finally:
            process.terminate()


@asynccontextmanager
async def _asking(ours: Served) -> AsyncIterator[list[float]]:
    """Somebody asks for the event's page so many times a second; how long each took, in ms, from when it was due.

    Where we may, ahead of all else on that core, PostgreSQL say: to wait for a core there is not to wait for the page.
    """
    took: list[float] = []
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {int(CLIENT_CORE)})
    with suppress(PermissionError):
        os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(1))
    task = asyncio.create_task(_ask(ours.port, took))
    try:
        yield took
    finally:
        task.cancel()
        await asyncio.wait({task})
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
        os.sched_setaffinity(0, cores)


async def _ask(port: int, took: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    asked = f"GET /en/events/{SLUG} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept-Encoding: gzip\r\n\r\n".encode()
    due = time.perf_counter()
    while True:
        due += 1 / PAGES_A_SECOND
        if (early := due - time.perf_counter()) > 0:
            await asyncio.sleep(early)
            due = time.perf_counter()  # to wake up late is not the server's fault, to be kept by the page before is
        writer.write(asked)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(int(length.partition(b":")[2]))
        took.append((time.perf_counter() - due) * 1000)
