"""A registration as its owner sees it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct, structs

from events.accounts.queries import get_organisation_by_id
from events.accounts.rules import OrganisationFacts
from events.infra import db
from events.outbox.queries import Progress, list_for_subject
from events.programme import queries as programme
from events.programme.rules import EventFacts
from events.registration.admission.queries import find_stored
from events.registration.admission.rules import admission_for
from events.registration.queries import count_ahead_of, count_ended, get_by_id, get_by_token
from events.registration.queries.people import find_access, list_assistants
from events.registration.rules import (
    EVERY_KIND,
    Ticket,
)
from events.registration.rules.people import NOTHING_NEEDED, AccessWish

_ANSWERED = db.Prepared("SELECT answer, stamped_at FROM invitation_reply WHERE registration = :registration")


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


async def find_answer(registration: int) -> Answered | None:
    row = await _ANSWERED.row(registration=registration)
    return Answered(row["answer"], row["stamped_at"]) if row else None
