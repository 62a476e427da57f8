from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect

from events.accounts.guards import actor, may, member, signed_in
from events.accounts.rules import Actor, SignedIn
from events.accounts.workspace import workspace_page
from events.announcements import queries
from events.announcements.actions import writing
from events.announcements.defaults import SUGGESTIONS, draft_of
from events.announcements.forms import read_draft
from events.announcements.groups import answers_of, narrowing
from events.announcements.pages.typed import (
    Typed,
    document_in,
    languages_of,
    told_twice,
    typed_in,
    typed_of,
)
from events.announcements.rules import AlreadyStarted, Anchor, AnnouncementFacts, Audience, Draft, Timing
from events.announcements.texts import PLACEHOLDERS
from events.kernel.errors import Conflict, DomainError, Invalid
from events.programme.queries import get_own_event
from events.programme.rules import EventFacts
from events.registration.remarks.queries import count_tags
from events.web.errors import status_of
from events.web.locale import language_of_request
from events.web.requests import AnyRequest

EMPTY = Draft(subject={}, body={}, timing=Timing(anchor=Anchor.NOW), audience=Audience())


class WritingPages(Controller):
    """Writing an announcement, and changing it until it goes out."""

    path = "/organise/events/{slug:str}/messages"
    guards = [signed_in, may("registrations:write")]
    dependencies = {"member": Provide(member), "actor": Provide(actor)}
    include_in_schema = False

    @get("/new")
    async def show_new(
        self, request: AnyRequest, member: NamedDependency[SignedIn], slug: FromPath[str]
    ) -> Response[str]:
        event = await get_own_event(slug, member.organisation.id)
        like = SUGGESTIONS.get(request.query_params.get("like", ""))
        return await _form(request, member, event, typed_of(draft_of(like) if like else EMPTY))

    @post("/new")
    async def create(
        self,
        request: AnyRequest,
        member: NamedDependency[SignedIn],
        actor: NamedDependency[Actor],
        slug: FromPath[str],
    ) -> Response[Any]:
        event = await get_own_event(slug, actor.organisation)
        typed = typed_in((await request.form()).multi_items())
        try:
            made = await writing.create(slug, await _draft(event, typed), by=actor)
        except Invalid as refused:
            return await _form(request, member, event, typed, refused=refused)
        return Redirect(f"/organise/events/{slug}/messages/{made}?done=saved", status_code=303)

    @get("/{announcement:int}/edit")
    async def show_edit(
        self,
        request: AnyRequest,
        member: NamedDependency[SignedIn],
        slug: FromPath[str],
        announcement: FromPath[int],
    ) -> Response[Any]:
        event = await get_own_event(slug, member.organisation.id)
        found = await queries.get_own(announcement, slug, member.organisation.id)
        if not found.is_editable:
            raise AlreadyStarted
        return await _form(request, member, event, typed_of(found), message=found)

    @post("/{announcement:int}/edit")
    async def change(
        self,
        request: AnyRequest,
        member: NamedDependency[SignedIn],
        actor: NamedDependency[Actor],
        slug: FromPath[str],
        announcement: FromPath[int],
    ) -> Response[Any]:
        event = await get_own_event(slug, actor.organisation)
        found = await queries.get_own(announcement, slug, actor.organisation)
        typed = typed_in((await request.form()).multi_items())
        try:
            await writing.change(found.id, slug, await _draft(event, typed), by=actor)
        except (Invalid, Conflict) as refused:
            return await _form(request, member, event, typed, message=found, refused=refused)
        return Redirect(f"/organise/events/{slug}/messages/{found.id}?done=saved", status_code=303)


async def _draft(event: EventFacts, typed: Typed) -> Draft:
    return read_draft(document_in(typed, event), event.span, await answers_of(event, "en"))


async def _form(
    request: AnyRequest,
    member: SignedIn,
    event: EventFacts,
    typed: dict[str, str],
    *,
    message: AnnouncementFacts | None = None,
    refused: DomainError | None = None,
) -> Response[str]:
    return workspace_page(
        request,
        member,
        "announcements/form.html",
        status_of(refused) if refused else 200,
        event=event,
        message=message,
        typed=typed,
        problems=refused.problems if refused else (),
        content_languages=languages_of(typed),
        tags=[one.tag for one in await count_tags(event.id)],
        placeholders=PLACEHOLDERS,
        told_twice=told_twice(typed, event.span.starts.zone) if typed.get("anchor") == "at" else {},
        done=request.query_params.get("done", ""),
        **await narrowing(event, language_of_request(request, member.member.language), typed.get("country", "")),
    )
