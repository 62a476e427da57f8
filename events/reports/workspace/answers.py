from collections.abc import Mapping, Sequence
from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec.structs import replace

from events.accounts.guards import actor, may, member, signed_in
from events.accounts.rules import SENSITIVE, Actor, SignedIn
from events.accounts.workspace import workspace_page
from events.kernel.errors import Conflict, DomainError, Invalid, Problem
from events.programme.queries import get_own_event
from events.programme.rules import EventFacts
from events.questions.queries import get_form
from events.questions.rules import Asked, Form, Question
from events.questions.words import value_text
from events.registration import queries
from events.registration.answers.actions import open_file, read_sensitive, set_answers
from events.registration.answers.queries import Answers, Counted, count_answers, list_answers
from events.registration.pages.asking import LARGEST_FORM, asking_of, kept_unseen, read_posted, told, values_of
from events.registration.rules import Ticket, TicketNotFound
from events.web.downloads import as_download
from events.web.errors import status_of
from events.web.locale import language_of_request
from events.web.requests import AnyRequest

_EVERYBODY = (Asked.REGISTERING, Asked.DOOR, Asked.ORGANISERS)


class AnswerPages(Controller):
    """What somebody answered: noted and corrected, sensitive answers looked at, files saved."""

    path = "/organise/events/{slug:str}/registrations/{code:str}"
    guards = [signed_in]
    dependencies = {"member": Provide(member), "actor": Provide(actor)}
    include_in_schema = False
    request_max_body_size = LARGEST_FORM

    @get("/answers", guards=[may("registrations:write")])
    async def show_form(
        self, request: AnyRequest, member: NamedDependency[SignedIn], slug: FromPath[str], code: FromPath[str]
    ) -> Response[str]:
        event, ticket = await own(slug, code, member.organisation.id)
        form, answers = await _asked(event, ticket, member)
        shown = {name: one for name, one in answers.items() if not one.question.sensitive}
        return await _page(request, member, event, ticket, form, values_of(shown))

    @post("/answers", guards=[may("registrations:write")])
    async def save(
        self,
        request: AnyRequest,
        member: NamedDependency[SignedIn],
        actor: NamedDependency[Actor],
        slug: FromPath[str],
        code: FromPath[str],
    ) -> Response[Any]:
        event, ticket = await own(slug, code, actor.organisation)
        form, answers = await _asked(event, ticket, member)
        given, problems = await read_posted(request, event, await request.form(), form=form)
        empty = {one.name: "" for one in form.questions if one.name not in kept_unseen(form, answers)}
        try:
            if not problems:
                await set_answers(ticket.code, empty | given, by=actor)
        except (Invalid, Conflict) as refused:
            return await _page(request, member, event, ticket, form, given, refused)
        if problems:
            return await _page(request, member, event, ticket, form, given, Invalid(problems))
        return Redirect(f"{_here(slug, ticket)}?done=answers", status_code=303)

    @post("/sensitive", guards=[may(SENSITIVE)])
    async def show_sensitive(
        self,
        request: AnyRequest,
        member: NamedDependency[SignedIn],
        actor: NamedDependency[Actor],
        slug: FromPath[str],
        code: FromPath[str],
    ) -> Response[str]:
        """In this answer and nowhere else, so there is no redirect after it."""
        event, ticket = await own(slug, code, actor.organisation)
        language = language_of_request(request, member.member.language)
        answers = {one.question.name: one for one in await read_sensitive(ticket.code, by=actor)}
        return workspace_page(
            request,
            member,
            "reports/sensitive.html",
            event=event,
            ticket=ticket,
            answered=told(language, answers),
        )

    @get("/files/{question_id:int}")
    async def save_file(
        self, actor: NamedDependency[Actor], slug: FromPath[str], code: FromPath[str], question_id: FromPath[int]
    ) -> Response[bytes]:
        _, ticket = await own(slug, code, actor.organisation)
        file = await open_file(ticket.code, question_id, by=actor)
        return as_download(file.name, file.media_type, file.content)


async def own(slug: str, code: str, organisation: int) -> tuple[EventFacts, Ticket]:
    """The registration at this event; raises TicketNotFound for one at another, or erased."""
    event = await get_own_event(slug, organisation)
    ticket = await queries.get_own_by_code(code, organisation)
    if ticket.event != event.id or ticket.erased_at:
        raise TicketNotFound
    return event, ticket


async def answers_shown(request: AnyRequest, member: SignedIn, event: EventFacts, ticket: Ticket) -> dict[str, Any]:
    """What the page of a registration says of answers: those that all may see, and whether there are others."""
    form, found = await list_answers(event.id, [ticket.id], sensitive=True)
    answers = found.get(ticket.id, {})
    ordinary = {name: one for name, one in answers.items() if not one.question.sensitive}
    return {
        "told": told(language_of_request(request, member.member.language), ordinary),
        "has_sensitive": len(ordinary) < len(answers),
        "asks": bool(list(form.questions)),
    }


async def answer_columns(
    request: AnyRequest, member: SignedIn, event: EventFacts, tickets: Sequence[Ticket], chosen: Mapping[str, str]
) -> dict[str, Any]:
    """The questions that a list may show or be narrowed by, and what was answered."""
    form, found = await list_answers(event.id, [ticket.id for ticket in tickets])
    language, asked = language_of_request(request, member.member.language), form.ever_asked
    ordinary = [one for one in asked if not one.sensitive]
    wanted = set(chosen.get("columns", "").split(","))
    return {
        "asked": ordinary,
        "columns": [one for one in ordinary if one.name in wanted],
        "answers": {
            ticket: {one.question.name: one.text for one in told(language, of)} for ticket, of in found.items()
        },
        "offered_answers": await choices_counted(language, event),
        "has_sensitive": len(ordinary) < len(asked),
    }


async def choices_counted(language: str, event: EventFacts) -> list[tuple[Question, list[tuple[str, str, int]]]]:
    """What was chosen how often: each question with the answers that somebody gave, in words."""
    return [(one.question, _ranked(language, one)) for one in await count_answers(event.id) if one.made]


def _ranked(language: str, counted: Counted) -> list[tuple[str, str, int]]:
    question = counted.question
    order = {choice.key: place for place, choice in enumerate(question.choices)}
    ranked = sorted(counted.made.items(), key=lambda one: (order.get(one[0], len(order)), -one[1], one[0]))
    return [(value, value_text(language, question, value), number) for value, number in ranked]


async def _asked(event: EventFacts, ticket: Ticket, member: SignedIn) -> tuple[Form, Answers]:
    sensitive = member.may(SENSITIVE)
    form = (await get_form(event.id, event.form)).asking(*_EVERYBODY, sensitive=sensitive)
    _, found = await list_answers(event.id, [ticket.id], sensitive=sensitive)
    return form, found.get(ticket.id, {})


async def _page(
    request: AnyRequest,
    member: SignedIn,
    event: EventFacts,
    ticket: Ticket,
    form: Form,
    given: dict[str, Any],
    refused: DomainError | None = None,
) -> Response[str]:
    language = language_of_request(request, member.member.language)
    _, answers = await _asked(event, ticket, member)
    asking = await asking_of(language, event, given, form=form)
    problems: list[Problem] = []
    if refused:
        one = Problem("", refused.message, refused.params)
        problems = list(refused.problems) if isinstance(refused, Invalid) else [one]
    return workspace_page(
        request,
        member,
        "reports/registration_answers.html",
        status_of(refused) if refused else 200,
        event=event,
        ticket=ticket,
        asking=asking and replace(asking, kept=kept_unseen(form, answers)),
        problems=problems,
    )


def _here(slug: str, ticket: Ticket) -> str:
    return f"/organise/events/{slug}/registrations/{ticket.code}"
