from collections.abc import Sequence
from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect

from events.accounts.guards import actor, may, member, signed_in
from events.accounts.rules import Actor, SignedIn
from events.accounts.workspace import workspace_page
from events.kernel.errors import Invalid, Problem
from events.programme.queries import get_own_event
from events.registration.actions.affiliations import import_affiliations, unlist_affiliation
from events.registration.actions.looking import read_access
from events.registration.forms.people import read_affiliations
from events.registration.queries.people import count_access, list_affiliations
from events.registration.rules.people import ENTERED_OFTEN
from events.web.requests import AnyRequest

HERE = "/organise/affiliations"


class AccessPages(Controller):
    """What people need to take part: numbers to plan with, and who it is for those who see to it."""

    path = "/organise/events/{slug:str}/access"
    guards = [signed_in, may("registrations:read")]
    dependencies = {"member": Provide(member), "actor": Provide(actor)}
    include_in_schema = False

    @get()
    async def show(
        self,
        request: AnyRequest,
        member: NamedDependency[SignedIn],
        actor: NamedDependency[Actor],
        slug: FromPath[str],
    ) -> Response[str]:
        event = await get_own_event(slug, member.organisation.id)
        return workspace_page(
            request,
            member,
            "reports/access.html",
            event=event,
            counts=await count_access(event.id),
            people=await read_access(slug, by=actor) if member.may("registrations:write") else [],
        )


class AffiliationPages(Controller):
    """The organisations that people come from, spelled once."""

    path = HERE
    guards = [signed_in, may("events:write")]
    dependencies = {"member": Provide(member), "actor": Provide(actor)}
    include_in_schema = False

    @get()
    async def show(self, request: AnyRequest, member: NamedDependency[SignedIn]) -> Response[str]:
        return await _page(request, member)

    @post("/import")
    async def import_list(
        self, request: AnyRequest, member: NamedDependency[SignedIn], actor: NamedDependency[Actor]
    ) -> Response[Any]:
        text = str((await request.form()).get("list", ""))
        try:
            added = await import_affiliations(read_affiliations(text), by=actor)
        except Invalid as invalid:
            return await _page(request, member, 422, problems=invalid.problems, typed=text)
        return Redirect(f"{HERE}?done=imported&number={added}", status_code=303)

    @post("/{affiliation:int}/remove")
    async def remove(self, actor: NamedDependency[Actor], affiliation: FromPath[int]) -> Redirect:
        await unlist_affiliation(affiliation, by=actor)
        return Redirect(f"{HERE}?done=removed", status_code=303)


async def _page(
    request: AnyRequest, member: SignedIn, status: int = 200, *, problems: Sequence[Problem] = (), typed: str = ""
) -> Response[str]:
    q = request.query_params.get("q", "").strip()[:200]
    return workspace_page(
        request,
        member,
        "reports/affiliations.html",
        status,
        known=await list_affiliations(member.organisation.id, q),
        often=ENTERED_OFTEN,
        q=q,
        problems=problems,
        typed=typed,
        done=request.query_params.get("done", ""),
    )
