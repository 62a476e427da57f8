"""Feeds as calendar programs read them."""

from typing import Any

import httpx
from icalendar import Calendar

from events.accounts.rules import Actor
from tests.make import a_published_event, an_organisation

FEED = "/en/calendar.ics?from=2026-01-01"


def calendar_of(answer: httpx.Response) -> Any:
    return Calendar.from_ical(answer.content)


def events_of(answer: httpx.Response) -> dict[str, Any]:
    """Each by the slug in its address."""
    assert answer.status_code == 200, answer.text
    return {str(event["URL"]).rpartition("/")[2]: event for event in calendar_of(answer).walk("VEVENT")}


async def a_conference(slug: str = "mothers4peace") -> Actor:
    days = {
        name: {"wall": f"2027-05-0{day}T09:00", "zone": "Africa/Casablanca"}
        for name, day in (("starts", 4), ("ends", 6))
    }
    by = await an_organisation(slug, slug)
    await a_published_event(by, kind="conference", slug=slug, **days)
    await a_published_event(by, kind="session", slug=f"{slug}-session", part_of=slug)
    return by
