"""kill -9 in a storm of registrations: who was answered 201 is registered, and their mail is queued."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from piccolo.columns import And

from events.accounts.actions.tokens import create_token
from events.infra import migrations
from events.outbox.tables import Message
from events.programme.tables import EventMode
from events.registration.tables import Registration
from tests.conftest import use
from tests.make import a_published_event, an_organisation
from tests.postgres import PostgresServer
from tests.servers import Served

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]
CLIENTS = 12
MOST_EACH = 2000
ENOUGH = 150


class Storm:
    """Registers people one after the other in each of some clients, until told to stop; keeps who was answered 201."""

    def __init__(self, servers: list[Served]) -> None:
        self.servers = servers
        self.confirmed: list[str] = []
        self.refused: list[str] = []
        self.stopping = False

    async def run(self) -> None:
        await asyncio.gather(*(self._client(number) for number in range(CLIENTS)))

    async def _client(self, number: int) -> None:
        server = self.servers[number % len(self.servers)]
        async with httpx.AsyncClient(base_url=server.url, timeout=10, headers={"X-Client": str(number)}) as client:
            for count in range(MOST_EACH):
                if self.stopping:
                    return
                email = f"person-{number}-{count}@example.org"
                body = {"name": f"Person {count}", "email": email, "mode": "online"}
                try:
                    answer = await client.post(
                        "/api/v1/events/care-skills-count/registrations", json=body, headers=self.headers
                    )
                except httpx.TransportError:
                    return  # the server is gone: whatever became of this one, nobody was told that it is safe
                if answer.status_code == 201:
                    self.confirmed.append(email)
                else:
                    self.refused.append(answer.text)

    headers: dict[str, str] = {}  # noqa: RUF012 - set once by the test

    async def until(self, confirmed: int) -> None:
        async with asyncio.timeout(60):
            while len(self.confirmed) < confirmed:  # noqa: ASYNC110 - counted by many clients
                await asyncio.sleep(0.01)


async def _prepare(url: str) -> str:
    """An event and a token; nobody but the servers has the database open afterwards."""
    engine = use(url)
    await engine.open()
    organisation = await an_organisation()
    await a_published_event(organisation)
    token = await create_token(organisation.organisation, name="storm", scopes="all")
    await engine.close()
    return token


async def _check(url: str, storm: Storm) -> None:
    engine = use(url)
    await engine.open()
    rows = await Registration.select(Registration.id, Registration.email)
    registered = {row["email"]: row["id"] for row in rows}
    assert set(storm.confirmed) <= set(registered), "somebody was told that they have a place, and has none"
    mails = await Message.select(Message.subject_id).where(Message.kind == "registration.confirmed")
    assert {row["subject_id"] for row in mails} == set(registered.values()), (
        "a registration without its mail, or a mail without one"
    )
    [mode] = await EventMode.select(EventMode.taken).where(
        And(EventMode.mode == "online", EventMode.capacity.is_null())
    )
    assert mode["taken"] == len(registered), "places are counted as they are taken"
    if engine.engine_type == "sqlite":
        assert await engine.statement("PRAGMA integrity_check", ()) == [{"integrity_check": "ok"}]
    await engine.close()


async def _storm_and(act: Callable[[], None], servers: list[Served], token: str) -> Storm:
    storm = Storm(servers)
    storm.headers = {"Authorization": f"Bearer {token}"}
    running = asyncio.create_task(storm.run())
    await storm.until(ENOUGH)
    await asyncio.to_thread(act)
    storm.stopping = len(servers) > 1
    await running
    return storm


async def test_sqlite_survives_kill_9_of_the_server(sqlite_template: Path, tmp_path: Path) -> None:
    shutil.copy(sqlite_template, tmp_path / "s.sqlite")
    url = f"sqlite:///{tmp_path}/s.sqlite"
    token = await _prepare(url)
    with Served(url, tmp_path) as server:
        storm = await _storm_and(server.kill, [server], token)
        server.start()  # it starts again on what was left
        async with httpx.AsyncClient() as client:
            assert (await client.get(f"{server.url}/readyz")).text == "ready\n"
    await _check(url, storm)


@pytest.fixture(scope="module")
def durable_server() -> Iterator[PostgresServer]:
    """PostgreSQL that writes to the disk before it says so."""
    server = PostgresServer(durable=True)
    server.start()
    yield server
    server.close()


@pytest.mark.parametrize("killed", ["both servers", "one of two", "the database"])
async def test_postgres_survives_kill_9(durable_server: PostgresServer, tmp_path: Path, killed: str) -> None:
    url = durable_server.create_database(f"crash_{killed.replace(' ', '_')}")
    engine = use(url)
    await engine.open()
    await migrations.migrate()
    await engine.close()
    token = await _prepare(url)
    with Served(url, tmp_path) as first, Served(url, tmp_path) as second:

        def both() -> None:
            first.kill()
            second.kill()

        def database() -> None:
            durable_server.kill()
            durable_server.start()

        act = {"both servers": both, "one of two": first.kill, "the database": database}[killed]
        storm = await _storm_and(act, [first, second], token)
        if killed == "both servers":
            second.start()
        async with httpx.AsyncClient() as client:  # whoever is left serves, without being started again
            assert (await client.get(f"{second.url}/readyz", timeout=20)).text == "ready\n"
        if killed != "the database":
            assert not storm.refused
    await _check(url, storm)
