"""A conference's day as a table: a column for each room, a row for each time at which something begins or ends.

The table is read from top to bottom and by room within a row, so that without its columns it is a list by time.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from msgspec import Struct

from events.kernel.spans import TimeSpan, WallTime, wall_time_at

QUARTER = timedelta(minutes=15)
TALLEST = 12  # quarters of an hour: a longer row tells nobody more


class Placed(Struct, frozen=True):
    """Something that takes place in a room; `item` is whatever the page shows of it."""

    span: TimeSpan
    room: str
    item: Any


class Cell(Struct, frozen=True):
    """An entry over `rows` rows, with its times on the programme's clocks; or that long nothing in its column.

    `plenary` says that it is in a column of that, `blocked` that the plenary sits meanwhile.
    """

    room: str
    entry: Placed | None
    starts: WallTime
    ends: WallTime
    rows: int
    plenary: bool
    blocked: bool


class Row(Struct, frozen=True):
    """From one time to the next, `quarters` of an hour long. In a break there is nothing in any room."""

    starts: WallTime
    ends: WallTime
    quarters: int
    cells: tuple[Cell, ...]
    begins: bool
    is_break: bool


class Column(Struct, frozen=True):
    """A room; `lanes` are as many as it holds things at once."""

    room: str
    lanes: int


class Day(Struct, frozen=True):
    """`plenary` is how many columns that needs before the rooms; `whole_day` has what has no time of day."""

    day: date
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    whole_day: tuple[Placed, ...]
    plenary: int
    span: TimeSpan | None

    @property
    def width(self) -> int:
        return self.plenary + sum(column.lanes for column in self.columns)


def grid_of(
    entries: Iterable[Placed],
    zone: str,
    *,
    rooms: Sequence[str] = (),
    plenary: Iterable[Placed] = (),
    days: Iterable[date] = (),
    every_room: bool = False,
) -> list[Day]:
    """A table for each day on which something begins, and for `days`; times as clocks in `zone` show them.

    Rooms come in their given order, then those that nobody announced; with `every_room` each has its column each day.
    """
    by_day: dict[date, tuple[list[Placed], list[Placed]]] = {day: ([], []) for day in days}
    for kind, placed in enumerate((entries, plenary)):
        for entry in placed:
            day = entry.span.starts.wall.date() if entry.span.all_day else _wall(entry.span.starts_at, zone).wall.date()
            by_day.setdefault(day, ([], []))[kind].append(entry)
    return [
        _day(day, of_day, sittings, zone, rooms, every_room=every_room)
        for day, (of_day, sittings) in sorted(by_day.items())
    ]


def _day(
    day: date, entries: list[Placed], plenary: list[Placed], zone: str, rooms: Sequence[str], *, every_room: bool
) -> Day:
    timed = sorted((entry for entry in entries if not entry.span.all_day), key=_in_time)
    used = {entry.room for entry in timed}
    ordered = [room for room in rooms if every_room or room in used] + sorted(
        used - set(rooms), key=lambda r: (not r, r)
    )
    lanes = {room: _lanes(one for one in timed if one.room == room) or [[]] for room in ordered}
    sittings = _lanes(sorted(plenary, key=_in_time))
    times = sorted({moment for one in (*timed, *plenary) for moment in (one.span.starts_at, one.span.ends_at)})
    return Day(
        day=day,
        columns=tuple(Column(room, len(lanes[room])) for room in ordered),
        rows=_rows(times, sittings, [(room, lane) for room in ordered for lane in lanes[room]], zone),
        whole_day=tuple(entry for entry in entries if entry.span.all_day),
        plenary=len(sittings),
        span=TimeSpan(_wall(times[0], zone), _wall(times[-1], zone)) if times else None,
    )


def _in_time(entry: Placed) -> tuple[datetime, datetime]:
    return entry.span.starts_at, entry.span.ends_at


def _wall(moment: datetime, zone: str) -> WallTime:
    return wall_time_at(moment, zone)


def _lanes(entries: Iterable[Placed]) -> list[list[Placed]]:
    """As few columns as hold them side by side, each in the first that is free."""
    lanes: list[list[Placed]] = []
    for entry in entries:
        free = next((lane for lane in lanes if lane[-1].span.ends_at <= entry.span.starts_at), None)
        if free is None:
            lanes.append([entry])
        else:
            free.append(entry)
    return lanes


def _rows(
    times: Sequence[datetime], plenary: list[list[Placed]], lanes: list[tuple[str, list[Placed]]], zone: str
) -> tuple[Row, ...]:
    spans = list(pairwise(times))
    rooms = [*[""] * len(plenary), *(room for room, _ in lanes)]
    held = [_held(lane, times) for lane in (*plenary, *(lane for _, lane in lanes))]
    blocked = [any(number in lane for lane in held[: len(plenary)]) for number in range(len(spans))]
    breaks = [not any(number in lane for lane in held) for number in range(len(spans))]
    cells: list[list[Cell]] = [[] for _ in spans]
    for position, lane in enumerate(held):
        number = 0
        while number < len(spans):
            entry, last = lane.get(number), number + 1
            while last < len(spans) and lane.get(last) is entry and (entry or _alike(number, last, blocked, breaks)):
                last += 1
            if not breaks[number]:
                starts, ends = _wall(spans[number][0], zone), _wall(spans[last - 1][1], zone)
                cells[number].append(
                    Cell(rooms[position], entry, starts, ends, last - number, position < len(plenary), blocked[number])
                )
            number = last
    return tuple(
        Row(
            starts=_wall(start, zone),
            ends=_wall(end, zone),
            quarters=max(1, min(TALLEST, round((end - start) / QUARTER))),
            cells=tuple(cells[number]),
            begins=any(cell.entry for cell in cells[number]),
            is_break=breaks[number],
        )
        for number, (start, end) in enumerate(spans)
    )


def _held(lane: Iterable[Placed], times: Sequence[datetime]) -> dict[int, Placed]:
    """Which entry of a lane is on in which row."""
    return {
        row: entry
        for entry in lane
        for row in range(bisect_left(times, entry.span.starts_at), bisect_left(times, entry.span.ends_at))
    }


def _alike(one: int, other: int, blocked: Sequence[bool], breaks: Sequence[bool]) -> bool:
    return blocked[one] == blocked[other] and breaks[one] == breaks[other]
