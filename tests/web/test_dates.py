from datetime import UTC, date, datetime

import pytest

from events.kernel.spans import TimeSpan, WallTime
from events.web import dates


def span(starts: str, ends: str, zone: str = "America/New_York", *, all_day: bool = False) -> TimeSpan:
    return TimeSpan(WallTime.parse(starts, zone), WallTime.parse(ends, zone), all_day)


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("en", "Thursday 4 February 2027"),
        ("fr", "jeudi 4 février 2027"),
        ("ar-XB", "الخميس، 4 فبراير 2027"),
    ],
)
def test_a_full_date(language: str, written: str) -> None:
    assert dates.full_date(language, date(2027, 2, 4)) == written


def test_the_first_of_a_month_in_french() -> None:
    assert dates.full_date("fr", date(2027, 3, 1)) == "lundi 1er mars 2027"
    assert dates.date_range("fr", date(2027, 2, 27), date(2027, 3, 1)) == "samedi 27 février – lundi 1er mars 2027"


@pytest.mark.parametrize(
    ("first", "last", "english", "french"),
    [
        (date(2027, 2, 4), date(2027, 2, 4), "Thursday 4 February 2027", "jeudi 4 février 2027"),
        (
            date(2027, 2, 4),
            date(2027, 2, 6),
            "Thursday 4 – Saturday 6 February 2027",
            "jeudi 4 – samedi 6 février 2027",
        ),
        (
            date(2026, 12, 30),
            date(2027, 1, 2),
            "Wednesday 30 December 2026 – Saturday 2 January 2027",
            "mercredi 30 décembre 2026 – samedi 2 janvier 2027",
        ),
    ],
)
def test_a_range_names_month_and_year_once(first: date, last: date, english: str, french: str) -> None:
    assert dates.date_range("en", first, last) == english
    assert dates.date_range("fr", first, last) == french


def test_an_afternoon() -> None:
    assert dates.when("en", span("2027-02-05T13:15", "2027-02-05T14:30")) == dates.When(
        dates="Friday 5 February 2027",
        times="13:15–14:30",
        zone="New York, UTC−5",
        starts="2027-02-05T13:15-05:00",
        ends="2027-02-05T14:30-05:00",
    )


def test_a_night_keeps_its_first_date_and_says_that_it_ends_on_the_next() -> None:
    night = dates.when("en", span("2027-02-05T22:00", "2027-02-06T01:00"))
    assert (night.dates, night.times) == ("Friday 5 February 2027", "22:00–01:00 (+1 day)")


def test_several_days_say_which_time_is_whose() -> None:
    days = dates.when("en", span("2027-02-05T09:00", "2027-02-07T17:00"))
    assert (days.dates, days.times) == ("Friday 5 – Sunday 7 February 2027", "Fri 09:00 – Sun 17:00")


def test_whole_days_have_no_times() -> None:
    days = dates.when("en", span("2027-02-01T00:00", "2027-02-10T00:00", all_day=True))
    assert (days.dates, days.times, days.ends) == ("Monday 1 – Wednesday 10 February 2027", "", "2027-02-10")


def test_both_offsets_where_the_clocks_change_in_between() -> None:
    assert dates.when("en", span("2027-03-13T22:00", "2027-03-14T08:00")).zone == "New York, UTC−5, then UTC−4"


def test_both_cities_where_it_ends_in_another_zone() -> None:
    starts, ends = (
        WallTime.parse("2027-02-05T13:15", "Europe/London"),
        WallTime.parse("2027-02-05T17:00", "Europe/Paris"),
    )
    assert dates.zone_text("fr", starts, ends) == "Londres, UTC+0 – Paris, UTC+1"


def test_another_city_and_by_how_many_days_its_date_differs() -> None:
    there = dates.elsewhere("en", span("2027-02-05T13:15", "2027-02-05T14:30"), "Pacific/Auckland")
    assert there == dates.Elsewhere(city="Auckland", times="07:15–08:30", offset="UTC+13", shift=1)
    assert dates.shift_text("en", there.shift) == "+1 day"
    assert dates.shift_text("en", -2) == "−2 days"
    assert dates.shift_text("en", 0) == ""


def test_hours_are_counted_as_the_readers_of_the_language_count_them() -> None:
    afternoon = datetime(2027, 2, 5, 13, 15)  # noqa: DTZ001 - what the clocks on the wall show
    assert dates.clock("en", afternoon) == "13:15"
    assert dates.clock("ar-XB", afternoon) == "1:15 م"
    assert dates.day_and_clock("ar-XB", afternoon) == "الجمعة 1:15 م"


def test_an_instant_is_written_in_the_zone_that_is_asked_for() -> None:
    at = datetime(2027, 7, 1, 12, tzinfo=UTC)
    assert dates.instant("fr", at, "Asia/Tashkent") == "jeudi 1er juillet 2027, 17:00 (Tachkent, UTC+5)"
    assert dates.instant("en", at) == "Thursday 1 July 2027, 12:00 (UTC+0)"


@pytest.mark.parametrize(
    ("day", "zones", "notes"),
    [
        (
            "2026-03-18",
            ["Europe/Paris", "Europe/Zurich"],
            ["From New York to Paris and Geneva/Zurich it is 5 hours that day, not 6 hours as usual."],
        ),
        ("2026-03-07", ["Europe/Paris"], []),
        ("2026-03-29", ["Europe/Paris"], []),
        (
            "2026-10-31",
            ["Asia/Tashkent", "Europe/Paris"],
            ["From New York to Paris it is 5 hours that day, not 6 hours as usual."],
        ),
        ("2026-03-18", [], []),
        ("2026-03-18", ["America/New_York"], []),
    ],
)
def test_weeks_in_which_zones_are_not_as_far_apart_as_usual_are_told(
    day: str, zones: list[str], notes: list[str]
) -> None:
    assert dates.gap_notes("en", span(f"{day}T08:30", f"{day}T09:45"), zones) == notes


def test_two_of_the_shown_zones_are_compared_even_if_the_event_is_elsewhere() -> None:
    there = span("2026-03-18T13:00", "2026-03-18T14:00", "Asia/Tashkent")
    assert dates.gap_notes("fr", there, ["America/New_York", "Europe/London"]) == [
        "L’écart de New York avec Londres est de 4\u00a0heures ce jour-là, et non de 5\u00a0heures comme d’habitude."
    ]
    assert dates.gap_notes("en", there, ["Europe/London", "America/St_Johns"]) == [
        "From London to St John’s it is 2 h 30 min that day, not 3 h 30 min as usual."
    ]


def test_a_mail_has_the_times_elsewhere_with_the_day_there_and_what_to_mind() -> None:
    there = span("2027-03-16T20:00", "2027-03-16T21:00")
    assert dates.other_clocks("en", there, ["Europe/Paris", "Asia/Tashkent"]) == [
        ("Paris (UTC+1)", "01:00–02:00 (+1 day)"),
        ("Tashkent (UTC+5)", "05:00–06:00 (+1 day)"),
        ("Please note", "From New York to Paris it is 5 hours that day, not 6 hours as usual."),
    ]
    whole = span("2027-03-16T00:00", "2027-03-16T00:00", all_day=True)
    assert dates.other_clocks("en", whole, ["Europe/Paris"]) == []


def test_another_city_has_both_its_offsets_where_its_clocks_change_in_between() -> None:
    there = dates.elsewhere("en", span("2027-03-27T20:00", "2027-03-27T22:30"), "Europe/Paris")
    assert there.offset == "UTC+1, then UTC+2"
