"""When the event of a row is: its day, its clocks, its zone."""

from datetime import date, datetime, time, timedelta
from typing import Any

from events.imports.cells import Day, Unclear, read_day, read_times
from events.imports.row_cells import RowCells
from events.imports.rules import Choices
from events.infra.ics.source_zones import zone_named
from events.kernel.spans import WallTime, WallTimeTwice
from events.kernel.words import N_


class RowTimes:
    """`year` is the conference's, for days that do not say theirs."""

    def __init__(self, cells: RowCells, choices: Choices, year: int | None) -> None:
        self.cells, self.choices, self.year = cells, choices, year

    def day(self, above: date | None) -> Day | None:
        """Of the row, or of the one above it: programmes say each day once."""
        text = self.cells.text("date") or self.cells.text_with_date("starts")
        if not text:
            if above is None:
                self.cells.tell(N_("There is no date, and none above it."), "date", "starts")
            return Day(above) if above else None
        try:
            return read_day(text, day_first=self.choices.day_first, year=self.year)
        except Unclear as unclear:
            self.cells.tell(unclear.message, "date" if self.cells.text("date") else "starts", **unclear.params)
            return None

    def document(self, day: Day | None) -> dict[str, Any]:
        """The fields of the event that say when it is."""
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
            self.cells.tell(unclear.message, "starts", "date", **unclear.params)
            self._check_clocks("")
            return {}
        until = self._until() or until
        if until is None:
            if self.cells.is_wrong("ends"):
                return {"starts": _posted(day.date, starts, zone)}
            self.cells.tell(N_("There is no end: it is taken to last one hour."), "ends", "starts", stops=False)
            ends = datetime.combine(day.date, starts) + timedelta(hours=1)
            return {"starts": _posted(day.date, starts, zone), "ends": _posted(ends.date(), ends.time(), zone)}
        return {"starts": _posted(day.date, starts, zone), "ends": _posted(last, until, zone)}

    def _whole_days(self, first: date, last: date, zone: str) -> dict[str, Any]:
        self.cells.tell(N_("There is no time: it takes the whole day."), "starts", "date", stops=False)
        return {"all_day": True, "starts": _posted(first, time(), zone), "ends": _posted(last, time(), zone)}

    def _clock(self, name: str) -> str:
        """The time in a cell that may hold a date before it."""
        text = self.cells.text(name)
        if not self.cells.text_with_date(name):
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
            self.cells.tell(unclear.message, "ends", **unclear.params)
            return None

    def _check_clocks(self, typed: str) -> None:
        """Tell what is wrong with the times although the day is not known: everything at once."""
        try:
            if typed:
                read_times(typed)
        except Unclear as unclear:
            self.cells.tell(unclear.message, "starts", "date", **unclear.params)
        self._until()

    def _last(self, first: date) -> date:
        text = self.cells.text("ends_on") or self.cells.text_with_date("ends")
        try:
            return read_day(text, day_first=self.choices.day_first, year=first.year).date if text else first
        except Unclear as unclear:
            self.cells.tell(unclear.message, "ends_on", "ends", **unclear.params)
            return first

    def _zone(self) -> str | None:
        text = self.cells.text("zone")
        found = zone_named(text) if text else self.choices.zone or None
        if found is None and text:
            self.cells.tell(
                N_("There is no time zone “{name}”. Write it as Africa/Casablanca."), "zone", name=text[:60]
            )
        elif found is None:
            self.cells.tell(N_("Say above in which zone the times are."), "zone")
        return found


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
