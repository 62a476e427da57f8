"""What events hold besides their own facts: who speaks, what there is to read, a conference's tracks and plenary."""

from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct

from events.kernel.spans import TimeSpan
from events.kernel.words import Text


class SpeakerRole(StrEnum):
    OPENING = "opening"
    MODERATOR = "moderator"
    KEYNOTE = "keynote"
    SPEAKER = "speaker"
    PANELLIST = "panellist"
    DISCUSSANT = "discussant"
    RAPPORTEUR = "rapporteur"
    CLOSING = "closing"


class DocumentKind(StrEnum):
    CONCEPT_NOTE = "concept_note"
    FLYER = "flyer"
    AGENDA = "agenda"
    PRESENTATION = "presentation"
    RECORDING = "recording"
    REPORT = "report"
    OTHER = "other"


class SpeakerFacts(Struct, frozen=True, kw_only=True):
    """Somebody of the organisation's address book as they appear at one event; `id` is theirs in the book.

    `remote` None: it is not said whether they are in the room.
    """

    id: int
    name: str
    role: SpeakerRole
    function: Text
    affiliation: str | None
    biography: Text
    remote: bool | None


class SpeakerEntry(Struct, frozen=True, kw_only=True):
    """Somebody as the address book has them; `events` are those at which they appear, drafts included."""

    id: int
    name: str
    affiliation: str | None
    function: Text
    biography: Text
    events: tuple[tuple[str, Text], ...] = ()


class DocumentFacts(Struct, frozen=True, kw_only=True):
    kind: DocumentKind
    title: Text
    url: str
    language: str | None


class TrackFacts(Struct, frozen=True, kw_only=True):
    key: str
    name: Text
    colour: str


class PlenaryFacts(Struct, frozen=True, kw_only=True):
    """A time at which a conference's plenary sits."""

    span: TimeSpan
    title: Text


TRACK_COLOURS = ("#8a3b12", "#0b5c7a", "#4b6113", "#7a2a6b", "#8b1f2f", "#2f4aa0", "#0f6650", "#6b5200")
"""What tracks get that are given no colour of their own: each bears white text, and no two look alike."""


def next_colour(taken: set[str]) -> str:
    return next((colour for colour in TRACK_COLOURS if colour not in taken), TRACK_COLOURS[0])


def renamed_rooms(before: Sequence[str], after: Sequence[str]) -> dict[str, str]:
    """New names by old ones: in its place in the list one has gone, and one has come that was nowhere before."""
    return {
        old: new
        for old, new in zip(before, after, strict=False)
        if old != new and old not in after and new not in before
    }
