"""Every route is on the list of public ones or refuses a stranger; nothing of one organisation opens to another."""

import re
from collections.abc import Iterator

import httpx
import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute

from events.accounts.actions.tokens import create_token
from events.accounts.tables import Attempt
from events.announcements.actions.writing import create
from events.app import create_app
from events.checkin.actions import open_door
from events.checkin.forms import DoorForm
from events.imports.actions import keep_upload
from events.imports.sources import read_file
from events.infra import db
from events.registration.early.actions import make_link
from events.registration.forms.early import EarlyLinkForm
from events.registration.remarks.actions import write_note
from events.settings import Settings
from tests.announcements.post import a_draft
from tests.conftest import browser
from tests.imports.files import OUTLOOK
from tests.make import SECRET, a_program, a_published_event, a_registration, an_organisation
from tests.people import ORIGIN, a_member, fields, sign_in

PUBLIC = {
    # for everybody
    "GET /",
    "GET /{language}",
    "GET /robots.txt",
    "GET /sitemap.xml",
    "GET /{language}/events/{slug}",
    "GET /{language}/events/{slug}/programme",
    "GET /{language}/events/{slug}/programme/changes",
    "GET /{language}/organisations/{slug}",
    "GET /{language}/calendar.ics",
    "GET /{language}/feed.atom",
    "GET /{language}/organisations/{slug}/feed.atom",
    "GET /{language}/events/{slug}/feed.atom",
    "GET /{language}/organisations/{slug}/calendar.ics",
    "GET /{language}/events/{slug}/event.ics",
    "GET /{language}/events/{slug}/picture.png",
    "GET /{language}/events/{slug}/calendar.ics",
    "GET /{language}/events/{slug}/register",
    "POST /{language}/events/{slug}/register",
    "GET /{language}/events/{slug}/register/sent",
    "GET /{language}/events/{slug}/register/affiliations",
    "GET /{language}/events/{slug}/delegation",
    "POST /{language}/events/{slug}/delegation",
    "GET /{language}/events/{slug}/delegation/sent",
    "GET /{language}/lost-link",
    "POST /{language}/lost-link",
    "GET /{language}/lost-link/sent",
    "GET /static/{built}/{name}",
    "HEAD /static/{built}/{name}",
    "GET /organisations/{slug}/accent.css",
    "GET /events/{slug}/tracks.css",
    "GET /api/v1/events",
    "GET /api/v1/events/{slug}",
    "GET /api/v1/events/{slug}/form",
    "POST /api/v1/events/{slug}/registrations",
    "POST /api/v1/events/{slug}/delegations",
    "GET /api/openapi.json",
    "GET /api/docs",
    # for machines: they say nothing of anybody
    "GET /healthz",
    "GET /readyz",
    # before somebody is signed in
    "GET /organise/sign-in",
    "POST /organise/sign-in",
    "GET /organise/password",
    "POST /organise/password",
}
SECRET_IN_PATH = (
    "/t/{token}",
    "/calendars/{token}",
    "/door/{token}",
    "/organise/password/{token}",
    "/unsubscribe/{token}",
    "/early/{token}",
    "/delegations/{token}",
    "/focal-points/{token}",
    "/invited/{token}",
    "/offers/{token}",
)
"""The address itself is what opens these: a wrong one must open nothing."""

LOOPBACK = ("/metrics", "/demo/mail")
"""For who sits at the machine; a stranger is told that there is nothing."""


BODY: dict[str, object] = {
    "/api/v1/events/{slug}/cancel": {},
    "/api/v1/events/{slug}/postpone": {},
    "/api/v1/events/{slug}/series": {"rule": "FREQ=WEEKLY;COUNT=2"},
    "/api/v1/doors/{door_id}/scans": {"code": "x"},
    "/api/v1/registrations/{code}/switch": {"mode": "online"},
    "/api/v1/registrations/{code}/admission": {"admission": "approved"},
    "/api/v1/registrations/{code}/tags": {"tags": ["x"]},
    "/api/v1/registrations/{code}/answers": {"answers": {}},
    "/api/v1/registrations/{code}/accept": {},
    "/api/v1/registrations/{code}/decline": {},
    "/api/v1/events/{slug}/decisions": {"decision": "accept", "codes": ["x"]},
}
"""What is right in itself, so that it is the organisation that refuses."""


def routes(app: Litestar) -> Iterator[tuple[str, str]]:
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            path = re.sub(r"{(\w+):\w+}", r"{\1}", route.path)
            yield from ((method, path) for method in sorted(route.methods - {"OPTIONS"}))


def filled(path: str, **known: object) -> str:
    values = {"language": "en", "name": "x", "verb": "cancel"} | known
    return re.sub(r"{(\w+)}", lambda found: str(values.get(found[1], 1)), path)


def guarded(app: Litestar) -> list[tuple[str, str]]:
    return [(method, path) for method, path in routes(app) if f"{method} {path}" not in PUBLIC]


@pytest.fixture
async def theirs(app: Litestar) -> dict[str, object]:  # noqa: ARG001 - its database must be open
    """An organisation's event, somebody registered, a door, a token and a member: what strangers must not reach."""
    organisation = await an_organisation("theirs", "Theirs")
    event = await a_published_event(organisation)
    made = await a_registration()
    door = await open_door(event.slug, DoorForm(name="Main entrance"), by=organisation, secret=SECRET)
    await create_token(organisation.organisation, name="theirs", scopes="all")
    upload = await read_file(OUTLOOK.encode(), "theirs.ics", organisation=organisation.organisation)
    import_id = await keep_upload(upload, digest="0" * 64, by=organisation)
    member = await a_member(organisation, "theirs@example.org")
    announcement = await create(event.slug, a_draft(), by=organisation)
    await write_note(made.code, "theirs", by=organisation)
    await make_link(event.slug, EarlyLinkForm("theirs"), by=organisation, secret=SECRET)
    ids = {"door_id": door.id, "token_id": 1, "member_id": member, "import_id": import_id, "announcement": announcement}
    return {"slug": event.slug, "code": made.code, **ids}


async def test_a_stranger_is_refused(app: Litestar, theirs: dict[str, object]) -> None:
    client = browser(app)
    let_in = {}
    for method, path in guarded(app):
        token = "wrong" if path.startswith(SECRET_IN_PATH) else "1"
        answer = await client.request(method, filled(path, **theirs, token=token), headers=ORIGIN)
        await forget_attempts()  # or after some wrong links each is refused, right or wrong
        if not refuses_stranger(path, answer):
            let_in[f"{method} {path}"] = answer.status_code
    assert not let_in


@db.write
async def forget_attempts() -> None:
    await Attempt.delete(force=True)


def refuses_stranger(path: str, answer: httpx.Response) -> bool:
    if path.startswith((*SECRET_IN_PATH, *LOOPBACK)):
        return answer.status_code in {404, 410}
    if path.startswith("/api/"):
        return answer.status_code == 401 and answer.headers["www-authenticate"].startswith("Bearer")
    to_sign_in = answer.status_code == 303 and answer.headers["location"].startswith("/organise/sign-in")
    return path.startswith("/organise") and (to_sign_in or answer.status_code in {401, 403})


async def test_another_organisations_things_are_not_there(app: Litestar, theirs: dict[str, object]) -> None:
    """Not forbidden, which would tell that they exist, but not there."""
    ours = await an_organisation("ours", "Ours")
    await a_member(ours, "ours@example.org")
    program, member = await a_program(app, ours), await sign_in(app, "ours@example.org")
    csrf = fields(await member.get("/organise/account"), "/organise/account")["csrf"]
    found = {}
    for method, path in guarded(app):
        if not re.search("{(slug|code|door_id|member_id|token_id|import_id)}", path) or path.startswith(SECRET_IN_PATH):
            continue
        if path.startswith("/api/"):
            answer = await program.request(method, filled(path, **theirs), json=BODY.get(path, {"name": "x"}))
        else:
            data = {"csrf": csrf, "role": "owner", "name": "x"}
            answer = await member.request(method, filled(path, **theirs), data=data, headers=ORIGIN)
        if answer.status_code != 404:
            found[f"{method} {path}"] = (answer.status_code, answer.text[:200])
    assert not found


def test_the_list_of_public_routes_holds_no_other(settings: Settings) -> None:
    there = {f"{method} {path}" for method, path in routes(create_app(settings, background=False))}
    assert there >= PUBLIC
