"""Debian's Chromium, without a window, and axe-core to ask it what is not accessible."""

import shutil
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Browser, Page, Playwright, async_playwright

QUIET = (
    "--no-sandbox",  # root has none
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


async def launch(playwright: Playwright, *switches: str) -> Browser:
    program = shutil.which("chromium") or shutil.which("chromium-browser") or "/usr/bin/chromium"
    return await playwright.chromium.launch(executable_path=program, args=[*QUIET, *switches])


async def what_axe_finds(page: Page) -> list[str]:
    await page.evaluate(AXE_SCRIPT)
    violations = await page.evaluate("async () => (await axe.run({resultTypes: ['violations']})).violations")
    return [
        f"{violation['id']}: {violation['help']}: {node['html']}"
        for violation in violations
        for node in violation["nodes"]
    ]


async def what_axe_finds_at(page: Page, *addresses: str) -> list[str]:
    """The same of pages on which somebody goes about without JavaScript, in a window of theirs that has it."""
    assert page.context.browser
    context = await page.context.browser.new_context(storage_state=await page.context.storage_state())
    window, found = await context.new_page(), []
    for address in addresses:
        await window.goto(address)
        found += await what_axe_finds(window)
    await context.close()
    return found


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """One for all, so a test that uses it runs on the session's loop: `pytest.mark.asyncio(loop_scope="session")`."""
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        yield browser
        await browser.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if isinstance(item, pytest.Function) and "chromium" in item.fixturenames:
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
