"""A place that is offered: theirs to whom it is offered once they take it, and until then with who has it."""

from datetime import datetime

from msgspec import Struct

from events.accounts.rules import OrganisationFacts
from events.kernel.errors import NotFound
from events.kernel.ids import derived_token
from events.kernel.words import N_
from events.programme.rules import EventFacts
from events.registration.rules import AlreadyRegistered, RegistrationOver, Ticket
from events.registration.rules.switching import check_can_hand_over

OFFERED_KIND = "offer.made"
TAKEN_KIND = "offer.taken"
"""To who gave the place, about a registration that is not theirs any more."""


class PlaceOffer(Struct, frozen=True, kw_only=True):
    """`contact` is the name of who offers it, with a `function`, where that is the contact of a `delegation`."""

    id: int
    registration: int
    delegation: int | None
    contact: str | None
    name: str
    email: str
    language: str
    function: str | None
    code: str
    held_until: datetime


class Offered(Struct, frozen=True, kw_only=True):
    """An offer with the place that it is of; `earlier` is the registration of that address at the event, if any."""

    offer: PlaceOffer
    ticket: Ticket
    event: EventFacts
    organisation: OrganisationFacts
    earlier: int | None

    @property
    def by(self) -> str:
        return self.offer.contact or self.ticket.name


class OfferNotFound(NotFound):
    """Nothing is kept of an offer that has ended, so one answer for all that may have become of it."""

    def __init__(self) -> None:
        super().__init__(
            N_(
                "This place is not offered to you any more: it was taken, or taken back, or the time was over. If you"
                " have taken it, your ticket is in the mail that came after. If not, check that the link is whole."
            )
        )


def offer_token(secret: str, code: str) -> str:
    """What opens an offer, made again for its mail."""
    return derived_token(secret, "offer", code, 0)


def check_can_take(offered: Offered, now: datetime) -> None:
    """Raises OfferNotFound, RegistrationClosed, AlreadyRegistered."""
    event = offered.event
    try:
        check_can_hand_over(offered.ticket, event.status, event.starts_at, now)
    except RegistrationOver as over:  # which says why to who had the place
        raise OfferNotFound from over
    if offered.earlier:
        raise AlreadyRegistered(offered.earlier, hidden=False)
