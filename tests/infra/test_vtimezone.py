import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from itertools import groupby

import pytest
import vobject

from events.infra.ics.writer import CalendarEntry, FeedFacts, calendar, vevent
from events.infra.ics.zones import outlook_reads, vtimezone
from events.kernel.spans import UnknownZone, wall_time_at, zone_names
from scripts.sweep import PAGE, with_misread
from tests.infra.calendar_clients import Times, read_with_icaljs, read_with_libical
from tests.infra.zone_clients import HOUR, Asked, Reader, asked_of_icaljs, asked_of_libical, hours, runs_of
from tests.transitions import transitions

STAMP = datetime(2026, 11, 22, tzinfo=UTC)
FEED = FeedFacts(
    uid="all@example.org",
    name="Everything",
    description="",
    language="en",
    url="https://example.org/en/",
    source="https://example.org/en/calendar.ics",
    changed=STAMP,
)
AROUND = [timedelta(minutes=m) for m in (-180, -90, -60, -30, -1, 0, 1, 29, 30, 60, 179)]


@cache
def moments() -> list[tuple[str, datetime]]:
    """Every zone around every change from 2024 to 2032, and in each quarter of these years."""
    quarters = [datetime(year, month, 15, 12, tzinfo=UTC) for year in range(2024, 2033) for month in (1, 4, 7, 10)]
    near = [(zone, at + shift) for zone, at in transitions() for shift in AROUND]
    return near + [(zone, quarter) for zone in zone_names() for quarter in quarters]


def entry(zone: str, starts: datetime) -> CalendarEntry:
    return CalendarEntry(
        uid=f"{zone} {starts:%Y%m%dT%H%M}",
        sequence=0,
        created=STAMP,
        changed=STAMP,
        starts=wall_time_at(starts, zone),
        ends=wall_time_at(starts + timedelta(minutes=30), zone),
        summary="Talk",
        language="en",
        url="https://example.org/en/events/talk",
    )


def check(read: Callable[..., Times], chosen: Iterable[tuple[str, datetime]], years: tuple[int, int]) -> None:
    """One calendar for each zone, all read at once: ical.js takes very long over thousands of events in one."""
    entries = [entry(zone, starts) for zone, starts in chosen]
    by_zone = groupby(sorted(entries, key=lambda e: e.starts.zone), key=lambda e: e.starts.zone)
    told = read(*(calendar(FEED, map(vevent, group), [zone], years) for zone, group in by_zone))
    assert told == {e.uid: (e.starts.instant, e.ends.instant) for e in entries}


@pytest.mark.parametrize("read", [read_with_libical, read_with_icaljs])
def test_calendar_programs_read_every_zone_rightly_around_every_change(read: Callable[..., Times]) -> None:
    check(read, moments(), (2024, 2032))


@pytest.mark.parametrize("ask", [asked_of_libical, asked_of_icaljs])
def test_calendar_programs_read_every_zone_rightly_each_week(ask: Reader) -> None:
    """At another hour each time; `make sweep` asks for every hour."""
    weekly = hours(2024, 2032, step=7 * 24 * HOUR + HOUR)
    asked = [Asked(zone, vtimezone(zone, 2024, 2032), list(runs_of(zone, weekly))) for zone in zone_names()]
    told = ask(asked)
    assert [zone for zone, one in told.items() if one.wrong] == []
    assert len(told) == len(zone_names())
    assert min(one.asked for one in told.values()) > len(weekly) - 20


@pytest.mark.parametrize("ask", [asked_of_libical, asked_of_icaljs])
def test_a_zone_described_wrongly_is_found_out(ask: Reader) -> None:
    runs = list(runs_of("Europe/London", hours(2027, 2027)))
    paris = vtimezone("Europe/Paris", 2024, 2032).replace("Europe/Paris", "Europe/London")
    told = ask([Asked("Europe/London", paris, runs)])["Europe/London"]
    assert len(told.wrong) == told.asked == 365 * 24 - 2  # the hours that come twice


@pytest.mark.parametrize("year", [2024, 2026])
def test_a_window_of_one_year_is_right_to_its_ends(year: int) -> None:
    check(read_with_libical, [(z, i) for z, i in moments() if wall_time_at(i, z).wall.year == year], (year, year))


@pytest.mark.parametrize("year", [2045, 2099])
def test_rule_pairs_hold_for_ever(year: int) -> None:
    ruled = {zone for zone in zone_names() if "RRULE" in vtimezone(zone, 2027, 2028)}
    later = [(zone, at + shift) for zone, at in transitions(year, year) if zone in ruled for shift in AROUND]
    assert len(later) == 2 * len(ruled) * len(AROUND) > 3000
    check(read_with_libical, later, (2027, 2028))


def test_dateutil_reads_every_zone_rightly_around_every_change() -> None:
    zones = {zone: read_by_dateutil(vtimezone(zone, 2024, 2032)) for zone in zone_names()}
    for zone, instant in moments():
        shown = wall_time_at(instant, zone)
        assert shown.wall.replace(tzinfo=zones[zone], fold=shown.fold).astimezone(UTC) == instant, (zone, instant)


def read_by_dateutil(text: str) -> tzinfo:
    zone: tzinfo = vobject.readOne(f"BEGIN:VCALENDAR\r\n{text}END:VCALENDAR\r\n").vtimezone.tzinfo
    return zone


def test_a_zone_with_rules_is_the_pair_that_outlook_reads() -> None:
    assert vtimezone("America/New_York", 2026, 2028).splitlines() == [
        "BEGIN:VTIMEZONE",
        "TZID:America/New_York",
        "BEGIN:DAYLIGHT",
        "DTSTART:20070311T020000",
        "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU",
        "TZOFFSETFROM:-0500",
        "TZOFFSETTO:-0400",
        "TZNAME:EDT",
        "END:DAYLIGHT",
        "BEGIN:STANDARD",
        "DTSTART:20071104T020000",
        "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU",
        "TZOFFSETFROM:-0400",
        "TZOFFSETTO:-0500",
        "TZNAME:EST",
        "END:STANDARD",
        "END:VTIMEZONE",
    ]


def test_a_zone_whose_clocks_stay_is_one_offset() -> None:
    assert vtimezone("Asia/Kathmandu", 2026, 2028).splitlines() == [
        "BEGIN:VTIMEZONE",
        "TZID:Asia/Kathmandu",
        "BEGIN:STANDARD",
        "DTSTART:19700101T000000",
        "TZOFFSETFROM:+0545",
        "TZOFFSETTO:+0545",
        "TZNAME:+0545",
        "END:STANDARD",
        "END:VTIMEZONE",
    ]


def test_a_zone_that_changes_on_no_nth_weekday_lists_its_changes() -> None:
    cairo = vtimezone("Africa/Cairo", 2027, 2028)
    assert re.findall("DTSTART:(.*)\r\n", cairo) == [
        *("19700101T000000", "20270430T000000", "20271029T000000", "20280428T000000", "20281027T000000")
    ]
    assert "RRULE" not in cairo


def test_a_rule_that_begins_within_the_window_follows_the_changes_before_it() -> None:
    """Chile's islands changed by decree until 2022, by rule since."""
    easter = vtimezone("Pacific/Easter", 2021, 2028)
    assert re.findall("DTSTART:(\\d{8}).*\r\n(?:RRULE:.*;(BYDAY=.*)\r\n)?", easter) == [
        *(("19700101", ""), ("20210403", ""), ("20210904", ""), ("20220402", ""), ("20220910", "")),
        *(("20230401", "BYDAY=1SA"), ("20230902", "BYDAY=1SA")),
    ]


def test_negative_daylight_saving_is_told_as_summer_time() -> None:
    """In tzdata Ireland's winter is the exception; to calendars its summer is, as for its neighbours."""
    dublin, london = (vtimezone(zone, 2026, 2028) for zone in ("Europe/Dublin", "Europe/London"))
    assert without_names(dublin) == without_names(london)


def without_names(zone: str) -> str:
    return re.sub("(TZID|TZNAME):.*\r\n", "", zone)


def test_no_zone_uses_what_clients_misread() -> None:
    for zone in zone_names():
        text = vtimezone(zone, 2024, 2032)
        assert not re.search("RDATE|COMMENT|UNTIL|COUNT", text), zone
        assert text.count("BEGIN:STANDARD") >= 1, zone


def test_outlook_reads_rule_pairs_and_single_offsets() -> None:
    zones = ["Europe/Dublin", "Australia/Lord_Howe", "Asia/Tashkent", "Africa/Cairo", "America/Santiago", "Asia/Gaza"]
    assert [outlook_reads(zone, 2027, 2027) for zone in zones] == [True, True, True, False, False, False]
    assert [outlook_reads("Pacific/Easter", year, year) for year in (2022, 2027)] == [False, True]


def test_the_documentation_names_the_zones_that_outlook_misreads() -> None:
    assert PAGE.read_text() == with_misread(PAGE.read_text()), "run: make sweep"


def test_an_unknown_zone_has_no_text() -> None:
    with pytest.raises(UnknownZone):
        vtimezone("Europe/London\r\nEND:VTIMEZONE", 2026, 2028)
