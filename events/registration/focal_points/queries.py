from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from events.accounts.queries import get_organisation_by_id
from events.accounts.rules import OrganisationFacts
from events.infra import db
from events.kernel.ids import folded
from events.programme.queries import get_event_by_id
from events.programme.rules import EventFacts
from events.programme.rules.limits import AffiliationType
from events.registration.focal_points.rules import (
    TOLD_EVERY,
    FocalPoint,
    FocalPointGone,
    FocalPointNotFound,
    NotTheirs,
)
from events.registration.queries.held import kept_until
from events.registration.queries.rows import row_behind, ticket_of
from events.registration.rules import Standing, Ticket

_BY_TOKEN = db.Prepared("SELECT * FROM focal_point WHERE token_digest = :digest")
_BY_ID = db.Prepared("SELECT * FROM focal_point WHERE id = :id AND ended_at IS NULL")
_OF_EVENT = db.Prepared(
    "SELECT * FROM focal_point WHERE event = :event AND ended_at IS NULL ORDER BY affiliation_folded"
)
_FOR = db.Prepared(
    "SELECT * FROM focal_point WHERE event = :event AND affiliation_folded = :folded AND ended_at IS NULL"
)
_ANY = db.Prepared("SELECT 1 AS one FROM focal_point WHERE event = :event AND ended_at IS NULL LIMIT 1")
_WAITING = db.Prepared(
    "SELECT * FROM registration WHERE event = :event AND affiliation_folded = :folded AND standing = 'pending'"
    " AND assists IS NULL AND erased_at IS NULL ORDER BY registered_at, id"
)
_ACCEPTED = db.Prepared(
    "SELECT COUNT(*) AS number FROM registration WHERE event = :event AND affiliation_folded = :folded"
    " AND assists IS NULL AND standing IN ('confirmed', 'waiting')"
    " AND (mode = 'in_person' OR waits_for = 'in_person' OR :whichever)"
)
_LISTED = db.Prepared(
    "SELECT type FROM affiliation WHERE organisation = :organisation AND name_folded = :folded AND listed"
)
_SPELLED = db.Prepared("SELECT name FROM affiliation WHERE organisation = :organisation AND name_folded = :folded")
# Somebody waits who did not when they were told last.
_TO_TELL = db.Prepared(
    "SELECT f.id FROM focal_point f WHERE f.ended_at IS NULL AND f.told_at <= :before AND EXISTS"
    " (SELECT 1 FROM registration r WHERE r.event = f.event AND r.affiliation_folded = f.affiliation_folded"
    " AND r.standing = 'pending' AND r.assists IS NULL AND r.changed_at > f.told_at) ORDER BY f.id LIMIT 200"
)


class Deciding(Struct, frozen=True, kw_only=True):
    """What a focal point is shown: who of their organisation waits for an answer, and how many more may come."""

    focal_point: FocalPoint
    event: EventFacts
    organisation: OrganisationFacts
    waiting: tuple[Ticket, ...]
    accepted: int
    most: int | None

    @property
    def is_full(self) -> bool:
        return self.most is not None and self.accepted >= self.most

    @property
    def kept_until(self) -> datetime:
        return kept_until(self.event, self.organisation)


async def get_by_token(token: str) -> FocalPoint:
    """Whose page this is; raises FocalPointNotFound, FocalPointGone."""
    return _focal_point(
        await row_behind(_BY_TOKEN, token, ended="ended_at", missing=FocalPointNotFound, gone=FocalPointGone)
    )


async def find_by_id(focal_point: int) -> FocalPoint | None:
    """None when it has ended."""
    row = await _BY_ID.row(id=focal_point)
    return _focal_point(row) if row else None


async def get_of_event(event: int, focal_point: int) -> FocalPoint:
    """Raises FocalPointNotFound for another event's."""
    found = await find_by_id(focal_point)
    if found is None or found.event != event:
        raise FocalPointNotFound
    return found


async def list_of_event(event: int) -> list[FocalPoint]:
    return [_focal_point(row) for row in await _OF_EVENT.rows(event=event)]


async def find_for(event: int, affiliation_folded: str) -> FocalPoint | None:
    row = await _FOR.row(event=event, folded=affiliation_folded)
    return _focal_point(row) if row else None


async def find_who_decides(ticket: Ticket) -> FocalPoint | None:
    """Of somebody's own organisation, while they wait for approval."""
    if ticket.standing is not Standing.PENDING or ticket.assists or ticket.affiliation.organisation is None:
        return None
    return await find_for(ticket.event, folded(ticket.affiliation.organisation)[:400])


async def has_any(event: int) -> bool:
    return await _ANY.row(event=event) is not None


async def spelled(organisation: int, affiliation: str) -> str:
    """The name as it is known."""
    row = await _SPELLED.row(organisation=organisation, folded=folded(affiliation)[:400])
    return str(row["name"]) if row else affiliation


@db.read
async def get_deciding(token: str) -> Deciding:
    """Everything behind their page; raises as `get_by_token` does."""
    return await deciding_of(await get_by_token(token))


async def deciding_of(focal_point: FocalPoint) -> Deciding:
    event = await get_event_by_id(focal_point.event)
    waiting = tuple(ticket_of(row) for row in await _waiting(focal_point))
    said = next((ticket.affiliation.type for ticket in waiting if ticket.affiliation.type), None)
    return Deciding(
        focal_point=focal_point,
        event=event,
        organisation=await get_organisation_by_id(event.organisation),
        waiting=waiting,
        accepted=await count_accepted(event, focal_point),
        most=await most_for(event, focal_point, said),
    )


async def most_for(event: EventFacts, focal_point: FocalPoint, said: AffiliationType | None) -> int | None:
    """How many may come; what our own list says it is, outweighs what somebody has said."""
    if event.affiliation_limit is None:
        return None
    row = await _LISTED.row(organisation=event.organisation, folded=focal_point.affiliation_folded)
    return event.affiliation_limit.most_of(AffiliationType(row["type"]) if row and row["type"] else said)


async def count_accepted(event: EventFacts, focal_point: FocalPoint) -> int:
    """Of their organisation, as its limit counts them."""
    every = not (event.affiliation_limit and event.affiliation_limit.in_person_only)
    row = await _ACCEPTED.row(event=event.id, folded=focal_point.affiliation_folded, whichever=every)
    return int(row["number"]) if row else 0


async def get_waiting(focal_point: FocalPoint, registration: int) -> Ticket:
    """Who of their organisation waits for an answer; raises NotTheirs for anybody else."""
    for row in await _waiting(focal_point):
        if row["id"] == registration:
            return ticket_of(row)
    raise NotTheirs


async def list_to_tell(now: datetime) -> list[int]:
    return [row["id"] for row in await _TO_TELL.rows(before=now - TOLD_EVERY)]


async def _waiting(focal_point: FocalPoint) -> Any:
    return await _WAITING.rows(event=focal_point.event, folded=focal_point.affiliation_folded)


def _focal_point(row: Mapping[str, Any]) -> FocalPoint:
    return FocalPoint(**{name: row[name] for name in FocalPoint.__struct_fields__})
