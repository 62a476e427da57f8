"""Calendar files as other programs write them, and as they break them."""

from datetime import date, datetime
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.infra.ics.reader import read_calendar
from events.infra.ics.source import SourceCalendar, SourceEvent
from events.infra.ics.source_zones import zone_named
from events.infra.unreadable import Unreadable
from tests.imports.files import OUTLOOK, calendar, event

TODAY = date(2026, 11, 25)
FIXTURES = sorted(
    path
    for folder in ("calendars", "events", "timezones", "alarms")
    for path in Path(str(resources.files("icalendar") / "tests" / folder)).glob("*.ics")
)


at = datetime.fromisoformat


def read(data: bytes, *zones: str) -> SourceCalendar:
    return read_calendar(data, today=TODAY, zones=zones)


def read_or_refused(data: bytes) -> tuple[SourceEvent, ...]:
    """A refusal with words is as good as events; anything else that is raised fails the test."""
    try:
        return read(data).events
    except Unreadable as refused:
        said = [one.message.format(**one.params) for one in refused.problems]
    assert all(said)
    return ()


def one(data: bytes, *zones: str) -> SourceEvent:
    (found,) = read(data, *zones).events
    return found


def refusal(data: bytes) -> str:
    with pytest.raises(Unreadable) as refused:
        read(data)
    (problem,) = refused.value.problems
    return problem.message.format(**problem.params)


def test_there_is_a_corpus() -> None:
    assert len(FIXTURES) > 150


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_fixture_of_icalendar_is_read_or_refused_in_words(path: Path) -> None:
    """Whole, cut off at a quarter and three quarters, and with its bytes in UTF-16."""
    data = path.read_bytes()
    for each in (
        data,
        data[: len(data) // 4],
        data[: len(data) * 3 // 4],
        b"\xff\xfe" + data.decode("latin-1").encode("utf-16-le"),
    ):
        assert all(one.starts or any(note.stops for note in one.notes) for one in read_or_refused(each))


_GARBLED = st.tuples(
    st.sampled_from(FIXTURES), st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=3)), min_size=1, max_size=8)
)


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(_GARBLED)
def test_garbled_files_are_read_or_refused_in_words(garbled: tuple[Path, list[tuple[float, bytes]]]) -> None:
    path, changes = garbled
    data = bytearray(path.read_bytes()[:20_000])
    for where, put in changes:
        at = int(where * len(data))
        data[at : at + len(put)] = put
    read_or_refused(bytes(data))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"hello", "no line BEGIN:VCALENDAR"),
        (b"<!doctype html><title>Sign in</title>", "web page"),
        (calendar(*event())[:-60], "ends in the middle: what begins in line"),
        (calendar(*event(), "END:VTODO"), "Line 9 ends VTODO"),
        (b"BEGIN:VCALENDAR\n" + b"BEGIN:X\n" * 5000, "nested more deeply"),
        (calendar(*["END:VEVENT", "BEGIN:VEVENT", "DTSTART:20270101"] * 1100), "more than 1000 events"),
    ],
)
def test_a_file_that_is_none_says_what_is_wrong(data: bytes, said: str) -> None:
    if said.startswith("more than"):
        data = calendar(*(line for number in range(1100) for line in (f"UID:{number}", "END:VEVENT", "BEGIN:VEVENT")))
    assert said in refusal(data)


@pytest.mark.parametrize(
    ("tzid", "zone"),
    [
        ("Europe/Paris", "Europe/Paris"),
        ("europe/paris", "Europe/Paris"),
        ("America/Argentina/Salta", "America/Argentina/Salta"),
        ("/freeassociation.sourceforge.net/Tzfile/America/New_York", "America/New_York"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("India Standard Time", "Asia/Kolkata"),
        ("GTB Standard Time", "Europe/Bucharest"),
        ("Kamchatka Standard Time", "Asia/Kamchatka"),
        ("tzone://Microsoft/Utc", "UTC"),
        ("(UTC-03:00) Brasília", None),
        ("Nowhere", None),
        ("", None),
    ],
)
def test_a_zone_is_known_by_the_names_that_programs_give_it(tzid: str, zone: str | None) -> None:
    assert zone_named(tzid) == zone


def test_outlooks_event_is_in_the_zone_that_windows_calls_otherwise() -> None:
    found = one(OUTLOOK.encode())
    assert found.starts
    assert (found.starts.wall, found.starts.offset) == (at("2027-07-01T10:00"), 120)
    assert read(OUTLOOK.encode()).zones[0].name == "Europe/Berlin"
    assert (found.uid, found.language) == ("040000008200E00074C5B7101A82E008", "en-gb")
    assert found.location == "Room XIX, Palais des Nations"


@pytest.mark.parametrize("name", ["Customized Time Zone", "tzone://Microsoft/Custom", "Mitteleuropäische Zeit"])
def test_a_zone_of_the_files_own_is_matched_by_its_rules(name: str) -> None:
    """The organisation's usual zone where it agrees, else one that most people mean."""
    data = OUTLOOK.replace("W. Europe Standard Time", name).encode()
    for usual, expected in (("Africa/Tunis", "Europe/Paris"), ("Europe/Zurich", "Europe/Zurich")):
        (zone,) = read(data, usual).zones
        assert (zone.tzid, zone.name, zone.by_rules) == (name, expected, True)
        assert ZoneInfo(expected).utcoffset(at("2027-07-01T10:00")) == ZoneInfo("Europe/Berlin").utcoffset(
            at("2027-07-01T10:00")
        )


def test_the_location_that_a_zone_names_itself_goes_before_its_rules() -> None:
    data = OUTLOOK.replace("W. Europe Standard Time", "Custom").replace(
        "TZID:Custom", "TZID:Custom\nX-LIC-LOCATION:Europe/Oslo"
    )
    assert read(data.encode(), "Europe/Zurich").zones[0].name == "Europe/Oslo"


def test_a_zone_of_no_place_keeps_its_offset_and_has_no_name() -> None:
    odd = OUTLOOK.replace("W. Europe Standard Time", "Odd").replace("+0200", "+0217")
    (zone,) = read(odd.encode()).zones
    assert zone.name is None
    assert one(odd.encode()).starts.offset == 137  # type: ignore[union-attr]  # it has one


@pytest.mark.parametrize(
    ("lines", "ends", "told"),
    [
        (["DTSTART;TZID=Europe/Paris:20270701T100000", "DURATION:PT90M"], at("2027-07-01T11:30"), False),
        # A day is a day on the clock, hours are hours: clocks go forward in the night to 28 March.
        (["DTSTART;TZID=Europe/Paris:20270327T100000", "DURATION:P1D"], at("2027-03-28T10:00"), False),
        (["DTSTART;TZID=Europe/Paris:20270327T100000", "DURATION:PT24H"], at("2027-03-28T11:00"), False),
        (["DTSTART;TZID=Europe/Paris:20270701T100000"], at("2027-07-01T11:00"), True),
        (["DTSTART;TZID=Europe/Paris:20270701T100000", "DURATION:garbage"], at("2027-07-01T11:00"), True),
        (["DTSTART;VALUE=DATE:20270701", "DTEND;VALUE=DATE:20270703"], at("2027-07-02T00:00"), False),
        (["DTSTART;VALUE=DATE:20270701"], at("2027-07-01T00:00"), False),
        (["DTSTART;VALUE=DATE:20270701", "DURATION:P3D"], at("2027-07-03T00:00"), False),
        (["DTSTART;VALUE=DATE:20270701", "DTEND;VALUE=DATE:20270601"], at("2027-07-01T00:00"), True),
        (
            ["DTSTART:20270701T000000", "DTEND:20270703T000000", "X-MICROSOFT-CDO-ALLDAYEVENT:TRUE"],
            at("2027-07-02T00:00"),
            False,
        ),
    ],
)
def test_the_end_is_found_or_told(lines: list[str], ends: datetime, told: bool) -> None:  # noqa: FBT001 - a column
    found = one(calendar("UID:a", "SUMMARY:x", *lines))
    assert found.ends
    assert found.ends.wall == ends
    assert bool(found.notes) is told


def starts(data: bytes) -> list[str]:
    return [f"{each.starts.wall:%m-%d %H:%M}" for each in read(data).events if each.starts]


def test_a_series_keeps_the_time_on_the_wall_leaves_out_what_is_excepted_and_moves_what_was_moved() -> None:
    data = calendar(
        *event("s@example.org", "Weekly", "RRULE:FREQ=WEEKLY;BYDAY=TH;UNTIL=20270722T080000Z"),
        "EXDATE;TZID=Europe/Paris:20270708T100000",
        "RDATE;TZID=Europe/Paris:20270730T100000",
        "END:VEVENT",
        "BEGIN:VEVENT",
        "UID:s@example.org",
        "RECURRENCE-ID:20270715T080000Z",
        "SUMMARY:Weekly, moved",
        "DTSTART;TZID=Europe/Paris:20270716T140000",
        "DURATION:PT1H",
    )
    found = read(data).events
    assert [(each.recurrence, each.summary, f"{each.starts.wall:%d %H:%M}") for each in found if each.starts] == [
        ("20270701T100000", "Weekly", "01 10:00"),
        ("20270722T100000", "Weekly", "22 10:00"),
        ("20270730T100000", "Weekly", "30 10:00"),
        ("20270715T100000", "Weekly, moved", "16 14:00"),
    ]


def test_this_and_all_that_follow_move_together() -> None:
    data = calendar(
        *event("s", "Weekly", "RRULE:FREQ=WEEKLY;COUNT=4"),
        "END:VEVENT",
        "BEGIN:VEVENT",
        "UID:s",
        "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Paris:20270715T100000",
        "SUMMARY:Later",
        "DTSTART;TZID=Europe/Paris:20270715T150000",
        "DURATION:PT1H",
    )
    assert sorted(starts(data)) == ["07-01 10:00", "07-08 10:00", "07-15 15:00", "07-22 15:00"]


def test_of_a_series_without_end_the_coming_year_is_taken() -> None:
    lines = ["UID:s", "SUMMARY:x", "DTSTART;TZID=Europe/Paris:20100101T100000", "DURATION:PT1H", "RRULE:FREQ=MONTHLY"]
    found = read(calendar(*lines))
    assert found.endless == ("s",)
    assert len(found.events) == 12
    assert all(TODAY <= each.starts.wall.date() < date(2027, 11, 27) for each in found.events if each.starts)


@pytest.mark.parametrize(
    "rule", ["FREQ=SECONDLY", "FREQ=HOURLY;COUNT=5", "FREQ=DAILY;BYSETPOS=x", "nonsense", "FREQ=DAILY;RSCALE=HEBREW"]
)
def test_a_rule_that_is_not_of_days_gives_its_first_date_and_says_so(rule: str) -> None:
    found = one(calendar(*event("s", "x", f"RRULE:{rule}")))
    assert any("How it repeats" in note.message for note in found.notes)


def test_a_series_has_so_many_dates_and_no_more() -> None:
    found = read(calendar(*event("s", "x", "RRULE:FREQ=DAILY;COUNT=100000")))
    assert len(found.events) == 366
    assert any("more often than" in note.message for note in found.events[0].notes)


def test_of_two_versions_in_one_file_the_later_stands() -> None:
    data = calendar(*event("a", "New", "SEQUENCE:2"), "END:VEVENT", "BEGIN:VEVENT", *event("a", "Old", "SEQUENCE:1"))
    assert [each.summary for each in read(data).events] == ["New"]


def test_one_file_does_not_teach_zones_to_the_next() -> None:
    """Icalendar itself keeps a zone that a file defines, for every file that names one alike."""
    named = OUTLOOK.replace("W. Europe Standard Time", "Customized Time Zone")
    read(named.encode())
    without = calendar("UID:a", "SUMMARY:x", "DTSTART;TZID=Customized Time Zone:20270701T100000")
    (zone,) = read(without).zones
    assert (zone.name, one(without).starts.offset) == (None, None)  # type: ignore[union-attr]  # it has one
