from collections.abc import Mapping
from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect

from events.accounts.guards import actor, may, member, signed_in
from events.accounts.rules import Actor, SignedIn
from events.accounts.workspace import workspace_page
from events.kernel.errors import Conflict, DomainError, Invalid, Problem
from events.programme.queries import get_own_event
from events.programme.rules import EventFacts
from events.registration.delegations.queries import list_of_event as list_delegations
from events.registration.focal_points.actions import end_focal_point, name_focal_point, renew_link
from events.registration.focal_points.forms import FIELDS, read_focal_point
from events.registration.focal_points.queries import list_of_event
from events.registration.queries.people import list_affiliations
from events.web.errors import status_of
from events.web.locale import language_of_request, offered
from events.web.requests import AnyRequest
from events.web.security import settings_of


class FocalPointPages(Controller):
    """Who decides for which organisation, and who registered a delegation."""

    path = "/organise/events/{slug:str}/focal-points"
    guards = [signed_in, may("registrations:write")]
    dependencies = {"member": Provide(member), "actor": Provide(actor)}
    include_in_schema = False

    @get()
    async def show(self, request: AnyRequest, member: NamedDependency[SignedIn], slug: FromPath[str]) -> Response[str]:
        event = await get_own_event(slug, member.organisation.id)
        return await _page(request, member, event, {"language": language_of_request(request, member.member.language)})

    @post()
    async def name(
        self,
        request: AnyRequest,
        member: NamedDependency[SignedIn],
        actor: NamedDependency[Actor],
        slug: FromPath[str],
    ) -> Response[Any]:
        event = await get_own_event(slug, member.organisation.id)
        posted = await request.form()
        typed = {name: value for name in FIELDS if isinstance(value := posted.get(name), str)}
        try:
            form = read_focal_point(typed)
            await name_focal_point(slug, form, secret=settings_of(request).secret_key, by=actor)
        except (Invalid, Conflict) as refused:
            return await _page(request, member, event, typed, refused)
        return _back(slug, "named")

    @post("/{focal_point:int}/link")
    async def renew(
        self, request: AnyRequest, actor: NamedDependency[Actor], slug: FromPath[str], focal_point: FromPath[int]
    ) -> Redirect:
        await renew_link(slug, focal_point, secret=settings_of(request).secret_key, by=actor)
        return _back(slug, "link")

    @post("/{focal_point:int}/end")
    async def end(self, actor: NamedDependency[Actor], slug: FromPath[str], focal_point: FromPath[int]) -> Redirect:
        await end_focal_point(slug, focal_point, by=actor)
        return _back(slug, "ended")


def _back(slug: str, done: str) -> Redirect:
    return Redirect(f"/organise/events/{slug}/focal-points?done={done}", status_code=303)


async def _page(
    request: AnyRequest,
    member: SignedIn,
    event: EventFacts,
    typed: Mapping[str, str],
    refused: DomainError | None = None,
) -> Response[str]:
    problems = refused.problems if isinstance(refused, Invalid) else []
    if refused and not problems:
        problems = [Problem("affiliation", refused.message, refused.params)]
    return workspace_page(
        request,
        member,
        "reports/focal_points.html",
        status_of(refused) if refused else 200,
        event=event,
        focal_points=await list_of_event(event.id),
        delegations=await list_delegations(event.id),
        known=await list_affiliations(event.organisation),
        typed=dict.fromkeys(FIELDS, "") | dict(typed),
        choices=[(tag, language.name) for tag, language in offered(request).items()],
        problems=problems,
        done=request.query_params.get("done", ""),
    )
