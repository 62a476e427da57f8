"""What one registration costs where many are stored."""

import statistics
import time
from collections.abc import Mapping
from pathlib import Path

from bench.stand import on
from events.infra import db, migrations
from events.registration.actions.registering import register
from events.registration.forms import read_sign_up
from events.registration.tables import Registration
from tests.make import a_published_event, an_organisation
from tests.postgres import PostgresServer
from tests.servers import SECRET

FEW, MANY = 10_000, 1_000_000
EVENTS = 100
ROUNDS, TIMES = 7, 200
_UNIQUE = {
    "event": "1 + number % 100",
    "email_folded": "number || '@example.org'",
    "code": "'code-' || number",
    "token_digest": "'digest-' || number",
}


async def cost_beside_few(folder: Path, postgres: PostgresServer | None) -> tuple[float, float, float]:
    """Milliseconds of one registration with many stored and with few, in turn, and the median of their ratios."""
    urls = [_database(folder, postgres, stored) for stored in (FEW, MANY)]
    for url, stored in zip(urls, (FEW, MANY), strict=True):
        await on(url, lambda stored=stored: _fill(stored))  # type: ignore[misc]  # bound now
    rounds = [
        [await on(url, lambda number=number: _register(number)) for url in urls]  # type: ignore[misc]  # same
        for number in range(ROUNDS)
    ]
    few, many = (statistics.median(each) for each in zip(*rounds, strict=True))
    return many, few, statistics.median(many / few for few, many in rounds)


def _database(folder: Path, postgres: PostgresServer | None, stored: int) -> str:
    return postgres.create_database(f"stored_{stored}") if postgres else f"sqlite:///{folder}/stored-{stored}.sqlite"


async def _fill(stored: int) -> None:
    """Copies of one registration, made by the database itself, over a hundred events."""
    await migrations.migrate()
    by = await an_organisation()
    for number in range(EVENTS):
        await a_published_event(by, slug=f"event-{number}", modes={"online": {"capacity": None}})
    form = read_sign_up({"name": "Ana Reyes", "email": "ana@example.org", "mode": "online"})
    first = await register("event-0", form, language="en", secret=SECRET)
    await copy_registration(first.id, stored, _UNIQUE)


@db.write
async def copy_registration(one: int, number: int, unique: Mapping[str, str]) -> None:
    """So many copies of it, made by the database; `unique` says in SQL what is another in each, by its `number`."""
    names = [column._meta.db_column_name for column in Registration._meta.columns if not column._meta.primary_key]
    copied = ", ".join(unique.get(name, name) for name in names)
    numbers = f"SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < {number}"  # noqa: S608 - ours
    copies = f"SELECT {copied} FROM registration, numbers WHERE id = {one}"  # noqa: S608 - same
    sql = f"WITH RECURSIVE numbers (number) AS ({numbers}) INSERT INTO registration ({', '.join(names)}) {copies}"
    await db.engine().statement(sql, ())
    await db.engine().statement("ANALYZE registration", ())


async def _register(number: int) -> float:
    """In ms; the first few warm the caches of a database that was just opened."""
    began = 0.0
    for each in range(TIMES + 20):
        if each == 20:
            began = time.perf_counter()
        form = read_sign_up({"name": "Ana", "email": f"ana-{number}-{each}@example.org", "mode": "online"})
        await register(f"event-{each % EVENTS}", form, language="en", secret=SECRET)
    return (time.perf_counter() - began) * 1000 / TIMES
