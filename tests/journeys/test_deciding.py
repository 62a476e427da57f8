"""Requests answered from the list, in a real browser: in English and in French, with scripts and without."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser import what_axe_finds
from tests.journeys.installation import an_installation, as_program
from tests.journeys.keyboard import is_covered, press
from tests.make import an_event
from tests.people import PASSWORD
from tests.servers import Served

WORDS = {
    "en": {
        "choose": "Choose {name}",
        "approve": "Approve…",
        "approve two": "Approve 2 people",
        "approved": "2 approved.",
        "all": "on this list",
        "decline": "Decline…",
        "decline two": "Decline 2 people",
        "declined": "2 declined.",
        "word": "A word to them",
        "pending": "Awaiting approval (2)",
        "why": "They write:",
    },
    "fr": {
        "choose": "Choisir {name}",
        "approve": "Approuver…",
        "approve two": "Approuver 2 personnes",
        "approved": "2 personnes approuvées.",
        "all": "de cette liste",
        "decline": "Refuser…",
        "decline two": "Refuser 2 personnes",
        "declined": "2 personnes refusées.",
        "word": "Un mot à leur intention",
        "pending": "En attente d’approbation (2)",
        "why": "Elle vous écrit\xa0:",
    },
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = an_installation(
        tmp_path_factory.mktemp("deciding"), "mmm", "Make Mothers Matter", {"ana@example.org": "owner"}
    )
    with served:
        yield served


@pytest.fixture(scope="module")
def program(server: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{server.url}/api/v1", headers=as_program(server, "mmm")) as client:
        yield client


def an_event_with_requests(program: httpx.Client, slug: str) -> list[dict[str, str]]:
    assert program.post("/events", json=an_event(slug=slug, approval=True)).is_success
    assert program.post(f"/events/{slug}/publish").is_success
    made: list[dict[str, str]] = []
    for name in ("Ana Reyes", "Bo Chen", "Cleo Dubois", "عائشة بن علي"):
        person = {"name": name, "email": f"{slug}{len(made)}@example.org", "mode": "in_person"}
        made.append(program.post(f"/events/{slug}/registrations", json=person).json())
    return made


def standings(program: httpx.Client, slug: str) -> list[str]:
    return [one["standing"] for one in program.get(f"/events/{slug}/registrations").json()["items"]]


async def sign_in(page: Page, server: Served, language: str) -> None:
    await page.goto(f"{server.url}/organise/sign-in?lang=en")
    await page.get_by_label("E-mail address").fill("ana@example.org")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await page.goto(f"{server.url}/organise/?lang={language}")


@pytest.mark.parametrize(("language", "javascript"), [("en", True), ("fr", True), ("fr", False)])
@pytest.mark.timeout(120)
async def test_two_are_approved_and_those_who_are_left_declined_with_a_word(
    chromium: Browser, server: Served, program: httpx.Client, language: str, *, javascript: bool
) -> None:
    said, slug = WORDS[language], f"asked-{language}-{'with' if javascript else 'without'}"
    people = an_event_with_requests(program, slug)
    context = await chromium.new_context(
        java_script_enabled=javascript, locale="en-GB", viewport={"width": 360, "height": 740}
    )
    page = await context.new_page()
    await sign_in(page, server, language)
    await page.goto(f"{server.url}/organise/events/{slug}/registrations")

    for name in ("Ana Reyes", "Cleo Dubois"):
        box = page.get_by_label(said["choose"].format(name=name), exact=True)
        await box.focus()
        await page.keyboard.press("Space")
        await expect(box).to_be_checked()
    await page.get_by_role("button", name=said["approve"]).focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_contain_text(said["approve two"])
    if javascript:
        assert await what_axe_finds(page) == []
    await page.get_by_role("button", name=said["approve two"]).click()
    await expect(page.get_by_role("status")).to_contain_text(said["approved"])

    await page.get_by_role("link", name=said["pending"]).click()
    await page.get_by_label(said["all"]).check()
    await page.get_by_role("button", name=said["decline"]).click()
    await page.get_by_label(said["word"]).fill("The room is small.")
    await page.get_by_role("button", name=said["decline two"]).click()
    await expect(page.get_by_role("status")).to_contain_text(said["declined"])
    if javascript:
        assert await what_axe_finds(page) == []
    assert "standing=pending" in page.url
    assert standings(program, slug) == ["confirmed", "declined", "confirmed", "declined"]

    await page.goto(f"{server.url}/organise/events/{slug}/registrations/{people[1]['code']}")
    if javascript:
        assert await what_axe_finds(page) == []
    await page.goto(f"{people[1]['ticket_url']}?lang={language}")
    await expect(page.locator("article.ticket")).to_contain_text(f"{said['why']} The room is small.")
    if javascript:
        assert await what_axe_finds(page) == []
    assert not await page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    await context.close()


async def test_nothing_that_the_tab_key_leads_to_is_beneath_what_is_done_with_those_who_are_chosen(
    chromium: Browser, server: Served, program: httpx.Client
) -> None:
    an_event_with_requests(program, "covered")
    page = await chromium.new_page(viewport={"width": 360, "height": 640}, locale="en-GB")
    await sign_in(page, server, "fr")
    await page.goto(f"{server.url}/organise/events/covered/registrations")
    first = page.get_by_label("Choisir Ana Reyes")
    await first.check()
    await expect(page.get_by_role("button", name="Approuver…")).to_be_in_viewport()
    await page.evaluate("scrollTo(0, 0)")
    await press(page, "Aller au contenu", "link")
    for _ in range(25):
        await page.keyboard.press("Tab")
        assert not await is_covered(page), await page.evaluate("document.activeElement.outerHTML")
    await page.set_viewport_size({"width": 660, "height": 640})
    assert not await page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    await page.context.close()
