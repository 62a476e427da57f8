"""Decent hours, judged by zoneinfo minute by minute."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.kernel.cities import zone_of_city
from events.kernel.spans import UnknownZone, zone_names
from events.programme.rules.slots import Asked, City, Comfort, Hours, Slot, Verdict, best_of, clocks_of, rows_of, useful
from events.web.dates import weekend_of
from tests.transitions import transitions

MINUTE = timedelta(minutes=1)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
ODD = ("Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns", "Africa/Casablanca", "Pacific/Apia")


def city(zone: str) -> City:
    return City(zone, zone, weekend_of(zone))


def asked(first: str, last: str, zone: str, *zones: str, length: int = 60, step: int = 60) -> Asked:
    cities = tuple(city(one) for one in zones)
    return Asked(date.fromisoformat(first), date.fromisoformat(last), length, step, zone, cities)


def slots(found: Asked) -> list[Slot]:
    return [slot for row in rows_of(found, [], LONG_AGO) for day in row.days for slot in day]


def judged(hours: Hours, starts: datetime, ends: datetime, zone: str) -> Comfort:
    """By looking at the clock in each minute."""
    decent, fair = True, True
    while starts < ends:
        local = starts.astimezone(ZoneInfo(zone))
        minute = local.hour * 60 + local.minute
        decent = decent and hours.first * 60 <= minute < hours.last * 60
        fair = fair and hours.first * 60 - 60 <= minute < hours.last * 60 + 120
        starts += MINUTE
    return Comfort.DECENT if decent else Comfort.FAIR if fair else Comfort.NIGHT


@given(
    zone=st.sampled_from((*ODD, *zone_names())),
    moment=st.datetimes(datetime(2024, 1, 1), datetime(2032, 1, 1)),  # noqa: DTZ001 - of UTC, said below
    length=st.integers(5, 720),
    hours=st.tuples(st.integers(0, 23), st.integers(1, 24)).filter(lambda pair: pair[0] < pair[1]),
)
@settings(deadline=None, max_examples=150)
def test_an_hour_is_as_decent_as_its_worst_minute(
    zone: str, moment: datetime, length: int, hours: tuple[int, int]
) -> None:
    starts = moment.replace(second=0, microsecond=0, tzinfo=UTC)
    ends = starts + length * MINUTE
    assert Hours(*hours).comfort(starts, ends, zone) is judged(Hours(*hours), starts, ends, zone)


@given(before=st.integers(-240, 60), length=st.integers(5, 300), first=st.integers(0, 5), number=st.integers(0, 10**6))
@settings(deadline=None, max_examples=150)
def test_so_it_is_around_every_change_of_the_clocks(before: int, length: int, first: int, number: int) -> None:
    zone, at = transitions()[number % len(transitions())]
    hours = Hours(first, first + 3)
    starts = at + before * MINUTE
    ends = starts + length * MINUTE
    assert hours.comfort(starts, ends, zone) is judged(hours, starts, ends, zone)


@given(number=st.integers(0, 10**6), zone=st.sampled_from(ODD), step=st.sampled_from((15, 30, 60)))
@settings(deadline=None, max_examples=40)
def test_every_slot_of_a_day_is_there_and_every_clock_is_right(number: int, zone: str, step: int) -> None:
    event_zone, at = transitions()[number % len(transitions())]
    day = at.astimezone(ZoneInfo(event_zone)).date()
    found = slots(Asked(day, day, 75, step, event_zone, (city(zone),)))
    around = [
        (datetime.combine(day, time(), UTC) + minutes * MINUTE).astimezone(ZoneInfo(event_zone))
        for minutes in range(-30 * 60, 54 * 60, 5)
    ]
    of_the_day = [
        moment
        for moment in around
        if moment.date() == day and (moment.hour * 60 + moment.minute) % step == 0 and not moment.second
    ]
    assert sorted(slot.starts.instant for slot in found) == [moment.astimezone(UTC) for moment in of_the_day]
    for slot in found:
        assert slot.ends.instant - slot.starts.instant == timedelta(minutes=75)
        assert slot.there[0].starts == slot.starts.instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)


def test_clocks_that_are_put_forward_skip_slots_and_put_back_give_two() -> None:
    spring = rows_of(asked("2027-03-13", "2027-03-15", "America/New_York"), [], LONG_AGO)
    assert [len(day) for day in spring[2].days] == [1, 0, 1]
    autumn = rows_of(asked("2027-11-06", "2027-11-08", "America/New_York"), [], LONG_AGO)
    assert [slot.starts.offset for slot in autumn[1].days[1]] == ["UTC-4", "UTC-5"]
    # Lord Howe moves by half an hour only.
    island = rows_of(asked("2027-10-03", "2027-10-03", "Australia/Lord_Howe", step=30), [], LONG_AGO)
    assert [(row.clock.isoformat("minutes"), len(row.days[0])) for row in island[3:7]] == [
        ("01:30", 1),
        ("02:00", 0),
        ("02:30", 1),
        ("03:00", 1),
    ]


def test_between_the_changes_of_two_continents_the_hours_move() -> None:
    found = asked("2027-03-12", "2027-03-15", "America/New_York", "Europe/Zurich", "Asia/Kathmandu")
    row = rows_of(found, [], LONG_AGO)[9]
    assert [(str(clock.day), clock.wall.strftime("%H:%M")) for clock in clocks_of(row, found.days, 0)] == [
        ("2027-03-12", "15:00"),
        ("2027-03-14", "14:00"),
    ]
    assert [clock.wall.strftime("%H:%M") for clock in clocks_of(row, found.days, 1)] == ["19:45", "18:45"]


def test_the_verdict_is_as_good_as_for_whom_it_is_worst() -> None:
    found = asked("2027-02-04", "2027-02-06", "Europe/Zurich", "Europe/Zurich", "America/New_York", "Asia/Riyadh")
    rows = rows_of(found, [], LONG_AGO)
    thursday, friday, saturday = (rows[14].days[number][0] for number in range(3))
    assert (thursday.verdict, thursday.decent) == (Verdict.GOOD, 3)
    assert [there.city.zone for there in friday.weekends] == ["Asia/Riyadh"]
    assert (friday.verdict, friday.decent) == (Verdict.FAIR, 2)
    assert (saturday.verdict, saturday.decent) == (Verdict.FAIR, 0)
    early = rows[13].days[0][0]
    assert (early.verdict, [there.city.zone for there in early.edges]) == (Verdict.FAIR, ["America/New_York"])
    night = rows[9].days[0][0]
    assert (night.verdict, [there.city.zone for there in night.nights]) == (Verdict.POOR, ["America/New_York"])


def test_the_best_ask_least_of_whoever_is_asked_most() -> None:
    found = asked("2027-02-05", "2027-02-08", "America/New_York", "America/New_York", "Asia/Tashkent")
    rows = rows_of(found, [], LONG_AGO)
    best = best_of(rows, found.hours)
    # From eight in New York is from six in the evening in Tashkent; on Sunday evening it is Monday there already.
    assert [slot.starts.wall.isoformat(" ", "minutes") for slot in best] == [
        "2027-02-05 08:00",
        "2027-02-08 08:00",
        "2027-02-07 21:00",
        "2027-02-06 08:00",
    ]
    assert (useful(rows)[0].clock.hour, useful(rows)[-1].clock.hour) == (7, 21)
    assert useful([]) == []


def test_when_no_hour_is_fair_for_everybody_all_are_shown() -> None:
    found = asked("2027-02-08", "2027-02-08", "UTC", "Asia/Tokyo", "Europe/London", "America/Los_Angeles")
    rows = rows_of(found, [], LONG_AGO)
    assert useful(rows) == rows
    assert best_of(rows, found.hours)[0].verdict is Verdict.POOR


def test_what_has_begun_is_over() -> None:
    found = asked("2027-02-08", "2027-02-08", "UTC", "UTC")
    rows = rows_of(found, [], datetime(2027, 2, 8, 12, tzinfo=UTC))
    assert [row.days[0][0].verdict for row in rows[11:14]] == [Verdict.OVER, Verdict.OVER, Verdict.GOOD]


@pytest.mark.parametrize(
    ("written", "zone"),
    [
        ("Geneva", "Europe/Zurich"),
        ("genève", "Europe/Zurich"),
        ("New York", "America/New_York"),
        ("new_york", "America/New_York"),
        ("Washington DC", "America/New_York"),
        ("America/St_Johns", "America/St_Johns"),
        ("St Johns", "America/St_Johns"),
        ("kathmandu", "Asia/Kathmandu"),
        ("Port-au-Prince", "America/Port-au-Prince"),
        ("UTC", "UTC"),
    ],
)
def test_a_city_is_found_as_people_write_it(written: str, zone: str) -> None:
    assert zone_of_city(written) == zone


def test_a_city_that_nobody_knows_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UnknownZone) as unknown:
        zone_of_city("Tashkint")
    assert unknown.value.suggestion == "Asia/Tashkent"
    with pytest.raises(UnknownZone):
        zone_of_city("")
