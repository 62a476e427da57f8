"""The organisers’ list, by what they look for."""

from collections.abc import Sequence
from typing import Any

from msgspec import structs
from piccolo.columns import And, Or

from events.infra import db
from events.kernel.ids import folded, folded_email
from events.programme import queries as programme
from events.registration.admission.queries import is_admitted_as, list_stored
from events.registration.admission.rules import admission_for
from events.registration.answers.tables import Answer
from events.registration.early.tables import EarlyRegistration
from events.registration.queries.rows import Row, ticket_of
from events.registration.remarks.queries import list_tags
from events.registration.remarks.rules import key_of
from events.registration.remarks.tables import RegistrationTag
from events.registration.rules import (
    Assisted,
    Listed,
    Ticket,
)
from events.registration.tables import Registration


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
    if where.early_link is not None:
        came = EarlyRegistration.select(EarlyRegistration.registration)
        conditions.append(Registration.id.is_in(came.where(EarlyRegistration.link == where.early_link)))
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
    gave = And(And(this, question.listed.eq(True)), Answer.value == value)
    return [Registration.id.is_in(Answer.select(Answer.registration).where(gave))]


def _tagged(event: int, tag: str) -> list[Any]:
    if not tag:
        return []
    has_it = And(RegistrationTag.event == event, RegistrationTag.tag_folded == key_of(tag))
    return [Registration.id.is_in(RegistrationTag.select(RegistrationTag.registration).where(has_it))]
