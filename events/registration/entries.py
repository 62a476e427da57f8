"""An event as the calendar of somebody who is registered is told of it."""

from collections.abc import Sequence

from msgspec import structs

from events.infra.ics.writer import CalendarEntry
from events.programme.entries import entry_of
from events.programme.rules import EventFacts, Mode
from events.registration.queries.held import Held
from events.registration.rules import Standing, Ticket, lasting, sequence_of
from events.registration.rules.tokens import joining_token


def own_entry(held: Held, language: str, base_url: str, secret: str) -> CalendarEntry:
    """The public one with the way in: online the personal redirect, for the link behind it may change."""
    entry = _with_way_in(held.event, held.ticket, language, base_url, secret)
    return structs.replace(
        entry,
        status="CANCELLED" if held.ticket.is_over else entry.status,
        sequence=sequence_of(held.event, held.ticket, held.ended),
    )


def private_entry(
    event: EventFacts, tickets: Sequence[Ticket], language: str, base_url: str, *, secret: str, alarm: int | None
) -> CalendarEntry:
    """As it stands in the feed of all that somebody is registered for; `tickets` are theirs here, oldest first."""
    last = lasting(tickets)
    ended = sum(ticket.is_over for ticket in tickets)
    entry = _with_way_in(event, last, language, base_url, secret)
    return structs.replace(
        entry,
        status="CANCELLED" if last.is_over else entry.status,
        sequence=sequence_of(event, last, ended),
        changed=max(entry.changed, *(ticket.changed_at for ticket in tickets)),
        private=True,
        alarm_minutes=alarm,
    )


def _with_way_in(event: EventFacts, ticket: Ticket, language: str, base_url: str, secret: str) -> CalendarEntry:
    join = f"{base_url}/t/{joining_token(secret, ticket)}/join" if ticket.mode is Mode.ONLINE else None
    entry = entry_of(event, language, base_url, registered=True, join=join)
    if ticket.standing is not Standing.CONFIRMED and not ticket.is_over and entry.status == "CONFIRMED":
        return structs.replace(entry, status="TENTATIVE")
    return entry
