"""Who may only look changes nothing, by any route."""

from collections.abc import Iterator

from litestar import Litestar
from litestar.routes import HTTPRoute

from events.accounts.rules import Role
from tests.make import a_program, a_published_event, an_organisation
from tests.people import ORIGIN, a_member, fields, sign_in

FOR_ALL = (
    "/organise/sign-",
    "/organise/password",
    "/organise/account",
    "/api/v1/events/{slug}/registrations",
    "/api/v1/events/{slug}/delegations",
)


def changing_routes(app: Litestar) -> Iterator[tuple[str, str]]:
    """What changes something that is not one's own; whatever the address names, the role is looked at first."""
    for route in app.routes:
        if isinstance(route, HTTPRoute) and route.path_format.startswith(("/organise/", "/api/")):
            for method in route.methods - {"GET", "HEAD", "OPTIONS"}:
                if not route.path_format.startswith(FOR_ALL):
                    names = route.path_parameters
                    yield method, route.path_format.format_map(dict.fromkeys(names, 1) | {"slug": "care-skills-count"})


async def test_a_viewer_and_a_program_that_may_only_read_change_nothing(app: Litestar) -> None:
    organisation = await an_organisation()
    await a_published_event(organisation)
    await a_member(organisation, role=Role.VIEWER)
    viewer = await sign_in(app)
    csrf = str(fields(await viewer.get("/organise/account"), "/organise/account")["csrf"])
    program = await a_program(app, organisation, " ".join(Role.VIEWER.scopes))
    answers = {}
    for method, path in changing_routes(app):
        who = program if path.startswith("/api/") else viewer
        answer = await who.request(method, path, headers=ORIGIN | {"X-CSRF-Token": csrf})
        answers[f"{method} {path}"] = answer.status_code
    assert len(answers) > 10
    assert answers == dict.fromkeys(answers, 403)
