"""What a row tells: a figure of ours beside its ceiling, the two measured in turn."""

import asyncio
import sqlite3
import statistics
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any, NamedTuple

import bench.statements as bare
from bench.load import CLIENTS, load
from bench.stand import Stand, on

RUNS = 5


class Result(NamedTuple):
    """`ratio` is value ÷ ceiling; for a time or a size the ceiling is what it must stay under."""

    row: str
    database: str
    value: float
    unit: str
    ceiling: float
    ratio: float
    p50_ms: float | None = None
    p99_ms: float | None = None


def beside_plain(row: str, stand: Stand, path: str, **headers: str) -> Result:
    """An answer over HTTP beside the plain one; the two in turn, so that a busy machine slows both."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    ours, plain = [], []
    for _ in range(RUNS):
        plain.append(load(stand.plain).rate)
        ours.append(load(stand.path(path), headers=named))
    rate = statistics.median(one.rate for one in ours)
    ratios = [one.rate / ceiling for one, ceiling in zip(ours, plain, strict=True)]
    return Result(
        row, stand.database, rate, "requests/s", statistics.median(plain), statistics.median(ratios),
        statistics.median(one.p50 for one in ours), statistics.median(one.p99 for one in ours),
    )  # fmt: skip


def beside_bare(row: str, stand: Stand, path: str, script: str, once: Callable[[], Any]) -> Iterator[Result]:
    statements, unique = asyncio.run(on(stand.url, once))
    ours, ceilings = [], []
    for _ in range(RUNS):
        ours.append(load(stand.path(path), script=script))
        ceilings.append(_bare(stand, statements, unique))
    rate = statistics.median(one.rate for one in ours)
    ratio = statistics.median(one.rate / ceiling for one, ceiling in zip(ours, ceilings, strict=True))
    yield Result(
        row, stand.database, rate, "actions/s", statistics.median(ceilings), ratio,
        statistics.median(one.p50 for one in ours), statistics.median(one.p99 for one in ours),
    )  # fmt: skip


def _bare(stand: Stand, statements: bare.Recorded, unique: list[Any]) -> float:
    if stand.postgres:
        return bare.pgbench(stand.postgres._programs, stand.url, statements, unique, CLIENTS)  # noqa: SLF001 - of our tests
    file = stand.server.folder / "bare.sqlite"
    file.unlink(missing_ok=True)
    with (
        closing(sqlite3.connect(stand.url.removeprefix("sqlite:///"))) as source,
        closing(sqlite3.connect(file)) as copy,
    ):
        source.backup(copy)
    return bare.bare_sqlite(file, statements, unique)
