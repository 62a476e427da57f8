"""A server with 200 events to measure, and the plain one beside it."""

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TypeVar

import httpx

import bench.statements as bare
from bench.load import SERVER_CORE, keep_on, on_core
from events.accounts.actions.tokens import create_token
from events.checkin.actions import open_door
from events.checkin.forms import DoorForm
from events.infra import migrations
from events.registration.actions.registering import register
from events.registration.forms import read_sign_up
from tests.conftest import use
from tests.make import a_published_event, an_organisation
from tests.postgres import PostgresServer
from tests.servers import SECRET, Served, free_port

EVENTS = 200
T = TypeVar("T")


class Stand(NamedTuple):
    """A server with 200 events, and what it takes to speak to it."""

    database: str
    url: str
    server: Served
    token: str
    door: int
    codes: Path
    plain: str
    postgres: PostgresServer | None

    def path(self, rest: str) -> str:
        return f"{self.server.url}{rest}"


async def on(url: str, act: Callable[[], Awaitable[T]]) -> T:
    engine = use(url)
    await engine.open()
    try:
        return await act()
    finally:
        await engine.close()


async def _fill(folder: Path) -> tuple[str, int, Path]:
    await migrations.migrate()
    by = await an_organisation()
    for number in range(EVENTS):
        day = f"2027-{number % 12 + 1:02}-{number % 28 + 1:02}"
        await a_published_event(
            by,
            title={"en": f"Event {number}", "fr": f"Événement {number}"},
            starts={"wall": f"{day}T13:15", "zone": "America/New_York"},
            ends={"wall": f"{day}T14:30", "zone": "America/New_York"},
            modes={"in_person": {"capacity": None}, "online": {"capacity": None}},
        )
    door = await open_door("event-2", DoorForm(name="Main entrance"), by=by, secret=SECRET)
    token = await create_token(by.organisation, name="bench", scopes="all")
    codes = []
    for first in range(0, bare.TICKETS, 500):
        forms = [
            read_sign_up({"name": "Ben", "email": f"ben-{first + n}@example.org", "mode": "in_person"})
            for n in range(500)
        ]
        made = await asyncio.gather(*(register("event-2", form, language="en", secret=SECRET) for form in forms))
        codes += [one.code for one in made]
    file = folder / "codes"
    file.write_text("\n".join(codes))
    return token, door.id, file


@contextmanager
def stand_on(database: str, plain: str) -> Iterator[Stand]:
    with tempfile.TemporaryDirectory(prefix="sideline-bench-", dir="var" if Path("var").exists() else None) as name:
        folder, postgres = Path(name), None
        if database == "postgres":
            postgres = PostgresServer(durable=True)
            postgres.start()
            url = postgres.create_database("bench")
        else:
            url = f"sqlite:///{folder.absolute()}/sideline.sqlite"
        try:
            token, door, codes = asyncio.run(on(url, lambda: _fill(folder)))
            with Served(url, folder) as server:
                keep_on(SERVER_CORE, server.pid)
                yield Stand(database, url, server, token, door, codes, plain, postgres)
        finally:
            if postgres:
                postgres.close()


@contextmanager
def plain_server() -> Iterator[str]:
    port = free_port()
    process = subprocess.Popen(on_core(SERVER_CORE, sys.executable, "-m", "bench.plain", str(port)))
    try:
        for _ in range(500):
            try:
                httpx.get(f"http://127.0.0.1:{port}/")
                break
            except httpx.TransportError:
                time.sleep(0.01)
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.terminate()
        process.wait()
