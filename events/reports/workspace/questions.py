from collections.abc import Mapping
from typing import Any

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec.structs import replace

from events.accounts.guards import actor, may, member, signed_in
from events.accounts.queries import get_organisation_by_id
from events.accounts.rules import Actor, SignedIn
from events.accounts.workspace import workspace_page
from events.kernel.errors import Conflict, DomainError, Invalid, Problem
from events.kernel.words import N_
from events.programme.queries import get_own_event
from events.programme.rules import EventFacts
from events.questions import actions, editing
from events.questions.forms import possible_values
from events.questions.queries import find_whole_form, list_templates
from events.questions.rules import MODE, Asked, Form, Kind, Question, QuestionNotFound
from events.questions.words import KINDS, value_text
from events.registration.answers.queries import count_choices
from events.registration.pages.asking import asking_of
from events.reports.workspace.asked import (
    EMPTY_ROWS,
    choice_rows,
    document_in_question,
    text_in,
    typed_in_question,
    typed_of_question,
    untold,
)
from events.reports.workspace.typed import LANGUAGES
from events.web.errors import status_of
from events.web.locale import language_of_request, offered
from events.web.templating import page

AnyRequest = Request[Any, Any, Any]
_STEPS = {"up": -1, "down": 1}


class FormPages(Controller):
    """What an event asks of those who register: sections and questions, each with buttons that need no script."""

    path = "/organise/events/{slug:str}/form"
    guards = [signed_in, may("events:write")]
    dependencies = {"member": Provide(member), "actor": Provide(actor)}
    include_in_schema = False

    @get()
    async def show(self, request: AnyRequest, member: NamedDependency[SignedIn], slug: FromPath[str]) -> Response[str]:
        return await _form_page(request, member, await get_own_event(slug, member.organisation.id))

    @get("/preview")
    async def preview(
        self, request: AnyRequest, member: NamedDependency[SignedIn], slug: FromPath[str]
    ) -> Response[str]:
        """The form as it will be seen, in a language of choice that nothing remembers."""
        event = await get_own_event(slug, member.organisation.id)
        chosen = request.query_params.get("in", "")
        language = chosen if chosen in offered(request) else language_of_request(request, member.member.language)
        return page(
            request,
            "reports/form_preview.html",
            headers={"Cache-Control": "no-store"},
            language=language,
            event=event,
            asking=await asking_of(language, event),
            organisation=await get_organisation_by_id(event.organisation),
            choices=[(tag, facts.name) for tag, facts in offered(request).items()],
        )

    @post("/template")
    async def use_template(
        self,
        request: AnyRequest,
        member: NamedDependency[SignedIn],
        actor: NamedDependency[Actor],
        slug: FromPath[str],
    ) -> Response[Any]:
        await get_own_event(slug, actor.organisation)
        key = str((await request.form()).get("template", ""))
        return await self._tried(request, member, slug, lambda: actions.use_template(slug, key, by=actor))

    @post("/templates")
    async def save_template(
        self,
        request: AnyRequest,
        member: NamedDependency[SignedIn],
        actor: NamedDependency[Actor],
        slug: FromPath[str],
    ) -> Response[Any]:
        event = await get_own_event(slug, actor.organisation)
        name = " ".join(str((await request.form()).get("template_name", "")).split())
        if not name or len(name) > 200 or not name.isprintable():  # noqa: PLR2004 - as wide as the column
            wrong = Invalid.of("template_name", N_("Give the template a name of at most 200 characters."))
            return await _form_page(request, member, event, refused=wrong)
        await actions.save_template(slug, name, by=actor)
        return Redirect(f"{_here(slug)}?done=template#templates", status_code=303)

    @post("/templates/{template_id:int}/remove")
    async def forget_template(
        self, actor: NamedDependency[Actor], slug: FromPath[str], template_id: FromPath[int]
    ) -> Redirect:
        await get_own_event(slug, actor.organisation)
        await actions.forget_template(template_id, by=actor)
        return Redirect(f"{_here(slug)}#templates", status_code=303)

    @get("/sections/{section_id:int}")
    async def show_section(
        self, request: AnyRequest, member: NamedDependency[SignedIn], slug: FromPath[str], section_id: FromPath[int]
    ) -> Response[str]:
        """0 for a new one."""
        event = await get_own_event(slug, member.organisation.id)
        form = await find_whole_form(event.id)
        section = next((one for one in form.sections if one.id == section_id), None)
        if section is None and section_id:
            raise QuestionNotFound
        texts = {"title": section.title, "about": section.about} if section else {}
        typed = {f"{name}.{tag}": words for name, text in texts.items() for tag, words in text.items()}
        return _section_page(request, member, event, section_id, typed)

    @post("/sections/{section_id:int}")
    async def save_section(
        self,
        request: AnyRequest,
        member: NamedDependency[SignedIn],
        actor: NamedDependency[Actor],
        slug: FromPath[str],
        section_id: FromPath[int],
    ) -> Response[Any]:
        event = await get_own_event(slug, actor.organisation)
        typed = {name: str(value) for name, value in (await request.form()).multi_items()}
        document = {name: text_in(typed, name) for name in ("title", "about")}
        try:
            form = await actions.put_section(slug, section_id or None, document, by=actor)
        except Invalid as invalid:
            return _section_page(request, member, event, section_id, typed, invalid)
        return Redirect(f"{_here(slug)}#section-{section_id or form.sections[-1].id}", status_code=303)

    @post("/sections/{section_id:int}/{verb:str}")
    async def act_on_section(
        self,
        request: AnyRequest,
        member: NamedDependency[SignedIn],
        actor: NamedDependency[Actor],
        slug: FromPath[str],
        section_id: FromPath[int],
        verb: FromPath[str],
    ) -> Response[Any]:
        await get_own_event(slug, actor.organisation)
        if verb not in {*_STEPS, "remove"}:
            raise QuestionNotFound

        def change(form: Form) -> Form:
            if verb == "remove":
                return editing.without_section(form, section_id)
            return editing.moved_section(form, section_id, _STEPS[verb])

        act = lambda: actions.change_form(slug, change, by=actor)  # noqa: E731 - tried below
        return await self._tried(request, member, slug, act, f"section-{section_id}")

    @get("/questions/new")
    async def show_new(
        self, request: AnyRequest, member: NamedDependency[SignedIn], slug: FromPath[str]
    ) -> Response[str]:
        event = await get_own_event(slug, member.organisation.id)
        kind, section = _kind(request.query_params.get("kind", "")), _whole(request.query_params.get("section", ""))
        return await _question_page(request, member, event, kind, {"asked": Asked.REGISTERING.value}, section=section)

    @post("/questions/new")
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
        return Redirect(f"{_here(slug)}?done=saved#question-{question.id}", status_code=303)

    @get("/questions/{question_id:int}")
    async def show_question(
        self, request: AnyRequest, member: NamedDependency[SignedIn], slug: FromPath[str], question_id: FromPath[int]
    ) -> Response[str]:
        event = await get_own_event(slug, member.organisation.id)
        question = (await find_whole_form(event.id)).get(question_id)
        return await _question_page(
            request, member, event, question.kind, typed_of_question(question), question=question
        )

    @post("/questions/{question_id:int}")
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
            await actions.change_question(slug, question_id, document, by=actor)
        except (Invalid, Conflict) as refused:
            return await _question_page(
                request, member, event, question.kind, typed, question=question, refused=refused
            )
        return Redirect(f"{_here(slug)}?done=saved#question-{question_id}", status_code=303)

    @post("/questions/{question_id:int}/{verb:str}")
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
        if verb not in {*_STEPS, "remove", "restore"}:
            raise QuestionNotFound

        def change(form: Form) -> Form:
            if verb == "remove":
                return editing.retired(form, question_id)
            if verb == "restore":
                return editing.with_question(form, form.get(question_id), section=form.sections[-1].id)
            return editing.moved(form, question_id, _STEPS[verb])

        if verb == "restore" and not (await find_whole_form(event.id)).sections:
            await actions.put_section(slug, None, {}, by=actor)
        act = lambda: actions.change_form(slug, change, by=actor)  # noqa: E731 - tried below
        return await self._tried(request, member, slug, act, f"question-{question_id}")

    @staticmethod
    async def _tried(request: AnyRequest, member: SignedIn, slug: str, act: Any, place: str = "form") -> Response[Any]:
        try:
            await act()
        except (Invalid, Conflict) as refused:
            event = await get_own_event(slug, member.organisation.id)
            return await _form_page(request, member, event, refused=refused)
        return Redirect(f"{_here(slug)}#{place}", status_code=303)


async def _form_page(
    request: AnyRequest, member: SignedIn, event: EventFacts, *, refused: DomainError | None = None
) -> Response[str]:
    language = language_of_request(request, member.member.language)
    form = await find_whole_form(event.id)
    counts = await count_choices(event.id)
    missing: dict[int, list[str]] = {}
    for one in untold(form):
        missing.setdefault(one.question or -int(one.name), []).append(one.language)
    return workspace_page(
        request,
        member,
        "reports/form.html",
        status_of(refused) if refused else 200,
        event=event,
        form=form,
        asking=await asking_of(language, event, form=Form(sections=form.sections)),
        kinds=KINDS,
        counts=counts,
        missing=missing,
        templates=await list_templates(event.organisation),
        problems=_problems(refused),
        done=request.query_params.get("done", ""),
    )


def _section_page(
    request: AnyRequest,
    member: SignedIn,
    event: EventFacts,
    section: int,
    typed: Mapping[str, str],
    refused: DomainError | None = None,
) -> Response[str]:
    return workspace_page(
        request,
        member,
        "reports/form_section.html",
        status_of(refused) if refused else 200,
        event=event,
        section=section,
        typed=typed,
        content_languages=LANGUAGES,
        problems=_problems(refused),
    )


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
        problems=_problems(refused),
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


def _problems(refused: DomainError | None) -> list[Problem]:
    if refused is None:
        return []
    if not isinstance(refused, Invalid):
        return [Problem("", refused.message, refused.params)]
    first = {"label": "label.en", "choices": "choices.0.label.en", "title": "title.en", "about": "about.en"}

    def beside(problem: Problem) -> Problem:
        field = first.get(problem.field, problem.field)
        return replace(problem, field=f"{field}.en" if field.endswith(".label") else field)

    return [beside(problem) for problem in refused.problems]


def _kind(text: str) -> Kind:
    try:
        return Kind(text)
    except ValueError:
        raise QuestionNotFound from None


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0  # noqa: PLR2004 - digits that fit


def _here(slug: str) -> str:
    return f"/organise/events/{slug}/form"
