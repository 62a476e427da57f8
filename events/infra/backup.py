"""A backup is one file that either database reads: every row of every table as it was at one moment.

Gzipped lines of JSON: first `{"format", "migration"}`, then `[table, row]`. So a backup of SQLite restored into
PostgreSQL is the way from one to the other.
"""

# ruff: noqa: S608 - what is put together below are names of our own Tables and integers
import gzip
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec
from piccolo.columns import Date, Timestamptz
from piccolo.table import Table, sort_table_classes

from events.infra import db, migrations

FORMAT = 1
CHUNK = 500
_OTHER = "{path} was made at {theirs}, this is {ours}: restore it with the version that made it, then upgrade."
Progress = Callable[[int], object]


class BackupError(Exception):
    """One line that says what is wrong and what to do."""


@db.read
async def write_backup(path: Path, tables: Sequence[type[Table]], progress: Progress) -> int:
    """Tells how many rows there are. The file is complete or not there: it is renamed once it is whole."""
    kept, rows, unfinished = db.engine(), 0, path.with_name(path.name + ".part")
    with gzip.open(unfinished, "wb", compresslevel=6) as file:
        file.write(msgspec.json.encode({"format": FORMAT, "migration": migrations.history()[-1]}) + b"\n")
        for table in sort_table_classes(list(tables)):
            name, last = table._meta.tablename, 0
            while chunk := await kept.statement(
                f"SELECT * FROM {name} WHERE id > {last} ORDER BY id LIMIT {CHUNK}", ()
            ):
                file.writelines(msgspec.json.encode([name, dict(row)]) + b"\n" for row in chunk)
                last = chunk[-1]["id"]
                rows += len(chunk)
                progress(len(chunk))
    unfinished.replace(path)
    return rows


@db.write
async def restore_backup(path: Path, tables: Sequence[type[Table]], progress: Progress) -> int:
    """Into a migrated database without an organisation, all or nothing; raises BackupError."""
    kept, by_name, rows = db.engine(), {table._meta.tablename: table for table in tables}, 0
    if (await kept.statement("SELECT count(*) AS n FROM organisation", ()))[0]["n"]:
        raise BackupError(
            "This database is not empty. Restore into a new one: set SIDELINE_DATABASE_URL, then run sideline migrate."
        )
    later: list[tuple[str, str, int, int]] = []
    for name in by_name:
        await kept.statement(f"DELETE FROM {name}", ())
    for name, row in _lines(path):
        table = by_name[name]
        later += _taken_out(table, row)
        await kept.statement(_insert(table, kept.engine_type), list(_values(table, row)))
        rows += 1
        progress(1)
    for name, column, value, row_id in later:
        await kept.statement(f'UPDATE {name} SET "{column}" = {value} WHERE id = {row_id}', ())
    if kept.engine_type == "postgres":
        for name in by_name:
            await kept.statement(
                f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), coalesce(max(id), 0) + 1, false) FROM {name}",
                (),
            )
    return rows


def _lines(path: Path) -> Iterable[tuple[str, dict[str, Any]]]:
    try:
        with gzip.open(path, "rb") as file:
            head = msgspec.json.decode(next(file, b"{}"))
            if head.get("format") != FORMAT:
                raise BackupError(f"{path} is not a backup that this version of Sideline can read.")
            if head["migration"] != migrations.history()[-1]:
                raise BackupError(_OTHER.format(path=path, theirs=head["migration"], ours=migrations.history()[-1]))
            for line in file:
                yield msgspec.json.decode(line, type=tuple[str, dict[str, Any]])
    except (OSError, EOFError, msgspec.DecodeError) as error:
        raise BackupError(f"{path} cannot be read as a backup: {error}") from error


def _taken_out(table: type[Table], row: dict[str, Any]) -> list[tuple[str, str, int, int]]:
    """References of a table to itself: set once all rows are there."""
    found = []
    for column in table._meta.foreign_key_columns:
        name = column._meta.db_column_name
        if column._foreign_key_meta.resolved_references is table and row[name] is not None:  # noqa: SLF001 - Piccolo's
            found.append((table._meta.tablename, name, int(row[name]), int(row["id"])))
            row[name] = None
    return found


def _insert(table: type[Table], engine_type: str) -> str:
    names = [column._meta.db_column_name for column in table._meta.columns]
    marks = [f"${number}" if engine_type == "postgres" else "?" for number in range(1, len(names) + 1)]
    columns = ", ".join(f'"{name}"' for name in names)
    return f"INSERT INTO {table._meta.tablename} ({columns}) VALUES ({', '.join(marks)})"


def _values(table: type[Table], row: dict[str, Any]) -> Iterable[Any]:
    for column in table._meta.columns:
        value = row[column._meta.db_column_name]
        if value is not None and isinstance(column, Timestamptz):
            yield datetime.fromisoformat(value)
        elif value is not None and isinstance(column, Date):
            yield date.fromisoformat(value)
        else:
            yield value
