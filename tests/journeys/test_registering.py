"""Attendees in a real browser, on a phone: with and without JavaScript, by keyboard alone, in every language."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from events.web.dates import full_date
from events.web.locale import gettext
from tests.browser import what_axe_finds
from tests.journeys.keyboard import reach
from tests.journeys.registering import PHONE, Site, a_phone, every_page

HELD_UNTIL = "Until %(time)s; after that the registration ends by itself."
NUMBER_IN_LINE = (
    "You are also number %(position)s in line for the room: when it is your turn, we move you over and write to you."
)


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
async def test_from_the_event_to_a_ticket_and_back(
    chromium: Browser, site: Site, language: str, *, javascript: bool
) -> None:
    slug = site.event(f"there-and-back-{language}-{javascript}".lower())

    def say(words: str) -> str:
        return gettext(language, words)

    context = await a_phone(chromium, java_script_enabled=javascript, timezone_id="Europe/Paris")
    page = await context.new_page()
    await page.goto(f"{site.url}/{language}/events/{slug}")
    await page.locator(f"a[href$='/{slug}/register']").locator("visible=true").first.click()
    await page.get_by_label(say("Your name")).fill("Ana Reyes")
    await page.get_by_label(say("Your e-mail address")).fill("ana@example.org")
    await page.get_by_label(say("In person")).check()
    await page.get_by_role("button", name=say("Register")).click()

    await expect(page).to_have_url(re.compile(r"/t/\w{26}$"))
    await expect(page.locator("html")).to_have_attribute("lang", language)
    await expect(page.locator(".ticket-standing")).to_contain_text(say("Confirmed"))
    await expect(page.get_by_role("img", name=say("QR code of your ticket"))).to_be_in_viewport(ratio=1)
    own_time = page.locator(".when-yours")
    await (expect(own_time).to_contain_text("Paris") if javascript else expect(own_time).to_be_hidden())

    await page.get_by_text(say("Cancel my registration…")).click()
    await page.get_by_role("button", name=say("Cancel my registration")).click()
    await expect(page.locator(".ticket-standing")).to_contain_text(say("Cancelled"))
    await page.get_by_text(say("Erase everything about me…")).click()
    await page.get_by_role("button", name=say("Erase everything about me")).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(say("Erased"))
    await context.close()


async def give_away_and_find_again(page: Page, site: Site, slug: str, language: str, *, javascript: bool) -> None:
    """From somebody's private page to that of who gets the place, by the link that they ask for."""

    def say(words: str) -> str:
        return gettext(language, words)

    await page.get_by_role("link", name=say("Give it to somebody you know…")).click()
    assert not javascript or await what_axe_finds(page) == []
    await page.get_by_label(say("Their name")).fill("Bo Li")
    await page.get_by_label(say("Their e-mail address")).fill(f"bo-{slug}@example.org")
    await page.get_by_role("button", name=say("Give my place away")).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(say("Handed over"))

    await page.goto(f"{site.url}/{language}/lost-link")
    assert not javascript or await what_axe_finds(page) == []
    await page.get_by_label(say("Your e-mail address")).fill(f"bo-{slug}@example.org")
    await page.get_by_role("button", name=say("Send me my links")).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(say("Look into your mail"))
    await page.goto(await site.link_for(page, f"bo-{slug}@example.org"))
    await expect(page.locator(".ticket-name")).to_have_text("Bo Li")


@pytest.mark.parametrize(("language", "javascript"), [("en", True), ("fr", False)])
async def test_a_full_room_online_meanwhile_switched_corrected_and_handed_over(
    chromium: Browser, site: Site, language: str, *, javascript: bool
) -> None:
    asked = {"ask_affiliation": "required", "ask_access": True, "interpretation": ["fr"], "switch_stops_minutes": 1440}
    modes = {"in_person": {"capacity": 1}, "online": {"capacity": None}}
    slug = site.event(f"full-{language}-{javascript}".lower(), modes=modes, **asked)
    first = site.register(slug, affiliation={"organisation": "UNICEF", "type": "un_entity", "country": "KE"})

    def say(words: str) -> str:
        return gettext(language, words)

    context = await a_phone(chromium, java_script_enabled=javascript)
    page = await context.new_page()
    await page.goto(f"{site.url}/{language}/events/{slug}/register")
    await page.get_by_label(say("Your name")).fill("Ana Reyes")
    await page.get_by_label(say("Your e-mail address")).fill(f"{slug}@example.org")
    await page.get_by_label(say("In person")).check()
    await page.get_by_label(say("Until a place in the room becomes free, I attend online")).check()
    await page.get_by_label(say("Your organisation")).fill("Make Mothers Matter")
    await page.get_by_label(say("What kind it is")).select_option("ngo_general")
    await page.get_by_label(say("Country")).select_option("FR")
    await expect(page.get_by_text(full_date(language, date(2027, 1, 29)))).to_be_visible()
    await page.get_by_label(say("Captions")).check()
    await page.get_by_text(say("Somebody comes with me to assist me")).click()
    await page.locator("[name='assistants.0.name']").fill("Ben Marten")
    assert not javascript or await what_axe_finds(page) == []
    await page.get_by_role("button", name=say("Register")).click()
    standing = page.locator(".ticket-standing")
    await expect(standing).to_contain_text(say("You have a place online."))
    await expect(standing).to_contain_text(say(NUMBER_IN_LINE) % {"position": "1"})
    await expect(page.get_by_role("link", name="Ben Marten")).to_be_visible()

    await page.get_by_text(say("Leave the line, stay online…")).click()
    await page.get_by_role("button", name=say("Stay online")).click()
    await page.get_by_text(say("Wait for a place in the room…")).click()
    until = say("You can do this until %(time)s.").partition("%")[0] + full_date(language, date(2027, 2, 4))
    await expect(page.get_by_text(until)).to_be_visible()
    await page.get_by_role("button", name=say("Stand in line")).click()
    mine = page.url

    await page.goto(f"{first}/give-back?lang={language}")
    await page.get_by_role("button", name=say("Give my place back")).click()
    await page.goto(mine)
    await expect(standing).to_contain_text(say("You have a place in the room."))
    assert not javascript or await what_axe_finds(page) == []

    await page.get_by_role("link", name=say("Correct or complete it")).click()
    assert not javascript or await what_axe_finds(page) == []
    await page.get_by_label(say("Your function")).fill("Policy adviser")
    await page.get_by_role("button", name=say("Save")).click()
    await expect(page.get_by_text("Policy adviser")).to_be_visible()
    async with page.expect_download() as taken:
        await page.get_by_role("link", name=say("Download it (JSON)")).click()
    assert "Policy adviser" in (await (await taken.value).path()).read_text()

    await give_away_and_find_again(page, site, slug, language, javascript=javascript)
    await context.close()


async def test_by_keyboard_alone(chromium: Browser, site: Site) -> None:
    slug = site.event("by-keyboard")
    context = await a_phone(chromium, java_script_enabled=False)
    page = await context.new_page()
    await page.goto(f"{site.url}/en/events/{slug}/register")
    await reach(page, page.get_by_label("Your name"))
    await page.keyboard.type("Ana Reyes")
    await page.keyboard.press("Tab")
    await page.keyboard.type("keys@example.org")
    await page.keyboard.press("Tab")
    await page.keyboard.press("ArrowDown")
    await expect(page.get_by_label("Online")).to_be_checked()
    await page.keyboard.press("Enter")
    await expect(page.locator(".ticket-standing")).to_contain_text("Confirmed")
    await reach(page, page.get_by_text("Cancel my registration…"))
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator(".ticket-standing")).to_contain_text("Cancelled")
    await context.close()


async def test_every_problem_is_on_top_and_leads_to_its_field(chromium: Browser, site: Site) -> None:
    slug = site.event(
        "problems", admission_step={"link": "https://indico.un.org/"}, delegations=True, ask_affiliation="optional"
    )
    context = await a_phone(chromium, java_script_enabled=False)
    page = await context.new_page()
    await page.goto(f"{site.url}/en/events/{slug}/register")
    await page.get_by_label("Your e-mail address").fill("ana@")
    await page.get_by_role("button", name="Register").click()
    summary = page.get_by_role("alert")
    await expect(summary.get_by_role("link")).to_have_count(3)
    await expect(summary.get_by_role("link").first).to_be_in_viewport()
    await summary.get_by_role("link", name="Write your name.").press("Enter")
    await expect(page).to_have_url(re.compile("#field-name$"))
    await expect(page.get_by_label("Your e-mail address")).to_have_value("ana@")
    await context.close()


@pytest.mark.parametrize(("language", "javascript"), [("en", True), ("fr", False)])
async def test_an_address_is_proven_by_the_mail_that_comes_to_it(
    chromium: Browser, site: Site, language: str, *, javascript: bool
) -> None:
    slug = site.event(f"proven-{language}", prove_address=True)

    def say(words: str) -> str:
        return gettext(language, words)

    context = await a_phone(chromium, java_script_enabled=javascript)
    page = await context.new_page()
    for _ in range(2):
        await page.goto(f"{site.url}/{language}/events/{slug}/register")
        await page.get_by_label(say("Your name")).fill("Ana Reyes")
        await page.get_by_label(say("Your e-mail address")).fill(f"{slug}@example.org")
        await page.get_by_label(say("In person")).check()
        await page.get_by_role("button", name=say("Register")).click()
        await expect(page.get_by_role("heading", level=1)).to_have_text(say("Look into your mail"))
    await page.goto(await site.link_for(page, f"{slug}@example.org"))
    await expect(page.locator("html")).to_have_attribute("lang", language)
    await expect(page.locator(".ticket-standing")).to_contain_text(say(HELD_UNTIL).partition("%")[0])
    assert not javascript or await what_axe_finds(page) == []
    await page.get_by_role("button", name=say("Confirm my address")).click()
    await expect(page.locator(".ticket-standing")).to_contain_text(say("You have a place in the room."))
    await context.close()


@pytest.mark.parametrize(("language", "javascript"), [("en", True), ("fr", False)])
async def test_a_place_is_offered_and_theirs_who_take_it(
    chromium: Browser, site: Site, language: str, *, javascript: bool
) -> None:
    slug = site.event(f"offered-{language}", prove_address=True)

    def say(words: str) -> str:
        return gettext(language, words)

    context = await a_phone(chromium, java_script_enabled=javascript)
    page = await context.new_page()
    await page.goto(site.register(slug, language=language))
    mine = page.url
    await page.get_by_role("link", name=say("Give it to somebody you know…")).click()
    assert not javascript or await what_axe_finds(page) == []
    await page.get_by_label(say("Their name")).fill("Bo Li")
    await page.get_by_label(say("Their e-mail address")).fill(f"{slug}@example.org")
    await page.get_by_role("button", name=say("Offer my place")).click()
    await expect(page.locator("#offered")).to_contain_text(
        say("You have offered this place to %(name)s") % {"name": "Bo Li"}
    )
    await expect(page.locator("#offered")).to_be_in_viewport()
    await expect(page.locator(".ticket-standing")).to_contain_text(say("You have a place in the room."))
    assert not javascript or await what_axe_finds(page) == []
    await page.goto(await site.link_for(page, f"{slug}@example.org"))
    await expect(page.locator("html")).to_have_attribute("lang", language)
    assert not javascript or await what_axe_finds(page) == []
    await page.get_by_role("button", name=say("Take the place")).click()
    await expect(page).to_have_url(re.compile(r"/t/\w{26}$"))
    await expect(page.locator(".ticket-name")).to_have_text("Bo Li")
    await page.goto(mine)
    await expect(page.get_by_role("heading", level=1)).to_have_text(say("Handed over"))
    await context.close()


@pytest.mark.parametrize(("language", "javascript"), [("en", True), ("fr", False)])
async def test_who_is_online_is_let_in_counted_and_leaves_no_trace_of_the_way(
    chromium: Browser, site: Site, language: str, *, javascript: bool
) -> None:
    now = datetime.now(UTC)
    starts, ends = ({"wall": f"{now + timedelta(minutes=ahead):%Y-%m-%dT%H:%M}", "zone": "UTC"} for ahead in (10, 60))
    place = {"starts": starts, "ends": ends, "modes": {"online": {}}, "joining_link": f"{site.url}/en/"}
    ticket = site.register(site.event(f"now-{language}", **place), mode="online", language=language)
    context = await a_phone(chromium, java_script_enabled=javascript)
    page = await context.new_page()
    await page.goto(ticket)
    assert f'href="{site.url}/en/"' not in await page.content()
    await page.get_by_role("link", name=gettext(language, "Join online")).click()
    await expect(page).to_have_url(f"{site.url}/en/")
    assert not javascript or await page.evaluate("document.referrer") == ""
    await page.goto(ticket)
    joined = gettext(language, "You joined online on %(time)s.").partition("%")[0]
    await expect(page.locator(".ticket-standing")).to_contain_text(joined)
    assert not javascript or await what_axe_finds(page) == []
    await context.close()


async def test_the_longest_names_leave_the_code_where_it_is(chromium: Browser, site: Site) -> None:
    ticket = site.register(
        site.event("long", title={"en": "Rindfleischetikettierungsüberwachung" * 5}, venue={"name": "V" * 200}),
        name="W" * 200,
    )
    context = await a_phone(chromium)
    page = await context.new_page()
    await page.goto(ticket)
    await expect(page.get_by_role("img", name="QR code of your ticket")).to_be_in_viewport(ratio=1)
    heading = await page.locator(".ticket-words").get_by_role("heading").bounding_box()
    assert heading
    assert heading["x"] + heading["width"] <= PHONE["width"]
    await context.close()


async def test_a_printed_ticket_is_the_ticket_alone(chromium: Browser, site: Site) -> None:
    ticket = site.register(site.event("printed"))
    context = await a_phone(chromium, color_scheme="dark")
    page = await context.new_page()
    await page.goto(ticket)
    await page.emulate_media(media="print", color_scheme="dark")
    await expect(page.get_by_role("img", name="QR code of your ticket")).to_be_visible()
    for hidden in (".held", ".link-row", ".confirm", ".language-switch", ".colophon"):
        await expect(page.locator(hidden).first).to_be_hidden()
    for shown in ("Care skills count", "Ana Reyes", "Friday 5 February 2027", "CR-12"):
        await expect(page.locator(".ticket-words")).to_contain_text(shown)
    await context.close()


@pytest.fixture(scope="module")
def looked_at(site: Site) -> list[str]:
    return every_page(site)


@pytest.mark.parametrize(
    ("language", "width", "scheme"),
    [("en", 320, "dark"), ("fr", 1280, "light"), ("ar-XB", 320, "light"), ("ar-XB", 1280, "dark")],
)
async def test_every_page_is_accessible_and_fits(
    chromium: Browser, site: Site, looked_at: list[str], language: str, width: int, scheme: Any
) -> None:
    context = await a_phone(chromium, color_scheme=scheme)
    page = await context.new_page()
    await page.set_viewport_size({"width": width, "height": 800})
    found: dict[str, list[str]] = {}

    async def look(name: str) -> None:
        await page.evaluate("for (const folded of document.querySelectorAll('details')) folded.open = true")
        found[name] = await what_axe_finds(page)
        if await page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            found[name].append("wider than the window")
        assert await page.locator("html").get_attribute("lang") == language

    for address in looked_at:
        await page.goto(address.format(language))
        await look(address)
    await page.goto(f"{site.url}/{language}/events/open/register")
    await page.locator("form [type=submit]").click()
    await expect(page.locator("#problems")).to_be_focused()
    await look("with problems")
    await page.locator("[name=name]").fill("Ana Reyes")
    await page.locator("[name=email]").fill("person1@example.org")
    await page.locator("[value=in_person]").check()
    await page.locator("form [type=submit]").click()
    await look("registered already")
    await context.close()
    assert {name: problems for name, problems in found.items() if problems} == {}
