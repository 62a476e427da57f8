"""What organisers' programs note of answers: by name, with files, and nothing sensitive without that right."""

from typing import Any

import httpx
import pytest
from litestar import Litestar

from events.accounts.rules import Actor
from events.activity.queries import list_for_subject, list_looks
from events.questions.actions import put_form
from events.registration.actions.erasing import erase_own
from events.registration.actions.registering import Registered
from tests.make import a_program, a_published_event, a_registration, an_organisation
from tests.questions.forms import a_question, asking, only_if
from tests.registration.asked import PDF

SLUG = "care-skills-count"
QUESTIONS = (
    a_question("short_text", "post", required=True),
    a_question("multiple_choice", "days"),
    a_question("number", "age"),
    a_question("short_text", "badge", asked="organisers"),
    a_question("yes_no", "pass"),
    a_question("short_text", "number", show_if=only_if("pass", "yes")),
    a_question("file", "paper"),
    a_question("file", "passport", sensitive=True, purge_days=7),
    a_question("date", "born", sensitive=True, purge_days=7),
)
ORDINARY = "registrations:read registrations:write"


@pytest.fixture
async def ana(by: Actor) -> Registered:
    await a_published_event(by)
    await put_form(SLUG, asking(*QUESTIONS), by=by)
    return await a_registration(answers={"post": "Chair", "born": "1990-01-01"})


def at(made: Registered, rest: str = "answers") -> str:
    return f"/api/v1/registrations/{made.code}/{rest}"


async def listed(program: httpx.AsyncClient) -> Any:
    return (await program.get(f"/api/v1/events/{SLUG}/registrations")).json()["items"][0]["answers"]


async def sensitive(program: httpx.AsyncClient) -> str:
    return (await program.get(f"/api/v1/events/{SLUG}/sensitive.csv")).text


async def test_what_is_named_changes_and_null_removes(app: Litestar, by: Actor, ana: Registered) -> None:
    program = await a_program(app, by, ORDINARY)
    done = await program.patch(at(ana), json={"answers": {"days": ["b", "a"], "age": 42, "badge": "Blue"}})
    assert done.status_code == 200, done.text
    wanted = {"post": "Chair", "days": ["a", "b"], "age": "42", "badge": "Blue"}
    assert done.json()["answers"] == wanted == await listed(program)
    gone = await program.patch(at(ana), json={"answers": {"post": None, "pass": True, "number": "7"}})
    assert gone.json()["answers"] == {"days": ["a", "b"], "age": "42", "badge": "Blue", "pass": "yes", "number": "7"}
    hidden = await program.patch(at(ana), json={"answers": {"pass": False}})
    assert hidden.json()["answers"] == {"days": ["a", "b"], "age": "42", "badge": "Blue", "pass": "no"}
    [latest, *_] = await list_for_subject(f"registration:{ana.id}", organisation=by.organisation)
    assert (latest.verb, latest.facts) == ("changed_answers", {"questions": ["pass", "number"]})
    assert latest.actor.startswith("token:")


async def test_all_that_is_wrong_is_told_at_once_and_nothing_changes(app: Litestar, by: Actor, ana: Registered) -> None:
    program = await a_program(app, by, ORDINARY)
    answers = {"post": "Guest", "age": "old", "shoe": "42", "born": "2000-01-01", "paper": "made-up", "days": ["z"]}
    refused = await program.patch(at(ana), json={"answers": answers})
    assert refused.status_code == 422
    assert refused.headers["content-type"].startswith("application/problem+json")
    assert {one["field"] for one in refused.json()["errors"]} == {
        *("answers.age", "answers.shoe", "answers.born", "answers.paper", "answers.days"),
    }
    assert await listed(program) == {"post": "Chair"}
    bodies: list[Any] = [{}, {"answers": []}, {"answers": {}, "more": 1}, {"answers": {"post": {"en": "Chair"}}}]
    for body in bodies:
        assert (await program.patch(at(ana), json=body)).status_code == 422, body


async def test_sensitive_answers_are_written_with_that_scope_and_never_answered(
    app: Litestar, by: Actor, ana: Registered
) -> None:
    program = await a_program(app, by)
    done = await program.patch(at(ana), json={"answers": {"born": "1991-02-03"}})
    assert (done.status_code, done.json()["answers"]) == (200, {"post": "Chair"})
    assert "1991-02-03" in await sensitive(program)
    file = await program.put(at(ana, "files/passport"), content=PDF, params={"name": "Ana Reyes.pdf"})
    assert (file.status_code, file.json()["answers"]) == (200, {"post": "Chair"})
    assert (await program.get(at(ana, "files/passport"))).content == PDF
    looks = [(one.verb, one.registration) for one in await list_looks(by.organisation)]
    assert looks == [("read_sensitive", ana.id), ("exported_sensitive", None)]
    ordinary = await a_program(app, by, ORDINARY)
    assert (await ordinary.get(at(ana, "files/passport"))).status_code == 404
    refused = await ordinary.put(at(ana, "files/passport"), content=PDF)
    assert [one["field"] for one in refused.json()["errors"]] == ["answers.passport"]


async def test_a_file_is_sent_and_fetched_as_it_is(app: Litestar, by: Actor, ana: Registered) -> None:
    program = await a_program(app, by, ORDINARY)
    sent = await program.put(at(ana, "files/paper"), content=PDF, params={"name": "../My paper.html"})
    assert (sent.status_code, sent.json()["answers"]) == (200, {"post": "Chair", "paper": "My paper.pdf"})
    got = await program.get(at(ana, "files/paper"))
    assert (got.content, got.headers["content-type"]) == (PDF, "application/pdf")
    assert got.headers["content-disposition"].startswith('attachment; filename="My paper.pdf"')
    for question, content, status in (
        ("paper", b"<html>", 422),
        ("paper", b"", 422),
        ("paper", PDF + b"0" * 5 * 1024 * 1024, 422),
        ("post", PDF, 422),
        ("shoe", PDF, 404),
    ):
        refused = await program.put(at(ana, f"files/{question}"), content=content)
        assert refused.status_code == status, refused.text
    assert (await program.get(at(ana, "files/paper"))).content == PDF
    assert (await program.get(at(ana, "files/passport"))).status_code == 404
    await program.patch(at(ana), json={"answers": {"paper": None}})
    assert (await program.get(at(ana, "files/paper"))).status_code == 404


async def test_a_reader_another_organisation_and_who_was_erased(app: Litestar, by: Actor, ana: Registered) -> None:
    reader, theirs = (
        await a_program(app, by, "registrations:read"),
        await a_program(app, await an_organisation("theirs", "Theirs")),
    )
    body = {"answers": {"post": "Guest"}}
    assert (await reader.patch(at(ana), json=body)).status_code == 403
    assert (await theirs.patch(at(ana), json=body)).status_code == 404
    assert (await theirs.put(at(ana, "files/paper"), content=PDF)).status_code == 404
    await erase_own(ana.token)
    program = await a_program(app, by)
    assert (await program.patch(at(ana), json=body)).status_code == 404
    assert (await program.put(at(ana, "files/paper"), content=PDF)).status_code == 404


async def test_the_same_key_again_does_nothing_twice(app: Litestar, by: Actor, ana: Registered) -> None:
    program, key = await a_program(app, by), {"Idempotency-Key": "once"}
    first = await program.patch(at(ana), json={"answers": {"post": "Guest"}}, headers=key)
    await program.patch(at(ana), json={"answers": {"post": "Host"}})
    again = await program.patch(at(ana), json={"answers": {"post": "Guest"}}, headers=key)
    assert again.json() == first.json()
    assert await listed(program) == {"post": "Host"}
