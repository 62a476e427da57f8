"""An event as the calendar of somebody who is registered is told of it."""

from msgspec import structs

from events.infra.ics.writer import CalendarEntry
from events.programme.entries import entry_of
from events.programme.rules import Mode
from events.registration.queries import Held
from events.registration.rules import Standing


def own_entry(held: Held, language: str, base_url: str, token: str) -> CalendarEntry:
    """The public one with the way in: online the personal redirect, for the link behind it may change."""
    entry = entry_of(held.event, language, base_url)
    if held.ticket.mode is Mode.ONLINE:
        join = f"{base_url}/t/{token}/join"
        entry = structs.replace(entry, location=join, conference_url=join, geo=None)
    if held.ticket.is_over and entry.status != "CANCELLED":
        return structs.replace(entry, status="CANCELLED", sequence=entry.sequence + 1)
    if held.ticket.standing is not Standing.CONFIRMED and entry.status == "CONFIRMED":
        return structs.replace(entry, status="TENTATIVE")
    return entry
