from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta

from events.programme.rules import Filters, Stamp, Status

KEPT_DAYS = 90
_DAY = timedelta(days=1)
_OFF = frozenset({Status.CANCELLED, Status.POSTPONED})


def window_at(now: datetime) -> datetime:
    """What was over by then is no longer in a feed that asks for no other beginning; it moves at midnight, UTC."""
    return _midnight(now) - KEPT_DAYS * _DAY


def next_window_at(now: datetime) -> datetime:
    """When the window moves again, and with it what feeds have in them."""
    return _midnight(now) + _DAY


def left_window_at(ended_at: datetime) -> datetime:
    """When an event that ended then went out of the window."""
    return _midnight(ended_at - timedelta.resolution) + (KEPT_DAYS + 1) * _DAY


def in_feed(stamps: Sequence[Stamp], where: Filters, window: datetime) -> Sequence[Stamp]:
    """What does not take place is told of for as long as calendars may still have it, however far back a feed goes."""
    if where.since is not None and where.since >= window:
        return stamps
    return [stamp for stamp in stamps if stamp.status not in _OFF or stamp.ends_at > window]


def _midnight(moment: datetime) -> datetime:
    return datetime.combine(moment.astimezone(UTC), time(), UTC)
