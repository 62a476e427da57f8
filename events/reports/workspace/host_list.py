"""The list for the host: to take, to close, and to say what changed since."""

from collections.abc import Sequence
from typing import Annotated, Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Meta, Struct

from events.accounts import queries as accounts
from events.accounts.guards import actor, may, member, signed_in
from events.accounts.rules import Actor, SignedIn
from events.accounts.workspace import workspace_page
from events.kernel.errors import Invalid, Problem
from events.programme.queries import get_own_event
from events.registration.host_list.actions import close_host_list, plan_host_list
from events.registration.host_list.queries import find_hours, list_of_event
from events.registration.host_list.rules import MOST_HOURS
from events.reports.host_listing import OFFERED, list_questions
from events.reports.workspace.document import number_in
from events.web.posted import parse
from events.web.requests import AnyRequest


class PlanForm(Struct):
    hours: Annotated[int, Meta(ge=0, le=MOST_HOURS)] | None = None


class HostListPages(Controller):
    path = "/organise/events/{slug:str}/host-list"
    guards = [signed_in]
    dependencies = {"member": Provide(member), "actor": Provide(actor)}
    include_in_schema = False

    @get(guards=[may("registrations:read")])
    async def show(
        self,
        request: AnyRequest,
        member: NamedDependency[SignedIn],
        actor: NamedDependency[Actor],
        slug: FromPath[str],
    ) -> Response[str]:
        return await _page(request, member, actor, slug)

    @post(guards=[may("registrations:write")])
    async def close(self, actor: NamedDependency[Actor], slug: FromPath[str]) -> Redirect:
        await close_host_list(slug, by=actor)
        return Redirect(f"/organise/events/{slug}/host-list?done=closed", status_code=303)

    @post("/plan", guards=[may("registrations:write")])
    async def plan(
        self,
        request: AnyRequest,
        member: NamedDependency[SignedIn],
        actor: NamedDependency[Actor],
        slug: FromPath[str],
    ) -> Response[Any]:
        await get_own_event(slug, actor.organisation)
        typed = {"hours": str((await request.form()).get("hours", ""))}
        try:
            form = parse(PlanForm, {"hours": number_in(typed, "hours")})
        except Invalid as invalid:
            return await _page(request, member, actor, slug, typed, invalid.problems)
        await plan_host_list(slug, form.hours, by=actor)
        return Redirect(f"/organise/events/{slug}/host-list?done=planned", status_code=303)


async def _page(
    request: AnyRequest,
    member: SignedIn,
    by: Actor,
    slug: str,
    typed: dict[str, str] | None = None,
    problems: Sequence[Problem] = (),
) -> Response[str]:
    event = await get_own_event(slug, member.organisation.id)
    hours = await find_hours(event.id)
    return workspace_page(
        request,
        member,
        "reports/host_list.html",
        422 if problems else 200,
        event=event,
        lists=await list_of_event(event.id),
        offered=[name for name in OFFERED if name != "admission" or event.admission_step],
        questions=await list_questions(event.id, by),
        names=await accounts.list_names(event.organisation),
        typed=typed or {"hours": "" if hours is None else str(hours)},
        problems=problems,
        done=request.query_params.get("done", ""),
    )
