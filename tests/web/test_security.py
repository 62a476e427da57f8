from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import httpx
import msgspec
import pytest
import time_machine
from litestar import Litestar, Request, get

from events.kernel.clock import utc_now
from events.kernel.errors import Forbidden
from events.settings import Settings
from events.web.security import Security, check_signed_field, client_network, signed_field
from tests.conftest import browser

SECRET = "0" * 64


def policy(answer: httpx.Response) -> Mapping[str, str]:
    """The Content-Security-Policy, by directive."""
    parts = (part.strip().partition(" ") for part in answer.headers["content-security-policy"].split(";"))
    return {name: values for name, _, values in parts}


@pytest.mark.parametrize(
    "path", ["/organise/sign-in", "/no/such/page", "/api/v1/events", "/organise/account", "/a%00b"]
)
async def test_every_answer_carries_the_headers(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    directives = policy(answer)
    assert directives["default-src"] == directives["frame-ancestors"] == directives["base-uri"] == "'none'"
    assert directives["script-src"] == directives["style-src"] == directives["form-action"] == "'self'"
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["permissions-policy"].startswith("camera=(), microphone=()")
    assert "strict-transport-security" not in answer.headers


async def test_the_door_alone_gets_the_camera_and_web_assembly(client: httpx.AsyncClient) -> None:
    answer = await client.get("/door/some-token")
    assert policy(answer)["script-src"] == "'self' 'wasm-unsafe-eval'"
    assert answer.headers["permissions-policy"].startswith("camera=(self)")


@pytest.mark.parametrize("path", ["/t/token", "/door/token", "/organise/password/token", "/calendars/token.ics"])
async def test_an_address_that_is_a_secret_is_told_to_nobody(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).headers["referrer-policy"] == "no-referrer"


def small_app(settings: Settings) -> Litestar:
    """Our edge around one route, which says who asks."""

    @get("/who")
    async def who(request: Request[Any, Any, Any]) -> str:
        return client_network(request)

    app = Litestar([who], openapi_config=None)
    app.asgi_handler = Security(app.asgi_handler, settings)
    return app


async def test_https_is_insisted_on_where_it_is_used(settings: Settings) -> None:
    https = msgspec.structs.replace(settings, base_url="https://events.example.org")
    answer = await browser(small_app(https)).get("/who")
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


@pytest.mark.parametrize(
    ("peer", "forwarded", "network"),
    [
        ("198.51.100.9", "203.0.113.7", "198.51.100.9"),  # no proxy of ours: anybody could write that
        ("10.0.0.1", None, "10.0.0.1"),
        ("10.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("10.0.0.1", "1.1.1.1, 203.0.113.7", "203.0.113.7"),  # the first was written by whoever asks
        ("10.0.0.1", "203.0.113.7, 10.0.0.2", "203.0.113.7"),
        ("10.0.0.1", "203.0.113.7:4711", "203.0.113.7"),
        ("10.0.0.1", "[2001:db8:1:2::a]:4711", "2001:db8:1:2::/64"),
        ("10.0.0.1", "2001:db8:1:2::a", "2001:db8:1:2::/64"),
        ("10.0.0.1", "unknown", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("2001:db8::1", None, "2001:db8::/64"),
        ("::ffff:203.0.113.7", None, "203.0.113.7"),
    ],
)
async def test_who_asks_is_taken_from_trusted_proxies_only(
    settings: Settings, peer: str, forwarded: str | None, network: str
) -> None:
    app = small_app(msgspec.structs.replace(settings, trusted_proxies=("10.0.0.0/8",)))
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    assert (await browser(app, address=peer).get("/who", headers=headers)).text == network


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://testserver"}, 422),
        ({"Sec-Fetch-Site": "same-origin"}, 422),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 422),  # sent by pages without a referrer
        ({"Origin": "http://testserver.evil.example"}, 403),
        ({"Origin": "https://testserver"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
    ],
)
async def test_what_is_posted_must_come_from_our_own_pages(
    client: httpx.AsyncClient, headers: dict[str, str], status: int
) -> None:
    answer = await client.post(
        "/organise/sign-in", data={"email": "a@example.org", "password": "wrong"}, headers=headers
    )
    assert answer.status_code == status


async def test_the_api_takes_posts_from_anywhere_for_it_reads_no_cookies(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/v1/events", json={}, headers={"Origin": "https://elsewhere.example"})
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("path", "status"), [("/en/events/a%00b", 404), ("/t/%00", 404), ("/organise/sign-in?next=%00", 422)]
)
async def test_what_no_database_can_look_for_is_refused_at_the_edge(
    client: httpx.AsyncClient, path: str, status: int
) -> None:
    assert (await client.get(path)).status_code == status


async def test_a_body_that_is_too_large_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/organise/sign-in", data={"email": "x" * 1_100_000}, headers={"Sec-Fetch-Site": "same-origin"}
    )
    assert answer.status_code == 413


def test_a_signed_field_is_good_for_its_form_for_a_day() -> None:
    field = signed_field(SECRET, "/en/events/a/register")
    check_signed_field(SECRET, "/en/events/a/register", field)
    with time_machine.travel(utc_now() + timedelta(hours=23, minutes=59)):
        check_signed_field(SECRET, "/en/events/a/register", field)
    with time_machine.travel(utc_now() + timedelta(hours=24, minutes=1)), pytest.raises(Forbidden):
        check_signed_field(SECRET, "/en/events/a/register", field)


@pytest.mark.parametrize("value", ["", ".", "x.y", "1.2", "-1.x", "٣.x", "9" * 400, "1795357549." + "0" * 64, "\ud800"])
def test_a_field_that_we_did_not_sign_is_refused(value: str) -> None:
    with pytest.raises(Forbidden):
        check_signed_field(SECRET, "/form", value)


def test_a_field_of_another_form_or_another_key_is_refused() -> None:
    field = signed_field(SECRET, "/form")
    with pytest.raises(Forbidden):
        check_signed_field(SECRET, "/other-form", field)
    with pytest.raises(Forbidden):
        check_signed_field("1" * 64, "/form", field)
