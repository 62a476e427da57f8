"""Where addresses are proven: who is registered already and asks again is registered once more, as nobody.

Places, choices, limits and links are then used, and given back when the time to prove it is over, as they are by an
address that is new. So no number that anybody can read tells who was registered.
"""

from collections.abc import Mapping
from typing import Any

from events.infra import db
from events.kernel.ids import derived_token, digest, folded_email
from events.programme.rules.places import LockedPlaces
from events.registration import queries
from events.registration.answers.steps import forget_answers
from events.registration.rules import Ticket
from events.registration.steps.people import forget_affiliation

_FORGET = db.Prepared(
    "UPDATE registration SET email_folded = '-' || CAST(id AS VARCHAR), affiliation = NULL, affiliation_folded = NULL,"
    " affiliation_type = NULL, affiliation_country = NULL WHERE id = :id RETURNING id"
)


async def may_stand_in(places: LockedPlaces, earlier: int, email: str, *, secret: str) -> bool:
    """Once at a time; and not for who has not proven the address yet, for whom a place is held already."""
    if await queries.is_unproven(earlier):
        return False
    return await queries.find_earlier(places.event, _key(secret, email)) is None


def as_nobody(columns: Mapping[str, Any], *, secret: str) -> dict[str, Any]:
    """What stays of a new registration's row: what is counted, and a key by which the same address is known again."""
    nothing = {"name": "", "name_folded": "", "email": "", "affiliation_function": None, "answers": "{}"}
    key = _key(secret, columns["email"])
    return {**columns, **nothing, "email_folded": key, "erased_at": columns["registered_at"]}


async def forget_stand_in(ticket: Ticket, organisation: int) -> None:
    """Once its time is over."""
    await forget_answers(ticket.id, keep_counts=False)
    await forget_affiliation(organisation, ticket.affiliation.organisation)
    await _FORGET.rows(id=ticket.id)


def _key(secret: str, email: str) -> str:
    return f"-{digest(derived_token(secret, 'again', folded_email(email), 0))}"
