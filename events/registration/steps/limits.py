"""How many of one organisation may come, inside an action that is open.

The organisation's line in `affiliation` is locked by whoever names it: who counts after that counts alone.
"""

import msgspec

from events.accounts.queries import get_organisation_by_id
from events.infra import db
from events.programme.rules import Mode
from events.programme.rules.limits import AffiliationLimit, AffiliationType, Beyond
from events.programme.rules.places import LockedPlaces
from events.registration.rules import Ticket
from events.registration.rules.people import Affiliation, TooManyOfOne
from events.registration.steps.people import folded_name

# What our own list says an organisation is, outweighs what somebody says.
_LISTED = db.Prepared(
    "SELECT type FROM affiliation WHERE organisation = :organisation AND name_folded = :folded AND listed"
)
_COUNT = db.Prepared(
    "SELECT COUNT(*) AS number FROM registration WHERE event = :event AND affiliation_folded = :folded"
    " AND assists IS NULL AND standing NOT IN ('declined', 'cancelled') AND id <> :but"
    " AND (mode = :mode OR waits_for = :line OR :whichever)"
)


def limit_of(places: LockedPlaces) -> AffiliationLimit | None:
    return msgspec.json.decode(places.affiliation_limit, type=AffiliationLimit) if places.affiliation_limit else None


async def is_beyond(
    places: LockedPlaces, said: Affiliation, *, mode: str, but: int = 0, more: int = 1, strictly: bool = False
) -> bool:
    """Whether `more` of the organisation, which is named, are above the limit, and wait for approval.

    `but` is a registration that is not counted. Raises TooManyOfOne where who is above is refused; `strictly`: always.
    """
    limit = limit_of(places)
    if limit is None or said.organisation is None or (limit.in_person_only and mode != Mode.IN_PERSON):
        return False
    most = limit.most_of(await _kind_of(places.organisation, said))
    if most is None or await count_of(places, said.organisation, limit, but=but) + more <= most:
        return False
    if strictly or limit.beyond is Beyond.REFUSED:
        contact = (await get_organisation_by_id(places.organisation)).contact_email
        raise TooManyOfOne(said.organisation, most, contact)
    return True


async def check_switch(places: LockedPlaces, ticket: Ticket, *, to: Mode) -> None:
    """Who is counted already is not one more in another mode. Raises TooManyOfOne."""
    limit = limit_of(places)
    if limit and limit.in_person_only and Mode.IN_PERSON not in {ticket.mode, ticket.waits_for}:
        await is_beyond(places, ticket.affiliation, mode=to, strictly=True)


async def count_of(places: LockedPlaces, organisation: str, limit: AffiliationLimit, *, but: int = 0) -> int:
    """How many have come for it so far, who waits and who is not approved yet among them."""
    in_person = Mode.IN_PERSON.value
    row = await _COUNT.row(
        event=places.event,
        folded=folded_name(organisation),
        but=but,
        mode=in_person,
        line=in_person,
        whichever=not limit.in_person_only,
    )
    return int(row["number"]) if row else 0


async def _kind_of(organisation: int, said: Affiliation) -> AffiliationType | None:
    row = await _LISTED.row(organisation=organisation, folded=folded_name(said.organisation or ""))
    return AffiliationType(row["type"]) if row and row["type"] else said.type
