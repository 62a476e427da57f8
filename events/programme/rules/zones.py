"""What becomes of events when the rules of their time zone change."""

from datetime import datetime, timedelta

from msgspec import Struct

from events.kernel.spans import offset_words
from events.programme.rules import EventFacts

RECKONED = "reckoned"
"""The verb under which the log keeps that an event's instant has moved."""

ZONES_KIND = "programme.zones"
"""The mail that tells organisers of it; its subject is the member who reads it."""

TOLD_FOR = timedelta(days=30)
"""How long the workspace says so."""


class Reckoned(Struct, frozen=True):
    """An event that starts at another moment than was thought, its time on the wall being the same."""

    event: EventFacts
    was: datetime
    tzdata: str

    @property
    def was_offset(self) -> str:
        return offset_before(self.event, self.was)

    @property
    def now_offset(self) -> str:
        return self.event.span.starts.offset.replace("-", "−")


def has_moved(event: EventFacts) -> bool:
    """Whether its start or end is another moment by today's rules than by those it was reckoned with."""
    return (event.span.starts_at, event.span.ends_at) != (event.starts_at, event.ends_at)


def offset_before(event: EventFacts, was: datetime) -> str:
    """By how much the clocks at the event were thought to differ from UTC."""
    return offset_words(event.span.starts.wall - was.replace(tzinfo=None)).replace("-", "−")
