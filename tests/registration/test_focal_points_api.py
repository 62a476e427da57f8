"""Focal points as organisers' programs name and end them."""

from typing import Any

from litestar import Litestar

from events.accounts.rules import Actor
from events.outbox.tables import Message
from tests.make import a_program, a_published_event, an_organisation

HERE = "/api/v1/events/care-skills-count/focal-points"
FAY = {"affiliation": "UNICEF", "name": "Fay Moss", "email": "Fay@UNICEF.example", "language": "fr"}


async def mailed() -> list[tuple[str, str]]:
    rows = await Message.select(Message.kind, Message.to_address).order_by(Message.id)
    return [(row["kind"], row["to_address"]) for row in rows]


async def test_one_is_named_once_gets_a_new_link_and_is_ended(app: Litestar, by: Actor) -> None:
    await a_published_event(by, approval=True, ask_affiliation="optional")
    program = await a_program(app, by)
    made = await program.post(HERE, json=FAY)
    assert made.status_code == 201, made.text
    assert made.json() == made.json() | FAY | {"email": "Fay@unicef.example"}
    assert (await program.get(HERE)).json() == {"items": [made.json()], "next": None}
    again = await program.post(HERE, json=FAY | {"affiliation": "unicef", "name": "Gil"})
    assert (again.status_code, again.json()["type"].rpartition(":")[2]) == (409, "focal-point-named")
    at = f"{HERE}/{made.json()['id']}"
    assert await mailed() == [("focal_point.named", "Fay@unicef.example")]
    assert (await program.post(f"{at}/link")).status_code == 204
    assert len(await mailed()) == 2
    assert (await program.delete(at)).status_code == 204
    assert (await program.get(HERE)).json()["items"] == []
    assert (await program.delete(at)).status_code == (await program.post(f"{at}/link")).status_code == 404


async def test_all_that_is_wrong_is_told_at_once(app: Litestar, by: Actor) -> None:
    await a_published_event(by)
    program = await a_program(app, by)
    wrong = {"affiliation": "", "email": "nobody", "language": "french?", "colour": "red"}
    refused = await program.post(HERE, json=wrong)
    fields = {one["field"] for one in refused.json()["errors"]}
    assert (refused.status_code, fields) == (422, {"affiliation", "name", "email", "language", "colour"})
    bodies: list[Any] = [[], FAY | {"email": 3}, FAY | {"email": None}]
    for body in bodies:
        assert (await program.post(HERE, json=body)).status_code == 422, body


async def test_no_other_organisation_event_or_reader_reaches_them(app: Litestar, by: Actor) -> None:
    await a_published_event(by)
    await a_published_event(by, slug="other")
    program, theirs = await a_program(app, by), await a_program(app, await an_organisation("theirs", "Theirs"))
    made = (await program.post(HERE, json=FAY)).json()["id"]
    reader = await a_program(app, by, "registrations:read")
    assert (await reader.get(HERE)).status_code == (await reader.post(HERE, json=FAY)).status_code == 403
    assert (await theirs.get(HERE)).status_code == (await theirs.post(HERE, json=FAY)).status_code == 404
    assert (await theirs.delete(f"{HERE}/{made}")).status_code == 404
    assert (await program.delete(f"/api/v1/events/other/focal-points/{made}")).status_code == 404
    assert len((await program.get(HERE)).json()["items"]) == 1
