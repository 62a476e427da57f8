import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from litestar import Litestar

from events.accounts.rules import Actor
from events.app import create_app
from events.settings import Settings
from tests.calendar.person import Person
from tests.conftest import browser, use
from tests.mail_server import MailServer
from tests.make import an_organisation


@asynccontextmanager
async def site_with(database_url: str, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A calendar program before the whole application, which hears of changes as it does when it is served."""
    use(database_url)
    app = create_app(settings, background=False)
    started, over = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with app.lifespan():
            started.set()
            await over.wait()

    # In a task of its own: a fixture begins and ends in different ones, which a lifespan must not.
    life = asyncio.create_task(live())
    await started.wait()
    async with browser(app) as client:
        yield client
    over.set()
    await life


@pytest.fixture
async def site(database_url: str, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with site_with(database_url, settings) as client:
        yield client


@pytest.fixture
async def by(database: object) -> Actor:  # noqa: ARG001 - it must be open
    return await an_organisation()


@pytest.fixture
async def person(app: Litestar, settings: Settings, mail_server: MailServer) -> AsyncIterator[Person]:
    async with browser(app) as client:
        yield Person(client, settings, mail_server)
