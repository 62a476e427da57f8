"""Fixtures that every test may ask for."""

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

# Read when piccolo_conf is first imported; each test then opens a database of its own.
os.environ |= {
    "SIDELINE_ENV": "test",
    "SIDELINE_SECRET_KEY": "0" * 64,
    "SIDELINE_DATABASE_URL": "sqlite:////nowhere/at/all",
}

import asyncio

import httpx
import hypothesis
import pytest
from litestar import Litestar
from litestar.types import ASGIApp
from piccolo.table import Table

import piccolo_conf
from events.accounts.queries import public_version
from events.app import guarded, routed
from events.infra import db, migrations
from events.infra.engine import KeptSQLite, PooledPostgres, engine_for
from events.settings import Settings, parse_database_url, read_settings
from events.web.version import Version

if TYPE_CHECKING:
    from tests.postgres import PostgresServer

# How long an example takes says nothing on a busy machine.
hypothesis.settings.register_profile("sideline", deadline=None)
hypothesis.settings.load_profile("sideline")

pytest_plugins = ["tests.browser", "tests.mail_server", "tests.postgres"]


def use(url: str) -> KeptSQLite | PooledPostgres:
    """Make every query of this process go to another database."""
    piccolo_conf.DB = engine_for(parse_database_url(url))
    db.engine.cache_clear()
    for table in _tables(Table):
        table._meta.refresh_db()
    return piccolo_conf.DB


def _tables(parent: type[Table]) -> Iterator[type[Table]]:
    for table in parent.__subclasses__():
        yield table
        yield from _tables(table)


async def _migrated(url: str) -> None:
    engine = use(url)
    await engine.open()
    await migrations.migrate()
    await engine.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database to copy for each test."""
    path = tmp_path_factory.mktemp("template") / "template.sqlite"
    asyncio.run(_migrated(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgres_migrated(postgres_server: "PostgresServer") -> str:
    """The name of a migrated database to reset for each test."""
    asyncio.run(_migrated(postgres_server.create_database("test")))
    return "test"


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A migrated and empty database: once on SQLite, once on PostgreSQL."""
    if request.param == "sqlite":
        path = tmp_path / "sideline.sqlite"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        return f"sqlite:///{path}"
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return server.reset_database(request.getfixturevalue("postgres_migrated"))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[KeptSQLite | PooledPostgres]:
    """The engine of `database_url`, open."""
    engine = use(database_url)
    await engine.open()
    yield engine
    await engine.close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Those of a test, with a folder of its own for mails."""
    return settings_in(tmp_path)


def settings_in(folder: Path) -> Settings:
    return read_settings(
        {
            "SIDELINE_ENV": "test",
            "SIDELINE_SECRET_KEY": "0" * 64,
            "SIDELINE_DATABASE_URL": f"sqlite:///{folder}/sideline.sqlite",
            "SIDELINE_BASE_URL": "http://testserver",
        }
    )


@pytest.fixture(scope="session")
def routes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Litestar, ASGIApp]:
    """Registering them takes a fifth of a second, which each test would wait for."""
    app = routed(settings_in(tmp_path_factory.mktemp("routes")))
    return app, app.asgi_handler


@pytest.fixture
def app(database: KeptSQLite | PooledPostgres, settings: Settings, routes: tuple[Litestar, ASGIApp]) -> Litestar:  # noqa: ARG001 - it must be open
    """Without its lifespan: the database is open already, and nothing happens in the background of a test."""
    app, handler = routes
    app.state["settings"] = settings
    app.asgi_handler = guarded(handler, settings, Version(public_version))
    return app


@pytest.fixture
async def client(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """A stranger's browser, or a program without a token."""
    async with browser(app) as made:
        yield made


def browser(app: Litestar, *, address: str = "203.0.113.7", **headers: str) -> httpx.AsyncClient:
    """One more browser with cookies of its own, from an address on the Internet."""
    transport = httpx.ASGITransport(app, client=(address, 50000))  # type: ignore[arg-type]  # Litestar types ASGI more narrowly
    return httpx.AsyncClient(transport=transport, base_url="http://testserver", headers=headers)
