"""An organiser builds a form, without a script."""

from typing import Any

import httpx
import pytest
from litestar import Litestar
from selectolax.lexbor import LexborHTMLParser

from events.accounts.rules import Actor
from events.announcements.actions import writing
from events.announcements.queries import count_audience
from events.kernel.errors import Invalid
from events.programme.queries import get_own_event
from events.questions.actions import put_form
from events.questions.queries import find_whole_form
from events.questions.rules import Question
from tests.announcements.post import a_draft, state_of
from tests.make import a_published_event, a_registration, an_organisation
from tests.people import ORIGIN, a_member, fields, sign_in, words
from tests.questions.forms import a_question, asking, only_if

HERE = "/organise/events/care-skills-count/form"


@pytest.fixture
async def by(database: object) -> Actor:  # noqa: ARG001 - it must be open
    return await an_organisation()


@pytest.fixture
async def organiser(app: Litestar, by: Actor) -> httpx.AsyncClient:
    await a_published_event(by)
    await a_member(by)
    return await sign_in(app)


async def asked(by: Actor) -> list[Question]:
    event = await get_own_event("care-skills-count", by.organisation)
    return list((await find_whole_form(event.id)).questions)


async def send(browser: httpx.AsyncClient, address: str, action: str = "", **typed: Any) -> httpx.Response:
    """Open a page, fill in its form and send it."""
    page = await browser.get(address)
    action = action or address.partition("?")[0]
    return await browser.post(action, data=fields(page, action) | typed, headers=ORIGIN)


async def test_a_question_is_asked_in_two_languages_and_changed(organiser: httpx.AsyncClient, by: Actor) -> None:
    typed = {
        "label.en": "Which lunch?",
        "label.fr": "Quel déjeuner ?",
        "required": "true",
        "choices.0.label.en": "Fish",
        "choices.0.label.fr": "Poisson",
        "choices.0.capacity": "20",
        "choices.2.label.en": "Rice",
        "show_if": ["mode=in_person"],
    }
    done = await send(organiser, f"{HERE}/questions/new?kind=single_choice", f"{HERE}/questions/new", **typed)
    assert done.status_code == 303
    [question] = await asked(by)
    assert (question.name, question.required, question.label["fr"]) == ("which_lunch", True, "Quel déjeuner ?")
    assert [(one.key, dict(one.label), one.capacity) for one in question.choices] == [
        ("fish", {"en": "Fish", "fr": "Poisson"}, 20), ("rice", {"en": "Rice"}, None)
    ]  # fmt: skip
    assert [(one.question, one.values) for one in question.show_if] == [("mode", ("in_person",))]
    page = await organiser.get(HERE)
    assert "not in French" in words(page)
    address = f"{HERE}/questions/{question.id}"
    moved = {"choices.1.label.fr": "Riz", "choices.1.place": "0.5", "required": "true"}
    assert (await send(organiser, address, **moved)).status_code == 303
    [changed] = await asked(by)
    assert [(one.key, one.label["fr"]) for one in changed.choices] == [("rice", "Riz"), ("fish", "Poisson")]
    assert changed.version != question.version
    assert "not in French" not in words(await organiser.get(HERE))


async def test_mistakes_are_told_beside_their_fields_and_nothing_is_lost(organiser: httpx.AsyncClient) -> None:
    typed = {"label.fr": "", "least": "9", "most": "x", "name": "Not a name", "help.en": "Years"}
    page = await send(organiser, f"{HERE}/questions/new?kind=number", f"{HERE}/questions/new", **typed)
    assert page.status_code == 422
    links = {link.attributes["href"] for link in LexborHTMLParser(page.text).css("#problems a")}
    assert links == {"#field-name"}
    again = fields(page, f"{HERE}/questions/new")
    assert (again["help.en"], again["most"]) == ("Years", "x")
    page = await organiser.post(f"{HERE}/questions/new", data=again | {"name": ""}, headers=ORIGIN)
    links = {link.attributes["href"] for link in LexborHTMLParser(page.text).css("#problems a")}
    assert links == {"#field-label.en", "#field-most"}
    assert {link.removeprefix("#") for link in links if link} <= {
        node.attributes.get("id") for node in LexborHTMLParser(page.text).css("[id]")
    }


async def test_questions_are_moved_and_removed_and_put_back(organiser: httpx.AsyncClient, by: Actor) -> None:
    questions = (a_question("yes_no", "visa"), a_question("short_text", "passport", show_if=only_if("visa", "yes")))
    await put_form("care-skills-count", asking(*questions, a_question("note", "hello")), by=by)
    visa, _, hello = await asked(by)
    for verb in ("up", "up"):
        assert (await send(organiser, HERE, f"{HERE}/questions/{hello.id}/{verb}")).status_code == 303
    assert [one.name for one in await asked(by)] == ["hello", "visa", "passport"]
    refused = await send(organiser, HERE, f"{HERE}/questions/{visa.id}/remove")
    assert refused.status_code == 409
    assert "“Passport” is shown depending on an answer to “Visa”" in words(refused)
    await send(organiser, HERE, f"{HERE}/questions/{hello.id}/remove")
    assert [one.name for one in await asked(by)] == ["visa", "passport"]
    await send(organiser, HERE, f"{HERE}/questions/{hello.id}/restore")
    assert [one.name for one in await asked(by)] == ["visa", "passport", "hello"]


async def test_a_form_begins_from_a_template_and_becomes_one(organiser: httpx.AsyncClient, by: Actor) -> None:
    await send(organiser, HERE, f"{HERE}/template", template="geneva")
    names = [one.name for one in await asked(by)]
    assert {"nationality", "document_number", "document_expiry"} <= {
        one.name for one in await asked(by) if one.sensitive
    }
    assert (await send(organiser, HERE, f"{HERE}/templates", template_name="Ours")).status_code == 303
    await a_published_event(by, slug="another", title={"en": "Another"})
    other = HERE.replace("care-skills-count", "another")
    page = await organiser.get(other)
    key = next(
        one.attributes["value"] for one in LexborHTMLParser(page.text).css("#template option") if one.text() == "Ours"
    )
    await send(organiser, other, f"{other}/template", template=key)
    event = await get_own_event("another", by.organisation)
    assert [one.name for one in (await find_whole_form(event.id)).questions] == names


async def test_a_form_never_grows_beyond_what_can_be_answered(organiser: httpx.AsyncClient, by: Actor) -> None:
    await put_form("care-skills-count", asking(*(a_question("yes_no", f"q{n}") for n in range(100))), by=by)
    refused = await send(organiser, HERE, f"{HERE}/template", template="webinar")
    assert refused.status_code == 422
    assert "Ask at most 100 questions." in words(refused)
    assert len(await asked(by)) == 100


async def test_a_form_asks_for_no_more_files_than_can_be_sent_at_once(organiser: httpx.AsyncClient, by: Actor) -> None:
    files = [a_question("file", f"file{number}") for number in range(7)]
    await put_form("care-skills-count", asking(*files[:6]), by=by)
    with pytest.raises(Invalid) as refused:
        await put_form("care-skills-count", asking(*files), by=by)
    assert [problem.message for problem in refused.value.problems] == ["Ask for at most {limit} files."]
    new = f"{HERE}/questions/new"
    page = await send(organiser, f"{new}?kind=file", new, **{"label.en": "One more"})
    assert page.status_code == 422
    assert "Ask for at most 6 files." in words(page)
    assert len(await asked(by)) == 6


async def test_a_message_stays_for_those_who_answered_a_question_that_is_called_otherwise(
    organiser: httpx.AsyncClient, by: Actor
) -> None:
    await put_form("care-skills-count", asking(a_question("yes_no", "bus"), a_question("yes_no", "train")), by=by)
    bus, _ = await asked(by)
    await a_registration(answers={"bus": "yes"})
    message = await writing.create("care-skills-count", a_draft(answer="bus:yes"), by=by)
    other = await writing.create("care-skills-count", a_draft(answer="train:no"), by=by)
    address = f"{HERE}/questions/{bus.id}"
    assert (await send(organiser, address, name="coach")).status_code == 303
    found = await state_of(message)
    assert found.audience.answer == "coach:yes"
    assert await count_audience(found.event, found.audience) == 1
    assert (await state_of(other)).audience.answer == "train:no"


async def test_sections_have_headings_and_their_questions_go_with_them(organiser: httpx.AsyncClient, by: Actor) -> None:
    await put_form("care-skills-count", asking(a_question("yes_no", "visa")), by=by)
    await send(organiser, f"{HERE}/sections/0", **{"title.en": "Travel", "title.fr": "Voyage"})
    await send(organiser, HERE, f"{HERE}/sections/2/up")
    page = await organiser.get(HERE)
    assert words(page).index("Travel") < words(page).index("About you")
    await send(organiser, HERE, f"{HERE}/sections/1/remove")
    assert await asked(by) == []


async def test_the_preview_is_in_the_language_that_is_chosen(organiser: httpx.AsyncClient) -> None:
    await send(organiser, HERE, f"{HERE}/template", template="webinar")
    assert "Country you join from" in words(await organiser.get(f"{HERE}/preview?in=en"))
    french = await organiser.get(f"{HERE}/preview?in=fr")
    assert "Pays depuis lequel vous participez" in words(french)
    assert "set-cookie" not in french.headers
