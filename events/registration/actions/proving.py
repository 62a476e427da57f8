"""An address is proven, or was not in time."""

from events.activity.steps import record
from events.infra import db
from events.kernel.clock import utc_now
from events.outbox.steps import enqueue
from events.registration import queries, steps
from events.registration.guests import steps as guests
from events.registration.guests.rules import asked_for, decide_for
from events.registration.rules import ATTENDEE, Standing, Ticket
from events.registration.rules.opening import check_takes_place
from events.registration.rules.places import standing_with_place
from events.registration.steps.stand_ins import forget_stand_in


@db.write
async def verify(token: str) -> Ticket:
    """The address is proven: the place that was held is theirs, or they join the line. Again changes nothing."""
    ticket = await queries.get_by_token(token)
    places, ticket = await steps.lock_and_reload(ticket)
    if ticket.standing is not Standing.UNVERIFIED or ticket.assists:
        return ticket
    own = places[ticket.mode]
    check_takes_place(own.status, own.ends_at, utc_now())
    guest = await guests.find_proven(ticket.id, ticket.email, own)
    if ticket.holds_place:  # counted already: decide as if it were not, under the same lock
        over_limit = ticket.over_limit and not (guest and guest.skips_approval)
        asked = asked_for(guest, own)
        standing = standing_with_place(asked, over_limit=over_limit)
        line = places.get(ticket.waits_for or "")
        number = line.last_in_line + 1 if line else None
        await steps.set_standing(ticket, standing, queue_number=number, waits_for=line and line.mode)
    else:
        decision = decide_for(guest, own, utc_now(), proven=True, over_limit=ticket.over_limit)
        standing, number = decision.standing, decision.queue_number
        line = own if number is not None else None
        await steps.set_standing(
            ticket, standing, holds_place=decision.holds_place, queue_number=number, waits_for=line and line.mode
        )
        await steps.take(own, place=decision.holds_place and not (guest and guest.reserved == own.mode))
    if line:
        await steps.take(line, number=number)
    if guest:
        await guests.use(guest, ticket.id)
    await record(ATTENDEE, "verified", f"registration:{ticket.id}", organisation=own.organisation)
    await enqueue(f"registration.{standing}", ticket.id, ticket.email)
    if line:  # a place there may have become free since they asked
        await steps.promote(places, [line.mode])
    if guest and guest.reserved and (ticket.holds_place or guest.reserved != own.mode):
        await steps.give_back(places, guest.reserved)  # what was kept for them besides the place that they have
    return await queries.get_by_id(ticket.id)


async def release_expired() -> int:
    """Take back the places of who did not prove an address in time; each in its own action."""
    expired = await queries.list_expired(utc_now())
    for ticket in expired:
        await _release(ticket)
    return len(expired)


@db.write
async def _release(ticket: Ticket) -> None:
    places, ticket = await steps.lock_and_reload(ticket)
    if ticket.standing is Standing.UNVERIFIED:
        await steps.end(ticket, places, Standing.CANCELLED)
        organisation = places[ticket.mode].organisation
        if ticket.erased_at:
            await forget_stand_in(ticket, organisation)
        await record("system", "expired", f"registration:{ticket.id}", organisation=organisation)
