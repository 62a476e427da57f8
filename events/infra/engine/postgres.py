"""PostgreSQL: Piccolo's engine with its pool."""

from collections.abc import Sequence
from typing import Any, TypeVar

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from piccolo.engine.postgres import PostgresEngine
from piccolo.querystring import QueryString

from events.infra.engine.transaction import (
    Body,
    Row,
    Transaction,
    nothing_so_large,
    open_transaction,
    unavailable,
    writing,
)
from events.kernel.errors import NotFound
from events.settings import DatabaseUrl

T = TypeVar("T")

DEADLOCK_TRIES = 4
QUEUE_SECONDS = 30  # in a storm of sign-ups people stand in line for a connection, and nobody should lose their turn


class Kept(asyncpg.Connection):  # type: ignore[misc]  # asyncpg tells no types of it
    """A connection that is given back as it was taken: nothing here sets, listens or locks beyond its transaction.

    To have the server clean up costs a journey to it each time, as much as a look-up itself.
    """

    def get_reset_query(self) -> str:
        return ""


class PooledPostgres(PostgresEngine):
    """A pool whose connections are read-only until `write()` says otherwise."""

    gives_way = False  # nobody waits for another's transaction

    def __init__(self, database: DatabaseUrl) -> None:
        super().__init__(config=dict(database.asyncpg))

    async def open(self) -> None:
        if self.pool:
            return
        try:
            await self.start_connection_pool(
                min_size=1,
                max_size=10,
                connection_class=Kept,
                command_timeout=60,
                server_settings={"default_transaction_read_only": "on", "application_name": "sideline"},
            )
        except (OSError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError) as error:
            raise unavailable() from error

    async def close(self) -> None:
        if self.pool:
            await self.close_connection_pool()

    async def write(self, body: Body[T]) -> T:
        for tries_left in reversed(range(DEADLOCK_TRIES)):
            try:
                return await self._transaction("READ COMMITTED, READ WRITE", body, writes=True)
            except (asyncpg.DeadlockDetectedError, asyncpg.SerializationError):
                if not tries_left:
                    raise
        raise AssertionError("unreachable")

    async def read(self, body: Body[T]) -> T:
        return await self._transaction("REPEATABLE READ, READ ONLY", body, writes=False)

    async def _transaction(self, kind: str, body: Body[T], *, writes: bool) -> T:
        connection = await self._connection()
        transaction = Transaction(connection, writes=writes)
        token = open_transaction.set(transaction)
        try:
            await connection.execute(f"BEGIN ISOLATION LEVEL {kind}")
            try:
                result = await body()
            except BaseException:
                if not connection.is_closed():
                    await connection.execute("ROLLBACK")
                raise
            await connection.execute("COMMIT")
        except (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.AdminShutdownError) as error:
            raise unavailable() from error
        finally:
            open_transaction.reset(token)
            await self._pool.release(connection)
        for callback in transaction.afterwards:
            callback()
        return result

    @property
    def _pool(self) -> "asyncpg.Pool[Any]":
        if self.pool is None:
            raise unavailable()
        return self.pool

    async def _connection(self) -> "PoolConnectionProxy[Any]":
        try:
            return await self._pool.acquire(timeout=QUEUE_SECONDS)
        except (OSError, TimeoutError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError) as error:
            raise unavailable() from error

    async def settle(self) -> None:
        """The server does it by itself (autovacuum)."""

    async def statement(self, sql: str, args: Sequence[Any]) -> list[Row]:
        transaction = open_transaction.get()
        if transaction:
            return await _fetch(transaction.connection, sql, args)
        connection = await self._connection()
        try:
            return await _fetch(connection, sql, args)
        except NotFound:
            await connection.execute("ROLLBACK")  # asyncpg has begun to ask
            raise
        except (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.AdminShutdownError) as error:
            raise unavailable() from error
        finally:
            await self._pool.release(connection)

    async def for_each(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        await writing().connection.executemany(sql, rows)  # type: ignore[misc]  # PostgreSQL's

    async def run_querystring(self, querystring: QueryString, in_pool: bool = True) -> list[Row]:  # noqa: ARG002, FBT001, FBT002 - Piccolo's signature
        return await self.statement(*querystring.compile_string(engine_type=self.engine_type))

    async def run_ddl(self, ddl: str, in_pool: bool = True) -> list[Row]:  # noqa: ARG002, FBT001, FBT002 - Piccolo's signature
        return await self.statement(ddl, ())


async def _fetch(connection: Any, sql: str, args: Sequence[Any]) -> list[Row]:
    try:
        rows: list[Row] = await connection.fetch(sql, *args)
    except asyncpg.DataError as error:
        if isinstance(error.__cause__, OverflowError):
            raise nothing_so_large() from error
        raise
    return rows
