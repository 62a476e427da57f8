"""Addresses elsewhere, as those who answer there want them."""

from datetime import UTC, datetime
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from msgspec import structs

from events.infra.ics.writer import CalendarEntry
from events.kernel.spans import WallTime
from events.programme.links import LONGEST_DETAILS, add_to, map_of, subscribe_to
from events.programme.rules import Venue

STAMP = datetime(2026, 11, 22, tzinfo=UTC)
ENTRY = CalendarEntry(
    uid="e-1@testserver",
    sequence=0,
    created=STAMP,
    changed=STAMP,
    starts=WallTime(datetime(2027, 3, 28, 18), "Europe/London"),  # noqa: DTZ001 - wall time
    ends=WallTime(datetime(2027, 3, 28, 21), "Europe/London"),  # noqa: DTZ001 - same
    summary="Soin & paix: 100 %",
    description="À l’heure d’été",
    language="fr",
    location="Hall A, Genève",
    url="https://sideline.example/fr/events/soin",
)


def test_google_gets_instants_and_spaces_that_are_no_plus_signs() -> None:
    assert add_to(ENTRY).google == (
        "https://calendar.google.com/calendar/render?action=TEMPLATE&text=Soin%20%26%20paix%3A%20100%20%25"
        "&dates=20270328T170000Z%2F20270328T200000Z"
        "&details=%C3%80%20l%E2%80%99heure%20d%E2%80%99%C3%A9t%C3%A9%0A%0Ahttps%3A%2F%2Fsideline.example%2Ffr%2Fevents%2Fsoin"
        "&location=Hall%20A%2C%20Gen%C3%A8ve"
    )


@pytest.mark.parametrize(("to", "host"), [("outlook", "outlook.live.com"), ("microsoft365", "outlook.office.com")])
def test_outlook_gets_the_offset_with_the_time(to: str, host: str) -> None:
    address = urlsplit(getattr(add_to(ENTRY), to))
    query = parse_qs(address.query)
    assert address.hostname == host
    assert (query["startdt"], query["enddt"]) == (["2027-03-28T17:00:00Z"], ["2027-03-28T20:00:00Z"])
    assert (query["path"], query["rru"], query["allday"]) == (["/calendar/action/compose"], ["addevent"], ["false"])


def test_long_descriptions_are_cut_before_the_address_of_the_event() -> None:
    details = parse_qs(urlsplit(add_to(structs.replace(ENTRY, description="é" * 5000)).yahoo).query)["desc"][0]
    assert len(details) == LONGEST_DETAILS
    assert details.endswith(f"…\n\n{ENTRY.url}")


def test_a_feed_is_offered_to_each_calendar_in_its_own_way() -> None:
    feed = subscribe_to("https://sideline.example/en/calendar.ics?kind=side_event", "Sideline")
    assert feed.webcal == "webcal://sideline.example/en/calendar.ics?kind=side_event"
    assert parse_qs(urlsplit(feed.google).query) == {"cid": [feed.webcal]}
    for web in (feed.outlook, feed.microsoft365):
        assert parse_qs(urlsplit(web).query) == {"url": [feed.https], "name": ["Sideline"]}


def test_a_map_opens_at_the_place_or_looks_for_the_address() -> None:
    hall = Venue("Uzexpocentre", "107 Amir Temur Avenue, Tashkent", lat=41.3386, lon=69.2858)
    assert map_of(hall) == ("https://www.openstreetmap.org/?mlat=41.33860&mlon=69.28580#map=17/41.33860/69.28580")
    assert unquote(map_of(structs.replace(hall, lat=None))).endswith("query=107 Amir Temur Avenue, Tashkent")
    assert unquote(map_of(Venue("Uzexpocentre"))).endswith("query=Uzexpocentre")
