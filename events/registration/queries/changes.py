"""What people have not been told of yet."""

from datetime import datetime

import msgspec

from events.infra import db
from events.registration.rules.changes import Announced, Pending

_CHANGE = db.Prepared("SELECT event, leaves_at, steps FROM event_change WHERE event = :event")
_DUE_CHANGES = db.Prepared(
    "SELECT e.slug, e.organisation FROM event_change c JOIN event e ON e.id = c.event"
    " WHERE c.leaves_at <= :now ORDER BY c.leaves_at, c.id"
)


async def find_change(event: int) -> Pending | None:
    """What people have not been told of yet."""
    row = await _CHANGE.row(event=event)
    steps = msgspec.json.decode(row["steps"], type=tuple[Announced, ...]) if row else ()
    return Pending(event=event, leaves_at=row["leaves_at"], steps=steps) if row else None


async def list_due_changes(now: datetime) -> list[tuple[str, int]]:
    """The events, with their organisations, whose changes leave by now."""
    return [(row["slug"], row["organisation"]) for row in await _DUE_CHANGES.rows(now=now)]
