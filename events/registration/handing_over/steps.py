"""What happens to offers inside an action that is open."""

from events.infra import db
from events.outbox.steps import forget
from events.registration.handing_over.rules import OFFERED_KIND

_END = db.Prepared("DELETE FROM place_offer WHERE registration = :registration RETURNING id")


async def end_offer(registration: int) -> bool:
    """Somebody's place is not offered any more: to whom it was, and what they were written, is forgotten."""
    row = await _END.row(registration=registration)
    if row is not None:
        await forget(row["id"], kinds=(OFFERED_KIND,))
    return row is not None
