"""An event's messages in the workspace: what is planned, what went to whom, and what became of it."""

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
from events.announcements.defaults import suggestions_for
from events.announcements.groups import answers_of
from events.announcements.mails import get_frame, mail, subject_shown
from events.announcements.pages.showing import PREVIEW, SHOWN_AS, shown_as
from events.announcements.queries.outcomes import count_outcomes, list_troubles
from events.announcements.rules import AnnouncementFacts, AnnouncementNotFound
from events.kernel.clock import utc_now
from events.kernel.errors import Conflict
from events.programme.queries import get_own_event
from events.web.errors import status_of
from events.web.locale import LANGUAGES, language_of_request, nearest_language
from events.web.paging import cursor_of, place_of
from events.web.requests import AnyRequest
from events.web.security import WITH_OWN_FRAMES, settings_of

PAGE = 100
_VERBS = {
    "plan": writing.plan,
    "unplan": writing.unplan,
    "send": writing.send_now,
    "pause": writing.pause,
    "resume": writing.resume,
}


class MessagesPages(Controller):
    path = "/organise/events/{slug:str}/messages"
    guards = [signed_in, may("registrations:read")]
    dependencies = {"member": Provide(member), "actor": Provide(actor)}
    include_in_schema = False

    @get()
    async def show_all(
        self, request: AnyRequest, member: NamedDependency[SignedIn], slug: FromPath[str]
    ) -> Response[str]:
        event = await get_own_event(slug, member.organisation.id)
        messages = await queries.list_of_event(event.id)
        now = utc_now()
        return workspace_page(
            request,
            member,
            "announcements/messages.html",
            event=event,
            messages=messages,
            groups={one.id: await queries.count_audience(event.id, one.audience) for one in messages},
            outcomes=await count_outcomes(event.id),
            paused=await queries.is_paused(event.id),
            suggestions=suggestions_for(event, now),
            subject_shown=subject_shown,
            answers=await answers_of(event, language_of_request(request, member.member.language)),
            done=request.query_params.get("done", ""),
        )

    @post("/{verb:str}", guards=[may("registrations:write")])
    async def act_on_all(self, actor: NamedDependency[Actor], slug: FromPath[str], verb: FromPath[str]) -> Redirect:
        await get_own_event(slug, actor.organisation)
        if verb not in {"pause", "resume"}:
            raise AnnouncementNotFound
        await (writing.pause_all if verb == "pause" else writing.resume_all)(slug, by=actor)
        return Redirect(f"{_here(slug)}?done={verb}", status_code=303)

    @get("/{announcement:int}")
    async def show(
        self,
        request: AnyRequest,
        member: NamedDependency[SignedIn],
        slug: FromPath[str],
        announcement: FromPath[int],
    ) -> Response[str]:
        found = await queries.get_own(announcement, slug, member.organisation.id)
        return await _page(request, member, found)

    @get("/{announcement:int}/preview")
    async def preview(
        self,
        request: AnyRequest,
        member: NamedDependency[SignedIn],
        slug: FromPath[str],
        announcement: FromPath[int],
    ) -> Response[str]:
        """The mail as its reader's program shows it: it can do nothing but be read."""
        found = await queries.get_own(announcement, slug, member.organisation.id)
        frame = await get_frame(found.id)
        ticket = await shown_as(request, member, frame.event, frame.announcement.audience)
        html = mail(settings_of(request), frame, ticket, to=ticket.email, test=True).html
        return Response(html, media_type="text/html", headers=PREVIEW)

    @post("/{announcement:int}/{verb:str}", guards=[may("registrations:write")])
    async def act(
        self,
        request: AnyRequest,
        member: NamedDependency[SignedIn],
        actor: NamedDependency[Actor],
        slug: FromPath[str],
        announcement: FromPath[int],
        verb: FromPath[str],
    ) -> Response[Any]:
        found = await queries.get_own(announcement, slug, actor.organisation)
        here, done = f"{_here(slug)}/{found.id}", verb
        try:
            if verb in _VERBS:
                await _VERBS[verb](found.id, slug, by=actor)
            elif verb == "copy":
                copied = await writing.copy(found.id, slug, by=actor)
                here = f"{_here(slug)}/{copied}/edit"
            elif verb == "discard":
                await writing.discard(found.id, slug, by=actor)
                here = _here(slug)
            elif verb == "test":
                await _send_test(request, member, actor, slug, found)
            else:
                raise AnnouncementNotFound
        except Conflict as refused:
            return await _page(request, member, found, refused=refused)
        return Redirect(f"{here}?done={done}", status_code=303)


async def _send_test(request: AnyRequest, member: SignedIn, actor: Actor, slug: str, found: AnnouncementFacts) -> None:
    frame = await get_frame(found.id)
    ticket = await shown_as(request, member, frame.event, found.audience)
    to = member.member.email
    await writing.send_test(found.id, slug, to=to, registration=ticket.id or None, language=ticket.language, by=actor)


async def _page(
    request: AnyRequest, member: SignedIn, found: AnnouncementFacts, *, refused: Conflict | None = None
) -> Response[str]:
    frame = await get_frame(found.id)
    event, settings = frame.event, settings_of(request)
    ticket = await shown_as(request, member, frame.event, frame.announcement.audience)
    outcomes = await count_outcomes(event.id)
    place = place_of(request.query_params.get("cursor"))
    troubles = await list_troubles(found.id, after=place[1] if place else 0, limit=PAGE + 1)
    answer = workspace_page(
        request,
        member,
        "announcements/message.html",
        status_of(refused) if refused else 200,
        event=event,
        message=found,
        subject_shown=subject_shown,
        answers=await answers_of(event, language_of_request(request, member.member.language)),
        group=await queries.count_audience(event.id, found.audience),
        people=await queries.list_audience(event.id, found.audience, SHOWN_AS),
        shown_as=ticket,
        mail=mail(settings, frame, ticket, to=ticket.email, test=True),
        mail_language=nearest_language(ticket.language, settings.env),
        languages_shown=LANGUAGES,
        outcomes=outcomes.get(found.id, {}),
        troubles=troubles[:PAGE],
        first=bool(place),
        more=cursor_of((troubles[PAGE - 1].queued_at, troubles[PAGE - 1].id)) if len(troubles) > PAGE else None,
        event_paused=await queries.is_paused(event.id),
        problems=refused.problems if refused else (),
        done=request.query_params.get("done", ""),
    )
    answer.headers["Content-Security-Policy"] = WITH_OWN_FRAMES
    return answer


def _here(slug: str) -> str:
    return f"/organise/events/{slug}/messages"
