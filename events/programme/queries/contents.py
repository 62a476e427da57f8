"""What events hold, by the event's id: speakers, documents, tracks, rooms, plenary."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from msgspec import Struct
from piccolo.columns.combination import WhereRaw

from events.infra import db
from events.kernel.errors import NotFound
from events.kernel.spans import TimeSpan, WallTime
from events.kernel.words import N_
from events.programme.rules import Kind
from events.programme.rules.contents import (
    DocumentFacts,
    DocumentKind,
    PlenaryFacts,
    SpeakerEntry,
    SpeakerFacts,
    SpeakerRole,
    TrackFacts,
)
from events.programme.tables.contents import Appearance, Document, Plenary, Room, SessionTrack, Speaker, Track

Row = Mapping[str, Any]
_FEW = 100
T = TypeVar("T")


class Contents(Struct, frozen=True):
    """Of some events at once, each by the event's id."""

    speakers: Mapping[int, tuple[SpeakerFacts, ...]]
    documents: Mapping[int, tuple[DocumentFacts, ...]]
    track: Mapping[int, tuple[TrackFacts, ...]]
    tracks: Mapping[int, tuple[TrackFacts, ...]]
    rooms: Mapping[int, tuple[str, ...]]
    plenary: Mapping[int, tuple[PlenaryFacts, ...]]

    def of(self, event: int) -> dict[str, Any]:
        held = {name: getattr(self, name).get(event, ()) for name in self.__struct_fields__}
        return held | {"track": held["track"][0] if held["track"] else None}


async def contents_of(rows: Sequence[Row]) -> Contents:
    """Nothing is asked for that these events cannot have."""
    events = [row["id"] for row in rows]
    conferences = [row["id"] for row in rows if row["kind"] == Kind.CONFERENCE]
    return Contents(
        speakers=await _of(_APPEARANCES, "event", events, _speaker),
        track=await _of(_IN_TRACKS, "event", [row["id"] for row in rows if row["part_of"]], track_of),
        documents=await _of(_DOCUMENTS, "event", events, _document),
        tracks=await _of(_TRACKS, "conference", conferences, track_of),
        rooms=await _of(_ROOMS, "conference", conferences, lambda row: str(row["name"])),
        plenary=await _of(_PLENARY, "conference", conferences, _sitting),
    )


def one_of(column: Any, ids: Sequence[int]) -> Any:
    """`column IN ids`. Piccolo converts each value, which takes longer than the query where there are thousands."""
    if len(ids) <= _FEW:
        return column.is_in(list(ids))
    # As ever the same text for some, so that a database can keep its plan; of many they are numbers of our own.
    name = f"{column._meta.table._meta.tablename}.{column._meta.db_column_name}"
    return WhereRaw(f"{name} IN ({','.join(str(int(one)) for one in ids)})")


def span_of(row: Row) -> TimeSpan:
    starts, ends = (
        WallTime(datetime.fromisoformat(row[f"{end}_wall"]), row[f"{end}_zone"], row[f"{end}_fold"])
        for end in ("starts", "ends")
    )
    return TimeSpan(starts, ends, bool(row.get("all_day")))


def track_of(row: Row) -> TrackFacts:
    return TrackFacts(key=row["key"], name=msgspec.json.decode(row["name"]), colour=row["colour"])


async def _of(query: db.Built, owner: str, events: Sequence[int], made: Callable[[Row], T]) -> dict[int, tuple[T, ...]]:
    return _by(await query.rows(*events), owner, made) if events else {}


def _by(rows: Sequence[Row], owner: str, made: Callable[[Row], T]) -> dict[int, tuple[T, ...]]:
    found: dict[int, list[T]] = {}
    for row in rows:
        found.setdefault(row[owner], []).append(made(row))
    return {event: tuple(held) for event, held in found.items()}


def _in_tracks(*parts: int) -> Any:
    track = SessionTrack.track
    columns = (track.key.as_alias("key"), track.name.as_alias("name"), track.colour.as_alias("colour"))
    return SessionTrack.select(SessionTrack.event, *columns).where(one_of(SessionTrack.event, parts))


def _appearances(*events: int) -> Any:
    who = Appearance.speaker
    return (
        Appearance.select(
            Appearance.event,
            Appearance.role,
            Appearance.remote,
            who.id.as_alias("id"),
            who.name.as_alias("name"),
            who.affiliation.as_alias("affiliation"),
            who.function.as_alias("function"),
            who.biography.as_alias("biography"),
        )
        .where(one_of(Appearance.event, events))
        .order_by(Appearance.position)
    )


def _speaker(row: Row) -> SpeakerFacts:
    return SpeakerFacts(
        id=row["id"],
        name=row["name"],
        role=SpeakerRole(row["role"]),
        function=msgspec.json.decode(row["function"]),
        affiliation=row["affiliation"],
        biography=msgspec.json.decode(row["biography"]),
        remote=row["remote"],
    )


def _document(row: Row) -> DocumentFacts:
    return DocumentFacts(
        kind=DocumentKind(row["kind"]),
        title=msgspec.json.decode(row["title"]),
        url=row["url"],
        language=row["language"],
    )


def _plenary(*conferences: int) -> Any:
    return (
        Plenary.select()
        .where(one_of(Plenary.conference, conferences))
        .order_by(Plenary.starts_at, Plenary.ends_at, Plenary.id)
    )


_APPEARANCES, _IN_TRACKS, _PLENARY = db.Built(_appearances), db.Built(_in_tracks), db.Built(_plenary)
_DOCUMENTS = db.Built(lambda *ids: Document.select().where(one_of(Document.event, ids)).order_by(Document.position))
_TRACKS = db.Built(lambda *ids: Track.select().where(one_of(Track.conference, ids)).order_by(Track.position))
_ROOMS = db.Built(lambda *ids: Room.select().where(one_of(Room.conference, ids)).order_by(Room.position))


def _sitting(row: Row) -> PlenaryFacts:
    return PlenaryFacts(span=span_of(row), title=msgspec.json.decode(row["title"]))


async def list_plenary_during(conference: int, span: TimeSpan) -> list[PlenaryFacts]:
    """When the conference's plenary sits while something else takes place: what that would clash with."""
    rows = await (
        Plenary.select()
        .where(
            (Plenary.conference == conference) & (Plenary.starts_at < span.ends_at) & (Plenary.ends_at > span.starts_at)
        )
        .order_by(Plenary.starts_at, Plenary.id)
    )
    return [_sitting(row) for row in rows]


async def list_speaker_names(organisation: int) -> list[str]:
    """Everybody in the address book, by name, each name once."""
    rows = await Speaker.select(Speaker.name).where(Speaker.organisation == organisation).order_by(Speaker.name_folded)
    return list(dict.fromkeys(row["name"] for row in rows))


class SpeakerNotFound(NotFound):
    def __init__(self) -> None:
        super().__init__(N_("Your address book has nobody of this number."))


@db.read
async def list_speakers(organisation: int) -> list[SpeakerEntry]:
    """The organisation's address book, by name."""
    people = (
        await Speaker.select().where(Speaker.organisation == organisation).order_by(Speaker.name_folded, Speaker.id)
    )
    rows = (
        await Appearance.select(
            Appearance.speaker, Appearance.event.slug.as_alias("slug"), Appearance.event.title.as_alias("title")
        )
        .where(Appearance.speaker.organisation == organisation)
        .order_by(Appearance.event.starts_at)
    )
    events = _by(rows, "speaker", lambda row: (str(row["slug"]), msgspec.json.decode(row["title"])))
    return [
        SpeakerEntry(
            **{name: row[name] for name in ("id", "name", "affiliation")},
            **{name: msgspec.json.decode(row[name]) for name in ("function", "biography")},
            events=tuple(dict(events.get(row["id"], ())).items()),
        )
        for row in people
    ]


async def get_speaker(speaker: int, organisation: int) -> SpeakerEntry:
    """Raises SpeakerNotFound for somebody of another organisation's."""
    found = next((one for one in await list_speakers(organisation) if one.id == speaker), None)
    if found is None:
        raise SpeakerNotFound
    return found
