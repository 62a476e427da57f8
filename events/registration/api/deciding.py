from typing import Literal

from litestar import Controller, Response, post
from litestar.di import NamedDependency, Provide
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from msgspec import Struct

from events.accounts.guards import actor, scope
from events.accounts.idempotency import answer_once
from events.accounts.rules import Actor
from events.registration.actions.deciding import answer_request, answer_requests
from events.registration.api.listed import ListedAnswer, as_listed
from events.registration.forms.deciding import DecisionForm, DecisionsForm, read_decisions
from events.registration.rules import Standing
from events.registration.rules.deciding import Answered
from events.web.locale import language_of_request
from events.web.posted import parse, read_json
from events.web.requests import AnyRequest
from events.web.said import said


class LeftOutAnswer(Struct):
    """`reason` is the last part of a problem's type, as `wrong-standing`; `detail` says it in words."""

    code: str
    reason: str
    detail: str


class DecisionsAnswer(Struct):
    """How many stand how now, each told in a mail, and who could not be answered."""

    confirmed: int
    waiting: int
    declined: int
    left_out: list[LeftOutAnswer]


def _decision(decision: Literal["accept", "decline"], summary: str) -> HTTPRouteHandler:
    @post(
        f"/registrations/{{code:str}}/{decision}",
        name=f"{decision}_registration",
        status_code=200,
        summary=summary,
        opt={"body": DecisionForm, "answer": ListedAnswer},
    )
    async def decide(
        self: Controller,  # noqa: ARG001 - Litestar's
        request: AnyRequest,
        code: FromPath[str],
        actor: NamedDependency[Actor],
    ) -> Response[bytes]:
        form = parse(DecisionForm, await read_json(request) if await request.body() else {})
        accept = decision == "accept"
        return await answer_once(
            request,
            lambda: as_listed(answer_request.step(code, accept=accept, by=actor, reason=form.reason)),
            caller=actor,
            status=200,
        )

    return decide


class DecisionsApi(Controller):
    path = "/api/v1"
    tags = ["registrations"]
    guards = [scope("registrations:write")]
    dependencies = {"actor": Provide(actor)}

    accept = _decision("accept", "Accept who asked for a place or was declined; without a free place they wait in line")
    decline = _decision("decline", "Decline who asked for a place; it goes to the first in line")

    @post(
        "/events/{slug:str}/decisions",
        status_code=200,
        summary="Accept or decline up to 500 at once, in one transaction; who cannot be answered is left out",
        opt={"body": DecisionsForm, "answer": DecisionsAnswer},
    )
    async def answer_many(
        self, request: AnyRequest, slug: FromPath[str], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        form = read_decisions(await read_json(request))
        accept = form.decision == "accept"
        return await answer_once(
            request,
            lambda: answer_requests.step(slug, form.codes, accept=accept, by=actor, reason=form.reason),
            caller=actor,
            status=200,
            shown=lambda answered: _shown(request, answered),
        )


def _shown(request: AnyRequest, answered: Answered) -> DecisionsAnswer:
    language = language_of_request(request)
    counts = {name: answered.counts.get(Standing(name), 0) for name in ("confirmed", "waiting", "declined")}
    left_out = [LeftOutAnswer(one.code, one.refused.kind, said(language, one.refused)) for one in answered.left_out]
    return DecisionsAnswer(**counts, left_out=left_out)
