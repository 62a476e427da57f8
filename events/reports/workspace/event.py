from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect

from events.accounts import queries as accounts
from events.accounts.actions.bursts import find_alarm
from events.accounts.guards import actor, may, member, signed_in
from events.accounts.rules import Actor, SignedIn
from events.accounts.workspace import workspace_page
from events.activity import queries as activity
from events.kernel.clock import utc_now
from events.kernel.errors import Conflict, DomainError, Invalid, Problem
from events.programme import queries
from events.programme.actions import publish_event
from events.programme.pages import event_page
from events.programme.queries.clashes import list_clashes, list_meanwhile, list_reasons
from events.programme.queries.lists import list_parts
from events.programme.rules import EventFacts, Mode, Status, missing_languages
from events.programme.rules.publishing import check_can_publish
from events.questions.actions import copy_event
from events.registration.abuse.rules import SIGN_UP
from events.registration.actions.telling import list_news
from events.registration.actions.withdrawing import delete_event, unpublish_event
from events.registration.queries.changes import find_change
from events.registration.queries.counts import count_by_standing, count_checked_in
from events.registration.rules import OVER, Standing
from events.reports.workspace.answers import choices_counted
from events.reports.workspace.beside import beside_fields
from events.reports.workspace.typed import LANGUAGES
from events.web.errors import status_of
from events.web.locale import language_of_request
from events.web.requests import AnyRequest
from events.web.security import settings_of

_TRANSLATED = ("title", "summary", "description", "theme", "admission")


class EventPages(Controller):
    """One event: how it stands, and what may be done with it as a whole."""

    path = "/organise/events/{slug:str}"
    guards = [signed_in]
    dependencies = {"member": Provide(member), "actor": Provide(actor)}
    include_in_schema = False

    @get("/")
    async def show(self, request: AnyRequest, member: NamedDependency[SignedIn], slug: FromPath[str]) -> Response[str]:
        return await _page(request, member, await queries.get_own_event(slug, member.organisation.id))

    @get("/preview")
    async def preview(
        self, request: AnyRequest, member: NamedDependency[SignedIn], slug: FromPath[str]
    ) -> Response[str]:
        """The page as everybody will see it."""
        event = await queries.get_own_event(slug, member.organisation.id)
        answer = await event_page(request, event.slug, viewer=event.organisation)
        answer.headers["Cache-Control"] = "no-store"
        return answer

    @post("/publish", guards=[may("events:write")])
    async def publish(
        self,
        request: AnyRequest,
        member: NamedDependency[SignedIn],
        actor: NamedDependency[Actor],
        slug: FromPath[str],
    ) -> Response[Any]:
        try:
            await publish_event(slug, by=actor)
        except (Invalid, Conflict) as refused:
            return await _page(request, member, await queries.get_own_event(slug, actor.organisation), refused=refused)
        return Redirect(f"/organise/events/{slug}?done=published", status_code=303)

    @post("/copy", guards=[may("events:write")])
    async def copy(
        self,
        request: AnyRequest,
        member: NamedDependency[SignedIn],
        actor: NamedDependency[Actor],
        slug: FromPath[str],
    ) -> Response[Any]:
        try:
            copied = await copy_event(slug, by=actor, domain=settings_of(request).domain)
        except (Invalid, Conflict) as refused:
            return await _page(request, member, await queries.get_own_event(slug, actor.organisation), refused=refused)
        return Redirect(f"/organise/events/{copied.slug}/edit?done=copied", status_code=303)

    @post("/unpublish", guards=[may("events:write")])
    async def unpublish(
        self,
        request: AnyRequest,
        member: NamedDependency[SignedIn],
        actor: NamedDependency[Actor],
        slug: FromPath[str],
    ) -> Response[Any]:
        try:
            await unpublish_event(slug, by=actor)
        except Conflict as refused:
            return await _page(request, member, await queries.get_own_event(slug, actor.organisation), refused=refused)
        return Redirect(f"/organise/events/{slug}?done=unpublished", status_code=303)

    @post("/delete", guards=[may("events:write")])
    async def delete(
        self,
        request: AnyRequest,
        member: NamedDependency[SignedIn],
        actor: NamedDependency[Actor],
        slug: FromPath[str],
    ) -> Response[Any]:
        try:
            await delete_event(slug, by=actor)
        except Conflict as refused:
            return await _page(request, member, await queries.get_own_event(slug, actor.organisation), refused=refused)
        return Redirect("/organise/?done=deleted", status_code=303)


async def _page(
    request: AnyRequest, member: SignedIn, event: EventFacts, *, refused: DomainError | None = None
) -> Response[str]:
    counts = await count_by_standing(event.id)
    everybody = await count_by_standing(event.id, assistants=True)
    pending = await find_change(event.id)
    return workspace_page(
        request,
        member,
        "reports/event.html",
        status_of(refused) if refused else 200,
        event=event,
        choices=await choices_counted(language_of_request(request, member.member.language), event),
        parts=await list_parts(event.id, viewer=event.organisation),
        problems=_problems(refused),
        missing=await _missing(event),
        untranslated=_untranslated(event),
        rows=[(places, _by_standing(counts, places.mode)) for places in event.places],
        clashes=await list_clashes(event) if event.ends_at > utc_now() else (),
        meanwhile=await list_meanwhile(event) if event.ends_at > utc_now() else (),
        assisting=sum(everybody[key] - counts.get(key, 0) for key in everybody if key[1] not in OVER),
        checked_in=await count_checked_in(event.id),
        log=await activity.list_for_subject(f"event:{event.id}", organisation=event.organisation),
        reasons=await list_reasons(event.id),
        names=await accounts.list_names(event.organisation),
        pending=pending,
        attacked_until=await find_alarm(SIGN_UP, event.slug) if event.is_public else None,
        told=len(await list_news(event)) if pending else 0,
        minutes=max(1, ceil((pending.leaves_at - utc_now()).total_seconds() / 60)) if pending else 0,
        done=request.query_params.get("done", ""),
    )


def _problems(refused: DomainError | None) -> Sequence[Problem]:
    return beside_fields(refused.problems, {}) if refused else ()


async def _missing(event: EventFacts) -> Sequence[Problem]:
    """What keeps a draft from being published."""
    if event.status is not Status.DRAFT:
        return ()
    parent = await queries.get_event_by_id(event.part_of) if event.part_of else None
    try:
        check_can_publish(event, parent.status if parent else None)
    except Invalid as invalid:
        return invalid.problems
    return ()


def _untranslated(event: EventFacts) -> dict[str, list[str]]:
    """Language → texts that are written in another and not in it."""
    texts = {name: getattr(event, name) for name in _TRANSLATED}
    found: dict[str, list[str]] = {}
    for missing in missing_languages(texts, LANGUAGES):
        name, _, tag = missing.partition(".")
        found.setdefault(tag, []).append(name)
    return found


def _by_standing(counts: Mapping[tuple[Mode, Standing], int], mode: Mode) -> dict[str, int]:
    return {standing.value: counts.get((mode, standing), 0) for standing in Standing}
