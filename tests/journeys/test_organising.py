"""Organisers at work in a real browser: without JavaScript and by keyboard, and with it; in every language."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.async_api import Browser, expect

from tests.browser import what_axe_finds
from tests.journeys.installation import an_installation, as_program
from tests.journeys.keyboard import press, reach, unfold, write, write_time
from tests.journeys.organising import a_conference, a_talk, register, shown, sign_in
from tests.make import an_event
from tests.servers import Served

HERE = "/organise/events/care-skills-count"
LOOKED_AT = (
    "",
    "?past=1",
    "events/new",
    "events/standing",
    "events/standing/edit",
    "events/standing/move",
    "events/standing/postpone",
    "events/standing/online",
    "events/standing/cancel",
    "events/standing/registrations",
    "events/standing/decisions?act=accept&all=1",
    "events/standing/tags?all=1",
    "events/standing/early-links",
    "events/draft",
    "events/standing/series?repeats=weekly&interval=1&days=FR&count=3&more=2027-11-07+01:30",
    "events/conference/programme",
    "events/conference/programme/new?day=2027-11-15&room=Hall+A&from=09:00&until=10:00",
    "events/conference/programme/release",
    "events/conference/programme/sessions/talk",
    "speakers",
    "speakers/1",
    "slots?from=2027-03-12&to=2027-03-15&zone=New+York&city.0=New+York&city.1=Geneva&city.2=Auckland&all=1",
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    made = an_installation(tmp_path_factory.mktemp("organising"), "unesco", "UNESCO", {"ana@example.org": "owner"})
    with made:
        yield made


@pytest.fixture(scope="module")
def program(server: Served) -> Iterator[httpx.Client]:
    """A program with a token, which has made an event with people, and a draft."""
    with httpx.Client(base_url=f"{server.url}/api/v1", headers=as_program(server, "unesco")) as client:
        standing = an_event(slug="standing", modes={"in_person": {"capacity": 2}, "online": {"capacity": None}})
        draft = an_event(slug="draft", title={"en": "Maternal wellbeing"}, venue={"name": "Church Center"})
        for event in (standing, draft, an_event(slug="moved", venue={"name": "UNICEF House"})):
            assert client.post("/events", json=event).status_code == 201
        for slug in ("standing", "moved"):
            assert client.post(f"/events/{slug}/publish").status_code == 200
        for event in (a_conference(), a_talk()):
            assert client.post("/events", json=event).status_code == 201
            assert client.post(f"/events/{event['slug']}/publish").status_code == 200
        for name in ("Ana Reyes", "Bo Chen", "عائشة بن علي", "Élodie Dubois"):
            register(client, "standing", name)
        yield client


@pytest.mark.timeout(180)
async def test_an_event_from_its_first_line_to_its_cancelling_without_javascript_and_by_keyboard(
    chromium: Browser, server: Served, program: httpx.Client
) -> None:
    context = await chromium.new_context(
        java_script_enabled=False, locale="en-GB", viewport={"width": 360, "height": 740}
    )
    page = await context.new_page()
    await sign_in(page, server)
    await press(page, "New event", "link")
    await write(page, "Title in English", "Care skills count")
    await write(page, "Title in French (optional)", "Les compétences du soin comptent")
    await write_time(page, "Starts", "03142027", "0230AM")
    await write(page, "Time zone", "America/New_York")
    await write_time(page, "Ends", "03142027", "0430AM")
    await page.keyboard.press("Enter")

    # Clocks skip 02:30 that night.
    await expect(page.get_by_role("alert")).to_contain_text("This time does not exist in America/New_York")
    await expect(page.locator("[name='title.fr']")).to_have_value("Les compétences du soin comptent")
    await press(page, "Take 2027-03-14 03:30 and save")
    await expect(page.get_by_role("status")).to_contain_text("Saved as a draft.")
    await expect(page.get_by_text("Sunday 14 March 2027, 03:30–04:30")).to_be_visible()

    await press(page, "Publish it")
    await expect(page.get_by_role("status")).to_contain_text("Published. Everybody can see it now.")
    register(program, "care-skills-count", "Ngozi Okafor")
    await unfold(page, "Registrations")
    await press(page, "Ngozi Okafor", "link")
    await expect(page.locator(".log-what").get_by_text("Confirmation with the ticket")).to_be_visible()

    # Clocks show 01:30 twice that night: which one is asked.
    await page.goto(f"{server.url}{HERE}/edit")
    await write_time(page, "Starts", "11072027", "0130AM")
    await write_time(page, "Ends", "11072027", "0430AM")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("This time comes twice in America/New_York")
    second = page.get_by_label("The second, at UTC-5")
    await reach(page, page.get_by_label("The first, at UTC-4"))
    await page.keyboard.press("ArrowDown")
    await expect(second).to_be_checked()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="1 person is told")).to_be_visible()
    await press(page, "Save it")
    await expect(page.get_by_text("01:30–04:30 (New York, UTC−5)").first).to_be_visible()

    await press(page, "Copy to a new draft")
    await expect(page.get_by_role("status")).to_contain_text("Copied. This is the copy.")
    await page.goto(f"{server.url}{HERE}")
    await press(page, "Cancel the event…", "link")
    await write(page, "Reason in English (optional)", "The room is flooded.")
    await press(page, "See what will be sent")
    await press(page, "Cancel it")
    await expect(page.get_by_role("status")).to_contain_text("Cancelled.")

    await press(page, "Send the mails now")
    await unfold(page, "Registrations")
    await press(page, "Ngozi Okafor", "link")
    await expect(page.locator(".log-what").get_by_text("The event is cancelled")).to_be_visible()
    await context.close()
    event = shown(program, "/events/care-skills-count")
    assert event["status"] == "cancelled"
    assert event["starts"]["instant"] == "2027-11-07T01:30:00-05:00"


async def test_a_move_by_keyboard_is_seen_done_and_taken_back(
    chromium: Browser, server: Served, program: httpx.Client
) -> None:
    register(program, "moved", "Ngozi Okafor")
    context = await chromium.new_context(locale="en-GB")
    page = await context.new_page()
    await sign_in(page, server)
    await page.goto(f"{server.url}/organise/events/moved")
    await press(page, "Move…", "link")
    await write_time(page, "Starts", "03052027", "1000AM")
    await write_time(page, "Ends", "03052027", "1115AM")
    await write(page, "Reason in English (optional)", "The room is taken.")
    await press(page, "See what will be sent")
    await expect(page.get_by_role("heading", name="1 person is told")).to_be_visible()
    await expect(page.get_by_text("The organisers say: The room is taken.")).to_be_visible()
    assert await what_axe_finds(page) == []
    await press(page, "Move it")
    await expect(page.get_by_role("heading", name="1 person will be told in a mail")).to_be_visible()
    assert await what_axe_finds(page) == []
    await press(page, "Take it back")
    await expect(page.get_by_role("status")).to_contain_text("It is as it was, and nothing was sent.")
    event = shown(program, "/events/moved")
    assert (event["starts"]["wall"], event["sequence"]) == ("2027-02-05T13:15", 2)
    await context.close()


@pytest.mark.parametrize("javascript", [True, False])
async def test_a_session_is_put_into_the_programme_and_released_by_keyboard(
    chromium: Browser, server: Served, program: httpx.Client, *, javascript: bool
) -> None:
    assert shown(program, "/events/talk")["venue"]["room"] == "Hall B"
    slug, room = ("songs", "Hall A") if javascript else ("dances", "Hall C")
    context = await chromium.new_context(locale="en-GB", java_script_enabled=javascript)
    page = await context.new_page()
    await sign_in(page, server)
    await page.goto(f"{server.url}/organise/events/conference/programme")
    await press(page, "Add a session on Tue 16 Nov", "link")
    await write(page, "Title in English", slug.capitalize())
    for label, time in (("From", "1100AM"), ("Until", "1200PM")):
        await reach(page, page.get_by_label(label, exact=True))
        await page.keyboard.type(time)
    await write(page, "Room (optional)", room)
    await press(page, "Add it as a draft")
    await expect(page.get_by_role("status")).to_contain_text("It becomes public with the next version.")
    await expect(page.locator(f"#s-{slug}")).to_contain_text("New")
    await press(page, "See what changes, and release it", "link")
    await expect(page.get_by_text("Tuesday 16 November 2027, 11:00–12:00 (Tashkent, UTC+5)").first).to_be_visible()
    await write(page, "A note to readers in English (optional)", "Music is back.")
    await reach(page, page.locator(".save-bar button"))
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_contain_text("Released.")
    await page.goto(f"{server.url}/en/events/conference/programme")
    await press(page, "What changed", "link")
    await expect(page.get_by_text("Music is back.").first).to_be_visible()
    await context.close()


async def test_what_is_typed_narrows_lists_at_once(chromium: Browser, server: Served, program: httpx.Client) -> None:
    assert len(shown(program, "/events/standing/registrations")["items"]) == 4
    page = await chromium.new_page()
    await sign_in(page, server)
    await page.get_by_label("Find an event").press_sequentially("maternal")
    await expect(page.locator("#events tbody tr:visible")).to_have_count(1)
    await expect(page.locator("#count")).to_have_text("1")
    await page.goto(f"{server.url}/organise/events/standing/registrations")
    await expect(page.locator("tbody tr")).to_have_count(4)
    await page.get_by_label("Find somebody by name or e-mail address").press_sequentially("elodie")
    await expect(page.locator("tbody tr")).to_have_count(1)
    await expect(page).to_have_url(f"{server.url}/organise/events/standing/registrations?q=elodie")
    await expect(page.get_by_role("link", name="List as CSV")).to_have_attribute(
        "href", r"/organise/events/standing/registrations.csv?q=elodie"
    )

    await page.goto(f"{server.url}/organise/events/standing/edit")
    await page.get_by_text("Partners", exact=True).click()
    await expect(page.get_by_label("Partner 3 (optional)")).to_be_visible()
    await page.get_by_role("button", name="One more").click()
    await expect(page.get_by_label("Partner 4 (optional)")).to_be_focused()
    await page.keyboard.type("London School of Economics")
    await page.get_by_label("Role of partner 4").select_option("Co-sponsor")
    await page.get_by_role("button", name="Save", exact=True).last.click()
    await expect(page.get_by_role("status")).to_contain_text("Saved.")
    await page.context.close()
    assert shown(program, "/events/standing")["partners"] == [
        {"name": "London School of Economics", "role": "co_sponsor"}
    ]


@pytest.mark.parametrize("javascript", [True, False])
async def test_a_time_is_found_and_taken_by_keyboard(
    chromium: Browser, server: Served, program: httpx.Client, *, javascript: bool
) -> None:
    assert shown(program, "/events/standing")["starts"]["wall"] == "2027-02-05T13:15"
    context = await chromium.new_context(
        java_script_enabled=javascript, locale="en-GB", viewport={"width": 360, "height": 740}
    )
    page = await context.new_page()
    await sign_in(page, server)
    await press(page, "Find a time", "link")
    await write_time(page, "From", "02042027", "")
    await write_time(page, "Until", "02052027", "")
    await write(page, "City of the event", "New York")
    for number, name in enumerate(("New York", "Geneva", "Nairobi", "Tashkent"), 1):
        await write(page, f"City {number} (optional)", name)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Best")).to_be_visible()
    await expect(page.locator(".best-slots li").first).to_contain_text("Thursday 4 February 2027, 08:30–09:45")
    await expect(page.locator(".best-slots li").first).to_contain_text("good for everybody")
    cell = page.get_by_role("row", name="07:00").get_by_role("link").first
    await reach(page, cell)
    if javascript:  # the grid is one stop of the Tab key; arrows go on
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("ArrowRight")
        await page.keyboard.press("Enter")
        day, clock = "2027-02-05", "07:30"
    else:
        await page.keyboard.press("Enter")
        day, clock = "2027-02-04", "07:00"
    await expect(page.get_by_role("heading", level=1)).to_have_text("New event")
    await expect(page.locator("[name='starts.wall']")).to_have_value(f"{day}T{clock}")
    await expect(page.locator("[name='starts.zone']")).to_have_value("America/New_York")
    await expect(page.locator("[name='ends.wall']")).to_have_value(f"{day}T{'08:45' if javascript else '08:15'}")
    await context.close()


@pytest.mark.parametrize("language", ["en", "fr", "ar-XB"])
@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.timeout(180)
async def test_every_page_is_accessible_and_fits(
    chromium: Browser, server: Served, program: httpx.Client, language: str, width: int
) -> None:
    code = shown(program, "/events/standing/registrations")["items"][0]["code"]
    context = await chromium.new_context(viewport={"width": width, "height": 800}, locale="en-GB")
    page = await context.new_page()
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text) if message.type == "error" else None)
    await sign_in(page, server)
    await page.goto(f"{server.url}/organise/?lang={language}")
    found: dict[str, list[str]] = {}

    async def look(name: str) -> None:
        found[name] = await what_axe_finds(page)
        if await page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            found[name].append("wider than the window")

    for name in (*LOOKED_AT, f"events/standing/registrations/{code}"):
        await page.goto(f"{server.url}/organise/{name}")
        await look(name)
    await page.goto(f"{server.url}/organise/events/new")
    await page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
    await page.locator("[name='starts.wall']").fill("2027-11-07T01:30")
    await page.locator("[name='starts.zone']").fill("America/New_York")
    await page.locator("[name='partners.0.name']").fill("x" * 201)
    await page.locator(".save-bar button").click()
    await expect(page.locator("#problems")).to_be_visible()
    await look("what must be corrected")
    await context.close()
    assert {name: problems for name, problems in found.items() if problems} == {}
    assert [line for line in told if "422" not in line] == []
