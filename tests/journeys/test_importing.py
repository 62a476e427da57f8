"""A programme's workbook becomes sessions, in a real browser."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser import what_axe_finds
from tests.imports.files import calendar, event, workbook
from tests.journeys.installation import an_installation
from tests.make import an_event
from tests.people import PASSWORD
from tests.servers import Served

ROWS = (
    ("Nr", "Titre", "Date", "Début", "Fin", "Salle", "Intervenants", "Piste"),
    (1, "Ouverture", "2027-11-15", "09:30", "11:00", "Hall A", "Modératrice : Ana Diallo (UNICEF); Bo Chen", "Travail"),
    (2, "Clôture", "2027-11-16", "16:00", "17:00", "Hall A", "Chen Li", "Santé"),
)  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    made = an_installation(tmp_path_factory.mktemp("importing"), "unesco", "UNESCO", {"ana@example.org": "owner"})
    with made:
        yield made


async def at_the_imports(chromium: Browser, server: Served, language: str, *, javascript: bool) -> Page:
    context = await chromium.new_context(java_script_enabled=javascript)
    page = await context.new_page()
    await page.goto(f"{server.url}/organise/imports")
    await page.locator("[name=email]").fill("ana@example.org")
    await page.locator("[name=password]").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.locator("[name=url]")).to_be_visible()
    await page.goto(f"{server.url}/organise/imports?lang={language}")
    return page


@pytest.mark.parametrize("javascript", [True, False])
async def test_a_workbook_is_looked_at_put_right_and_imported(
    chromium: Browser, server: Served, *, javascript: bool
) -> None:
    slug = "with-scripts" if javascript else "without-scripts"
    token = server.command("token", "create", "--organisation", "unesco", "--scopes", "all", "--name", slug)
    zone = {"zone": "Asia/Tashkent"}
    conference = an_event(
        slug=slug, kind="conference", title={"en": slug}, tracks=[{"name": {"fr": "Travail"}}],
        starts={"wall": "2027-11-15T09:00"} | zone, ends={"wall": "2027-11-16T18:00"} | zone,
    )  # fmt: skip
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token.stdout.strip()}"}) as program:
        assert (await program.post(f"{server.url}/api/v1/events", json=conference)).status_code == 201
    page = await at_the_imports(chromium, server, "en", javascript=javascript)
    file = {"name": "programme.xlsx", "mimeType": "application/octet-stream", "buffer": workbook(*ROWS)}
    await page.get_by_label("File", exact=True).set_input_files(file)  # type: ignore[arg-type]  # as Playwright takes it
    await page.get_by_label("Part of a conference").select_option(slug)
    await page.get_by_role("button", name="Read it and show what would come of it").click()
    await expect(page.get_by_label("Intervenants")).to_have_value("speakers")
    await expect(page.get_by_label("Piste")).to_have_value("track")
    await expect(page.get_by_text("The conference has no track “Santé”.")).to_be_visible()
    await page.get_by_label("Give the conference the tracks that it does not have yet").check()
    await page.get_by_role("button", name="Read it like this").click()
    await expect(page.get_by_text("The conference gets this track: Santé")).to_be_visible()
    if javascript:
        assert await what_axe_finds(page) == []
    await page.get_by_role("button", name="Import").click()
    await expect(page.get_by_text("New: 2.")).to_be_visible()
    await page.get_by_role("link", name="Ouverture").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Ouverture")
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token.stdout.strip()}"}) as program:
        made = (await program.get(f"{server.url}/api/v1/events/{slug}")).json()["tracks"]
    assert [track["name"] for track in made] == [{"fr": "Travail"}, {"fr": "Santé"}]
    await page.context.close()


WORDS = {
    "en": ("Or the address of a calendar", "Read it and show what would come of it", "is not on the public Internet",
             "choose that instead", "Import one event"),
    "fr": ("Ou l’adresse d’un calendrier", "Lire et montrer ce que cela donnerait",
           "n’est pas sur l’Internet public", "choisissez ce fichier à la place", "Importer un événement"),
}  # fmt: skip


@pytest.mark.parametrize(("language", "javascript"), [("en", True), ("fr", False)])
async def test_an_address_inside_is_refused_and_its_calendar_comes_as_a_file(
    chromium: Browser, server: Served, language: str, *, javascript: bool
) -> None:
    """The address is a real feed, of this machine: what a server may not be led to."""
    label, read, refused, instead, confirm = WORDS[language]
    feed = f"{server.url}/en/calendar.ics"
    page = await at_the_imports(chromium, server, language, javascript=javascript)
    await page.get_by_label(label).fill(feed)
    await page.get_by_role("button", name=read).click()
    await expect(page.locator("#problem-url")).to_contain_text(refused)
    await expect(page.locator("#problem-url")).to_contain_text(instead)
    await expect(page.get_by_label(label)).to_have_value(feed)
    if javascript:
        assert await what_axe_finds(page) == []
    file = {
        "name": "all.ics",
        "mimeType": "text/calendar",
        "buffer": calendar(*event(language, f"Care {language}")),
    }
    await page.locator("[name=file]").set_input_files(file)  # type: ignore[arg-type]  # as Playwright takes it
    await page.get_by_label(label).fill("")
    await page.get_by_role("button", name=read).click()
    await page.get_by_role("button", name=confirm).click()
    await page.get_by_role("link", name=f"Care {language}").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(f"Care {language}")
    await page.context.close()
