from datetime import timedelta

from events.infra import db
from events.kernel.clock import utc_now

LOOKS_KEPT = timedelta(days=730)
"""Who looked at what is told for so long; see docs/explanation/privacy.md."""

_FORGET_LOOKS = db.Prepared(
    "DELETE FROM activity WHERE verb IN ('read_sensitive', 'exported_sensitive', 'read_access') AND at < :before"
    " RETURNING id"
)


@db.write
async def forget_looks() -> int:
    """Who looked at what so long ago is nobody's business any more."""
    return len(await _FORGET_LOOKS.rows(before=utc_now() - LOOKS_KEPT))
