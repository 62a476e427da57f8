from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
from msgspec import Struct

from events.infra import db
from events.kernel.clock import utc_now
from events.outbox.tables import Message

State = Literal["waiting", "sent", "failed"]


class Progress(Struct, frozen=True):
    """How far a message has come."""

    id: int
    kind: str
    subject_id: int
    to_address: str
    created_at: datetime
    due_at: datetime
    tries: int
    sent_at: datetime | None
    failed_at: datetime | None
    last_error: str | None

    @property
    def state(self) -> State:
        return "sent" if self.sent_at else "failed" if self.failed_at else "waiting"


_COLUMNS: list[Any] = [getattr(Message, name) for name in Progress.__struct_fields__]
_COUNTS = db.Prepared("""
    SELECT count(*) FILTER (WHERE sent_at IS NULL AND failed_at IS NULL) AS waiting,
           count(sent_at) AS sent, count(failed_at) AS failed FROM message""")


async def list_for_subject(subject_id: int, *, kinds: Sequence[str]) -> list[Progress]:
    """What was written about something, newest first; it answers “did my confirmation go?”."""
    rows = (
        await Message.select(*_COLUMNS)
        .where(Message.subject_id == subject_id, Message.kind.is_in(list(kinds)))
        .order_by(Message.id, ascending=False)
    )
    return [Progress(**row) for row in rows]


async def list_failed_of(subjects: Sequence[int], *, kinds: Sequence[str]) -> set[int]:
    """Those of these subjects to which the newest mail was given up."""
    if not subjects:
        return set()
    rows = (
        await Message.select(Message.subject_id, Message.failed_at)
        .where(Message.subject_id.is_in(list(subjects)), Message.kind.is_in(list(kinds)))
        .order_by(Message.id)
    )
    newest = {row["subject_id"]: row["failed_at"] for row in rows}
    return {subject for subject, failed_at in newest.items() if failed_at}


async def list_facts(subject_id: int, kind: str) -> list[Mapping[str, Any]]:
    """What the messages of a kind about something are about, sent or not."""
    rows = await Message.select(Message.facts).where(Message.subject_id == subject_id, Message.kind == kind)
    return [msgspec.json.decode(row["facts"]) for row in rows]


async def list_failed(most: int = 100) -> list[Progress]:
    """What was given up, latest first."""
    rows = (
        await Message.select(*_COLUMNS)
        .where(Message.failed_at.is_not_null())
        .order_by(Message.failed_at, ascending=False)
        .limit(most)
    )
    return [Progress(**row) for row in rows]


async def count_by_state() -> dict[State, int]:
    row = await _COUNTS.row()
    return {"waiting": row["waiting"], "sent": row["sent"], "failed": row["failed"]} if row else {}


async def oldest_wait() -> timedelta:
    """For how long the oldest message that is due has waited."""
    row = (
        await Message.select(Message.due_at)
        .where(Message.sent_at.is_null(), Message.failed_at.is_null(), Message.due_at <= utc_now())
        .order_by(Message.due_at)
        .first()
    )
    return utc_now() - row["due_at"] if row else timedelta()
