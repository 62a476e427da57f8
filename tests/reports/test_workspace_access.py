"""Every page of the workspace asks who comes, and shows an organisation its own things alone."""

import re
from collections.abc import Iterator

import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute

from events.accounts.rules import Role
from tests.conftest import browser
from tests.make import a_published_event, a_registration, an_organisation
from tests.people import ORIGIN, a_member, fields, sign_in

READS = {
    "/organise",
    "/organise/events/{slug:str}",
    "/organise/events/{slug:str}/access",
    "/organise/events/{slug:str}/admission",
    "/organise/events/{slug:str}/guests",
    "/organise/events/{slug:str}/guests.csv",
    "/organise/events/{slug:str}/host-list",
    "/organise/events/{slug:str}/preview",
    "/organise/events/{slug:str}/registrations",
}


def routes(app: Litestar) -> Iterator[tuple[str, str]]:
    """Method and path of each handler of the workspace."""
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                if handler.fn.__module__.startswith("events.reports.workspace"):
                    yield from ((method, route.path) for method in sorted(handler.http_methods) if method != "HEAD")


async def addresses(app: Litestar) -> list[tuple[str, str, str]]:
    """Method, path and an address at it that there is."""
    organisation = await an_organisation()
    await a_published_event(organisation, approval=True)
    code = (await a_registration()).code
    named = {"{slug:str}": "care-skills-count", "{code:str}": code, "{verb:str}": "cancel"}
    found = []
    for method, path in routes(app):
        address = path
        for part, value in named.items():
            address = address.replace(part, value)
        address = re.sub(r"\{\w+:int\}", "1", address)
        found.append((method, path, address))
    await a_member(organisation)
    await a_member(organisation, "vera@example.org", role=Role.VIEWER)
    await a_member(await an_organisation("unesco", "UNESCO"), "bo@example.org")
    return found


async def test_a_stranger_is_sent_to_sign_in_from_every_page(app: Litestar) -> None:
    found = await addresses(app)
    assert len(found) > 10
    stranger = browser(app)
    for method, _, address in found:
        answer = await stranger.request(method, address, headers=ORIGIN)
        assert answer.status_code == 303, (method, address)
        assert answer.headers["location"].startswith("/organise/sign-in"), (method, address)


async def test_a_member_of_another_organisation_finds_nothing(app: Litestar) -> None:
    found = await addresses(app)
    bo = await sign_in(app, "bo@example.org")
    csrf = fields(await bo.get("/organise/"), "/organise/sign-out")["csrf"]
    for method, path, address in found:
        if "{slug:str}" in path:
            answer = await bo.request(
                method, address, headers=ORIGIN, data={"csrf": csrf} if method == "POST" else None
            )
            assert answer.status_code == 404, (method, address)
    assert "Care skills" not in (await bo.get("/organise/")).text


async def test_nothing_is_changed_without_the_word_of_our_own_page(app: Litestar) -> None:
    found = await addresses(app)
    ana = await sign_in(app)
    for method, _, address in found:
        if method == "POST":
            assert (await ana.post(address, headers=ORIGIN)).status_code == 403, address
            assert (await ana.post(address, data={"csrf": "guessed"}, headers=ORIGIN)).status_code == 403, address


async def test_a_viewer_looks_and_changes_nothing(app: Litestar) -> None:
    found = await addresses(app)
    vera = await sign_in(app, "vera@example.org")
    csrf = fields(await vera.get("/organise/"), "/organise/sign-out")["csrf"]
    for method, path, address in found:
        if method == "POST":
            answer = await vera.post(address, data={"csrf": csrf}, headers=ORIGIN)
            assert answer.status_code == 403, address
        else:
            looks = path in READS or path.endswith("{code:str}")
            page = await vera.get(address)
            none_sent = "/files/" in path  # they may look, but there is no such file
            assert page.status_code == (404 if none_sent else 200 if looks else 403), address
            main = page.text.partition("<main")[2]
            assert 'method="post"' not in main, address
            assert "/edit" not in main, address


@pytest.mark.parametrize("path", ["/organise/events/none", "/organise/events/none/edit", "/organise/events/a%20b"])
async def test_what_there_is_not_is_not_found(app: Litestar, path: str) -> None:
    await a_member(await an_organisation())
    ana = await sign_in(app)
    assert (await ana.get(path)).status_code == 404
