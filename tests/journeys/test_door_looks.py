"""What is seen at a door and of the doors is accessible and fits, in every language and both directions."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Browser, expect

from tests.journeys.entrance import Entrance, a_phone, answer, doors_of, type_code, what_is_wrong

LANGUAGES = ["en", "fr", "ar-XB"]


@pytest.fixture(scope="module")
def answers(entrance: Entrance) -> dict[str, tuple[str, str]]:
    """Each answer there is → the address of a door and the code that gets it there."""
    here = entrance.event("answers", capacity=3)
    door = entrance.door(here)["url"]
    found = {name: (door, entrance.ticket(here)) for name in ("admitted", "already_admitted", "cancelled")}
    found["waiting"] = door, entrance.ticket(here)
    found["other_mode"] = door, entrance.ticket(here, mode="online")
    found["unknown"] = door, "NO TICKET AT ALL"
    found["other_event"] = door, entrance.ticket(entrance.event("another"))
    entrance.call("DELETE", f"/registrations/{found['cancelled'][1]}")
    approved = entrance.event("approved", approval=True)
    found["pending"] = entrance.door(approved)["url"], entrance.ticket(approved)
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    found["too_early"] = entrance.door(here, opens_at=later)["url"], found["admitted"][1]
    return found


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_answer_is_accessible_and_fits(
    chromium: Browser, entrance: Entrance, answers: dict[str, tuple[str, str]], language: str
) -> None:
    phone = await a_phone(chromium)
    page = await phone.new_page()
    found: dict[str, list[str]] = {}

    async def look(name: str) -> None:
        found[name] = await what_is_wrong(page)

    fresh = entrance.door("answers", f"Door {language}")["url"]  # where nobody was admitted yet
    for reason, (door, code) in answers.items():
        address = fresh if door == answers["admitted"][0] else door
        await page.goto(f"{address}?lang={language}")
        if reason == "admitted":
            await look("asking")
        if reason == "already_admitted":
            await type_code(page, code)
            await expect(answer(page)).to_be_visible()
            await page.keyboard.press("Escape")
            await expect(answer(page)).to_be_hidden()
        await type_code(page, code)
        await expect(answer(page)).to_be_visible()
        words = page.locator("template#answers").evaluate(
            "(one, reason) => one.content.querySelector(`[data-reason=${reason}] .answer-word`).textContent", reason
        )
        await expect(answer(page).locator(".answer-word")).to_have_text(await words)
        await look(reason)
    assert found == {name: [] for name in ("asking", *answers)}
    await phone.close()


@pytest.mark.parametrize("width", [320, 1280])
async def test_the_doors_of_an_event_are_accessible_and_fit(chromium: Browser, entrance: Entrance, width: int) -> None:
    slug = entrance.event(f"accessible-{width}")
    door = entrance.door(slug)
    for code in (entrance.ticket(slug), "NO TICKET AT ALL"):
        entrance.call("POST", f"/doors/{door['id']}/scans", {"code": code})
    desk = await chromium.new_context(viewport={"width": width, "height": 800}, locale="en-GB")
    page, here = await doors_of(slug, desk, entrance)
    wrong = {}
    for language in LANGUAGES:
        await page.goto(f"{here}?lang={language}")
        await expect(page.locator("tbody tr")).to_have_count(2)
        wrong[language] = await what_is_wrong(page)
    assert not any(wrong.values()), wrong
    await desk.close()
