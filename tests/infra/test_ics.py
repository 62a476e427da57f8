"""Feeds and their entries as they are written, and what others make of them."""

import subprocess
import sys
from collections.abc import Callable
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from events.infra.ics.colours import css_name
from events.infra.ics.single import single
from events.infra.ics.writer import calendar, vevent
from events.kernel.spans import WallTime
from events.programme.rules.contents import TRACK_COLOURS
from tests.infra.calendar_clients import READERS, Times, libical_finds_fault
from tests.infra.entries import (
    CHANGED,
    FEED,
    at_every_edge,
    conference,
    entry,
    feed_of,
    parsed,
    sample,
    side_event,
    times_of,
)


@pytest.mark.parametrize("read", READERS)
def test_calendar_programs_read_the_right_times(read: Callable[..., Times]) -> None:
    entries = [*at_every_edge(), *sample()[-5:]]
    assert read(feed_of(entries)) == times_of(entries)


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
        "import sys; from tests.infra.entries import *; from events.infra.ics.single import single;"
        "entries = sample(); sys.stdout.buffer.write(feed_of(entries) + b''.join(map(single, entries)))"
    )
    here = feed_of(sample()) + b"".join(map(single, sample()))
    for seed in ("1", "2"):
        path = {"PYTHONHASHSEED": seed, "PYTHONPATH": "."}
        told = subprocess.run([sys.executable, "-c", program], env=path, capture_output=True, check=True).stdout
        assert told == here
    assert feed_of(sample()[::-1]) == feed_of(sample())
