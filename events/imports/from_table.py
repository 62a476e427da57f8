"""What the rows of a programme's table say, as documents that may be posted."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import msgspec

from events.imports.cells import Day, Unclear, read_day, read_number, read_times
from events.imports.contents import Tracks, people_in
from events.imports.rules import Choices, Row
from events.imports.values import WHEN
from events.imports.words import kind_in, language_in, modes_in, plain
from events.infra.ics.source_zones import zone_named
from events.infra.sheet_reader import SourceRow, SourceTable
from events.kernel.errors import Note
from events.kernel.spans import WallTime, WallTimeTwice
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
        self.above: Day | None = None
        self.notes: list[Note] = []
        self.cells: Sequence[str] = ()

    def row(self, row: SourceRow) -> Row:
        mapped = {str(number) for number in self.columns.values()}
        self.cells, self.notes = row.cells, [note for note in row.notes if note.field in mapped]
        titles = self._texts("title")
        title = next(iter(titles.values()), "")
        day = self._day()
        document: dict[str, Any] = {"title": titles, "kind": self._kind(), "part_of": self.choices.part_of or None}
        if not titles:
            self._tell(N_("There is no title."), "title.en", "title.fr")
        document |= {name: self._texts(name) for name in _TEXTS[1:] if name in self.tracked}
        document |= {name: self._cell(name) or None for name in _LINES if name in self.tracked}
        document |= self._times(day)
        if "venue" in self.tracked:
            document["venue"] = self._venue()
        document |= self._words() | self._contents()
        if modes := self._modes(document):
            document["modes"] = modes
        return Row(
            number=row.line,
            title=title[:200],
            uid=self._uid(title, day),
            document=document,
            tracked=self.tracked,
            notes=tuple(self.notes),
        )

    def _cell(self, name: str) -> str:
        number = self.columns.get(name)
        return self.cells[number].strip() if number is not None and number < len(self.cells) else ""

    def _tell(self, message: str, *fields: str, stops: bool = True, **params: Any) -> None:
        number = next((self.columns[name] for name in fields if name in self.columns), "")
        self.notes.append(Note(message, params, str(number), stops))

    def _texts(self, name: str) -> dict[str, str]:
        return {
            language: text
            for field in self.columns
            if field.partition(".")[0] == name and (language := field.partition(".")[2]) and (text := self._cell(field))
        }

    def _kind(self) -> str:
        text = self._cell("kind")
        found = kind_in(text) if text else None
        if text and found is None:
            self._tell(
                N_("This kind of event is not known, so it is taken as usual: {text}"),
                "kind",
                stops=False,
                text=text[:40],
            )
        usual = self.choices.kind or (Kind.SESSION if self.choices.part_of else Kind.MEETING)
        return (found or usual).value

    def _day(self) -> Day | None:
        """Of the row, or of the one above it: programmes say each day once."""
        text = self._cell("date") or self._cell_with_date("starts")
        if not text:
            if self.above is None:
                self._tell(N_("There is no date, and none above it."), "date", "starts")
            return Day(self.above.date) if self.above else None
        try:
            year = self.parent.span.starts.wall.year if self.parent else None
            self.above = read_day(text, day_first=self.choices.day_first, year=year)
        except Unclear as unclear:
            self._tell(unclear.message, "date" if self._cell("date") else "starts", **unclear.params)
            return None
        return self.above

    def _cell_with_date(self, name: str) -> str:
        text = self._cell(name)
        return text if re.match(r"\d{4}-\d|\d{1,2}[/.\-]\d{1,2}[/.\-]\d", text) else ""

    def _times(self, day: Day | None) -> dict[str, Any]:
        zone = self._zone()
        typed = self._clock("starts") or (day.rest if day else "")
        if day is None or zone is None:
            self._check_clocks(typed)
            return {}
        last = self._last(day.date)
        try:
            if not typed and not self._clock("ends"):
                return self._whole_days(day.date, last, zone)
            starts, until = read_times(typed)
        except Unclear as unclear:
            self._tell(unclear.message, "starts", "date", **unclear.params)
            self._check_clocks("")
            return {}
        until = self._until() or until
        if until is None:
            if any(note.stops and note.field == str(self.columns.get("ends", "")) for note in self.notes):
                return {"starts": _posted(day.date, starts, zone)}
            self._tell(N_("There is no end: it is taken to last one hour."), "ends", "starts", stops=False)
            ends = datetime.combine(day.date, starts) + timedelta(hours=1)
            return {"starts": _posted(day.date, starts, zone), "ends": _posted(ends.date(), ends.time(), zone)}
        return {"starts": _posted(day.date, starts, zone), "ends": _posted(last, until, zone)}

    def _whole_days(self, first: date, last: date, zone: str) -> dict[str, Any]:
        self._tell(N_("There is no time: it takes the whole day."), "starts", "date", stops=False)
        return {"all_day": True, "starts": _posted(first, time(), zone), "ends": _posted(last, time(), zone)}

    def _clock(self, name: str) -> str:
        """The time in a cell that may hold a date before it."""
        text = self._cell(name)
        if not self._cell_with_date(name):
            return text
        try:
            return read_day(text, day_first=self.choices.day_first).rest
        except Unclear:
            return ""

    def _until(self) -> time | None:
        text = self._clock("ends")
        try:
            return read_times(text)[0] if text else None
        except Unclear as unclear:
            self._tell(unclear.message, "ends", **unclear.params)
            return None

    def _check_clocks(self, typed: str) -> None:
        """Tell what is wrong with the times although the day is not known: everything at once."""
        try:
            if typed:
                read_times(typed)
        except Unclear as unclear:
            self._tell(unclear.message, "starts", "date", **unclear.params)
        self._until()

    def _last(self, first: date) -> date:
        text = self._cell("ends_on") or self._cell_with_date("ends")
        try:
            return read_day(text, day_first=self.choices.day_first, year=first.year).date if text else first
        except Unclear as unclear:
            self._tell(unclear.message, "ends_on", "ends", **unclear.params)
            return first

    def _zone(self) -> str | None:
        text = self._cell("zone")
        found = zone_named(text) if text else self.choices.zone or None
        if found is None and text:
            self._tell(N_("There is no time zone “{name}”. Write it as Africa/Casablanca."), "zone", name=text[:60])
        elif found is None:
            self._tell(N_("Say above in which zone the times are."), "zone")
        return found

    def _venue(self) -> dict[str, Any] | None:
        """A room alone is in the conference's venue."""
        parent = self.parent.venue if self.parent else None
        room, name, address = self._cell("room"), self._cell("venue"), self._cell("address")
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

    def _words(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name in ("languages", "interpretation"):
            if name in self.tracked:
                found[name] = self._language_tags(name)
        if "tags" in self.tracked:
            found["tags"] = _several(self._cell("tags"))
        return found

    def _contents(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if "speakers" in self.tracked:
            found["speakers"] = people_in(self._cell("speakers"), self._tell)
        if "track" in self.tracked:
            text = self._cell("track")
            found["track"] = self.tracks.key(text, self._tell) if text else None
        return found

    def _language_tags(self, name: str) -> list[str]:
        tags = []
        for text in _several(self._cell(name)):
            tag = language_in(text)
            if tag is None:
                self._tell(N_("This language is not known: {text}"), name, text=text[:40])
            else:
                tags.append(tag)
        return list(dict.fromkeys(tags))

    def _modes(self, document: Mapping[str, Any]) -> dict[str, Any]:
        text = self._cell("mode")
        chosen = modes_in(text) if text else None
        if text and chosen is None:
            self._tell(N_("Write in person, online or hybrid: {text}"), "mode", text=text[:40])
        capacities = {Mode.IN_PERSON: self._capacity("capacity"), Mode.ONLINE: self._capacity("capacity_online")}
        offered = chosen or tuple(mode for mode in Mode if capacities[mode] is not None)
        if not offered and document.get("joining_link"):
            offered = (Mode.IN_PERSON, Mode.ONLINE) if document.get("venue") else (Mode.ONLINE,)
        return {mode.value: {"capacity": capacities[mode]} for mode in offered}

    def _capacity(self, name: str) -> int | None:
        text = self._cell(name)
        try:
            return read_number(text) if text else None
        except Unclear as unclear:
            self._tell(unclear.message, name, **unclear.params)
            return None

    def _uid(self, title: str, day: Day | None) -> str:
        """By the key column if there is one, else by title and day."""
        if key := self._cell("key"):
            return f"key:{plain(key)}"
        if "key" in self.columns:
            self._tell(N_("The number or code of the row is missing, so it would not be known again."), "key")
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


def _posted(day: date, at: time, zone: str) -> dict[str, Any]:
    wall = datetime.combine(day, at)
    posted: dict[str, Any] = {"wall": wall.isoformat(timespec="minutes"), "zone": zone}
    try:
        WallTime.of(wall, zone)
    except WallTimeTwice:
        posted["fold"] = 0
    except ValueError:
        pass  # told with the nearest times that exist, when the document is read
    return posted


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
