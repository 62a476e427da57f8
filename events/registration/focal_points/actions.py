"""Naming focal points, ending them, and what they decide."""

from events.accounts.queries import get_organisation_by_id
from events.accounts.rules import Actor
from events.activity.steps import record
from events.infra import db
from events.kernel.clock import utc_now
from events.kernel.ids import digest, folded, new_code
from events.outbox.steps import enqueue, forget
from events.programme import queries as events
from events.programme.rules import EventFacts, Mode
from events.registration import steps
from events.registration.actions.deciding import answer_request
from events.registration.focal_points import queries
from events.registration.focal_points.forms import FocalPointForm
from events.registration.focal_points.rules import (
    NAMED_KIND,
    TOLD_EVERY,
    WAITING_KIND,
    FocalPoint,
    HasOne,
    focal_point_token,
)
from events.registration.focal_points.steps import forget_focal_point
from events.registration.focal_points.tables import FocalPoint as FocalPointRow
from events.registration.rules import Ticket
from events.registration.rules.people import TooManyOfOne

_NAMED = db.prepared_insert(FocalPointRow, conflict="ON CONFLICT DO NOTHING")
_NEW_LINK = db.Prepared(
    "UPDATE focal_point SET token_digest = :digest, token_counter = :counter WHERE id = :id AND token_counter = :was"
    " AND ended_at IS NULL RETURNING id"
)
_TELL = db.Prepared(
    "UPDATE focal_point SET told_at = :now WHERE id = :id AND told_at <= :before AND ended_at IS NULL RETURNING email"
)
FOCAL_POINT = "focal point"


@db.write
async def name_focal_point(slug: str, form: FocalPointForm, *, secret: str, by: Actor) -> int:
    """Somebody decides about the people of their organisation from now on. Raises EventNotFound, HasOne."""
    event = await events.get_own_event(slug, by.organisation)
    folded_name = folded(form.affiliation)[:400]
    affiliation = await queries.spelled(event.organisation, form.affiliation)
    code, now = new_code(), utc_now()
    row = await _NAMED.row(
        event=event.id,
        affiliation=affiliation,
        affiliation_folded=folded_name,
        name=form.name,
        email=form.email,
        language=form.language,
        code=code,
        token_digest=digest(focal_point_token(secret, code, 0)),
        token_counter=0,
        named_at=now,
        told_at=now,
        ended_at=None,
    )
    if row is None:
        there = await queries.find_for(event.id, folded_name)
        raise HasOne(affiliation, there.name if there else "")
    await record(by.name, "named_focal_point", f"event:{event.id}", organisation=event.organisation)
    await enqueue(NAMED_KIND, row["id"], form.email)
    return int(row["id"])


@db.write
async def renew_link(slug: str, focal_point: int, *, secret: str, by: Actor) -> None:
    """A new link by mail; the old one opens nothing any more. Raises EventNotFound, FocalPointNotFound."""
    event = await events.get_own_event(slug, by.organisation)
    known = await queries.get_of_event(event.id, focal_point)
    counter = known.token_counter + 1
    fresh = digest(focal_point_token(secret, known.code, counter))
    if await _NEW_LINK.row(digest=fresh, counter=counter, was=known.token_counter, id=known.id):
        await forget(known.id, kinds=(WAITING_KIND,))
        await enqueue(NAMED_KIND, known.id, known.email)


@db.write
async def end_focal_point(slug: str, focal_point: int, *, by: Actor) -> None:
    """They decide nothing any more, and are forgotten. Raises EventNotFound, FocalPointNotFound."""
    event = await events.get_own_event(slug, by.organisation)
    known = await queries.get_of_event(event.id, focal_point)
    await forget_focal_point(known.id)
    await record(by.name, "ended_focal_point", f"event:{event.id}", organisation=event.organisation)


@db.write
async def end_own(token: str) -> None:
    """Somebody does not want to be it (any more)."""
    known = await queries.get_by_token(token)
    event = await events.get_event_by_id(known.event)
    await forget_focal_point(known.id)
    await record(FOCAL_POINT, "ended_focal_point", f"event:{event.id}", organisation=event.organisation)


@db.write
async def answer_own(token: str, registration: int, *, accept: bool, reason: str = "") -> None:
    """Accept or decline somebody of their own organisation, as an organiser would; never more than may come for it.

    `reason` is told to them. Raises NotTheirs, TooManyOfOne, RegistrationOver, FocalPointNotFound and FocalPointGone.
    """
    known = await queries.get_by_token(token)
    ticket = await queries.get_waiting(known, registration)
    _, ticket = await steps.lock_and_reload(ticket)
    await queries.get_waiting(known, registration)  # again, for nobody changes it now
    event = await events.get_event_by_id(known.event)
    if accept:
        await _check_room(known, event, ticket)
    by = Actor(event.organisation, FOCAL_POINT, ())
    await answer_request.step(ticket.code, accept=accept, by=by, reason=reason)


async def _check_room(known: FocalPoint, event: EventFacts, ticket: Ticket) -> None:
    limit = event.affiliation_limit
    if limit is None or (limit.in_person_only and Mode.IN_PERSON not in {ticket.mode, ticket.waits_for}):
        return
    most = await queries.most_for(event, known, ticket.affiliation.type)
    if most is not None and await queries.count_accepted(event, known) >= most:
        raise TooManyOfOne(known.affiliation, most, (await get_organisation_by_id(event.organisation)).contact_email)


async def tell_focal_points() -> int:
    """Who waits for them, at most once an hour; tells how many were told."""
    told = 0
    for focal_point in await queries.list_to_tell(utc_now()):
        told += await _tell(focal_point)
    return told


@db.write
async def _tell(focal_point: int) -> bool:
    now = utc_now()
    row = await _TELL.row(id=focal_point, now=now, before=now - TOLD_EVERY)
    if row:
        await enqueue(WAITING_KIND, focal_point, row["email"])
    return row is not None
