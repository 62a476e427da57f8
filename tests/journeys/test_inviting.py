"""By invitation to an event that is full, by a secret link before registration opens; notes of organisers alone."""

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser import what_axe_finds, what_axe_finds_at
from tests.journeys.installation import an_installation, as_program
from tests.make import an_event
from tests.people import PASSWORD
from tests.servers import Served

LIST = "Ana Reyes; {0}@example.org; fr; in person; UNESCO\nBen; ben@; en; in person\nCleo; {0}@example.org; ; in person"
WORDS = {
    "en": {
        "invite": "Invite people", "list": "One person a line", "no approval": "They need no approval",
        "keep": "Keep a place for each", "until": "Until when (in New York)", "look": "Look what would come of it",
        "wrong": "2 lines are not right yet", "send": "Invite 1 person", "done": "They are invited.",
        "confirmed": "Confirmed", "name": "Name", "most": "How many people at most", "make": "Make the link",
        "note": "A new note", "keep note": "Keep the note", "tags": "Tags", "save tags": "Save the tags",
        "tagged": "The tags are saved.",
    },
    "fr": {
        "invite": "Inviter des personnes", "list": "Une personne par ligne", "no approval": "Sans approbation",
        "keep": "Réserver une place à chaque personne", "until": "Jusqu’à quand (à New York)",
        "look": "Voir ce que cela donnerait", "wrong": "2 lignes sont à corriger", "send": "Inviter 1 personne",
        "done": "Les invitations sont faites.", "confirmed": "Confirmée", "name": "Nom",
        "most": "Nombre maximal de personnes", "make": "Créer le lien", "note": "Nouvelle note",
        "keep note": "Garder la note", "tags": "Étiquettes",
        "save tags": "Enregistrer les étiquettes", "tagged": "Les étiquettes sont enregistrées.",
    },
}  # fmt: skip
IN_TWO_WAYS = pytest.mark.parametrize(("language", "scripts"), [("en", True), ("fr", False)])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    server = an_installation(
        tmp_path_factory.mktemp("inviting"), "mmm", "Make Mothers Matter", {"org@example.org": "owner"}
    )
    headers = as_program(server, "mmm")
    with server, httpx.Client(base_url=server.url, headers=headers) as program:
        later = {"wall": "2027-01-20T09:00", "zone": "America/New_York"}
        for language in WORDS:
            for facts in (
                {"slug": f"full-{language}", "modes": {"in_person": {"capacity": 1}}, "approval": True},
                {"slug": f"later-{language}", "opens": later},
            ):
                answer = program.post("/api/v1/events", json=an_event(**facts))
                assert answer.is_success, answer.text
                assert program.post(f"/api/v1/events/{facts['slug']}/publish", json={}).is_success
            note = {"kind": "short_text", "name": "seat", "label": {"en": "Seat", "fr": "Siège"}, "asked": "organisers"}
            form = {"sections": [{"questions": [note]}]}
            assert program.put(f"/api/v1/events/later-{language}/form", json=form).is_success
        yield server


async def organiser(chromium: Browser, site: Served, language: str, *, scripts: bool) -> Page:
    page = await (await chromium.new_context(locale="en-GB", java_script_enabled=scripts)).new_page()
    await page.goto(f"{site.url}/organise/sign-in")
    await page.locator("input[name=email]").fill("org@example.org")
    await page.locator("input[name=password]").fill(PASSWORD)
    await page.locator("main form button[type=submit]").click()
    await page.goto(f"{site.url}/organise/?lang={language}")
    return page


async def link_in_mail(site: Served, page: Page, to: str) -> str:
    for _ in range(100):
        for path in sorted((site.folder / "mail").glob("*.eml"), reverse=True):
            letter = message_from_bytes(path.read_bytes(), policy=default)
            text = letter.get_body(("plain",))
            if to not in letter["To"]:
                continue
            if text and (found := re.search(r"http\S+/invited/\w+", str(text.get_content()))):
                return found[0]
        await page.wait_for_timeout(100)
    raise AssertionError("no mail to the guest")


@IN_TWO_WAYS
async def test_from_a_list_with_two_mistakes_to_a_place_on_a_full_event(
    chromium: Browser, site: Served, language: str, *, scripts: bool
) -> None:
    said, slug, guests = WORDS[language], f"full-{language}", LIST.format(f"ana-{language}")
    page = await organiser(chromium, site, language, scripts=scripts)
    await page.goto(f"{site.url}/organise/events/{slug}/guests")
    await page.get_by_role("link", name=said["invite"]).click()
    await page.get_by_label(said["list"]).fill(guests)
    await page.get_by_label(said["no approval"]).check()
    await page.get_by_label(said["keep"]).check()
    await page.get_by_label(said["until"]).fill("2027-02-01T18:00")
    await page.get_by_role("button", name=said["look"]).click()
    await expect(page.get_by_text(said["wrong"])).to_be_visible()
    assert not scripts or await what_axe_finds(page) == []
    await page.get_by_label(said["list"]).fill(guests.partition("\n")[0])
    await page.get_by_role("button", name=said["look"]).click()
    await page.get_by_role("button", name=said["send"]).click()
    await expect(page.get_by_text(said["done"])).to_be_visible()
    assert await what_axe_finds_at(page, page.url, f"{site.url}/organise/events/{slug}/guests/new") == []

    phone = await chromium.new_context(
        locale="fr-FR", java_script_enabled=False, viewport={"width": 360, "height": 740}
    )
    guest = await phone.new_page()
    await guest.goto(f"{site.url}/fr/events/{slug}/register")
    await expect(guest.get_by_text("Toutes les places sont prises")).to_be_visible()
    link = await link_in_mail(site, page, f"ana-{language}@")
    assert await what_axe_finds_at(guest, link, f"{link}/decline") == []
    await guest.goto(link)
    await expect(guest.locator("html")).to_have_attribute("lang", "fr")
    await expect(guest.get_by_label("Votre nom")).to_have_value("Ana Reyes")
    await expect(guest.get_by_text("Une place vous est réservée jusqu’au")).to_be_visible()
    await guest.get_by_role("button", name="S’inscrire").click()
    await expect(guest).to_have_url(re.compile("/t/"))
    await expect(guest.get_by_text(re.compile("Vous avez une place")).first).to_be_visible()

    await page.reload()
    await expect(page.get_by_role("cell", name=said["confirmed"])).to_be_visible()
    await page.context.close()
    await phone.close()


@IN_TWO_WAYS
async def test_who_has_the_secret_link_registers_early_and_organisers_note_what_only_they_see(
    chromium: Browser, site: Served, language: str, *, scripts: bool
) -> None:
    said, event = WORDS[language], f"/organise/events/later-{language}"
    page = await organiser(chromium, site, language, scripts=scripts)
    await page.goto(f"{site.url}{event}/early-links")
    await page.get_by_label(said["name"], exact=True).fill("Speakers")
    await page.get_by_label(said["most"]).fill("1")
    await page.get_by_role("button", name=said["make"]).click()
    link = await page.locator(".door-list input, .door-list code").first.evaluate("one => one.value || one.textContent")
    guest = await (await chromium.new_context(locale=language, java_script_enabled=scripts)).new_page()
    await guest.goto(f"{site.url}/{language}/events/later-{language}/register")
    await expect(guest.locator("[name=email]")).to_have_count(0)
    await guest.goto(link)
    await guest.locator("[name=name]").fill("Ana Reyes")
    await guest.locator("[name=email]").fill("ana@example.org")
    await guest.locator("[name=mode]").first.check()
    await expect(guest.get_by_text({"en": "Seat", "fr": "Siège"}[language], exact=True)).to_have_count(0)
    await guest.locator("main form button[type=submit]").last.click()
    await expect(guest).to_have_url(re.compile("/t/"))

    await page.goto(f"{site.url}{event}/registrations")
    await page.get_by_role("link", name="Ana Reyes").click()
    person = page.url
    await expect(page.get_by_text("Speakers")).to_be_visible()
    await page.get_by_label(said["note"]).fill("Brings her daughter.")
    await page.get_by_role("button", name=said["keep note"]).click()
    await expect(page.get_by_text("Brings her daughter.")).to_be_visible()
    await page.get_by_role("textbox", name=said["tags"]).fill("VIP, Jury")
    await page.get_by_role("button", name=said["save tags"]).click()
    await expect(page.get_by_role("status")).to_contain_text(said["tagged"])
    await page.goto(f"{person}/answers")
    await page.get_by_role("textbox").last.fill("Row 1")
    await page.locator("main form button[type=submit]").last.click()
    await expect(page.get_by_text("Row 1")).to_be_visible()
    await page.goto(f"{site.url}{event}/registrations?tag=VIP")
    await expect(page.get_by_role("link", name="Ana Reyes")).to_be_visible()
    await guest.reload()
    for words in ("Brings her daughter", "VIP", "Row 1"):
        await expect(guest.get_by_text(words)).to_have_count(0)
    seen = (person, f"{person}/answers", page.url, f"{site.url}{event}/early-links", link)
    assert await what_axe_finds_at(page, *seen) == []
    await page.context.close()
    await guest.context.close()
