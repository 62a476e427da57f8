"""What is kept of whom until when, what was erased, and what numbers stay."""

from collections.abc import Mapping, Sequence
from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect

from events.accounts.guards import actor, may, member, owner, signed_in
from events.accounts.queries import list_names
from events.accounts.rules import Actor, SignedIn
from events.accounts.workspace import kept_for, workspace_page
from events.activity.actions import LOOKS_KEPT
from events.activity.queries import Look, list_looks
from events.kernel.clock import utc_now
from events.kernel.errors import Invalid, Problem
from events.programme.queries import get_event_by_id, get_own_event
from events.programme.rules import EventFacts
from events.registration.queries import list_codes
from events.registration.queries.held import kept_until
from events.registration.retention.actions import change_promise
from events.registration.retention.forms import PromiseForm
from events.registration.retention.queries import get_statistics, list_erased, list_kept, list_kept_of
from events.reports.workspace.typed import LANGUAGES
from events.web.locale import countries, language_of_request
from events.web.posted import parse
from events.web.requests import AnyRequest

HERE = "/organise/privacy"
PAGE = 100
_DIGITS = 10  # fewer than would not fit the key


class PrivacyPages(Controller):
    """Of all events: what is erased when, and what was."""

    path = HERE
    guards = [signed_in, may("events:write")]
    dependencies = {"member": Provide(member)}
    include_in_schema = False

    @get()
    async def show(self, request: AnyRequest, member: NamedDependency[SignedIn]) -> Response[str]:
        return workspace_page(
            request,
            member,
            "reports/privacy.html",
            kept=await list_kept(member.organisation.id),
            erased=await list_erased(member.organisation.id),
            now=utc_now(),
        )


class LooksPages(Controller):
    """Who read what is kept apart, for owners."""

    path = f"{HERE}/looks"
    guards = [signed_in, owner]
    dependencies = {"member": Provide(member)}
    include_in_schema = False

    @get()
    async def show(self, request: AnyRequest, member: NamedDependency[SignedIn]) -> Response[str]:
        slug, cursor = request.query_params.get("event", ""), request.query_params.get("before", "")
        ours = member.organisation.id
        event = await get_own_event(slug, ours) if slug else None
        before = int(cursor) if cursor.isascii() and cursor.isdecimal() and len(cursor) < _DIGITS else None
        looks = await list_looks(ours, subject=f"event:{event.id}" if event else None, before=before, limit=PAGE + 1)
        shown = looks[:PAGE]
        events = {one: await get_event_by_id(one) for one in {_event_of(look) for look in shown}}
        return workspace_page(
            request,
            member,
            "reports/looks.html",
            event=event,
            looks=[(look, events[_event_of(look)]) for look in shown],
            codes=await list_codes([look.registration for look in shown if look.registration]),
            names=await list_names(ours),
            more=shown[-1].id if len(looks) > PAGE else None,
            kept_days=LOOKS_KEPT.days,
        )


def _event_of(look: Look) -> int:
    return int(look.subject.partition(":")[2])


class EventPrivacyPages(Controller):
    """One event's promise to who registers; owners change it."""

    path = "/organise/events/{slug:str}/privacy"
    guards = [signed_in, may("events:write")]
    dependencies = {"member": Provide(member), "actor": Provide(actor)}
    include_in_schema = False

    @get()
    async def show(self, request: AnyRequest, member: NamedDependency[SignedIn], slug: FromPath[str]) -> Response[str]:
        event = await get_own_event(slug, member.organisation.id)
        return await _page(request, member, event, _typed(event))

    @post(guards=[owner])
    async def change(
        self,
        request: AnyRequest,
        member: NamedDependency[SignedIn],
        actor: NamedDependency[Actor],
        slug: FromPath[str],
    ) -> Response[Any]:
        event = await get_own_event(slug, actor.organisation)
        typed = {name: str(value) for name, value in (await request.form()).multi_items()}
        try:
            form = parse(PromiseForm, _document(typed, event))
            await change_promise(slug, form, kept_for=kept_for(request), by=actor)
        except Invalid as invalid:
            return await _page(request, member, event, typed, invalid.problems)
        return Redirect(f"/organise/events/{slug}/privacy?done=changed", status_code=303)


def _typed(event: EventFacts) -> dict[str, str]:
    days = "" if event.retention_days is None else str(event.retention_days)
    return {"retention_days": days, **{f"purpose.{tag}": text for tag, text in event.purpose.items()}}


def _document(typed: Mapping[str, str], event: EventFacts) -> dict[str, Any]:
    """In the languages of the form; what is written in others stays."""
    days = typed.get("retention_days", "").strip()
    purpose = {tag: text for tag, text in event.purpose.items() if f"purpose.{tag}" not in typed}
    purpose |= {tag: text for tag in LANGUAGES if (text := typed.get(f"purpose.{tag}", "")).strip()}
    number = int(days) if days.isascii() and days.isdecimal() else days or None
    return {"retention_days": number, "purpose": purpose}


async def _page(
    request: AnyRequest, member: SignedIn, event: EventFacts, typed: Mapping[str, str], problems: Sequence[Problem] = ()
) -> Response[str]:
    return workspace_page(
        request,
        member,
        "reports/event_privacy.html",
        422 if problems else 200,
        event=event,
        kept=await list_kept_of(event.id),
        kept_until=kept_until(event, member.organisation),
        statistics=await get_statistics(event.id),
        country_names=dict(countries(language_of_request(request, member.member.language))),
        content_languages=LANGUAGES,
        allowed=kept_for(request),
        typed=typed,
        problems=problems,
        done=request.query_params.get("done", ""),
    )
