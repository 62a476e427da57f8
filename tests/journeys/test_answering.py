"""A form from its template to its export, in a real browser: built, answered in French without scripts, read by few."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, Page, ViewportSize, expect

from tests.browser import what_axe_finds, what_axe_finds_at
from tests.journeys.installation import an_installation, as_program
from tests.make import an_event
from tests.people import PASSWORD
from tests.servers import Served

EVENT = "/organise/events/care-skills-count"
GENEVA = Path(__file__).parents[2] / "events/questions/templates/geneva.json"
PHONE = ViewportSize(width=360, height=740)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    members = {"owner@example.org": "owner", "viewer@example.org": "viewer"}
    served = an_installation(tmp_path_factory.mktemp("answering"), "mmm", "Make Mothers Matter", members)
    headers = as_program(served, "mmm")
    with served, httpx.Client(base_url=served.url, headers=headers) as program:
        for slug in ("care-skills-count", "asking", "built"):
            assert program.post("/api/v1/events", json=an_event(slug=slug)).is_success
            assert program.post(f"/api/v1/events/{slug}/publish", json={}).is_success
        asked = {"sections": json.loads(GENEVA.read_text())["sections"]}
        assert program.put("/api/v1/events/asking/form", json=asked).is_success
        yield served


async def signed_in(chromium: Browser, server: Served, email: str, **options: Any) -> Page:
    page = await (await chromium.new_context(locale="en-GB", **options)).new_page()
    await page.goto(f"{server.url}/organise/sign-in")
    await page.get_by_label("E-mail address").fill(email)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    return page


async def fits_a_small_screen_the_other_way(page: Page) -> None:
    here, was = page.url, page.viewport_size
    await page.set_viewport_size(ViewportSize(width=320, height=740))
    await page.goto(f"{here.partition('#')[0]}?lang=ar-XB")
    assert not await page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    await page.goto(f"{here.partition('#')[0]}?lang=en")
    await page.set_viewport_size(was or PHONE)


async def puts_in_another_order(owner: Page) -> None:
    """Down and, by keyboard, up again; one that must stay below another says so."""
    was = await owner.locator(".asked-label").nth(1).inner_text()
    await owner.locator(".asked").get_by_role("button", name="Down").first.click()
    await expect(owner.locator(".asked-label").first).to_have_text(was)
    up = owner.locator(f"#{await owner.locator('.asked [id^=up-]').nth(1).get_attribute('id')}")
    for _ in range(2):  # the second time there is nothing above it
        await up.press("Enter")
        await expect(up).to_be_focused()
        await expect(up).to_be_in_viewport()
    await owner.locator("li", has_text="Date of birth").get_by_role("button", name="Up").click()
    await expect(owner.get_by_role("alert")).to_contain_text("is shown depending on an answer to")


async def sees_to_privacy(owner: Page, server: Served) -> None:
    """Writes what it is asked for, and finds who has read what."""
    await owner.goto(f"{server.url}{EVENT}/privacy")
    await owner.get_by_label("What you ask it for, in English").fill("For the guards of the gate.")
    await owner.get_by_role("button", name="Save").click()
    await expect(owner.get_by_role("status")).to_contain_text("Saved.")
    assert await what_axe_finds(owner) == []
    await owner.get_by_role("link", name="Who looked at what").click()
    await expect(owner.get_by_text("The list with sensitive answers, as a file")).to_be_visible()
    await expect(owner.get_by_text("The sensitive answers of one person")).to_be_visible()
    assert await what_axe_finds(owner) == []


async def test_from_a_template_to_an_answer_that_few_may_read(chromium: Browser, server: Served) -> None:
    owner = await signed_in(chromium, server, "owner@example.org")
    await owner.goto(f"{server.url}{EVENT}/form")
    await owner.get_by_label("Begin from a template").select_option("geneva")
    await owner.get_by_role("button", name="Add its questions").click()
    await expect(owner.get_by_role("heading", name="For the security service")).to_be_visible()
    assert await what_axe_finds(owner) == []
    await puts_in_another_order(owner)
    await fits_a_small_screen_the_other_way(owner)

    plain = await (await chromium.new_context(viewport=PHONE, locale="fr", java_script_enabled=False)).new_page()
    await plain.goto(f"{server.url}/fr/events/care-skills-count/register")
    await expect(plain.get_by_text("Uniquement si la réponse à « Comment participez-vous ? »")).to_be_visible()
    await plain.get_by_label("Votre nom", exact=True).fill("Ana Reyes")
    await plain.get_by_label("Votre adresse électronique").fill("ana@example.org")
    await plain.get_by_label("Sur place").check()
    await plain.get_by_label("Organisation, nom complet").fill("Mères")
    await plain.get_by_role("group", name="badge annuel").get_by_label("Non").check()
    await plain.get_by_role("button", name="S’inscrire").click()
    await expect(plain.get_by_role("alert")).to_contain_text("Date de naissance")
    await plain.get_by_label("Date de naissance").fill("1970-05-04")
    await plain.get_by_label("Nationalité").select_option("CH")
    await plain.get_by_label("Passeport", exact=True).check()
    await plain.get_by_label("Son numéro").fill("X1234567")
    await plain.get_by_label("Il expire le").fill("2031-05-04")
    await plain.get_by_label("J’accepte que ces données").check()
    await plain.get_by_role("button", name="S’inscrire").click()
    await expect(plain).to_have_url(f"{server.url}/t/{plain.url.rpartition('/')[2]}")
    await plain.get_by_role("link", name="Modifier mes réponses").click()
    await plain.get_by_label("Organisation, nom complet").fill("Mères au travail")
    await plain.get_by_role("button", name="Enregistrer mes réponses").click()
    await expect(plain.get_by_role("definition").filter(has_text="Mères au travail")).to_be_visible()

    await owner.goto(f"{server.url}{EVENT}/registrations")
    await owner.get_by_role("link", name="Ana Reyes").click()
    await expect(owner.get_by_text("Mères au travail")).to_be_visible()
    await expect(owner.get_by_text("X1234567")).to_have_count(0)
    person = owner.url
    await owner.get_by_role("button", name="Show sensitive answers").click()
    await expect(owner.get_by_text("X1234567")).to_be_visible()
    assert await what_axe_finds(owner) == []
    exported = await owner.request.get(f"{server.url}{EVENT}/registrations.csv")
    assert "X1234567" not in await exported.text()
    exported = await owner.request.get(f"{server.url}{EVENT}/sensitive.csv")
    assert "X1234567" in await exported.text()
    await sees_to_privacy(owner, server)

    viewer = await signed_in(chromium, server, "viewer@example.org")
    await viewer.goto(person)
    await expect(viewer.get_by_text("which you may not read")).to_be_visible()
    await expect(viewer.get_by_role("button", name="Show sensitive answers")).to_have_count(0)
    assert (await viewer.request.get(f"{server.url}{EVENT}/sensitive.csv")).status == 403


async def test_in_french_without_scripts_questions_are_made_and_answers_keep_their_words(
    chromium: Browser, server: Served
) -> None:
    owner = await signed_in(chromium, server, "owner@example.org", java_script_enabled=False, viewport=PHONE)
    await owner.goto(f"{server.url}/organise/?lang=fr")
    event = f"{server.url}/organise/events/built"
    await owner.goto(f"{event}/form")
    await owner.get_by_label("Poser une question de plus").select_option(label="Un choix parmi plusieurs")
    await owner.get_by_role("button", name="Continuer").click()
    meal = {"label.en": "Which meal?", "label.fr": "Quel repas ?", "choices.0.label.fr": "Poisson"}
    for name, text in (meal | {"choices.0.capacity": "1", "choices.1.label.fr": "Riz", "name": "meal"}).items():
        await owner.locator(f"[name='{name}']").fill(text)
    await owner.get_by_role("button", name="Enregistrer").click()
    await owner.get_by_label("Poser une question de plus").select_option(label="Texte court")
    await owner.get_by_role("button", name="Continuer").click()
    await owner.locator("[name='label.fr']").fill("Quelles allergies ?")
    await owner.get_by_label("La réponse est sensible").check()
    await owner.get_by_role("group", name="Quel repas ?").get_by_label("Poisson").check()
    await owner.get_by_role("button", name="Enregistrer").click()
    await expect(owner.get_by_text("Uniquement si la réponse à « Quel repas ? »")).to_be_visible()
    await owner.get_by_label("Conserver ce formulaire comme modèle").fill("Repas")
    await owner.get_by_role("button", name="Le conserver").click()
    await expect(owner.get_by_role("status")).to_contain_text("Conservé comme modèle.")
    await owner.goto(f"{event}/privacy")
    await owner.get_by_label("Pourquoi vous le demandez, en français").fill("Pour la cuisine.")
    await owner.get_by_role("button", name="Enregistrer").click()

    guest = await (await chromium.new_context(viewport=PHONE, java_script_enabled=False)).new_page()
    for name, chosen in (("Ana Reyes", "Poisson"), ("Bo Chen", "Riz")):
        await guest.goto(f"{server.url}/fr/events/built/register")
        await expect(guest.get_by_text("Pour la cuisine.")).to_be_visible()
        await guest.get_by_label("Votre nom", exact=True).fill(name)
        await guest.get_by_label("Votre adresse électronique").fill(f"{name[:2]}@example.org")
        await guest.get_by_label("Sur place").check()
        await guest.get_by_label(chosen).check()
        await guest.get_by_label("Quelles allergies ?").fill("Aux noix")
        await guest.get_by_role("button", name="S’inscrire").click()
        await expect(guest).to_have_url(f"{server.url}/t/{guest.url.rpartition('/')[2]}")
    await guest.goto(f"{server.url}/fr/events/built/register")
    await expect(guest.get_by_label("Poisson")).to_be_disabled()

    await owner.goto(f"{event}/form")
    await owner.get_by_role("link", name="Modifier : Quel repas ?").click()
    question = owner.url
    await owner.locator("[name='label.fr']").fill("Que mangez-vous ?")
    await owner.get_by_role("button", name="Enregistrer").click()
    await owner.goto(f"{event}/registrations")
    await owner.get_by_role("link", name="Ana Reyes").click()
    await expect(owner.get_by_text("Quel repas ?")).to_be_visible()
    await expect(owner.get_by_text("Aux noix")).to_have_count(0)
    person = owner.url
    await owner.get_by_role("button", name="Afficher les réponses sensibles").click()
    await expect(owner.get_by_text("Aux noix")).to_be_visible()
    await owner.goto(f"{server.url}/organise/privacy/looks?event=built")
    await expect(owner.get_by_text("Les réponses sensibles d’une personne")).to_be_visible()
    seen = (f"{event}/form", question, f"{event}/form/preview?in=fr", f"{event}/privacy", person, owner.url)
    assert await what_axe_finds_at(owner, *seen, f"{server.url}/organise/privacy") == []


async def test_with_a_script_only_what_concerns_them_is_shown_and_answers_change(
    chromium: Browser, server: Served
) -> None:
    page = await (await chromium.new_context(viewport=PHONE, locale="en-GB")).new_page()
    await page.goto(f"{server.url}/en/events/asking/register")
    badge, born = page.get_by_role("group", name="annual badge"), page.get_by_label("Date of birth")
    await expect(badge).to_be_hidden()
    await page.get_by_label("In person").check()
    await badge.get_by_label("No", exact=True).check()
    await expect(born).to_be_visible()
    await page.get_by_label("Online").check()
    await expect(badge).to_be_hidden()
    await expect(born).to_be_hidden()
    assert await what_axe_finds(page) == []

    await page.get_by_label("Your name", exact=True).fill("Bo Li")
    await page.get_by_label("Your e-mail address").fill("bo@example.org")
    await page.get_by_label("Organisation, its full name").fill("Mothers")
    await page.get_by_role("button", name="Register").click()
    await page.get_by_role("link", name="Change my answers").click()
    assert await what_axe_finds(page) == []
    await page.get_by_label("Organisation, its full name").fill("Mothers at work")
    await page.get_by_role("button", name="Save my answers").click()
    await expect(page.get_by_role("status")).to_contain_text("Saved.")
    await expect(page.get_by_role("definition").filter(has_text="Mothers at work")).to_be_visible()
    assert await what_axe_finds(page) == []

    await page.goto(f"{server.url}/ar-XB/events/asking/register")
    runs_on = """legend => {
        const walk = document.createTreeWalker(legend, NodeFilter.SHOW_TEXT), text = walk.nextNode();
        const at = (from) => { const one = document.createRange(); one.setStart(text, from); one.setEnd(text, from + 1);
            return one.getBoundingClientRect().left; };
        return at(text.data.indexOf("?")) > at(text.data.indexOf("?") - 1);
    }"""
    await page.locator("[name=mode][value=in_person]").check()
    question = page.locator("legend", has_text="?").filter(has_text="badge")
    assert await question.evaluate(runs_on), "a question in English ends on the right, in a page that runs to the left"
