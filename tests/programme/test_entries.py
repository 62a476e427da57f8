from datetime import date
from typing import Any

import pytest
from msgspec import structs

from events.infra.ics.writer import CalendarEntry, vevent
from events.programme.entries import entry_of
from events.programme.rules import EventFacts, Kind, Status
from tests.make import a_published_event, an_organisation

pytestmark = pytest.mark.usefixtures("database")

BASE = "https://example.org"
CONFERENCE: dict[str, Any] = {
    "kind": "conference",
    "slug": "mothers4peace",
    "starts": {"wall": "2027-05-04T09:00", "zone": "Africa/Casablanca"},
    "ends": {"wall": "2027-05-05T17:00", "zone": "Africa/Casablanca"},
}
LINK = "https://video.example.org/room?pwd=secret"


async def an_entry(language: str = "en", **changes: Any) -> CalendarEntry:
    return entry_of(await a_published_event(await an_organisation(), **changes), language, BASE)


async def test_an_event_is_told_with_all_that_it_takes_to_be_there() -> None:
    entry = await an_entry(
        description={"en": "Four speakers, then questions."},
        languages=["en", "fr"],
        interpretation=["es", "ils"],
        admission={"en": "A UN grounds pass is needed."},
        sample={"en": "A sample edition."},
        tags=["care"],
        venue={"name": "UN Headquarters", "room": "CR-12", "lat": 40.7489, "lon": -73.968},
    )
    assert entry.description.split("\n\n") == [
        "A sample edition.",
        "What unpaid care teaches.",
        "Four speakers, then questions.",
        "Languages: English and French",
        "Interpretation: Spanish and International Sign",
        "A UN grounds pass is needed.",
        "To be there in person or take part online, register at:",
    ]
    assert (
        vevent(entry)
        .replace("\r\n ", "")
        .split("DESCRIPTION")[1]
        .splitlines()[0]
        .endswith(r"register at:\n\nhttps://example.org/en/events/care-skills-count")
    )
    assert entry.location == "CR-12, UN Headquarters"
    assert entry.picture_url == "https://example.org/en/events/care-skills-count.png"
    assert (entry.geo, entry.place) == ((40.7489, -73.968), ("CR-12, UN Headquarters", ""))
    assert entry.categories == ("Side event", "care")
    assert (entry.status, entry.sequence, entry.transparent) == ("CONFIRMED", 0, False)


async def test_a_description_that_begins_with_the_summary_stands_alone() -> None:
    entry = await an_entry(description={"en": "What unpaid care teaches. Four speakers."}, modes={})
    assert entry.description == "What unpaid care teaches. Four speakers."


async def test_each_language_has_its_own_texts() -> None:
    entry = await an_entry("fr", venue=None, modes={"online": {}})
    assert (entry.language, entry.summary) == ("fr", "Les compétences du soin comptent")
    assert entry.description == (
        "Ce que le soin non rémunéré enseigne.\n\nPour participer en ligne, inscrivez-vous ici\u00a0:"
    )
    assert (entry.location, entry.categories) == ("En ligne", ("Événement parallèle",))
    assert entry.url == "https://example.org/fr/events/care-skills-count"


async def test_a_title_says_in_which_language_it_is() -> None:
    entry = await an_entry("fr", title={"en": "Care skills count"})
    assert (entry.language, entry.summary_language) == ("fr", "en")


async def test_whoever_is_registered_is_not_asked_to_register() -> None:
    event = await a_published_event(await an_organisation())
    join = f"{BASE}/t/1-secret/join"
    told = entry_of(event, "en", BASE, registered=True, join=join)
    assert told.description.split("\n\n") == ["What unpaid care teaches.", f"Join online: {join}"]
    assert (told.location, told.conference_url, told.geo, told.own_way_in) == (join, join, None, True)
    assert entry_of(event, "en", BASE, registered=True).description == "What unpaid care teaches."


async def test_a_session_has_the_colour_and_the_name_of_its_track() -> None:
    organisation = await an_organisation()
    tracks = [{"key": "care", "name": {"en": "Care", "fr": "Soin"}, "colour": "#0b5c7a"}]
    await a_published_event(organisation, **CONFERENCE, tracks=tracks)
    session = await a_published_event(organisation, kind="session", part_of="mothers4peace", track="care")
    entry = entry_of(session, "fr", BASE)
    assert (entry.colour, entry.categories) == ("steelblue", ("Séance", "Soin"))


async def test_only_a_broadcast_tells_everybody_how_to_join() -> None:
    event = await a_published_event(await an_organisation(), joining_link=LINK, venue=None, modes={"online": {}})
    assert "secret" not in vevent(entry_of(event, "en", BASE))
    told = entry_of(structs.replace(event, kind=Kind.BROADCAST), "en", BASE)
    assert (told.conference_url, told.location, told.own_way_in) == (LINK, LINK, False)
    assert f"Watch it live: {LINK}" in told.description


async def test_a_conference_of_several_days_is_whole_days_and_says_its_hours() -> None:
    entry = await an_entry(**CONFERENCE)
    assert entry.all_day
    assert (entry.starts.wall.date(), entry.ends.wall.date()) == (date(2027, 5, 4), date(2027, 5, 5))
    assert "Tuesday 4 – Wednesday 5 May 2027, Tue 09:00 – Wed 17:00 (Casablanca, UTC+0)" in entry.description
    lines = vevent(entry).splitlines()
    assert {"DTSTART;VALUE=DATE:20270504", "DTEND;VALUE=DATE:20270506", "TRANSP:TRANSPARENT"} <= set(lines)


async def test_a_conference_that_ends_at_midnight_takes_one_day() -> None:
    ends = {"wall": "2027-05-05T00:00", "zone": "Africa/Casablanca"}
    entry = await an_entry(**CONFERENCE | {"ends": ends})
    assert not entry.all_day


async def test_a_part_names_its_conference() -> None:
    organisation = await an_organisation()
    whole = await a_published_event(organisation, **CONFERENCE)
    part = await a_published_event(organisation, part_of="mothers4peace")
    assert entry_of(part, "en", BASE).related_to == whole.uid


def off(event: EventFacts, status: Status, language: str) -> CalendarEntry:
    stands = structs.replace(event, status=status, cancelled_reason={"en": "The hall was flooded."})
    return entry_of(stands, language, BASE)


async def test_what_does_not_take_place_says_so_and_why() -> None:
    event = await a_published_event(await an_organisation())
    cancelled = off(event, Status.CANCELLED, "en")
    assert cancelled.description == "The hall was flooded.\n\nWhat unpaid care teaches."
    assert "SUMMARY;LANGUAGE=en:Cancelled: Care skills count\r\n" in vevent(cancelled)
    postponed = vevent(off(event, Status.POSTPONED, "fr"))
    assert "STATUS:CANCELLED\r\n" in postponed
    assert "SUMMARY;LANGUAGE=fr:Reporté\u00a0: Les compétences du soin comptent\r\n" in postponed
