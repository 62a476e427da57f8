"""Members at work in a real browser: without JavaScript, by keyboard, in every language and both directions."""

import re
from collections.abc import Iterator

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser import what_axe_finds
from tests.journeys.installation import an_installation
from tests.people import PASSWORD
from tests.servers import Served

PAGES = ("account", "members", "tokens", "organisation")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    made = an_installation(tmp_path_factory.mktemp("members"), "unesco", "UNESCO", {"ana@example.org": "owner"})
    with made:
        yield made


async def sign_in_by_keyboard(page: Page, server: Served, way_on: str) -> None:
    await page.goto(f"{server.url}/organise/{way_on}")
    await page.get_by_label("E-mail address").focus()
    await page.keyboard.type("ana@example.org")
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{server.url}/organise/{way_on}")


async def test_an_owner_makes_a_token_and_signs_out_without_javascript_and_by_keyboard(
    chromium: Browser, server: Served
) -> None:
    context = await chromium.new_context(java_script_enabled=False, locale="en-GB")
    page = await context.new_page()
    await sign_in_by_keyboard(page, server, "tokens")
    await page.get_by_label("Name").focus()
    await page.keyboard.type("Website")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Space")
    await page.keyboard.press("Enter")
    token = await page.get_by_label("Token", exact=True).input_value()
    assert re.fullmatch(r"sideline_[A-Za-z0-9_-]{43}", token)
    await page.get_by_role("button", name="Sign out").press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    await page.goto(f"{server.url}/organise/tokens")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    await context.close()


async def test_on_a_phone_the_navigation_unfolds_by_keyboard_without_javascript(
    chromium: Browser, server: Served
) -> None:
    context = await chromium.new_context(
        java_script_enabled=False, locale="en-GB", viewport={"width": 360, "height": 740}
    )
    page = await context.new_page()
    await sign_in_by_keyboard(page, server, "tokens")
    main = page.get_by_role("navigation", name="Main")
    await expect(main).to_be_hidden()
    await page.locator(".masthead summary").press("Enter")
    await expect(main.locator("[aria-current=page]")).to_have_text("API tokens")
    await expect(page.get_by_role("navigation", name="Language")).to_be_visible()
    await page.set_viewport_size({"width": 1280, "height": 800})
    await expect(page.locator(".masthead summary")).to_be_hidden()
    await page.reload()
    await expect(main).to_be_visible()
    await context.close()


@pytest.mark.parametrize("language", ["en", "fr", "ar-XB"])
@pytest.mark.parametrize("width", [320, 1280])
async def test_every_page_of_a_member_is_accessible_and_fits(
    chromium: Browser, server: Served, language: str, width: int
) -> None:
    context = await chromium.new_context(viewport={"width": width, "height": 800}, locale="en-GB")
    page = await context.new_page()
    found: dict[str, list[str]] = {}

    async def look(name: str) -> None:
        found[name] = await what_axe_finds(page)
        if await page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            found[name].append("wider than the window")

    await sign_in_by_keyboard(page, server, "account")
    for name in PAGES:
        await page.goto(f"{server.url}/organise/{name}?lang={language}")
        await look(name)
    await context.clear_cookies(name="sideline")
    for name in ("sign-in", "password", "password/useless"):
        await page.goto(f"{server.url}/organise/{name}")
        await look(name)
    await context.close()
    assert {name: problems for name, problems in found.items() if problems} == {}
