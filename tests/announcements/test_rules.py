"""When an announcement goes: reckoned on the clocks that hang at the event."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.announcements.rules import Anchor, Timing, Unit, due_at
from events.kernel.spans import TimeSpan, WallTime, picker_zones, wall_time_at
from events.kernel.zones import zone_info

CASABLANCA, LORD_HOWE, ST_JOHNS = "Africa/Casablanca", "Australia/Lord_Howe", "America/St_Johns"


def span(starts: str, ends: str, zone: str) -> TimeSpan:
    return TimeSpan(WallTime.parse(starts, zone), WallTime.parse(ends, zone))


def before(amount: int, unit: Unit, clock: str | None = None) -> Timing:
    return Timing(anchor=Anchor.START, amount=amount, unit=unit, clock=clock)


def after(amount: int, unit: Unit, clock: str | None = None) -> Timing:
    return Timing(anchor=Anchor.END, amount=amount, unit=unit, clock=clock)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("timing", "day", "zone", "due"),
    [
        # Casablanca goes to UTC+1 at 02:00 on 22 March 2026 and to UTC at 02:00 on 20 September.
        (before(1, Unit.DAYS, "09:00"), "2026-09-20T15:00", CASABLANCA, "2026-09-19T08:00"),
        (before(1, Unit.DAYS), "2026-09-20T15:00", CASABLANCA, "2026-09-19T14:00"),
        (before(24, Unit.HOURS), "2026-09-20T15:00", CASABLANCA, "2026-09-19T15:00"),
        (before(1, Unit.WEEKS, "18:30"), "2026-09-22T15:00", CASABLANCA, "2026-09-15T17:30"),
        (before(1, Unit.DAYS, "01:30"), "2026-09-21T10:00", CASABLANCA, "2026-09-20T00:30"),
        (before(1, Unit.DAYS, "02:15"), "2026-03-23T10:00", CASABLANCA, "2026-03-22T02:15"),
        # St John's: 02:00–03:00 is skipped on 14 March, 01:00–02:00 comes twice on 7 November 2027.
        (before(1, Unit.DAYS, "02:30"), "2027-03-15T10:00", ST_JOHNS, "2027-03-14T06:00"),
        (before(1, Unit.DAYS, "01:30"), "2027-11-08T10:00", ST_JOHNS, "2027-11-07T04:00"),
        (before(3, Unit.HOURS), "2027-03-14T04:00", ST_JOHNS, "2027-03-14T03:30"),
        (before(90, Unit.MINUTES), "2027-11-07T03:00", ST_JOHNS, "2027-11-07T05:00"),
        # Lord Howe, half an hour: 02:00–02:30 is skipped on 3 October, 01:30–02:00 comes twice on 4 April.
        (before(1, Unit.DAYS, "02:15"), "2027-10-04T09:00", LORD_HOWE, "2027-10-02T15:45"),
        (before(1, Unit.DAYS, "01:45"), "2027-04-05T09:00", LORD_HOWE, "2027-04-03T14:45"),
        (before(0, Unit.DAYS, "07:00"), "2027-04-05T09:00", LORD_HOWE, "2027-04-04T20:30"),
    ],
)
def test_before_the_start(timing: Timing, day: str, zone: str, due: str) -> None:
    assert due_at(timing, span(day, f"{day[:11]}23:00", zone)) == utc(due)


def test_after_the_end_days_are_counted_from_the_day_on_which_it_ends() -> None:
    through_the_night = span("2027-02-05T22:00", "2027-02-06T01:00", "Europe/Paris")
    assert due_at(after(1, Unit.DAYS, "10:00"), through_the_night) == utc("2027-02-07T09:00")
    assert due_at(after(1, Unit.DAYS), through_the_night) == utc("2027-02-07T00:00")
    assert due_at(after(30, Unit.MINUTES), through_the_night) == utc("2027-02-06T00:30")


def test_whole_days_begin_at_their_midnight_and_end_with_the_last_day() -> None:
    zone = "Europe/Paris"
    days = TimeSpan(WallTime.midnight(date(2027, 2, 4), zone), WallTime.midnight(date(2027, 2, 6), zone), all_day=True)
    assert due_at(before(1, Unit.DAYS, "09:00"), days) == utc("2027-02-03T08:00")
    assert due_at(before(2, Unit.HOURS), days) == utc("2027-02-03T21:00")
    assert due_at(after(1, Unit.DAYS, "10:00"), days) == utc("2027-02-07T09:00")
    assert due_at(after(1, Unit.HOURS), days) == utc("2027-02-07T00:00")


def test_a_time_of_its_own_stays_where_it_is() -> None:
    at = WallTime.parse("2027-01-10T12:00", "America/New_York")
    timing = Timing(anchor=Anchor.AT, at=at)
    assert due_at(timing, span("2027-02-05T13:15", "2027-02-05T14:30", "Europe/Paris")) == utc("2027-01-10T17:00")
    assert due_at(Timing(anchor=Anchor.NOW), span("2027-02-05T13:15", "2027-02-05T14:30", "Europe/Paris")) is None


@given(
    st.sampled_from(picker_zones()),
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31)),  # noqa: DTZ001 - wall times
    st.integers(1, 60),
    st.times(),
)
def test_days_before_it_is_that_day_and_hour_there_unless_clocks_skip_the_hour(
    zone: str, wall: datetime, days: int, clock: object
) -> None:
    starts = WallTime(wall.replace(second=0, microsecond=0), zone)
    hour = f"{clock}"[:5]
    event = TimeSpan(starts, wall_time_at(starts.instant + timedelta(days=365), zone))
    due = due_at(before(days, Unit.DAYS, hour), event)
    assert due is not None
    shown = wall_time_at(due, zone).wall
    wanted = datetime.combine((wall.date()).fromordinal(wall.toordinal() - days), shown.time())
    if shown.isoformat()[11:16] == hour:
        assert shown == wanted
    else:  # the hour does not exist that day
        info = zone_info(zone)
        asked = datetime.combine(wanted.date(), datetime.fromisoformat(f"2000-01-01T{hour}").time(), tzinfo=info)
        assert asked.astimezone(UTC).astimezone(info).replace(tzinfo=None) != asked.replace(tzinfo=None)
