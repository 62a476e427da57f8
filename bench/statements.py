"""What one action asks of its database, and how fast bare clients do just that: one commit each."""

import itertools
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from bench.load import SERVER_CORE, on_core
from events.infra import db

Recorded = list[tuple[str, list[Any]]]
SECONDS = 2
TICKETS = 20_000
_numbers = itertools.count(time.time_ns() // 1000 % 10**11)


async def recorded(act: Callable[[], Awaitable[object]]) -> Recorded:
    """The statements of one action, in their order, with what they were given."""
    kept, found = db.engine(), Recorded()
    plain = kept.statement

    async def noting(sql: str, args: Sequence[Any]) -> Any:
        found.append((sql, list(args)))
        return await plain(sql, args)

    kept.statement = noting  # type: ignore[method-assign]  # put back below
    try:
        await act()
    finally:
        del kept.statement
    return found


def bare_sqlite(file: Path, statements: Recorded, unique: Sequence[Any]) -> float:
    """Times a second for `sqlite3` in one thread; what is in `unique` is another value, or ticket, each time."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL").fetchall()
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    done, started = 0, time.perf_counter()
    while time.perf_counter() - started < SECONDS:
        number = next(_numbers)
        connection.execute("BEGIN IMMEDIATE")
        for sql, args in statements:
            connection.execute(sql, [_another(value, number, unique) for value in args]).fetchall()
        connection.execute("COMMIT")
        done += 1
    seconds = time.perf_counter() - started
    connection.close()
    return done / seconds


def _another(value: Any, number: int, unique: Sequence[Any]) -> Any:
    if value is None or value not in unique:
        return value
    return number % TICKETS + 1 if isinstance(value, int) else f"{value[:-12]}{number:012}"


def pgbench(programs: str, url: str, statements: Recorded, unique: Sequence[Any], clients: int) -> float:
    """Transactions a second of PostgreSQL's own load generator, with prepared statements."""
    lines = [r"\set number random(1, 2000000000)", "BEGIN ISOLATION LEVEL READ COMMITTED, READ WRITE;"]
    for sql, args in statements:
        values = [_literal(value, unique) for value in args]
        parts = re.split(r"\$(\d+)", sql)
        lines.append("".join(values[int(part) - 1] if index % 2 else part for index, part in enumerate(parts)) + ";")
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        Path(file.name).write_text("\n".join([*lines, "COMMIT;"]))
        command = [
            f"{programs}/pgbench",
            "-n",
            "-M",
            "prepared",
            f"-c{clients}",
            "-j1",
            f"-T{SECONDS}",
            "-f",
            file.name,
            url,
        ]
        done = subprocess.run(on_core(SERVER_CORE, *command), check=False, capture_output=True, text=True)
    rate = re.search(r"tps = ([\d.]+)", done.stdout)
    if done.returncode or not rate:
        raise RuntimeError(f"pgbench: {done.stderr}")
    return float(rate[1])


def _literal(value: Any, unique: Sequence[Any]) -> str:  # noqa: PLR0911 - one for each kind of value
    if value in unique and isinstance(value, int):
        return f"(1 + :number % {TICKETS})"
    if value in unique:
        return f"('{value[:-12]}' || lpad((:number)::text, 12, '0'))"
    if value is None:
        return "NULL"
    if isinstance(value, bool | int | float):
        return str(value)
    if isinstance(value, datetime):
        return f"'{value.astimezone(UTC).isoformat()}'::timestamptz"
    if isinstance(value, date):
        return f"'{value.isoformat()}'::date"
    return "'" + str(value).replace("'", "''") + "'"


if __name__ == "__main__":
    sys.exit("run: make bench")
