"""An event with people at its doors, and what is done at one."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from playwright.async_api import Browser, BrowserContext, Page, ViewportSize, expect

from tests.browser import what_axe_finds
from tests.people import PASSWORD
from tests.servers import Served

PHONE = ViewportSize(width=360, height=740)


class Entrance:
    """An event that goes on now, the people who come to it, and a door."""

    def __init__(self, server: Served, program: httpx.Client) -> None:
        self.server = server
        self.program = program
        self.people = 0

    def event(self, slug: str, *, begins_in: float = -0.5, capacity: int | None = None, **changes: Any) -> str:
        begins = datetime.now(UTC) + timedelta(hours=begins_in)
        ends = self._wall(begins + timedelta(hours=6))
        document = {
            "kind": "meeting",
            "slug": slug,
            "title": {"en": f"Meeting {slug}", "fr": f"Réunion {slug}"},
            "starts": self._wall(begins),
            "ends": ends,
            "venue": {"name": "Palais des Nations"},
            "modes": {"in_person": {"closes": ends, "capacity": capacity}, "online": {"closes": ends}},
        }
        self._post("/events", document | changes)
        self._post(f"/events/{slug}/publish", {})
        return slug

    def ticket(self, slug: str, name: str = "Ana Reyes", **changes: str) -> str:
        self.people += 1
        person = {"name": name, "email": f"{self.people}@example.org", "mode": "in_person"}
        return str(self._post(f"/events/{slug}/registrations", person | changes)["code"])

    def door(self, slug: str, name: str = "Main entrance", **changes: Any) -> dict[str, Any]:
        return self._post(f"/events/{slug}/doors", {"name": name} | changes)

    def call(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        answer = self.program.request(method, f"/api/v1{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else {}

    def _post(self, path: str, body: object) -> dict[str, Any]:
        return self.call("POST", path, body)

    @staticmethod
    def _wall(at: datetime) -> dict[str, str]:
        return {"wall": at.strftime("%Y-%m-%dT%H:%M"), "zone": "UTC"}


async def a_phone(chromium: Browser, **options: Any) -> BrowserContext:
    return await chromium.new_context(viewport=PHONE, is_mobile=True, has_touch=True, locale="en-GB", **options)


async def type_code(page: Page, code: str) -> None:
    await page.locator("#field-code").fill(code)
    await page.locator("#field-code").press("Enter")


def answer(page: Page) -> Any:
    return page.locator("#answer")


async def doors_of(slug: str, desk: BrowserContext, entrance: Entrance) -> tuple[Page, str]:
    """The page of an event's doors, once signed in, and its address."""
    here = f"{entrance.server.url}/organise/events/{slug}/doors"
    page = await desk.new_page()
    await page.goto(here)
    await page.get_by_label("E-mail address").fill("ana@example.org")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(here)
    return page, here


async def what_is_wrong(page: Page) -> list[str]:
    too_wide = await page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    return [*await what_axe_finds(page), *(["wider than the window"] if too_wide else [])]
