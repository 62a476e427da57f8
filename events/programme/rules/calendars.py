"""What calendars know of an event, and what makes them take notice."""

from datetime import datetime

from msgspec import Struct

from events.kernel.spans import TimeSpan
from events.kernel.words import Text
from events.programme.rules import Kind


class Stamp(Struct, frozen=True, kw_only=True):
    """The state in which a public event is: whoever knows it from this revision knows it still."""

    id: int
    uid: str
    revision: int
    status: str
    ends_at: datetime
    calendar_changed_at: datetime


class WithdrawnFacts(Struct, frozen=True, kw_only=True):
    """An event that was public and was taken back; calendars are told so for a while."""

    uid: str
    slug: str
    kind: Kind
    title: Text
    span: TimeSpan
    ends_at: datetime
    sequence: int
    revision: int
    created_at: datetime
    withdrawn_at: datetime


CALENDAR_MOVES = ("span", "venue", "joining_link", "status")
"""What makes calendars take notice: RFC 5546 2.1.4, and by house rule the place and the joining link."""
