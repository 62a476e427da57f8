from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct, structs
from piccolo.columns import And, Or
from piccolo.query.functions import Count

from events.accounts.queries import get_organisation_by_id
from events.accounts.rules import OrganisationFacts
from events.infra import db
from events.infra.imap import Mark
from events.kernel.ids import digest, folded, folded_email, read_code, same_text
from events.outbox.queries import Progress, list_for_subject
from events.programme import queries as programme
from events.programme.rules import EventFacts, Mode
from events.registration.admission.queries import find_stored, is_admitted_as, list_stored
from events.registration.admission.rules import admission_for
from events.registration.answers.tables import Answer
from events.registration.changes import Announced, Pending
from events.registration.queries.people import find_access, list_assistants
from events.registration.queries.rows import Row, ticket_of
from events.registration.remarks.queries import list_tags
from events.registration.remarks.rules import key_of
from events.registration.remarks.tables import RegistrationTag
from events.registration.rules import (
    EVERY_KIND,
    Assisted,
    FeedGone,
    FeedNotFound,
    InLine,
    Listed,
    PrivateFeed,
    Standing,
    Ticket,
    TicketGone,
    TicketHandedOver,
    TicketNotFound,
    joining_token,
)
from events.registration.rules.people import NOTHING_NEEDED, AccessWish
from events.registration.tables import Registration

_EARLIER = db.Prepared(
    "SELECT id FROM registration WHERE event = :event AND email_folded = :email"
    " AND standing NOT IN ('declined', 'cancelled')"
)
_BY_TOKEN = db.Prepared("SELECT * FROM registration WHERE token_digest = :digest")
_FORMER_BY_TOKEN = db.Prepared("SELECT * FROM former_ticket WHERE token_digest = :digest")
_BY_CODE = db.Prepared("SELECT * FROM registration WHERE code = :code")
_AHEAD = db.Prepared(
    "SELECT COUNT(*) AS ahead FROM registration WHERE event = :event AND waits_for = :mode AND queue_number < :number"
)
_BY_EVENT = db.Prepared(
    "SELECT r.event, r.standing, COUNT(*) AS number FROM event e JOIN registration r ON r.event = e.id"
    " WHERE e.organisation = :organisation GROUP BY r.event, r.standing"
)
_LINE = db.Prepared(
    "SELECT id, email, mode, holds_place, queue_number FROM registration"
    " WHERE event = :event AND waits_for = :mode AND queue_number IS NOT NULL ORDER BY queue_number LIMIT :limit"
)
_OF_PERSON = db.Prepared("SELECT * FROM registration WHERE email_folded = :email AND erased_at IS NULL ORDER BY id")
_FEED = db.Prepared("SELECT * FROM private_feed WHERE digest = :digest")
_FEED_ASKED_FOR_AT = db.Prepared("SELECT * FROM private_feed WHERE registration = :registration AND ended_at IS NULL")


# Who was declined and is accepted after all comes back too, though the registration is the same.
_ENDED = db.Prepared(
    "SELECT COUNT(*) + (SELECT COUNT(*) FROM registration o JOIN request_answer a ON a.registration = o.id"
    " WHERE o.event = :event AND o.email_folded = :email AND o.id <= :id AND a.was = 'declined') AS ended"
    " FROM registration WHERE event = :event AND email_folded = :email AND id <= :id"
    " AND standing IN ('declined', 'cancelled')"
)
_ANSWERED = db.Prepared("SELECT answer, stamped_at FROM invitation_reply WHERE registration = :registration")
_MARK = db.Prepared("SELECT validity, last_letter FROM inbox WHERE name = :name")
_CHANGE = db.Prepared("SELECT event, leaves_at, steps FROM event_change WHERE event = :event")
_DUE_CHANGES = db.Prepared(
    "SELECT e.slug, e.organisation FROM event_change c JOIN event e ON e.id = c.event"
    " WHERE c.leaves_at <= :now ORDER BY c.leaves_at, c.id"
)


class Answered(Struct, frozen=True):
    """What somebody's calendar answered to an invitation: ACCEPTED, DECLINED or TENTATIVE."""

    answer: str
    at: datetime


class Held(Struct, frozen=True, kw_only=True):
    """A registration with all that its owner is shown; `position` is the place in line, `messages` what was written.

    `assistants` come to assist them; `assisted` is whom they assist themselves.
    `ended` are the registrations of this address at the event, up to this one, that are over.
    """

    ticket: Ticket
    event: EventFacts
    organisation: OrganisationFacts
    position: int | None
    messages: Sequence[Progress]
    access: AccessWish = NOTHING_NEEDED
    assistants: Sequence[Ticket] = ()
    assisted: Ticket | None = None
    ended: int = 0
    answered: Answered | None = None

    @property
    def kept_until(self) -> datetime:
        return kept_until(self.event, self.organisation)


def kept_until(event: EventFacts, organisation: OrganisationFacts) -> datetime:
    """When nothing tells any more who was registered."""
    return event.ends_at + timedelta(days=event.retention_days or organisation.retention_days)


async def find_earlier(event: int, email: str) -> int | None:
    """The registration of this address that still stands."""
    row = await _EARLIER.row(event=event, email=folded_email(email))
    return row["id"] if row else None


async def get_by_token(token: str) -> Ticket:
    """Whose private page this is; raises TicketNotFound, TicketGone when it was erased."""
    row = await _BY_TOKEN.row(digest=digest(token))
    if row is None:
        if former := await _FORMER_BY_TOKEN.row(digest=digest(token)):
            raise TicketHandedOver(former["language"], former["handed_over_at"])
        raise TicketNotFound
    if row["erased_at"]:
        raise TicketGone(row["language"])
    return ticket_of(row)


@db.read
async def get_held(token: str) -> Held:
    """Everything behind a private page; raises as `get_by_token` does."""
    return await held_of(await get_by_token(token))


@db.read
async def held_of(ticket: Ticket) -> Held:
    event = await programme.get_event_by_id(ticket.event)
    waits = ticket.waits_for if ticket.queue_number is not None else None
    return Held(
        ticket=await with_admission(ticket, event),
        event=event,
        organisation=await get_organisation_by_id(event.organisation),
        position=1 + await count_ahead_of(ticket.event, waits, ticket.queue_number or 0) if waits else None,
        messages=await list_for_subject(ticket.id, kinds=EVERY_KIND),
        access=await find_access(ticket.id) if event.ask_access else NOTHING_NEEDED,
        assistants=await list_assistants(ticket.event, ticket.id) if event.ask_access else (),
        assisted=await get_by_id(ticket.assists) if ticket.assists else None,
        ended=await count_ended(ticket),
        answered=await find_answer(ticket.id),
    )


async def with_admission(ticket: Ticket, event: EventFacts) -> Ticket:
    """With how they stand with the house, where the event has that step."""
    if event.admission_step is None:
        return ticket
    return structs.replace(ticket, admission=admission_for(ticket.mode, await find_stored(ticket.id)))


async def count_ended(ticket: Ticket) -> int:
    """How often this address has given up a registration at the event, up to this one."""
    row = await _ENDED.row(event=ticket.event, email=folded_email(ticket.email), id=ticket.id)
    return int(row["ended"]) if row else 0


async def find_answer(registration: int) -> Answered | None:
    row = await _ANSWERED.row(registration=registration)
    return Answered(row["answer"], row["stamped_at"]) if row else None


async def find_mark(inbox: str) -> Mark:
    """How far a mailbox was read."""
    row = await _MARK.row(name=inbox)
    return Mark(row["validity"], row["last_letter"]) if row else Mark()


async def get_by_joining_token(token: str, secret: str) -> Ticket:
    """Whose way to join this is; raises as `get_by_token` does."""
    number = token.partition("-")[0]
    known = number.isascii() and number.isdecimal() and len(number) < 10  # noqa: PLR2004 - digits that fit the key
    row = await find_row(int(number)) if known else None
    ticket = ticket_of(row) if row else None
    if ticket is None or not same_text(joining_token(secret, ticket), token):
        raise TicketNotFound
    if ticket.erased_at:
        raise TicketGone(ticket.language)
    return ticket


async def list_of_person(email_folded: str) -> list[Ticket]:
    """Every registration of one address, at whichever organisation, oldest first."""
    return [ticket_of(row) for row in await _OF_PERSON.rows(email=email_folded)]


async def get_private_feed(token: str) -> PrivateFeed:
    """Whose calendar this is; raises FeedNotFound, FeedGone when it has ended."""
    row = await _FEED.row(digest=digest(token))
    if row is None:
        raise FeedNotFound
    if row["ended_at"]:
        raise FeedGone
    return _private_feed(row)


async def find_feed_asked_for_at(registration: int) -> PrivateFeed | None:
    """Not that of the person: who registers with another's address must not learn of their calendar."""
    row = await _FEED_ASKED_FOR_AT.row(registration=registration)
    return _private_feed(row) if row else None


def _private_feed(row: Row) -> PrivateFeed:
    return PrivateFeed(**{name: row[name] for name in PrivateFeed.__struct_fields__})


async def find_by_code(typed: str) -> Ticket | None:
    code = read_code(typed)
    row = await _BY_CODE.row(code=code) if code else None
    return ticket_of(row) if row else None


async def get_own_by_code(typed: str, organisation: int) -> Ticket:
    """The registration if it is at one of this organisation's events; raises TicketNotFound otherwise."""
    ticket = await find_by_code(typed)
    if ticket is None or not await programme.is_own(ticket.event, organisation):
        raise TicketNotFound
    return ticket


async def get_by_id(registration: int) -> Ticket:
    row = await find_row(registration)
    if row is None:
        raise TicketNotFound
    return ticket_of(row)


async def list_codes(registrations: Sequence[int]) -> dict[int, str]:
    """The codes of those who are still known."""
    if not registrations:
        return {}
    known = And(Registration.id.is_in(list(registrations)), Registration.erased_at.is_null())
    rows = await Registration.select(Registration.id, Registration.code).where(known)
    return {row["id"]: row["code"] for row in rows}


async def find_row(registration: int) -> Row | None:
    rows = await Registration.select().where(Registration.id == registration)
    return rows[0] if rows else None


async def count_ahead_of(event: int, mode: Mode, queue_number: int) -> int:
    """How many wait before this queue number."""
    row = await _AHEAD.row(event=event, mode=mode.value, number=queue_number)
    return int(row["ahead"]) if row else 0


async def list_line(event: int, mode: str, *, limit: int) -> list[InLine]:
    """Who waits for a place in this mode, the first first."""
    return [InLine(**row) for row in await _LINE.rows(event=event, mode=mode, limit=limit)]


async def list_active(event: int) -> list[Ticket]:
    """Everybody who must be told when the event changes."""
    active = And(Registration.event == event, Registration.standing.not_in(["declined", "cancelled", "unverified"]))
    known = And(active, And(Registration.erased_at.is_null(), Registration.assists.is_null()))
    return [ticket_of(row) for row in await Registration.select().where(known).order_by(Registration.id)]


async def find_change(event: int) -> Pending | None:
    """What people have not been told of yet."""
    row = await _CHANGE.row(event=event)
    steps = msgspec.json.decode(row["steps"], type=tuple[Announced, ...]) if row else ()
    return Pending(event=event, leaves_at=row["leaves_at"], steps=steps) if row else None


async def list_due_changes(now: datetime) -> list[tuple[str, int]]:
    """The events, with their organisations, whose changes leave by now."""
    return [(row["slug"], row["organisation"]) for row in await _DUE_CHANGES.rows(now=now)]


async def list_expired(now: datetime) -> list[Ticket]:
    """Unverified registrations whose time is over."""
    late = And(Registration.standing == Standing.UNVERIFIED, Registration.held_until < now)
    expired = And(late, Registration.assists.is_null())
    return [ticket_of(row) for row in await Registration.select().where(expired).order_by(Registration.id).limit(500)]


@db.read
async def list_registrations(
    slug: str, organisation: int, where: Listed, *, limit: int = 50, after: int | None = None
) -> tuple[list[Ticket], int | None]:
    """Oldest first; raises EventNotFound for another organisation's event. The second is where the next page begins."""
    event = await programme.get_own_id(slug, organisation)
    condition = _listed(event, where)
    if after is not None:
        condition = And(condition, Registration.id > after)
    rows: Sequence[Row] = await Registration.select().where(condition).order_by(Registration.id).limit(limit + 1)
    tickets = await completed([ticket_of(row) for row in rows[:limit]])
    if tickets and await programme.has_admission_step(event):
        stored = await list_stored([ticket.id for ticket in tickets])
        tickets = [structs.replace(one, admission=admission_for(one.mode, stored.get(one.id))) for one in tickets]
    return tickets, tickets[-1].id if len(rows) > limit else None


async def count_listed(event: int, where: Listed) -> int:
    """How many an organiser's list has, on all its pages."""
    return int(await Registration.count().where(_listed(event, where)))


def _listed(event: int, where: Listed) -> Any:
    condition: Any = And(Registration.event == event, Registration.erased_at.is_null())
    for narrowed in (*_conditions(where), *_answered(event, where.answer), *_tagged(event, where.tag)):
        condition = And(condition, narrowed)
    return condition


async def completed(tickets: list[Ticket]) -> list[Ticket]:
    """With the tags that they have, and whom the assistants among them assist."""
    tags = await list_tags([ticket.id for ticket in tickets])
    tagged = [structs.replace(ticket, tags=tags[ticket.id]) if ticket.id in tags else ticket for ticket in tickets]
    return await _with_assisted(tagged)


async def _with_assisted(tickets: list[Ticket]) -> list[Ticket]:
    """With the names and codes of those whom the assistants among them assist."""
    wanted = [ticket.assists for ticket in tickets if ticket.assists]
    if not wanted:
        return tickets
    rows = await Registration.select(Registration.id, Registration.name, Registration.code).where(
        Registration.id.is_in(wanted)
    )
    assisted = {row["id"]: Assisted(row["name"], row["code"]) for row in rows}
    return [structs.replace(ticket, assisted=assisted.get(ticket.assists or 0)) for ticket in tickets]


@db.read
async def count_affiliations(event: int) -> tuple[dict[str, int], dict[str, int]]:
    """How many come for which type of organisation, and from which country."""
    counts: list[dict[str, int]] = []
    for column in (Registration.affiliation_type, Registration.affiliation_country):
        known = And(Registration.event == event, And(column.is_not_null(), Registration.erased_at.is_null()))
        rows = await Registration.select(column.as_alias("said"), Count()).where(known).group_by(column)
        counts.append({row["said"]: row["count"] for row in rows})
    return counts[0], counts[1]


def _conditions(where: Listed) -> list[Any]:
    conditions: list[Any] = []
    if where.standing:
        conditions.append(Registration.standing == where.standing)
    if where.mode:
        conditions.append(Registration.mode == where.mode)
    if where.checked_in is not None:
        conditions.append(
            Registration.checked_in_at.is_not_null() if where.checked_in else Registration.checked_in_at.is_null()
        )
    if where.affiliation_type:
        conditions.append(Registration.affiliation_type == where.affiliation_type)
    if where.country:
        conditions.append(Registration.affiliation_country == where.country)
    if where.admission:
        conditions.append(is_admitted_as(where.admission))
    plain = where.q.translate(str.maketrans("%_\\", "   "))
    for word in plain.split():
        by_name = Registration.name_folded.like(f"%{folded(word)}%")
        by_affiliation = Registration.affiliation_folded.like(f"%{folded(word)}%")
        by_address = Registration.email_folded.like(f"%{folded_email(word)}%")
        conditions.append(Or(Or(by_name, by_affiliation), by_address))
    return conditions


def _answered(event: int, answer: str) -> list[Any]:
    """Sensitive answers narrow no list: who may not read them would learn them from who is left."""
    if not answer:
        return []
    name, _, value = answer.partition(":")
    question: Any = Answer.question
    this = And(question.event == event, And(question.name == name, question.sensitive.eq(False)))
    gave = And(this, And(Answer.value == value, Answer.listed.eq(True)))
    return [Registration.id.is_in(Answer.select(Answer.registration).where(gave))]


def _tagged(event: int, tag: str) -> list[Any]:
    if not tag:
        return []
    has_it = And(RegistrationTag.event == event, RegistrationTag.tag_folded == key_of(tag))
    return [Registration.id.is_in(RegistrationTag.select(RegistrationTag.registration).where(has_it))]


@db.read
async def count_by_standing(event: int, *, assistants: bool = False) -> dict[tuple[Mode, Standing], int]:
    """Of those who count against the places; with `assistants` of all."""
    mine = Registration.event == event
    rows = await (
        Registration.select(Registration.mode, Registration.standing, Count())
        .where(mine if assistants else And(mine, Registration.assists.is_null()))
        .group_by(Registration.mode, Registration.standing)
    )
    return {(Mode(row["mode"]), Standing(row["standing"])): row["count"] for row in rows}


async def count_by_event(organisation: int) -> dict[int, dict[Standing, int]]:
    """How many registrations of which standing each event of an organisation has."""
    counts: dict[int, dict[Standing, int]] = {}
    for row in await _BY_EVENT.rows(organisation=organisation):
        counts.setdefault(row["event"], {})[Standing(row["standing"])] = row["number"]
    return counts


async def count_standing(event: int) -> int:
    """The registrations that are not over."""
    stands = And(Registration.event == event, Registration.standing.not_in(["declined", "cancelled"]))
    return int(await Registration.count().where(stands))


async def count_of_event(event: int) -> int:
    """All there ever were."""
    return int(await Registration.count().where(Registration.event == event))


async def count_checked_in(event: int) -> int:
    came_in = And(Registration.event == event, Registration.checked_in_at.is_not_null())
    return int(await Registration.count().where(came_in))
