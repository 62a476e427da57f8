import json
from typing import Any

import httpx
import pytest
from litestar import Litestar

from events.checkin.tables import Door, Scan
from events.kernel.ids import digest
from tests.conftest import browser
from tests.make import a_program, a_published_event, a_registration, an_organisation

DURING = "2027-02-05T13:20:00-05:00"
DOORS = "/api/v1/events/care-skills-count/doors"


async def a_door(program: httpx.AsyncClient, **changes: Any) -> int:
    made = await program.post(DOORS, json={"name": "Main entrance"} | changes)
    assert made.status_code == 201, made.text
    return int(made.json()["id"])


@pytest.fixture
async def program(app: Litestar) -> httpx.AsyncClient:
    """A program of the organisation that holds the event."""
    by = await an_organisation()
    await a_published_event(by)
    return await a_program(app, by)


async def test_a_door_has_an_address_that_is_made_again_and_not_kept(program: httpx.AsyncClient) -> None:
    made = (await program.post(DOORS, json={"name": "Main entrance", "reentry": True})).json()
    assert made == {
        "id": made["id"],
        "name": "Main entrance",
        "url": made["url"],
        "reentry": True,
        "opens_at": None,
        "closed_at": None,
    }
    address, _, token = made["url"].rpartition("/")
    assert address == "http://testserver/door"
    assert (await program.get(f"/api/v1/doors/{made['id']}")).json() == made
    assert (await program.get(DOORS)).json() == {"items": [made], "next": None}
    [row] = await Door.select()
    assert row["token_digest"] == digest(token)
    assert token not in str(row)


async def test_a_closed_door_says_so_everywhere(program: httpx.AsyncClient) -> None:
    made = (await program.post(DOORS, json={"name": "Main entrance"})).json()
    here = f"/api/v1/doors/{made['id']}"
    assert [(await program.delete(here)).status_code for _ in range(2)] == [204, 204]
    assert (await program.get(here)).json()["closed_at"]
    refused = await program.post(f"{here}/scans", json={"code": "X"})
    assert (refused.status_code, refused.json()["type"].rpartition(":")[2]) == (409, "closed")
    assert (await program.get(made["url"])).status_code == 410


async def test_one_scan_in_one_answer_out(program: httpx.AsyncClient) -> None:
    registered, door = await a_registration(), await a_door(program)
    scans = f"/api/v1/doors/{door}/scans"
    admitted = await program.post(scans, json={"code": registered.code, "scanned_at": DURING})
    assert (admitted.status_code, admitted.json()) == (
        200,
        {"result": "admitted", "name": "Ana Reyes", "mode": "in_person"},
    )
    again = await program.post(scans, json={"code": registered.code, "scanned_at": "2027-02-05T18:30:00Z"})
    assert again.json() == {
        "result": "refused",
        "reason": "already_admitted",
        "name": "Ana Reyes",
        "mode": "in_person",
        "first_scan": {"at": DURING, "door": "Main entrance"},
    }
    unknown = await program.post(scans, json={"code": "no ticket at all"})
    assert unknown.json() == {"result": "refused", "reason": "unknown", "name": None, "mode": None}


async def test_a_code_is_read_as_people_type_it(program: httpx.AsyncClient) -> None:
    registered, door = await a_registration(), await a_door(program)
    code = registered.code
    typed = " ".join(code[start : start + 4] for start in range(0, 26, 4)).lower().replace("0", "o").replace("1", "l")
    answer = await program.post(f"/api/v1/doors/{door}/scans", json={"code": f" {typed}\n", "scanned_at": DURING})
    assert answer.json()["result"] == "admitted"


async def test_a_list_is_answered_in_its_order(program: httpx.AsyncClient) -> None:
    door = await a_door(program)
    codes = [(await a_registration(email=f"{n}@example.org", name=f"Guest {n}")).code for n in range(3)]
    posted = [{"code": code, "scanned_at": DURING} for code in ["X", *codes[::-1], codes[1]]]
    answer = await program.post(f"/api/v1/doors/{door}/scans", json={"scans": posted})
    assert [item["name"] for item in answer.json()["items"]] == [None, "Guest 2", "Guest 1", "Guest 0", "Guest 1"]
    assert [item.get("reason") for item in answer.json()["items"]] == ["unknown", None, None, None, "already_admitted"]
    assert (await program.post(f"/api/v1/doors/{door}/scans", json={"scans": []})).json() == {"items": []}


async def test_five_hundred_scans_at_once_and_no_more(program: httpx.AsyncClient) -> None:
    door = await a_door(program)
    many = [{"code": f"CODE{number}", "nonce": str(number)} for number in range(501)]
    scans = f"/api/v1/doors/{door}/scans"
    refused = await program.post(scans, json={"scans": many})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "scans")
    assert len((await program.post(scans, json={"scans": many[:500]})).json()["items"]) == 500
    assert await Scan.count() == 500


async def test_the_same_nonce_is_answered_the_same_and_with_another_code_409(program: httpx.AsyncClient) -> None:
    registered, door = await a_registration(), await a_door(program)
    scans = f"/api/v1/doors/{door}/scans"
    scan = {"code": registered.code, "scanned_at": DURING, "nonce": "n1"}
    first, again = [await program.post(scans, json=scan) for _ in range(2)]
    assert first.json() == again.json() == {"result": "admitted", "name": "Ana Reyes", "mode": "in_person"}
    other = await program.post(scans, json=scan | {"code": "X"})
    assert (other.status_code, other.json()["type"].rpartition(":")[2]) == (409, "nonce-reused")
    assert await Scan.count() == 1


@pytest.mark.parametrize(
    ("scan", "fields"),
    [
        ({}, ["code"]),
        ({"code": ""}, ["code"]),
        ({"code": "A\u0000B"}, ["code"]),
        ({"code": "A\u0007B", "nonce": "n" * 101, "direction": "up"}, ["code", "nonce", "direction"]),
        ({"code": 5}, ["code"]),
        ({"code": "A", "scanned_at": "yesterday"}, ["scanned_at"]),
        ({"code": "A", "scanned_at": "2027-02-05T13:20:00"}, ["scanned_at"]),
        ({"code": "A", "scanned_at": "0001-01-01T00:00:00+14:00"}, ["scanned_at"]),
        ({"code": "A", "when": "now"}, ["when"]),
        ({"scans": "A"}, ["scans"]),
        ({"scans": [{"code": "A"}, {"code": "\ud800"}]}, ["scans.1.code"]),
        ({"scans": [{"code": "A"}, {"code": "A", "scanned_at": "9999-12-31T23:59:59Z"}]}, ["scans.1.scanned_at"]),
        ([{"code": "A"}], [""]),
    ],
)
async def test_what_is_no_scan_is_refused_in_words(program: httpx.AsyncClient, scan: Any, fields: list[str]) -> None:
    door = await a_door(program)
    headers = {"Content-Type": "application/json"}
    refused = await program.post(f"/api/v1/doors/{door}/scans", content=json.dumps(scan), headers=headers)
    assert refused.status_code == 422, refused.text
    assert {error["field"] for error in refused.json()["errors"]} == set(fields)
    assert await Scan.count() == 0


async def test_a_door_needs_a_name_and_an_event_of_ours(program: httpx.AsyncClient) -> None:
    refused = await program.post(DOORS, json={"name": " ", "size": 3})
    assert {error["field"] for error in refused.json()["errors"]} == {"name", "size"}
    assert (await program.post("/api/v1/events/none/doors", json={"name": "A"})).status_code == 404


async def test_opening_a_door_again_with_the_same_key_opens_one(program: httpx.AsyncClient) -> None:
    made = [await program.post(DOORS, json={"name": "A"}, headers={"Idempotency-Key": "k"}) for _ in range(2)]
    assert made[0].json() == made[1].json()
    assert await Door.count() == 1


async def test_other_organisations_and_other_scopes_reach_nothing(app: Litestar, program: httpx.AsyncClient) -> None:
    door = await a_door(program)
    stranger = await an_organisation("others", "Others")
    theirs = await a_program(app, stranger)
    reading = await a_program(app, stranger, "registrations:read")
    calls = (
        ("POST", DOORS, {"name": "A"}),
        ("GET", DOORS, None),
        ("GET", f"/api/v1/doors/{door}", None),
        ("DELETE", f"/api/v1/doors/{door}", None),
        ("POST", f"/api/v1/doors/{door}/scans", {"code": "A"}),
    )
    for client, status in ((theirs, 404), (reading, 403), (browser(app), 401)):
        for method, path, body in calls:
            answer = await client.request(method, path, json=body)
            assert answer.status_code == status, (method, path, answer.text)
    assert (await program.get("/api/v1/doors/99999999999999999999")).status_code == 404
    assert (await program.get("/api/v1/doors/one")).status_code == 404
    assert await Scan.count() == 0
