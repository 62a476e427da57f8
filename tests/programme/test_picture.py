"""The picture that is shown beside a link to an event, and what the page says of it."""

from io import BytesIO
from typing import Any

import httpx
import pytest
from PIL import Image
from selectolax.lexbor import LexborHTMLParser

from events.accounts.rules import Actor
from events.programme.picture import card_of
from events.programme.queries import get_event
from events.registration.actions.moving import cancel_event, change_event
from tests.make import a_published_event, an_organisation

SLUG = "care-skills-count"
PICTURE = f"/en/events/{SLUG}.png"


@pytest.fixture
async def by(database: Any) -> Actor:  # noqa: ARG001 - it must be open
    return await an_organisation()


async def metas(client: httpx.AsyncClient, address: str) -> dict[str, str]:
    page = LexborHTMLParser((await client.get(address)).text)
    found = {}
    for node in page.css("meta[content]"):
        name = node.attributes.get("property") or node.attributes.get("name")
        found[name or ""] = node.attributes["content"] or ""
    return found


async def test_an_events_page_names_its_picture(client: httpx.AsyncClient, by: Actor) -> None:
    event = await a_published_event(by)
    found = await metas(client, f"/fr/events/{SLUG}")
    address = f"http://testserver/fr/events/{SLUG}.png?v={event.revision}"
    assert found["og:image"] == found["twitter:image"] == address
    assert (found["og:image:width"], found["og:image:height"], found["og:image:type"]) == ("1200", "630", "image/png")
    alt = "Les compétences du soin comptent. vendredi 5 février 2027"
    assert found["og:image:alt"] == found["twitter:image:alt"] == alt
    assert found["twitter:card"] == "summary_large_image"
    assert (found["og:locale"], found["og:locale:alternate"]) == ("fr_FR", "en_GB")
    assert found["og:url"] == f"http://testserver/fr/events/{SLUG}"
    answer = await client.get(address)
    assert answer.headers["content-type"] == "image/png"
    assert Image.open(BytesIO(answer.content)).size == (1200, 630)


async def test_other_pages_have_none(client: httpx.AsyncClient, by: Actor) -> None:
    await a_published_event(by)
    for address in ("/en/", "/en/organisations/make-mothers-matter"):
        found = await metas(client, address)
        assert "og:image" not in found
        assert found["twitter:card"] == "summary"


async def test_it_is_answered_from_memory_until_something_changes(client: httpx.AsyncClient, by: Actor) -> None:
    event = await a_published_event(by)
    answer = await client.get(PICTURE)
    assert answer.headers["cache-control"] == "public, max-age=3600"
    etag = answer.headers["etag"]
    again = await client.get(PICTURE, headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    await change_event(event.slug, {"title": {"en": "Care skills count more"}}, by=by)
    assert (await client.get(PICTURE, headers={"If-None-Match": etag})).status_code == 200
    await cancel_event(event.slug, reason={}, by=by)
    assert (await client.get(PICTURE)).headers["etag"] != etag


async def test_a_draft_has_none_and_a_language_that_is_none_either(client: httpx.AsyncClient, by: Actor) -> None:
    await a_published_event(by)
    assert (await client.get("/en/events/nothing.png")).status_code == 404
    assert (await client.get(f"/xx/events/{SLUG}.png")).status_code == 404


async def test_it_says_what_when_where_how_and_whose(by: Actor) -> None:
    event = await a_published_event(by)
    card = card_of(event, "fr", accent="#005a9c", domain="events.example.org")
    assert card.title == "Les compétences du soin comptent"
    assert (card.host, card.foot, card.accent, card.mark) == (
        "Make Mothers Matter",
        "events.example.org",
        "#005a9c",
        "",
    )
    assert card.lines == (
        "vendredi 5 février 2027",
        "13:15–14:30 (New York, UTC−5)",
        "Sur place · En ligne · CR-12, UN Headquarters, New York, NY 10017",
    )
    await cancel_event(SLUG, reason={}, by=by)
    assert card_of(await get_event(SLUG), "en", accent=None, domain="x").mark == "Cancelled"


async def test_a_title_that_cannot_be_drawn_is_told_in_another_language_or_left_out(by: Actor) -> None:
    both = await a_published_event(by, slug="both", title={"en": "देखभाल", "fr": "Le soin"})
    assert card_of(both, "en", accent=None, domain="x").title == "Le soin"
    none = await a_published_event(by, slug="none", title={"en": "देखभाल"})
    assert card_of(none, "en", accent=None, domain="x").title == "Make Mothers Matter"
