"""What happens to focal points inside an action that is open."""

from events.infra import db
from events.kernel.clock import utc_now
from events.outbox.steps import forget
from events.registration.focal_points.rules import NAMED_KIND, WAITING_KIND

_END = db.Prepared(
    "UPDATE focal_point SET name = '', email = '', ended_at = :now WHERE id = :id AND ended_at IS NULL RETURNING id"
)


async def forget_focal_point(focal_point: int) -> None:
    """They decide nothing any more, and nothing tells who it was."""
    await _END.rows(id=focal_point, now=utc_now())
    await forget(focal_point, kinds=(NAMED_KIND, WAITING_KIND))
