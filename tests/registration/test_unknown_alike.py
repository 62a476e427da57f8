"""Where addresses are proven, no answer says whether one is known: not its words, not its shape, not its time."""

import asyncio
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Any

import httpx
import pytest
from litestar import Litestar

from events.accounts.rules import Actor
from events.web.security import BEAT
from tests.conftest import browser
from tests.make import a_published_event, a_registration
from tests.people import ORIGIN, a_member, fields

SLUG = "care-skills-count"
FORM = f"/en/events/{SLUG}/register"
API = f"/api/v1/events/{SLUG}/registrations"
PERSON = {"name": "Ana Reyes", "mode": "in_person", "language": "en"}
Ask = Callable[[httpx.AsyncClient, str], Awaitable[httpx.Response]]


async def by_page(client: httpx.AsyncClient, email: str) -> httpx.Response:
    form = fields(await client.get(FORM), FORM)
    return await timed(client.post(FORM, data=form | PERSON | {"email": email}, headers=ORIGIN))


async def by_program(client: httpx.AsyncClient, email: str) -> httpx.Response:
    return await timed(client.post(API, json=PERSON | {"email": email}))


async def by_lost_link(client: httpx.AsyncClient, email: str) -> httpx.Response:
    return await timed(client.post("/en/lost-link", data={"email": email}, headers=ORIGIN))


async def by_password(client: httpx.AsyncClient, email: str) -> httpx.Response:
    return await timed(client.post("/organise/password", data={"email": email}, headers=ORIGIN))


async def timed(asking: Awaitable[httpx.Response]) -> httpx.Response:
    began = perf_counter()
    answer = await asking
    answer.extensions["took"] = perf_counter() - began
    return answer


def shape(answer: httpx.Response) -> tuple[int, list[tuple[str, str]], str]:
    """All of it but when it was made."""
    headers = [(name, value) for name, value in answer.headers.multi_items() if name not in {"date", "x-request-id"}]
    text = answer.text.replace(fields(answer, "/organise/password")["signed"], "") if "<form" in answer.text else ""  # type: ignore[arg-type]  # one field
    return answer.status_code, headers, text or answer.text


@pytest.mark.parametrize("ask", [by_page, by_program, by_lost_link, by_password])
async def test_known_and_unknown_addresses_get_the_same_answer_on_the_same_beat(
    app: Litestar, by: Actor, ask: Ask
) -> None:
    await a_published_event(by, prove_address=True)
    await a_registration(email="known@example.org")
    await a_member(by, "known@example.org")
    known, unknown = [], []
    for number in range(3):  # as often as somebody is reminded
        client = browser(app, address=f"203.0.113.{number}")
        known.append(await ask(client, "known@example.org"))
        unknown.append(await ask(client, f"unknown{number}@example.org"))
    assert [shape(one)[:2] for one in known] == [shape(one)[:2] for one in unknown]
    assert {shape(one)[2] for one in known} == {shape(one)[2] for one in unknown}
    quickest = [min(one.extensions["took"] for one in several) for several in (known, unknown)]
    assert all(abs(took - BEAT) < BEAT / 3 for took in quickest), quickest


async def test_a_key_that_was_used_says_nothing_either(app: Litestar, by: Actor) -> None:
    await a_published_event(by, prove_address=True)
    await a_registration(email="known@example.org")
    client = browser(app)
    told: dict[str, list[Any]] = {}
    for email in ("known@example.org", "unknown@example.org"):
        key = {"Idempotency-Key": email}
        for body in ({"email": email}, {"email": email}, {"email": "another@example.org"}):
            answer = await timed(client.post(API, json=PERSON | body, headers=key))
            told.setdefault(email, []).append((answer.status_code, answer.extensions["took"] > BEAT / 2))
    assert told["known@example.org"] == told["unknown@example.org"] == [(201, True), (201, True), (422, False)]


async def test_the_way_to_attend_that_was_asked_for_is_told_whatever_became_of_it(app: Litestar, by: Actor) -> None:
    modes: dict[str, Any] = {"in_person": {"capacity": 1}, "online": {}}
    await a_published_event(by, prove_address=True, modes=modes)
    await a_registration(email="known@example.org")
    body = PERSON | {"meanwhile": "online"}
    answers = await asyncio.gather(
        *(browser(app).post(API, json=body | {"email": email}) for email in ("known@example.org", "new@example.org"))
    )
    assert [one.json() for one in answers] == [{"standing": "unverified", "mode": "in_person"}] * 2
