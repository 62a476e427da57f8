"""One event, or a conference with its parts, for a download or a mail: read, completed and written by icalendar."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import msgspec

from events.infra.ics.writer import PRODID, CalendarEntry, vevent
from events.infra.ics.zones import outlook_reads, vtimezone

if TYPE_CHECKING:
    from icalendar import Component, vCalAddress


class Party(msgspec.Struct, frozen=True):
    name: str
    email: str


class Invitation(msgspec.Struct, frozen=True):
    """How an event is sent by mail: with REQUEST and CANCEL to one attendee, with PUBLISH to nobody in particular."""

    method: Literal["PUBLISH", "REQUEST", "CANCEL"]
    organizer: Party
    sent_at: datetime
    attendee: Party | None = None

    def __post_init__(self) -> None:
        if (self.method == "PUBLISH") != (self.attendee is None):
            raise ValueError("PUBLISH takes no attendee; REQUEST and CANCEL need one.")


def single(entry: CalendarEntry, *parts: CalendarEntry, invitation: Invitation | None = None) -> bytes:
    """Local times with their zones where every client reads them rightly, else UTC."""
    from icalendar import Calendar, Event  # noqa: PLC0415 - 0.15 s that no start has to wait for

    entries = (entry, *parts)
    years = min(e.years[0] for e in entries), max(e.years[1] for e in entries)
    zones = {zone: vtimezone(zone, *years) for e in entries for zone in e.zones if outlook_reads(zone, *years)}
    document = Calendar()
    document.add("VERSION", "2.0")
    document.add("PRODID", PRODID)
    document.add("CALSCALE", "GREGORIAN")
    if invitation:
        document.add("METHOD", invitation.method)
    for zone in sorted(zones):
        document.add_component(_zone(zones[zone]))
    for each in entries:
        event = Event.from_ical(vevent(each, utc=any(zone not in zones for zone in each.zones)))
        if invitation:
            _address(event, invitation)
        document.add_component(event)
    return bytes(document.to_ical())


@lru_cache(maxsize=200)
def _zone(text: str) -> "Component":
    """Read once: an event's zone is that of a thousand mails."""
    from icalendar import Timezone  # noqa: PLC0415 - same

    return Timezone.from_ical(text)


def _address(event: "Component", invitation: Invitation) -> None:
    # With a METHOD the stamp says when this message was made (RFC 5545 3.8.7.2).
    del event["DTSTAMP"]
    event.add("DTSTAMP", invitation.sent_at.astimezone(UTC))
    event.add("ORGANIZER", _party(invitation.organizer))
    if invitation.attendee:
        attendee = _party(invitation.attendee)
        attendee.params |= {"ROLE": "REQ-PARTICIPANT", "PARTSTAT": "ACCEPTED", "RSVP": "FALSE"}
        event.add("ATTENDEE", attendee)


def _party(party: Party) -> "vCalAddress":
    from icalendar import vCalAddress  # noqa: PLC0415 - same

    return vCalAddress.new(party.email, cn=party.name)
