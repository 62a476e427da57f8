"""What the two engines share."""

import sqlite3
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextvars import ContextVar
from typing import Any, Protocol, TypeVar

from asyncpg.pool import PoolConnectionProxy

from events.kernel.errors import NotFound, Unavailable
from events.kernel.words import N_

T = TypeVar("T")
Row = Mapping[str, Any]
Body = Callable[[], Coroutine[Any, Any, T]]


class Transaction:
    """The connection that the queries of this task run on, and what to do once it has committed."""

    def __init__(self, connection: "sqlite3.Connection | PoolConnectionProxy[Any]", *, writes: bool) -> None:
        self.connection = connection
        self.writes = writes
        self.afterwards: list[Callable[[], object]] = []


open_transaction: ContextVar[Transaction | None] = ContextVar("open_transaction", default=None)


class SidelineEngine(Protocol):
    """What `infra/db.py` needs of an engine beyond Piccolo's own."""

    engine_type: str
    gives_way: bool
    """Whether this process lets those that answer people write first."""

    async def open(self) -> None: ...
    async def close(self) -> None: ...
    async def settle(self) -> None: ...
    async def write(self, body: Body[T]) -> T: ...
    async def read(self, body: Body[T]) -> T: ...
    async def statement(self, sql: str, args: Sequence[Any]) -> list[Row]: ...
    async def for_each(self, sql: str, rows: Sequence[Sequence[Any]]) -> None: ...


def writing() -> Transaction:
    """The action that is open; raises RuntimeError where none is."""
    transaction = open_transaction.get()
    if transaction is None or not transaction.writes:
        raise RuntimeError("this belongs into an action")
    return transaction


def nothing_so_large() -> NotFound:
    """For a number that fits no column, as in an address that somebody made up."""
    return NotFound(N_("There is nothing at this address."))


def unavailable() -> Unavailable:
    return Unavailable(N_("The database cannot be reached just now. Nothing was lost; please try again in a moment."))
