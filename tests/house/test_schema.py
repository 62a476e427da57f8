"""The migrated schema, the Tables and the prepared SQL agree, on both databases."""

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest
from piccolo.columns import (
    JSON,
    BigInt,
    Boolean,
    Bytea,
    Date,
    DoublePrecision,
    ForeignKey,
    Integer,
    Serial,
    Text,
    Timestamptz,
    Varchar,
)

import events
from events.infra import db, migrations
from events.infra.engine import KeptSQLite, PooledPostgres
from events.piccolo_app import APP_CONFIG
from events.questions.actions import put_form
from events.registration.answers.queries import count_answers, count_choices
from tests.conftest import use
from tests.make import a_published_event, a_registration, an_organisation
from tests.postgres import PostgresServer

Engine = KeptSQLite | PooledPostgres
TYPES: dict[type, tuple[str, ...]] = {
    Serial: ("INTEGER",),
    ForeignKey: ("INTEGER",),
    Integer: ("INTEGER", "BIGINT"),
    BigInt: ("BIGINT",),
    Varchar: ("VARCHAR", "CHARACTER VARYING"),
    Text: ("TEXT",),
    JSON: ("JSON",),
    Boolean: ("BOOLEAN",),
    Bytea: ("BYTEA",),
    Date: ("DATE",),
    DoublePrecision: ("DOUBLE PRECISION",),
    Timestamptz: ("TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE"),
}


async def columns_of(engine: Engine, table: str) -> dict[str, tuple[str, bool]]:
    """Name to type and whether it may be null, as the database itself tells."""
    if engine.engine_type == "sqlite":
        rows = await engine.statement(f"PRAGMA table_info({table})", ())
        return {row["name"]: (row["type"].partition("(")[0].upper(), not row["notnull"]) for row in rows}
    rows = await engine.statement(
        "SELECT column_name, data_type, is_nullable FROM information_schema.columns"
        " WHERE table_schema = 'public' AND table_name = $1",
        (table,),
    )
    return {row["column_name"]: (row["data_type"].upper(), row["is_nullable"] == "YES") for row in rows}


async def test_tables_are_what_the_migrations_make(database: Engine) -> None:
    for table in APP_CONFIG.table_classes:
        found = await columns_of(database, table._meta.tablename)
        said: dict[str, Any] = {column._meta.db_column_name: column for column in table._meta.columns}
        assert set(found) == set(said), table
        for name, column in said.items():
            kind, nullable = found[name]
            assert kind in TYPES[type(column)], f"{table._meta.tablename}.{name}"
            assert nullable == (column._meta.null and not column._meta.primary_key), f"{table._meta.tablename}.{name}"


async def test_every_prepared_statement_is_understood(database: Engine) -> None:
    for module in pkgutil.walk_packages(events.__path__, "events."):
        if module.name != "events.asgi":
            importlib.import_module(module.name)
    assert len(db.Prepared.EVERY) > 20
    for statement in db.Prepared.EVERY:
        sql = statement.sql(database.engine_type)
        if isinstance(database, PooledPostgres):
            assert database.pool
            async with database.pool.acquire() as connection:
                await connection.prepare(sql)
        else:
            await database.statement(f"EXPLAIN {sql}", [None] * len(statement.names))


async def test_what_a_foreign_key_points_to_cannot_be_deleted(database: Engine) -> None:
    """Piccolo's own default would delete everything that hangs on it."""
    for table in APP_CONFIG.table_classes:
        if database.engine_type == "sqlite":
            rows = await database.statement(f"PRAGMA foreign_key_list({table._meta.tablename})", ())
            found = {(row["from"], row["on_delete"]) for row in rows}
        else:
            rows = await database.statement(
                "SELECT attname AS column, CASE confdeltype WHEN 'r' THEN 'RESTRICT' END AS rule FROM pg_constraint"
                " JOIN pg_attribute ON attrelid = conrelid AND attnum = ANY(conkey)"
                " WHERE contype = 'f' AND conrelid = $1::text::regclass",
                (table._meta.tablename,),
            )
            found = {(row["column"], row["rule"]) for row in rows}
        assert found == {(key._meta.db_column_name, "RESTRICT") for key in table._meta.foreign_key_columns}, table


def test_the_history_is_one_line() -> None:
    """Two of the same number would be two heads."""
    numbers = [name[1:5] for name in migrations.history()]
    assert numbers == sorted(set(numbers))


@pytest.fixture
def empty_url(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/empty.sqlite"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    yield server.create_database("empty")
    server.drop_database("empty")


@pytest.mark.parametrize("empty_url", ["sqlite", "postgres"], indirect=True)
async def test_an_upgrade_from_the_previous_migration_keeps_what_is_there(empty_url: str) -> None:
    engine = use(empty_url)
    await engine.open()
    *older, newest = migrations.history()
    assert await migrations.migrate(until=older[-1]) == older
    assert await migrations.missing() == [newest]

    @db.write
    async def fill() -> None:
        await engine.statement(
            "INSERT INTO organisation (slug, name, about, retention_days, created_at)"
            " VALUES ('mmm', 'Make Mothers Matter', '{}', 365, '2026-11-22 12:00:00+00:00')",
            (),
        )

    await fill()
    assert await migrations.migrate() == [newest]
    [row] = await engine.statement("SELECT slug, name FROM organisation", ())
    assert dict(row) == {"slug": "mmm", "name": "Make Mothers Matter"}
    assert await migrations.migrate() == []
    await engine.close()


_BEFORE_CHOICES = """
ALTER TABLE question DROP COLUMN listed;
DROP INDEX answer_chosen;
ALTER TABLE answer RENAME COLUMN chosen TO listed;
UPDATE answer SET listed = value NOT IN ('Chair', '41');
CREATE UNIQUE INDEX answer_listed ON answer (question, value, registration) WHERE listed;
DELETE FROM migration WHERE name = 'm0024_choices'
"""


@pytest.mark.parametrize("empty_url", ["sqlite", "postgres"], indirect=True)
async def test_answers_given_before_their_choices_were_indexed_are_counted_as_before(empty_url: str) -> None:
    engine = use(empty_url)
    await engine.open()
    await migrations.migrate()
    by = await an_organisation()
    event = await a_published_event(by)
    choices = [{"key": "vegan", "label": {"en": '"kind":"yes_no"'}}, {"key": "none", "label": {"en": "None"}}]
    questions = [
        {"kind": "short_text", "name": "post", "label": {"en": 'What "kind":"country" of work?'}},
        {"kind": "number", "name": "people", "label": {"en": "?"}},
        {"kind": "yes_no", "name": "visa", "label": {"en": "?"}},
        {"kind": "country", "name": "from", "label": {"en": "?"}},
        {"kind": "single_choice", "name": "meal", "label": {"en": "?"}, "choices": choices},
        {"kind": "multiple_choice", "name": "more", "label": {"en": "?"}, "choices": choices},
    ]
    await put_form(event.slug, {"sections": [{"questions": questions}]}, by=by)
    answers = {"post": "Chair", "people": "41", "visa": "yes", "from": "CH", "meal": "none", "more": ["vegan", "none"]}
    await a_registration(slug=event.slug, answers=answers)

    @db.write
    async def undo() -> None:
        for statement in _BEFORE_CHOICES.split(";"):
            await engine.statement(statement, ())

    await undo()
    await migrations.migrate()
    assert {one.question.name: one.made for one in await count_answers(event.id)} == {
        "visa": {"yes": 1},
        "from": {"CH": 1},
        "meal": {"none": 1},
        "more": {"vegan": 1, "none": 1},
    }
    assert sorted((await count_choices(event.id)).values()) == [1, 1, 1]
    await engine.close()
