"""Nobody reaches what is not public, and nobody what belongs to another organisation."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute
from piccolo.table import Table

from events.accounts.rules import Actor, Role
from events.accounts.tables import ApiToken, Member
from events.outbox.tables import Message
from tests.make import a_program, a_published_event, an_organisation
from tests.people import ORIGIN, a_member, fields, sign_in

# Whatever is not here refuses strangers. What ends in a token opens by that token, and has tests of its own.
PUBLIC = {
    "GET /",
    "GET /api/docs",
    "GET /api/openapi.json",
    "GET /api/v1/events",
    "GET /api/v1/events/{slug}",
    "POST /api/v1/events/{slug}/registrations",
    "GET /door/{token}",
    "POST /door/{token}",
    "GET /healthz",
    "GET /organisations/{slug}/accent.css",
    "GET /organise/password",
    "POST /organise/password",
    "GET /organise/password/{token}",
    "POST /organise/password/{token}",
    "GET /organise/sign-in",
    "POST /organise/sign-in",
    "GET /readyz",
    "GET /robots.txt",
    "GET /static/{built}/{name}",
    "GET /t/{token}",
    "POST /t/{token}/cancel",
    "POST /t/{token}/erase",
    "POST /t/{token}/verify",
    "GET /t/{token}/event.ics",
    "GET /t/{token}/join",
    "GET /t/{token}/qr.png",
    "GET /t/{token}/qr.svg",
    "GET /{language}",
    "GET /{language}/calendar.ics",
    "GET /{language}/events/{slug}",
    "GET /{language}/events/{slug}/event.ics",
    "GET /{language}/events/{slug}/register",
    "POST /{language}/events/{slug}/register",
    "GET /{language}/events/{slug}/register/sent",
    "GET /{language}/organisations/{slug}",
    "GET /{language}/organisations/{slug}/calendar.ics",
}
EXAMPLES = {
    "slug": "care-skills-count",
    "language": "en",
    "code": "0" * 26,
    "token": "x",
    "built": "x",
    "name": "x",
    "verb": "cancel",
}


def routes(app: Litestar) -> Iterator[tuple[str, str]]:
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for method in route.route_handler_map:
                if method not in {"OPTIONS", "HEAD"}:
                    yield method, route.path_format


def filled(path: str, values: dict[str, Any]) -> str:
    return path.format_map(
        dict.fromkeys(("door_id", "member_id", "token_id", "message", "number"), 1) | EXAMPLES | values
    )


def refuses(answer: httpx.Response) -> bool:
    to_sign_in = answer.status_code == 303 and answer.headers["location"].startswith("/organise/sign-in")
    return to_sign_in or answer.status_code in {401, 403}


async def test_every_route_is_listed_as_public_or_refuses_a_stranger(app: Litestar, client: httpx.AsyncClient) -> None:
    await a_published_event(await an_organisation())
    open_to_all = []
    for method, path in routes(app):
        answer = await client.request(method, filled(path, {}), headers=ORIGIN)
        hidden = path.startswith(("/demo/", "/metrics")) and answer.status_code == 404
        if not refuses(answer) and not hidden and f"{method} {path}" not in PUBLIC:
            open_to_all.append(f"{method} {path}: {answer.status_code}")
    assert open_to_all == []


async def test_what_is_listed_as_public_asks_nobody_to_sign_in(app: Litestar, client: httpx.AsyncClient) -> None:
    await a_published_event(await an_organisation())
    for method, path in routes(app):
        if f"{method} {path}" in PUBLIC:
            answer = await client.request(method, filled(path, {}), headers=ORIGIN)
            assert not refuses(answer), f"{method} {path}"


class Somebody:
    """A member and a program of one organisation, each asking for what the route is for."""

    def __init__(self, browser: httpx.AsyncClient, program: httpx.AsyncClient, csrf: str) -> None:
        self.browser = browser
        self.program = program
        self.headers = ORIGIN | {"X-CSRF-Token": csrf}

    @classmethod
    async def of(cls, app: Litestar, organisation: Actor, email: str, role: Role = Role.OWNER) -> "Somebody":
        await a_member(organisation, email, role=role)
        browser = await sign_in(app, email)
        csrf = str(fields(await browser.get("/organise/account"), "/organise/account")["csrf"])
        return cls(browser, await a_program(app, organisation, " ".join(role.scopes)), csrf)

    async def ask(self, method: str, path: str) -> int:
        changes = method in {"POST", "PATCH"}
        if path.startswith("/api/"):
            body = {"scans": {"code": "0" * 26}, "doors": {"name": "Main entrance"}}.get(path.rpartition("/")[2], {})
            return (await self.program.request(method, path, json=body if changes else None)).status_code
        typed = {"name": "Main entrance", "role": "viewer"} if changes else None
        return (await self.browser.request(method, path, data=typed, headers=self.headers)).status_code


async def last(table: type[Table]) -> int:
    row = await table.select(table._meta.primary_key).order_by(table._meta.primary_key, ascending=False).first()
    assert row
    number: int = row["id"]
    return number


async def things_of(app: Litestar, organisation: Actor) -> dict[str, Any]:
    """One of each thing that an address can name."""
    await a_published_event(organisation)
    program = await a_program(app, organisation)
    sign_up = {"name": "Ana Reyes", "email": "ana@example.org", "mode": "in_person"}
    registration = await program.post("/api/v1/events/care-skills-count/registrations", json=sign_up)
    door = await program.post("/api/v1/events/care-skills-count/doors", json={"name": "Main entrance"})
    await a_member(organisation, "viewer@example.org", role=Role.VIEWER)
    return {
        "code": registration.json()["code"],
        "door_id": door.json()["id"],
        "message": await last(Message),
        "token_id": await last(ApiToken),
        "member_id": await last(Member),
    }


@pytest.mark.usefixtures("database")
async def test_nothing_of_one_organisation_is_to_be_had_by_another(app: Litestar) -> None:
    ours, theirs = await an_organisation(), await an_organisation("unesco", "UNESCO")
    things = await things_of(app, theirs)
    stranger, owner = await Somebody.of(app, ours, "ana@example.org"), await Somebody.of(app, theirs, "bo@example.org")
    guarded = [
        (method, filled(path, things))
        for method, path in routes(app)
        if "{" in path and f"{method} {path}" not in PUBLIC and not path.startswith("/demo/")
    ]
    # What ends a thing comes last, so that each is still there when its owner asks for it.
    guarded.sort(key=lambda asked: (asked[0] == "DELETE", asked[1].endswith(("remove", "revoke", "close")), asked))
    assert {asked: await stranger.ask(*asked) for asked in guarded} == dict.fromkeys(guarded, 404)
    assert [asked for asked in guarded if await owner.ask(*asked) == 404] == []


# What a viewer changes is their own.
OF_ONES_OWN = ("/organise/account", "/organise/sign-out")


@pytest.mark.usefixtures("database")
async def test_a_viewer_and_a_program_that_may_only_read_change_nothing(app: Litestar) -> None:
    organisation = await an_organisation()
    things = await things_of(app, organisation)
    viewer = await Somebody.of(app, organisation, "ana@example.org", Role.VIEWER)
    changing = [
        (method, filled(path, things))
        for method, path in routes(app)
        if method != "GET" and f"{method} {path}" not in PUBLIC and not path.startswith(OF_ONES_OWN)
    ]
    assert {asked: await viewer.ask(*asked) for asked in changing} == dict.fromkeys(changing, 403)
