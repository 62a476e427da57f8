"""Offers that still hold: what has lapsed, or was made by a contact who is erased, is not there."""

from datetime import datetime

from events.accounts.queries import get_organisation_by_id
from events.infra import db
from events.kernel.clock import utc_now
from events.kernel.ids import digest
from events.programme.queries import get_event_by_id
from events.registration.handing_over.rules import Offered, OfferNotFound, PlaceOffer
from events.registration.queries import find_earlier, get_by_id
from events.registration.queries.rows import Row

_OFFER = (
    "SELECT o.*, d.name AS contact FROM place_offer o LEFT JOIN delegation d ON d.id = o.delegation"
    " WHERE o.held_until > :now AND d.erased_at IS NULL AND "
)
_BY_ID = db.Prepared(f"{_OFFER} o.id = :id")
_BY_TOKEN = db.Prepared(f"{_OFFER} o.token_digest = :digest")
_OF = db.Prepared(f"{_OFFER} o.registration = :registration")
_OF_DELEGATION = db.Prepared(f"{_OFFER} o.delegation = :delegation")
_LAPSED = db.Prepared("SELECT 1 AS one FROM place_offer WHERE held_until <= :now LIMIT 1")


async def find_by_id(offer: int) -> PlaceOffer | None:
    row = await _BY_ID.row(id=offer, now=utc_now())
    return _offer(row) if row else None


async def get_by_token(token: str) -> PlaceOffer:
    """Raises OfferNotFound."""
    row = await _BY_TOKEN.row(digest=digest(token), now=utc_now())
    if row is None:
        raise OfferNotFound
    return _offer(row)


async def find_offer_of(registration: int) -> PlaceOffer | None:
    """To whom somebody's place is offered."""
    row = await _OF.row(registration=registration, now=utc_now())
    return _offer(row) if row else None


async def offers_by(delegation: int) -> dict[int, PlaceOffer]:
    """Those of a delegation's contact, by whose place they are of."""
    rows = await _OF_DELEGATION.rows(delegation=delegation, now=utc_now())
    return {row["registration"]: _offer(row) for row in rows}


async def any_lapsed(now: datetime) -> bool:
    """Whether a place was offered until then, and not taken."""
    return await _LAPSED.row(now=now) is not None


@db.read
async def get_offered(token: str) -> Offered:
    """Raises OfferNotFound."""
    return await offered_of(await get_by_token(token))


@db.read
async def offered_of(offer: PlaceOffer) -> Offered:
    ticket = await get_by_id(offer.registration)
    event = await get_event_by_id(ticket.event)
    return Offered(
        offer=offer,
        ticket=ticket,
        event=event,
        organisation=await get_organisation_by_id(event.organisation),
        earlier=await find_earlier(event.id, offer.email),
    )


def _offer(row: Row) -> PlaceOffer:
    return PlaceOffer(**{name: row[name] for name in PlaceOffer.__struct_fields__})
