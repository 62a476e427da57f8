"""Tags and notes of one person, and tags of many: what organisers put to registrations for themselves."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect

from events.accounts.guards import actor, may, member, signed_in
from events.accounts.rules import Actor, SignedIn
from events.accounts.workspace import workspace_page
from events.kernel.errors import Invalid
from events.programme.queries import get_own_event
from events.programme.rules import EventFacts
from events.registration.forms.remarks import NoteForm
from events.registration.queries.deciding import list_by_codes
from events.registration.remarks.actions import remove_note, set_tags, tag_chosen, write_note
from events.registration.remarks.queries import list_tags, suggest_tags
from events.registration.remarks.rules import MOST_TAGS, key_of, read_tags
from events.registration.rules import Ticket
from events.reports.workspace.answers import own
from events.reports.workspace.choosing import Sent, address_of, chosen_on_page, codes_in, filters_of, list_chosen
from events.reports.workspace.people import person_page
from events.web.errors import status_of
from events.web.posted import parse
from events.web.requests import AnyRequest


class RemarkPages(Controller):
    """Of one person; the page itself is that of `people`."""

    path = "/organise/events/{slug:str}/registrations/{code:str}"
    guards = [signed_in, may("registrations:write")]
    dependencies = {"member": Provide(member), "actor": Provide(actor)}
    include_in_schema = False

    @post("/tags")
    async def tag(
        self,
        request: AnyRequest,
        member: NamedDependency[SignedIn],
        actor: NamedDependency[Actor],
        slug: FromPath[str],
        code: FromPath[str],
    ) -> Response[Any]:
        event, ticket = await own(slug, code, actor.organisation)
        posted = await request.form()
        ticked, more = [str(tag) for tag in posted.getall("tag", [])], str(posted.get("tags", ""))
        try:
            await set_tags(ticket.code, [*ticked, more], by=actor)
        except Invalid as refused:
            typed = {"tags": more, "ticked": ticked}
            return await person_page(request, member, event, ticket, refused=refused, typed=typed)
        return Redirect(f"{_here(slug, ticket)}?done=tags", status_code=303)

    @post("/notes")
    async def note(
        self,
        request: AnyRequest,
        member: NamedDependency[SignedIn],
        actor: NamedDependency[Actor],
        slug: FromPath[str],
        code: FromPath[str],
    ) -> Response[Any]:
        event, ticket = await own(slug, code, actor.organisation)
        text = str((await request.form()).get("note", ""))
        try:
            await write_note(ticket.code, parse(NoteForm, {"note": text}).note, by=actor)
        except Invalid as refused:
            return await person_page(request, member, event, ticket, refused=refused, typed={"note": text})
        return Redirect(f"{_here(slug, ticket)}?done=note#notes", status_code=303)

    @post("/notes/{note_id:int}/remove")
    async def remove_note(
        self, actor: NamedDependency[Actor], slug: FromPath[str], code: FromPath[str], note_id: FromPath[int]
    ) -> Redirect:
        _, ticket = await own(slug, code, actor.organisation)
        await remove_note(ticket.code, note_id, by=actor)
        return Redirect(f"{_here(slug, ticket)}?done=note_removed#notes", status_code=303)


class TaggingPages(Controller):
    """Tags of those who are chosen on the list."""

    path = "/organise/events/{slug:str}/tags"
    guards = [signed_in, may("registrations:write")]
    dependencies = {"member": Provide(member), "actor": Provide(actor)}
    include_in_schema = False

    @get()
    async def show(self, request: AnyRequest, member: NamedDependency[SignedIn], slug: FromPath[str]) -> Response[str]:
        event, asked = await get_own_event(slug, member.organisation.id), request.query_params
        chosen, nobody = await list_chosen(asked, event)
        return await _page(request, member, event, asked, chosen, refused=nobody)

    @post()
    async def save(
        self,
        request: AnyRequest,
        member: NamedDependency[SignedIn],
        actor: NamedDependency[Actor],
        slug: FromPath[str],
    ) -> Response[Any]:
        event, posted = await get_own_event(slug, actor.organisation), await request.form()
        codes = codes_in(posted)
        try:
            add = read_tags([*_texts(posted, "add"), str(posted.get("tags", ""))])
            done = await tag_chosen(slug, codes, add=add, remove=_texts(posted, "remove"), by=actor)
        except Invalid as refused:
            return await _page(request, member, event, posted, await list_by_codes(event.id, codes), refused=refused)
        numbers = {"changed": str(done.changed), "full": str(done.full) if done.full else None}
        return Redirect(address_of(slug, filters_of(posted), done="tagged", **numbers), status_code=303)


async def _page(
    request: AnyRequest,
    member: SignedIn,
    event: EventFacts,
    asked: Sent,
    chosen: Sequence[Ticket],
    *,
    refused: Invalid | None = None,
) -> Response[str]:
    tags = await list_tags([ticket.id for ticket in chosen])
    spelled = {key_of(tag): tag for found in tags.values() for tag in found}
    counts = Counter(key_of(tag) for found in tags.values() for tag in found)
    return workspace_page(
        request,
        member,
        "reports/tags.html",
        status_of(refused) if refused else 200,
        **chosen_on_page(event, asked, chosen),
        chosen=chosen,
        suggested=await suggest_tags(event.id, event.organisation),
        had=[(spelled[key], number) for key, number in sorted(counts.items())],
        typed={"add": _texts(asked, "add"), "remove": _texts(asked, "remove"), "tags": str(asked.get("tags", ""))},
        most=MOST_TAGS,
        problems=refused.problems if refused else (),
    )


def _texts(sent: Sent, name: str) -> list[str]:
    return [str(value) for value in sent.getall(name, [])]


def _here(slug: str, ticket: Ticket) -> str:
    return f"/organise/events/{slug}/registrations/{ticket.code}"
