"""What may be posted of what an event holds: its speakers, documents, track, and a conference's tracks and rooms."""

from collections.abc import Sequence
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from events.accounts.rules import LEAST_CONTRAST, contrast_with_white
from events.kernel.errors import Problem
from events.kernel.ids import slug_of
from events.kernel.words import N_, Text
from events.programme.rules.contents import DocumentKind, SpeakerRole, TrackFacts, next_colour
from events.web.posted import MISSING, Line, Lines, is_web_address

LanguageTag = Annotated[str, Meta(max_length=35, pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
LineText = dict[LanguageTag, Line]
LinesText = dict[LanguageTag, Lines]
Number = Annotated[int, Meta(ge=1, le=2**31 - 1)]
Colour = Annotated[str, Meta(pattern=r"^#[0-9a-fA-F]{6}$")]
Key = Annotated[str, Meta(max_length=80, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
MOST_PARTS = 100


class SpeakerForm(Struct, kw_only=True):
    """One appearance. With `id` it is that person of the address book, otherwise whoever has this name and affiliation
    there, or somebody new. What is left out stays as the address book has it; what is given is true at every event.
    """

    role: SpeakerRole = SpeakerRole.SPEAKER
    id: Number | None = None
    name: Line | None = None
    affiliation: Line | UnsetType | None = UNSET
    function: LineText | UnsetType = UNSET
    biography: LinesText | UnsetType = UNSET
    remote: bool | None = None


class DocumentForm(Struct, kw_only=True):
    """`title` may be left out where the kind says enough; `language` is that of the document."""

    url: Annotated[str, Meta(max_length=1000)]
    kind: DocumentKind = DocumentKind.OTHER
    title: LineText = {}
    language: LanguageTag | None = None


class TrackForm(Struct, kw_only=True):
    """`key` is made from the name, and a colour chosen, when they are left out."""

    name: LineText
    key: Key | None = None
    colour: Colour | None = None


def speaker_problems(speakers: Sequence[SpeakerForm]) -> list[Problem]:
    return [
        Problem(f"speakers.{number}.name", MISSING)
        for number, speaker in enumerate(speakers)
        if not (speaker.name or (speaker.id and speaker.name is None))
    ]


def document_problems(documents: Sequence[DocumentForm]) -> list[Problem]:
    return [
        Problem(f"documents.{number}.url", N_("Write a whole web address that begins with https:// or http://."))
        for number, document in enumerate(documents)
        if not is_web_address(document.url)
    ]


def read_tracks(tracks: Sequence[TrackForm], problems: list[Problem]) -> tuple[TrackFacts, ...]:
    """Each with a key of its own and a colour on which white can be read."""
    found: dict[str, TrackFacts] = {}
    colours = {track.colour.lower() for track in tracks if track.colour}
    for number, track in enumerate(tracks):
        key = track.key or _made_key(track.name, number)
        colour = (track.colour or next_colour(colours)).lower()
        colours.add(colour)
        if not any(track.name.values()):
            problems.append(Problem(f"tracks.{number}.name", N_("Give it a name in one language at least.")))
        if key in found:
            problems.append(Problem(f"tracks.{number}.key", N_("Another track has this key already.")))
        if contrast_with_white(colour) < LEAST_CONTRAST:
            problems.append(
                Problem(
                    f"tracks.{number}.colour",
                    N_("White text cannot be read well on this colour. Choose a darker one."),
                )
            )
        found[key] = TrackFacts(key=key, name=track.name, colour=colour)
    return tuple(found.values())


def room_problems(rooms: Sequence[str]) -> list[Problem]:
    return [
        Problem(f"rooms.{number}", MISSING if not room else N_("This room stands here twice."))
        for number, room in enumerate(rooms)
        if not room or room in rooms[:number]
    ]


def _made_key(name: Text, number: int) -> str:
    written = name.get("en") or next(filter(None, name.values()), "")
    return slug_of(written) or f"track-{number + 1}"
