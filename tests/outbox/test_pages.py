from collections.abc import AsyncIterator

import httpx
import pytest
from litestar import Litestar
from msgspec import structs
from selectolax.lexbor import LexborHTMLParser

from events.app import create_app
from events.infra.smtp import FolderTransport, mail_folder
from events.kernel.clock import utc_now
from events.outbox.mime import letter_for
from events.outbox.rules import Attachment, Mail
from events.settings import Settings
from tests.conftest import browser
from tests.make import an_organisation
from tests.people import a_member, sign_in, words

ICS = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"


@pytest.fixture
async def here(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(app, address="127.0.0.1") as made:
        yield made


async def write(settings: Settings, number: int, to_name: str, subject: str, html: str = "<p>Hello</p>") -> None:
    mail = Mail(
        "ada@example.org",
        to_name,
        subject,
        f"Your place: https://example.org/t/{number}\n\n<b>not bold</b>\nRegards\n",
        html,
        "en",
        (Attachment("événement.ics", "text/calendar", ICS, {"method": "PUBLISH"}),),
    )
    letter = letter_for(mail, message_id=number, mail_from="s@example.org", domain="example.org", at=utc_now())
    await FolderTransport(mail_folder(settings)).send(letter)


def names(page: httpx.Response) -> list[str]:
    return [str(link.attributes["href"]) for link in LexborHTMLParser(page.text).css("main tbody a")]


async def test_mails_are_listed_newest_first_and_open(here: httpx.AsyncClient, settings: Settings) -> None:
    await write(settings, 1, "Ada", "First")
    await write(settings, 2, "विश्वनाथन आनंद कृष्णमूर्ति रामस्वामी वेंकटरमण", "Deuxième <i>")
    listed = await here.get("/demo/mail")
    rows = [
        [cell.text(strip=True) for cell in row.css("td")[:2]] for row in LexborHTMLParser(listed.text).css("tbody tr")
    ]
    assert rows == [
        ["Deuxième <i>", "विश्वनाथन आनंद कृष्णमूर्ति रामस्वामी वेंकटरमण <ada@example.org>"],
        ["First", '"Ada" <ada@example.org>'],
    ]
    opened = await here.get(names(listed)[0])
    assert "Your place: https://example.org/t/2 <b>not bold</b> Regards" in words(opened)
    links = [link.attributes["href"] for link in LexborHTMLParser(opened.text).css("main .prose a")]
    assert links == ["https://example.org/t/2"]


async def test_an_attachment_is_downloaded_as_it_was_sent(here: httpx.AsyncClient, settings: Settings) -> None:
    await write(settings, 1, "Ada", "First")
    (name,) = names(await here.get("/demo/mail"))
    answer = await here.get(f"{name}/attachments/0")
    assert answer.content == ICS
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''%C3%A9v%C3%A9nement.ics"
    assert (await here.get(f"{name}/attachments/1")).status_code == 404


async def test_the_html_of_a_mail_runs_nothing(here: httpx.AsyncClient, settings: Settings) -> None:
    await write(settings, 1, "Ada", "First", "<script>alert(1)</script>")
    (name,) = names(await here.get("/demo/mail"))
    answer = await here.get(f"{name}/html")
    assert answer.text.strip() == "<script>alert(1)</script>"
    (policy,) = answer.headers.get_list("content-security-policy")
    assert policy.startswith("sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none';")
    assert "allow-scripts" not in policy
    assert answer.headers.get_list("x-content-type-options") == ["nosniff"]


@pytest.mark.parametrize("name", ["..%2Fsideline", "..", "secret-key", "20270205T121500.000000Z-1", "%2Fetc%2Fpasswd"])
async def test_only_mails_are_read(here: httpx.AsyncClient, settings: Settings, name: str) -> None:
    mail_folder(settings).mkdir(parents=True, exist_ok=True)
    (settings.var / "sideline.eml").write_text("Subject: out of bounds\n\n")
    (mail_folder(settings) / "secret-key.eml").write_text("Subject: not ours\n\n")
    for part in ("", "/html", "/attachments/0"):
        answer = await here.get(f"/demo/mail/{name}{part}")
        assert answer.status_code == 404 or answer.url.path == "/demo/mail"
        assert "out of bounds" not in answer.text
        assert "not ours" not in answer.text


async def status(client: httpx.AsyncClient) -> int:
    answer = await client.get("/demo/mail")
    await client.aclose()
    return answer.status_code


@pytest.mark.parametrize("host", ["testserver", "127.0.0.1:8000", "localhost:8000", "[::1]:8000"])
async def test_who_sits_at_this_machine_reads_them(app: Litestar, host: str) -> None:
    assert await status(browser(app, address="127.0.0.1", Host=host)) == 200
    assert await status(browser(app, address="::1", Host=host)) == 200


async def test_a_signed_in_member_reads_them_from_anywhere(app: Litestar) -> None:
    await a_member(await an_organisation())
    assert await status(await sign_in(app)) == 200


@pytest.mark.parametrize("address", ["203.0.113.7", "192.168.1.7", "2001:db8::1"])
async def test_strangers_find_nothing(app: Litestar, address: str) -> None:
    assert await status(browser(app, address=address)) == 404
    assert await status(browser(app, address=address, Host="localhost")) == 404


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Forwarded-Host", "Forwarded", "X-Real-IP", "Via"])
async def test_who_comes_through_a_proxy_on_this_machine_finds_nothing(app: Litestar, header: str) -> None:
    assert await status(browser(app, address="127.0.0.1", **{header: "127.0.0.1"})) == 404


@pytest.mark.parametrize("host", ["rebound.example.org", "rebound.example.org:8000", "", "[::1"])
async def test_another_sites_name_that_points_here_finds_nothing(app: Litestar, host: str) -> None:
    assert await status(browser(app, address="127.0.0.1", Host=host)) == 404


@pytest.mark.parametrize("changes", [{"env": "production"}, {"smtp_url": "smtp://127.0.0.1:1"}])
@pytest.mark.usefixtures("database")
async def test_where_mail_is_really_sent_there_is_no_such_page(settings: Settings, changes: dict[str, str]) -> None:
    app = create_app(structs.replace(settings, **changes))
    assert await status(browser(app, address="127.0.0.1")) == 404


async def test_an_empty_folder_says_what_to_do(here: httpx.AsyncClient) -> None:
    assert "Nothing has been sent yet" in (await here.get("/demo/mail")).text
    assert "Nothing has been sent yet" not in (await here.get("/demo/mail?lang=ar-XB")).text
