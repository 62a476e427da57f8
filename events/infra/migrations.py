"""The one linear history in `piccolo_migrations/`: each file is a name and the SQL of one transaction.

Our own runner because Piccolo's cannot write CHECKs and partial indexes, runs a migration outside the transaction that
records it, and costs a quarter of a second to import. It keeps the record in Piccolo's `migration` table.
"""

import importlib
import pkgutil
from types import ModuleType

from events import piccolo_migrations
from events.infra import db
from events.kernel.clock import utc_now

_DIALECT = {
    "sqlite": {"id": "id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL"},
    "postgres": {"id": "id SERIAL PRIMARY KEY"},
}
_RECORD = """CREATE TABLE IF NOT EXISTS migration (
    {id}, name VARCHAR(200) NOT NULL UNIQUE, app_name VARCHAR(200) NOT NULL, ran_on TIMESTAMPTZ NOT NULL)"""

_RECORD_EXISTS = {
    "sqlite": "SELECT name FROM sqlite_master WHERE name = 'migration'",
    "postgres": "SELECT 1 AS one WHERE to_regclass('migration') IS NOT NULL",
}


def history() -> list[str]:
    """Every migration's name, oldest first."""
    return sorted(module.name for module in pkgutil.iter_modules(piccolo_migrations.__path__))


async def missing() -> list[str]:
    """What has not been run on this database yet."""
    applied = await _applied()
    return [name for name in history() if name not in applied]


async def migrate(*, until: str | None = None) -> list[str]:
    """Run what is missing, each in its transaction, and tell what was run."""
    done = []
    for name in await missing():
        if until is not None and name > until:
            break
        await _run(name)
        done.append(name)
    return done


async def _applied() -> set[str]:
    kept = db.engine()
    if not await kept.statement(_RECORD_EXISTS[kept.engine_type], ()):
        return set()
    return {row["name"] for row in await kept.statement("SELECT name FROM migration", ())}


@db.write
async def _run(name: str) -> None:
    kept = db.engine()
    module: ModuleType = importlib.import_module(f"{piccolo_migrations.__name__}.{name}")
    for statement in (_RECORD, *module.SQL.split(";")):
        if statement.strip():
            await kept.statement(statement.format(**_DIALECT[kept.engine_type]), ())
    await _RECORDED.rows(name=name, at=utc_now())


_RECORDED = db.Prepared("INSERT INTO migration (name, app_name, ran_on) VALUES (:name, 'events', :at)")
