"""An event's own questions as a browser without scripts meets them."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser

from events.accounts.actions.attempts import count_attempt
from events.accounts.rules import Actor
from events.questions.actions import put_form
from events.questions.queries import built_in
from events.registration.answers.rules import UPLOADS_PER_NETWORK
from events.registration.answers.tables import Answer, Upload
from events.registration.tables import Registration
from tests.make import a_published_event, a_registration
from tests.people import ORIGIN, fields, node, words
from tests.questions.forms import a_question, asking, only_if
from tests.registration.asked import PDF, PNG
from tests.registration.guests import a_guest, invite

SLUG = "care-skills-count"
FORM = f"/en/events/{SLUG}/register"
ANA = {"name": "Ana Reyes", "email": "ana@example.org", "mode": "in_person"}


async def an_event(by: Actor, *questions: dict[str, Any]) -> None:
    await a_published_event(by)
    await put_form(SLUG, asking(*questions), by=by)


async def register(client: httpx.AsyncClient, form: str = FORM, files: Any = None, **typed: Any) -> httpx.Response:
    page = await client.get(form)
    return await client.post(form, data=fields(page, form) | ANA | typed, files=files, headers=ORIGIN)


def problems(page: httpx.Response) -> dict[str, str]:
    links = LexborHTMLParser(page.text).css("#problems li a")
    return {(one.attributes["href"] or "").removeprefix("#field-"): one.text(strip=True) for one in links}


async def test_each_question_says_when_it_counts(client: httpx.AsyncClient, by: Actor) -> None:
    await an_event(
        by,
        a_question("yes_no", "visa", label={"en": "Do you need a visa?", "fr": "Vous faut-il un visa ?"}),
        a_question("short_text", "passport", show_if=[*only_if("visa", "yes"), *only_if("mode", "in_person")]),
    )
    page = await client.get(FORM)
    assert "Only if “Do you need a visa?” is answered: Yes." in words(page)
    assert "Only if “How do you attend?” is answered: In person." in words(page)
    french = words(await client.get(FORM.replace("/en/", "/fr/")))
    assert "Vous faut-il un visa" in french
    assert "Uniquement si" in french


async def test_all_mistakes_are_told_at_once_and_what_was_typed_is_there(client: httpx.AsyncClient, by: Actor) -> None:
    await an_event(
        by,
        a_question("number", "age", required=True),
        a_question("multiple_choice", "days"),
        a_question("country", "country"),
        a_question("consent", "agreed"),
    )
    typed: dict[str, Any] = {"answers.age": "old", "answers.days": ["a", "c"], "answers.country": "CH", "name": ""}
    page = await register(client, **typed)
    assert page.status_code == 422
    assert problems(page) == {
        "name": "Write your name.",
        "answers.age": "Age: This must be a number.",
        "answers.agreed": "Agreed: Tick this to go on.",
    }
    again = fields(page, FORM)
    assert (again["answers.age"], again["answers.days"], again["answers.country"]) == ("old", ["a", "c"], "CH")
    done = await client.post(
        FORM, data=again | {"answers.age": "41", "answers.agreed": "yes", "name": "Ana"}, headers=ORIGIN
    )
    assert done.status_code == 303
    rows = await Answer.select(Answer.value).order_by(Answer.id)
    assert [row["value"] for row in rows] == ["41", "a", "c", "CH", "yes"]


async def test_a_file_is_sent_once_whatever_else_is_wrong(client: httpx.AsyncClient, by: Actor) -> None:
    await an_event(by, a_question("file", "letter", required=True), a_question("short_text", "post", required=True))
    letter = {"answers.letter": ("My letter.pdf", PDF, "text/html")}
    page = await register(client, files=letter)
    assert problems(page) == {"answers.post": "Post: This must be answered."}
    assert "My letter.pdf is kept with your answers." in words(page)
    done = await client.post(FORM, data=fields(page, FORM) | {"answers.post": "Chair"}, headers=ORIGIN)
    assert done.status_code == 303
    [row] = await Upload.select()
    assert (row["name"], row["media_type"], bytes(row["content"])) == ("My letter.pdf", "application/pdf", PDF)
    assert row["registration"] is not None


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"<script>alert(1)</script>", "none of the files that can be sent"),
        (PNG + b"<script>alert(1)</script>", "not whole"),
        (PDF + bytes(5_300_000), "larger than 5 MB"),
        (b"", "must be answered"),
    ],
)
async def test_a_file_that_cannot_be_taken_is_refused_in_words(
    client: httpx.AsyncClient, by: Actor, content: bytes, why: str
) -> None:
    await an_event(by, a_question("file", "letter", required=True))
    page = await register(
        client, files={"answers.letter": ("letter.pdf" if content else "", content, "application/pdf")}
    )
    assert page.status_code == 422
    assert why in problems(page)["answers.letter"]
    assert not await Upload.exists()


FULL = b"%PDF-1.7" + bytes(4_500_000) + b"%%EOF"


async def test_as_many_files_can_be_sent_at_once_as_are_asked_for(client: httpx.AsyncClient, by: Actor) -> None:
    names = ("letter", "photo", "passport")
    await an_event(by, *(a_question("file", name) for name in names))
    files = {f"answers.{name}": (f"{name}.pdf", FULL, "application/pdf") for name in names}
    [token] = await invite(by, a_guest(1, mode="in_person"))
    invited = f"/invited/{token}"
    again = f"/t/{(await a_registration(email='ben@example.org')).token}/answers"
    for form, typed in ((FORM, {}), (invited, {"email": "guest1@example.org"}), (again, {})):
        done = await register(client, form, files, **typed)
        assert done.status_code == 303, form
    assert await Upload.count().where(Upload.registration.is_not_null()) == 9


@pytest.mark.parametrize(("questions", "size"), [((), 1_100_000), ((a_question("file", "letter"),), 12_000_000)])
async def test_what_no_file_of_the_form_can_have_is_refused_as_a_page(
    client: httpx.AsyncClient, by: Actor, questions: tuple[dict[str, Any], ...], size: int
) -> None:
    await an_event(by, *questions)
    [token] = await invite(by, a_guest(1))
    private = f"/t/{(await a_registration(email='ben@example.org')).token}/answers"

    async def unannounced() -> AsyncIterator[bytes]:
        for _ in range(size // 100_000):
            yield b"x" * 100_000

    for form in (FORM, f"/invited/{token}", private):
        file = {"answers.letter": ("letter.pdf", PDF + bytes(size), "application/pdf")}
        typed = ORIGIN | {"Content-Type": "application/x-www-form-urlencoded"}
        for page in (
            await client.post(form, files=file, headers=ORIGIN),
            await client.post(form, content=unannounced(), headers=typed),
        ):
            assert page.status_code == 413
            assert "Go back, choose smaller files" in words(page)


async def test_the_private_page_shows_all_and_lets_it_be_changed(client: httpx.AsyncClient, by: Actor) -> None:
    meal = a_question("single_choice", "meal", label={"en": "Which meal?", "fr": "Quel repas\u202f?"})
    await an_event(by, a_question("short_text", "passport", sensitive=True), meal)
    made = await a_registration(answers={"passport": "X1234", "meal": "a"})
    private, form = f"/t/{made.token}", f"/t/{made.token}/answers"
    page = await client.get(private)
    assert "X1234" in node(page, "details p.lines").text()
    form_page = await client.get(form)
    assert "X1234" not in form_page.text
    assert "There is an answer already" in words(form_page)
    done = await client.post(form, data=fields(form_page, form) | {"answers.meal": "b"}, headers=ORIGIN)
    assert done.status_code == 303
    shown = words(await client.get(private))
    assert "Which meal? B" in shown
    assert "X1234" in shown
    wrong = await client.post(form, data=fields(form_page, form) | {"answers.meal": "z"}, headers=ORIGIN)
    assert problems(wrong) == {"answers.meal": "Which meal? Choose one of what is offered."}
    bad = fields(form_page, form) | {"answers.meal": "z"}
    in_french = await client.post(f"{form}?lang=fr", data=bad, headers=ORIGIN)
    assert problems(in_french) == {"answers.meal": "Quel repas\u202f? Choisissez parmi ce qui est proposé."}


async def test_a_choice_that_is_taken_up_cannot_be_made(client: httpx.AsyncClient, by: Actor) -> None:
    choices = [
        {"key": "a", "label": {"en": "Fish", "fr": "Poisson"}, "capacity": 1},
        {"key": "b", "label": {"en": "Rice"}},
    ]
    await an_event(by, a_question("single_choice", "meal", choices=choices))
    await a_registration(email="first@example.org", answers={"meal": "a"})
    page = await client.get(FORM)
    assert "disabled" in node(page, "input[value=a]").attributes
    french = FORM.replace("/en/", "/fr/")
    assert "«\u00a0Poisson\u00a0»" in problems(await register(client, french, **{"answers.meal": "a"}))["answers.meal"]


@pytest.mark.parametrize("template", built_in())
async def test_every_template_can_be_asked_and_read_in_both_languages(
    client: httpx.AsyncClient, by: Actor, template: str
) -> None:
    await a_published_event(by)
    await put_form(SLUG, {"sections": built_in()[template]["sections"]}, by=by)
    for language in ("en", "fr"):
        form = FORM.replace("/en/", f"/{language}/")
        page = await register(client, form)
        assert page.status_code == 422
        assert problems(page)
        assert not LexborHTMLParser(page.text).css(f"form .question[lang]:not([lang={language}])")
    assert not await Registration.exists()


async def test_programs_learn_what_is_asked_and_answer_by_name(client: httpx.AsyncClient, by: Actor) -> None:
    await an_event(by, a_question("number", "age", least="18"), a_question("short_text", "note", asked="organisers"))
    form = (await client.get(f"/api/v1/events/{SLUG}/form")).json()
    assert [(one["name"], one["kind"], one["least"]) for one in form["sections"][0]["questions"]] == [
        ("age", "number", "18")
    ]
    address = f"/api/v1/events/{SLUG}/registrations"
    wrong = await client.post(address, json=ANA | {"email": "ana", "answers": {"age": 17, "shoe": 1}})
    assert [one["field"] for one in wrong.json()["errors"]] == ["email", "answers.age", "answers.shoe"]
    assert (await client.post(address, json=ANA | {"answers": {"age": 18}})).status_code == 201


async def test_what_was_answered_is_in_what_they_take_along(client: httpx.AsyncClient, by: Actor) -> None:
    await an_event(
        by,
        a_question("short_text", "passport", label={"en": "Your passport"}, sensitive=True),
        a_question("country", "country", label={"en": "Where do you live?"}),
    )
    made = await register(client, **{"answers.passport": "X1234567", "answers.country": "CH"})
    held = (await client.get(f"{made.headers['location']}/data.json")).json()
    assert held["answered"] == [
        {"name": "passport", "question": {"en": "Your passport"}, "answer": "X1234567", "erased_at": None},
        {"name": "country", "question": {"en": "Where do you live?"}, "answer": "Switzerland", "erased_at": None},
    ]


async def test_what_follows_from_an_answer_that_is_not_shown_stays_on_the_page(
    client: httpx.AsyncClient, by: Actor
) -> None:
    """A script that sees no answer would hide it, and what is hidden is not sent."""
    await an_event(
        by,
        a_question("yes_no", "visa", sensitive=True),
        a_question("short_text", "arrives", show_if=[*only_if("visa", "yes"), *only_if("mode", "in_person")]),
        a_question("yes_no", "bus"),
        a_question("short_text", "stop", show_if=only_if("bus", "yes")),
    )
    made = await a_registration(answers={"visa": "yes", "arrives": "Monday", "bus": "yes", "stop": "Gate"})
    page = await client.get(f"/t/{made.token}/answers")
    hidden_by = {
        question: json.loads(node(page, f"[data-question='{question}']").attributes["data-shown-if"] or "")
        for question in ("arrives", "stop")
    }
    assert hidden_by == {"arrives": [["mode", ["in_person"]]], "stop": [["bus", ["yes"]]]}
    told = node(page, "[data-question='arrives'] .hint:not(.condition)")
    assert told.text(strip=True) == "Only if “Visa” is answered: Yes."


async def test_an_answer_is_to_the_words_that_were_read(client: httpx.AsyncClient, by: Actor) -> None:
    await an_event(by, a_question("yes_no", "lunch", label={"en": "Lunch on Monday?"}))
    page = await client.get(FORM)
    changed = [a_question("yes_no", "lunch", label={"en": "Lunch on Tuesday?"}), a_question("number", "age")]
    await put_form(SLUG, asking(*changed), by=by)
    typed = fields(page, FORM) | ANA | {"answers.lunch": "yes", "answers.age": "old"}
    told = await client.post(FORM, data=typed, headers=ORIGIN)
    assert told.status_code == 422
    assert "The organisers have changed the form since you opened it." in words(told)
    assert "Age: This must be a number." in words(told)
    assert not await Registration.exists()
    again = fields(told, FORM)
    assert again["answers.lunch"] == "yes"
    done = await client.post(FORM, data=again | {"answers.age": ""}, headers=ORIGIN)
    assert done.status_code == 303
    own = f"{done.headers['location']}/answers"
    page = await client.get(own)
    await put_form(SLUG, asking(a_question("yes_no", "lunch", label={"en": "Lunch on Friday?"})), by=by)
    told = await client.post(own, data=fields(page, own) | {"answers.lunch": "no"}, headers=ORIGIN)
    assert told.status_code == 422
    assert [row["value"] for row in await Answer.select(Answer.value)] == ["yes"]


async def test_a_number_is_read_as_its_readers_language_writes_it(client: httpx.AsyncClient, by: Actor) -> None:
    await an_event(by, a_question("number", "degrees"))
    made = await a_registration(answers={"degrees": "-1 234,50"}, language="fr")
    assert "-1234,5" in words(await client.get(f"/t/{made.token}"))
    assert "-1234.5" in words(await client.get(f"/t/{made.token}?lang=en"))


async def test_who_has_sent_too_many_files_loses_nothing_of_what_they_typed(
    client: httpx.AsyncClient, by: Actor
) -> None:
    await an_event(by, a_question("file", "photo"), a_question("short_text", "meal"))
    made = await a_registration(email="bo@example.org")
    for _ in range(UPLOADS_PER_NETWORK["limit"]):
        await count_attempt("upload", "203.0.113.7", **UPLOADS_PER_NETWORK)
    photo = {"answers.photo": ("photo.png", PNG)}
    for form in (FORM, f"/t/{made.token}/answers"):
        page = await register(client, form, files=photo, **{"answers.meal": "soup"})
        assert page.status_code == 422
        assert list(problems(page)) == ["answers.photo"]
        assert fields(page, form)["answers.meal"] == "soup"
