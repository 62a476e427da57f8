"""The pictures in docs/pictures: the demo on a free port, as Debian's Chromium shows it."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
from PIL import Image
from playwright.async_api import Browser, Page, ViewportSize, async_playwright

from tests.browser import launch
from tests.servers import Served

FOLDER = Path("docs/pictures")
LARGEST, LARGEST_TOGETHER = 150_000, 1_200_000
DESK, PHONE = ViewportSize(width=1280, height=860), ViewportSize(width=360, height=740)
EVENT = "maternal-wellbeing-lse-2027"
PERSON = {"name": "Amina Diallo", "email": "amina@example.org", "mode": "in_person"}


class Camera:
    """Takes pictures of one server's pages."""

    def __init__(self, chromium: Browser, server: Served) -> None:
        self._chromium = chromium
        self._server = server

    @asynccontextmanager
    async def looking(self, screen: ViewportSize, *, dark: bool = False) -> AsyncIterator[Page]:
        context = await self._chromium.new_context(
            base_url=self._server.url,
            viewport=screen,
            device_scale_factor=2 if screen == PHONE else 1,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            locale="en-GB",
            timezone_id="Europe/Paris",
        )
        yield await context.new_page()
        await context.close()

    async def take(self, name: str, path: str, screen: ViewportSize, *, dark: bool = False) -> None:
        async with self.looking(screen, dark=dark) as page:
            await page.goto(path)
            await keep(name, page)


async def keep(name: str, page: Page) -> None:
    """As a PNG of 256 colours, which is a third of the size and looks the same."""
    await page.evaluate("document.fonts.ready")
    with Image.open(BytesIO(await page.screenshot())) as picture:
        small = picture.convert("RGB").quantize(256, dither=Image.Dither.NONE)
        small.save(FOLDER / f"{name}.png", optimize=True)


async def attend(camera: Camera) -> None:
    """What people see who come."""
    await camera.take("home", "/en/", DESK)
    await camera.take("home-phone-dark", "/fr/", PHONE, dark=True)
    await camera.take("event", f"/en/events/{EVENT}", DESK)
    await camera.take("event-phone", f"/fr/events/{EVENT}", PHONE)
    await camera.take("conference-dark", "/fr/events/early-childhood-tashkent-2027", DESK, dark=True)
    async with camera.looking(PHONE) as page:
        await page.goto(f"/en/events/{EVENT}/register")
        await page.get_by_label("Your name").fill(PERSON["name"])
        await page.get_by_label("Your e-mail address").fill("amina(at)example.org")
        await page.locator("main form button[type=submit]").click()
        await keep("register-mistakes", page)


async def show_ticket(camera: Camera, program: httpx.Client) -> None:
    url = posted(program, f"/events/{EVENT}/registrations", PERSON)["ticket_url"]
    await camera.take("ticket", url, PHONE)
    await camera.take("ticket-dark", f"{url}?lang=fr", PHONE, dark=True)


async def organise(camera: Camera, sign_in: tuple[str, str]) -> None:
    """The workspace, signed in."""
    email, password = sign_in
    for name, path, top, dark in (
        ("workspace", "/organise/events/hrc-side-panel-2027", "body", False),
        ("workspace-people-dark", "/organise/events/hrc-side-panel-2027/registrations", ".subnav", True),
    ):
        async with camera.looking(DESK, dark=dark) as page:
            await page.goto(path)  # asks to sign in first
            await page.locator("input[type=email]").fill(email)
            await page.locator("input[type=password]").fill(password)
            await page.locator("input[type=password]").press("Enter")
            await page.get_by_role("button", name="Sign out").first.wait_for(state="attached")
            await page.locator(top).evaluate("element => scrollTo(0, element.getBoundingClientRect().top - 64)")
            await keep(name, page)


async def open_door(camera: Camera, program: httpx.Client) -> None:
    """A door of an event that goes on now: the demo's own lie ahead, and a door would say so."""
    now = datetime.now(UTC)
    begins, ends = (
        {"wall": (now + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M"), "zone": "UTC"} for hours in (-1, 4)
    )
    event = posted(
        program,
        "/events",
        {
            "kind": "meeting",
            "title": {"en": "Care work counts"},
            "starts": begins,
            "ends": ends,
            "venue": {"name": "Palais des Nations", "room": "Room XXI"},
            "modes": {"in_person": {"closes": ends}},
        },
    )["slug"]
    posted(program, f"/events/{event}/publish", {})
    door = posted(program, f"/events/{event}/doors", {"name": "Main entrance"})["url"]
    code = posted(program, f"/events/{event}/registrations", PERSON)["code"]
    for name in ("door-admitted", "door-already-admitted"):
        async with camera.looking(PHONE, dark=name.endswith("already-admitted")) as page:
            await page.goto(f"{door}?lang=en")
            await page.locator("#field-code").fill(code)
            await page.locator("#field-code").press("Enter")
            await page.locator("#answer").wait_for(state="visible")
            await keep(name, page)


def posted(program: httpx.Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = program.post(f"/api/v1{path}", json=body).raise_for_status().json()
    return answer


def said(server: Served, *arguments: str) -> str:
    done = server.command(*arguments)
    done.check_returncode()
    return done.stdout.strip()


async def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        database = f"sqlite:///{place}/sideline.sqlite"
        server = Served(database, Path(place))
        said(server, "migrate")
        said(server, "demo")
        email, password = (Path(place) / "demo-sign-in").read_text().split()
        token = said(
            server,
            *("token", "create", "--organisation", "make-mothers-matter", "--scopes", "all", "--name", "pictures"),
        )
        async with async_playwright() as playwright:
            chromium = await launch(playwright)
            headers = {"Authorization": f"Bearer {token}"}
            with server, httpx.Client(base_url=server.url, headers=headers) as program:
                camera = Camera(chromium, server)
                await attend(camera)
                await show_ticket(camera, program)
                await organise(camera, (email, password))
                await open_door(camera, program)
            with Served(database, Path(place), ENV="test") as mirrored:  # where the pseudo-locale is
                await Camera(chromium, mirrored).take("right-to-left", f"/ar-XB/events/{EVENT}", DESK)
            await chromium.close()


def weigh() -> None:
    sizes = {path.name: path.stat().st_size for path in sorted(FOLDER.glob("*.png"))}
    for name, size in sizes.items():
        print(f"{size:>9,}  {name}")
    print(f"{sum(sizes.values()):>9,}  together")
    if max(sizes.values()) > LARGEST or sum(sizes.values()) > LARGEST_TOGETHER:
        raise SystemExit("The pictures are too large: take fewer, or smaller ones.")


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    asyncio.run(main())
    weigh()
