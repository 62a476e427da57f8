from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from events.accounts.queries import get_organisation_by_id
from events.accounts.rules import OrganisationFacts
from events.infra import db
from events.kernel.clock import utc_now
from events.programme.queries import get_event_by_id
from events.programme.rules import EventFacts
from events.programme.rules.limits import AffiliationType
from events.questions.queries import get_form
from events.questions.rules import Asked
from events.registration.answers.queries import list_answers
from events.registration.answers.rules import missing_of
from events.registration.delegations.rules import (
    Delegate,
    Delegation,
    DelegationGone,
    DelegationNotFound,
    NotOneOfThem,
    may_replace,
    may_withdraw,
)
from events.registration.handing_over.queries import offers_by
from events.registration.queries import count_ahead_of
from events.registration.queries.held import kept_until
from events.registration.queries.rows import row_behind, ticket_of
from events.registration.rules import Standing, Ticket
from events.registration.rules.people import Affiliation

_BY_TOKEN = db.Prepared("SELECT * FROM delegation WHERE token_digest = :digest")
_BY_ID = db.Prepared("SELECT * FROM delegation WHERE id = :id")
_OF = db.Prepared(
    "SELECT d.* FROM delegation d JOIN delegate g ON g.delegation = d.id"
    " WHERE g.registration = :registration AND d.erased_at IS NULL"
)
_OF_EVENT = db.Prepared("SELECT * FROM delegation WHERE event = :event AND erased_at IS NULL ORDER BY id")
_PEOPLE = db.Prepared(
    "SELECT r.* FROM delegate g JOIN registration r ON r.id = g.registration"
    " WHERE g.delegation = :delegation AND r.erased_at IS NULL ORDER BY g.id"
)
_ONE = db.Prepared(
    "SELECT r.* FROM delegate g JOIN registration r ON r.id = g.registration"
    " WHERE g.delegation = :delegation AND g.registration = :registration AND r.erased_at IS NULL"
)


class Led(Struct, frozen=True, kw_only=True):
    """A delegation with all that its contact is shown; `unconfirmed` is how many addresses nobody has confirmed yet."""

    delegation: Delegation
    event: EventFacts
    organisation: OrganisationFacts
    people: tuple[Delegate, ...]
    unconfirmed: int

    @property
    def kept_until(self) -> datetime:
        return kept_until(self.event, self.organisation)


async def get_by_token(token: str) -> Delegation:
    """Whose page this is; raises DelegationNotFound, DelegationGone."""
    return _delegation(
        await row_behind(_BY_TOKEN, token, ended="erased_at", missing=DelegationNotFound, gone=DelegationGone)
    )


async def find_by_id(delegation: int) -> Delegation | None:
    """None when its contact is erased."""
    row = await _BY_ID.row(id=delegation)
    return _delegation(row) if row and not row["erased_at"] else None


async def find_of(registration: int) -> Delegation | None:
    """The delegation that somebody is in, while it is known whose it is."""
    row = await _OF.row(registration=registration)
    return _delegation(row) if row else None


async def list_of_event(event: int) -> list[Delegation]:
    return [_delegation(row) for row in await _OF_EVENT.rows(event=event)]


async def get_one_of(delegation: int, registration: int) -> Ticket:
    """Raises NotOneOfThem."""
    row = await _ONE.row(delegation=delegation, registration=registration)
    if row is None:
        raise NotOneOfThem
    return ticket_of(row)


@db.read
async def get_led(token: str) -> Led:
    """Everything behind a contact's page; raises as `get_by_token` does."""
    return await led_of(await get_by_token(token))


async def led_of(delegation: Delegation) -> Led:
    """Who has not confirmed an address yet is counted and not named, so that nobody learns of who was there before."""
    event = await get_event_by_id(delegation.event)
    tickets = [ticket_of(row) for row in await _PEOPLE.rows(delegation=delegation.id)]
    shown = [ticket for ticket in tickets if ticket.standing is not Standing.UNVERIFIED]
    missing = await count_missing(event, shown)
    positions = {ticket.id: await _position(ticket) for ticket in shown}
    offers, now = await offers_by(delegation.id), utc_now()
    return Led(
        delegation=delegation,
        event=event,
        organisation=await get_organisation_by_id(event.organisation),
        people=tuple(
            Delegate(
                ticket=ticket,
                position=positions[ticket.id],
                missing=missing.get(ticket.id, 0),
                may_withdraw=may_withdraw(ticket, event, now),
                may_replace=may_replace(ticket, event, now),
                offered=offers.get(ticket.id) if may_replace(ticket, event, now) else None,
            )
            for ticket in shown
        ),
        unconfirmed=max(0, delegation.asked - len(shown)),
    )


async def count_missing(event: EventFacts, tickets: list[Ticket]) -> dict[int, int]:
    """How many questions that must be answered each of these has left open."""
    if not event.form or not tickets:
        return {}
    form = (await get_form(event.id, event.form)).asking(Asked.REGISTERING)
    _, found = await list_answers(event.id, [ticket.id for ticket in tickets], sensitive=True)
    counts = {}
    for ticket in tickets:
        given = {name: one.values for name, one in found.get(ticket.id, {}).items()}
        purged = {name for name, one in found.get(ticket.id, {}).items() if one.purged_at}
        missing = [one for one in missing_of(form, given, modes=ticket.modes) if one.name not in purged]
        counts[ticket.id] = len(missing)
    return counts


async def _position(ticket: Ticket) -> int | None:
    if ticket.waits_for is None or ticket.queue_number is None:
        return None
    return 1 + await count_ahead_of(ticket.event, ticket.waits_for, ticket.queue_number)


def _delegation(row: Mapping[str, Any]) -> Delegation:
    kind = row["affiliation_type"] and AffiliationType(row["affiliation_type"])
    plain = ("id", "event", "name", "email", "language", "asked", "code", "token_counter", "made_at")
    return Delegation(
        **{name: row[name] for name in plain},
        affiliation=Affiliation(row["affiliation"], kind, None, row["affiliation_country"]),
    )
