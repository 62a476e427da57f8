"""Answers given anew from the private page. Its address is the secret, as that page's is."""

from collections.abc import Mapping
from typing import Any

from litestar import Controller, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec.structs import replace

from events.kernel.errors import Conflict, DomainError, Invalid
from events.programme.rules import EventFacts
from events.questions.queries import get_form
from events.questions.rules import Asked, Form
from events.registration.answers.actions import change_own_answers
from events.registration.answers.checks import problems_of
from events.registration.answers.queries import Answers, list_answers
from events.registration.pages.asking import (
    LARGEST_FORM,
    asking_of,
    kept_unseen,
    read_posted,
    up_to_its_files,
    values_of,
)
from events.registration.pages.private import PRIVATE, held_behind, refused_page
from events.registration.queries.held import Held
from events.web.errors import status_of
from events.web.locale import language_of_request
from events.web.requests import AnyRequest
from events.web.security import our_form, settings_of, signed_field
from events.web.templating import page


async def _event(request: Any) -> EventFacts:
    return (await held_behind(request, request.path_params["token"])).event


class AnswerPages(Controller):
    path = "/t/{token:str}/answers"
    include_in_schema = False
    exception_handlers = {DomainError: refused_page}
    request_max_body_size = LARGEST_FORM

    @get()
    async def show(self, request: AnyRequest, token: FromPath[str]) -> Response[str]:
        held = await held_behind(request, token)
        form, answers = await _asked(held)
        shown = {name: one for name, one in answers.items() if not one.question.sensitive}
        return await _page(request, held, form, answers, values_of(shown))

    @post(guards=[up_to_its_files(_event), our_form])
    async def change(self, request: AnyRequest, token: FromPath[str]) -> Response[Any]:
        held = await held_behind(request, token)
        form, answers = await _asked(held)
        posted = await request.form()
        given, problems = await read_posted(request, held.event, posted, form=form)
        hidden = kept_unseen(form, answers)
        whole = {one.name: "" for one in form.questions if one.name not in hidden} | given
        if problems:
            rest = problems_of(form, whole, held.ticket.modes)
            return await _page(request, held, form, answers, given, Invalid([*problems, *rest]))
        try:
            await change_own_answers(token, whole)
        except (Invalid, Conflict) as wrong:
            return await _page(request, held, form, answers, given, wrong)
        return Redirect(f"/t/{token}?done=changed#held", status_code=303, headers=PRIVATE)


async def _asked(held: Held) -> tuple[Form, Answers]:
    form = (await get_form(held.event.id, held.event.form)).asking(Asked.REGISTERING)
    _, found = await list_answers(held.event.id, [held.ticket.id], sensitive=True)
    return form, found.get(held.ticket.id, {})


async def _page(
    request: AnyRequest,
    held: Held,
    form: Form,
    answers: Answers,
    given: Mapping[str, Any],
    wrong: DomainError | None = None,
) -> Response[str]:
    language = language_of_request(request, held.ticket.language)
    asking = await asking_of(language, held.event, {**given, "mode": held.ticket.modes}, form=form)
    problems = wrong.problems if wrong else ()
    return page(
        request,
        "registration/answers.html",
        status_of(wrong) if wrong else 200,
        PRIVATE,
        language,
        held=held,
        organisation=held.organisation,
        asking=asking and replace(asking, kept=kept_unseen(form, answers)),
        problems=problems,
        address=request.scope["path"].removesuffix("/answers"),
        signed=signed_field(settings_of(request).secret_key, request.scope["path"]),
    )
