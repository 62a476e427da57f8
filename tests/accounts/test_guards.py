import httpx
import pytest
from litestar import Litestar

from events.accounts import queries
from events.accounts.actions.tokens import create_token, revoke_token
from tests.conftest import browser
from tests.make import a_program, an_event, an_organisation


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer nonsense", "Basic YTpi", "Bearer \x80"])
async def test_a_call_without_a_good_token_is_answered_401_and_told_how(
    client: httpx.AsyncClient, authorization: str | None
) -> None:
    headers = {} if authorization is None else {b"Authorization": authorization.encode("latin-1")}
    answer = await client.post("/api/v1/events", json=an_event(), headers=headers)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_scope_that_is_missing_is_named(app: Litestar) -> None:
    program = await a_program(app, await an_organisation(), "events:read registrations:write")
    answer = await program.post("/api/v1/events", json=an_event())
    assert (answer.status_code, answer.json()["detail"]) == (403, "This token lacks the scope events:write.")


async def test_a_token_works_until_it_is_revoked(app: Litestar) -> None:
    organisation = await an_organisation()
    token = await create_token(organisation.organisation, name="Website", scopes="events:write")
    program = browser(app, Authorization=f"bearer {token}")
    assert (await program.post("/api/v1/events", json=an_event())).status_code == 201
    (listed,) = await queries.list_tokens(organisation.organisation)
    await revoke_token(listed.id, organisation=organisation.organisation)
    assert (await program.post("/api/v1/events", json=an_event(slug="another"))).status_code == 401


async def test_a_bad_token_is_refused_where_none_is_needed(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/v1/events")).status_code == 200
    assert (await client.get("/api/v1/events", headers={"Authorization": "Bearer nonsense"})).status_code == 401
