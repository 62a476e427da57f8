"""The weeks in which two zones are not as far apart as people know them to be."""

from datetime import UTC, date, datetime, timedelta

import pytest

from events.kernel.gaps import unusual_gap

HOUR = timedelta(hours=1)


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def unusual_days(zone: str, other: str, year: int = 2026) -> list[tuple[str, str, float, list[float]]]:
    """First and last day of each such time in the year, the gap in hours then and the known ones."""
    found: list[tuple[str, str, float, list[float]]] = []
    day = date(year, 1, 1)
    while day.year == year:
        gap = unusual_gap(noon(day), zone, other)
        if gap:
            facts = (gap.gap / HOUR, [known / HOUR for known in gap.usual])
            if found and found[-1][2:] == facts and date.fromisoformat(found[-1][1]) == day - timedelta(days=1):
                found[-1] = (found[-1][0], str(day), *facts)
            else:
                found.append((str(day), str(day), *facts))
        day += timedelta(days=1)
    return found


@pytest.mark.parametrize(
    ("zone", "other", "expected"),
    [
        # The United States change on 8 March and 1 November 2026, Europe on 29 March and 25 October.
        (
            "America/New_York",
            "Europe/Paris",
            [("2026-03-08", "2026-03-28", 5, [6]), ("2026-10-25", "2026-10-31", 5, [6])],
        ),
        (
            "Europe/Dublin",
            "America/New_York",
            [("2026-03-08", "2026-03-28", -4, [-5]), ("2026-10-25", "2026-10-31", -4, [-5])],
        ),
        (
            "America/St_Johns",
            "Europe/London",
            [("2026-03-08", "2026-03-28", 2.5, [3.5]), ("2026-10-25", "2026-10-31", 2.5, [3.5])],
        ),
        ("America/St_Johns", "America/New_York", []),  # the same night, half an hour apart
        ("Europe/Dublin", "Europe/Paris", []),
        ("Asia/Tashkent", "America/New_York", []),  # summer and winter differ, each for months
        ("Asia/Tashkent", "Asia/Kolkata", []),
        # Morocco goes back for Ramadan, from 15 February to 22 March 2026, and for good on 20 September.
        (
            "Africa/Casablanca",
            "Europe/Paris",
            [("2026-02-15", "2026-03-21", 1, [0]), ("2026-09-20", "2026-10-24", 2, [1])],
        ),
        ("Africa/Casablanca", "UTC", [("2026-02-15", "2026-03-21", 0, [-1])]),
        ("Australia/Lord_Howe", "Australia/Sydney", []),  # the same night
        # A week between London's change on 29 March and Lord Howe's on 5 April; three around the two in October.
        (
            "Europe/London",
            "Australia/Lord_Howe",
            [("2026-03-29", "2026-04-04", 10, [11, 9.5]), ("2026-10-04", "2026-10-24", 10, [9.5, 11])],
        ),
    ],
)
def test_which_weeks_are_not_as_people_know_them(
    zone: str, other: str, expected: list[tuple[str, str, float, list[float]]]
) -> None:
    assert unusual_days(zone, other) == expected


@pytest.mark.parametrize("seconds", [-1, 0, 1])
def test_it_begins_and_ends_with_the_clocks(seconds: int) -> None:
    forward, back = datetime(2026, 3, 8, 7, tzinfo=UTC), datetime(2026, 3, 29, 1, tzinfo=UTC)
    zones = ("America/New_York", "Europe/Paris")
    begun = unusual_gap(forward + timedelta(seconds=seconds), *zones)
    assert (begun is not None) == (seconds >= 0)
    assert (unusual_gap(back + timedelta(seconds=seconds), *zones) is not None) == (seconds < 0)
    if begun:
        assert (begun.since, begun.until) == (forward, back)


@pytest.mark.parametrize("zone", ["America/St_Johns", "Africa/Casablanca", "Australia/Lord_Howe", "Europe/Dublin"])
def test_a_zone_is_never_apart_from_itself_and_both_ways_are_alike(zone: str) -> None:
    day = date(2026, 1, 1)
    while day.year == 2026:
        at = noon(day)
        assert unusual_gap(at, zone, zone) is None
        there, back = unusual_gap(at, zone, "America/New_York"), unusual_gap(at, "America/New_York", zone)
        assert (there and (-there.gap, tuple(-known for known in there.usual))) == (back and (back.gap, back.usual))
        day += timedelta(days=3)
