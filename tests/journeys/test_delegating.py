"""A contact and a focal point in a real browser, in English and, without JavaScript, in French."""

import pytest
from playwright.async_api import Browser, Page, expect

from events.web.locale import gettext, ngettext
from tests.browser import what_axe_finds
from tests.journeys.registering import Site, a_phone
from tests.people import PASSWORD

ASKED = {"delegations": True, "ask_affiliation": "required", "affiliation_limit": {"most": 5}}
AT_MOST = (
    "At most %(num)s person of each organisation can come.",
    "At most %(num)s people of each organisation can come.",
)
MODES = {"in_person": {"capacity": 3}, "online": {"capacity": None}}


BOTH = pytest.mark.parametrize(("language", "javascript"), [("en", True), ("fr", False)])


@pytest.fixture(scope="module")
def owner(site: Site) -> str:
    """Their address."""
    who = ["--email", "org@example.org", "--organisation", "make-mothers-matter", "--role", "owner"]
    created = site.server.command("user", "create", *who, stdin=PASSWORD)
    assert created.returncode == 0, created.stderr
    return "org@example.org"


async def open_signed_in(page: Page, address: str, owner: str, language: str) -> None:
    await page.goto(address)
    await page.locator("[name=email]").fill(owner)
    await page.locator("[name=password]").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(address)
    await page.goto(f"{address}?lang={language}")


async def fill_in(page: Page, number: int, name: str, email: str, mode: str) -> None:
    await page.locator(f"[name='people.{number}.name']").fill(name)
    await page.locator(f"[name='people.{number}.email']").fill(email)
    await page.locator(f"[name='people.{number}.mode']").select_option(mode)


async def more_rows(page: Page, words: str, *, first_free: int) -> None:
    await page.get_by_role("button", name=words).click()
    await expect(page.locator(f"[name='people.{first_free}.name']")).to_be_focused()


@BOTH
async def test_a_delegation_of_four_with_two_mistakes(
    chromium: Browser, site: Site, language: str, *, javascript: bool
) -> None:
    slug = site.event(f"delegation-{language}", modes=MODES, **ASKED)
    context = await a_phone(chromium, java_script_enabled=javascript, locale=language)
    page = await context.new_page()

    def say(words: str) -> str:
        return gettext(language, words)

    async def is_clean() -> None:
        assert not javascript or await what_axe_finds(page) == []

    await page.goto(f"{site.url}/{language}/events/{slug}/register")
    await page.get_by_role("link", name=say("Register several people of one organisation")).click()
    await expect(page.get_by_text(ngettext(language, *AT_MOST, 5) % {"num": "5"})).to_be_visible()
    await is_clean()
    await page.locator("[name='contact.name']").fill("Cleo Marin")
    await page.locator("[name='contact.email']").fill(f"cleo-{slug}@unicef.example")
    await page.get_by_label(say("Your organisation")).fill("UNICEF")
    await page.get_by_label(say("What kind it is")).select_option("un_entity")
    await page.get_by_label(say("Country")).select_option("KE")
    await fill_in(page, 0, "Ana Reyes", f"ana-{slug}@unicef.example", "in_person")
    await more_rows(page, say("Add rows"), first_free=1)
    await fill_in(page, 1, "Bo Li", "bo", "in_person")
    await page.get_by_text(say("Paste a list from a spreadsheet")).click()
    await page.locator("[name=pasted]").fill(
        f"Cy\tDay\tcy-{slug}@unicef.example\tConseil\t{say('In person')}\nDan\t\t\t\t{say('Online')}"
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

    await expect(page.get_by_role("heading", level=1)).to_have_text(
        say("The delegation of %(organisation)s") % {"organisation": "UNICEF"}
    )
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
    await expect(page.locator("tbody tr").nth(3)).to_contain_text(say("Cancelled"))
    await page.get_by_role("link", name=say("Add people")).click()
    await is_clean()
    await fill_in(page, 0, "Fay Moss", f"fay-{slug}@unicef.example", "in_person")
    await page.get_by_role("button", name=say("Register them")).click()
    await expect(page.locator("tbody tr").nth(4)).to_contain_text("1")

    await page.goto(await site.link_for(page, f"ana-{slug}@unicef.example"))
    await expect(page.get_by_text("Cleo Marin")).to_be_visible()
    await is_clean()
    await context.close()


@BOTH
async def test_a_focal_point_accepts_as_many_of_their_own_as_may_come(
    chromium: Browser, site: Site, owner: str, language: str, *, javascript: bool
) -> None:
    slug = site.event(f"focal-{language}", approval=True, ask_affiliation="required", affiliation_limit={"most": 1})
    unicef = {"organisation": "UNICEF", "type": "un_entity", "country": "KE"}
    tickets = [site.register(slug, name=name, affiliation=unicef) for name in ("Ana Reyes", "Bo Li")]

    def say(words: str, **values: str) -> str:
        return gettext(language, words) % values

    context = await a_phone(chromium, java_script_enabled=javascript)
    page = await context.new_page()

    async def is_clean() -> None:
        assert not javascript or await what_axe_finds(page) == []

    await open_signed_in(page, f"{site.url}/organise/events/{slug}/focal-points", owner, language)
    await page.get_by_label(say("Organisation"), exact=True).fill("unicef")
    await page.get_by_label(say("Their name")).fill("Fay Moss")
    await page.get_by_label(say("Their e-mail address")).fill(f"fay-{language}@unicef.example")
    await page.get_by_role("button", name=say("Name and write to them")).click()
    await expect(page.get_by_role("cell", name="Fay Moss")).to_be_visible()
    await is_clean()

    address = await site.link_for(page, f"fay-{language}@unicef.example")
    await page.goto(f"{address}?lang={language}")
    await is_clean()
    await page.get_by_role("button", name=f"{say('Accept')} Ana Reyes").click()
    await expect(page.get_by_text(say("As many have been accepted as may come"))).to_be_visible()
    await page.get_by_text(f"{say('Decline…')} Bo Li").click()
    await is_clean()
    await page.get_by_role("button", name=say("Decline %(name)s", name="Bo Li")).click()
    await expect(
        page.get_by_text(
            say("Nobody waits for your answer. When somebody does, we write to you, at most once an hour.")
        )
    ).to_be_visible()
    for ticket, stands in zip(tickets, ("You have a place in the room.", "Declined"), strict=True):
        await page.goto(f"{ticket}?lang={language}")
        await expect(page.locator(".ticket-standing")).to_contain_text(say(stands))
    await context.close()


@BOTH
async def test_an_organisation_on_the_list_is_suggested_and_spelled_once(
    chromium: Browser, site: Site, owner: str, language: str, *, javascript: bool
) -> None:
    slug, name = site.event(f"listed-{language}", ask_affiliation="optional"), f"Save the Children ({language})"
    context = await a_phone(chromium, java_script_enabled=javascript)
    page = await context.new_page()

    def say(words: str) -> str:
        return gettext(language, words)

    await open_signed_in(page, f"{site.url}/organise/affiliations", owner, language)
    await page.get_by_label(say("One organisation a line")).fill(f"{name}; ngo_general; GB")
    await page.get_by_role("button", name=say("Add them")).click()
    await expect(page.get_by_role("rowheader", name=name)).to_be_visible()
    assert not javascript or await what_axe_finds(page) == []

    await page.goto(f"{site.url}/{language}/events/{slug}/register")
    typed = page.get_by_label(say("Your organisation"))
    if javascript:
        await typed.press_sequentially("nobody’s")
        await expect(page.locator("#affiliations option")).to_have_count(0)
        await typed.clear()
        await typed.press_sequentially("children")
    await expect(page.locator(f"#affiliations option[value='{name}']")).to_have_count(1)
    await typed.fill(name.lower())
    await page.get_by_label(say("Your name")).fill("Ana Reyes")
    await page.get_by_label(say("Your e-mail address")).fill(f"{slug}@example.org")
    await page.get_by_label(say("In person")).check()
    await page.get_by_role("button", name=say("Register")).click()
    await expect(page.get_by_role("definition").filter(has_text=name)).to_have_text(name)
    await context.close()
