"""A series made by a program."""

from typing import Any

import httpx
import pytest
from litestar import Litestar

from tests.make import a_program, a_published_event, an_organisation

HERE = "/api/v1/events/care-skills-count/series"


@pytest.fixture
async def program(app: Litestar) -> httpx.AsyncClient:
    organisation = await an_organisation()
    await a_published_event(organisation)
    return await a_program(app, organisation)


async def test_a_rule_with_an_exception_becomes_events(program: httpx.AsyncClient) -> None:
    rule = {"rule": "FREQ=WEEKLY;INTERVAL=2;UNTIL=20270401", "exceptions": ["2027-03-05", "2027-03-19T13:15"]}
    answer = await program.post(HERE, json=rule | {"publish": True})
    assert answer.status_code == 201
    dates = answer.json()["dates"]
    assert [one["starts"]["instant"] for one in dates] == [
        "2027-02-05T13:15:00-05:00",
        "2027-02-19T13:15:00-05:00",
    ]
    assert [(one["slug"], one["new"], one["status"]) for one in dates] == [
        ("care-skills-count", False, "published"),
        ("care-skills-count-2027-02-19", True, "published"),
    ]
    assert (await program.get(f"/api/v1/events/{dates[1]['slug']}")).json()["modes"]["in_person"]["capacity"] == 80
    more = (await program.post(HERE, json={"rule": "FREQ=WEEKLY;INTERVAL=2;UNTIL=20270401"})).json()["dates"]
    assert [(one["starts"]["wall"][:10], one["new"], one["status"]) for one in more] == [
        ("2027-02-05", False, "published"),
        ("2027-02-19", False, "published"),
        ("2027-03-05", True, "draft"),
        ("2027-03-19", True, "draft"),
    ]
    assert more[3]["starts"]["instant"] == "2027-03-19T13:15:00-04:00"  # the clock stays, the offset has moved


async def test_the_same_key_makes_it_once(program: httpx.AsyncClient) -> None:
    key, body = {"Idempotency-Key": "once"}, {"rule": "FREQ=DAILY;COUNT=3"}
    first, again = [await program.post(HERE, json=body, headers=key) for _ in range(2)]
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert sum(one["new"] for one in again.json()["dates"]) == 2


async def test_what_it_clashes_with_is_told(app: Litestar) -> None:
    organisation = await an_organisation()
    await a_published_event(organisation)
    later = {name: {"wall": f"2027-02-12T{hour}", "zone": "America/New_York"}
             for name, hour in (("starts", "13:00"), ("ends", "15:00"))}  # fmt: skip
    await a_published_event(organisation, slug="other", **later)
    program = await a_program(app, organisation)
    dates = (await program.post(HERE, json={"rule": "FREQ=WEEKLY;COUNT=3"})).json()["dates"]
    assert [[(clash["kind"], clash["event"]["slug"]) for clash in one["warnings"]] for one in dates] == [
        [],
        [("room", "other")],
        [],
    ]


async def test_two_hundred_dates_are_made_and_named(program: httpx.AsyncClient) -> None:
    dates = (await program.post(HERE, json={"rule": "FREQ=WEEKLY;COUNT=200"})).json()["dates"]
    assert len({one["slug"] for one in dates}) == 200
    assert dates[-1]["starts"]["wall"] == "2030-11-29T13:15"


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"rule"}),
        ({"rule": "FREQ=HOURLY;COUNT=3"}, {"rule"}),
        ({"rule": "FREQ=DAILY;COUNT=201"}, {"rule"}),
        ({"rule": "FREQ=WEEKLY;COUNT=2", "exceptions": ["soon", "2027-02-06"]}, {"exceptions.0", "exceptions.1"}),
        ({"rule": "FREQ=WEEKLY", "exceptions": ["soon"]}, {"rule", "exceptions.0"}),
        ({"rule": "FREQ=WEEKLY;COUNT=2", "colour": "red"}, {"colour"}),
    ],
)
async def test_all_that_is_wrong_is_said_at_once(
    program: httpx.AsyncClient, body: dict[str, Any], fields: set[str]
) -> None:
    answer = await program.post(HERE, json=body)
    assert answer.status_code == 422
    assert {problem["field"] for problem in answer.json()["errors"]} == fields
    assert len((await program.get("/api/v1/events")).json()["items"]) == 1
