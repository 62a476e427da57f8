"""Pages of lists, as programs ask for them."""

import base64

import pytest
from litestar import Litestar

from tests.make import a_program, a_published_event, an_organisation

LISTS = ("/api/v1/events", "/api/v1/events/care-skills-count/registrations", "/api/v1/events/care-skills-count/guests")


@pytest.mark.parametrize(
    ("limit", "why"),
    [
        ("0", "This must be 1 or more."),
        ("501", "This must be 500 or less."),
        ("many", "This must be a whole number."),
    ],
)
async def test_a_limit_that_cannot_be_is_refused_as_every_other_field(app: Litestar, limit: str, why: str) -> None:
    answer = await (await a_program(app, await an_organisation())).get(LISTS[0], params={"limit": limit})
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"field": "limit", "message": why}]


@pytest.mark.parametrize(
    "place",
    [
        "2027-01-01T00:00:00+00:00 2147483648",
        "2027-01-01T00:00:00+00:00 -1",
        f"2027-01-01T00:00:00+00:00 {10**25}",
        "0001-01-01T00:00:00+14:00 1",
        "9999-12-31T23:59:59-14:00 1",
        "2027-01-01T00:00:00 1",
    ],
)
async def test_a_cursor_that_no_list_gave_is_refused(app: Litestar, place: str) -> None:
    by = await an_organisation()
    await a_published_event(by)
    program = await a_program(app, by)
    cursor = base64.urlsafe_b64encode(place.encode()).decode()
    for address in LISTS:
        answer = await program.get(address, params={"cursor": cursor})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "cursor"), address
