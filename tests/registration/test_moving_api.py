"""`postpone`, `cancel` and PATCH through the API, and whom they tell."""

from typing import Any

import pytest
from litestar import Litestar

from events.outbox.tables import Message
from events.registration.rules import NEWS
from events.registration.tables import EventChange
from tests.make import a_program, a_published_event, a_registration, an_organisation

HERE = "/api/v1/events/care-skills-count"
STARTS = {"wall": "2027-03-05T10:00", "zone": "America/New_York"}


async def sent() -> list[str]:
    rows = await Message.select(Message.kind).where(Message.kind.is_in(list(NEWS)))
    return [row["kind"].removeprefix("registration.event_") for row in rows]


async def test_an_event_is_postponed_and_comes_back(app: Litestar) -> None:
    organisation = await an_organisation()
    await a_published_event(organisation)
    await a_registration()
    program = await a_program(app, organisation)
    answer = await program.post(f"{HERE}/postpone", json={"reason": {"en": "Strike."}}, params={"notify": "now"})
    assert answer.status_code == 200
    shown = answer.json()
    assert (shown["status"], shown["sequence"], shown["cancelled_reason"]) == ("postponed", 1, {"en": "Strike."})
    assert shown["starts"]["wall"] == "2027-02-05T13:15"
    assert await sent() == ["postponed"]
    dated = (await program.post(f"{HERE}/postpone", json={"starts": STARTS})).json()
    assert (dated["status"], dated["sequence"], dated["ends"]["wall"]) == ("published", 2, "2027-03-05T11:15")
    assert await EventChange.count() == 1


async def test_with_both_times_and_the_revision(app: Litestar) -> None:
    organisation = await an_organisation()
    event = await a_published_event(organisation)
    program = await a_program(app, organisation)
    body = {"starts": STARTS, "ends": STARTS | {"wall": "2027-03-05T18:00"}}
    old = await program.post(f"{HERE}/postpone", json=body, headers={"If-Match": f'"{event.revision - 1}"'})
    assert old.status_code == 412
    moved = await program.post(f"{HERE}/postpone", json=body, headers={"If-Match": f'"{event.revision}"'})
    assert moved.json()["ends"]["wall"] == "2027-03-05T18:00"
    key = {"Idempotency-Key": "once"}
    first = await program.post(f"{HERE}/postpone", headers=key)
    again = await program.post(f"{HERE}/postpone", headers=key)
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert (await program.post(f"{HERE}/postpone")).status_code == 409


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"starts": {"wall": "2027-03-14T02:30", "zone": "America/New_York"}}, "starts.wall"),
        ({"ends": STARTS}, "starts"),
        ({"starts": STARTS, "until": 1}, "until"),
        ({"reason": "Strike"}, "reason"),
    ],
)
async def test_what_is_wrong_is_named(app: Litestar, body: dict[str, Any], field: str) -> None:
    organisation = await an_organisation()
    await a_published_event(organisation)
    answer = await (await a_program(app, organisation)).post(f"{HERE}/postpone", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


@pytest.mark.parametrize(("notify", "told"), [("true", []), ("now", ["changed"]), ("false", [])])
async def test_a_program_says_whether_people_are_told(app: Litestar, notify: str, told: list[str]) -> None:
    organisation = await an_organisation()
    await a_published_event(organisation)
    await a_registration()
    program = await a_program(app, organisation)
    answer = await program.patch(HERE, json={"venue": {"room": "CR-4"}}, params={"notify": notify})
    assert answer.status_code == 200
    assert await sent() == told
    assert await EventChange.count() == (notify == "true")
    wrong = await program.post(f"{HERE}/cancel", params={"notify": "perhaps"})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "notify")
    assert (await program.post(f"{HERE}/cancel", params={"notify": notify})).status_code == 200


async def test_another_organisation_finds_nothing(app: Litestar) -> None:
    await a_published_event(await an_organisation())
    program = await a_program(app, await an_organisation("unesco", "UNESCO"))
    assert (await program.post(f"{HERE}/postpone")).status_code == 404
    reading = await a_program(app, await an_organisation("who", "WHO"), "events:read")
    assert (await reading.post(f"{HERE}/postpone")).status_code == 403
