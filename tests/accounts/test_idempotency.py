import asyncio
from typing import Any

import httpx
import pytest
from litestar import Litestar

from events.registration.tables import Registration
from tests.conftest import browser
from tests.make import a_program, a_published_event, an_event, an_organisation

REGISTRATIONS = "/api/v1/events/care-skills-count/registrations"


def sign_up(**changes: Any) -> dict[str, Any]:
    return {"name": "Ana Reyes", "email": "ana@example.org", "mode": "in_person"} | changes


async def register(client: httpx.AsyncClient, key: str, **changes: Any) -> httpx.Response:
    return await client.post(REGISTRATIONS, json=sign_up(**changes), headers={"Idempotency-Key": key})


async def test_a_registration_that_is_sent_again_is_answered_the_same_and_made_once(app: Litestar) -> None:
    organisation = await an_organisation()
    await a_published_event(organisation)
    program = await a_program(app, organisation)
    answers = await asyncio.gather(*(register(program, "7f3c") for _ in range(20)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert answers[0].json()["standing"] == "confirmed"
    assert await Registration.count() == 1
    other_key = await register(program, "another")
    assert (other_key.status_code, other_key.json()["type"]) == (409, "urn:sideline:problem:already-registered")


async def test_a_key_with_another_body_or_another_call_is_refused(app: Litestar) -> None:
    organisation = await an_organisation()
    await a_published_event(organisation)
    program = await a_program(app, organisation)
    await register(program, "7f3c")
    other_body = await register(program, "7f3c", name="Somebody Else")
    other_call = await program.post("/api/v1/events", json=an_event(slug="x"), headers={"Idempotency-Key": "7f3c"})
    for refused in (other_body, other_call):
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "Idempotency-Key")
    assert await Registration.count() == 1


async def test_what_was_refused_may_be_corrected_under_the_same_key(app: Litestar) -> None:
    organisation = await an_organisation()
    await a_published_event(organisation, modes={"online": {"capacity": None}})
    program = await a_program(app, organisation)
    refused = await register(program, "7f3c")
    assert 400 <= refused.status_code < 500
    assert (await register(program, "7f3c", mode="online")).status_code == 201


async def test_without_a_token_a_key_belongs_to_the_event_and_the_network(app: Litestar) -> None:
    await a_published_event(await an_organisation())
    here, same_network, elsewhere = (
        browser(app, address=address) for address in ("2001:db8:1:2::a", "2001:db8:1:2::b", "2001:db8:1:3::a")
    )
    first = await register(here, "7f3c")
    assert first.status_code == 201
    assert (await register(same_network, "7f3c")).content == first.content
    assert (await register(elsewhere, "7f3c")).status_code == 409


@pytest.mark.parametrize("key", ["", "x" * 256, "clé", "a\tb"])
async def test_a_key_that_cannot_be_one_is_refused(client: httpx.AsyncClient, key: str) -> None:
    await a_published_event(await an_organisation())
    answer = await client.post(REGISTRATIONS, json=sign_up(), headers=[(b"idempotency-key", key.encode("latin-1"))])
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "Idempotency-Key")
    assert await Registration.count() == 0
