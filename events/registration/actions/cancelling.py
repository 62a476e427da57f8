"""A place is given back."""

from events.accounts.rules import Actor
from events.activity.steps import record
from events.infra import db
from events.kernel.clock import utc_now
from events.outbox.steps import enqueue
from events.programme.rules.places import AllPlaces
from events.registration import queries, steps
from events.registration.rules import ATTENDEE, Standing, Ticket
from events.registration.rules.opening import check_takes_place


@db.write
async def cancel_registration(code: str, *, by: Actor) -> None:
    """An organiser takes somebody off the list; again changes nothing. Raises TicketNotFound."""
    places, ticket = await steps.lock_and_reload(await queries.get_own_by_code(code, by.organisation))
    await cancel(places, ticket, by.name)


@db.write
async def cancel_own(token: str) -> Ticket:
    """Who holds the private link gives the place back; again changes nothing. Raises RegistrationClosed afterwards."""
    places, ticket = await steps.lock_and_reload(await queries.get_by_token(token))
    if not ticket.is_over:
        own = places[ticket.mode]
        check_takes_place(own.status, own.ends_at, utc_now())
    await cancel(places, ticket, ATTENDEE)
    return await queries.get_by_id(ticket.id)


async def cancel(places: AllPlaces, ticket: Ticket, actor: str, **facts: object) -> None:
    if ticket.is_over:
        return
    await steps.end(ticket, places, Standing.CANCELLED)
    await record(actor, "cancelled", f"registration:{ticket.id}", organisation=places[ticket.mode].organisation)
    if not ticket.erased_at:
        await enqueue("registration.cancelled", ticket.id, ticket.email, facts={"was": ticket.standing, **facts})
