"""What happens to registrations inside an action that is open; places are locked by whoever calls."""

from events.activity.steps import record
from events.infra import db
from events.kernel.clock import utc_now
from events.outbox.steps import enqueue
from events.programme import steps as programme
from events.programme.rules import LockedPlaces
from events.registration import queries
from events.registration.rules import Standing, Ticket, decide, may_promote
from events.registration.tables import Registration

_CHECK_IN = db.Prepared("UPDATE registration SET checked_in_at = :at WHERE id = :id AND checked_in_at IS NULL")


async def set_standing(ticket: Ticket, standing: Standing, **columns: object) -> None:
    facts = {"standing": standing.value, "changed_at": utc_now(), "held_until": None, **columns}
    await Registration.update(facts).where(Registration.id == ticket.id)  # type: ignore[arg-type]  # names do as well as columns


async def lock_and_reload(ticket: Ticket) -> tuple[LockedPlaces, Ticket]:
    """Lock the places first, then look again: what was read before the lock may be old."""
    places = await programme.lock_places_of(ticket.event, ticket.mode)
    return places, await queries.get_by_id(ticket.id)


async def end(ticket: Ticket, places: LockedPlaces, standing: Standing) -> None:
    """Cancel or decline; the place that it held goes to the first in line."""
    await set_standing(ticket, standing, holds_place=False)
    if ticket.holds_place:
        await programme.set_places(places, taken=places.taken - 1, last_in_line=places.last_in_line)
        await promote(places)


async def promote(places: LockedPlaces) -> int:
    """Give free places to who waits, first come first served; tells how many."""
    now, promoted = utc_now(), 0
    while may_promote(places, now):
        first = await queries.first_in_line(places.event, places.mode)
        if first is None:
            break
        decision = decide(places, now, proven=True)
        await set_standing(first, decision.standing, holds_place=True, queue_number=None)
        await programme.set_places(places, taken=places.taken + 1, last_in_line=places.last_in_line)
        await enqueue("registration.promoted", first.id, first.email)
        await record("system", "promoted", f"registration:{first.id}", organisation=places.organisation)
        promoted += 1
    return promoted


async def check_in(registration: int, at: object) -> None:
    """Keep when somebody first came in."""
    await _CHECK_IN.rows(id=registration, at=at)


async def tell_everybody(event: int, kind: str, **facts: object) -> int:
    """Queue a mail to each who has or awaits a place; tells to how many."""
    tickets = await queries.list_active(event)
    for ticket in tickets:
        await enqueue(kind, ticket.id, ticket.email, facts=facts)
    return len(tickets)
