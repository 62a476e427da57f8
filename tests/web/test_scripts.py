"""What the ES modules add to a page, in a real browser; every page says the same without them, but for this."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Route, expect

from events.kernel.spans import TimeSpan, WallTime
from events.web.assets import STATIC
from events.web.templating import environment

ADDRESS = "http://sideline.test"
PAGE = (
    f'<!DOCTYPE html><html lang="{{language}}"><script type="module" src="{ADDRESS}/static/x/js/sideline.js"></script>'
)
Shown = Callable[..., Awaitable[Page]]


@pytest_asyncio.fixture(loop_scope="session")
async def shown(chromium: Browser) -> AsyncIterator[Shown]:
    """Show a template's source in a browser whose reader lives in `zone`."""
    contexts = []

    async def show(source: str, *, language: str = "en", zone: str = "Europe/Paris", **context: object) -> Page:
        html = PAGE.format(language=language) + environment(language).from_string(source).render(**context)

        async def answer(route: Route) -> None:
            path = route.request.url.removeprefix(ADDRESS)
            if path.startswith("/static/x/"):
                await route.fulfill(path=STATIC / path.removeprefix("/static/x/"))
            else:
                await route.fulfill(body=html, content_type="text/html; charset=utf-8")

        made = await chromium.new_context(timezone_id=zone, locale={"en": "en-GB"}.get(language, language))
        contexts.append(made)
        await made.route(f"{ADDRESS}/**", answer)
        page = await made.new_page()
        await page.goto(f"{ADDRESS}/")
        await page.wait_for_load_state("networkidle")
        return page

    yield show
    for context in contexts:
        await context.close()


def span(starts: str = "2027-02-05T13:15", ends: str = "2027-02-05T14:30", zone: str = "America/New_York") -> TimeSpan:
    return TimeSpan(WallTime.parse(starts, zone), WallTime.parse(ends, zone))


HERO = "{% from '_event.html' import when_hero %}{{ when_hero(span) }}"


@pytest.mark.parametrize(
    ("zone", "language", "yours"),
    [
        ("Europe/Paris", "en", "Friday 5 February at 19:15–20:30 (Paris, UTC+1)"),
        ("Europe/Paris", "fr", "vendredi 5 février à 19:15–20:30 (Paris, UTC+1)"),
        ("Asia/Kolkata", "en", "Friday 5 February at 23:45 – Saturday 6 February at 01:00 (Kolkata, UTC+5:30)"),
        ("Pacific/Auckland", "en", "Saturday 6 February at 07:15–08:30 (+1 day) (Auckland, UTC+13)"),
    ],
)
async def test_the_readers_time_stands_under_the_events(shown: Shown, zone: str, language: str, yours: str) -> None:
    page = await shown(HERO, zone=zone, language=language, span=span())
    text = await page.locator("[data-yours]").inner_text()
    assert text.replace("\u2060", "").replace("Calcutta", "Kolkata") == yours
    await expect(page.locator(".when-time")).to_contain_text("13:15–14:30")


@pytest.mark.parametrize("zone", ["America/New_York", "America/Toronto", "America/Bogota"])
async def test_who_has_the_events_time_is_not_told_it_twice(shown: Shown, zone: str) -> None:
    page = await shown(HERO, zone=zone, span=span())
    await expect(page.locator(".when-yours")).to_be_hidden()


async def test_whose_clocks_change_while_the_events_do_not_is_told(shown: Shown) -> None:
    """New York and Bogota agree on the evening of 13 March 2027; the next morning they do not."""
    page = await shown(HERO, zone="America/Bogota", span=span("2027-03-13T22:00", "2027-03-14T08:00"))
    await expect(page.locator("[data-yours]")).to_contain_text("07:00")


async def test_copy_says_that_it_has_copied(shown: Shown) -> None:
    page = await shown("{% from '_parts.html' import copyable %}{{ copyable('https://events.example/x', 'Address') }}")
    button = page.get_by_role("button")
    await expect(button).to_have_text("Copy")
    await button.click()
    await expect(button).to_have_text("Copied")


async def test_a_table_narrows_to_the_rows_with_every_typed_word(shown: Shown) -> None:
    page = await shown(
        "<p hidden><input data-filters='people' data-count='count'></p><p id='count'></p><table id='people'><tbody>"
        "<tr><td>Zoë Őry</td></tr><tr><td>Zoe Bell</td></tr><tr><td>Amina</td></tr></tbody></table>"
    )
    await page.locator("input").fill("zoe ory")
    await expect(page.locator("tr:visible")).to_have_text(["Zoë Őry"])
    await expect(page.locator("#count")).to_have_text("1")
    await page.locator("input").fill("")
    await expect(page.locator("tr:visible")).to_have_count(3)
