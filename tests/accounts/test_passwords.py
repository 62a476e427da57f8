import email
import re
from datetime import timedelta
from email.message import EmailMessage
from email.policy import default

import httpx
import pytest
import time_machine
from litestar import Litestar

from events.accounts.mails import renderers
from events.accounts.tables import PasswordLink
from events.kernel.clock import utc_now
from events.outbox.tables import Message
from events.outbox.worker import Worker
from events.settings import Settings
from tests.conftest import browser
from tests.make import an_organisation
from tests.people import ORIGIN, PASSWORD, a_member, send, sign_in, words

NEW = "seven geese in a boat"


async def mails(settings: Settings) -> list[EmailMessage]:
    """What the worker has sent, oldest first, once it has sent what is due."""
    await Worker(settings, renderers(settings)).run_once()
    return [email.message_from_bytes(path.read_bytes(), policy=default) for path in sorted(settings.var.rglob("*.eml"))]


def link_in(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    found = re.search(r"http://testserver(/organise/password/\S+)", body.get_content())
    assert found
    return found[1]


async def ask(client: httpx.AsyncClient, address: str = "ana@example.org") -> httpx.Response:
    return await send(client, await client.get("/organise/password"), "/organise/password", email=address)


async def set_new(client: httpx.AsyncClient, link: str, password: str = NEW) -> httpx.Response:
    return await client.post(link, data={"password": password}, headers=ORIGIN)


async def test_a_forgotten_password_is_set_anew_by_a_link_that_is_good_once(
    app: Litestar, client: httpx.AsyncClient, settings: Settings
) -> None:
    await a_member(await an_organisation())
    there = await sign_in(app)
    await ask(client, " ANA@example.org ")
    (mail,) = await mails(settings)
    assert (mail["to"], mail["subject"]) == ("Ana <ana@example.org>", "Set a new password")
    link = link_in(mail)
    assert "at least 10 characters" in words(await client.get(link)).lower()

    answer = await set_new(client, link)
    assert (answer.status_code, answer.headers["location"]) == (303, "/organise/")
    assert (await client.get("/organise/account")).status_code == 200
    assert (await there.get("/organise/account")).status_code == 303
    await sign_in(app, password=NEW)
    old = {"email": "ana@example.org", "password": PASSWORD}
    assert (await browser(app).post("/organise/sign-in", data=old, headers=ORIGIN)).status_code == 422
    assert (await client.get(link)).status_code == 410
    assert (await set_new(client, link, "yet another one")).status_code == 410


async def test_nobody_learns_whether_an_address_is_known(client: httpx.AsyncClient, settings: Settings) -> None:
    await a_member(await an_organisation())
    known, unknown = await ask(client), await ask(client, "nobody@example.org")
    assert (known.status_code, words(known)) == (unknown.status_code, words(unknown)) == (200, words(known))
    assert [mail["to"] for mail in await mails(settings)] == ["Ana <ana@example.org>"]


async def test_a_link_ends_after_an_hour_and_when_another_was_used(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    await a_member(await an_organisation())
    await ask(client)
    await ask(client)
    first, second = (link_in(mail) for mail in await mails(settings))
    assert first != second
    with time_machine.travel(utc_now() + timedelta(minutes=61)):
        assert (await client.get(first)).status_code == 410
        assert (await set_new(client, first)).status_code == 410
    assert (await set_new(client, second)).status_code == 303
    assert (await set_new(client, first)).status_code == 410


async def test_a_password_that_is_too_short_leaves_the_link_good(client: httpx.AsyncClient, settings: Settings) -> None:
    await a_member(await an_organisation())
    await ask(client)
    (mail,) = await mails(settings)
    refused = await set_new(client, link_in(mail), "nine char")
    assert refused.status_code == 422
    assert "The password needs at least 10 characters." in words(refused)
    assert (await set_new(client, link_in(mail))).status_code == 303


async def test_neither_the_link_nor_what_makes_it_is_in_the_database(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    await a_member(await an_organisation())
    await ask(client)
    token = link_in((await mails(settings))[0]).rpartition("/")[2]
    assert token not in str(await PasswordLink.select()) + str(await Message.select())


async def test_no_mail_goes_for_a_link_that_ran_out_before_it_was_sent(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    await a_member(await an_organisation())
    await ask(client)
    with time_machine.travel(utc_now() + timedelta(hours=2)):
        assert await mails(settings) == []


async def test_nobody_is_flooded_with_links(client: httpx.AsyncClient, settings: Settings) -> None:
    await a_member(await an_organisation())
    assert {(await ask(client)).status_code for _ in range(8)} == {200}
    assert len(await mails(settings)) == 5


async def test_a_place_that_asks_for_many_links_must_wait(app: Litestar, client: httpx.AsyncClient) -> None:
    await an_organisation()
    answers = [(await ask(client, f"{number}@example.org")).status_code for number in range(21)]
    assert answers == [200] * 20 + [429]
    assert (await ask(browser(app, address="198.51.100.1"))).status_code == 200


async def test_guessing_links_is_slowed_down(client: httpx.AsyncClient) -> None:
    answers = [(await client.get(f"/organise/password/{number}")).status_code for number in range(31)]
    assert answers == [410] * 30 + [429]


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_the_mail_is_in_the_members_language_and_carries_no_tracker(
    client: httpx.AsyncClient, settings: Settings, language: str
) -> None:
    await a_member(await an_organisation(), language=language)
    await ask(client)
    (mail,) = await mails(settings)
    assert mail["content-language"] == language
    html = mail.get_body(("html",))
    assert html is not None
    assert link_in(mail) in html.get_content()
    assert "<img" not in html.get_content()
