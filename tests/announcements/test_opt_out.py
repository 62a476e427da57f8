"""Saying that one wants no announcements: from the mail, by the mail program, and from the private page."""

import httpx
import pytest
from litestar import Litestar

from events.accounts.rules import Actor
from events.announcements.queries import has_opted_out
from events.registration.actions.erasing import erase_own
from events.registration.queries import get_by_id
from events.registration.rules.tokens import opt_out_token
from tests.announcements.post import Post, a_draft, sent_now, text
from tests.conftest import browser
from tests.make import SECRET, a_published_event, a_registration
from tests.people import words


def path_in(letter_header: str) -> str:
    assert letter_header.startswith("<http://testserver/")
    return letter_header.removeprefix("<http://testserver").removesuffix(">")


@pytest.fixture
async def path(app: Litestar, by: Actor, post: Post) -> str:  # noqa: ARG001 - one database for both
    """What the header of a mail says."""
    await a_published_event(by)
    await a_registration()
    await sent_now(by, a_draft())
    [letter] = await post.brought()
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert f"http://testserver{path_in(letter['List-Unsubscribe'])}" in text(letter)
    assert f"http://testserver{path_in(letter['List-Unsubscribe'])}" in text(letter, "html")
    return path_in(letter["List-Unsubscribe"])


async def one_click(client: httpx.AsyncClient, path: str) -> httpx.Response:
    """As mail providers do it: no page was opened, and no cookie and no origin is sent (RFC 8058)."""
    return await client.post(path, data={"List-Unsubscribe": "One-Click"})


async def test_a_mail_program_unsubscribes_with_one_click(
    client: httpx.AsyncClient, path: str, by: Actor, post: Post
) -> None:
    assert (await one_click(client, path)).status_code == 303
    assert (await one_click(client, path)).status_code == 303
    await sent_now(by, a_draft())
    await a_registration(email="new@example.org")
    assert await post.reached() == ["new@example.org"]


async def test_looking_changes_nothing_and_one_may_come_back(
    client: httpx.AsyncClient, path: str, by: Actor, post: Post
) -> None:
    page = await client.get(path)
    assert "Send me no more announcements" in words(page)
    assert page.headers["cache-control"] == "private, no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "noindex" in page.headers["x-robots-tag"]
    assert (await client.head(path)).status_code in {200, 405}
    assert not await has_opted_out(1)
    await client.post(path)
    assert "You get no announcements about this event" in words(await client.get(path))
    await client.post(path, data={"announcements": "again"})
    await sent_now(by, a_draft())
    assert await post.reached() == ["ana@example.org"]


async def test_a_page_of_another_site_cannot_do_it(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.post(path, headers={"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert not await has_opted_out(1)


async def test_a_confirmation_is_no_announcement(by: Actor, post: Post) -> None:
    await a_published_event(by)
    await a_registration()
    await post.deliver()
    [letter] = post.server.letters
    assert "List-Unsubscribe" not in letter


async def test_a_link_that_was_guessed_or_belongs_to_somebody_else_opens_nothing(
    app: Litestar, client: httpx.AsyncClient, path: str
) -> None:
    other = await a_registration(email="other@example.org")
    ticket = await get_by_id(other.id)
    token = opt_out_token(SECRET, ticket.id, ticket.code)
    mixed = f"{ticket.id}-{path.rpartition('-')[2]}"
    for wrong in (mixed, "1-x", "x", "999999999999-x", f"{token}x", "-1-x", "٣-x"):
        assert (await client.get(f"/unsubscribe/{wrong}")).status_code == 404
        assert (await one_click(client, f"/unsubscribe/{wrong}")).status_code == 404
    guessing = browser(app, address="203.0.113.99")
    answers = [(await guessing.get("/unsubscribe/1-x")).status_code for _ in range(31)]
    assert (answers[0], answers[-1]) == (404, 429)
    await erase_own(other.token)
    assert (await client.get(f"/unsubscribe/{token}")).status_code == 410


async def test_it_is_in_the_readers_language(client: httpx.AsyncClient, path: str) -> None:  # noqa: ARG001 - the event
    elodie = await a_registration(email="elodie@example.org", language="fr")
    ticket = await get_by_id(elodie.id)
    page = await client.get(f"/unsubscribe/{opt_out_token(SECRET, ticket.id, ticket.code)}")
    assert page.headers["content-language"] == "fr"
    assert "Ne plus recevoir d’annonces" in words(page)
