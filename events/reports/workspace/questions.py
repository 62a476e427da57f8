from collections.abc import Mapping
from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect

from events.accounts.guards import actor, may, member, signed_in
from events.accounts.rules import Actor, SignedIn
from events.accounts.workspace import workspace_page
from events.kernel.errors import Conflict, DomainError, Invalid
from events.programme.queries import get_own_event
from events.programme.rules import EventFacts
from events.questions import actions, editing
from events.questions.forms import possible_values
from events.questions.queries import find_whole_form
from events.questions.rules import MODE, Asked, Form, Kind, Question, QuestionNotFound
from events.questions.words import KINDS, value_text
from events.reports.actions import change_question
from events.reports.workspace.asked import (
    EMPTY_ROWS,
    choice_rows,
    document_in_question,
    typed_in_question,
    typed_of_question,
)
from events.reports.workspace.form import STEPS, here, problems_beside, tried
from events.reports.workspace.typed import LANGUAGES
from events.web.errors import status_of
from events.web.locale import language_of_request
from events.web.requests import AnyRequest


class QuestionPages(Controller):
    """The questions of an event's form: each on a page of its own, moved and removed without a script."""

    path = "/organise/events/{slug:str}/form/questions"
    guards = [signed_in, may("events:write")]
    dependencies = {"member": Provide(member), "actor": Provide(actor)}
    include_in_schema = False

    @get("/new")
    async def show_new(
        self, request: AnyRequest, member: NamedDependency[SignedIn], slug: FromPath[str]
    ) -> Response[str]:
        event = await get_own_event(slug, member.organisation.id)
        kind, section = _kind(request.query_params.get("kind", "")), _whole(request.query_params.get("section", ""))
        return await _question_page(request, member, event, kind, {"asked": Asked.REGISTERING.value}, section=section)

    @post("/new")
    async def add(
        self,
        request: AnyRequest,
        member: NamedDependency[SignedIn],
        actor: NamedDependency[Actor],
        slug: FromPath[str],
    ) -> Response[Any]:
        event = await get_own_event(slug, actor.organisation)
        typed = typed_in_question((await request.form()).multi_items())
        kind, section = _kind(typed.get("kind", "")), _whole(typed.get("section", ""))
        try:
            question = await actions.put_question(slug, document_in_question(typed, kind), section=section, by=actor)
        except (Invalid, Conflict) as refused:
            return await _question_page(request, member, event, kind, typed, section=section, refused=refused)
        return Redirect(f"{here(slug)}?done=saved#question-{question.id}", status_code=303)

    @get("/{question_id:int}")
    async def show_question(
        self, request: AnyRequest, member: NamedDependency[SignedIn], slug: FromPath[str], question_id: FromPath[int]
    ) -> Response[str]:
        event = await get_own_event(slug, member.organisation.id)
        question = (await find_whole_form(event.id)).get(question_id)
        return await _question_page(
            request, member, event, question.kind, typed_of_question(question), question=question
        )

    @post("/{question_id:int}")
    async def change(
        self,
        request: AnyRequest,
        member: NamedDependency[SignedIn],
        actor: NamedDependency[Actor],
        slug: FromPath[str],
        question_id: FromPath[int],
    ) -> Response[Any]:
        event = await get_own_event(slug, actor.organisation)
        question = (await find_whole_form(event.id)).get(question_id)
        typed = typed_in_question((await request.form()).multi_items())
        try:
            document = document_in_question(typed, question.kind)
            await change_question(slug, question_id, document, by=actor)
        except (Invalid, Conflict) as refused:
            return await _question_page(
                request, member, event, question.kind, typed, question=question, refused=refused
            )
        return Redirect(f"{here(slug)}?done=saved#question-{question_id}", status_code=303)

    @post("/{question_id:int}/{verb:str}")
    async def act(
        self,
        request: AnyRequest,
        member: NamedDependency[SignedIn],
        actor: NamedDependency[Actor],
        slug: FromPath[str],
        question_id: FromPath[int],
        verb: FromPath[str],
    ) -> Response[Any]:
        event = await get_own_event(slug, actor.organisation)
        if verb not in {*STEPS, "remove", "restore"}:
            raise QuestionNotFound
        form = await find_whole_form(event.id)

        def change(form: Form) -> Form:
            if verb == "remove":
                return editing.retired(form, question_id)
            if verb == "restore":
                return editing.with_question(form, form.get(question_id), section=form.sections[-1].id)
            return editing.moved(form, question_id, STEPS[verb])

        if verb == "restore" and not form.sections:
            await actions.put_section(slug, None, {}, by=actor)
        act = lambda: actions.change_form(slug, change, by=actor)  # noqa: E731 - tried below
        before = editing.above(form, question_id)
        shown = before[-1].id if verb == "remove" and before else question_id
        return await tried(request, member, slug, act, f"{verb if verb in STEPS else 'question'}-{shown}")


async def _question_page(
    request: AnyRequest,
    member: SignedIn,
    event: EventFacts,
    kind: Kind,
    typed: Mapping[str, Any],
    *,
    section: int = 0,
    question: Question | None = None,
    refused: DomainError | None = None,
) -> Response[str]:
    language = language_of_request(request, member.member.language)
    form = await find_whole_form(event.id)
    above = editing.above(form, question.id if question else None, section=section)
    return workspace_page(
        request,
        member,
        "reports/form_question.html",
        status_of(refused) if refused else 200,
        event=event,
        question=question,
        section=section,
        kind=kind,
        kind_words=KINDS[kind],
        typed=typed,
        rows=choice_rows(typed) + EMPTY_ROWS,
        sources=_sources(language, above),
        problems=problems_beside(refused),
        content_languages=_languages(typed),
    )


def _sources(language: str, above: list[Question]) -> list[tuple[str, Any, list[tuple[str, str]]]]:
    """What a question may depend on: name, words and the answers; None for the words of the mode."""
    values = possible_values(above)
    found: list[tuple[str, Any, list[tuple[str, str]]]] = [(MODE, None, [(value, value) for value in values[MODE]])]
    found += [
        (one.name, one.label, [(value, value_text(language, one, value)) for value in values[one.name]])
        for one in above
        if one.name in values
    ]
    return found


def _languages(typed: Mapping[str, Any]) -> list[str]:
    further = {name.rpartition(".")[2] for name, text in typed.items() if ".label." in f".{name}" and text}
    return [*LANGUAGES, *sorted(further - set(LANGUAGES))]


def _kind(text: str) -> Kind:
    try:
        return Kind(text)
    except ValueError:
        raise QuestionNotFound from None


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0  # noqa: PLR2004 - digits that fit
