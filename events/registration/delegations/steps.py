"""What happens to delegations inside an action that is open."""

from events.infra import db
from events.kernel.clock import utc_now
from events.outbox.steps import forget
from events.registration.delegations.rules import REGISTERED_KIND, REPLACED_KIND

_LEAVE = db.Prepared("DELETE FROM delegate WHERE registration = :registration RETURNING delegation")
_ONE_LESS = db.Prepared("UPDATE delegation SET asked = asked - 1 WHERE id = :id")
_FORGET = db.Prepared(
    "UPDATE delegation SET name = '', email = '', affiliation = NULL, affiliation_type = NULL,"
    " affiliation_country = NULL, erased_at = :now WHERE id = :id"
)


async def leave_delegation(registration: int) -> None:
    """Who is erased is in no delegation any more."""
    for row in await _LEAVE.rows(registration=registration):
        await _ONE_LESS.rows(id=row["delegation"])


async def forget_contact(delegation: int) -> None:
    """Who registered the others; these stay."""
    await _FORGET.rows(id=delegation, now=utc_now())
    await forget(delegation, kinds=(REGISTERED_KIND, REPLACED_KIND))
