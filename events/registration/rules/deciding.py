"""What comes of it when organisers answer those who asked for a place, one after another while places last."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from events.kernel.errors import DomainError
from events.kernel.ids import folded_email
from events.kernel.words import N_
from events.registration.rules import AlreadyRegistered, Full, RegistrationOver, Standing, Ticket, TicketNotFound
from events.registration.rules.switching import FOLLOWS

LONGEST_REASON = 1000
MOST_AT_ONCE = 500
"""How many are answered in one transaction, and by one call of the API."""

MOST_CHOSEN = 5000
"""How many may be chosen on a list and answered together."""


class Room(Struct):
    """One mode's places while people are answered; `confirmed`, which counts when more are `taken` than there are."""

    limit: int | None
    taken: int
    confirmed: int
    waiting_list: bool

    @property
    def has_place(self) -> bool:
        return self.limit is None or self.taken < self.limit

    @property
    def has_more_than_places(self) -> bool:
        """As when the capacity was lowered: then only so many of those who hold a place can be accepted."""
        return self.limit is not None and self.taken > self.limit


class Given(Struct, frozen=True):
    """One answer to somebody: how they stand with it, or why it could not be given."""

    ticket: Ticket
    standing: Standing | None
    refused: DomainError | None = None


class LeftOut(Struct, frozen=True):
    """Who was chosen and not answered, and why."""

    code: str
    refused: DomainError


class Answered(Struct, frozen=True):
    """How many stand how after they were answered, and who was left out."""

    counts: Mapping[Standing, int]
    left_out: tuple[LeftOut, ...] = ()


class RequestAnswer(Struct, frozen=True):
    """What organisers answered to a request, as it is told to the person."""

    accepted: bool
    reason: str
    answered_by: str
    answered_at: datetime


def answer_all(
    tickets: Sequence[Ticket], rooms: Mapping[str, Room], *, accept: bool, registered: Collection[int]
) -> list[Given]:
    """One answer for all, in the order of the tickets; `rooms` are filled and emptied meanwhile.

    `registered` are those who were declined and have registered anew since.
    """
    given: list[Given] = []
    accepted: set[str] = set()
    for ticket in tickets:
        address = folded_email(ticket.email)
        again = ticket.id in registered or address in accepted
        try:
            standing = _answer(ticket, rooms.get(ticket.mode), accept=accept, again=again)
        except DomainError as refused:
            given.append(Given(ticket, None, refused))
        else:
            given.append(Given(ticket, standing))
            if accept:
                accepted.add(address)
    return given


def _answer(ticket: Ticket, room: Room | None, *, accept: bool, again: bool) -> Standing:
    """Raises RegistrationOver, AlreadyRegistered, Full; who was declined by mistake can be accepted later."""
    if ticket.erased_at:
        raise TicketNotFound
    if ticket.assists:
        raise RegistrationOver(FOLLOWS)
    if ticket.standing is not Standing.PENDING and not (accept and ticket.standing is Standing.DECLINED):
        raise RegistrationOver(N_("This registration does not wait for approval."))
    if room is None:
        raise RegistrationOver(N_("This event does not offer this way to attend."))
    if not accept:
        room.taken -= ticket.holds_place
        return Standing.DECLINED
    if again:
        raise AlreadyRegistered(ticket.id, hidden=False)
    if ticket.holds_place and (not room.has_more_than_places or room.confirmed < (room.limit or 0)):
        room.confirmed += 1
        return Standing.CONFIRMED
    if not ticket.holds_place and room.has_place:
        room.taken, room.confirmed = room.taken + 1, room.confirmed + 1
        return Standing.CONFIRMED
    if not room.waiting_list:
        raise Full
    room.taken -= ticket.holds_place
    return Standing.WAITING
