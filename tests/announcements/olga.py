"""Who writes an event's messages, at work in her browser."""

import httpx

from tests.announcements.post import SLUG
from tests.people import send

HERE = f"/organise/events/{SLUG}/messages"
TEXTS = {"subject.en": "About {event}", "body.en": "Dear {name}, see {link}."}


async def write(browser: httpx.AsyncClient, like: str = "", **typed: str | list[str]) -> httpx.Response:
    page = await browser.get(f"{HERE}/new{like}")
    return await send(browser, page, f"{HERE}/new", **typed)


async def press(browser: httpx.AsyncClient, address: str, verb: str) -> httpx.Response:
    page = await browser.get(address)
    return await send(browser, page, f"{address}/{verb}")
