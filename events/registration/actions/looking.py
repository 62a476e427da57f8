"""Reading what is kept apart: who did, and when, is written down with the event."""

from events.accounts.rules import Actor
from events.activity.steps import record
from events.infra import db
from events.programme.queries import get_own_event
from events.registration.queries.people import find_access, list_access
from events.registration.rules import Ticket
from events.registration.rules.people import AccessWish


@db.write
async def read_access(slug: str, *, by: Actor) -> list[tuple[Ticket, AccessWish]]:
    """What everybody at an event needs. Raises EventNotFound."""
    event = await get_own_event(slug, by.organisation)
    people = await list_access(event.id)
    if people:
        await record(by.name, "read_access", f"event:{event.id}", organisation=by.organisation)
    return people


async def read_access_of(ticket: Ticket, *, by: Actor) -> AccessWish:
    """What one person needs; where that is nothing there was nothing to see."""
    wish = await find_access(ticket.id)
    if wish:
        await _record(ticket, by)
    return wish


@db.write
async def _record(ticket: Ticket, by: Actor) -> None:
    await record(by.name, "read_access", f"event:{ticket.event}", organisation=by.organisation, registration=ticket.id)
