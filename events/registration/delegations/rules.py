"""What a delegation is, and what its contact may do."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from events.kernel.errors import Conflict, Gone, NotFound
from events.kernel.ids import derived_token
from events.kernel.words import N_
from events.programme.rules import EventFacts, Mode
from events.programme.rules.places import AllPlaces
from events.registration.handing_over.rules import PlaceOffer
from events.registration.rules import RegistrationOver, Standing, Ticket
from events.registration.rules.opening import check_open
from events.registration.rules.people import Affiliation
from events.registration.rules.switching import can_hand_over

MOST_AT_ONCE = 50
DELEGATIONS_PER_NETWORK = {"limit": 6, "window_seconds": 3600}
"""That were accepted; a list is often sent several times before nothing is wrong with it."""

LISTS_PER_NETWORK = {"limit": 30, "window_seconds": 3600}
REGISTERED_KIND = "delegation.registered"
REPLACED_KIND = "delegation.replaced"
"""To who was to come, of whom nothing else is left."""
TAKEN_KIND = "delegation.offer_taken"
NOT_TAKEN_KIND = "delegation.offer_not_taken"
CONTACT_KINDS = (REGISTERED_KIND, REPLACED_KIND, TAKEN_KIND, NOT_TAKEN_KIND)


class Delegation(Struct, frozen=True, kw_only=True):
    """`name` and `email` are the contact's, `affiliation` is whom all of it come for, `asked` for how many."""

    id: int
    event: int
    name: str
    email: str
    language: str
    affiliation: Affiliation
    asked: int
    code: str
    token_counter: int
    made_at: datetime


class Delegate(Struct, frozen=True, kw_only=True):
    """One of its people as the contact sees them; `missing` is how many questions they have yet to answer.

    `offered` is whom the contact has offered the place to.
    """

    ticket: Ticket
    position: int | None
    missing: int
    may_withdraw: bool
    may_replace: bool
    offered: PlaceOffer | None


class DelegationNotFound(NotFound):
    def __init__(self) -> None:
        super().__init__(N_("There is no such delegation. Check that the link is whole, as it stands in your mail."))


class DelegationGone(Gone):
    def __init__(self) -> None:
        super().__init__(N_("What was held of who registered this delegation has been erased."))


class NoDelegations(Conflict):
    kind = "closed"

    def __init__(self) -> None:
        super().__init__(N_("Delegations are not registered for this event (any more)."))


class NotOneOfThem(NotFound):
    def __init__(self) -> None:
        super().__init__(N_("There is no such person in this delegation."))


def delegation_token(secret: str, code: str, counter: int) -> str:
    """The token of the contact's page, made again for each mail."""
    return derived_token(secret, "delegation", code, counter)


def may_withdraw(ticket: Ticket, event: EventFacts, now: datetime) -> bool:
    return not ticket.is_over and not event.is_over(now)


def may_replace(ticket: Ticket, event: EventFacts, now: datetime) -> bool:
    """Until registration closes, and while the place is certain."""
    places = next((places for places in event.places if places.mode == ticket.mode), None)
    return places is not None and now < places.closes_at and can_hand_over(ticket, event, now)


def check_may_replace(ticket: Ticket, places: AllPlaces, now: datetime) -> None:
    """Raises RegistrationClosed; what the place itself must be is told where places are handed over."""
    own = places[ticket.mode]
    check_open(own.status, own.ends_at, own.closes_at, now)


def check_is_shown(ticket: Ticket) -> None:
    """Nobody learns before an address is confirmed what became of it. Raises NotOneOfThem, RegistrationOver."""
    if ticket.standing is Standing.UNVERIFIED:
        raise NotOneOfThem
    if ticket.is_over:
        raise RegistrationOver(N_("This registration does not count any more."))


def too_many_for(places: AllPlaces, wanted: Mapping[Mode, int]) -> dict[Mode, int]:
    """The modes without a waiting list in which fewer places are free than are wanted, and how many are."""
    found = {}
    for mode, number in wanted.items():
        here = places.get(mode)
        if here and here.limit is not None and not here.waiting_list and number > (free := here.limit - here.taken):
            found[mode] = max(0, free)
    return found
