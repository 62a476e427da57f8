from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from events.kernel.spans import zone_names


@cache
def transitions(first_year: int = 2024, last_year: int = 2032) -> list[tuple[str, datetime]]:
    """Every zone's changes in these years: a look at each day, then at each hour and each minute of a change."""
    start, end = datetime(first_year, 1, 1, tzinfo=UTC), datetime(last_year + 1, 1, 1, tzinfo=UTC)
    return [
        (zone, minute)
        for zone in zone_names()
        for day in _changing(zone, start, end, timedelta(days=1))
        for hour in _changing(zone, day - timedelta(days=1), day, timedelta(hours=1))
        for minute in _changing(zone, hour - timedelta(hours=1), hour, timedelta(minutes=1))
    ]


def _changing(zone: str, start: datetime, end: datetime, step: timedelta) -> Iterator[datetime]:
    info = ZoneInfo(zone)
    moments = [start + step * n for n in range((end - start) // step + 1)]
    offsets = [moment.astimezone(info).utcoffset() for moment in moments]
    return (after for after, (old, new) in zip(moments[1:], pairwise(offsets), strict=True) if old != new)
