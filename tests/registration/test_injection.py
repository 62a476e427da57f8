"""What people and organisers type stays text: in mails, pages, files, calendars and the names of downloads."""

import csv
import io
import json
import re
from collections import Counter
from email.message import EmailMessage
from typing import Any

import httpx
import icalendar
import openpyxl
import pytest
from litestar import Litestar
from msgspec import structs
from selectolax.lexbor import LexborHTMLParser

from events.accounts.rules import Actor
from events.kernel.errors import Invalid
from events.kernel.words import one_line
from events.outbox.worker import Worker
from events.questions.actions import put_form
from events.registration import mails
from events.registration.answers.rules import file_name
from events.settings import Settings
from events.web.downloads import as_download
from tests.conftest import browser
from tests.mail_server import MailServer
from tests.make import a_published_event
from tests.people import ORIGIN, a_member, sign_in
from tests.questions.forms import a_question, asking

PRODUCT = str(7919 * 7907)
PLAIN = "Ana Reyes"
HOSTILE = (
    "\r\nBcc: victim@example.org",
    "Ana\nBcc: victim@example.org\n\nAnother body",
    "%0d%0aBcc:victim@example.org",
    "=?utf-8?q?=0D=0ABcc:=20victim@example.org?=",
    'Ana" <victim@example.org>, "Eve',
    "victim@example.org,",
    "a\x00b",
    "a\x1bb\x7f",
    "{{ 7919*7907 }}",
    "{% for n in range(3) %}" + PRODUCT[:4] + "{% endfor %}",
    "${7919*7907} #{7919*7907} <%= 7919*7907 %>",
    "{name} {link} {0.__class__} {token!r} %s %(name)s",
    "=cmd|' /C calc'!A0",
    "+7919*7907",
    "-7919*7907",
    "@SUM(7919*7907)",
    "<script>document.title='evil'</script>",
    "'\"><img src=x onerror=alert(1)>",
    "evil\u202egnp.exe",
    "a\u2028X-EVIL:1\u2029",
    "Ana\\nX-EVIL:1\\;VALUE=x",
    'name.pdf"; filename="evil.html',
)
REFUSED = ("a\x00b", "a\x1bb\x7f")
CALENDAR = "calendar.ics"


async def made_of(by: Actor, app: Litestar, number: int, typed: str) -> dict[str, Any]:
    """An event and somebody registered for it, each text of both of them what was typed, where that is taken."""
    slug = f"event-{number}"
    texts: dict[str, Any] = {
        "title": {"en": typed},
        "summary": {"en": typed},
        "description": {"en": typed},
        "venue": {"name": typed, "room": typed, "address": typed},
        "admission": {"en": typed},
    }
    asks: dict[str, Any] = {"ask_affiliation": "optional", "ask_access": True}
    try:
        await a_published_event(by, slug=slug, **texts, **asks)
        await put_form(slug, asking(a_question("short_text", "post", label={"en": typed})), by=by)
    except Invalid:
        assert typed in REFUSED
        await a_published_event(by, slug=slug, **asks)
    body = {
        "name": typed,
        "email": f"person{number}@example.org",
        "mode": "in_person",
        "affiliation": {"organisation": typed, "function": typed},
        "access": {"other": typed},
        "answers": {"post": typed},
    }
    answer = await browser(app).post(f"/api/v1/events/{slug}/registrations", json=body)
    assert answer.status_code == (422 if typed in REFUSED else 201), (typed, answer.text)
    return {"slug": slug, "typed": typed, **answer.json()}


def check_page(answer: httpx.Response) -> None:
    assert answer.status_code == 200, answer.text[:500]
    tree = LexborHTMLParser(answer.text)
    for script in tree.css("script"):
        if script.attributes.get("type") == "application/ld+json":
            json.loads(script.text())
            continue
        assert (script.attributes.get("src") or "").startswith("/static/"), script.html
        assert not script.text().strip()
    assert tree.css("[onerror], img[src=x]") == []
    assert PRODUCT not in answer.text
    assert PRODUCT[:4] * 3 not in answer.text


def check_letter(letter: EmailMessage, headers: Counter[str]) -> None:
    assert Counter(name.lower() for name in letter) == headers
    assert "\u202e" not in letter["subject"]
    assert "victim@example.org" not in [one.addr_spec for one in letter["to"].addresses]
    for part in letter.walk():
        if filename := part.get_filename():
            assert re.fullmatch(r"[\w .-]+\.(ics|png|pdf)", filename), filename
        if part.get_content_maintype() == "text":
            text = part.get_content()
            assert PRODUCT not in text
            assert PRODUCT[:4] * 3 not in text
            if part.get_content_subtype() == "html":
                assert LexborHTMLParser(text).css("script, img[src=x], [onerror]") == []


def names_in(calendar: str) -> set[str]:
    """Every property that a calendar has, with what it is a property of."""
    found = icalendar.Calendar.from_ical(calendar)
    return {f"{part.name} {name}" for part in found.walk() for name, _ in part.property_items(recursive=False)}


async def test_nothing_that_is_typed_is_more_than_text(
    app: Litestar, by: Actor, settings: Settings, mail_server: MailServer
) -> None:
    plain = await made_of(by, app, 0, PLAIN)
    taken = [await made_of(by, app, number, typed) for number, typed in enumerate(HOSTILE, 1)]
    taken = [one for one in taken if one["typed"] not in REFUSED]
    smtp = structs.replace(settings, smtp_url=mail_server.url)
    worker = Worker(smtp, mails.renderers(smtp))
    while await worker.run_once():
        pass

    letters = {letter["to"].addresses[0].addr_spec: letter for letter in mail_server.letters}
    assert sorted(mail_server.recipients) == sorted(letters), "to nobody else"
    assert len(letters) == len(taken) + 1
    headers = Counter(name.lower() for name in letters["person0@example.org"])
    for letter in letters.values():
        check_letter(letter, headers)

    await a_member(by)
    ana = await sign_in(app)
    stranger = browser(app)
    lines = names_in((await stranger.get(f"/en/events/{plain['slug']}/event.ics")).text)
    for one in taken:
        base = f"/organise/events/{one['slug']}"
        token = one["ticket_url"].rpartition("/")[2]
        for client, address in (
            (stranger, f"/en/events/{one['slug']}"),
            (stranger, f"/en/events/{one['slug']}/register"),
            (stranger, f"/t/{token}"),
            (ana, base),
            (ana, f"{base}/registrations"),
            (ana, f"{base}/registrations/{one['code']}"),
            (ana, f"{base}/access"),
            (ana, f"{base}/privacy"),
        ):
            check_page(await client.get(address))
        assert names_in((await stranger.get(f"/en/events/{one['slug']}/event.ics")).text) == lines, one["typed"]
        for file in ("csv", "xlsx"):
            listed = await ana.get(f"{base}/registrations.{file}")
            named = listed.headers["content-disposition"]
            assert re.fullmatch(rf'attachment; filename="{one["slug"]}-registrations-[\d-]+\.{file}"', named)
            check_no_formula(file, listed.content)
        held = await stranger.get(f"/t/{token}/data.json")
        assert held.json()["registration"]["name"] == one_line(one["typed"])


def check_no_formula(file: str, content: bytes) -> None:
    if file == "csv":
        _, row = csv.reader(io.StringIO(content.decode("utf-8-sig")))
        assert [cell for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []
    else:
        sheet = openpyxl.load_workbook(io.BytesIO(content)).active
        assert sheet is not None
        assert [cell.value for line in sheet.iter_rows() for cell in line if cell.data_type == "f"] == []


@pytest.mark.parametrize("field", ["name", "email", "affiliation.organisation", "access.other"])
async def test_half_a_character_is_refused_by_page_and_api(app: Litestar, by: Actor, field: str) -> None:
    await a_published_event(by, ask_affiliation="optional", ask_access=True)
    client = browser(app)
    typed = {"name": PLAIN, "email": "ana@example.org", "mode": "in_person", "language": "en"}
    half = "&".join(f"{name}={value}" for name, value in typed.items() if name != field) + f"&{field}=a%ED%A0%80"
    headers = ORIGIN | {"Content-Type": "application/x-www-form-urlencoded"}
    page = await client.post("/en/events/care-skills-count/register", content=half, headers=headers)
    assert page.status_code in {303, 400, 422}, "what is no UTF-8 is told as such or shown as a gap"
    body: dict[str, Any] = {name: value for name, value in typed.items() if name != field}
    inside, _, name = field.rpartition(".")
    body |= {inside: {name: "a\ud800"}} if inside else {name: "a\ud800"}
    told = await client.post(
        "/api/v1/events/care-skills-count/registrations",
        content=json.dumps(body),
        headers={"Content-Type": "application/json"},
    )
    assert (told.status_code, [one["field"] for one in told.json()["errors"]]) == (422, [field])


@pytest.mark.parametrize(("body", "field"), [({"a\ud800": 1}, "a?"), ({"answers": {"\ud800": "x"}}, "answers.?")])
async def test_half_a_character_in_a_name_is_refused_like_any_other_name(
    app: Litestar, by: Actor, body: dict[str, Any], field: str
) -> None:
    await a_published_event(by)
    await put_form("care-skills-count", asking(a_question("short_text", "diet")), by=by)
    told = await browser(app).post(
        "/api/v1/events/care-skills-count/registrations",
        content=json.dumps({"name": PLAIN, "email": "ana@example.org", "mode": "in_person"} | body),
        headers={"Content-Type": "application/json"},
    )
    assert (told.status_code, [one["field"] for one in told.json()["errors"]]) == (422, [field])


class TestFilesThatWereSent:
    NAMES = (
        *('a"; filename="x.html', "a\r\nX-Evil: 1", "a\x00.html", "..\\..\\a"),
        *("\u202egnp.exe", "<b>", "é\ud800", "=a"),
    )

    @pytest.mark.parametrize("name", NAMES)
    def test_they_are_saved_and_never_shown_whatever_their_name(self, name: str) -> None:
        answer = as_download(file_name(name, ".pdf"), "application/pdf", b"%PDF-")
        disposition = answer.headers["Content-Disposition"]
        assert re.fullmatch(r"attachment; filename=\"[ -!#-~]+\.pdf\"; filename\*=UTF-8''[\w.%()-]+\.pdf", disposition)
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.media_type == "application/pdf"
