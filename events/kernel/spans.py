"""Wall time and zone are the truth of an event; its instant follows from the zone's rules of today."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Self

import msgspec

from events.kernel.zones import UnknownZone, changes, picker_zones, tzdata_version, zone_info, zone_names

__all__ = [
    "EndBeforeStart",
    "NotAWallTime",
    "TimeSpan",
    "UnknownZone",
    "WallTime",
    "WallTimeInGap",
    "WallTimeTwice",
    "day_shift",
    "offset_text",
    "offset_words",
    "picker_zones",
    "tzdata_version",
    "wall_time_at",
    "zone_names",
]

_WALL = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(?::00(?:\.0+)?)?", re.ASCII)
_YEARS = range(1970, 2200)
_MINUTE = timedelta(minutes=1)


class NotAWallTime(ValueError):
    def __init__(self) -> None:
        super().__init__("Write date and time as 2027-02-05T13:15, in a year from 1970 to 2199.")


class WallTimeInGap(ValueError):
    """Clocks skip this time. `nearest` are the last minute before the gap and the first after it."""

    def __init__(self, wall: datetime, zone: str, nearest: tuple[datetime, datetime], proposal: datetime) -> None:
        self.wall = wall
        self.zone = zone
        self.nearest = nearest
        self.proposal = proposal
        super().__init__(
            f"{_text(wall)} does not exist in {zone}: clocks are put forward past it. "
            f"Take {_text(proposal)}, or the nearest times that exist: {_text(nearest[0])} and {_text(nearest[1])}."
        )


class WallTimeTwice(ValueError):
    """Clocks show this time twice, at the two `instants`; `fold` 0 or 1 says which."""

    def __init__(self, wall: datetime, zone: str, instants: tuple[datetime, datetime]) -> None:
        self.wall = wall
        self.zone = zone
        self.instants = instants
        self.offsets = (offset_text(instants[0], zone), offset_text(instants[1], zone))
        super().__init__(
            f"{_text(wall)} comes twice in {zone}: first at {self.offsets[0]} (fold 0), "
            f"then at {self.offsets[1]} (fold 1). Say which."
        )


class EndBeforeStart(ValueError):
    def __init__(self) -> None:
        super().__init__("The end must come after the start.")


class WallTime(msgspec.Struct, frozen=True):
    """What the clocks on the wall show. The constructor trusts; `of` and `parse` check what people wrote.

    A stored time must stay readable when its zone's rules change under it, so the constructor refuses nothing.
    """

    wall: datetime
    zone: str
    fold: int = 0

    @classmethod
    def of(cls, wall: datetime, zone: str, fold: int | None = None) -> Self:
        info = zone_info(zone)
        if wall.tzinfo is not None or wall.second or wall.microsecond or wall.year not in _YEARS:
            raise NotAWallTime
        wall = wall.replace(fold=0)
        first, second = (wall.replace(tzinfo=info, fold=which).astimezone(UTC) for which in (0, 1))
        if first == second:  # nothing to choose: a fold that was given means nothing
            return cls(wall, zone)
        if first > second:
            # In a gap the offset before it (fold 0) gives the later instant: the same time, put forward.
            proposal = first.astimezone(info).replace(tzinfo=None, second=0, fold=0)
            raise WallTimeInGap(wall, zone, _around_gap(zone, second, first), proposal)
        if fold not in {0, 1}:
            raise WallTimeTwice(wall, zone, (first, second))
        return cls(wall, zone, fold)

    @classmethod
    def parse(cls, text: str, zone: str, fold: int | None = None) -> Self:
        """Read `2027-02-05T13:15`, as forms post it and the API takes it."""
        found = _WALL.fullmatch(text.strip())
        if found is None:
            raise NotAWallTime
        try:
            wall = datetime.fromisoformat(f"{found[1]}T{found[2]}")
        except ValueError:
            raise NotAWallTime from None
        return cls.of(wall, zone, fold)

    @classmethod
    def midnight(cls, day: date, zone: str) -> Self:
        """The start of an all-day event. Where clocks skip midnight, its instant is the day's first moment."""
        zone_info(zone)
        if day.year not in _YEARS:
            raise NotAWallTime
        return cls(_midnight(day), zone)

    @property
    def local(self) -> datetime:
        return self.wall.replace(tzinfo=zone_info(self.zone), fold=self.fold)

    @property
    def instant(self) -> datetime:
        return self.local.astimezone(UTC)

    @property
    def ambiguous(self) -> bool:
        """Clocks show this time twice, or never, having skipped it."""
        local = self.local
        return local.utcoffset() != local.replace(fold=1 - self.fold).utcoffset()

    @property
    def offset(self) -> str:
        return offset_text(self.instant, self.zone)


class TimeSpan(msgspec.Struct, frozen=True):
    """From a start to an end; when `all_day`, from one date to another, the last day included.

    As with WallTime, the constructor trusts and `of` checks: rules that change may put a stored end before its start.
    """

    starts: WallTime
    ends: WallTime
    all_day: bool = False

    @classmethod
    def of(cls, starts: WallTime, ends: WallTime, *, all_day: bool = False) -> Self:
        span = cls(starts, ends, all_day)
        if span.is_reversed:
            raise EndBeforeStart
        return span

    @property
    def starts_at(self) -> datetime:
        if not self.all_day:
            return self.starts.instant
        return WallTime(_midnight(self.starts.wall.date()), self.starts.zone).instant

    @property
    def ends_at(self) -> datetime:
        """The first instant after the span; of one that is reversed, a minute after its start."""
        return self.starts_at + _MINUTE if self.is_reversed else self._written_end

    @property
    def is_reversed(self) -> bool:
        """By the rules of today the end that was agreed comes before the start: somebody must choose another."""
        return self._written_end <= self.starts_at

    @property
    def _written_end(self) -> datetime:
        if not self.all_day:
            return self.ends.instant
        return WallTime(_midnight(self.ends.wall.date() + timedelta(days=1)), self.ends.zone).instant

    @property
    def duration(self) -> timedelta:
        return self.ends_at - self.starts_at

    def overlaps(self, other: "TimeSpan") -> bool:
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


def wall_time_at(instant: datetime, zone: str) -> WallTime:
    local = instant.astimezone(zone_info(zone))
    return WallTime(local.replace(tzinfo=None, second=0, microsecond=0, fold=0), zone, local.fold)


def day_shift(instant: datetime, zone: str, event_zone: str) -> int:
    """How many dates a reader in `zone` is ahead of (+1) or behind (-1) the event's own date."""
    theirs, ours = (instant.astimezone(zone_info(name)).date() for name in (zone, event_zone))
    return (theirs - ours).days


def offset_text(instant: datetime, zone: str) -> str:
    return offset_words(instant.astimezone(zone_info(zone)).utcoffset() or timedelta())


def offset_words(offset: timedelta) -> str:
    """“UTC-4:30”."""
    hours, minutes = divmod(round(abs(offset) / _MINUTE), 60)
    return f"UTC{'-' if offset < timedelta() else '+'}{hours}{f':{minutes:02}' if minutes else ''}"


def _around_gap(zone: str, before: datetime, after: datetime) -> tuple[datetime, datetime]:
    (gap,) = changes(zone, before, after)
    first = gap.wall_after + timedelta(seconds=-gap.wall_after.second % 60)
    return (gap.wall_before - timedelta(seconds=1)).replace(second=0), first


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())


def _text(wall: datetime) -> str:
    return wall.isoformat(sep=" ", timespec="minutes")
