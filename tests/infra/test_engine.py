"""The traps of our stack that the engines keep clear of; each test fails if one opens again."""

import asyncio
import shutil
from contextvars import Context
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from piccolo.query import Select

from events.activity.tables import Activity
from events.infra import db
from events.infra.db import Prepared
from events.infra.engine import KeptSQLite, PooledPostgres, sqlite
from events.infra.engine.sqlite import Precedence
from events.kernel.clock import utc_now
from events.kernel.errors import NotFound
from events.programme.queries.contents import one_of
from events.settings import DatabaseUrl

Engine = KeptSQLite | PooledPostgres


async def note(verb: str) -> None:
    await Activity.insert(Activity(at=utc_now(), organisation=None, actor="test", verb=verb, subject="it", facts="{}"))


async def noted() -> list[str]:
    return sorted(row["verb"] for row in await Activity.select(Activity.verb))


class RefusedError(Exception):
    pass


@db.write
async def note_and_refuse(verb: str) -> None:
    await note(verb)
    raise RefusedError


noting = db.write(note)


@pytest.mark.usefixtures("database")
async def test_a_refused_action_leaves_nothing_and_takes_nothing_of_those_beside_it() -> None:
    answers = await asyncio.gather(
        *(noting(f"kept {number}") if number % 2 else note_and_refuse(f"lost {number}") for number in range(40)),
        return_exceptions=True,
    )
    assert sum(isinstance(answer, RefusedError) for answer in answers) == 20
    assert await noted() == sorted(f"kept {number}" for number in range(1, 40, 2))


@pytest.mark.usefixtures("database")
async def test_an_action_inside_an_action_is_an_error() -> None:
    @db.write
    async def outer() -> None:
        await note("outer")
        await noting("inner")

    with pytest.raises(RuntimeError, match="one action, one transaction"):
        await outer()
    assert await noted() == []


async def test_a_write_outside_an_action_fails_loudly(database: Engine) -> None:
    with pytest.raises((Exception,), match=r"readonly|read-only"):
        await note("astray")

    @db.read
    async def reading() -> None:
        await note("astray")

    with pytest.raises((Exception,), match=r"readonly|read-only"):
        await reading()
    with pytest.raises((Exception,), match=r"readonly|read-only"):
        await database.statement("DELETE FROM activity", ())
    assert await noted() == []


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_an_action_that_awaits_anything_else_is_refused_on_sqlite() -> None:
    waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @db.write
    async def dawdling() -> None:
        await note("before")
        await waiting

    with pytest.raises(RuntimeError, match="awaited something else than the database"):
        await dawdling()
    assert await noted() == []


@pytest.mark.usefixtures("database")
async def test_callbacks_run_after_the_commit_and_only_then() -> None:
    rung: list[str] = []

    @db.write
    async def ringing(verb: str, *, refuse: bool) -> None:
        await note(verb)
        db.after_commit(lambda: rung.append(verb))
        if refuse:
            raise RefusedError

    await ringing("kept", refuse=False)
    with pytest.raises(RefusedError):
        await ringing("lost", refuse=True)
    await asyncio.sleep(0)
    assert rung == ["kept"]
    with pytest.raises(RuntimeError, match="belongs into an action"):
        db.after_commit(lambda: None)


@pytest.mark.usefixtures("database")
async def test_a_read_sees_one_moment() -> None:
    """What another connection commits in the middle is not seen: each half of a page tells of the same state."""
    loop, halfway, go_on = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()
    await noting("first")

    @db.read
    async def twice() -> tuple[int, int]:
        before = await Activity.count()
        if db.engine().engine_type == "sqlite":  # driven on a reader's thread: wait there for the write beside it
            Context().run(asyncio.run_coroutine_threadsafe, _awaited(noting("second")), loop).result(10)
        else:
            halfway.set()
            await go_on.wait()
        return before, await Activity.count()

    reading = asyncio.create_task(_awaited(twice()))
    if db.engine().engine_type == "postgres":
        await halfway.wait()
        await noting("second")
        go_on.set()
    assert await reading == (1, 1)
    assert await Activity.count() == 2


async def _awaited(awaitable: Any) -> Any:
    return await awaitable


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_forty_at_once_wait_for_one_writer_and_none_is_locked_out() -> None:
    @db.write
    async def select_then_insert(number: int) -> bool:
        if await Activity.count() >= 10:
            return False
        await note(f"place {number}")
        return True

    answers = await asyncio.gather(*(select_then_insert(number) for number in range(40)))
    assert sum(answers) == 10


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_a_deadlock_is_tried_again() -> None:
    await noting("one")
    await noting("two")
    first, second = [row["id"] for row in await Activity.select(Activity.id).order_by(Activity.id)]
    met = asyncio.Barrier(2)
    tries = 0

    @db.write
    async def crossing(one: int, other: int) -> None:
        nonlocal tries
        tries += 1
        await Activity.update({Activity.subject: "mine"}).where(Activity.id == one)
        if tries <= 2:
            await met.wait()
        await Activity.update({Activity.subject: "mine"}).where(Activity.id == other)

    await asyncio.gather(crossing(first, second), crossing(second, first))
    assert tries == 3


async def test_an_error_of_the_database_leaves_the_next_action_alone(database: Engine) -> None:
    @db.write
    async def broken() -> None:
        await note("lost")
        await database.statement("SELECT missing FROM nowhere", ())

    with pytest.raises((asyncpg.PostgresError, Exception), match="nowhere"):
        await broken()
    await noting("kept")
    assert await noted() == ["kept"]


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_caller_that_goes_away_does_not_undo_what_was_begun() -> None:
    """A browser that closes the connection while its registration is being committed is registered."""
    rung: list[str] = []

    @db.write
    async def ringing() -> None:
        await note("begun")
        db.after_commit(lambda: rung.append("begun"))

    task = asyncio.create_task(_awaited(ringing()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await noting("next")
    assert await noted() == ["begun", "next"]
    assert rung == ["begun"], "whoever waits for it is told all the same"


@pytest.mark.usefixtures("database")
async def test_a_number_that_fits_no_column_names_nothing_and_spoils_no_connection() -> None:
    """As in an address that somebody made up; asyncpg leaves such a question half asked."""
    with pytest.raises(NotFound):
        await Prepared("SELECT verb FROM activity WHERE id = :id").rows(id=10**20)
    assert await db.read(noted)() == []

    @db.write
    async def looking() -> None:
        await note("lost")
        await Prepared("SELECT actor FROM activity WHERE id = :id").rows(id=10**20)

    with pytest.raises(NotFound):
        await looking()
    assert await db.read(noted)() == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_was_overwritten_is_in_no_file_any_more(database: KeptSQLite) -> None:
    """Not in the WAL either, which a quiet installation would keep for weeks."""

    @db.write
    async def forgetting() -> None:
        await Activity.delete(force=True)

    await noting("Ana Reyes")
    await forgetting()
    await database.settle()
    files = [path for path in Path(database.path).parent.iterdir() if path.is_file()]
    assert [path.name for path in files if b"Ana Reyes" in path.read_bytes()] == []


@pytest.mark.usefixtures("database")
async def test_a_query_of_piccolos_is_built_once_for_each_number_of_its_values() -> None:
    for number in range(120):
        await noting(f"verb {number:03}")
    ids = [row["id"] for row in await Activity.select(Activity.id).order_by(Activity.id)]
    asked: list[int] = []

    def build(*some: int) -> Select[Any]:
        asked.append(len(some))
        return Activity.select(Activity.verb).where(one_of(Activity.id, some)).order_by(Activity.id)

    built = db.Built(build)
    beyond = 101  # so many stand in the text
    for first, number in ((0, 1), (5, 1), (7, 2), (1, 2), (0, beyond), (9, beyond)):
        rows = await built.rows(*ids[first : first + number])
        assert [row["verb"] for row in rows] == [f"verb {one:03}" for one in range(first, first + number)]
    assert asked == [1, 2, beyond, beyond]


@pytest.mark.usefixtures("database")
async def test_an_hour_that_comes_twice_is_written_as_two_moments() -> None:
    """Python takes the two for equal."""
    first, second = (datetime(2027, 10, 31, 1, 30, fold=fold, tzinfo=ZoneInfo("Europe/London")) for fold in (0, 1))

    @db.write
    async def note_both() -> None:
        for moment in (first, second):
            await Activity.insert(
                Activity(at=moment, organisation=None, actor="test", verb="it", subject="it", facts="{}")
            )

    await note_both()
    rows = await Activity.select(Activity.at).order_by(Activity.id)
    assert [row["at"] for row in rows] == [datetime(2027, 10, 31, hour, 30, tzinfo=UTC) for hour in (0, 1)]


async def test_a_process_that_gives_way_lets_others_write_first_but_goes_on_in_the_end(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "s.sqlite"
    shutil.copy(sqlite_template, path)
    mail, pages = (KeptSQLite(DatabaseUrl("sqlite", path=path)) for _ in range(2))
    mail.gives_way = True
    await mail.open()
    await pages.open()
    another = Precedence(Path(f"{path}.turn"))
    try:
        monkeypatch.setattr(sqlite, "GIVES_WAY_SECONDS", 60)
        with another.taken():
            waiting = asyncio.create_task(mail.write(partial(_count, mail)))
            await asyncio.sleep(0.05)  # it waits by now; if it does not, what follows still holds
            await pages.write(partial(_count, pages))
            assert not waiting.done()
        await waiting
        monkeypatch.setattr(sqlite, "GIVES_WAY_SECONDS", 0.01)
        with another.taken():
            await mail.write(partial(_count, mail))
    finally:
        another.close()
        await pages.close()
        await mail.close()


async def _count(engine: KeptSQLite) -> None:
    await engine.statement("UPDATE version SET number = number + 1 WHERE name = 'public'", ())
