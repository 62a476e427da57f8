"""What an event of a calendar file says to us."""

from datetime import date
from typing import Any

import pytest

from events.imports.from_calendar import asked_zones, rows_of_calendar
from events.imports.rules import Choices, Row
from events.infra.ics.reader import read_calendar
from tests.imports.files import OUTLOOK, calendar, event

TODAY = date(2026, 11, 25)


def row(*lines: str, choices: Choices | None = None, zone: str = "") -> Row:
    (found,) = rows_of_calendar(read_calendar(calendar(*lines, zone=zone), today=TODAY), choices or Choices())
    return found


def told(found: Row) -> list[str]:
    return [note.message for note in found.notes]


def when(found: Row) -> tuple[Any, Any]:
    return found.document["starts"]["wall"], found.document["starts"]["zone"]


def test_an_event_of_outlook_becomes_a_document_and_its_link_is_not_for_everybody() -> None:
    (found,) = rows_of_calendar(read_calendar(OUTLOOK.encode(), today=TODAY), Choices())
    assert found.document == {
        "kind": "meeting",
        "title": {"en": "Care skills count"},
        "description": {"en": "What unpaid care teaches.\n\nJoin here:"},
        "all_day": False,
        "starts": {"wall": "2027-07-01T10:00", "zone": "Europe/Berlin", "fold": 0},
        "ends": {"wall": "2027-07-01T11:30", "zone": "Europe/Berlin", "fold": 0},
        "venue": {"name": "Room XIX, Palais des Nations", "address": None},
        "modes": {"in_person": {}, "online": {}},
        "joining_link": "https://teams.microsoft.com/l/meetup-join/19%3ameeting_abc",
        "listing_url": None,
        "tags": [],
        "part_of": None,
    }
    assert told(found) == ["The link into the meeting was taken out of the description: it becomes the joining link."]


def test_times_in_utc_keep_their_instant_in_the_calendars_zone() -> None:
    lines = ("UID:a", "SUMMARY:x", "DTSTART:20270701T080000Z", "DTEND:20270701T093000Z")
    assert when(row(*lines)) == ("2027-07-01T08:00", "UTC")
    assert when(row(*lines, zone="Europe/Paris")) == ("2027-07-01T10:00", "Europe/Paris")
    chosen = Choices(zones={"UTC": "America/New_York"})
    assert when(row(*lines, zone="Europe/Paris", choices=chosen)) == ("2027-07-01T04:00", "America/New_York")


def test_times_without_a_zone_are_asked_about() -> None:
    lines = ("UID:a", "SUMMARY:x", "DTSTART:20270701T100000", "DTEND:20270701T113000")
    found = row(*lines)
    assert [note.message for note in found.notes if note.stops] == ["It says no zone. Say above which one is meant."]
    assert when(row(*lines, choices=Choices(zones={"": "Africa/Nairobi"}))) == ("2027-07-01T10:00", "Africa/Nairobi")
    asked = asked_zones(read_calendar(calendar(*lines), today=TODAY), Choices(zone="Africa/Nairobi"))
    assert [(one.tzid, one.name, one.must) for one in asked] == [("", "", True)]


def test_a_zone_of_rules_keeps_the_instant_in_whichever_zone_is_chosen() -> None:
    data = OUTLOOK.replace("W. Europe Standard Time", "Odd").replace("+0200", "+0217").encode()
    found = read_calendar(data, today=TODAY)
    (chosen,) = rows_of_calendar(found, Choices(zones={"Odd": "UTC"}))
    assert when(chosen) == ("2027-07-01T07:43", "UTC")
    (unknown,) = rows_of_calendar(found, Choices())
    assert [note.params for note in unknown.notes if note.stops] == [{"zone": "Odd"}]


def test_whole_days_are_of_the_usual_zone_and_end_on_their_last_day() -> None:
    found = row(
        "UID:a",
        "SUMMARY:x",
        "DTSTART;VALUE=DATE:20270906",
        "DTEND;VALUE=DATE:20270909",
        choices=Choices(zone="Asia/Tashkent"),
    )
    assert (found.document["all_day"], found.document["starts"]["zone"]) == (True, "Asia/Tashkent")
    assert found.document["ends"]["wall"] == "2027-09-08T00:00"


@pytest.mark.parametrize(
    ("wall", "taken", "said"),
    [
        ("20270328T023000", ("2027-03-28T03:30", 0), "Clocks skip this time, so it is taken as {proposal}."),
        ("20271031T023000", ("2027-10-31T02:30", 0), "Clocks show this time twice; the first is taken, at {offset}."),
    ],
)
def test_times_that_clocks_skip_or_show_twice_are_taken_as_the_standard_has_it_and_told(
    wall: str, taken: tuple[str, int], said: str
) -> None:
    found = row("UID:a", "SUMMARY:x", f"DTSTART;TZID=Europe/Paris:{wall}", "DTEND;TZID=Europe/Paris:20271031T120000")
    assert (found.document["starts"]["wall"], found.document["starts"]["fold"]) == taken
    assert said in told(found)


def test_rules_of_the_file_that_are_old_are_told_and_the_clock_on_the_wall_stands() -> None:
    """Morocco gave up its summer time in 2026; a file made before that reckons with UTC+1."""
    data = OUTLOOK.replace("W. Europe Standard Time", "Africa/Casablanca").encode()
    (found,) = rows_of_calendar(read_calendar(data, today=TODAY), Choices())
    assert when(found) == ("2027-07-01T10:00", "Africa/Casablanca")
    assert any(message.startswith("The file reckons {zone} otherwise") for message in told(found))


@pytest.mark.parametrize(
    ("lines", "link", "venue"),
    [
        (["LOCATION:https://example.org/live"], "https://example.org/live", None),
        (
            ["LOCATION:Microsoft Teams Meeting", "X-MICROSOFT-SKYPETEAMSMEETINGURL:https://teams.microsoft.com/meet/1"],
            "https://teams.microsoft.com/meet/1",
            None,
        ),
        (
            ["CONFERENCE;VALUE=URI;FEATURE=VIDEO:https://meet.example/1", "LOCATION:Room 3"],
            "https://meet.example/1",
            "Room 3",
        ),
        (["CONFERENCE;VALUE=URI:tel:+1-412-555-0123"], None, None),
        (["LOCATION:Room 3; https://un.zoom.us/j/99"], "https://un.zoom.us/j/99", "Room 3"),
        (["LOCATION:Zoom"], None, None),
        (["LOCATION:UN Headquarters\\nNew York"], None, "UN Headquarters"),
    ],
)
def test_a_place_and_a_link_are_told_apart(lines: list[str], link: str | None, venue: str | None) -> None:
    found = row(*event(), *lines)
    assert found.document["joining_link"] == link
    assert (found.document["venue"] or {}).get("name") == venue


def test_a_description_that_is_a_web_page_becomes_text_and_codes_in_it_are_pointed_at() -> None:
    html = "DESCRIPTION:<p>Come &amp; <b>listen</b></p><br>Meeting ID: 123 456"
    found = row(*event(), html)
    assert found.document["description"] == {"en": "Come & listen\n\nMeeting ID: 123 456"}
    assert told(found) == ["The description seems to tell a code to get in. Look at it before you publish."]


def test_categories_say_the_kind_and_the_subjects() -> None:
    found = row(*event(), "CATEGORIES:Care,Side event", "CATEGORIES:Work\\, paid")
    assert (found.document["kind"], found.document["tags"]) == ("side_event", ["Care", "Work, paid"])
    assert row(*event()).document["kind"] == "meeting"
    assert row(*event(), choices=Choices(part_of="csocd65")).document["kind"] == "session"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("GEO:north", "Its place on the map is not understood: {geo}"),
        ("GEO:91;0", "Its place on the map is not understood: {geo}"),
        ("URL:not a web address", "Its address is not one of the web: {url}"),
        ("nonsense", "Line {line} means nothing and was left out: {text}"),
        (f"DESCRIPTION:{'x' * 20_001}", "It is longer than {most} characters and was cut."),
    ],
)
def test_nonsense_in_a_field_is_told_and_the_event_is_taken(line: str, said: str) -> None:
    found = row(*event(), line)
    assert told(found) == [said]
    assert not any(note.stops for note in found.notes)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["UID:a", "DTSTART:20270701T100000Z"], "It has no title (SUMMARY)."),
        (["UID:a", "SUMMARY:x"], "It does not say when it starts."),
        (["UID:a", "SUMMARY:x", "DTSTART:soon"], "When it starts is not understood: {text}"),
        (["UID:a", "SUMMARY:x", "DTSTART:17890714T100000Z"], "Only years from 1970 to 2199 can be taken."),
    ],
)
def test_what_an_event_cannot_be_without_is_told_as_its_problem(lines: list[str], said: str) -> None:
    assert said in [note.message for note in row(*lines).notes if note.stops]


def test_control_characters_never_get_through() -> None:
    found = row("UID:a\x07b", "SUMMARY:a\x00b\x1b", "DTSTART:20270701T100000Z")
    assert (found.uid, found.title) == ("ab", "ab")
