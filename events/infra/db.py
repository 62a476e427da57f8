"""`write` and `read`: how every action and every query of more than one statement reaches the database.

    @db.write
    async def cancel(code: str) -> Cancelled: ...

Calling it runs the body in one transaction, see `engine.py`. The body awaits nothing but the database.
"""

import functools
import re
import sqlite3
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from itertools import chain
from typing import Any, ClassVar, Generic, ParamSpec, TypeVar, cast

import asyncpg
from piccolo.engine.finder import engine_finder
from piccolo.query import Select
from piccolo.table import Table

from events.infra.engine import Row, SidelineEngine, open_transaction, writing

P = ParamSpec("P")
T = TypeVar("T")

STILL_NEEDED = (sqlite3.IntegrityError, asyncpg.IntegrityConstraintViolationError)
"""What the database answers to who deletes a row that another one hangs on."""

_ROWS_AT_ONCE = (100, 60, 20)  # few sizes, so that few statements are prepared; what is left is one more


@functools.cache
def engine() -> SidelineEngine:
    """The engine of `piccolo_conf.py`."""
    return cast("SidelineEngine", engine_finder())


async def settle() -> None:
    """Leave nothing of what was erased in the files of the database."""
    await engine().settle()


class Action(Generic[P, T]):
    """A coroutine function that is one write transaction when called; `step` is its body, for a write that is open."""

    def __init__(self, body: Callable[P, Coroutine[Any, Any, T]]) -> None:
        self.step = body
        functools.update_wrapper(self, body)

    async def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        if open_transaction.get():
            raise RuntimeError(
                f"{self.step.__qualname__} opens a transaction inside another: one action, one transaction"
            )
        return await engine().write(lambda: self.step(*args, **kwargs))


def write(body: Callable[P, Coroutine[Any, Any, T]]) -> Action[P, T]:
    """Make a coroutine function an action: all of it is committed, or nothing."""
    return Action(body)


def read(body: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Awaitable[T]]:
    """Give a query one snapshot; inside an open transaction it sees what that transaction sees."""

    @functools.wraps(body)
    async def reading(*args: P.args, **kwargs: P.kwargs) -> T:
        if open_transaction.get():
            return await body(*args, **kwargs)
        return await engine().read(lambda: body(*args, **kwargs))

    return reading


def after_commit(callback: Callable[[], object]) -> None:
    """Call `callback` on the event loop once the open action has been committed; never if it was not."""
    writing().afterwards.append(callback)


class Prepared:
    """SQL that is compiled once and run often: what the hot paths use instead of building a query each time (0.1 ms).

    `:name` stands for a value; `locking` is how PostgreSQL's SELECT ends, for on SQLite nobody else writes meanwhile.
    `EVERY` lists them all, so that a test can hold each against both databases' schema.
    """

    EVERY: ClassVar[list["Prepared"]] = []

    def __init__(self, sql: str, *, locking: str = "") -> None:
        self.names = tuple(dict.fromkeys(_VALUE.findall(sql)))
        numbers = {name: number for number, name in enumerate(self.names, 1)}
        self._sqlite = _VALUE.sub(lambda found: f"?{numbers[found[1]]}", sql)
        self._postgres = _VALUE.sub(lambda found: f"${numbers[found[1]]}", f"{sql} {locking}".rstrip())
        self.EVERY.append(self)

    def sql(self, engine_type: str) -> str:
        return self._postgres if engine_type == "postgres" else self._sqlite

    async def rows(self, **values: Any) -> Sequence[Row]:
        kept = engine()
        return await kept.statement(self.sql(kept.engine_type), [values[name] for name in self.names])

    async def in_order(self, values: Sequence[Any]) -> Sequence[Row]:
        """With a value for each name, in the order in which they first stand."""
        kept = engine()
        return await kept.statement(self.sql(kept.engine_type), values)

    async def for_each(self, rows: Sequence[Sequence[Any]]) -> None:
        """Once for each of these, all in one journey, in the open action; what it returns is not given."""
        if rows:
            kept = engine()
            await kept.for_each(self.sql(kept.engine_type), rows)

    async def row(self, **values: Any) -> Row | None:
        rows = await self.rows(**values)
        return rows[0] if rows else None


class Built:
    """A query of Piccolo's that is built once for each number of its values: to build it takes longer than the answer.

    `build` gives it for some values, which stand in it in the order in which they are given.
    """

    def __init__(self, build: Callable[..., Select[Any]]) -> None:
        self._build = build
        self._kept: dict[tuple[str, int], str] = {}

    async def rows(self, *values: Any) -> Sequence[Row]:
        kept = engine()
        sql = self._kept.get((kept.engine_type, len(values)))
        if sql is None:
            [querystring] = self._build(*values).querystrings
            sql, stated = querystring.compile_string(engine_type=kept.engine_type)
            if stated != list(values):  # some stand in its text
                return await kept.statement(sql, stated)
            self._kept[kept.engine_type, len(values)] = sql
        return await kept.statement(sql, values)


_VALUE = re.compile(r"(?<!:):([a-z_][a-z_0-9]*)")


def prepared_insert(table: type[Table], *, conflict: str = "") -> Prepared:
    """INSERT of every column but the key, which it returns; `conflict` is an ON CONFLICT clause."""
    names = [column._meta.db_column_name for column in table._meta.columns if not column._meta.primary_key]
    values = ", ".join(f":{name}" for name in names)
    return Prepared(f"{_insert_into(table, names)} VALUES ({values}) {conflict} RETURNING id")


@functools.cache
def _prepared_inserts(
    table: type[Table], same: Sequence[str], columns: Sequence[str], rows: int, returning: str
) -> Prepared:
    shared = "".join(f":{name}, " for name in same)
    values = ("({}{})".format(shared, ", ".join(f":{name}_{row}" for name in columns)) for row in range(rows))
    ending = f" RETURNING {returning}" if returning else ""
    return Prepared(f"{_insert_into(table, (*same, *columns))} VALUES {', '.join(values)}{ending}")


async def insert_all(
    table: type[Table],
    columns: tuple[str, ...],
    rows: Sequence[Sequence[Any]],
    *,
    same: Mapping[str, Any],
    returning: str = "",
) -> list[Row]:
    """Any number of rows in few statements, in the open transaction; what is returned comes in any order.

    `same` is what they have in common: to hand a value over takes as long as to write it.
    """
    returned: list[Row] = []
    first = 0
    while left := len(rows) - first:
        number = next((number for number in _ROWS_AT_ONCE if number <= left), left)
        values = [*same.values(), *chain.from_iterable(rows[first : first + number])]
        returned += await _prepared_inserts(table, tuple(same), columns, number, returning).in_order(values)
        first += number
    return returned


def _insert_into(table: type[Table], names: Sequence[str]) -> str:
    columns = ", ".join(f'"{name}"' for name in names)
    return f"INSERT INTO {table._meta.tablename} ({columns})"
