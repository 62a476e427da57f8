"""`sideline serve`: uvicorn in this process. A SQLite file has one server; PostgreSQL as many as wanted."""

import asyncio
import contextlib
import fcntl
import sys
from collections.abc import Iterator

from events.settings import Settings


class AlreadyServed(OSError):
    pass


@contextlib.contextmanager
def only_server(settings: Settings) -> Iterator[None]:
    """Hold the lock beside the SQLite file. The kernel lets it go however the process ends."""
    if settings.database.kind != "sqlite":
        yield
        return
    path = settings.database.path.with_name(settings.database.path.name + ".lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyServed(
                f"{settings.database.path} is served by another process already. One process serves a SQLite file;"
                " stop that one, or move to PostgreSQL to run several."
            ) from None
        yield


def serve(settings: Settings, *, host: str, port: int) -> int:
    import uvicorn

    from events.app import create_app
    from events.infra.processes import spare_what_stays
    from events.web import logs

    with only_server(settings):
        if missing := asyncio.run(_missing()):
            print(f"sideline: this database lacks {', '.join(missing)}. Run: sideline migrate", file=sys.stderr)
            return 1
        logs.set_up(settings.log_format)
        config = uvicorn.Config(
            create_app(settings),
            host=host,
            port=port,
            loop="uvloop",
            http="httptools",
            lifespan="on",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=10,
        )
        server = uvicorn.Server(config)
        spare_what_stays()
        server.run()
        return 0 if server.started else 1


async def _missing() -> list[str]:
    from events.infra import db, migrations

    kept = db.engine()
    await kept.open()
    try:
        return await migrations.missing()
    finally:
        await kept.close()
