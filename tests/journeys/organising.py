"""What an organiser works with, and who signs in to it."""

from typing import Any

import httpx
from playwright.async_api import Page, StorageState, expect

from tests.make import an_event
from tests.people import PASSWORD
from tests.servers import Served

ZONE = "Asia/Tashkent"
_signed_in: dict[str, StorageState] = {}
"""By server: who signs in again and again is held up."""


def a_conference() -> dict[str, Any]:
    days = {"starts": {"wall": "2027-11-15T09:00", "zone": ZONE}, "ends": {"wall": "2027-11-16T18:00", "zone": ZONE}}
    tracks = [{"key": "policy", "name": {"en": "Policy"}}]
    return an_event(slug="conference", kind="conference", tracks=tracks, rooms=["Hall A", "Hall B"], **days)


def a_talk() -> dict[str, Any]:
    hour = {"starts": {"wall": "2027-11-15T09:00", "zone": ZONE}, "ends": {"wall": "2027-11-15T10:00", "zone": ZONE}}
    venue = {"name": "Uzexpocentre", "room": "Hall B"}
    facts = {"kind": "session", "part_of": "conference", "title": {"en": "Talk"}, "modes": {}, "venue": venue}
    return an_event(slug="talk", speakers=[{"name": "Wei Zhang", "role": "keynote"}], **facts, **hour)


def register(program: httpx.Client, slug: str, name: str) -> None:
    form = {"name": name, "email": f"person{abs(hash(name))}@example.org", "mode": "in_person"}
    answer = program.post(f"/events/{slug}/registrations", json=form)
    assert answer.status_code == 201, answer.text


def shown(program: httpx.Client, path: str) -> Any:
    return program.get(path).json()


async def sign_in(page: Page, server: Served) -> None:
    if known := _signed_in.get(server.url):
        await page.context.add_cookies(known["cookies"])  # type: ignore[arg-type]  # Playwright's own two types for one
        await page.goto(f"{server.url}/organise/")
        return
    await page.goto(f"{server.url}/organise/")
    await page.get_by_label("E-mail address").focus()
    await page.keyboard.type("ana@example.org")
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Events")
    _signed_in[server.url] = await page.context.storage_state()
