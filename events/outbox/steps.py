import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import msgspec

from events.infra import db
from events.kernel.clock import utc_now
from events.outbox.tables import Message

_MOST_AT_ONCE = 500  # values in one statement
_bells: set[asyncio.Event] = set()


async def enqueue(
    kind: str, subject_id: int, to: str, *, facts: Mapping[str, Any] | None = None, due_at: datetime | None = None
) -> int:
    """Queue a mail in the open transaction, so that it is sent if and only if that commits. Returns the message's id.

    `facts` is what the renderer of `kind` will not find in the database any more: what an event was moved from, say.
    """
    [message] = await enqueue_all(kind, [(subject_id, to, facts or {})], due_at=due_at)
    return message


async def take_back(subjects: Sequence[int], *, kinds: tuple[str, ...]) -> dict[int, Mapping[str, Any]]:
    """Remove what has not left yet and nobody is sending, for what comes after it says more: subject → its facts."""
    now = utc_now()
    taken: dict[int, Mapping[str, Any]] = {}
    for first in range(0, len(subjects), _MOST_AT_ONCE):
        rows = (
            await Message.delete()
            .where(Message.subject_id.is_in(list(subjects[first : first + _MOST_AT_ONCE])))
            .where(Message.kind.is_in(list(kinds)), Message.sent_at.is_null(), Message.failed_at.is_null())
            .where(Message.claimed_until.is_null() | (Message.claimed_until <= now))
            .returning(Message.subject_id, Message.facts)
        )
        taken |= {row["subject_id"]: msgspec.json.decode(row["facts"]) for row in rows}
    return taken


async def enqueue_all(
    kind: str, to: Sequence[tuple[int, str, Mapping[str, Any]]], *, due_at: datetime | None = None
) -> list[int]:
    """Queue the same mail to many: subject, address and facts of each. Their messages' ids, in the same order."""
    now = utc_now()
    rows = await db.insert_all(
        Message,
        ("subject_id", "to_address", "facts"),
        [(subject_id, address, msgspec.json.encode(facts).decode()) for subject_id, address, facts in to],
        same={"kind": kind, "created_at": now, "due_at": due_at or now, "tries": 0},
        returning="id",
    )
    if rows:
        db.after_commit(wake)
    return sorted(row["id"] for row in rows)  # they are given in the order of the rows


async def forget(subject_id: int, *, kinds: tuple[str, ...]) -> None:
    """Remove what was written to somebody who is erased, sent or not."""
    await Message.delete().where(Message.subject_id == subject_id, Message.kind.is_in(list(kinds)))


async def forget_in_facts(name: str, subjects: Sequence[int], *, kinds: tuple[str, ...]) -> None:
    """Leave somebody's name out of what was written to others."""
    rows = await (
        Message.select(Message.id, Message.facts)
        .where(Message.subject_id.is_in(list(subjects)), Message.kind.is_in(list(kinds)))
        .output(load_json=True)
    )
    for row in rows:
        kept = {fact: said for fact, said in row["facts"].items() if said != name}
        if kept != row["facts"]:
            await Message.update({Message.facts: msgspec.json.encode(kept).decode()}).where(Message.id == row["id"])


async def take_back_messages(messages: Sequence[int]) -> list[int]:
    """Remove those of these that have not left yet and nobody is sending; tells which."""
    now = utc_now()
    taken: list[int] = []
    for first in range(0, len(messages), _MOST_AT_ONCE):
        rows = (
            await Message.delete()
            .where(Message.id.is_in(list(messages[first : first + _MOST_AT_ONCE])))
            .where(Message.sent_at.is_null(), Message.failed_at.is_null())
            .where(Message.claimed_until.is_null() | (Message.claimed_until <= now))
            .returning(Message.id)
        )
        taken += [row["id"] for row in rows]
    return taken


def wake() -> None:
    """Tell the workers of this process that something is due; those of others poll."""
    for bell in _bells:
        bell.set()


@contextmanager
def listening() -> Iterator[asyncio.Event]:
    """An event that `wake` sets."""
    bell = asyncio.Event()
    _bells.add(bell)
    try:
        yield bell
    finally:
        _bells.remove(bell)
