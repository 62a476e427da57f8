"""VTIMEZONE from the packaged tzdata, in the forms that every client reads.

A zone is one observance when its clocks stay, a pair of yearly rules when tzdata has rules that Outlook can read, and
else one observance for each change. RDATE is never used: ical.js reads only its first value, Outlook none.
"""

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from functools import cache, lru_cache
from typing import NamedTuple

from events.kernel.zones import Change, changes, zone_info

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
# After all changes that tzdata lists only its rules speak; twelve years show each rule on every date it can fall on.
_RULED_YEARS = range(2400, 2412)

# vobject looks at 2000 to 2020 and takes a zone without rules in these years for one without rules.
_EARLIEST = 2000


class _Rule(NamedTuple):
    by: str
    at: time
    before: timedelta
    after: timedelta


@lru_cache(maxsize=2000)
def vtimezone(zone: str, first_year: int, last_year: int) -> str:
    """Right for every instant of these years, and where the zone has a rule pair for ever after."""
    observances = "".join(_observances(zone, first_year, last_year))
    return f"BEGIN:VTIMEZONE\r\nTZID:{zone}\r\n{observances}END:VTIMEZONE\r\n"


@lru_cache(maxsize=2000)
def outlook_reads(zone: str, first_year: int, last_year: int) -> bool:
    """Outlook knows one offset or one pair of yearly rules; where that is not enough, write UTC."""
    text = vtimezone(zone, first_year, last_year)
    return text.count("DTSTART") == max(1, text.count("RRULE"))


def _observances(zone: str, first_year: int, last_year: int) -> Iterator[str]:
    ruled = _ruled_since(zone, last_year)
    if ruled is None or ruled >= first_year:
        start = datetime(first_year, 1, 1, tzinfo=UTC) - timedelta(days=1)
        yield _lasting(zone, start)
        for change in changes(zone, start, datetime(last_year + 1, 1, 2, tzinfo=UTC)):
            if ruled is None or change.wall_before.year < ruled:
                yield _observance(zone, change)
    if ruled is not None:
        for change, rule in zip(_of_year(zone, ruled), _rules(zone), strict=True):
            yield _observance(zone, change, f"RRULE:FREQ=YEARLY;{rule.by}\r\n")


@lru_cache(maxsize=2000)
def _ruled_since(zone: str, last_year: int) -> int | None:
    """The first year since which the zone's rule pair holds, so that the text is the same whatever the window."""
    rules = _rules(zone)
    since = None
    for year in range(last_year, _EARLIEST - 1, -1) if rules else ():
        found = [_readings(change) for change in _of_year(zone, year)]
        if len(found) != len(rules) or any(rule not in case for rule, case in zip(rules, found, strict=True)):
            break
        since = year
    return since


@cache
def _rules(zone: str) -> tuple[_Rule, ...]:
    """The yearly rules in the year's order; none where a change may fall in two weeks (last Thursday at 24:00)."""
    common: list[set[_Rule]] = []
    for year in _RULED_YEARS:
        found = [_readings(change) for change in _of_year(zone, year)]
        if len(found) != 2:  # noqa: PLR2004 a pair
            return ()
        common = [old & new for old, new in zip(common or found, found, strict=True)]
    return tuple(min(rules) for rules in common) if all(common) else ()


def _readings(change: Change) -> set[_Rule]:
    """The one or two rules of which a change may be a case: a fourth Sunday is often the last."""
    wall = change.wall_before
    weeks = {(wall.day + 6) // 7} - {5}
    if wall.day + 7 > monthrange(wall.year, wall.month)[1]:
        weeks.add(-1)
    by = (f"BYMONTH={wall.month};BYDAY={week}{_DAYS[wall.weekday()]}" for week in weeks)
    return {_Rule(rule, wall.time(), change.before, change.after) for rule in by}


@lru_cache(maxsize=2000)
def _of_year(zone: str, year: int) -> tuple[Change, ...]:
    """Kept, because every window of years looks at those before it."""
    around = changes(zone, datetime(year - 1, 12, 30, tzinfo=UTC), datetime(year + 1, 1, 3, tzinfo=UTC))
    return tuple(change for change in around if change.wall_before.year == year)


def _lasting(zone: str, at: datetime) -> str:
    local = at.astimezone(zone_info(zone))
    offset = local.utcoffset() or timedelta()
    return _component("STANDARD", datetime(1970, 1, 1), "", (offset, offset), local.tzname())  # noqa: DTZ001 a wall time


def _observance(zone: str, change: Change, rule: str = "") -> str:
    kind = "DAYLIGHT" if change.after > change.before else "STANDARD"
    name = change.at.astimezone(zone_info(zone)).tzname()
    return _component(kind, change.wall_before, rule, (change.before, change.after), name)


def _component(kind: str, onset: datetime, rule: str, offsets: tuple[timedelta, timedelta], name: str | None) -> str:
    before, after = (_offset(offset) for offset in offsets)
    return (
        f"BEGIN:{kind}\r\nDTSTART:{onset:%Y%m%dT%H%M%S}\r\n{rule}"
        f"TZOFFSETFROM:{before}\r\nTZOFFSETTO:{after}\r\nTZNAME:{name}\r\nEND:{kind}\r\n"
    )


def _offset(offset: timedelta) -> str:
    minutes, seconds = divmod(int(abs(offset).total_seconds()), 60)
    sign = "-" if offset < timedelta() else "+"
    return f"{sign}{minutes // 60:02}{minutes % 60:02}{f'{seconds:02}' if seconds else ''}"
