"""What lists and feeds are narrowed to."""

from datetime import datetime

from msgspec import Struct

from events.kernel.ids import folded
from events.programme.rules import Kind, Mode


class Filters(Struct, frozen=True, kw_only=True):
    """What a list or a feed is narrowed to; `since` and `until` bound the time in which an event takes place.

    `venue` is its name; `whole` is a conference with all that is part of it, where `part_of` is without itself.
    `over_by` keeps what has ended by then; without `sessions`, what only a conference's programme has is left out.
    """

    q: str = ""
    since: datetime | None = None
    until: datetime | None = None
    mode: Mode | None = None
    kind: Kind | None = None
    organisation: str | None = None
    part_of: str | None = None
    language: str | None = None
    tag: str | None = None
    venue: str | None = None
    whole: str | None = None
    over_by: datetime | None = None
    sessions: bool = True

    @property
    def looks_for_something(self) -> bool:
        """Only then a session stands in a list: its conference's programme has it anyway."""
        return any((self.q, self.kind, self.part_of, self.tag, self.venue))


def tag_key(tag: str) -> str:
    """A tag as it is compared: without what LIKE takes for a wildcard, and without the bar between two."""
    return folded(tag).translate(_NOT_IN_KEYS)


_NOT_IN_KEYS = str.maketrans("%_\\|", "    ")
