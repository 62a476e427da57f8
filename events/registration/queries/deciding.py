"""What organisers have answered, and what would come of an answer."""

from collections.abc import Mapping, Sequence
from typing import Any

from piccolo.columns import And

from events.infra import db
from events.programme.rules import EventFacts, Mode, Places
from events.programme.rules.places import LockedPlaces
from events.registration import queries
from events.registration.queries.counts import count_by_standing
from events.registration.queries.rows import ticket_of
from events.registration.rules import Standing, Ticket
from events.registration.rules.deciding import Given, RequestAnswer, Room, answer_all
from events.registration.tables import Registration

_ANSWERS = db.Prepared(
    "SELECT accepted, reason, answered_by, answered_at FROM request_answer WHERE registration = :registration"
    " ORDER BY id"
)
_ACCEPTED = db.Prepared(
    "SELECT 1 AS one FROM registration r WHERE r.id = :registration AND (r.skips_approval OR EXISTS"
    " (SELECT 1 FROM request_answer a WHERE a.registration = r.id AND a.accepted))"
)
_ANEW = db.Prepared(
    "SELECT d.id FROM registration d JOIN registration o ON o.event = d.event AND o.email_folded = d.email_folded"
    " WHERE d.event = :event AND d.standing = 'declined' AND o.standing NOT IN ('declined', 'cancelled')"
)


async def list_request_answers(registration: int) -> list[RequestAnswer]:
    """What was answered to one person, oldest first."""
    return [
        RequestAnswer(bool(row["accepted"]), row["reason"], row["answered_by"], row["answered_at"])
        for row in await _ANSWERS.rows(registration=registration)
    ]


async def find_reason_to_decline(ticket: Ticket) -> str:
    """What organisers wrote to who is declined; empty when nothing."""
    answers = await list_request_answers(ticket.id) if ticket.standing is Standing.DECLINED else []
    return answers[-1].reason if answers else ""


async def was_accepted(registration: int) -> bool:
    """Whether organisers have said yes, or that they need no asking: a place that becomes free needs no answer then."""
    return await _ACCEPTED.row(registration=registration) is not None


async def list_by_codes(event: int, codes: Sequence[str]) -> list[Ticket]:
    """Those of these that are at the event, in the order in which they registered."""
    if not codes:
        return []
    chosen: Any = And(Registration.code.is_in(list(codes)), Registration.erased_at.is_null())
    rows = await Registration.select().where(And(Registration.event == event, chosen)).order_by(Registration.id)
    return [ticket_of(row) for row in rows]


async def plan_answers(
    tickets: Sequence[Ticket],
    places: Sequence[LockedPlaces] | Sequence[Places],
    event: int,
    *,
    accept: bool,
    waiting_list: bool,
) -> tuple[list[Given], Mapping[str, Room]]:
    """What comes of it as things stand, and the places as they are then."""
    crowded = accept and any(one.limit is not None and one.taken > one.limit for one in places)
    counts = await count_by_standing(event) if crowded else {}
    rooms = {
        str(one.mode): Room(one.limit, one.taken, counts.get((Mode(one.mode), Standing.CONFIRMED), 0), waiting_list)
        for one in places
    }
    anew = await _list_anew(event) if any(ticket.standing is Standing.DECLINED for ticket in tickets) else set()
    return answer_all(tickets, rooms, accept=accept, registered=anew), rooms


@db.read
async def preview_answers(event: EventFacts, tickets: Sequence[Ticket], *, accept: bool) -> tuple[list[Given], int]:
    """What would come of it now; the second is how many who wait would move up."""
    given, rooms = await plan_answers(tickets, event.places, event.id, accept=accept, waiting_list=event.waiting_list)
    moved_up = 0
    for mode, room in rooms.items():
        freed = 0 if accept or room.limit is None else room.limit - room.taken
        if freed > 0:
            moved_up += len(await queries.list_line(event.id, mode, limit=freed))
    return given, moved_up


async def _list_anew(event: int) -> set[int]:
    """Those of the declined whose address has a registration again that stands."""
    return {row["id"] for row in await _ANEW.rows(event=event)}
