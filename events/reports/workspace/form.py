from collections.abc import Mapping
from typing import Any

from litestar import Controller, Response, get, post
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
from events.questions.queries import find_whole_form, list_templates
from events.questions.rules import Form, QuestionNotFound
from events.questions.words import KINDS
from events.registration.answers.queries import count_choices
from events.registration.pages.asking import asking_of
from events.reports.workspace.asked import (
    text_in,
    untold,
)
from events.reports.workspace.typed import LANGUAGES
from events.web.errors import status_of
from events.web.locale import language_of_request, offered
from events.web.requests import AnyRequest
from events.web.templating import page

STEPS = {"up": -1, "down": 1}


class FormPages(Controller):
    """What an event asks of those who register: sections, a preview and templates, with buttons that need no script."""

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
        return await tried(request, member, slug, lambda: actions.use_template(slug, key, by=actor))

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
        return Redirect(f"{here(slug)}?done=template#templates", status_code=303)

    @post("/templates/{template_id:int}/remove")
    async def forget_template(
        self, actor: NamedDependency[Actor], slug: FromPath[str], template_id: FromPath[int]
    ) -> Redirect:
        await get_own_event(slug, actor.organisation)
        await actions.forget_template(template_id, by=actor)
        return Redirect(f"{here(slug)}#templates", status_code=303)

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
        return Redirect(f"{here(slug)}#section-{section_id or form.sections[-1].id}", status_code=303)

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
        if verb not in {*STEPS, "remove"}:
            raise QuestionNotFound

        def change(form: Form) -> Form:
            if verb == "remove":
                return editing.without_section(form, section_id)
            return editing.moved_section(form, section_id, STEPS[verb])

        act = lambda: actions.change_form(slug, change, by=actor)  # noqa: E731 - tried below
        return await tried(request, member, slug, act, f"section-{verb}-{section_id}")


async def tried(request: AnyRequest, member: SignedIn, slug: str, act: Any, place: str = "form") -> Response[Any]:
    try:
        await act()
    except (Invalid, Conflict) as refused:
        event = await get_own_event(slug, member.organisation.id)
        return await _form_page(request, member, event, refused=refused)
    return Redirect(f"{here(slug)}#{place}", status_code=303)


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
        problems=problems_beside(refused),
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
        problems=problems_beside(refused),
    )


def problems_beside(refused: DomainError | None) -> list[Problem]:
    if refused is None:
        return []
    first = {"label": "label.en", "choices": "choices.0.label.en", "title": "title.en", "about": "about.en"}

    def beside(problem: Problem) -> Problem:
        field = first.get(problem.field, problem.field)
        return replace(problem, field=f"{field}.en" if field.endswith(".label") else field)

    return [beside(problem) for problem in refused.problems]


def here(slug: str) -> str:
    return f"/organise/events/{slug}/form"
