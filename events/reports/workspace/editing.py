from collections.abc import Sequence
from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect

from events.accounts.guards import actor, may, member, signed_in
from events.accounts.rules import Actor, SignedIn
from events.accounts.workspace import workspace_page
from events.kernel.errors import Conflict, DomainError, Invalid, Outdated, Problem
from events.kernel.spans import picker_zones
from events.programme import queries
from events.programme.actions import create_event
from events.programme.documents import document_of
from events.programme.forms import read_event
from events.programme.plans import PlannedSession
from events.programme.queries.contents import list_speaker_names
from events.programme.queries.lists import list_own
from events.programme.queries.series import list_series
from events.programme.rules import EventBrief, EventFacts, Kind, Status
from events.programme.rules.clashes import Clashing
from events.registration.actions.moving import change_event
from events.registration.actions.series import Scope, change_series, changed_along
from events.reports.workspace.beside import beside_fields, times_told_twice
from events.reports.workspace.document import document_in, patch_to
from events.reports.workspace.moves import Act, preview, telling_of
from events.reports.workspace.typed import (
    Document,
    Typed,
    acceptance_in,
    languages_of,
    prefilled,
    revision_in,
    typed_in,
    typed_of,
)
from events.web.errors import status_of
from events.web.requests import AnyRequest
from events.web.security import settings_of

EMPTY: Document = {
    "kind": Kind.SIDE_EVENT.value,
    "modes": {"in_person": {"overbooking": 0}},
    "join_opens_minutes": 30,
    "hold_hours": 24,
    "promotion_stops_minutes": 60,
    "switch_stops_minutes": 0,
    "ask_affiliation": "off",
    "access_days": 7,
    "waiting_list": True,
}
_MOST_RECENT = 8


class EditingPages(Controller):
    """Making an event and changing it: one form, read as the API reads its JSON."""

    path = "/organise/events"
    guards = [signed_in, may("events:write")]
    dependencies = {"member": Provide(member), "actor": Provide(actor)}
    include_in_schema = False

    @get("/new")
    async def show_new(self, request: AnyRequest, member: NamedDependency[SignedIn]) -> Response[str]:
        own = await list_own(member.organisation.id)
        typed = typed_of(EMPTY) | {"starts.zone": next(iter(_recent_zones(own)), "")}
        return await event_form(request, member, own, typed | prefilled(request.query_params))

    @post("/new")
    async def create(
        self, request: AnyRequest, member: NamedDependency[SignedIn], actor: NamedDependency[Actor]
    ) -> Response[Any]:
        typed = typed_in((await request.form()).multi_items())
        try:
            draft = read_event(document_in(typed, {}))
            domain, acceptance = settings_of(request).domain, acceptance_in(typed)
            event = await create_event(draft, by=actor, domain=domain, acceptance=acceptance)
        except (Invalid, Conflict) as refused:
            return await event_form(request, member, await list_own(actor.organisation), typed, refused=refused)
        return Redirect(f"/organise/events/{event.slug}?done=created", status_code=303)

    @get("/{slug:str}/edit")
    async def show_edit(
        self, request: AnyRequest, member: NamedDependency[SignedIn], slug: FromPath[str]
    ) -> Response[str]:
        event = await queries.get_own_event(slug, member.organisation.id)
        typed = typed_of(document_of(event)) | {"revision": str(event.revision)}
        return await event_form(request, member, await list_own(member.organisation.id), typed, event=event)

    @post("/{slug:str}/edit")
    async def change(
        self,
        request: AnyRequest,
        member: NamedDependency[SignedIn],
        actor: NamedDependency[Actor],
        slug: FromPath[str],
    ) -> Response[Any]:
        event = await queries.get_own_event(slug, actor.organisation)
        typed = typed_in((await request.form()).multi_items())
        before = document_of(event)
        patch = patch_to(before, document_in(typed, before))
        if "back" in typed:
            own = await list_own(actor.organisation)
            return await event_form(request, member, own, typed, event=event)
        try:
            given = {"by": actor, "revision": revision_in(typed), "acceptance": acceptance_in(typed), "patch": patch}
            scope = next((one for one in Scope if one.value == typed.get("series_scope") and event.series), None)
            change = Act(change_series, slug, given | {"scope": scope}) if scope else Act(change_event, slug, given)
            if patch and "confirmed" not in typed:
                after, news = await change.tried()
                if news:
                    return await preview(request, member, event, typed, after, news)
            done = await change.done(telling_of(typed)) if patch else event
            changed = done[0] if isinstance(done, tuple) else done
        except (Invalid, Conflict, Outdated) as refused:
            own = await list_own(actor.organisation)
            return await event_form(request, member, own, typed, event=event, refused=refused, differing=list(patch))
        return Redirect(f"/organise/events/{changed.slug}?done=changed", status_code=303)


async def event_form(
    request: AnyRequest,
    member: SignedIn,
    own: Sequence[EventBrief],
    typed: dict[str, str],
    *,
    event: EventFacts | None = None,
    refused: DomainError | None = None,
    differing: Sequence[str] = (),
    planned: PlannedSession | None = None,
) -> Response[str]:
    """`planned`: the form is about what a session becomes with the next version of its programme."""
    outdated = isinstance(refused, Outdated)
    clashing = refused if isinstance(refused, Clashing) else None
    if outdated and event:  # sent once more, it is meant for what is saved now
        typed["revision"] = str(event.revision)
    recent = _recent_zones(own)
    return workspace_page(
        request,
        member,
        "reports/event_form.html",
        status_of(refused) if refused else 200,
        event=event,
        typed=typed,
        problems=[] if outdated or clashing or refused is None else beside_fields(_problems(refused), typed),
        clashing=clashing,
        dates=await _dates(None if planned else event),
        differing=differing if outdated else None,
        done=request.query_params.get("done", ""),
        planned=planned,
        content_languages=languages_of(typed),
        people=await list_speaker_names(member.organisation.id),
        whole=await queries.find_own_event(typed.get("part_of", ""), member.organisation.id),
        conferences=[one for one in own if _can_hold(one, event, typed)],
        recent_zones=recent,
        zones=[zone for zone in picker_zones() if zone not in recent],
        told_twice={} if typed.get("all_day") else times_told_twice(typed),
    )


async def _dates(event: EventFacts | None) -> dict[str, int]:
    """How many other dates of the series may be changed along, by the scope."""
    if event is None or event.series is None:
        return {}
    dates = await list_series(event.series)
    return {scope.value: len(changed_along(event, dates, scope)) for scope in Scope}


def _problems(refused: DomainError) -> Sequence[Problem]:
    if isinstance(refused, Invalid):
        return refused.problems
    return [Problem("slug" if refused.kind == "slug-taken" else "", refused.message, refused.params)]


def _can_hold(conference: EventBrief, event: EventFacts | None, typed: Typed) -> bool:
    """Whether the event may be part of it: of conferences that go on, and of what it is part of already."""
    if event and conference.id == event.id:
        return False
    chosen = conference.slug == typed.get("part_of")
    return chosen or (conference.kind is Kind.CONFERENCE and conference.status is not Status.CANCELLED)


def _recent_zones(own: Sequence[EventBrief]) -> list[str]:
    """The zones of the organisation's latest events: what is chosen most."""
    return list(dict.fromkeys(zone for event in own for zone in (event.span.starts.zone, event.span.ends.zone)))[
        :_MOST_RECENT
    ]
