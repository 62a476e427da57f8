"""What search engines find, read by the standard library's own parsers."""

import json
from typing import Any
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree as ET

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser

from events.accounts.rules import Actor
from events.programme.actions import create_event
from events.programme.forms import read_event
from events.registration.actions.moving import cancel_event, change_event, go_online, postpone_event
from tests.make import a_published_event, an_event, an_organisation

SCHEMA = "https://schema.org/"
SITEMAP = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}


@pytest.fixture
async def by(database: Any) -> Actor:  # noqa: ARG001 - it must be open
    return await an_organisation()


async def structured(client: httpx.AsyncClient, language: str = "en") -> dict[str, Any]:
    page = LexborHTMLParser((await client.get(f"/{language}/events/care-skills-count")).text)
    [script] = page.css('script[type="application/ld+json"]')
    found: dict[str, Any] = json.loads(script.text())
    return found


async def test_robots_may_fetch_pages_and_feeds_and_nothing_private(client: httpx.AsyncClient) -> None:
    answer = await client.get("/robots.txt")
    rules = RobotFileParser()
    rules.parse(answer.text.splitlines())
    for public in ("/en/", "/fr/events/care", "/en/calendar.ics", "/en/events/care.ics", "/static/x/css/sideline.css"):
        assert rules.can_fetch("Googlebot", f"http://testserver{public}"), public
    for private in ("/t/abc", "/calendars/abc.ics", "/door/abc", "/organise/", "/api/v1/events"):
        assert not rules.can_fetch("Googlebot", f"http://testserver{private}"), private
    assert rules.site_maps() == ["http://testserver/sitemap.xml"]


async def test_the_sitemap_names_every_public_page_in_each_language_and_each_is_there(
    client: httpx.AsyncClient, by: Actor
) -> None:
    await a_published_event(by)
    await a_published_event(by, kind="conference", slug="assembly")
    await a_published_event(by, kind="conference", slug="congress")
    await a_published_event(by, kind="session", slug="opening", part_of="congress")
    await create_event(read_event(an_event(slug="draft")), by=by, domain="testserver")
    await create_event(read_event(an_event(kind="session", slug="s", part_of="assembly")), by=by, domain="testserver")
    answer = await client.get("/sitemap.xml")
    assert answer.headers["content-type"] == "application/xml; charset=utf-8"
    urls = ET.fromstring(answer.text).findall("s:url", SITEMAP)  # noqa: S314 - ours
    found = {url.findtext("s:loc", namespaces=SITEMAP) or "" for url in urls}
    assert found == {
        f"http://testserver/{language}{path}"
        for language in ("en", "fr")
        for path in (
            "/",
            "/organisations/make-mothers-matter",
            "/events/care-skills-count",
            "/events/assembly",
            "/events/congress",
            "/events/congress/programme",
            "/events/opening",
        )
    }
    for url in urls:
        others = {link.get("hreflang"): link.get("href") or "" for link in url.findall("x:link", SITEMAP)}
        assert others.keys() == {"en", "fr", "x-default"}
        assert url.findtext("s:loc", namespaces=SITEMAP) in others.values()
        assert set(others.values()) <= found
        assert others["x-default"] == others["en"]
    for address in found:
        assert (await client.get(address)).status_code == 200


async def test_an_event_says_when_where_and_how_in_the_readers_language(client: httpx.AsyncClient, by: Actor) -> None:
    await a_published_event(by, joining_link="https://video.example.org/secret", speakers=[{"name": "Amina Diallo"}])
    found = await structured(client, "fr")
    assert found["name"] == "Les compétences du soin comptent"
    assert (found["startDate"], found["endDate"]) == ("2027-02-05T13:15:00-05:00", "2027-02-05T14:30:00-05:00")
    assert found["eventStatus"] == "https://schema.org/EventScheduled"
    assert found["eventAttendanceMode"] == "https://schema.org/MixedEventAttendanceMode"
    assert [place["@type"] for place in found["location"]] == ["Place", "VirtualLocation"]
    assert found["organizer"]["name"] == "Make Mothers Matter"
    assert found["performer"] == [{"@type": "Person", "name": "Amina Diallo"}]
    assert "secret" not in json.dumps(found)


async def test_a_date_that_was_put_off_stands_until_there_is_another(client: httpx.AsyncClient, by: Actor) -> None:
    await a_published_event(by)
    await postpone_event("care-skills-count", by=by)
    found = await structured(client)
    assert found["eventStatus"] == f"{SCHEMA}EventPostponed"
    assert found["startDate"] == "2027-02-05T13:15:00-05:00"  # as Google asks, the old one until the new one is known
    assert "previousStartDate" not in found
    later = read_event(an_event(starts={"wall": "2027-03-19T13:15", "zone": "America/New_York"},
                                ends={"wall": "2027-03-19T14:30", "zone": "America/New_York"})).form.starts  # fmt: skip
    await postpone_event("care-skills-count", starts=later, by=by)
    found = await structured(client)
    assert found["eventStatus"] == f"{SCHEMA}EventRescheduled"
    assert (found["startDate"], found["endDate"]) == ("2027-03-19T13:15:00-04:00", "2027-03-19T14:30:00-04:00")
    assert found["previousStartDate"] == "2027-02-05T13:15:00-05:00"


async def test_a_move_names_the_date_that_it_was(client: httpx.AsyncClient, by: Actor) -> None:
    await a_published_event(by)
    await change_event("care-skills-count", {"starts": {"wall": "2027-02-05T13:00"}}, by=by)
    found = await structured(client)
    assert found["eventStatus"] == f"{SCHEMA}EventRescheduled"
    assert found["previousStartDate"] == "2027-02-05T13:15:00-05:00"
    assert found["eventAttendanceMode"] == f"{SCHEMA}MixedEventAttendanceMode"


async def test_what_goes_online_has_no_place_but_its_page(client: httpx.AsyncClient, by: Actor) -> None:
    await a_published_event(by, modes={"in_person": {"capacity": 80}})
    assert (await structured(client))["eventAttendanceMode"] == f"{SCHEMA}OfflineEventAttendanceMode"
    await go_online("care-skills-count", by=by, joining_link="https://video.example.org/secret")
    found = await structured(client)
    assert found["eventStatus"] == f"{SCHEMA}EventMovedOnline"
    assert found["eventAttendanceMode"] == f"{SCHEMA}OnlineEventAttendanceMode"
    page = "http://testserver/en/events/care-skills-count"
    assert found["location"] == [{"@type": "VirtualLocation", "url": page}]
    assert "previousStartDate" not in found
    await change_event("care-skills-count", {"starts": {"wall": "2027-02-05T13:00"}}, by=by)
    found = await structured(client)
    assert found["eventStatus"] == [f"{SCHEMA}EventMovedOnline", f"{SCHEMA}EventRescheduled"]
    assert found["previousStartDate"] == "2027-02-05T13:15:00-05:00"


async def test_what_is_cancelled_keeps_its_date_and_its_place(client: httpx.AsyncClient, by: Actor) -> None:
    await a_published_event(by)
    await change_event("care-skills-count", {"starts": {"wall": "2027-02-05T13:00"}}, by=by)
    await cancel_event("care-skills-count", reason={}, by=by)
    found = await structured(client)
    assert found["eventStatus"] == f"{SCHEMA}EventCancelled"
    assert found["startDate"] == "2027-02-05T13:00:00-05:00"
    assert found["previousStartDate"] == "2027-02-05T13:15:00-05:00"
    assert found["location"][0]["name"] == "UN Headquarters"


async def test_an_event_has_what_search_engines_require(client: httpx.AsyncClient, by: Actor) -> None:
    """Of Google's: name, startDate and location; and the picture that it recommends, which is there."""
    await a_published_event(by)
    found = await structured(client)
    assert {"name", "startDate", "endDate", "location", "organizer", "image", "description"} <= found.keys()
    [image] = found["image"]
    assert (await client.get(image)).headers["content-type"] == "image/png"
    place, online = found["location"]
    assert (place["@type"], place["address"]) == ("Place", "New York, NY 10017")
    assert (online["@type"], online["url"]) == ("VirtualLocation", found["url"])


async def test_no_title_ends_the_script_that_it_stands_in(client: httpx.AsyncClient, by: Actor) -> None:
    title = "</script><script>alert(1)</script> <!-- & “care”"
    await a_published_event(by, slug="care-skills-count", title={"en": title})
    page = (await client.get("/en/events/care-skills-count")).text
    assert "<script>alert" not in page
    assert (await structured(client))["name"] == title


async def test_whole_days_are_dates(client: httpx.AsyncClient, by: Actor) -> None:
    day = {"wall": "2027-02-05", "zone": "Pacific/Apia"}
    await a_published_event(by, all_day=True, starts=day, ends=day | {"wall": "2027-02-06"})
    found = await structured(client)
    assert (found["startDate"], found["endDate"]) == ("2027-02-05", "2027-02-06")
