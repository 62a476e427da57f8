"""An organiser invites by a list, and a guest comes by the link in the mail to an event that is full."""

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser import what_axe_finds
from tests.make import an_event
from tests.people import PASSWORD
from tests.servers import Served

LIST = "Ana Reyes; ana@example.org; fr; in person; UNESCO\nBen; ben@; en; in person\nCleo; ana@example.org; ; in person"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("inviting")
    server = Served(f"sqlite:///{folder}/sideline.sqlite", folder, ENV="test")
    user = ["user", "create", "--email", "org@example.org", "--name", "Org", "--organisation", "mmm", "--role", "owner"]
    for command, typed in (
        (["migrate"], ""),
        (["organisation", "create", "mmm", "--name", "Make Mothers Matter"], ""),
        (user, PASSWORD),
        (["token", "create", "--organisation", "mmm", "--scopes", "all", "--name", "journey"], ""),
    ):
        done = server.command(*command, stdin=typed)
        assert done.returncode == 0, done.stderr
    headers = {"Authorization": f"Bearer {done.stdout.strip()}"}
    with server, httpx.Client(base_url=server.url, headers=headers) as program:
        for path, body in (
            ("", an_event(slug="full", modes={"in_person": {"capacity": 1}}, approval=True)),
            ("/full/publish", {}),
        ):
            answer = program.post(f"/api/v1/events{path}", json=body)
            assert answer.is_success, answer.text
        yield server


async def link_in_mail(site: Served, page: Page) -> str:
    for _ in range(100):
        for path in sorted((site.folder / "mail").glob("*.eml"), reverse=True):
            letter = message_from_bytes(path.read_bytes(), policy=default)
            text = letter.get_body(("plain",))
            if text and (found := re.search(r"http\S+/invited/\w+", str(text.get_content()))):
                assert letter["To"].startswith("Ana Reyes")
                return found[0]
        await page.wait_for_timeout(100)
    raise AssertionError("no mail to the guest")


async def test_from_a_list_with_two_mistakes_to_a_place_on_a_full_event(chromium: Browser, site: Served) -> None:
    workspace = await chromium.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
    page = await workspace.new_page()
    await page.goto(f"{site.url}/organise/sign-in")
    await page.locator("input[name=email]").fill("org@example.org")
    await page.locator("input[name=password]").fill(PASSWORD)
    await page.locator("main form button[type=submit]").click()
    await page.goto(f"{site.url}/organise/events/full/guests")
    await page.get_by_role("link", name="Invite people").click()
    await page.get_by_label("One person a line").fill(LIST)
    await page.get_by_label("They need no approval").check()
    await page.get_by_label("Keep a place for each").check()
    await page.get_by_label("Until when (in New York)").fill("2027-02-01T18:00")
    await page.get_by_role("button", name="Look what would come of it").click()
    await expect(page.get_by_text("2 lines are not right yet")).to_be_visible()
    assert await what_axe_finds(page) == []
    await page.get_by_label("One person a line").fill(LIST.partition("\n")[0])
    await page.get_by_role("button", name="Look what would come of it").click()
    await page.get_by_role("button", name="Invite 1 person").click()
    await expect(page.get_by_text("They are invited.")).to_be_visible()
    assert await what_axe_finds(page) == []

    phone = await chromium.new_context(
        locale="fr-FR", java_script_enabled=False, viewport={"width": 360, "height": 740}
    )
    guest = await phone.new_page()
    await guest.goto(f"{site.url}/fr/events/full/register")
    await expect(guest.get_by_text("Toutes les places sont prises")).to_be_visible()
    link = await link_in_mail(site, page)
    narrow = await chromium.new_context(locale="en-GB", viewport={"width": 360, "height": 740})
    looking = await narrow.new_page()  # axe needs JavaScript
    for address in (link, f"{link}/decline"):
        await looking.goto(address)
        assert await what_axe_finds(looking) == []
    await guest.goto(link)
    await expect(guest.locator("html")).to_have_attribute("lang", "fr")
    await expect(guest.get_by_label("Votre nom")).to_have_value("Ana Reyes")
    await expect(guest.get_by_text("Une place vous est réservée jusqu’au")).to_be_visible()
    await guest.get_by_role("button", name="S’inscrire").click()
    await expect(guest).to_have_url(re.compile("/t/"))
    await expect(guest.get_by_text(re.compile("Vous avez une place")).first).to_be_visible()

    await page.reload()
    await expect(page.get_by_role("cell", name="Confirmed")).to_be_visible()
    for context in (workspace, phone, narrow):
        await context.close()
