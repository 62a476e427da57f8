"""Readers in a real browser: from the home page to an event, in every language and both directions, on any screen."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser import what_axe_finds
from tests.servers import Served

LSE = "maternal-wellbeing-lse-2027"
TASHKENT = "early-childhood-tashkent-2027"
PAGES = ("", "?past=1", "?q=nothing+of+the+kind", "?from=soon", f"events/{LSE}", f"events/{TASHKENT}")
PROGRAMME = (f"events/{TASHKENT}/programme", f"events/{TASHKENT}/programme/changes", f"events/{TASHKENT}-opening")
MORE_PAGES = ("events/hrc-side-panel-2027", "events/csocd64-side-event-2026", "organisations/make-mothers-matter")

SHIFTS = """
window.shifted = 0;
new PerformanceObserver((list) => { for (const one of list.getEntries()) window.shifted += one.value; })
  .observe({type: "layout-shift", buffered: true});
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """With its demo."""
    folder = tmp_path_factory.mktemp("reading")
    made = Served(f"sqlite:///{folder}/sideline.sqlite", folder, ENV="test")
    for command in ("migrate", "demo"):
        done = made.command(command)
        assert done.returncode == 0, done.stderr
    with made:
        yield made


async def press_until(page: Page, name: str, limit: int = 60) -> None:
    """Tab on to the link or button of this name, then press it."""
    for _ in range(limit):
        await page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if " ".join((await focused.inner_text()).split()) == name:
            assert await focused.evaluate("element => getComputedStyle(element).outlineStyle") != "none"
            await page.keyboard.press("Enter")
            return
    raise AssertionError(f"{name} cannot be reached by keyboard")


@pytest.mark.parametrize(
    ("language", "kind", "title", "heading"),
    [
        ("en", "Live broadcast", "Maternal wellbeing: an afternoon at LSE", "How to attend"),
        ("fr", "Diffusion en direct", "Bien-être maternel\u00a0: un après-midi à la LSE", "Comment participer"),
        ("ar-XB", "⟦Lîvé bröádçást⟧", "Maternal wellbeing: an afternoon at LSE", "⟦Höw tö áttéñd⟧"),
    ],
)
async def test_from_home_by_a_filter_to_an_event_and_on_to_register(
    chromium: Browser, server: Served, language: str, kind: str, title: str, heading: str
) -> None:
    context = await chromium.new_context(locale="en-GB")
    page = await context.new_page()
    await page.goto(f"{server.url}/{language}/")
    await page.locator(".filters").get_by_role("link", name=kind, exact=True).click()
    await expect(page).to_have_url(f"{server.url}/{language}/?kind=broadcast")
    await page.get_by_role("link", name=title, exact=True).click()
    await expect(page).to_have_url(f"{server.url}/{language}/events/{LSE}")
    await expect(page.get_by_role("heading", level=1)).to_have_text(title)
    await expect(page.get_by_role("heading", name=heading)).to_be_visible()
    await page.locator(f"a.button[href='/{language}/events/{LSE}/register']").first.click()
    await expect(page.locator("form input[name=email]")).to_be_visible()
    assert await context.cookies() == []
    await context.close()


async def test_a_reader_in_auckland_sees_their_own_day_under_the_events(chromium: Browser, server: Served) -> None:
    context = await chromium.new_context(locale="en-GB", timezone_id="Pacific/Auckland")
    page = await context.new_page()
    await page.goto(f"{server.url}/en/events/csocd65-side-event")
    hero = page.locator(".when")
    await expect(hero.locator(".when-time")).to_have_text("08:30–09:45 New York, UTC−5")
    starts = date.fromisoformat((await hero.get_attribute("data-starts") or "")[:10])
    next_day = starts + timedelta(days=1)
    yours = hero.locator("[data-yours]")
    await expect(yours).to_contain_text("(Auckland, UTC+13)")
    said = (await yours.inner_text()).replace("\u2060", "")  # what keeps a span of time on one line
    assert f"{next_day:%A} {next_day.day} {next_day:%B} at 02:30–03:45 (+1 day)" in said
    await context.close()


async def test_a_reader_in_the_events_own_zone_is_told_one_time(chromium: Browser, server: Served) -> None:
    context = await chromium.new_context(locale="en-GB", timezone_id="America/Toronto")
    page = await context.new_page()
    await page.goto(f"{server.url}/en/events/csocd65-side-event", wait_until="networkidle")
    await expect(page.locator(".when-time")).to_be_visible()
    await expect(page.locator(".when-yours")).to_be_hidden()
    await context.close()


async def test_everything_can_be_reached_by_keyboard(chromium: Browser, server: Served) -> None:
    context = await chromium.new_context(locale="en-GB")
    page = await context.new_page()
    await page.goto(f"{server.url}/en/")
    await press_until(page, "Skip to the content")
    await press_until(page, "Archive")
    await expect(page).to_have_url(f"{server.url}/en/?past=1")
    await page.get_by_role("searchbox").focus()
    await page.keyboard.type("Tashkent")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{server.url}/en/?past=1&q=Tashkent&from=&to=")
    await press_until(page, "UNESCO World Conference on Early Childhood Care and Education (WCECCE)")
    await expect(page).to_have_url(f"{server.url}/en/events/wcecce-2022")
    await press_until(page, "Français")
    await expect(page).to_have_url(f"{server.url}/fr/events/wcecce-2022")
    await context.close()


async def test_without_javascript_nothing_is_missing_but_the_readers_own_time(
    chromium: Browser, server: Served
) -> None:
    context = await chromium.new_context(java_script_enabled=False, locale="fr-CH")
    page = await context.new_page()
    await page.goto(server.url)
    await expect(page).to_have_url(f"{server.url}/fr/")
    await page.get_by_role("searchbox").fill("soin")
    await page.get_by_role("button", name="Rechercher").click()
    await page.get_by_role("link", name="Conférence mondiale sur l’éducation et la protection").click()
    await expect(page.locator(".when-date")).to_contain_text("novembre")
    await expect(page.locator(".when-yours")).to_be_hidden()
    await expect(page.locator(".programme")).to_have_count(3)
    await page.get_by_role("link", name="Prendre soin de").click()
    await expect(page.locator(".speaker-name", has_text="Claire Duval")).to_be_visible()
    await context.close()


@pytest.mark.parametrize(("width", "columns"), [(1280, 2), (360, 1)])
async def test_a_wide_programme_is_a_grid_on_a_desk_and_a_list_by_time_on_a_phone(
    chromium: Browser, server: Served, width: int, columns: int
) -> None:
    context = await chromium.new_context(
        viewport={"width": width, "height": 800}, timezone_id="Pacific/Auckland", locale="en-GB"
    )
    page = await context.new_page()
    await page.add_init_script(SHIFTS)
    await page.goto(f"{server.url}/en/events/{TASHKENT}/programme")
    await expect(page.locator(".programme-yours").first).to_contain_text("(Auckland, UTC+13)")
    cells = await page.locator("td.session").all()
    boxes = {await cell.get_attribute("id"): await cell.bounding_box() for cell in cells}
    parents, money = (boxes[f"s-{TASHKENT}-{slug}"] for slug in ("what-parents-know", "financing"))
    assert parents
    assert money
    assert len({parents["x"], money["x"]}) == columns
    assert (parents["y"] == money["y"]) == (columns == 2), "at the same time, so in one row where there are rows"
    assert await page.evaluate("window.shifted") == 0
    by_time = page.get_by_role("link", name="By time", exact=True)
    if columns == 1:
        await expect(by_time).to_be_hidden()
    else:  # the list is to be had on a desk too
        await by_time.click()
        await expect(page.locator(".by-time")).to_be_visible()
        lefts = "cells => cells.map(cell => cell.getBoundingClientRect().x)"
        assert len(set(await page.locator("td.session").evaluate_all(lefts))) == 1
    await page.locator(".filters").get_by_role("link", name="Families", exact=True).click()
    await expect(page.locator("td.session")).to_have_count(4)
    await expect(page.locator(".session-track")).to_have_text(["Families"] * 4)
    await context.close()


async def test_what_is_on_now_is_marked_by_the_readers_clock(chromium: Browser, server: Served) -> None:
    context = await chromium.new_context()
    page = await context.new_page()
    address = f"{server.url}/en/events/{TASHKENT}/programme"
    await page.goto(address)
    opening = page.locator(f"#s-{TASHKENT}-opening")
    await expect(page.locator(".is-now")).to_have_count(0)
    begins = datetime.fromisoformat(str(await opening.get_attribute("data-starts")))
    await page.clock.set_fixed_time(begins + timedelta(minutes=5))
    await page.goto(address)
    await expect(page.locator(".is-now")).to_have_count(1)
    await expect(opening.locator(".now")).to_have_text("Now")
    await context.close()


@pytest.mark.parametrize(
    ("language", "width", "scheme"),
    [
        ("en", 360, "light"),
        ("en", 1280, "dark"),
        ("fr", 360, "dark"),
        ("fr", 1280, "light"),
        ("ar-XB", 360, "light"),
        ("ar-XB", 1280, "dark"),
    ],
)
async def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(
    chromium: Browser, server: Served, language: str, width: int, scheme: str
) -> None:
    context = await chromium.new_context(
        viewport={"width": width, "height": 800},
        color_scheme="dark" if scheme == "dark" else "light",
        timezone_id="Pacific/Auckland",
    )
    page = await context.new_page()
    for address in (*PAGES, *MORE_PAGES, *PROGRAMME):
        await page.goto(f"{server.url}/{language}/{address}")
        assert await what_axe_finds(page) == [], address
        room = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert room <= 0, address
    await context.close()
