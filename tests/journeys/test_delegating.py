"""A contact in a real browser, in French, with and without JavaScript: a delegation of four, and their own page."""

import pytest
from playwright.async_api import Browser, Page, expect

from events.web.locale import gettext
from tests.browser import what_axe_finds
from tests.journeys.test_registering import Site, a_phone
from tests.journeys.test_registering import site as shared_site

ASKED = {"delegations": True, "ask_affiliation": "required", "affiliation_limit": {"most": 5}}
site = shared_site  # a server of this module's own
MODES = {"in_person": {"capacity": 3}, "online": {"capacity": None}}


def say(words: str) -> str:
    return gettext("fr", words)


async def fill_in(page: Page, number: int, name: str, email: str, mode: str) -> None:
    await page.locator(f"[name='people.{number}.name']").fill(name)
    await page.locator(f"[name='people.{number}.email']").fill(email)
    await page.locator(f"[name='people.{number}.mode']").select_option(mode)


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
async def test_a_delegation_of_four_with_two_mistakes(chromium: Browser, site: Site, *, javascript: bool) -> None:
    slug = site.event(f"delegation-{javascript}".lower(), modes=MODES, **ASKED)
    context = await a_phone(chromium, java_script_enabled=javascript, locale="fr-FR")
    page = await context.new_page()

    async def is_clean() -> None:
        assert not javascript or await what_axe_finds(page) == []

    await page.goto(f"{site.url}/fr/events/{slug}/register")
    await page.get_by_role("link", name=say("Register several people of one organisation")).click()
    await is_clean()
    await page.locator("[name='contact.name']").fill("Cleo Marin")
    await page.locator("[name='contact.email']").fill(f"cleo-{slug}@unicef.example")
    await page.get_by_label(say("Your organisation")).fill("UNICEF")
    await page.get_by_label(say("What kind it is")).select_option("un_entity")
    await page.get_by_label(say("Country")).select_option("KE")
    await fill_in(page, 0, "Ana Reyes", f"ana-{slug}@unicef.example", "in_person")
    await fill_in(page, 1, "Bo Li", "bo", "in_person")
    await page.get_by_text(say("Paste a list from a spreadsheet")).click()
    await page.locator("[name=pasted]").fill(
        f"Cy\tDay\tcy-{slug}@unicef.example\tConseil\tSur place\nDan\t\t\t\tEn ligne"
    )
    await page.get_by_role("button", name=say("Put them into the table")).click()
    await expect(page.locator("[name='people.2.name']")).to_have_value("Cy Day")

    await page.get_by_role("button", name=say("Register them")).click()
    await is_clean()
    assert await page.locator("#problems a").evaluate_all("links => links.map(link => link.hash)") == [
        "#field-people.1.email",
        "#field-people.3.email",
    ]
    await expect(page.locator("[name='people.0.name']")).to_have_value("Ana Reyes")
    await page.locator("[name='people.1.email']").fill(f"bo-{slug}@unicef.example")
    await page.locator("[name='people.3.email']").fill(f"dan-{slug}@unicef.example")
    await page.get_by_role("button", name=say("Register them")).click()

    await expect(page.get_by_role("heading", level=1)).to_have_text("La délégation de UNICEF")
    await is_clean()
    await expect(page.locator("tbody tr")).to_have_count(4)
    await page.get_by_role("link", name=f"{say('Replace')} Bo Li").click()
    await is_clean()
    await page.get_by_label(say("Their name")).fill("Eva Stone")
    await page.get_by_label(say("Their e-mail address")).fill(f"eva-{slug}@unicef.example")
    await page.get_by_role("button", name=say("Replace %(name)s") % {"name": "Bo Li"}).click()
    await expect(page.locator("tbody tr").nth(1)).to_contain_text("Eva Stone")

    await page.get_by_text(f"{say('Withdraw…')} Dan").click()
    await page.get_by_role("button", name=say("Withdraw %(name)s") % {"name": "Dan"}).click()
    await expect(page.locator("tbody tr").nth(3)).to_contain_text("Annulée")
    await page.get_by_role("link", name=say("Add people")).click()
    await is_clean()
    await fill_in(page, 0, "Fay Moss", f"fay-{slug}@unicef.example", "in_person")
    await page.get_by_role("button", name=say("Register them")).click()
    await expect(page.locator("tbody tr").nth(4)).to_contain_text("1")

    await page.goto(await site.link_for(page, f"ana-{slug}@unicef.example"))
    await expect(page.get_by_text("Cleo Marin")).to_be_visible()
    await is_clean()
    await context.close()


async def test_a_focal_point_accepts_one_of_their_own(chromium: Browser, site: Site) -> None:
    slug = site.event("focal", approval=True, ask_affiliation="required", affiliation_limit={"most": 1})
    unicef = {"organisation": "UNICEF", "type": "un_entity", "country": "KE"}
    ticket = site.register(slug, name="Ana Reyes", affiliation=unicef)
    created = site.server.command(
        *("user", "create", "--email", "org@example.org", "--organisation", "make-mothers-matter", "--role", "owner"),
        stdin="a hen, two foxes",
    )
    assert created.returncode == 0, created.stderr
    context = await a_phone(chromium)
    page = await context.new_page()
    await page.goto(f"{site.url}/organise/events/{slug}/focal-points")
    await page.locator("[name=email]").fill("org@example.org")
    await page.locator("[name=password]").fill("a hen, two foxes")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Name a focal point")).to_be_visible()
    await page.get_by_label("Organisation", exact=True).fill("unicef")
    await page.get_by_label("Their name").fill("Fay Moss")
    await page.get_by_label("Their e-mail address").fill("fay@unicef.example")
    await page.get_by_role("button", name="Name and write to them").click()
    await expect(page.get_by_role("cell", name="Fay Moss")).to_be_visible()
    assert await what_axe_finds(page) == []

    await page.goto(await site.link_for(page, "fay@unicef.example"))
    assert await what_axe_finds(page) == []
    await page.get_by_role("button", name="Accept Ana Reyes").click()
    await expect(page.get_by_text("Nobody waits for your answer.")).to_be_visible()
    await page.goto(ticket)
    await expect(page.locator(".ticket-standing")).to_contain_text("You have a place in the room.")
    await context.close()
