"""A form under attack, in a real browser: the sum is done unasked, and without JavaScript a mail does."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.async_api import Browser, ConsoleMessage, expect

from events.web.locale import gettext
from tests.browser import what_axe_finds
from tests.journeys.installation import an_installation, as_program
from tests.make import an_event
from tests.servers import Served

MOST = 5
PATH = "/en/events/care-skills-count/register"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("attack")
    served = an_installation(folder, "mmm", "Make Mothers Matter", SIGN_UPS_PER_MINUTE=str(MOST))
    program = as_program(served, "mmm")
    with served, httpx.Client(base_url=served.url) as anybody:
        assert anybody.post(
            "/api/v1/events", json=an_event(delegations=True, ask_affiliation="optional"), headers=program
        ).is_success
        assert anybody.post("/api/v1/events/care-skills-count/publish", json={}, headers=program).is_success
        for number in range(MOST + 1):
            body = {"name": "Bot", "email": f"bot{number}@example.org", "mode": "online"}
            assert anybody.post("/api/v1/events/care-skills-count/registrations", json=body).is_success
        yield served


async def test_a_browser_does_the_sum_while_somebody_types(chromium: Browser, server: Served) -> None:
    for language, done in (("en", "Done: your browser has done the sum."), ("fr", "C’est fait")):
        page = await (await chromium.new_context(locale=language)).new_page()
        wrong: list[str] = []

        def note(message: ConsoleMessage, wrong: list[str] = wrong) -> None:
            if message.type == "error":
                wrong.append(message.text)

        page.on("console", note)
        await page.goto(server.url + PATH.replace("/en/", f"/{language}/"))
        await expect(page.locator("[data-proof-status]")).to_contain_text(done, timeout=60_000)
        assert await what_axe_finds(page) == []
        await page.locator("#field-name").fill("Ana Reyes")
        await page.locator("#field-email").fill(f"ana.{language}@example.org")
        await page.locator("input[name=mode][value=in_person]").check()
        await page.locator("main form button[type=submit]").last.click()
        await page.wait_for_url("**/t/*")
        assert wrong == [], "the content security policy holds"


async def test_who_is_quicker_than_the_sum_waits_for_it(chromium: Browser, server: Served) -> None:
    page = await (await chromium.new_context(locale="en-GB")).new_page()
    await page.goto(server.url + PATH, wait_until="domcontentloaded")
    await page.evaluate(
        """() => {
          document.querySelector("#field-name").value = "Ben Osei";
          document.querySelector("#field-email").value = "ben@example.org";
          document.querySelector("input[name=mode][value=online]").checked = true;
          document.querySelector("main form").requestSubmit();
        }"""
    )
    await page.wait_for_url("**/t/*", timeout=60_000)


async def test_a_list_of_people_asks_for_more_of_it(chromium: Browser, server: Served) -> None:
    page = await (await chromium.new_context(locale="en-GB")).new_page()
    await page.goto(server.url + PATH.replace("/register", "/delegation"))
    typed = {"contact.name": "Dina", "contact.email": "dina@example.org", "affiliation.organisation": "UNICEF"}
    for name, text in (typed | {"people.0.name": "Eve", "people.0.email": "eve@example.org"}).items():
        await page.locator(f"[name='{name}']").fill(text)
    await page.locator("[name='people.0.mode']").select_option("online")
    await page.get_by_role("button", name="Add rows").click()
    await expect(page.locator("[data-proof-status]")).to_contain_text("Done: your browser", timeout=60_000)
    assert await what_axe_finds(page) == []
    await page.get_by_role("button", name="Register them").click()
    await page.wait_for_url("**/delegations/*")


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_without_javascript_a_mail_proves_the_address(chromium: Browser, server: Served, language: str) -> None:
    page = await (await chromium.new_context(locale=language, java_script_enabled=False)).new_page()
    await page.goto(server.url + PATH.replace("/en/", f"/{language}/"))
    await expect(page.locator("[data-proof-status]")).to_contain_text("JavaScript")
    await page.locator("#field-name").fill("Cleo Stone")
    await page.locator("#field-email").fill(f"cleo.{language}@example.org")
    await page.locator("input[name=mode][value=in_person]").check()
    await page.wait_for_timeout(3_500)
    await page.locator("main form button[type=submit]").last.click()
    await page.wait_for_url("**/register/sent")
    await expect(page.get_by_role("heading", name=gettext(language, "Look into your mail"))).to_be_visible()
