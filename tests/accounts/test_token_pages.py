import re

from litestar import Litestar

from events.accounts import queries
from events.accounts.rules import Role
from tests.make import an_organisation
from tests.people import a_member, send, sign_in, words


async def test_a_token_is_shown_once_and_can_be_revoked(app: Litestar) -> None:
    organisation = await an_organisation()
    await a_member(organisation, role=Role.ORGANISER)
    ana = await sign_in(app)
    page = await ana.get("/organise/tokens")
    made = await send(ana, page, "/organise/tokens", name="Website", scopes=["scans:write", "events:read"])
    assert (made.status_code, made.headers["cache-control"]) == (201, "no-store")
    token = re.search(r"sideline_[A-Za-z0-9_-]{43}", made.text)
    assert token
    known = await queries.find_token(token[0])
    assert known is not None
    assert (known.organisation, known.scopes) == (organisation.organisation, ("events:read", "scans:write"))

    page = await ana.get("/organise/tokens")
    assert "Website" in words(page)
    assert token[0] not in page.text
    await send(ana, page, f"/organise/tokens/{known.id}/revoke")
    assert await queries.find_token(token[0]) is None
    assert "Website" not in words(await ana.get("/organise/tokens"))


async def test_a_token_without_name_or_scopes_is_refused(app: Litestar) -> None:
    await a_member(await an_organisation())
    ana = await sign_in(app)
    page = await ana.get("/organise/tokens")
    unnamed = await send(ana, page, "/organise/tokens", name=" ", scopes=["events:read"])
    assert (unnamed.status_code, "This must be filled in." in words(unnamed)) == (422, True)
    useless = await send(ana, page, "/organise/tokens", name="Website")
    assert (useless.status_code, "Choose at least one thing that the token may do." in words(useless)) == (422, True)


async def test_no_member_sees_or_revokes_the_tokens_of_another_organisation(app: Litestar) -> None:
    ours, theirs = await an_organisation(), await an_organisation("unesco", "UNESCO")
    await a_member(ours)
    await a_member(theirs, "bo@example.org")
    ana, bo = await sign_in(app), await sign_in(app, "bo@example.org")
    await send(bo, await bo.get("/organise/tokens"), "/organise/tokens", name="Theirs", scopes=["events:read"])
    (token,) = await queries.list_tokens(theirs.organisation)
    page = await ana.get("/organise/tokens")
    assert "Theirs" not in page.text
    await send(ana, page, "/organise/tokens", name="Ours", scopes=["events:read"])
    csrf = re.search(r'name="csrf" value="(\w+)"', page.text)
    assert csrf
    answer = await ana.post(
        f"/organise/tokens/{token.id}/revoke", data={"csrf": csrf[1]}, headers={"Origin": "http://testserver"}
    )
    assert answer.status_code == 404
    assert len(await queries.list_tokens(theirs.organisation)) == 1
