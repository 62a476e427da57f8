"""Calendars of one event, to download and to send: what they say beside the feed, and what others make of it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from events.infra.ics.single import Invitation, Party, single
from events.kernel.spans import WallTime
from tests.infra.calendar_clients import READERS, Times, libical_finds_fault
from tests.infra.entries import at_every_edge, conference, entry, feed_of, parsed, sample, side_event, times_of


@pytest.mark.parametrize("read", READERS)
def test_calendar_programs_read_single_events_rightly(read: Callable[..., Times]) -> None:
    entries = at_every_edge()[::25]
    assert read(*map(single, entries)) == times_of(entries)


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
