"""What people answered, as organisers read it: in lists, on a page, in exports; the sensitive apart."""

import csv
import io
from typing import Any

import httpx
import pytest
from litestar import Litestar

from events.accounts.actions.members import give_sensitive
from events.accounts.rules import Actor, Role
from events.activity.queries import list_for_subject
from events.programme.queries import get_own_event
from events.questions.actions import put_form
from events.questions.queries import find_whole_form
from events.registration.answers.actions import keep_file
from events.registration.answers.rules import read_file
from tests.make import a_program, a_published_event, a_registration, an_organisation
from tests.people import ORIGIN, a_member, fields, sign_in, words
from tests.questions.forms import a_question, asking
from tests.registration.asked import PDF

EVENT = "/organise/events/care-skills-count"
QUESTIONS = (
    a_question("multiple_choice", "meals"),
    a_question("short_text", "passport", sensitive=True),
    a_question("file", "letter"),
    a_question("short_text", "note", asked="organisers"),
)


@pytest.fixture
async def by(database: object) -> Actor:  # noqa: ARG001 - it must be open
    actor = await an_organisation()
    await a_published_event(actor)
    await put_form("care-skills-count", asking(*QUESTIONS), by=actor)
    await a_member(actor)
    return actor


async def ana(by: Actor) -> str:
    """Somebody who answered; her code."""
    event = await get_own_event("care-skills-count", by.organisation)
    letter = next(one for one in (await find_whole_form(event.id)).questions if one.name == "letter")
    token = await keep_file(event.id, letter.id, read_file("=letter.pdf", PDF))
    made = await a_registration(answers={"meals": ["a", "b"], "passport": "X1234", "letter": token})
    return made.code


async def table(client: httpx.AsyncClient, address: str) -> list[dict[str, str]]:
    answer = await client.get(address)
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))


async def verbs(by: Actor) -> list[str]:
    event = await get_own_event("care-skills-count", by.organisation)
    return [one.verb for one in await list_for_subject(f"event:{event.id}", organisation=by.organisation)]


async def test_lists_show_the_answers_that_are_chosen_and_are_narrowed_by_them(app: Litestar, by: Actor) -> None:
    await ana(by)
    await a_registration(email="ben@example.org", name="Ben", answers={"meals": ["c"]})
    organiser = await sign_in(app)
    page = await organiser.get(f"{EVENT}/registrations?columns=meals&columns=passport")
    assert "A; B" in words(page)
    assert "X1234" not in page.text
    narrowed = words(await organiser.get(f"{EVENT}/registrations?answer=meals:c"))
    assert "Ben" in narrowed
    assert "Ana Reyes" not in narrowed
    assert "Meals" in words(await organiser.get(EVENT))


async def test_exports_have_a_column_for_each_question_but_the_sensitive_ones(app: Litestar, by: Actor) -> None:
    await ana(by)
    organiser, program = await sign_in(app), await a_program(app, by)
    for client, address in (
        (organiser, f"{EVENT}/registrations.csv"),
        (program, "/api/v1/events/care-skills-count/registrations.csv"),
    ):
        [row] = await table(client, address)
        assert (row["meals"], row["letter"], row["note"]) == ("A; B", "letter.pdf", "")
        assert "passport" not in row
    assert "exported_sensitive" not in await verbs(by)
    [row] = await table(organiser, f"{EVENT}/sensitive.csv")
    assert (row["meals"], row["passport"]) == ("A; B", "X1234")
    assert (await verbs(by))[0] == "exported_sensitive"
    listed = (await program.get("/api/v1/events/care-skills-count/registrations")).json()["items"][0]
    assert listed["answers"] == {"meals": ["a", "b"], "letter": "letter.pdf"}


async def test_who_was_not_given_the_right_reads_nothing_sensitive(app: Litestar, by: Actor) -> None:
    code = await ana(by)
    member = await a_member(by, "otto@example.org", role=Role.ORGANISER)
    otto = await sign_in(app, "otto@example.org")
    here = f"{EVENT}/registrations/{code}"
    page = await otto.get(here)
    assert "which you may not read" in words(page)
    csrf = fields(page, f"{here}/cancel")["csrf"]

    async def look() -> httpx.Response:
        return await otto.post(f"{here}/sensitive", data={"csrf": csrf}, headers=ORIGIN)

    assert (await look()).status_code == 403
    assert (await otto.get(f"{EVENT}/sensitive.csv")).status_code == 403
    program = await a_program(app, by, "registrations:read")
    assert (await program.get("/api/v1/events/care-skills-count/sensitive.csv")).status_code == 403
    await give_sensitive(by, member, given=True)
    assert "X1234" in words(await look())
    assert (await verbs(by))[0] == "read_sensitive"
    assert "looked at the sensitive answers of one person" in words(await otto.get(EVENT))


async def test_an_organiser_notes_what_people_said_at_the_door(app: Litestar, by: Actor) -> None:
    code = await ana(by)
    organiser = await sign_in(app)
    here = f"{EVENT}/registrations/{code}"
    form = await organiser.get(f"{here}/answers")
    assert "X1234" not in form.text
    typed: dict[str, Any] = fields(form, f"{here}/answers") | {"answers.note": "VIP", "answers.meals": ["c"]}
    assert (await organiser.post(f"{here}/answers", data=typed, headers=ORIGIN)).status_code == 303
    shown = words(await organiser.get(here))
    assert "VIP" in shown
    assert "Meals C" in shown
    assert "letter.pdf" in shown


async def test_a_file_is_saved_and_never_shown(app: Litestar, by: Actor) -> None:
    code = await ana(by)
    event = await get_own_event("care-skills-count", by.organisation)
    letter = next(one for one in (await find_whole_form(event.id)).questions if one.name == "letter")
    organiser = await sign_in(app)
    file = await organiser.get(f"{EVENT}/registrations/{code}/files/{letter.id}")
    assert file.content == PDF
    assert file.headers["content-disposition"].startswith('attachment; filename="letter.pdf"')
    assert file.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert file.headers["x-content-type-options"] == "nosniff"
    assert (await organiser.get(f"{EVENT}/registrations/{code}/files/999")).status_code == 404
