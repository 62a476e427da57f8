"""SQLite: one writer, a few readers that cannot write, and a transaction in a single hop."""

import asyncio
import contextlib
import fcntl
import os
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context, copy_context
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from piccolo.engine.sqlite import SQLiteEngine, convert_datetime_in, dict_factory
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
from events.kernel.errors import Unavailable
from events.kernel.words import N_
from events.settings import DatabaseUrl

T = TypeVar("T")

READERS = 3
BUSY_SECONDS = 10
GIVES_WAY_SECONDS = 0.2
LARGEST_BATCH = 64

# Piccolo reads an INTEGER through Decimal, 1 µs a value; our CHECKs and types let nothing but integers in.
sqlite3.register_converter("INTEGER", int)
sqlite3.register_converter("BIGINT", int)


def _instant(written: bytes) -> datetime:
    moment = datetime.fromisoformat(written.decode())
    return moment if moment.tzinfo is UTC else moment.replace(tzinfo=UTC)


# The same in half the time: a feed of thousands of events reads tens of thousands of instants.
sqlite3.register_converter("TIMESTAMPTZ", _instant)

_written_utc = lru_cache(16)(convert_datetime_in)


def _written(moment: datetime) -> str:
    """As Piccolo does, but once for a moment that stands in many rows; in UTC alone what is equal is the same."""
    return _written_utc(moment) if moment.tzinfo is UTC else convert_datetime_in(moment)


sqlite3.register_adapter(datetime, _written)


def drive(body: Body[T]) -> T:
    """Run a coroutine that only awaits the database to its end, here and now."""
    coroutine = body()
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return]  # StopIteration.value is untyped
    coroutine.close()
    raise RuntimeError(f"{coroutine!r} awaited something else than the database inside a transaction")


class Job:
    """One action on its way through the writer's thread."""

    def __init__(self, body: Body[Any]) -> None:
        self.body = body
        self.loop = asyncio.get_running_loop()
        self.answer: asyncio.Future[Any] = self.loop.create_future()
        self.context: Context = copy_context()
        self.result: Any = None
        self.error: BaseException | None = None
        self.afterwards: list[Callable[[], object]] = []

    def run(self, connection: sqlite3.Connection) -> None:
        """The action's body, in the caller's context, inside its own SAVEPOINT."""
        transaction = Transaction(connection, writes=True)

        def inside() -> Any:
            open_transaction.set(transaction)
            return drive(self.body)

        connection.execute("SAVEPOINT act")
        try:
            self.result = self.context.run(inside)
        except BaseException as error:  # noqa: BLE001 - whatever it is belongs to the caller
            self.error = error
            if connection.in_transaction:  # SQLite itself rolls everything back when the disk is full
                connection.execute("ROLLBACK TO act")
        else:
            self.afterwards = transaction.afterwards
        if connection.in_transaction:
            connection.execute("RELEASE act")

    def answer_caller(self) -> None:
        if self.error is None:
            for callback in self.afterwards:
                callback()
        if self.answer.cancelled():  # whoever asked went away; what was done stands
            return
        if self.error is not None:
            self.answer.set_exception(self.error)
        else:
            self.answer.set_result(self.result)


class Precedence:
    """Of processes that answer people over those that give way, at the one writer's lock of a SQLite file.

    SQLite lets who waits ask again after ever longer pauses, so that a process which writes without end would rarely
    let others in. Hence who wants to write shares a lock on a file beside the database, and who gives way waits until
    nobody holds that. The kernel lets it go however a process ends.
    """

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def close(self) -> None:
        os.close(self._file)

    @contextlib.contextmanager
    def taken(self) -> Iterator[None]:
        fcntl.flock(self._file, fcntl.LOCK_SH)
        try:
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    @contextlib.contextmanager
    def given(self) -> Iterator[None]:
        """Wait first while others write or want to, a fifth of a second at most: mail must go on."""
        until = time.monotonic() + GIVES_WAY_SECONDS
        while time.monotonic() < until:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(0.001)
            else:
                fcntl.flock(self._file, fcntl.LOCK_UN)
                break
        yield


class KeptSQLite(SQLiteEngine):
    """One writer, a few readers that cannot write, and a connection for look-ups by key on the event loop's thread."""

    gives_way = False

    def __init__(self, database: DatabaseUrl) -> None:
        super().__init__(path=str(database.path), timeout=BUSY_SECONDS, check_same_thread=False)
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._kept: list[sqlite3.Connection] = []
        self._local = threading.local()
        self._writer: threading.Thread | None = None

    async def open(self) -> None:
        """The writer first: it makes the file and sets WAL, which needs no reader beside it. What is open stays so."""
        if self._writer is not None:
            return
        self._make_private()
        writer = self._connect()
        # An unread cursor of this PRAGMA would lock everybody out: fetch it.
        writer.execute("PRAGMA journal_mode = WAL").fetchall()
        writer.execute("PRAGMA synchronous = FULL")
        writer.execute("PRAGMA secure_delete = ON")  # not every build of SQLite overwrites what is deleted
        self._glances = self._connect(read_only=True)
        self._readers = ThreadPoolExecutor(READERS, "reader", initializer=self._open_reader)
        self._precedence = Precedence(Path(f"{self.path}.turn"))
        self._writer = threading.Thread(target=self._write_jobs, args=(writer,), name="writer", daemon=True)
        self._writer.start()

    async def close(self) -> None:
        if self._writer is None:
            return
        self._jobs.put(None)
        await asyncio.to_thread(self._writer.join)
        self._readers.shutdown()
        for connection in reversed(self._kept):  # the writer last: it checkpoints the WAL
            connection.close()
        self._kept.clear()
        self._precedence.close()
        self._writer = None

    async def settle(self) -> None:
        """Empty the WAL, in which what was overwritten can still be read; if somebody reads just now, the next time."""

        def inside() -> None:
            connection: sqlite3.Connection = self._local.connection
            connection.execute("PRAGMA busy_timeout = 100").fetchall()
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            connection.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}").fetchall()

        await asyncio.get_running_loop().run_in_executor(self._readers, inside)

    def _make_private(self) -> None:
        """A new file holds people's data: it is for its owner alone. SQLite gives its WAL the same mode."""
        with contextlib.suppress(OSError):
            Path(self.path).touch(mode=0o600, exist_ok=False)

    def _connect(self, *, read_only: bool = False) -> sqlite3.Connection:
        try:
            connection: sqlite3.Connection = sqlite3.connect(**self.connection_kwargs)
        except sqlite3.OperationalError as error:
            raise Unavailable(
                N_("The database {path} cannot be opened ({reason}). If it is new, run: sideline migrate"),
                path=self.path,
                reason=str(error),
            ) from error
        connection.row_factory = dict_factory
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA temp_store = MEMORY")
        if read_only:
            connection.execute("PRAGMA query_only = ON")
        self._kept.append(connection)
        return connection

    def _open_reader(self) -> None:
        self._local.connection = self._connect(read_only=True)

    def _write_jobs(self, connection: sqlite3.Connection) -> None:
        while (job := self._jobs.get()) is not None:
            batch, stop = [job], False
            while len(batch) < LARGEST_BATCH and not self._jobs.empty():
                following = self._jobs.get()
                if following is None:
                    stop = True
                    break
                batch.append(following)
            self._write_batch(connection, batch)
            by_loop: dict[asyncio.AbstractEventLoop, list[Job]] = {}
            for done in batch:
                by_loop.setdefault(done.loop, []).append(done)
            for loop, jobs in by_loop.items():
                loop.call_soon_threadsafe(_answer, jobs)
            if stop:
                return

    def _write_batch(self, connection: sqlite3.Connection, batch: list[Job]) -> None:
        """All of the batch in one transaction; its failure as a whole is the answer to each of them."""
        try:
            with self._precedence.given() if self.gives_way else self._precedence.taken():
                connection.execute("BEGIN IMMEDIATE")
                for job in batch:
                    job.run(connection)
                    if job.error and not connection.in_transaction:  # a full disk undoes what came before, too
                        raise job.error
                connection.execute("COMMIT")
        except sqlite3.Error as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            for job in batch:
                job.error = job.error or _translated(error)

    async def write(self, body: Body[T]) -> T:
        if self._writer is None:  # nobody would ever answer
            raise RuntimeError("the database is not open")
        job = Job(body)
        self._jobs.put(job)
        result: T = await job.answer
        return result

    async def read(self, body: Body[T]) -> T:
        """One snapshot on a reader's thread."""

        def inside() -> T:
            connection: sqlite3.Connection = self._local.connection
            open_transaction.set(Transaction(connection, writes=False))
            connection.execute("BEGIN")
            try:
                return drive(body)
            finally:
                connection.execute("COMMIT")

        return await asyncio.get_running_loop().run_in_executor(self._readers, copy_context().run, inside)

    async def statement(self, sql: str, args: Sequence[Any]) -> list[Row]:
        """A look-up by key: in the open transaction, else on the loop's own connection, 10 µs instead of a hop's 80."""
        transaction = open_transaction.get()
        connection = transaction.connection if transaction else self._glances
        return _rows(connection, sql, args)

    async def for_each(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        writing().connection.executemany(sql, rows)

    async def run_querystring(self, querystring: QueryString, in_pool: bool = False) -> list[Row]:  # noqa: ARG002, FBT001, FBT002 - Piccolo's signature
        sql, args = querystring.compile_string(engine_type=self.engine_type)
        if open_transaction.get():
            return await self.statement(sql, args)

        def alone() -> list[Row]:
            return _rows(self._local.connection, sql, args)

        return await asyncio.get_running_loop().run_in_executor(self._readers, alone)

    async def run_ddl(self, ddl: str, in_pool: bool = False) -> list[Row]:  # noqa: FBT001, FBT002 - Piccolo's signature
        return await self.run_querystring(QueryString(ddl.replace("{", "{{").replace("}", "}}")), in_pool)


def _rows(connection: sqlite3.Connection, sql: str, args: Sequence[Any]) -> list[Row]:
    try:
        return connection.execute(sql, args).fetchall()
    except OverflowError as error:
        raise nothing_so_large() from error


def _answer(jobs: list[Job]) -> None:
    for job in jobs:
        job.answer_caller()


def _translated(error: sqlite3.Error) -> Exception:
    busy = isinstance(error, sqlite3.OperationalError) and error.sqlite_errorname in {
        "SQLITE_BUSY",
        "SQLITE_FULL",
        "SQLITE_IOERR",
    }
    return unavailable() if busy else error
