"""The API does what its OpenAPI says: a program that we did not write reads the one and tries the other."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from litestar import Litestar
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from tests.conftest import browser
from tests.make import a_program, a_published_event, a_registration, an_organisation

MESSAGE = {"subject": {"en": "{event}"}, "body": {"en": "Dear {name}."}, "anchor": "now", "standings": ["confirmed"]}
FOCAL_POINT = {"affiliation": "UNICEF", "name": "Fay Moss", "email": "fay@unicef.example"}


async def test_the_description_names_every_call_of_the_contract(client: httpx.AsyncClient) -> None:
    api = (await client.get("/api/openapi.json")).json()
    assert api["openapi"].startswith("3.1")
    assert {f"{method.upper()} {path}" for path, methods in api["paths"].items() for method in methods} >= {
        "GET /api/v1/events",
        "POST /api/v1/events",
        "GET /api/v1/events/{slug}",
        "PATCH /api/v1/events/{slug}",
        "POST /api/v1/events/{slug}/publish",
        "POST /api/v1/events/{slug}/series",
        "POST /api/v1/events/{slug}/cancel",
        "GET /api/v1/events/{slug}/registrations",
        "POST /api/v1/events/{slug}/registrations",
        "DELETE /api/v1/registrations/{code}",
        "PATCH /api/v1/registrations/{code}/answers",
        "PUT /api/v1/registrations/{code}/files/{question}",
        "POST /api/v1/registrations/{code}/accept",
        "POST /api/v1/registrations/{code}/decline",
        "POST /api/v1/events/{slug}/decisions",
        "GET /api/v1/events/{slug}/focal-points",
        "GET /api/v1/events/{slug}/host-list",
        "GET /api/v1/events/{slug}/messages",
        "POST /api/v1/events/{slug}/messages",
        "POST /api/v1/events/{slug}/messages/{message_id}/send",
        "GET /api/v1/registrations/{code}/messages",
        "POST /api/v1/events/{slug}/doors",
        "GET /api/v1/doors/{door_id}",
        "POST /api/v1/doors/{door_id}/scans",
    }
    calls = [call for methods in api["paths"].values() for call in methods.values()]
    page = await client.get("/api/docs")
    assert [call["operationId"] for call in calls if f'<details id="{call["operationId"]}">' not in page.text] == []
    assert len({call["operationId"] for call in calls}) == len(calls)


async def test_real_answers_are_of_the_shape_that_is_described(app: Litestar) -> None:
    organisation = await an_organisation()
    await a_published_event(organisation, modes={"in_person": {"capacity": 1}})
    made = await a_registration()
    program = await a_program(app, organisation)
    schema = schemathesis.openapi.from_dict((await program.get("/api/openapi.json")).json())
    door = (await program.post("/api/v1/events/care-skills-count/doors", json={"name": "Main"})).json()["id"]
    sign_up = {"name": "Ben", "email": "ben@example.org", "mode": "in_person"}
    slug = {"slug": "care-skills-count"}
    for path, method, parameters, body in (
        ("/api/v1/events", "GET", {}, None),
        ("/api/v1/events/{slug}", "GET", slug, None),
        ("/api/v1/events/{slug}", "PATCH", slug, {"tags": ["care"]}),
        ("/api/v1/events/{slug}/publish", "POST", slug, None),
        ("/api/v1/events/{slug}/series", "POST", slug, {"rule": "FREQ=WEEKLY;COUNT=3", "publish": True}),
        ("/api/v1/events/{slug}/series", "POST", slug, {"rule": "FREQ=HOURLY"}),
        ("/api/v1/events/{slug}/registrations", "POST", slug, sign_up),
        ("/api/v1/events/{slug}/registrations", "POST", slug, sign_up),
        ("/api/v1/events/{slug}/registrations", "POST", slug, {"name": 3, "colour": "red"}),
        ("/api/v1/events/{slug}/registrations", "GET", slug, None),
        ("/api/v1/doors/{door_id}", "GET", {"door_id": door}, None),
        ("/api/v1/doors/{door_id}/scans", "POST", {"door_id": door}, {"code": made.code}),
        ("/api/v1/doors/{door_id}/scans", "POST", {"door_id": door}, {"code": made.code}),
        ("/api/v1/doors/{door_id}/scans", "POST", {"door_id": door}, {"code": "nobody's"}),
        ("/api/v1/registrations/{code}", "DELETE", {"code": made.code}, None),
        ("/api/v1/registrations/{code}/tags", "PUT", {"code": made.code}, {"tags": ["VIP"]}),
        ("/api/v1/registrations/{code}/answers", "PATCH", {"code": made.code}, {"answers": {"shoe": "42"}}),
        ("/api/v1/events/{slug}/messages", "POST", slug, MESSAGE),
        ("/api/v1/events/{slug}/messages", "POST", slug, {"anchor": "at"}),
        ("/api/v1/events/{slug}/messages", "GET", slug, None),
        ("/api/v1/events/{slug}/messages/preview", "POST", slug, MESSAGE),
        ("/api/v1/events/{slug}/messages/{message_id}/send", "POST", {**slug, "message_id": 1}, None),
        ("/api/v1/events/{slug}/messages/{message_id}/recipients", "GET", {**slug, "message_id": 1}, None),
        ("/api/v1/events/{slug}/messages/pause", "POST", slug, None),
        ("/api/v1/registrations/{code}/messages", "GET", {"code": made.code}, None),
        ("/api/v1/events/{slug}/focal-points", "POST", slug, FOCAL_POINT),
        ("/api/v1/events/{slug}/focal-points", "POST", slug, FOCAL_POINT),
        ("/api/v1/events/{slug}/focal-points", "GET", slug, None),
        ("/api/v1/events/{slug}/focal-points/{focal_point_id}", "DELETE", {**slug, "focal_point_id": 1}, None),
        ("/api/v1/events/{slug}/host-lists", "POST", slug, None),
        ("/api/v1/events/{slug}/host-lists", "GET", slug, None),
        ("/api/v1/events/{slug}/host-list", "GET", slug, None),
        ("/api/v1/registrations/{code}/accept", "POST", {"code": made.code}, {"reason": "Welcome."}),
        ("/api/v1/events/{slug}/decisions", "POST", slug, {"decision": "accept", "codes": [made.code, "x"]}),
        ("/api/v1/events/{slug}/cancel", "POST", slug, {"reason": {"en": "The room was lost."}}),
    ):
        case = schema[path][method].Case(path_parameters=parameters)
        answer = await program.request(method, path.format(**parameters), json=body)
        case.validate_response(answer, checks=[response_schema_conformance, status_code_conformance])


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_nothing_that_can_be_sent_gives_a_fault_of_the_server(app: Litestar) -> None:
    """Bodies and parameters made from the description, right and wrong ones: never 500, always as described."""
    organisation = await an_organisation()
    await a_published_event(organisation)
    program = await a_program(app, organisation)
    schema = schemathesis.openapi.from_dict((await browser(app).get("/api/openapi.json")).json())
    for result in schema.get_all_operations():
        assert isinstance(result, Ok)
        operation = result.ok()
        cases: list[Any] = []

        @settings(max_examples=25, database=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy())
        def collect(keep: Callable[[Any], None], case: Any) -> None:
            keep(case)

        collect(cases.append)
        for case in cases:
            answer = await program.request(
                case.method,
                case.formatted_path,
                params=case.query or None,
                headers=dict(case.headers or {}),
                json=case.body if isinstance(case.body, dict | list | str | int | bool | None) else None,
            )
            assert answer.status_code < 500, (operation.label, case.body, answer.text)
