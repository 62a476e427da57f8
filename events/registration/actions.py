from typing import Any

import msgspec
from msgspec import Struct

from events.accounts.rules import Actor
from events.activity.steps import record
from events.infra import db
from events.kernel.clock import utc_now
from events.kernel.errors import Invalid
from events.kernel.ids import derived_token, digest, folded, folded_email, new_code
from events.kernel.words import N_, Text
from events.outbox.steps import enqueue, forget
from events.programme import queries as events
from events.programme import steps as programme
from events.programme.documents import document_of
from events.programme.forms import merged, read_event
from events.programme.rules import EventFacts, EventNotFound, LockedPlaces, Mode, RevisionOutdated, Status
from events.registration import queries, steps
from events.registration.forms import SignUp
from events.registration.rules import (
    KINDS,
    AlreadyRegistered,
    Decision,
    RegistrationOver,
    Standing,
    Ticket,
    check_open,
    decide,
)
from events.registration.tables import Registration

_INSERT = db.prepared_insert(Registration)
ATTENDEE = "attendee"


class Registered(Struct, frozen=True):
    """What came of it; `token` opens the private page. With an address still to be proven nothing is given away."""

    id: int
    standing: Standing
    mode: Mode
    code: str
    token: str
    queue_position: int | None


def token_of(secret: str, code: str, counter: int) -> str:
    """The token of a private page, made again for each mail."""
    return derived_token(secret, "registration", code, counter)


@db.write
async def register(slug: str, form: SignUp, *, language: str, secret: str, by: Actor | None = None) -> Registered:
    """One place for one person. Raises RegistrationClosed, AlreadyRegistered, Full, EventNotFound, Invalid.

    Whoever registers people with a token of the organisation vouches for their addresses.
    """
    now = utc_now()
    places = await programme.lock_places(slug, form.mode)
    if places is None or (places.status == Status.DRAFT and (by is None or by.organisation != places.organisation)):
        await _refuse_mode(slug, form.mode, by)
        raise EventNotFound
    check_open(places, now)
    earlier = await queries.find_earlier(places.event, form.email)
    if earlier is not None:
        raise AlreadyRegistered(earlier, hidden=places.prove_address)
    vouched = by is not None and by.organisation == places.organisation
    decision = decide(places, now, proven=vouched or not places.prove_address)
    code = new_code()
    token = token_of(secret, code, 0)
    row = await _INSERT.row(
        event=places.event,
        mode=form.mode.value,
        standing=decision.standing.value,
        holds_place=decision.holds_place,
        queue_number=decision.queue_number,
        name=form.name,
        name_folded=folded(form.name)[:400],
        email=form.email,
        email_folded=folded_email(form.email),
        language=language,
        answers=msgspec.json.encode(form.answers).decode(),
        code=code,
        token_digest=digest(token),
        token_counter=0,
        registered_at=now,
        changed_at=now,
        held_until=decision.held_until,
        checked_in_at=None,
        erased_at=None,
    )
    registration = int(row["id"])  # type: ignore[index]  # an INSERT that returns nothing has raised
    await _take(places, decision)
    await record(by.name if by else ATTENDEE, "registered", f"registration:{registration}", organisation=places.organisation)
    await enqueue(f"registration.{decision.standing}", registration, form.email)
    position = None
    if decision.queue_number is not None:
        position = 1 + await queries.count_ahead_of(places.event, form.mode, decision.queue_number)
    return Registered(registration, decision.standing, form.mode, code, token, position)


async def _take(places: LockedPlaces, decision: Decision) -> None:
    if decision.holds_place or decision.queue_number is not None:
        last = decision.queue_number or places.last_in_line
        await programme.set_places(places, taken=places.taken + decision.holds_place, last_in_line=last)


async def _refuse_mode(slug: str, mode: Mode, by: Actor | None) -> None:
    """Raise what fits when there are no such places: the event is unknown, or known and does not offer the mode."""
    event = await events.get_event(slug, viewer=by.organisation if by else None)
    if mode not in event.modes:
        raise Invalid.of("mode", N_("This event does not offer this way to attend."))


@db.write
async def remind_registered(registration: int) -> None:
    """Send the link again to who asks for a place twice; nobody else learns that they are registered."""
    ticket = await queries.get_by_id(registration)
    await enqueue("registration.already", ticket.id, ticket.email)


@db.write
async def verify(token: str) -> Ticket:
    """The address is proven: the place that was held is theirs, or they join the line."""
    ticket = await queries.get_by_token(token)
    places, ticket = await steps.lock_and_reload(ticket)
    if ticket.standing is not Standing.UNVERIFIED:
        return ticket
    if ticket.holds_place:  # counted already: decide as if it were not, under the same lock
        standing = Standing.PENDING if places.approval else Standing.CONFIRMED
        await steps.set_standing(ticket, standing)
    else:
        decision = decide(places, utc_now(), proven=True)
        await steps.set_standing(ticket, decision.standing, holds_place=decision.holds_place, queue_number=decision.queue_number)
        await _take(places, decision)
        standing = decision.standing
    await record(ATTENDEE, "verified", f"registration:{ticket.id}", organisation=places.organisation)
    await enqueue(f"registration.{standing}", ticket.id, ticket.email)
    return await queries.get_by_id(ticket.id)


@db.write
async def cancel_registration(code: str, *, by: Actor) -> None:
    """An organiser takes somebody off the list; again changes nothing. Raises TicketNotFound."""
    await _cancel(await queries.get_own_by_code(code, by.organisation), by.name)


@db.write
async def cancel_own(token: str) -> Ticket:
    """Who holds the private link gives the place back."""
    ticket = await queries.get_by_token(token)
    await _cancel(ticket, ATTENDEE)
    return await queries.get_by_id(ticket.id)


async def _cancel(ticket: Ticket, actor: str) -> None:
    places, ticket = await steps.lock_and_reload(ticket)
    if ticket.is_over:
        return
    await steps.end(ticket, places, Standing.CANCELLED)
    await record(actor, "cancelled", f"registration:{ticket.id}", organisation=places.organisation)
    if not ticket.erased_at:
        await enqueue("registration.cancelled", ticket.id, ticket.email)


@db.write
async def answer_request(code: str, *, accept: bool, by: Actor) -> Ticket:
    """Approve or decline who is pending."""
    ticket = await queries.get_own_by_code(code, by.organisation)
    places, ticket = await steps.lock_and_reload(ticket)
    if ticket.standing is not Standing.PENDING:
        raise RegistrationOver(N_("This registration does not wait for approval."))
    if accept:
        await steps.set_standing(ticket, Standing.CONFIRMED)
    else:
        await steps.end(ticket, places, Standing.DECLINED)
    standing = Standing.CONFIRMED if accept else Standing.DECLINED
    await record(by.name, standing.value, f"registration:{ticket.id}", organisation=by.organisation)
    await enqueue(f"registration.{standing}", ticket.id, ticket.email)
    return await queries.get_by_id(ticket.id)


@db.write
async def erase_own(token: str) -> None:
    """Give the place back and forget who it was; the row stays for the counts."""
    ticket = await queries.get_by_token(token)
    places, ticket = await steps.lock_and_reload(ticket)
    if not ticket.is_over:
        await steps.end(ticket, places, Standing.CANCELLED)
    blank = {"name": "", "name_folded": "", "email": "", "email_folded": "", "answers": "{}"}
    await Registration.update({**blank, "erased_at": utc_now()}).where(Registration.id == ticket.id)  # type: ignore[dict-item]  # names do as well as columns
    await forget(ticket.id, kinds=KINDS)
    await record(ATTENDEE, "erased", f"registration:{ticket.id}", organisation=places.organisation)


async def release_expired() -> int:
    """Take back the places of who did not prove an address in time; each in its own action."""
    expired = await queries.list_expired(utc_now())
    for ticket in expired:
        await _release(ticket)
    return len(expired)


@db.write
async def _release(ticket: Ticket) -> None:
    places, ticket = await steps.lock_and_reload(ticket)
    if ticket.standing is Standing.UNVERIFIED:
        await steps.end(ticket, places, Standing.CANCELLED)


@db.write
async def change_event(slug: str, patch: Any, *, by: Actor, revision: int | None = None) -> EventFacts:
    """A JSON Merge Patch on the event; who waits moves up if there are more places now, who is registered is told of a move."""
    event = await events.get_own_event(slug, by.organisation)
    changed = await programme.change(event, read_event(merged(document_of(event), patch)), by=by, revision=revision)
    for mode in changed.modes:
        await steps.promote(await programme.lock_places_of(changed.id, mode))
    if changed.status is Status.PUBLISHED and (changed.span != event.span or changed.venue != event.venue):
        await steps.tell_everybody(changed.id, "registration.event_changed", was=str(event.span.starts.wall))
    return await events.get_event_by_id(changed.id)


@db.write
async def cancel_event(slug: str, *, reason: Text, by: Actor, revision: int | None = None) -> tuple[EventFacts, int]:
    """Cancel the event and tell everybody who had or awaited a place; the second is how many."""
    event = await events.get_own_event(slug, by.organisation)
    if revision is not None and revision != event.revision:
        raise RevisionOutdated
    cancelled = await programme.cancel(event, reason=reason, by=by)
    return cancelled, await steps.tell_everybody(event.id, "registration.event_cancelled")
