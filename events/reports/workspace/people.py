from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec.structs import replace

from events.accounts import queries as accounts
from events.accounts.guards import actor, may, member, signed_in
from events.accounts.rules import Actor, SignedIn
from events.accounts.workspace import workspace_page
from events.activity import queries as activity
from events.activity.queries import Entry
from events.announcements.mails import subject_shown
from events.announcements.queries import has_opted_out
from events.announcements.queries.outcomes import list_for_registration
from events.kernel.errors import Conflict, DomainError, Invalid, Problem
from events.kernel.ids import grouped
from events.kernel.spans import wall_time_at
from events.outbox.actions import send_again
from events.outbox.queries import list_for_subject
from events.programme.queries import get_own_event
from events.programme.rules import EventFacts
from events.registration import queries
from events.registration.actions.cancelling import cancel_registration
from events.registration.actions.deciding import answer_request
from events.registration.actions.looking import read_access_of
from events.registration.admission.actions import VERB
from events.registration.admission.queries import count_states
from events.registration.delegations.queries import count_missing, find_of
from events.registration.early.queries import find_link_of, list_links
from events.registration.forms import read_listed
from events.registration.forms.deciding import DecisionForm
from events.registration.guests.queries import find_of_registration
from events.registration.queries.counts import count_affiliations, count_by_standing
from events.registration.queries.deciding import list_request_answers
from events.registration.queries.held import find_answer, with_admission
from events.registration.queries.listing import count_listed, list_registrations
from events.registration.queries.people import find_visit, list_assistants
from events.registration.remarks.queries import count_tags, list_notes, list_tags, suggest_tags
from events.registration.remarks.rules import LONGEST_NOTE
from events.registration.rules import KINDS, Standing, Ticket, TicketNotFound
from events.registration.rules.deciding import LONGEST_REASON
from events.registration.rules.people import NOTHING_NEEDED
from events.reports.workspace.answers import answer_columns, answers_shown, own
from events.reports.workspace.choosing import address_of, filters_of, numbers_of
from events.web.errors import status_of
from events.web.locale import countries as countries_in
from events.web.locale import language_of_request
from events.web.paging import cursor_of, place_of
from events.web.posted import parse
from events.web.requests import AnyRequest

PAGE = 100


class PeoplePages(Controller):
    """Who is registered for an event, and what became of them."""

    path = "/organise/events/{slug:str}/registrations"
    guards = [signed_in]
    dependencies = {"member": Provide(member), "actor": Provide(actor)}
    include_in_schema = False

    @get("/")
    async def show_all(
        self, request: AnyRequest, member: NamedDependency[SignedIn], slug: FromPath[str]
    ) -> Response[str]:
        event = await get_own_event(slug, member.organisation.id)
        chosen = filters_of(request.query_params)
        where = read_listed(chosen)
        place = place_of(request.query_params.get("cursor"))
        tickets, following = await list_registrations(
            slug, event.organisation, where, limit=PAGE, after=place and place[1]
        )
        types, countries = await count_affiliations(event.id)
        cursor = cursor_of((tickets[-1].registered_at, following)) if following else None
        return workspace_page(
            request,
            member,
            "reports/registrations.html",
            event=event,
            tickets=tickets,
            chosen=chosen,
            narrowed=f"?{urlencode(chosen)}" if chosen else "",
            address=lambda **changes: address_of(slug, chosen, **changes),
            first=address_of(slug, chosen) if place else None,
            more=address_of(slug, chosen, cursor=cursor) if cursor else None,
            counts=await count_by_standing(event.id, assistants=True),
            total=await count_listed(event.id, where) if place or following else len(tickets),
            numbers=numbers_of(request.query_params),
            done=request.query_params.get("done", ""),
            **await answer_columns(request, member, event, tickets, chosen),
            admissions=await count_states(event.id) if event.admission_step else {},
            tags=await count_tags(event.id),
            links=await list_links(event.id),
            types=types,
            from_countries=countries,
            country_names=dict(countries_in(language_of_request(request, member.member.language))),
            local=lambda at: wall_time_at(at, event.span.starts.zone).wall,
        )

    @get("/{code:str}")
    async def show(
        self, request: AnyRequest, member: NamedDependency[SignedIn], slug: FromPath[str], code: FromPath[str]
    ) -> Response[str]:
        event, ticket = await own(slug, code, member.organisation.id)
        return await person_page(request, member, event, ticket)

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
        event, ticket = await own(slug, code, actor.organisation)
        field, done = f"reason_{verb}", verb
        reason = str((await request.form()).get(field, ""))
        try:
            if verb == "cancel":
                await cancel_registration(ticket.code, by=actor)
            elif verb in {"approve", "decline"}:
                form = parse(DecisionForm, {"reason": reason})
                answered = await answer_request(ticket.code, accept=verb == "approve", by=actor, reason=form.reason)
                done = "line" if answered.standing is Standing.WAITING else verb
            else:
                raise TicketNotFound
        except (Conflict, Invalid) as refused:
            return await person_page(request, member, event, ticket, refused=refused, typed={field: reason})
        return Redirect(f"{_here(slug)}/{ticket.code}?done={done}", status_code=303)

    @post("/{code:str}/messages/{message:int}/again", guards=[may("registrations:write")])
    async def send_again(
        self, actor: NamedDependency[Actor], slug: FromPath[str], code: FromPath[str], message: FromPath[int]
    ) -> Redirect:
        _, ticket = await own(slug, code, actor.organisation)
        if message not in {one.id for one in await list_for_subject(ticket.id, kinds=KINDS)}:
            raise TicketNotFound
        await send_again(message)
        return Redirect(f"{_here(slug)}/{ticket.code}?done=sent", status_code=303)


async def person_page(
    request: AnyRequest,
    member: SignedIn,
    event: EventFacts,
    ticket: Ticket,
    *,
    refused: DomainError | None = None,
    typed: Mapping[str, Any] | None = None,
) -> Response[str]:
    return workspace_page(
        request,
        member,
        "reports/registration.html",
        status_of(refused) if refused else 200,
        event=event,
        ticket=await with_admission(ticket, event),
        admission_said=await _admission_said(ticket, event),
        names=await accounts.list_names(event.organisation),
        code=grouped(ticket.code),
        early_link=await find_link_of(ticket.id),
        decisions=await list_request_answers(ticket.id),
        typed=typed or {},
        longest=LONGEST_REASON,
        **await _remarks(member, event, ticket),
        access=await read_access_of(ticket, by=member.actor) if member.may("registrations:write") else NOTHING_NEEDED,
        visit=await find_visit(ticket.id),
        invitation=await find_of_registration(ticket.id),
        assistants=await list_assistants(event.id, ticket.id),
        assisted=await queries.get_by_id(ticket.assists) if ticket.assists else None,
        delegation=await find_of(ticket.id),
        missing=(await count_missing(event, [ticket])).get(ticket.id, 0),
        messages=await list_for_subject(ticket.id, kinds=KINDS),
        announced=await list_for_registration(ticket.id),
        opted_out=await has_opted_out(ticket.id),
        subject_shown=subject_shown,
        answered=await find_answer(ticket.id),
        **await answers_shown(request, member, event, ticket),
        problems=_problems(refused, typed or {}),
        done=request.query_params.get("done", ""),
    )


async def _admission_said(ticket: Ticket, event: EventFacts) -> list[Entry]:
    """Who said when how they stand with the house, latest first."""
    if event.admission_step is None:
        return []
    done = await activity.list_for_subject(f"registration:{ticket.id}", organisation=event.organisation)
    return [one for one in done if one.verb == VERB]


async def _remarks(member: SignedIn, event: EventFacts, ticket: Ticket) -> dict[str, Any]:
    """Notes are for who may change registrations, as what people need is."""
    may_write = member.may("registrations:write")
    tags = (await list_tags([ticket.id])).get(ticket.id, ())
    suggested = await suggest_tags(event.id, event.organisation) if may_write else ()
    return {
        "tags": tags,
        "suggested_tags": list(dict.fromkeys([*tags, *suggested])),
        "notes": await list_notes(ticket.id) if may_write else (),
        "longest_note": LONGEST_NOTE,
    }


def _problems(refused: DomainError | None, typed: Mapping[str, Any]) -> Sequence[Problem]:
    """Beside the one field that was typed into."""
    if isinstance(refused, Invalid):
        return [replace(problem, field=next(iter(typed), "")) for problem in refused.problems]
    return [Problem("", refused.message, refused.params)] if refused else []


def _here(slug: str) -> str:
    return f"/organise/events/{slug}/registrations"
