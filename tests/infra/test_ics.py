import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar
from msgspec import structs

from events.infra.ics.colours import css_name
from events.infra.ics.single import Invitation, Party, single
from events.infra.ics.writer import CalendarEntry, FeedFacts, calendar, vevent
from events.kernel.spans import WallTime, wall_time_at
from events.programme.rules.contents import TRACK_COLOURS
from tests.infra.calendar_clients import (
    Times,
    libical_finds_fault,
    read_with_ical,
    read_with_icaljs,
    read_with_libical,
    read_with_vobject,
)

CREATED = datetime(2026, 11, 1, 9, tzinfo=UTC)
CHANGED = datetime(2026, 11, 22, 14, 5, 6, 789, tzinfo=UTC)
FEED = FeedFacts(
    uid="feed-all@example.org",
    name="Make Mothers Matter; everything",
    description="What is coming, and what was",
    language="en",
    url="https://example.org/en/",
    source="https://example.org/en/calendar.ics",
    changed=CHANGED,
)
ZONES = [
    *("Africa/Cairo", "Africa/Casablanca", "America/New_York", "America/Santiago", "America/St_Johns", "Asia/Gaza"),
    *("Asia/Kathmandu", "Asia/Tashkent", "Australia/Lord_Howe", "Europe/Dublin", "Europe/London", "Pacific/Apia"),
]
TEXTS = {
    "latin": 'Les compétences du soin comptent — « vraiment »; 50 %, \\o/ "ça"\n\tVoilà',
    "arabic": "مهارات الرعاية مهمة، حقًا؛ " * 6,
    "chinese": "关爱技能很重要，真的；" * 12,
    "cyrillic": "Навыки заботы важны, правда; " * 5,
    "emoji": "👩🏽‍🍼👨‍👩‍👧‍👦🏳️‍🌈" * 12,
}
READERS = [read_with_vobject, read_with_icaljs, read_with_libical, read_with_ical]


def entry(uid: str, starts: WallTime, ends: WallTime, **more: Any) -> CalendarEntry:
    facts = {"summary": "Care skills count", "language": "en", "url": f"https://example.org/en/events/{uid}"}
    return CalendarEntry(
        uid=f"{uid}@example.org", sequence=2, created=CREATED, changed=CHANGED, starts=starts, ends=ends, **facts | more
    )


def side_event(uid: str = "e-1", **more: Any) -> CalendarEntry:
    times = (WallTime.parse(f"2027-02-05T{clock}", "America/New_York") for clock in ("13:15", "14:30"))
    return entry(uid, *times, **more)


def conference(**more: Any) -> CalendarEntry:
    days = (WallTime.midnight(date(2027, 9, day), "Asia/Tashkent") for day in (6, 8))
    return entry("e-2", *days, all_day=True, **more)


def at_every_edge() -> list[CalendarEntry]:
    """In each zone: every hour of days on which its clocks change, or those of others."""
    days = [(3, 14), (3, 27), (4, 3), (4, 29), (9, 4), (10, 2), (10, 28), (10, 30), (11, 6), (12, 31)]
    starts = [datetime(2027, *day, hour, 30, tzinfo=UTC) for day in days for hour in range(24)]
    return [
        entry(f"{zone}-{at:%m%dT%H}", wall_time_at(at, zone), wall_time_at(at + timedelta(hours=50), zone))
        for zone, at in product(ZONES, starts)
    ]


def sample() -> list[CalendarEntry]:
    return [
        *at_every_edge()[::15],
        *(side_event(name, summary=text, description=text) for name, text in TEXTS.items()),
        conference(
            geo=(41.311081, 69.240562),
            place=('Hall "2", Venue', "Street 1;\nTashkent: 1"),
            location="Hall 2, Venue; Street 1, Tashkent",
            categories=("care, work", "a;b"),
        ),
        side_event("e-3", related_to="e-2@example.org", status="TENTATIVE"),
        side_event("e-4", status="CANCELLED", cancelled_prefix="Annulé : "),
        side_event(
            "e-5", conference_url="https://example.org/join?a=1,2;b=ü x", conference_label="Join; now", own_way_in=True
        ),
        side_event(
            "e-6",
            picture_url="https://example.org/e-6.png",
            summary="Le soin compte",
            summary_language="fr",
            colour="sienna",
            private=True,
            alarm_minutes=30,
        ),
    ]


def feed_of(entries: list[CalendarEntry]) -> bytes:
    zones = [zone for each in entries for zone in each.zones]
    return calendar(FEED, map(vevent, entries), zones, (2027, 2028))


def parsed(content: bytes) -> Any:
    return Calendar.from_ical(content)


def times_of(entries: list[CalendarEntry]) -> Times:
    return {
        each.uid: (each.starts.wall.date(), each.ends.wall.date() + timedelta(days=1))
        if each.all_day
        else (each.starts.instant, each.ends.instant)
        for each in entries
    }


@pytest.mark.parametrize("read", READERS)
def test_calendar_programs_read_the_right_times(read: Callable[..., Times]) -> None:
    entries = [*at_every_edge(), *sample()[-5:]]
    assert read(feed_of(entries)) == times_of(entries)


@pytest.mark.parametrize("read", READERS)
def test_calendar_programs_read_single_events_rightly(read: Callable[..., Times]) -> None:
    entries = at_every_edge()[::25]
    assert read(*map(single, entries)) == times_of(entries)


def test_an_event_is_written_property_by_property() -> None:
    written = side_event(
        description="Bring, please;\nall",
        location="CR-12, UN Headquarters",
        geo=(40.749, -73.968),
        place=("CR-12", "Street 1"),
        categories=("care", "work, paid"),
        colour="steelblue",
        picture_url="https://example.org/e 1.png",
        conference_url="https://example.org/join",
        conference_label="Join online",
        own_way_in=True,
        related_to="e-2@example.org",
    )
    url = "https://example.org/en/events/e-1"
    assert vevent(written).replace("\r\n ", "").splitlines() == [
        "BEGIN:VEVENT",
        "UID:e-1@example.org",
        "SEQUENCE:2",
        "DTSTAMP:20261122T140506Z",
        "CREATED:20261101T090000Z",
        "LAST-MODIFIED:20261122T140506Z",
        "DTSTART;TZID=America/New_York:20270205T131500",
        "DTEND;TZID=America/New_York:20270205T143000",
        "STATUS:CONFIRMED",
        "CLASS:PUBLIC",
        "TRANSP:OPAQUE",
        "X-MICROSOFT-CDO-BUSYSTATUS:BUSY",
        "SUMMARY;LANGUAGE=en:Care skills count",
        rf'DESCRIPTION;ALTREP="{url}";LANGUAGE=en:Bring\, please\;\nall\n\n{url}',
        "URL:https://example.org/en/events/e-1",
        r"LOCATION;LANGUAGE=en:CR-12\, UN Headquarters",
        "GEO:40.749000;-73.968000",
        'X-APPLE-STRUCTURED-LOCATION;VALUE=URI;X-ADDRESS="Street 1";X-TITLE="CR-12":geo:40.749000,-73.968000',
        r"CATEGORIES;LANGUAGE=en:care,work\, paid",
        'CONFERENCE;VALUE=URI;FEATURE=AUDIO,VIDEO;LABEL="Join online":https://example.org/join',
        "X-GOOGLE-CONFERENCE:https://example.org/join",
        "X-MICROSOFT-SKYPETEAMSMEETINGURL:https://example.org/join",
        "IMAGE;VALUE=URI;DISPLAY=FULLSIZE;FMTTYPE=image/png:https://example.org/e%201.png",
        "COLOR:steelblue",
        "RELATED-TO;RELTYPE=PARENT:e-2@example.org",
        "END:VEVENT",
    ]


def test_a_feed_says_what_it_is() -> None:
    assert calendar(FEED, [], [], (2027, 2027)).decode().splitlines() == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Sideline//Sideline//EN",
        "CALSCALE:GREGORIAN",
        "uid:feed-all@example.org",
        r"NAME;LANGUAGE=en:Make Mothers Matter\; everything",
        r"X-WR-CALNAME:Make Mothers Matter\; everything",
        r"DESCRIPTION;LANGUAGE=en:What is coming\, and what was",
        r"X-WR-CALDESC:What is coming\, and what was",
        "LAST-MODIFIED:20261122T140506Z",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
        "SOURCE;VALUE=URI:https://example.org/en/calendar.ics",
        "URL:https://example.org/en/",
        "END:VCALENDAR",
    ]


def test_a_feed_has_the_colour_of_its_organisation() -> None:
    coloured = calendar(structs.replace(FEED, colour="#8b1f2f"), [], [], (2027, 2027)).decode().splitlines()
    assert coloured[-3:-1] == ["COLOR:brown", "X-APPLE-CALENDAR-COLOR:#8b1f2f"]


def test_the_colours_of_tracks_have_names_of_their_own() -> None:
    names = [css_name(colour) for colour in TRACK_COLOURS]
    assert names == ["sienna", "steelblue", "darkolivegreen", "purple", "brown", "darkslateblue", "teal", "olive"]
    assert (css_name("#000080"), css_name("#0A0A0A")) == ("navy", "black")


def test_a_link_that_everybody_has_gets_no_button() -> None:
    public = vevent(side_event(conference_url="https://example.org/live"))
    assert "CONFERENCE;" in public
    assert "X-GOOGLE" not in public
    assert "X-MICROSOFT-SKYPE" not in public


def test_a_download_says_what_the_feed_says() -> None:
    """The one is written by us, the other by icalendar from it."""
    for each in sample():
        [in_feed] = parsed(feed_of([each])).walk("VEVENT")
        [alone] = parsed(single(each)).walk("VEVENT")
        if b"VTIMEZONE" not in single(each):
            in_feed, alone = (
                {k: v for k, v in one.items() if k not in {"DTSTART", "DTEND"}} for one in (in_feed, alone)
            )
        assert plain(alone) == plain(in_feed)


def plain(event: Any) -> dict[str, Any]:
    return {
        name: [(one.to_ical(), dict(one.params)) for one in (value if isinstance(value, list) else [value])]
        for name, value in event.items()
    }


def test_an_all_day_event_ends_before_the_day_after_and_blocks_no_time() -> None:
    lines = vevent(conference()).splitlines()
    assert {"DTSTART;VALUE=DATE:20270906", "DTEND;VALUE=DATE:20270909", "TRANSP:TRANSPARENT"} <= set(lines)
    assert "VTIMEZONE" not in feed_of([conference()]).decode()


def test_a_cancelled_event_says_so_in_words_too() -> None:
    cancelled = vevent(side_event(status="CANCELLED", cancelled_prefix="Annulé : "))
    assert "STATUS:CANCELLED\r\n" in cancelled
    assert "SUMMARY;LANGUAGE=en:Annulé : Care skills count\r\n" in cancelled
    assert "SUMMARY;LANGUAGE=en:Care skills count\r\n" in vevent(side_event(cancelled_prefix="Annulé : "))


def test_a_time_that_comes_twice_is_written_as_an_instant() -> None:
    twice = (WallTime.parse("2027-10-31T01:30", "Europe/London", fold) for fold in (0, 1))
    lines = vevent(entry("e-1", *twice)).splitlines()
    assert {"DTSTART:20271031T003000Z", "DTEND:20271031T013000Z"} <= set(lines)


def test_a_stored_time_that_new_rules_skip_is_still_written() -> None:
    gone = WallTime(datetime(2027, 3, 28, 1, 30), "Europe/London")  # noqa: DTZ001 a wall time
    lines = vevent(entry("e-1", gone, WallTime.parse("2027-03-28T03:00", "Europe/London"))).splitlines()
    assert {"DTSTART:20270328T013000Z", "DTEND:20270328T020000Z"} <= set(lines)


def test_icalendar_reads_what_was_meant() -> None:
    entries = sample()
    read = parsed(feed_of(entries))
    assert [fault for component in read.walk() for fault in component.errors] == []
    events = {str(event["UID"]): event for event in read.walk("VEVENT")}
    assert list(events) == sorted(each.uid for each in entries)
    for each in entries:
        event = events[each.uid]
        prefix = each.cancelled_prefix if each.status == "CANCELLED" else ""
        assert (str(event["SUMMARY"]), event["SEQUENCE"], event["STATUS"]) == (prefix + each.summary, 2, each.status)
        assert event["DTSTAMP"].dt == event["LAST-MODIFIED"].dt == CHANGED.replace(microsecond=0)
        assert str(event["DESCRIPTION"]) == f"{each.description}\n\n{each.url}".lstrip()
        assert str(event.get("LOCATION", "")) == each.location
        assert (
            tuple(map(str, event["CATEGORIES"].cats)) == each.categories
            if each.categories
            else "CATEGORIES" not in event
        )
        assert str(event.get("RELATED-TO", "")) == (each.related_to or "")
    assert events["e-5@example.org"]["CONFERENCE"] == "https://example.org/join?a=1,2;b=%C3%BC%20x"
    assert events["e-5@example.org"]["CONFERENCE"].params["FEATURE"] == ["AUDIO", "VIDEO"]
    assert events["e-5@example.org"]["CONFERENCE"].params["LABEL"] == "Join; now"
    map_of = events["e-2@example.org"]["X-APPLE-STRUCTURED-LOCATION"]
    assert (map_of, map_of.params["X-TITLE"]) == ("geo:41.311081,69.240562", "Hall '2', Venue")
    assert map_of.params["X-ADDRESS"] == "Street 1;, Tashkent: 1"
    assert events["e-6@example.org"]["SUMMARY"].params["LANGUAGE"] == "fr"
    assert events["e-6@example.org"]["COLOR"] == "sienna"
    assert events["e-2@example.org"]["GEO"].to_ical() == "41.311081;69.240562"


def test_libical_finds_no_fault() -> None:
    assert not libical_finds_fault(feed_of(sample()))
    assert libical_finds_fault(feed_of(sample()).replace(b"SEQUENCE:2", b"SEQUENCE:2\r\nSEQUENCE:3"))


@given(st.text(st.characters()), st.text(min_size=60))  # the first with lone surrogates
def test_no_text_can_break_a_line(odd: str, long: str) -> None:
    text = odd + long + odd
    each = side_event(
        summary=text, description=text, location=text, categories=(text,), url=f"https://example.org/{text}",
        geo=(1, 2), place=(text, text), conference_url=text, conference_label=text, own_way_in=True,
    )  # fmt: skip
    content = calendar(FEED, [vevent(each)], each.zones, (2027, 2027))
    lines = content.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert not set(b"".join(lines)) & {*range(9), *range(10, 32), 127}
    assert b"".join(lines) == b"".join(line.decode().encode() for line in lines)
    read = parsed(content)
    (event,) = read.walk("VEVENT")
    assert read.errors == event.errors == []
    assert str(event["SUMMARY"]) == str(event["LOCATION"]) == readable(text)


def readable(text: str) -> str:
    """What is left of a text without what no calendar can carry, each kind of line break being one."""
    for line_break in ("\r\n", "\r", "\x85", "\u2028", "\u2029"):
        text = text.replace(line_break, "\n")
    return "".join(c for c in text if c in "\t\n" or not (c < " " or c == "\x7f" or "\ud800" <= c <= "\udfff"))


def test_bytes_follow_from_the_arguments_alone() -> None:
    program = (
        "import sys; from tests.infra.test_ics import *; from events.infra.ics.single import single;"
        "entries = sample(); sys.stdout.buffer.write(feed_of(entries) + b''.join(map(single, entries)))"
    )
    here = feed_of(sample()) + b"".join(map(single, sample()))
    for seed in ("1", "2"):
        path = {"PYTHONHASHSEED": seed, "PYTHONPATH": "."}
        told = subprocess.run([sys.executable, "-c", program], env=path, capture_output=True, check=True).stdout
        assert told == here
    assert feed_of(sample()[::-1]) == feed_of(sample())


def test_a_download_has_no_method_and_the_zone_it_needs() -> None:
    read = parsed(single(side_event()))
    assert "METHOD" not in read
    assert [str(zone["TZID"]) for zone in read.walk("VTIMEZONE")] == ["America/New_York"]
    assert [event["DTSTART"].to_ical() for event in read.walk("VEVENT")] == [b"20270205T131500"]


def test_a_download_in_a_zone_that_outlook_misreads_has_instants() -> None:
    cairo = (WallTime.parse(f"2027-02-05T{clock}", "Africa/Cairo") for clock in ("13:15", "14:30"))
    content = single(entry("e-1", *cairo))
    assert b"VTIMEZONE" not in content
    assert {b"DTSTART:20270205T111500Z", b"DTEND:20270205T123000Z"} <= set(content.splitlines())


def test_a_conference_is_downloaded_with_its_parts() -> None:
    part = side_event(related_to=conference().uid)
    read = parsed(single(conference(), part))
    assert [str(event["UID"]) for event in read.walk("VEVENT")] == [conference().uid, part.uid]


def test_a_published_invitation_names_its_organizer_and_nobody_else() -> None:
    sent = datetime(2026, 12, 1, 8, tzinfo=UTC)
    content = single(
        side_event(), invitation=Invitation("PUBLISH", Party("Make Mothers Matter", "events@example.org"), sent)
    )
    (event,) = parsed(content).walk("VEVENT")
    assert b"METHOD:PUBLISH\r\n" in content
    assert (event["ORGANIZER"], event["ORGANIZER"].params["CN"]) == ("mailto:events@example.org", "Make Mothers Matter")
    assert event["DTSTAMP"].dt == sent
    assert "ATTENDEE" not in event
    assert not libical_finds_fault(content)


def test_a_request_goes_to_one_attendee() -> None:
    organizer, guest = Party("MMM", "events@example.org"), Party('Zoë "Z" O\'Neil;\r\nX', "zoe@example.org")
    sent = datetime(2026, 12, 1, 8, tzinfo=UTC)
    content = single(side_event(), invitation=Invitation("REQUEST", organizer, sent, guest))
    (event,) = parsed(content).walk("VEVENT")
    assert event["ATTENDEE"] == "mailto:zoe@example.org"
    assert event["ATTENDEE"].params == {
        "CN": 'Zoë "Z" O\'Neil;\nX',
        "PARTSTAT": "ACCEPTED",
        "ROLE": "REQ-PARTICIPANT",
        "RSVP": "FALSE",
    }
    assert not libical_finds_fault(content)
    for method, attendee in (("PUBLISH", guest), ("REQUEST", None), ("CANCEL", None)):
        with pytest.raises(ValueError, match="attendee"):
            Invitation(method, organizer, sent, attendee)  # type: ignore[arg-type]
