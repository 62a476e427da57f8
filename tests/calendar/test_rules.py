from datetime import UTC, datetime, timedelta, timezone

import pytest

from events.calendar.rules import in_feed, left_window_at, next_window_at, window_at
from events.programme.rules import Status
from events.programme.rules.calendars import Stamp
from events.programme.rules.filters import Filters

NOW = datetime(2026, 11, 22, 14, 35, tzinfo=UTC)
WINDOW = datetime(2026, 8, 24, tzinfo=UTC)


def test_the_window_stands_still_for_a_day_of_utc() -> None:
    assert window_at(NOW) == WINDOW
    assert next_window_at(NOW) == datetime(2026, 11, 23, tzinfo=UTC)
    tomorrow_there = datetime(2026, 11, 23, 3, tzinfo=timezone(timedelta(hours=14)))
    assert window_at(tomorrow_there) == WINDOW


@pytest.mark.parametrize(
    "ended", [datetime(2026, 8, 23, 0, 0, 1, tzinfo=UTC), datetime(2026, 8, 23, 18, tzinfo=UTC), WINDOW]
)
def test_an_event_leaves_when_the_window_first_begins_after_its_end(ended: datetime) -> None:
    left = left_window_at(ended)
    assert left == datetime(2026, 11, 22, tzinfo=UTC)
    assert window_at(left) >= ended > window_at(left - timedelta.resolution)


def a_stamp(status: Status, ends_at: datetime) -> Stamp:
    return Stamp(id=1, uid="e-1", revision=1, status=status, ends_at=ends_at, calendar_changed_at=NOW)


@pytest.mark.parametrize("status", [Status.CANCELLED, Status.POSTPONED])
def test_what_did_not_take_place_is_told_of_for_ninety_days(status: Status) -> None:
    old, recent = a_stamp(status, WINDOW), a_stamp(status, WINDOW + timedelta(seconds=1))
    took_place = a_stamp(Status.PUBLISHED, WINDOW)
    everything = Filters(since=datetime(2020, 1, 1, tzinfo=UTC))
    assert in_feed([old, recent, took_place], everything, WINDOW) == [recent, took_place]
