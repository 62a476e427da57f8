"""When it is a decent hour for whom: every slot of some days, judged by the clocks of each city."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from enum import IntEnum, StrEnum

from msgspec import Struct

from events.kernel.spans import TimeSpan, WallTime, WallTimeInGap, WallTimeTwice, wall_time_at
from events.kernel.words import Text
from events.kernel.zones import changes, zone_info
from events.programme.rules import EventBrief

_MINUTE = timedelta(minutes=1)
_DAY = 24 * 60
_EARLY, _LATE = 60, 120
"""By how many minutes before and after the decent hours it is still fair to ask."""


class Comfort(IntEnum):
    DECENT = 0
    FAIR = 1
    NIGHT = 2


class Verdict(StrEnum):
    """`TAKEN` by an event, `OVER` when its start has passed, else as good as for whom it is worst."""

    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"
    TAKEN = "taken"
    OVER = "over"


class Hours(Struct, frozen=True):
    """From the first hour to the last is decent; somewhat earlier and later is fair."""

    first: int = 8
    last: int = 20

    def comfort(self, starts: datetime, ends: datetime, zone: str) -> Comfort:
        """The worst that clocks in the zone show between the two instants."""
        stretches = list(_stretches(starts, ends, zone))
        for comfort, early, late in ((Comfort.DECENT, 0, 0), (Comfort.FAIR, _EARLY, _LATE)):
            first, last = max(0, self.first * 60 - early), min(_DAY, self.last * 60 + late)
            if (first, last) == (0, _DAY) or all(first <= low and high <= last for low, high in stretches):
                return comfort
        return Comfort.NIGHT


def _stretches(starts: datetime, ends: datetime, zone: str) -> Iterator[tuple[float, float]]:
    """What clocks show meanwhile, in minutes since midnight: one stretch, one more after each change of the clocks."""
    info = zone_info(zone)
    for change in (*changes(zone, starts, ends), None):
        until = change.at if change else ends
        if starts < until:
            wall = starts.astimezone(info)
            low = wall.hour * 60 + wall.minute
            yield low, low + (until - starts) / _MINUTE
        starts = until


class City(Struct, frozen=True):
    """`weekend` are its days off, 0 for Monday."""

    name: str
    zone: str
    weekend: frozenset[int] = frozenset({5, 6})


class Taken(Struct, frozen=True):
    """Something that is held: an event, or without one a conference's plenary."""

    title: Text
    span: TimeSpan
    event: EventBrief | None = None


class There(Struct, frozen=True):
    """A slot on one city's clocks."""

    city: City
    starts: datetime
    ends: datetime
    comfort: Comfort
    weekend: bool


class Slot(Struct, frozen=True):
    starts: WallTime
    ends: WallTime
    there: tuple[There, ...]
    taken_by: tuple[Taken, ...]
    over: bool

    @property
    def verdict(self) -> Verdict:
        if self.over:
            return Verdict.OVER
        if self.taken_by:
            return Verdict.TAKEN
        if self.nights:
            return Verdict.POOR
        return Verdict.GOOD if self.decent == len(self.there) else Verdict.FAIR

    @property
    def decent(self) -> int:
        """For how many cities it is a decent hour of a working day."""
        return sum(one.comfort is Comfort.DECENT and not one.weekend for one in self.there)

    @property
    def nights(self) -> list[There]:
        return [one for one in self.there if one.comfort is Comfort.NIGHT]

    @property
    def edges(self) -> list[There]:
        return [one for one in self.there if one.comfort is Comfort.FAIR]

    @property
    def weekends(self) -> list[There]:
        return [one for one in self.there if one.weekend]


class Row(Struct, frozen=True):
    """The slots at one time on the event's clocks, for each day: none where they skip it, two where it comes twice."""

    clock: time
    days: tuple[tuple[Slot, ...], ...]


class Clock(Struct, frozen=True):
    """What a city's clocks show for a row from one of its days on; `shift` in days."""

    day: date
    wall: datetime
    shift: int
    comfort: Comfort


class Asked(Struct, frozen=True):
    """What is looked for; `length` and `step` in minutes, `zone` that of the event."""

    first: date
    last: date
    length: int
    step: int
    zone: str
    cities: tuple[City, ...]
    hours: Hours = Hours()

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1)]


def rows_of(asked: Asked, busy: Sequence[Taken], now: datetime) -> list[Row]:
    """Every slot; `busy` is what goes on anyway."""
    clocks = [time(*divmod(minutes, 60)) for minutes in range(0, _DAY, asked.step)]
    return [
        Row(clock, tuple(tuple(_slots(asked, datetime.combine(day, clock), busy, now)) for day in asked.days))
        for clock in clocks
    ]


def _slots(asked: Asked, wall: datetime, busy: Sequence[Taken], now: datetime) -> Iterator[Slot]:
    for starts in starts_at(wall, asked.zone):
        since = starts.instant
        until = since + timedelta(minutes=asked.length)
        yield Slot(
            starts=starts,
            ends=wall_time_at(until, asked.zone),
            there=tuple(_there(city, since, until, asked.hours) for city in asked.cities),
            taken_by=tuple(one for one in busy if one.span.starts_at < until and since < one.span.ends_at),
            over=since <= now,
        )


def starts_at(wall: datetime, zone: str) -> list[WallTime]:
    """When clocks in the zone show this time: once, never or twice."""
    try:
        return [WallTime.of(wall, zone)]
    except WallTimeInGap:
        return []
    except WallTimeTwice:
        return [WallTime(wall, zone, fold) for fold in (0, 1)]


def _there(city: City, since: datetime, until: datetime, hours: Hours) -> There:
    info = zone_info(city.zone)
    starts, ends = (at.astimezone(info).replace(tzinfo=None, fold=0) for at in (since, until))
    days = {starts.weekday(), (until - _MINUTE).astimezone(info).weekday()}
    return There(city, starts, ends, hours.comfort(since, until, city.zone), bool(days & city.weekend))


def clocks_of(row: Row, days: Sequence[date], number: int) -> list[Clock]:
    """What clocks in one of the cities show for the row, and again from each day on which that changes."""
    found: list[Clock] = []
    for day, slots in zip(days, row.days, strict=True):
        for slot in slots:
            there = slot.there[number]
            shift = (there.starts.date() - slot.starts.wall.date()).days
            clock = Clock(day, there.starts, shift, there.comfort)
            if not found or (found[-1].wall.time(), found[-1].shift) != (clock.wall.time(), shift):
                found.append(clock)
    return found


def useful(rows: Sequence[Row]) -> list[Row]:
    """From the first to the last row with a time that is fair for everybody; all of them when there is none."""
    fair = [
        number
        for number, row in enumerate(rows)
        if any(slot.verdict in {Verdict.GOOD, Verdict.FAIR} for slots in row.days for slot in slots)
    ]
    return list(rows[fair[0] : fair[-1] + 1]) if fair else list(rows)


def best_of(rows: Sequence[Row], hours: Hours, *, most: int = 5) -> list[Slot]:
    """The slots that ask least of whoever is asked most, one for each day."""
    free = (slot for row in rows for slots in row.days for slot in slots if not slot.over and not slot.taken_by)
    chosen: dict[date, Slot] = {}
    for slot in sorted(free, key=lambda slot: _strain(slot, hours)):
        chosen.setdefault(slot.starts.wall.date(), slot)
    return list(chosen.values())[:most]


def _strain(slot: Slot, hours: Hours) -> tuple[int, int, int, float, datetime]:
    middle = (hours.first + hours.last) * 30
    farthest = max((_distance(there, middle) for there in slot.there), default=0.0)
    return len(slot.nights), len(slot.weekends), len(slot.edges), farthest, slot.starts.instant


def _distance(there: There, middle: int) -> float:
    """From the middle of the slot to that of the decent hours, in minutes, on the shorter way around the clock."""
    centre = there.starts.hour * 60 + there.starts.minute + (there.ends - there.starts) / _MINUTE / 2
    apart = abs(centre - middle) % _DAY
    return min(apart, _DAY - apart)
