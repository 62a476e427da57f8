"""What the rows of a programme's table say, as documents that may be posted."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from events.imports.cells import Day, Unclear, read_number
from events.imports.contents import Tracks, people_in
from events.imports.row_cells import RowCells
from events.imports.row_times import RowTimes
from events.imports.rules import Choices, Row
from events.imports.values import WHEN
from events.imports.words import kind_in, language_in, modes_in, plain
from events.infra.sheet_reader import SourceRow, SourceTable
from events.kernel.errors import Note
from events.kernel.words import N_
from events.programme.rules import EventFacts, Kind, Mode

_TEXTS = ("title", "summary", "description", "theme")
_LINES = ("host_body", "session_number", "listing_url", "joining_link")
_LISTS = re.compile(r"[,;/،、，\n]| et | and | & ")
_BESIDE = {
    "starts": ("starts", "date"),
    "ends": ("ends", "starts", "date"),
    "venue": ("room", "venue", "address"),
    "modes": ("capacity", "mode", "capacity_online"),
}
"""What the problems of an event are called → the columns that they may come from."""


def rows_of_table(found: SourceTable, choices: Choices, parent: EventFacts | None) -> list[Row]:
    reading = _Reading(choices, parent)
    rows = [reading.row(row) for row in found.rows]
    return _told_apart(rows)


def tracks_to_make(found: SourceTable, choices: Choices, parent: EventFacts | None) -> dict[str, str]:
    """The names by key of the tracks that the conference is to get."""
    reading = _Reading(choices, parent)
    for row in found.rows:
        reading.row(row)
    return reading.tracks.made


def column_of(field: str, choices: Choices) -> str:
    """The number of the column that a problem of the event comes from; empty when it is none of them."""
    numbers = {name: number for number, name in choices.columns.items()}
    first = field.partition(".")[0]
    candidates = (".".join(field.split(".")[:2]), *_BESIDE.get(first, (first,)))
    same = next((number for name, number in numbers.items() if name.partition(".")[0] == first), "")
    return next((numbers[name] for name in candidates if name in numbers), same)


class _Reading:
    def __init__(self, choices: Choices, parent: EventFacts | None) -> None:
        self.choices, self.parent = choices, parent
        self.columns = {name: int(number) for number, name in choices.columns.items()}
        self.tracked = _tracked(self.columns)
        self.tracks = Tracks(parent, make=choices.make_tracks)
        self.above: date | None = None

    def row(self, row: SourceRow) -> Row:
        cells = RowCells(row, self.columns)
        times = RowTimes(cells, self.choices, self.parent.span.starts.wall.year if self.parent else None)
        titles = cells.texts("title")
        title = next(iter(titles.values()), "")
        day = times.day(self.above)
        self.above = day.date if day else self.above
        document: dict[str, Any] = {"title": titles, "kind": self._kind(cells), "part_of": self.choices.part_of or None}
        if not titles:
            cells.tell(N_("There is no title."), "title.en", "title.fr")
        document |= {name: cells.texts(name) for name in _TEXTS[1:] if name in self.tracked}
        document |= {name: cells.text(name) or None for name in _LINES if name in self.tracked}
        document |= times.document(day)
        if "venue" in self.tracked:
            document["venue"] = self._venue(cells)
        document |= self._words(cells) | self._contents(cells)
        if modes := self._modes(cells, document):
            document["modes"] = modes
        return Row(
            number=row.line,
            title=title[:200],
            uid=self._uid(cells, title, day),
            document=document,
            tracked=self.tracked,
            notes=tuple(cells.notes),
        )

    def _kind(self, cells: RowCells) -> str:
        text = cells.text("kind")
        found = kind_in(text) if text else None
        if text and found is None:
            cells.tell(
                N_("This kind of event is not known, so it is taken as usual: {text}"),
                "kind",
                stops=False,
                text=text[:40],
            )
        usual = self.choices.kind or (Kind.SESSION if self.choices.part_of else Kind.MEETING)
        return (found or usual).value

    def _venue(self, cells: RowCells) -> dict[str, Any] | None:
        """A room alone is in the conference's venue."""
        parent = self.parent.venue if self.parent else None
        room, name, address = cells.text("room"), cells.text("venue"), cells.text("address")
        if not (room or name or address):
            return None
        if not name and parent and room:
            return {
                "name": parent.name,
                "address": address or parent.address,
                "room": room,
                "lat": parent.lat,
                "lon": parent.lon,
            }
        return {"name": name or room or address, "address": address or None, "room": (room or None) if name else None}

    def _words(self, cells: RowCells) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name in ("languages", "interpretation"):
            if name in self.tracked:
                found[name] = self._language_tags(cells, name)
        if "tags" in self.tracked:
            found["tags"] = _several(cells.text("tags"))
        return found

    def _contents(self, cells: RowCells) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if "speakers" in self.tracked:
            found["speakers"] = people_in(cells.text("speakers"), cells.tell)
        if "track" in self.tracked:
            text = cells.text("track")
            found["track"] = self.tracks.key(text, cells.tell) if text else None
        return found

    def _language_tags(self, cells: RowCells, name: str) -> list[str]:
        tags = []
        for text in _several(cells.text(name)):
            tag = language_in(text)
            if tag is None:
                cells.tell(N_("This language is not known: {text}"), name, text=text[:40])
            else:
                tags.append(tag)
        return list(dict.fromkeys(tags))

    def _modes(self, cells: RowCells, document: Mapping[str, Any]) -> dict[str, Any]:
        text = cells.text("mode")
        chosen = modes_in(text) if text else None
        if text and chosen is None:
            cells.tell(N_("Write in person, online or hybrid: {text}"), "mode", text=text[:40])
        capacities = {
            Mode.IN_PERSON: self._capacity(cells, "capacity"),
            Mode.ONLINE: self._capacity(cells, "capacity_online"),
        }
        offered = chosen or tuple(mode for mode in Mode if capacities[mode] is not None)
        if not offered and document.get("joining_link"):
            offered = (Mode.IN_PERSON, Mode.ONLINE) if document.get("venue") else (Mode.ONLINE,)
        return {mode.value: {"capacity": capacities[mode]} for mode in offered}

    def _capacity(self, cells: RowCells, name: str) -> int | None:
        text = cells.text(name)
        try:
            return read_number(text) if text else None
        except Unclear as unclear:
            cells.tell(unclear.message, name, **unclear.params)
            return None

    def _uid(self, cells: RowCells, title: str, day: Day | None) -> str:
        """By the key column if there is one, else by title and day."""
        if key := cells.text("key"):
            return f"key:{plain(key)}"
        if "key" in self.columns:
            cells.tell(N_("The number or code of the row is missing, so it would not be known again."), "key")
        return f"day:{plain(title)}|{day.date.isoformat() if day else ''}"


def _tracked(columns: Mapping[str, int]) -> tuple[str, ...]:
    first = {name.partition(".")[0] for name in columns}
    tracked = {
        "title",
        WHEN,
        *(first & {*_TEXTS, *_LINES, "languages", "interpretation", "tags", "kind", "speakers", "track"}),
    }
    tracked |= {"venue"} if first & {"room", "venue", "address"} else set()
    tracked |= {"modes"} if first & {"capacity", "capacity_online"} else set()
    return tuple(sorted(tracked))


def _several(text: str) -> list[str]:
    return list(dict.fromkeys(word for part in _LISTS.split(text) if (word := part.strip())))[:30]


def _told_apart(rows: list[Row]) -> list[Row]:
    """Two rows of one key would be one event: the second is refused."""
    first: dict[str, int] = {}
    apart = []
    for row in rows:
        if row.uid in first:
            told = N_("It cannot be told from row {row}: same title and day. Add a column with a number for each row.")
            same_key = N_("Row {row} has the same number or code.")
            note = Note(same_key if row.uid.startswith("key:") else told, {"row": first[row.uid]}, "", stops=True)
            row = msgspec.structs.replace(row, notes=(*row.notes, note))  # noqa: PLW2901 - the row as it is shown
        first.setdefault(row.uid, row.number)
        apart.append(row)
    return apart
