"""A ticket at a door, in a real browser: typed in, by a hand scanner, a camera, without JavaScript, without network."""

from io import BytesIO
from pathlib import Path

import pytest
import qrcode
import zxingcpp
from PIL import Image
from playwright.async_api import Browser, async_playwright, expect

from tests.browser import launch
from tests.journeys.entrance import Entrance, a_phone, answer, doors_of, type_code, what_is_wrong


async def test_a_ticket_typed_in_is_admitted_once(chromium: Browser, entrance: Entrance) -> None:
    slug = entrance.event("typed")
    code, door = entrance.ticket(slug), entrance.door(slug)
    phone = await a_phone(chromium)
    page = await phone.new_page()
    await page.goto(door["url"])
    await expect(page.locator(".door-counts")).to_have_text("0 admitted of 1")
    await type_code(page, code)
    await expect(answer(page)).to_have_class("answer confirmed")
    await expect(answer(page)).to_contain_text("Admitted")
    await expect(answer(page)).to_contain_text("Ana Reyes")
    await page.get_by_role("link", name="Next").click()
    await expect(answer(page)).to_be_hidden()
    await expect(page.locator(".door-counts")).to_have_text("1 admitted of 1")

    await type_code(page, code.lower())
    await expect(answer(page)).to_have_class("answer waiting")
    await expect(answer(page)).to_contain_text("Main entrance")
    for _ in range(3):
        await expect(answer(page).get_by_role("link", name="Next")).to_be_focused()
        await page.keyboard.press("Tab")
        await page.keyboard.press("Tab")  # by way of the browser's own bar
    await page.keyboard.press("Escape")
    await expect(answer(page)).to_be_hidden()
    await page.reload()
    await expect(page.locator("[data-recent] li")).to_have_count(2)
    await expect(page.locator(".door-counts")).to_have_text("1 admitted of 1")
    await phone.close()


async def test_a_hand_scanner_types_wherever_the_focus_is(chromium: Browser, entrance: Entrance) -> None:
    slug = entrance.event("wedge")
    tickets = [entrance.ticket(slug, name) for name in ("Ana Reyes", "Bo Li")]
    door = entrance.door(slug)
    phone = await a_phone(chromium)
    page = await phone.new_page()
    await page.goto(door["url"])
    await expect(page.get_by_role("button", name="Scan with the camera")).to_be_visible()  # the script is at work
    for code, name in zip(tickets, ("Ana Reyes", "Bo Li"), strict=True):
        # The second is scanned while the first answer still fills the screen.
        await page.keyboard.type(code, delay=2)
        await page.keyboard.press("Enter")
        await expect(answer(page)).to_contain_text(name)
        await expect(answer(page)).to_have_class("answer confirmed")
    await expect(page.locator("[data-recent] li")).to_have_count(2)
    await phone.close()


async def test_without_javascript_the_form_answers(chromium: Browser, entrance: Entrance) -> None:
    slug = entrance.event("plain")
    code, door = entrance.ticket(slug), entrance.door(slug)
    phone = await a_phone(chromium, java_script_enabled=False)
    page = await phone.new_page()
    await page.goto(door["url"])
    await expect(page.get_by_role("button", name="Scan with the camera")).to_be_hidden()
    await type_code(page, code)
    await expect(answer(page)).to_have_class("answer confirmed")
    await expect(answer(page)).to_contain_text("Ana Reyes")
    await page.get_by_role("link", name="Next").click()
    await expect(answer(page)).to_be_hidden()
    await type_code(page, code)
    await expect(answer(page)).to_contain_text("Already admitted")
    await phone.close()


async def test_no_network_and_a_closed_door_say_so(chromium: Browser, entrance: Entrance) -> None:
    slug = entrance.event("cut")
    code, door = entrance.ticket(slug), entrance.door(slug)
    phone = await a_phone(chromium)
    page = await phone.new_page()
    await page.goto(door["url"])
    await phone.set_offline(True)
    await type_code(page, code)
    await expect(answer(page)).to_contain_text("No connection")
    await page.keyboard.press("Escape")
    await phone.set_offline(False)
    await type_code(page, code)
    await expect(answer(page)).to_have_class("answer confirmed")

    entrance.call("DELETE", f"/doors/{door['id']}")
    await type_code(page, code)
    await expect(answer(page)).to_contain_text("This door is closed")
    await page.reload()
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    await expect(page.locator("main")).to_contain_text("This door is closed. Ask the organisers for a new link.")
    await phone.close()


@pytest.mark.parametrize(("language", "scripts"), [("en", True), ("fr", False)])
async def test_what_is_asked_at_the_door_is_asked_after_the_scan(
    chromium: Browser, entrance: Entrance, language: str, *, scripts: bool
) -> None:
    slug = entrance.event(f"asks-{language}")
    questions = [
        {"kind": "yes_no", "name": "headset", "label": {"en": "Headset?", "fr": "Casque ?"}, "asked": "door"},
        {"kind": "short_text", "name": "number", "label": {"en": "Its number", "fr": "Son numéro"}, "asked": "door"},
    ]
    form = {"sections": [{"title": {"en": "Interpretation", "fr": "Interprétation"}, "questions": questions}]}
    entrance.call("PUT", f"/events/{slug}/form", form)
    door = entrance.door(slug)
    phone = await a_phone(chromium, java_script_enabled=scripts)
    page = await phone.new_page()
    await page.goto(f"{door['url']}?lang={language}")
    await type_code(page, entrance.ticket(slug))
    await expect(answer(page)).to_have_class("answer confirmed")
    assert not scripts or await what_is_wrong(page) == []
    words = {"en": "Questions to ask: 2", "fr": "Questions à poser\u00a0: 2"}[language]
    link = answer(page).get_by_role("link", name=words)
    while not await link.evaluate("link => link === document.activeElement"):
        await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Ana Reyes")
    assert not scripts or await what_is_wrong(page) == []
    await page.get_by_label({"en": "Yes", "fr": "Oui"}[language]).check()
    await page.get_by_role("textbox", name={"en": "Its number", "fr": "Son numéro"}[language]).fill("17")
    await page.get_by_role("button", name={"en": "Save", "fr": "Enregistrer"}[language]).click()
    await expect(page.get_by_role("status")).to_contain_text({"en": "are kept", "fr": "sont conservées"}[language])
    await type_code(page, entrance.ticket(slug, "Bo Li"))
    await expect(answer(page)).to_contain_text("Bo Li")
    await answer(page).get_by_role("link", name={"en": "Next", "fr": "Billet suivant"}[language], exact=True).click()
    await expect(page.locator("#field-code")).to_be_visible()
    await phone.close()


def film(path: Path, scenes: list[str | None]) -> None:
    """What a camera sees: each scene lasts a second and a half at ten frames a second, a ticket's QR or nothing."""
    size = (640, 480)
    chroma = b"\x80" * (size[0] * size[1] // 2)
    with path.open("wb") as file:
        file.write(b"YUV4MPEG2 W640 H480 F10:1 Ip A1:1 C420jpeg\n")
        for code in scenes:
            frame = Image.new("L", size, 160)
            if code:
                made = qrcode.QRCode(box_size=10, border=4)
                made.add_data(code)
                qr = made.make_image().get_image().convert("L")
                frame.paste(qr, ((size[0] - qr.width) // 2, (size[1] - qr.height) // 2))
            file.write((b"FRAME\n" + frame.tobytes() + chroma) * 15)


@pytest.mark.slow
async def test_a_camera_scans_each_ticket_once_while_it_is_held_up(entrance: Entrance, tmp_path: Path) -> None:
    slug = entrance.event("camera")
    tickets = [entrance.ticket(slug, name) for name in ("Ana Reyes", "Bo Li")]
    door = entrance.door(slug)
    film(tmp_path / "queue.y4m", [tickets[0], None, tickets[1], None])  # over and over
    async with async_playwright() as playwright:
        chromium = await launch(
            playwright,
            "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream",
            f"--use-file-for-fake-video-capture={tmp_path / 'queue.y4m'}",
        )
        phone = await a_phone(chromium)
        page = await phone.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        await page.goto(door["url"])
        assert not await page.evaluate("'BarcodeDetector' in window"), "so the ponyfill reads"
        await expect(
            page.get_by_label("What the camera sees")
        ).to_be_visible()  # who allowed it before is not asked again
        scans = page.locator("[data-recent] li")
        await expect(scans).to_have_count(3, timeout=30_000)
        seen = [text.partition(" – ")[0] for text in reversed(await scans.all_inner_texts())]
        assert sorted(seen[:2]) == ["Admitted", "Admitted"]
        assert seen[2] == "Already admitted"
        assert [url for url in asked if not url.startswith(entrance.server.url)] == [], "nothing from elsewhere"
        assert any(url.endswith("zxing_reader.wasm") for url in asked)
        await chromium.close()


async def test_an_organiser_opens_a_door_shows_its_code_and_closes_it(chromium: Browser, entrance: Entrance) -> None:
    slug = entrance.event("organised")
    desk = await chromium.new_context(java_script_enabled=False, locale="en-GB")
    page, here = await doors_of(slug, desk, entrance)
    await page.get_by_label("Name").fill("Main entrance")
    await page.get_by_role("button", name="Open the door").click()
    await expect(page.get_by_text("The door is open.")).to_be_visible()

    picture = await page.get_by_role("img", name="QR code of the address of Main entrance").screenshot()
    [shown] = zxingcpp.read_barcodes(Image.open(BytesIO(picture)))
    assert shown.text == await page.get_by_role("textbox", name="Address").input_value()
    phone = await a_phone(chromium)
    door = await phone.new_page()
    await door.goto(shown.text)
    await type_code(door, entrance.ticket(slug))
    await expect(answer(door)).to_have_class("answer confirmed")

    await page.goto(here)
    await expect(page.get_by_role("row", name="Ana Reyes")).to_contain_text("Admitted")
    await page.get_by_text("Close…").click()
    await page.get_by_role("button", name="Close Main entrance").click()
    await expect(page.get_by_text("The door is closed. Its address opens nothing any more.")).to_be_visible()
    await door.reload()
    await expect(door.locator("main")).to_contain_text("This door is closed. Ask the organisers for a new link.")
    await phone.close()
    await desk.close()
