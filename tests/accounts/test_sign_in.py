import re
from datetime import timedelta

import httpx
import pytest
import time_machine
from argon2 import PasswordHasher
from litestar import Litestar

from events.accounts import queries
from events.accounts.tables import SignIn
from events.infra import passwords
from events.kernel.clock import utc_now
from tests.conftest import browser
from tests.make import an_organisation
from tests.people import ORIGIN, PASSWORD, a_member, fields, send, sign_in, words


async def attempt(client: httpx.AsyncClient, email: str, password: str, **more: str) -> httpx.Response:
    typed = {"email": email, "password": password} | more
    return await client.post("/organise/sign-in", data=typed, headers=ORIGIN)


async def test_a_member_signs_in_and_the_page_that_was_asked_for_follows(
    app: Litestar, client: httpx.AsyncClient
) -> None:
    await a_member(await an_organisation())
    refused = await client.get("/organise/tokens?done=revoked")
    assert (refused.status_code, refused.headers["location"]) == (
        303,
        "/organise/sign-in?next=/organise/tokens%3Fdone%3Drevoked",
    )
    page = await client.get(refused.headers["location"])
    answer = await send(client, page, "/organise/sign-in", email=" Ana@Example.org ", password=PASSWORD)
    assert (answer.status_code, answer.headers["location"]) == (303, "/organise/tokens?done=revoked")
    assert (await client.get("/organise/tokens")).status_code == 200
    assert (await browser(app).get("/organise/tokens")).status_code == 303


async def test_the_cookie_is_for_us_alone_and_the_database_has_only_its_digest(client: httpx.AsyncClient) -> None:
    await a_member(await an_organisation())
    cookie = (await attempt(client, "ana@example.org", PASSWORD)).headers["set-cookie"]
    token = re.match(r"sideline=([A-Za-z0-9_-]{43});", cookie)
    assert token
    assert {"HttpOnly", "SameSite=lax", "Path=/", "Max-Age=1209600"} <= set(cookie.split("; "))
    assert token[1] not in str(await SignIn.select())


async def test_nobody_gets_a_cookie_for_looking(client: httpx.AsyncClient) -> None:
    for path in ("/organise/sign-in", "/organise/password", "/organise/", "/organise/account"):
        assert "set-cookie" not in (await client.get(path)).headers
    assert await SignIn.count() == 0


@pytest.mark.parametrize(
    ("email", "password"), [("ana@example.org", "not the password"), ("nobody@example.org", PASSWORD), ("", "")]
)
async def test_a_wrong_password_and_an_unknown_address_are_answered_alike(
    client: httpx.AsyncClient, email: str, password: str
) -> None:
    await a_member(await an_organisation())
    answer = await attempt(client, email, password)
    assert answer.status_code == 422
    assert "The e-mail address or the password is not right." in words(answer)
    assert "set-cookie" not in answer.headers
    assert fields(answer, "/organise/sign-in")["email"] == email
    assert password not in answer.text or not password


async def test_after_ten_attempts_from_one_place_even_the_right_password_must_wait(
    app: Litestar, client: httpx.AsyncClient
) -> None:
    await a_member(await an_organisation())
    assert {(await attempt(client, "ana@example.org", "wrong")).status_code for _ in range(10)} == {422}
    answer = await attempt(client, "ana@example.org", PASSWORD)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 900
    elsewhere = browser(app, address="198.51.100.1")
    assert (await attempt(elsewhere, "ana@example.org", PASSWORD)).status_code == 303


async def test_a_sign_in_ends_after_two_weeks(app: Litestar) -> None:
    await a_member(await an_organisation())
    ana = await sign_in(app)
    with time_machine.travel(utc_now() + timedelta(days=13, hours=23)):
        assert (await ana.get("/organise/account")).status_code == 200
    with time_machine.travel(utc_now() + timedelta(days=14)):
        assert (await ana.get("/organise/account")).status_code == 303


async def test_signing_out_ends_this_sign_in_and_no_other(app: Litestar) -> None:
    await a_member(await an_organisation())
    here, there = await sign_in(app), await sign_in(app)
    cookie = here.cookies["sideline"]
    answer = await send(here, await here.get("/organise/account"), "/organise/sign-out")
    assert (answer.status_code, answer.headers["location"]) == (303, "/organise/sign-in")
    assert "sideline" not in here.cookies
    assert (await browser(app, Cookie=f"sideline={cookie}").get("/organise/account")).status_code == 303
    assert (await there.get("/organise/account")).status_code == 200


async def test_signing_out_everywhere_ends_all(app: Litestar) -> None:
    await a_member(await an_organisation())
    here, there = await sign_in(app), await sign_in(app)
    await send(here, await here.get("/organise/account"), "/organise/account/sign-out-everywhere")
    assert (await there.get("/organise/account")).status_code == 303
    assert await SignIn.count() == 0


@pytest.mark.parametrize(
    "way_on", ["//evil.example", "/\\evil.example", "https://evil.example/", "javascript:1", "/a\nb"]
)
async def test_signing_in_leads_to_our_pages_only(client: httpx.AsyncClient, way_on: str) -> None:
    await a_member(await an_organisation())
    answer = await attempt(client, "ana@example.org", PASSWORD, next=way_on)
    assert answer.headers["location"] == "/organise/"


async def test_what_is_posted_by_another_sites_page_is_refused(client: httpx.AsyncClient) -> None:
    await a_member(await an_organisation())
    typed = {"email": "ana@example.org", "password": PASSWORD}
    for headers in (
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        answer = await client.post("/organise/sign-in", data=typed, headers=headers)
        assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)


@pytest.mark.parametrize("headers", [{}, {"Origin": "null"}])
async def test_a_browser_that_does_not_say_where_it_comes_from_needs_our_form(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    await a_member(await an_organisation())
    typed = {"email": "ana@example.org", "password": PASSWORD}
    page = fields(await client.get("/organise/sign-in"), "/organise/sign-in")
    assert (await client.post("/organise/sign-in", data=typed, headers=headers)).status_code == 403
    with time_machine.travel(utc_now() + timedelta(hours=25)):
        assert (await client.post("/organise/sign-in", data=page | typed, headers=headers)).status_code == 403
    other_form = fields(await client.get("/organise/password"), "/organise/password")
    stolen = {"signed": other_form["signed"]} | typed
    assert (await client.post("/organise/sign-in", data=stolen, headers=headers)).status_code == 403
    assert (await client.post("/organise/sign-in", data=page | typed, headers=headers)).status_code == 303


async def test_what_the_signed_in_do_needs_the_token_of_their_own_sign_in(app: Litestar) -> None:
    await a_member(await an_organisation())
    ana, elsewhere = await sign_in(app), await sign_in(app)
    mine = fields(await ana.get("/organise/account"), "/organise/account")
    other = fields(await elsewhere.get("/organise/account"), "/organise/account")
    renamed = {"name": "Renamed", "language": "en"}
    for csrf in ({}, {"csrf": ""}, {"csrf": "0" * 64}, {"csrf": other["csrf"]}):
        answer = await ana.post("/organise/account", data=renamed | csrf, headers=ORIGIN)
        assert answer.status_code == 403
    assert "Renamed" not in (await ana.get("/organise/account")).text
    by_script = ORIGIN | {"X-CSRF-Token": str(mine["csrf"])}
    assert (await ana.post("/organise/account", data=renamed, headers=by_script)).status_code == 303
    assert "Renamed" in (await ana.get("/organise/account")).text


async def test_a_hash_of_yesterdays_strength_is_made_anew_at_the_next_sign_in(
    app: Litestar, monkeypatch: pytest.MonkeyPatch
) -> None:
    await a_member(await an_organisation())
    before = await queries.find_password_hash("ana@example.org")
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    await sign_in(app)
    after = await queries.find_password_hash("ana@example.org")
    assert before is not None
    assert after is not None
    assert "t=1" in (before[1] or "")
    assert "t=2" in (after[1] or "")
    await sign_in(app)
    assert await queries.find_password_hash("ana@example.org") == after


async def test_nobodys_password_is_nobodys() -> None:
    assert not await passwords.matches("nobody's", None)


async def test_a_lone_surrogate_is_a_wrong_password_and_no_fault(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/organise/sign-in",
        content=b"email=ana%40example.org&password=%ED%A0%80%00%FF",
        headers=ORIGIN | {"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert answer.status_code == 422
