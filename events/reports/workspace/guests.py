from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect, Stream

from events.accounts.guards import actor, may, member, signed_in
from events.accounts.rules import Actor, SignedIn
from events.accounts.workspace import workspace_page
from events.kernel.clock import utc_now
from events.kernel.errors import Conflict, DomainError, Problem, TooMany
from events.kernel.spans import wall_time_at
from events.programme.queries import get_own_event
from events.programme.rules import EventFacts
from events.registration.guests import actions, queries
from events.registration.guests.rules import REMINDED_EVERY, GuestNotFound, State
from events.reports.guests import guests_answer
from events.web.errors import status_of
from events.web.paging import cursor_of, place_of
from events.web.requests import AnyRequest

PAGE = 100


class GuestPages(Controller):
    """Who was invited to an event, and what became of it."""

    path = "/organise/events/{slug:str}/guests"
    guards = [signed_in, may("registrations:read")]
    dependencies = {"member": Provide(member), "actor": Provide(actor)}
    include_in_schema = False

    @get()
    async def show(self, request: AnyRequest, member: NamedDependency[SignedIn], slug: FromPath[str]) -> Response[str]:
        return await _page(request, member, await get_own_event(slug, member.organisation.id))

    @post("/{verb:str}", guards=[may("registrations:write")])
    async def act_on_all(
        self,
        request: AnyRequest,
        member: NamedDependency[SignedIn],
        actor: NamedDependency[Actor],
        slug: FromPath[str],
        verb: FromPath[str],
    ) -> Response[Any]:
        event = await get_own_event(slug, actor.organisation)
        if verb not in {"remind", "withdraw"}:
            raise GuestNotFound
        try:
            number = await (actions.remind if verb == "remind" else actions.withdraw_all)(slug, by=actor)
        except Conflict as refused:
            return await _page(request, member, event, refused)
        return Redirect(f"/organise/events/{slug}/guests?done={verb}&number={number}", status_code=303)

    @post("/{code:str}/{verb:str}", guards=[may("registrations:write")])
    async def act(
        self,
        request: AnyRequest,
        member: NamedDependency[SignedIn],
        actor: NamedDependency[Actor],
        slug: FromPath[str],
        code: FromPath[str],
        verb: FromPath[str],
    ) -> Response[Any]:
        event = await get_own_event(slug, actor.organisation)
        try:
            if verb == "withdraw":
                await actions.withdraw(code, slug, by=actor)
            elif verb == "again":
                await actions.send_again(code, slug, by=actor)
            else:
                raise GuestNotFound
        except (Conflict, TooMany) as refused:
            return await _page(request, member, event, refused)
        return Redirect(f"/organise/events/{slug}/guests?done={verb}&number=1", status_code=303)


class GuestExportPages(Controller):
    """The list of those who were invited, to take along."""

    path = "/organise/events/{slug:str}"
    guards = [signed_in, may("registrations:read")]
    dependencies = {"actor": Provide(actor)}
    include_in_schema = False

    @get("/guests.csv")
    async def as_csv(self, slug: FromPath[str], actor: NamedDependency[Actor]) -> Stream:
        return await guests_answer(slug, actor)


async def _page(
    request: AnyRequest, member: SignedIn, event: EventFacts, refused: DomainError | None = None
) -> Response[str]:
    chosen = request.query_params.get("state", "")
    state = State(chosen) if chosen in set(State) else None
    place = place_of(request.query_params.get("cursor"))
    guests, following = await queries.list_guests(event.id, state, after=place[1] if place else 0, limit=PAGE)
    cursor = cursor_of((guests[-1].guest.invited_at, following)) if following else None
    now = utc_now()
    number = request.query_params.get("number", "")
    return workspace_page(
        request,
        member,
        "reports/guests.html",
        status_of(refused) if refused else 200,
        event=event,
        guests=guests,
        counts=await queries.count(event.id),
        state=state,
        states=list(State),
        first=bool(place),
        more=cursor,
        local=lambda at: wall_time_at(at, event.span.starts.zone).wall,
        to_remind=await queries.count_to_remind(event.id, now, now - REMINDED_EVERY),
        problems=[Problem("", refused.message, refused.params)] if refused else [],
        done=request.query_params.get("done", ""),
        number_done=int(number) if number.isascii() and number.isdecimal() and len(number) < 6 else 0,  # noqa: PLR2004 - digits
    )
