"""A message from its first words to somebody who wants no more, in a real browser: by keyboard, and without scripts."""

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, Page, ViewportSize, expect

from events.web.locale import gettext
from tests.browser import what_axe_finds, what_axe_finds_at
from tests.journeys.installation import an_installation, as_program
from tests.journeys.keyboard import press, reach
from tests.make import an_event
from tests.people import PASSWORD
from tests.servers import Served

MESSAGES = "/organise/events/care-skills-count/messages"
PHONE = ViewportSize(width=360, height=740)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Served]:
    served = an_installation(tmp_path, "mmm", "Make Mothers Matter", {"olga@example.org": "owner"})
    headers = as_program(served, "mmm")
    with served, httpx.Client(base_url=served.url, headers=headers) as program:
        event = an_event(title={"en": "Care skills count", "fr": "Les compétences du soin comptent"})
        assert program.post("/api/v1/events", json=event).is_success
        assert program.post("/api/v1/events/care-skills-count/publish", json={}).is_success
        for name, language in (("Ana Reyes", "en"), ("Claire Martin", "fr")):
            person = {"name": name, "email": f"{language}@example.org", "mode": "in_person", "language": language}
            assert program.post("/api/v1/events/care-skills-count/registrations", json=person).is_success
        yield served


async def olgas(chromium: Browser, server: Served, **options: Any) -> Page:
    page = await (await chromium.new_context(locale="en-GB", **options)).new_page()
    await page.goto(f"{server.url}/organise/sign-in")
    await page.get_by_label("E-mail address").fill("olga@example.org")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Events")
    return page


async def write(page: Page, label: str, text: str) -> None:
    await reach(page, page.get_by_label(label))
    await page.keyboard.press("Control+A")
    await page.keyboard.insert_text(text)


async def mail_to(page: Page, server: Served, address: str, subject: str) -> EmailMessage:
    for _ in range(100):
        for path in sorted((server.folder / "mail").glob("*.eml")):
            letter = message_from_bytes(path.read_bytes(), policy=default)
            if address in letter["To"] and subject in letter["Subject"]:
                return letter
        await page.wait_for_timeout(100)
    raise AssertionError(f"no mail “{subject}” to {address}")


@pytest.mark.timeout(180)
async def test_a_reminder_is_written_tried_planned_and_paused_by_keyboard(chromium: Browser, server: Served) -> None:
    page = await olgas(chromium, server)
    await page.goto(f"{server.url}{MESSAGES}")
    assert await what_axe_finds(page) == []
    await press(page, "New message", "link")
    await write(page, "Subject in English", "Soon: {evnt}")
    await expect(page.get_by_text("There is no placeholder {evnt}. Did you mean {event}?")).to_be_visible()
    await write(page, "Subject in English", "Soon: {event}")
    await expect(page.get_by_text("There is no placeholder")).to_have_count(0)
    await write(page, "Subject in French", "Bientôt : {event}")
    await write(page, "Text in English", "Dear {name}, we look forward to seeing you.")
    await write(page, "Text in French", "Bonjour {name}, à très bientôt.")
    await reach(page, page.get_by_role("radio", name="when I send it"))
    await page.keyboard.press("ArrowDown")
    await expect(page.get_by_role("radio", name="before the event starts")).to_be_checked()
    assert await what_axe_finds(page) == []
    await press(page, "Save and look at it")

    await expect(page.get_by_role("status")).to_contain_text("Saved. Nothing has been sent yet.")
    await expect(page.get_by_text("Confirmed (2 people now)")).to_be_visible()
    await page.get_by_label("Show it as it reaches").select_option(label="Claire Martin (French)")
    await press(page, "Show")
    await expect(page.locator(".mail-subject")).to_have_text("Bientôt : Les compétences du soin comptent")
    await expect(page.frame_locator(".mail-preview iframe").get_by_text("Bonjour Claire Martin")).to_be_visible()
    assert await what_axe_finds(page) == []
    await press(page, "Send a test to olga@example.org")
    await expect(page.get_by_role("status")).to_contain_text("A test is on its way to you.")
    await mail_to(page, server, "olga@example.org", "Bientôt")

    await press(page, "Plan it")
    await expect(page.get_by_role("status")).to_contain_text("Planned.")
    await press(page, "Pause it")
    await expect(page.get_by_role("status")).to_contain_text("Paused.")
    await press(page, "Let it go on")
    await expect(page.get_by_role("status")).to_contain_text("It goes on.")

    await page.goto(f"{server.url}{MESSAGES}/mails")
    await write(page, "When somebody has a place in English", "Dear {nme}, bring your code.")
    await expect(page.get_by_text("There is no placeholder {nme}. Did you mean {name}?")).to_be_visible()
    assert await what_axe_finds(page) == []
    await write(page, "When somebody has a place in English", "Dear {name}, bring your code.")
    await expect(page.get_by_text("There is no placeholder")).to_have_count(0)
    await press(page, "Save")
    await press(page, "Send a test to olga@example.org")
    await mail_to(page, server, "olga@example.org", "[Test] Confirmed")
    await page.context.close()


@pytest.mark.timeout(180)
async def test_in_french_without_scripts_it_is_sent_and_somebody_wants_no_more(
    chromium: Browser, server: Served
) -> None:
    page = await olgas(chromium, server, java_script_enabled=False, viewport=PHONE)
    await page.goto(f"{server.url}/organise/?lang=fr")
    await page.goto(f"{server.url}{MESSAGES}/new")
    await page.locator("[name='subject.en']").fill("Another door")
    await page.locator("[name='subject.fr']").fill("Une autre porte")
    await page.get_by_label("Texte (anglais)").fill("Please come in by the {gate}.")
    await page.get_by_label("Texte (français)").fill("Entrez par la porte sud, {name}.")
    await page.get_by_role("button", name="Enregistrer et regarder").click()
    await expect(page.get_by_role("alert")).to_contain_text("{gate}")
    await expect(page.get_by_label("Texte (français)")).to_have_value("Entrez par la porte sud, {name}.")
    await page.get_by_label("Texte (anglais)").fill("Please come in by the south gate.")
    await page.get_by_role("button", name="Enregistrer et regarder").click()
    message = page.url
    await page.get_by_text("L’envoyer maintenant…").click()
    await page.get_by_role("button", name="L’envoyer maintenant à 2 personnes").click()
    letter = await mail_to(page, server, "fr@example.org", "Une autre porte")
    body = letter.get_body(("plain",))
    assert body
    assert "Entrez par la porte sud, Claire Martin." in body.get_content()

    await page.goto(f"{server.url}{MESSAGES}/mails")
    await page.get_by_label("Quand quelqu’un a une place (français)").fill("Venez tôt, {name}.")
    await page.get_by_role("button", name="Enregistrer", exact=True).click()
    await expect(page.get_by_role("status")).to_contain_text("Enregistré.")
    await page.get_by_label("L’afficher tel qu’il arrive à").select_option(label="Claire Martin (français)")
    await page.get_by_role("button", name="Afficher", exact=True).click()
    await expect(page.frame_locator(".mail-preview iframe").get_by_text("Venez tôt, Claire Martin.")).to_be_visible()
    seen = (f"{server.url}{MESSAGES}", f"{server.url}{MESSAGES}/new", message, page.url)
    assert await what_axe_finds_at(page, *seen) == []
    await page.goto(f"{server.url}{MESSAGES.removesuffix('messages')}registrations")
    await page.get_by_role("link", name="Claire Martin").click()
    await expect(page.locator(".log").get_by_role("link", name="Une autre porte")).to_be_visible()
    await page.context.close()

    link = re.search(r"http\S+/unsubscribe/[^>\s]+", letter["List-Unsubscribe"])
    assert link
    hers = await (await chromium.new_context(locale="fr", viewport=PHONE)).new_page()
    await hers.goto(link[0])
    await expect(hers.locator("html")).to_have_attribute("lang", "fr")
    assert await what_axe_finds(hers) == []
    await hers.get_by_role("button", name=gettext("fr", "Send me no more announcements")).click()
    await expect(hers.get_by_role("status")).to_contain_text(gettext("fr", "You get no announcements about this event"))
    await hers.context.close()

    again = await olgas(chromium, server)
    await again.goto(f"{server.url}{MESSAGES}")
    await again.get_by_role("link", name="Another door").click()
    await again.get_by_role("button", name="Copy to a new draft").click()
    await again.get_by_role("button", name="Save and look at it").click()
    await expect(again.get_by_text("Confirmed (1 person now)")).to_be_visible()
    await again.context.close()
