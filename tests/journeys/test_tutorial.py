"""docs/tutorial.md, step by step as it is written there."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.servers import Served


async def make_the_event(page: Page) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%d")
    await page.get_by_role("link", name="New event").click()
    await page.get_by_role("region", name="What").get_by_label("Kind").select_option("Meeting")
    for name, text in (
        ("title.en", "Neighbours' evening"),
        ("title.fr", "Soirée des voisins"),
        ("starts.wall", f"{tomorrow}T18:00"),
        ("starts.zone", "Europe/Paris"),
        ("ends.wall", f"{tomorrow}T20:00"),
        ("venue.name", "Maison de quartier"),
    ):
        await page.locator(f'[name="{name}"]').fill(text)
    in_person = page.get_by_role("group", name="In person", exact=True)
    await in_person.get_by_label("In person").check()
    await in_person.get_by_label("Places").fill("2")
    await page.get_by_role("button", name="Save as a draft").last.click()
    await page.get_by_role("button", name="Publish it").click()
    await expect(page.get_by_text("Published. Everybody can see it now.")).to_be_visible()


async def register(browser: BrowserContext, url: str, name: str) -> Page:
    page = await browser.new_page()
    await page.goto(f"{url}/en/events/neighbours-evening")
    await page.get_by_role("link", name="Register").first.click()
    await page.get_by_label("Your name").fill(name)
    await page.get_by_label("Your e-mail address").fill(f"{name.lower()}@example.org")
    await page.get_by_role("button", name="Register").click()
    await page.wait_for_url("**/t/*")
    return page


async def code_on(ticket: Page) -> str:
    return await ticket.locator(".ticket-code .code").inner_text()


async def scan(door: Page, code: str, says: str) -> None:
    await door.get_by_label("Code on the ticket").fill(code)
    await door.get_by_role("button", name="Check").click()
    await expect(door.locator("#answer")).to_contain_text(says)
    await door.get_by_role("link", name="Next").click()


async def test_the_tutorial_does_what_it_says(chromium: Browser, tmp_path: Path) -> None:
    server = Served(f"sqlite:///{tmp_path}/sideline.sqlite", tmp_path)
    assert server.command("migrate").returncode == 0
    printed = dict(line.split(": ", 1) for line in server.command("demo").stdout.splitlines())
    browser = await chromium.new_context(locale="en-GB")
    with server:
        workspace = await browser.new_page()
        await workspace.goto(f"{printed['url']}/organise")
        await workspace.get_by_label("E-mail address").fill(printed["e-mail"])
        await workspace.get_by_label("Password").fill(printed["password"])
        await workspace.get_by_role("button", name="Sign in").click()
        await make_the_event(workspace)

        ana, bo, cy = [await register(browser, server.url, name) for name in ("Ana", "Bo", "Cy")]
        await expect(ana.locator(".ticket-standing")).to_contain_text("Confirmed")
        await expect(cy.locator(".ticket-standing")).to_contain_text("number 1 in line")
        cancelled = await code_on(bo)
        await bo.get_by_text("Cancel my registration…").click()
        await bo.get_by_role("button", name="Cancel my registration").click()
        await expect(bo.locator(".ticket-standing")).to_contain_text("Cancelled")
        await cy.reload()
        await expect(cy.locator(".ticket-standing")).to_contain_text("Confirmed")
        await ana.goto(f"{server.url}/demo/mail")
        await expect(ana.locator("main")).to_contain_text("cy@example.org")
        await ana.go_back()

        await workspace.get_by_role("link", name="Doors").first.click()
        await workspace.get_by_label("Name").fill("Main entrance")
        await workspace.get_by_role("button", name="Open the door").click()
        door = await browser.new_page()
        await door.goto(await workspace.get_by_role("textbox", name="Address").input_value())
        code = await code_on(ana)
        await scan(door, code, "Admitted")
        await scan(door, code, "Already admitted")
        await scan(door, cancelled, "Cancelled")
    await browser.close()

    listed = server.command("export", "neighbours-evening", "--format", "csv", "-o", "list.csv")
    assert (listed.returncode, listed.stderr) == (0, "")
    with (tmp_path / "list.csv").open(newline="") as file:
        rows = [(row["name"], row["standing"], bool(row["checked_in_at"])) for row in csv.DictReader(file)]
    assert rows == [("Ana", "confirmed", True), ("Bo", "cancelled", False), ("Cy", "confirmed", False)]
