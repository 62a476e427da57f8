"""Where a focal point decides about their own organisation's people. The address is the secret."""

from typing import Any

from litestar import Controller, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from events.kernel.errors import Conflict, DomainError, Invalid, Problem
from events.kernel.spans import wall_time_at
from events.registration.focal_points import queries
from events.registration.focal_points.actions import answer_own, end_own
from events.registration.focal_points.queries import Deciding
from events.registration.focal_points.rules import NotTheirs
from events.registration.forms.deciding import DecisionForm
from events.registration.pages.private import PRIVATE, behind, refused_page
from events.registration.rules.deciding import LONGEST_REASON
from events.web.errors import status_of
from events.web.locale import language_of_request
from events.web.posted import parse
from events.web.requests import AnyRequest
from events.web.security import our_form, settings_of, signed_field
from events.web.templating import page

_ANSWERS = ("accept", "decline")


class FocalPointPages(Controller):
    path = "/focal-points/{token:str}"
    include_in_schema = False
    exception_handlers = {DomainError: refused_page}

    @get()
    async def show(self, request: AnyRequest, token: FromPath[str]) -> Response[str]:
        return _page(request, token, await _deciding_behind(request, token))

    @post("/people/{registration:int}/{answer:str}", guards=[our_form])
    async def decide(
        self, request: AnyRequest, token: FromPath[str], registration: FromPath[int], answer: FromPath[str]
    ) -> Response[Any]:
        deciding = await _deciding_behind(request, token)
        if answer not in _ANSWERS:
            raise NotTheirs
        try:
            form = parse(DecisionForm, {"reason": str((await request.form()).get("reason", ""))})
            await answer_own(token, registration, accept=answer == "accept", reason=form.reason)
        except (Conflict, Invalid) as refused:
            return _page(request, token, deciding, refused)
        return Redirect(f"/focal-points/{token}?done={answer}", status_code=303, headers=PRIVATE)

    @post("/end", guards=[our_form])
    async def end(self, request: AnyRequest, token: FromPath[str]) -> Redirect:
        await _deciding_behind(request, token)
        await end_own(token)
        return Redirect(f"/focal-points/{token}", status_code=303, headers=PRIVATE)  # where it says so


async def _deciding_behind(request: AnyRequest, token: str) -> Deciding:
    return await behind(request, queries.get_deciding(token))


def _page(request: AnyRequest, token: str, deciding: Deciding, refused: DomainError | None = None) -> Response[str]:
    address = f"/focal-points/{token}"
    problems = refused.problems if refused else ()
    acts = [f"/people/{one.id}/{answer}" for one in deciding.waiting for answer in _ANSWERS]
    secret = settings_of(request).secret_key
    return page(
        request,
        "registration/focal_point.html",
        status_of(refused) if refused else 200,
        PRIVATE,
        language_of_request(request, deciding.focal_point.language),
        deciding=deciding,
        event=deciding.event,
        organisation=deciding.organisation,
        address=address,
        problems=[Problem("", one.message, one.params) for one in problems],
        longest=LONGEST_REASON,
        local=lambda at: wall_time_at(at, deciding.event.span.starts.zone).wall,
        done=request.query_params.get("done", ""),
        signed={act: signed_field(secret, f"{address}{act}") for act in (*acts, "/end")},
    )
