"""Piccolo's two engines with kept connections, one writer on SQLite, and transactions that run a function.

A transaction is a coroutine function that awaits nothing but the database. PostgreSQL awaits it on a pooled
connection, again after a deadlock. SQLite drives it to its end on the one writer's thread: a single hop to another
thread however many statements it has, and the actions that wait meanwhile share one COMMIT, each in a SAVEPOINT of its
own, so one that is refused takes nothing of the others with it.
"""

from events.infra.engine.postgres import PooledPostgres
from events.infra.engine.sqlite import KeptSQLite
from events.infra.engine.transaction import Body, Row, SidelineEngine, Transaction, open_transaction, writing
from events.settings import DatabaseUrl

__all__ = [
    "Body",
    "KeptSQLite",
    "PooledPostgres",
    "Row",
    "SidelineEngine",
    "Transaction",
    "engine_for",
    "open_transaction",
    "writing",
]


def engine_for(database: DatabaseUrl) -> KeptSQLite | PooledPostgres:
    """The engine of the settings; nothing is opened before `open()`."""
    return KeptSQLite(database) if database.kind == "sqlite" else PooledPostgres(database)
