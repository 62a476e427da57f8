"""Events to show, and what their pages say."""

from datetime import datetime
from typing import Any

import httpx
from selectolax.lexbor import LexborHTMLParser

from events.accounts.rules import Actor
from events.programme.rules import EventFacts
from tests.make import a_published_event

PAGE = "text/html; charset=utf-8"


def at(wall: str, zone: str = "America/New_York") -> dict[str, str]:
    return {"wall": wall, "zone": zone}


async def an_event_at(organisation: Actor, slug: str, wall: str, **changes: Any) -> EventFacts:
    """One hour, with its address as its title."""
    ends = datetime.fromisoformat(wall).replace(minute=59).isoformat(timespec="minutes")
    title = {"en": slug.replace("-", " ").capitalize()}
    return await a_published_event(
        organisation, **{"slug": slug, "title": title, "starts": at(wall), "ends": at(ends)} | changes
    )


async def a_conference(organisation: Actor, slug: str = "csocd65", **changes: Any) -> EventFacts:
    days = {"starts": at("2027-02-01"), "ends": at("2027-02-10"), "all_day": True, "kind": "conference"}
    return await a_published_event(organisation, **{"slug": slug, "title": {"en": "CSocD65"}} | days | changes)


async def read(client: httpx.AsyncClient, address: str, status: int = 200) -> LexborHTMLParser:
    answer = await client.get(address)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PAGE
    return LexborHTMLParser(answer.text)


def texts(tree: LexborHTMLParser, selector: str) -> list[str]:
    return [" ".join(node.text(separator=" ").split()) for node in tree.css(selector)]


def text(tree: LexborHTMLParser, selector: str) -> str:
    (found,) = texts(tree, selector)
    return found


def link(tree: LexborHTMLParser, words: str) -> str:
    """Where the link of these words leads."""
    return next(str(node.attributes["href"]) for node in tree.css("a") if " ".join(node.text().split()) == words)


def given(tree: LexborHTMLParser, selector: str) -> dict[str, str | None]:
    """The attributes of the one element there is."""
    (node,) = tree.css(selector)
    return dict(node.attributes)


TITLES = ".event-title"
