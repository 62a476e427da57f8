"""What happens to delegations inside an action that is open."""

from events.infra import db
from events.kernel.clock import utc_now
from events.outbox.steps import forget, forget_in_facts
from events.registration.delegations.rules import CONTACT_KINDS
from events.registration.rules import EVERY_KIND

_LEAVE = db.Prepared("DELETE FROM delegate WHERE registration = :registration RETURNING delegation")
_ONE_LESS = db.Prepared("UPDATE delegation SET asked = asked - 1 WHERE id = :id")
_PEOPLE = db.Prepared(
    "SELECT d.name, g.registration FROM delegation d JOIN delegate g ON g.delegation = d.id WHERE d.id = :delegation"
)
_FORGET = db.Prepared(
    "UPDATE delegation SET name = '', email = '', affiliation = NULL, affiliation_type = NULL,"
    " affiliation_country = NULL, erased_at = :now WHERE id = :id"
)


async def leave_unproven(registration: int) -> None:
    """Who did not confirm the address stays counted and is never named, as if registered before: nobody tells which."""
    await _LEAVE.rows(registration=registration)


async def leave_delegation(registration: int) -> None:
    """Who is erased is in no delegation any more."""
    for row in await _LEAVE.rows(registration=registration):
        await _ONE_LESS.rows(id=row["delegation"])


async def forget_contact(delegation: int) -> None:
    """Who registered the others; these stay."""
    people = await _PEOPLE.rows(delegation=delegation)
    for name in {row["name"] for row in people}:
        await forget_in_facts(name, [row["registration"] for row in people], kinds=EVERY_KIND)
    await _FORGET.rows(id=delegation, now=utc_now())
    await forget(delegation, kinds=CONTACT_KINDS)
