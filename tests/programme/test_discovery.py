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
from events.registration.actions import cancel_event, change_event
from tests.make import a_published_event, an_event, an_organisation

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
    await create_event(read_event(an_event(slug="draft")), by=by, domain="testserver")
    answer = await client.get("/sitemap.xml")
    assert answer.headers["content-type"] == "application/xml; charset=utf-8"
    urls = ET.fromstring(answer.text).findall("s:url", SITEMAP)  # noqa: S314 - ours
    found = {url.findtext("s:loc", namespaces=SITEMAP) or "" for url in urls}
    assert found == {
        f"http://testserver/{language}{path}"
        for language in ("en", "fr")
        for path in ("/", "/organisations/make-mothers-matter", "/events/care-skills-count")
    }
    for url in urls:
        others = {link.get("href") for link in url.findall("x:link", SITEMAP)}
        assert url.findtext("s:loc", namespaces=SITEMAP) in others
        assert others <= found
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


async def test_what_became_of_an_event_is_told(client: httpx.AsyncClient, by: Actor) -> None:
    await a_published_event(by)
    await change_event("care-skills-count", {"starts": {"wall": "2027-02-05T13:00"}}, by=by)
    found = await structured(client)
    assert found["eventStatus"] == "https://schema.org/EventRescheduled"
    assert found["previousStartDate"] == "2027-02-05T13:15:00-05:00"
    await cancel_event("care-skills-count", reason={}, by=by)
    assert (await structured(client))["eventStatus"] == "https://schema.org/EventCancelled"


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
