"""A pass of the building in a real browser: asked for on a phone in French, noted by an organiser, seen at the door."""

from typing import Any

from playwright.async_api import Browser, Page, expect

from tests.journeys.entrance import PHONE, Entrance, a_phone, answer, type_code, what_is_wrong
from tests.people import PASSWORD

STEP: dict[str, Any] = {
    "admission": {"en": "A UN grounds pass is needed.", "fr": "Il faut un badge des Nations Unies."},
    "admission_step": {"link": "https://indico.un.org/", "remind": "weekly"},
}


async def in_the_workspace(chromium: Browser, entrance: Entrance) -> Page:
    page = await (await chromium.new_context(locale="en-GB")).new_page()
    await page.goto(f"{entrance.server.url}/organise/sign-in")
    await page.get_by_label("E-mail address").fill("ana@example.org")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    return page


async def test_from_the_form_to_the_door(chromium: Browser, entrance: Entrance) -> None:
    slug = entrance.event("passes", **STEP)
    url = entrance.server.url
    plain = await chromium.new_context(viewport=PHONE, is_mobile=True, locale="fr", java_script_enabled=False)
    person = await plain.new_page()
    await person.goto(f"{url}/fr/events/{slug}/register")
    await expect(person.get_by_text("S’inscrire ici ne suffit pas pour entrer dans le bâtiment.")).to_be_visible()
    await expect(person.get_by_role("link", name="indico.un.org")).to_have_attribute("href", "https://indico.un.org/")
    await person.get_by_label("Votre nom", exact=True).fill("Léa Müller")
    await person.get_by_label("Votre adresse électronique").fill("lea@example.org")
    await person.get_by_label("Sur place").check()
    await person.get_by_role("button", name="S’inscrire").click()
    await expect(person.get_by_role("heading", name="Il vous faut aussi un badge pour entrer")).to_be_visible()
    await person.get_by_role("button", name="J’ai fait ma demande").click()
    await expect(person.get_by_role("heading", name="Vous avez demandé un badge")).to_be_visible()
    private = person.url.partition("?")[0]
    code = (await person.locator(".ticket-code .code").inner_text()).strip()

    door = entrance.door(slug, reentry=True)
    volunteer = await (await a_phone(chromium)).new_page()
    await volunteer.goto(door["url"])
    await type_code(volunteer, code)
    await expect(answer(volunteer)).to_have_class("answer confirmed")
    await expect(volunteer.locator("#answer .answer-pass")).to_have_class("answer-pass waiting")
    await expect(answer(volunteer)).to_contain_text("Has applied for a pass")
    assert await what_is_wrong(volunteer) == []
    await volunteer.wait_for_timeout(3000)
    await expect(answer(volunteer)).to_be_visible()
    await volunteer.get_by_role("link", name="Next").click()

    organiser = await in_the_workspace(chromium, entrance)
    await organiser.goto(f"{url}/organise/events/{slug}/registrations")
    assert await what_is_wrong(organiser) == []
    await closes_the_list(organiser)
    await organiser.get_by_role("link", name="Passes of the building: note what the host answered").click()
    await organiser.get_by_label("Codes or e-mail addresses").fill("lea@example.org\nnobody@example.org")
    await organiser.get_by_role("button", name="Note it").click()
    await expect(organiser.get_by_role("alert")).to_contain_text("Row 2: nobody is registered here")
    assert await what_is_wrong(organiser) == []
    await organiser.get_by_label("Leave these rows out").check()
    await organiser.get_by_role("button", name="Note it").click()
    await expect(organiser.get_by_role("status")).to_contain_text("1 person stands otherwise now.")
    await organiser.get_by_role("link", name="Approved").click()
    await organiser.get_by_role("link", name="Léa Müller").click()
    await expect(organiser.get_by_text("said by themselves")).to_be_visible()
    assert await what_is_wrong(organiser) == []

    await type_code(volunteer, code)
    await expect(volunteer.locator("#answer .answer-pass")).to_have_class("answer-pass confirmed")
    await expect(answer(volunteer)).to_contain_text("Pass approved")
    await expect(answer(volunteer)).to_be_hidden(timeout=4000)
    await looks_well(chromium, f"{url}/fr/events/{slug}", private)


async def test_one_press_says_how_far_somebody_is_in_english_too(chromium: Browser, entrance: Entrance) -> None:
    slug = entrance.event("pressed", begins_in=24 * 30, **STEP)
    person = {"name": "Ana Reyes", "email": "pass@example.org", "mode": "in_person"}
    made = entrance.call("POST", f"/events/{slug}/registrations", person)
    page = await (await a_phone(chromium)).new_page()
    await page.goto(made["ticket_url"])
    await expect(page.get_by_text("Registering here does not let you into the building.")).to_be_visible()
    assert await what_is_wrong(page) == []
    for pressed, stands in (("I have applied", "You have applied"), ("I was approved", "Your pass is approved")):
        await page.get_by_role("button", name=pressed).click()
        await expect(page.get_by_role("heading", name=stands)).to_be_visible()
        assert await what_is_wrong(page) == []


async def closes_the_list(organiser: Page) -> None:
    people = organiser.url
    await organiser.get_by_role("link", name="List for the host").click()
    await organiser.get_by_role("button", name="Close it now").click()
    await expect(organiser.get_by_role("status")).to_contain_text("The list is closed.")
    assert await what_is_wrong(organiser) == []
    await organiser.goto(people)


async def looks_well(chromium: Browser, event: str, private: str) -> None:
    for scheme in ("light", "dark"):
        page = await (await a_phone(chromium, color_scheme=scheme)).new_page()
        for address in (event, f"{event}/register", f"{private}?lang=fr", private):
            await page.goto(address)
            assert await what_is_wrong(page) == [], address


async def test_an_organiser_asks_for_a_pass_in_the_events_form(chromium: Browser, entrance: Entrance) -> None:
    slug = entrance.event("asked", begins_in=24 * 40)
    organiser = await in_the_workspace(chromium, entrance)
    await organiser.goto(f"{entrance.server.url}/organise/events/{slug}/edit")
    await organiser.get_by_text("a pass of the building, a map").click()
    await organiser.get_by_label("Who comes in person also needs a pass of the building").check()
    await organiser.get_by_label("Where to apply").fill("http://indico.un.org/")
    await organiser.get_by_label("On certain days before the deadline").check()
    await organiser.get_by_label("How many days before").fill("14, 2")
    await organiser.get_by_role("button", name="Save", exact=True).last.click()
    await expect(organiser.get_by_role("alert")).to_contain_text("begins with https://")
    assert await what_is_wrong(organiser) == []
    await organiser.get_by_label("Where to apply").fill("https://indico.un.org/")
    await organiser.get_by_role("button", name="Save", exact=True).last.click()
    await expect(organiser.get_by_role("status")).to_contain_text("Saved.")
    step = entrance.call("GET", f"/events/{slug}")["admission_step"]
    assert step == {"link": "https://indico.un.org/", "deadline": None, "remind": "days", "remind_days": [14, 2]}
