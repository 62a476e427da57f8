"""Word that something has changed: at once within this process, and on PostgreSQL from one process to the others.

Notices only make things quick. Who listens must also look again by itself, for a notice is lost with its connection.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

import asyncpg

from events.infra import db
from events.infra.engine import PooledPostgres

RETRY_SECONDS = 1.0

log = logging.getLogger(__name__)
_listeners: dict[str, list[Callable[[], object]]] = {}


async def tell(channel: str) -> None:
    """In an open write: once it is committed, everybody who listens to the channel hears of it."""
    if isinstance(db.engine(), PooledPostgres):
        await db.engine().statement("SELECT pg_notify($1, '')", [_named(channel)])
    db.after_commit(lambda: _heard(channel))


@contextlib.asynccontextmanager
async def listening(channel: str, hear: Callable[[], object]) -> AsyncIterator[None]:
    """Call `hear` for every notice, from this process or another."""
    _listeners.setdefault(channel, []).append(hear)
    # Other processes that write to one SQLite file have no way to tell us.
    engine = db.engine()
    following = asyncio.create_task(_follow(engine, channel)) if isinstance(engine, PooledPostgres) else None
    try:
        yield
    finally:
        _listeners[channel].remove(hear)
        if following is not None:
            following.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await following


def _heard(channel: str) -> None:
    for hear in _listeners.get(channel, ()):
        hear()


async def _follow(engine: PooledPostgres, channel: str) -> None:
    while True:
        lost = asyncio.Event()
        try:
            connection = await asyncpg.connect(**engine.config)
        except (OSError, TimeoutError, asyncpg.PostgresError) as error:
            log.warning("no notices from other processes just now: %s", type(error).__name__)
        else:
            connection.add_termination_listener(lambda _, lost=lost: lost.set())
            try:
                await connection.add_listener(_named(channel), _hearing(channel))
                _heard(channel)  # what was told while nobody listened
                await lost.wait()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("notices from other processes stopped: %s", type(error).__name__)
            finally:
                await _closed(connection)
        await asyncio.sleep(RETRY_SECONDS)


def _hearing(channel: str) -> Callable[..., None]:
    return lambda *_: _heard(channel)


async def _closed(connection: Any) -> None:
    with contextlib.suppress(OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        await connection.close(timeout=1)


def _named(channel: str) -> str:
    return f"sideline_{channel}"
