"""What a calendar file says, as facts."""

from datetime import datetime

from msgspec import Struct

from events.infra.ics.source_zones import SourceZone
from events.kernel.errors import Note

FLOATING, WHOLE_DAYS, UTC_TIMES = "", "date", "UTC"
"""What stands for a TZID where there is none: times without a zone, whole days, instants."""


class SourceTime(Struct, frozen=True):
    """`offset` in minutes is what the file's own rules say of the wall time, if it has any."""

    wall: datetime
    tzid: str
    offset: int | None = None


class SourceEvent(Struct, frozen=True, kw_only=True):
    """`recurrence` tells the dates of a series apart; `ends` of whole days is the last of them."""

    line: int
    uid: str
    recurrence: str = ""
    sequence: int = 0
    starts: SourceTime | None = None
    ends: SourceTime | None = None
    all_day: bool = False
    status: str = ""
    private: bool = False
    summary: str = ""
    language: str = ""
    description: str = ""
    location: str = ""
    geo: str = ""
    url: str = ""
    categories: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()


class SourceCalendar(Struct, frozen=True):
    name: str
    zone: str | None
    """What the file as a whole says of its zone (X-WR-TIMEZONE)."""
    zones: tuple[SourceZone, ...]
    events: tuple[SourceEvent, ...]
    endless: tuple[str, ...]
    """The UIDs of series of which only what lies ahead was taken."""
    notes: tuple[Note, ...] = ()
