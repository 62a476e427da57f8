"""Events to come to, and who comes to them on a phone."""

import re
import sqlite3
from contextlib import closing
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import httpx
from playwright.async_api import Browser, BrowserContext, Page, ViewportSize

from events.registration.handing_over.rules import offer_token
from tests.make import an_event
from tests.people import fields
from tests.servers import SECRET, Served

PHONE = ViewportSize(width=360, height=740)
FIRST_IN_LINE = {"modes": {"in_person": {"capacity": 1}}}


class Site:
    """A server with events to come to, a program with a token, and the mails that it has written."""

    def __init__(self, server: Served, program: httpx.Client) -> None:
        self.server = server
        self.url = server.url
        self.program = program
        self.people = 0

    def event(self, slug: str, **changes: Any) -> str:
        self._post("/events", an_event(slug=slug, **changes))
        self._post(f"/events/{slug}/publish")
        return slug

    def register(self, slug: str, *, mode: str = "in_person", name: str = "Ana Reyes", **said: Any) -> str:
        """The address of a private page."""
        self.people += 1
        person = {"name": name, "email": f"person{self.people}@example.org", "mode": mode} | said
        return str(self._post(f"/events/{slug}/registrations", person)["ticket_url"])

    def cancel_event(self, slug: str) -> None:
        self._post(f"/events/{slug}/cancel", {"reason": {"en": "The room is needed.", "fr": "La salle est prise."}})

    async def link_for(self, page: Page, address: str) -> str:
        """The private page that the newest mail to somebody leads to."""
        for _ in range(100):
            for path in sorted((self.server.folder / "mail").glob("*.eml"), reverse=True):
                if link := _link_in(path, address):
                    return link
            await page.wait_for_load_state()
            await page.reload()
        raise AssertionError(f"no mail to {address}")

    def _post(self, path: str, body: object = None) -> dict[str, Any]:
        answer = self.program.post(f"/api/v1{path}", json=body or {})
        assert answer.is_success, answer.text
        made: dict[str, Any] = answer.json()
        return made


def _link_in(path: Path, address: str) -> str | None:
    letter = message_from_bytes(path.read_bytes(), policy=default)
    text = letter.get_body(("plain",))
    found = (
        re.search(r"http\S+/(?:t|delegations|focal-points|offers)/\w+", str(text.get_content()))
        if text and address in letter["To"]
        else None
    )
    return found[0] if found else None


async def a_phone(chromium: Browser, **options: Any) -> BrowserContext:
    return await chromium.new_context(viewport=PHONE, **({"locale": "en-GB"} | options))


def offered(site: Site, owner: httpx.Client, ticket: str) -> str:
    """The address of the offer of somebody's place, which goes into a mail a moment later."""
    address = f"{ticket}/hand-over"
    form = fields(owner.get(address), address.removeprefix(site.url))
    assert owner.post(address, data=form | {"name": "Bo Li", "email": "bo@example.org"}).status_code == 303
    with closing(sqlite3.connect(site.server.folder / "sideline.sqlite")) as database:
        [[code]] = database.execute("SELECT code FROM place_offer ORDER BY id DESC LIMIT 1")
    return f"{site.url}/offers/{offer_token(SECRET, code)}"


def every_page(site: Site) -> list[str]:
    """Addresses of every page there is for attendees, in each of its states; `{}` is the language."""
    site.event("open", also_show=["Europe/Paris"], joining_link="https://meet.example.org/room")
    site.event("full", **FIRST_IN_LINE)
    site.event("shut", **FIRST_IN_LINE, waiting_list=False)
    site.event("asked", approval=True)
    site.event("off")
    site.event("proven", prove_address=True)
    tickets = [site.register(slug) for slug in ("open", "full", "full", "asked", "off", "shut")]
    tickets.append(site.register("open", mode="online"))
    gone = [site.register("open") for _ in range(2)]
    with httpx.Client(headers={"Origin": site.url}) as owner:
        for ticket, act in zip(gone, ("cancel", "erase"), strict=True):
            assert owner.post(f"{ticket}/{act}").status_code == 303
        giver = site.register("proven")
        offers = [giver, f"{giver}/hand-over", offered(site, owner, giver)]
    site.cancel_event("off")
    forms = [f"{site.url}/{{}}/events/{slug}/register" for slug in ("open", "full", "shut", "asked", "off")]
    join = f"{tickets[-1]}/join"
    unknown = f"{site.url}/t/unknown"
    private = [f"{address}?lang={{}}" for address in (*tickets, *gone, *offers, join, unknown)]
    return [*forms, f"{site.url}/{{}}/events/open/register/sent", *private]
