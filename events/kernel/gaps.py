"""How far apart two zones' clocks are, and the few weeks a year in which that is not as people know it.

New York is six hours behind Paris, but five for three weeks in March and one in autumn, because their clocks do not
change on the same dates. Morocco goes back an hour for Ramadan.
"""

from datetime import datetime, timedelta
from functools import lru_cache

import msgspec

from events.kernel.zones import changes, zone_info

LONG = timedelta(weeks=8)
"""What lasts longer is what people know, be it the summer's or the winter's."""
_AROUND = timedelta(days=400)


class UnusualGap(msgspec.Struct, frozen=True):
    """By how much the other clock is ahead at that time, and how much people know it to be before and after."""

    gap: timedelta
    usual: tuple[timedelta, ...]
    since: datetime
    until: datetime


@lru_cache(maxsize=2048)
def unusual_gap(at: datetime, zone: str, other: str) -> UnusualGap | None:
    """None while the two are as far apart as they were for weeks, or will be for weeks and are not known otherwise."""
    runs = _runs(at - _AROUND, at + _AROUND, zone, other)
    number = next(number for number, (_, until, _) in enumerate(runs) if at < until)
    since, until, gap = runs[number]
    before = next((known for start, end, known in reversed(runs[:number]) if end - start >= LONG), None)
    after = next((known for start, end, known in runs[number + 1 :] if end - start >= LONG), None)
    if until - since >= LONG or before is None or gap == before:
        return None
    usual = tuple(dict.fromkeys(known for known in (before, after) if known is not None and known != gap))
    return UnusualGap(gap, usual, since, until)


def _runs(since: datetime, until: datetime, zone: str, other: str) -> list[tuple[datetime, datetime, timedelta]]:
    """The times between which the gap is the same, neighbours always of different gaps."""
    moments = sorted({change.at for name in (zone, other) for change in changes(name, since, until)})
    runs: list[tuple[datetime, datetime, timedelta]] = []
    for start, end in zip([since, *moments], [*moments, until], strict=True):
        gap = _offset(start, other) - _offset(start, zone)
        if runs and runs[-1][2] == gap:
            runs[-1] = (runs[-1][0], end, gap)
        elif start < end:
            runs.append((start, end, gap))
    return runs


def _offset(at: datetime, zone: str) -> timedelta:
    return at.astimezone(zone_info(zone)).utcoffset() or timedelta()
