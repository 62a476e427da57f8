"""What cannot well take place at the same time. It may be saved all the same, with a reason that is kept."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from events.kernel.errors import Conflict
from events.kernel.ids import folded
from events.kernel.spans import TimeSpan
from events.kernel.words import N_, Text
from events.programme.rules import EventBrief, EventFacts, Kind, PartnerFacts, PartnerRole, Venue
from events.programme.rules.contents import PlenaryFacts, SpeakerFacts


class ClashKind(StrEnum):
    ROOM = "room"
    PARTNER = "partner"
    SPEAKER = "speaker"
    PLENARY = "plenary"


class Accepted(Struct, frozen=True):
    """Who saved it all the same, when and why."""

    reason: str
    actor: str
    at: datetime


class Clash(Struct, frozen=True):
    """`what` both events need at once: the room, the partner or the speaker by name; or the plenary by its title.

    Of a plenary `event` is the conference and `sitting` when it sits; or, told of a conference, what it sits over.
    """

    kind: ClashKind
    what: str | Text
    event: EventBrief
    sitting: TimeSpan | None = None
    accepted: Accepted | None = None

    @property
    def key(self) -> str:
        return f"{self.kind}-{self.event.id}"


class Held(Struct, frozen=True, kw_only=True):
    """Of an event that may come to be, what clashes are told by; `id` is below zero where it is not there yet."""

    id: int
    title: Text
    kind: Kind
    organisation: int
    organisation_name: str
    part_of: int | None
    span: TimeSpan
    starts_at: datetime
    ends_at: datetime
    venue: Venue | None
    partners: tuple[PartnerFacts, ...]
    speakers: tuple[SpeakerFacts, ...]
    plenary: tuple[PlenaryFacts, ...] = ()

    @property
    def keeps_people_busy(self) -> bool:
        return not self.span.all_day and self.kind is not Kind.CONFERENCE


class Acceptance(Struct, frozen=True):
    """What whoever saves says of clashes: why they do not matter, and the keys of those that were told."""

    reason: str = ""
    told: frozenset[str] = frozenset()


class Clashing(Conflict):
    """`clashes` are those of the event, as it would be saved, that nobody has accepted."""

    kind = "clash"

    def __init__(self, event: EventBrief, clashes: Sequence[Clash]) -> None:
        super().__init__(N_("Something else takes place at the same time."))
        self.event = event
        self.clashes = tuple(clashes)

    @property
    def keys(self) -> list[str]:
        return sorted({clash.key for clash in self.clashes})


CLASH_FIELDS = ("span", "venue", "partners", "speakers", "part_of", "plenary", "status")
"""What a change must touch to bring about a clash."""


def clashes_between(event: EventFacts, other: EventFacts) -> Iterator[Clash]:
    """Both take place, and at the same time."""
    return (Clash(kind, what, other) for kind, what in in_common(event, other))


def in_common(event: EventFacts | Held, other: EventFacts | Held) -> Iterator[tuple[ClashKind, str | Text]]:
    """What both need at once. What is part of a conference clashes with its plenary alone."""
    if other.part_of == event.id:
        yield from _under_plenary(event, other)
        return
    if event.part_of == other.id:
        return
    if room_of(event) and room_of(event) == room_of(other):
        yield ClashKind.ROOM, f"{event.venue.room}, {event.venue.name}" if event.venue else ""
    if event.keeps_people_busy and other.keeps_people_busy:
        theirs = _partners(other)
        ours = {folded(event.organisation_name)} if event.organisation == other.organisation else set()
        for name, shown in _partners(event).items():
            if name in theirs and name not in ours:
                yield ClashKind.PARTNER, shown
        speaking = _speakers(other)
        for who, shown in _speakers(event).items():
            if who in speaking:
                yield ClashKind.SPEAKER, shown


def _under_plenary(conference: EventFacts | Held, other: EventFacts | Held) -> Iterator[tuple[ClashKind, str | Text]]:
    for sitting in conference.plenary if sits_over(other) else ():
        if sitting.span.overlaps(other.span):
            yield ClashKind.PLENARY, sitting.title


def sits_over(event: EventFacts | Held) -> bool:
    """Whether a plenary meanwhile matters to it: the conference's own sessions are what it may be."""
    return event.keeps_people_busy and event.kind is not Kind.SESSION


def room_of(event: EventBrief | Held) -> tuple[str, str] | None:
    """The venue and the room in it, as they are compared; a venue alone has room for many."""
    if event.venue is None or not event.venue.room:
        return None
    return folded(event.venue.name), folded(event.venue.room)


def _speakers(event: EventFacts | Held) -> dict[tuple[str, str], str]:
    """Name and affiliation, folded → the name: organisations each have an address book of their own."""
    return {(folded(one.name), folded(one.affiliation or "")): one.name for one in event.speakers}


def _partners(event: EventFacts | Held) -> dict[str, str]:
    """Folded → as written. A host body hosts many events at once."""
    return {folded(one.name): one.name for one in event.partners if one.role is not PartnerRole.HOST_BODY}
