"""A page in the hands of somebody who has a keyboard alone."""

from typing import Any

from playwright.async_api import Locator, Page


async def reach(page: Page, place: Locator) -> None:
    """By the Tab key alone."""
    place = place.first  # further rows of a form have the same labels
    for _ in range(120):
        if await place.evaluate("element => element === document.activeElement"):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"the Tab key does not lead to {place}")


async def press(page: Page, name: str, role: Any = "button") -> None:
    await reach(page, page.get_by_role(role, name=name, exact=True))
    await page.keyboard.press("Enter")


async def write(page: Page, label: str, text: str) -> None:
    await reach(page, page.get_by_label(label, exact=True))
    await page.keyboard.press("Control+A")
    await page.keyboard.type(text)


async def write_time(page: Page, label: str, *parts: str) -> None:
    """Into the parts of the browser's own field: a date, then a time with AM or PM."""
    await reach(page, page.get_by_label(label, exact=True))
    await page.keyboard.type(parts[0])
    await page.keyboard.press("Tab")
    await page.keyboard.type(parts[1])


async def is_covered(page: Page) -> bool:
    """Whether something lies on all of what has the focus."""
    covered: bool = await page.evaluate("""() => {
        const here = document.activeElement;
        const { left, top, width, height } = here.getBoundingClientRect();
        return [0.1, 0.5, 0.9].every((part) => {
            const seen = document.elementFromPoint(left + width * part, top + height * part);
            return !seen || !(here.contains(seen) || here.closest("label")?.contains(seen));
        });
    }""")
    return covered


async def unfold(page: Page, name: str) -> None:
    """On to another page of the event: a phone shows them behind the name of the one that is open."""
    await reach(page, page.locator(".page > .fold summary"))
    await page.keyboard.press("Enter")
    await press(page, name, "link")
