from collections import Counter
from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect

from events.accounts.guards import actor, may, member, signed_in
from events.accounts.rules import Actor, SignedIn
from events.accounts.workspace import workspace_page
from events.kernel.errors import Conflict, DomainError, Invalid, NotFound, Problem
from events.kernel.words import N_
from events.programme.queries import get_own_event
from events.programme.rules import EventFacts
from events.registration.actions.deciding import answer_chosen
from events.registration.forms.deciding import DecisionForm
from events.registration.queries.deciding import list_by_codes, preview_answers
from events.registration.rules import Ticket
from events.registration.rules.deciding import LONGEST_REASON
from events.reports.workspace.choosing import Sent, address_of, chosen_on_page, codes_in, filters_of, list_chosen
from events.web.errors import status_of
from events.web.posted import parse
from events.web.requests import AnyRequest

ACTS = ("accept", "decline")


class DecidingPages(Controller):
    """Many requests answered at once: first who gets which mail, then the answer."""

    path = "/organise/events/{slug:str}/decisions"
    guards = [signed_in, may("registrations:write")]
    dependencies = {"member": Provide(member), "actor": Provide(actor)}
    include_in_schema = False

    @get()
    async def show(self, request: AnyRequest, member: NamedDependency[SignedIn], slug: FromPath[str]) -> Response[str]:
        event, asked = await get_own_event(slug, member.organisation.id), request.query_params
        chosen, nobody = await list_chosen(asked, event)
        return await _page(request, member, event, asked, chosen, refused=nobody)

    @post()
    async def answer(
        self,
        request: AnyRequest,
        member: NamedDependency[SignedIn],
        actor: NamedDependency[Actor],
        slug: FromPath[str],
    ) -> Response[Any]:
        event, posted = await get_own_event(slug, actor.organisation), await request.form()
        codes = codes_in(posted)
        act = _act(posted)
        try:
            form = parse(DecisionForm, {"reason": str(posted.get("reason", ""))})
            answered = await answer_chosen(slug, codes, accept=act == "accept", by=actor, reason=form.reason)
        except (Invalid, Conflict) as refused:
            return await _page(request, member, event, posted, await list_by_codes(event.id, codes), refused=refused)
        numbers = {standing.value: str(number) for standing, number in answered.counts.items()}
        left_out = str(len(answered.left_out)) if answered.left_out else None
        back = address_of(slug, filters_of(posted), done="answered", left_out=left_out, **numbers)
        return Redirect(back, status_code=303)


def _act(asked: Sent) -> str:
    act = asked.get("act", "")
    if act not in ACTS:
        raise NotFound(N_("There is no such page."))
    return str(act)


async def _page(
    request: AnyRequest,
    member: SignedIn,
    event: EventFacts,
    asked: Sent,
    chosen: list[Ticket],
    *,
    refused: DomainError | None = None,
) -> Response[str]:
    act = _act(asked)
    given, moved_up = await preview_answers(event, chosen, accept=act == "accept")
    answered = [one.ticket for one in given if one.standing]
    problems = [Problem("", refused.message, refused.params)] if refused else []
    return workspace_page(
        request,
        member,
        "reports/decisions.html",
        status_of(refused) if refused else 200,
        **chosen_on_page(event, asked, chosen),
        act=act,
        counts=Counter(str(one.standing.value) for one in given if one.standing),
        answered=answered,
        left_out=[(one.ticket, one.refused) for one in given if one.refused],
        moved_up=moved_up,
        longest=LONGEST_REASON,
        reason=str(asked.get("reason", "")),
        problems=refused.problems if isinstance(refused, Invalid) else problems,
    )
