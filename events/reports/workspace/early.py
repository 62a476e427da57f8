from collections.abc import Mapping, Sequence
from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect

from events.accounts.guards import actor, may, member, signed_in
from events.accounts.rules import Actor, SignedIn
from events.accounts.workspace import workspace_page
from events.kernel.clock import utc_now
from events.kernel.errors import Invalid, Problem
from events.programme.queries import get_own_event
from events.registration.early.actions import make_link, revoke_link
from events.registration.early.queries import list_links
from events.registration.early.rules import State, token_of_link
from events.registration.forms.early import read_typed_link
from events.web.requests import AnyRequest
from events.web.security import settings_of

FIELDS = ("name", "after_closing", "most_uses", "ends.wall")


class EarlyLinksPages(Controller):
    """Secret links with which people register before registration opens."""

    path = "/organise/events/{slug:str}/early-links"
    guards = [signed_in, may("registrations:write")]
    dependencies = {"member": Provide(member), "actor": Provide(actor)}
    include_in_schema = False

    @get()
    async def show(self, request: AnyRequest, member: NamedDependency[SignedIn], slug: FromPath[str]) -> Response[str]:
        return await _page(request, member, slug)

    @post()
    async def make(
        self,
        request: AnyRequest,
        member: NamedDependency[SignedIn],
        actor: NamedDependency[Actor],
        slug: FromPath[str],
    ) -> Response[Any]:
        posted = await request.form()
        typed = {name: str(posted.get(name, "")) for name in FIELDS}
        zone = (await get_own_event(slug, actor.organisation)).span.starts.zone
        try:
            form = read_typed_link(typed, zone)
        except Invalid as invalid:
            return await _page(request, member, slug, 422, problems=invalid.problems, typed=typed)
        link = await make_link(slug, form, by=actor, secret=settings_of(request).secret_key)
        return Redirect(f"{_here(slug)}?done=made#link-{link}", status_code=303)

    @post("/{link_id:int}/revoke")
    async def revoke(self, actor: NamedDependency[Actor], slug: FromPath[str], link_id: FromPath[int]) -> Redirect:
        await revoke_link(slug, link_id, by=actor)
        return Redirect(f"{_here(slug)}?done=revoked", status_code=303)


async def _page(
    request: AnyRequest,
    member: SignedIn,
    slug: str,
    status_code: int = 200,
    *,
    problems: Sequence[Problem] = (),
    typed: Mapping[str, str] | None = None,
) -> Response[str]:
    event, settings, now = await get_own_event(slug, member.organisation.id), settings_of(request), utc_now()
    links = [(link, link.state(now)) for link in await list_links(event.id)]
    return workspace_page(
        request,
        member,
        "reports/early_links.html",
        status_code,
        event=event,
        links=sorted(links, key=lambda pair: pair[1] is not State.WORKS),
        urls={
            link.id: f"{settings.base_url}/early/{token_of_link(settings.secret_key, link.id)}"
            for link, state in links
            if state is State.WORKS
        },
        problems=problems,
        typed=typed or dict.fromkeys(FIELDS, ""),
        done=request.query_params.get("done", ""),
    )


def _here(slug: str) -> str:
    return f"/organise/events/{slug}/early-links"
