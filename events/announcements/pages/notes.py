"""What organisers add to the mails that say how a registration stands, and how such a mail looks then."""

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
from events.announcements.forms import KINDS_WITH_NOTES, read_notes
from events.announcements.mails import mail_of_kind
from events.announcements.pages.showing import PREVIEW, SHOWN_AS, shown_as
from events.announcements.pages.typed import Typed, notes_in, typed_in
from events.announcements.rules import REACHABLE, Audience
from events.announcements.texts import PLACEHOLDERS
from events.kernel.errors import Invalid
from events.programme.queries import get_own_event
from events.programme.rules import EventFacts
from events.web.errors import status_of
from events.web.locale import LANGUAGES, nearest_language
from events.web.requests import AnyRequest
from events.web.security import WITH_OWN_FRAMES, settings_of

EVERYBODY = Audience(standings=REACHABLE)


class NotesPages(Controller):
    path = "/organise/events/{slug:str}/messages/mails"
    guards = [signed_in, may("registrations:write")]
    dependencies = {"member": Provide(member), "actor": Provide(actor)}
    include_in_schema = False

    @get()
    async def show(self, request: AnyRequest, member: NamedDependency[SignedIn], slug: FromPath[str]) -> Response[str]:
        event = await get_own_event(slug, member.organisation.id)
        notes = await queries.list_notes(event.id)
        typed = {f"notes.{kind}.{tag}": words for kind, text in notes.items() for tag, words in text.items()}
        return await _form(request, member, event, typed)

    @post()
    async def change(
        self,
        request: AnyRequest,
        member: NamedDependency[SignedIn],
        actor: NamedDependency[Actor],
        slug: FromPath[str],
    ) -> Response[Any]:
        event = await get_own_event(slug, actor.organisation)
        typed = typed_in((await request.form()).multi_items())
        try:
            await writing.set_notes(slug, read_notes(notes_in(typed)), by=actor)
        except Invalid as refused:
            return await _form(request, member, event, typed, refused=refused)
        return Redirect(f"/organise/events/{slug}/messages/mails?done=saved", status_code=303)

    @get("/preview")
    async def preview(
        self, request: AnyRequest, member: NamedDependency[SignedIn], slug: FromPath[str]
    ) -> Response[str]:
        event = await get_own_event(slug, member.organisation.id)
        ticket = await shown_as(request, member, event, EVERYBODY)
        shown = await mail_of_kind(settings_of(request), event, ticket, _kind(request.query_params.get("kind", "")))
        return Response(shown.html, media_type="text/html", headers=PREVIEW)

    @post("/test")
    async def send_test(
        self,
        request: AnyRequest,
        member: NamedDependency[SignedIn],
        actor: NamedDependency[Actor],
        slug: FromPath[str],
    ) -> Redirect:
        event = await get_own_event(slug, actor.organisation)
        ticket, kind = await shown_as(request, member, event, EVERYBODY), _kind(str((await request.form()).get("kind")))
        to, who = member.member.email, ticket.id or None
        await writing.send_notes_test(slug, kind, to=to, registration=who, language=ticket.language, by=actor)
        shown = f"kind={kind}&as={ticket.code or ticket.language}"
        return Redirect(f"/organise/events/{slug}/messages/mails?done=test&{shown}", status_code=303)


def _kind(asked: str) -> str:
    return asked if asked in KINDS_WITH_NOTES else "confirmed"


async def _form(
    request: AnyRequest, member: SignedIn, event: EventFacts, typed: Typed, *, refused: Invalid | None = None
) -> Response[str]:
    settings, kind = settings_of(request), _kind(request.query_params.get("kind", ""))
    ticket = await shown_as(request, member, event, EVERYBODY)
    answer = workspace_page(
        request,
        member,
        "announcements/mails.html",
        status_of(refused) if refused else 200,
        event=event,
        typed=typed,
        kinds=KINDS_WITH_NOTES,
        placeholders=PLACEHOLDERS,
        problems=refused.problems if refused else (),
        content_languages=list(LANGUAGES),
        kind=kind,
        people=await queries.list_audience(event.id, EVERYBODY, SHOWN_AS),
        shown_as=ticket,
        mail=await mail_of_kind(settings, event, ticket, kind),
        mail_language=nearest_language(ticket.language, settings.env),
        languages_shown=LANGUAGES,
        done=request.query_params.get("done", ""),
    )
    answer.headers["Content-Security-Policy"] = WITH_OWN_FRAMES
    return answer
