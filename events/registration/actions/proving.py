"""An address is proven, or was not in time."""

from collections.abc import Sequence

from events.activity.steps import record
from events.infra import db
from events.kernel.clock import utc_now
from events.outbox.steps import enqueue
from events.programme.rules import Mode
from events.programme.rules.places import AllPlaces, LockedPlaces
from events.registration import queries, steps
from events.registration.guests import steps as guests
from events.registration.guests.rules import asked_for, decide_for
from events.registration.rules import ATTENDEE, Standing, Ticket
from events.registration.rules.opening import check_takes_place
from events.registration.rules.places import Decision, standing_with_place
from events.registration.steps.stand_ins import forget_stand_in


@db.write
async def verify(token: str) -> Ticket:
    """The address is proven: the place that was held is theirs, or they join the line. Again changes nothing."""
    ticket = await queries.get_by_token(token)
    places, ticket = await steps.lock_and_reload(ticket)
    if ticket.standing is not Standing.UNVERIFIED or ticket.assists:
        return ticket
    here = places[ticket.mode]
    check_takes_place(here.status, here.ends_at, utc_now())
    guest = await guests.find_proven(ticket.id, ticket.email, here)
    counted = [ticket.mode] if ticket.holds_place else []
    counted += [guest.reserved] if guest and guest.reserved else []
    own, line = _ways(ticket, places, counted)
    if own.mode in counted:
        counted.remove(Mode(own.mode))
        over_limit = ticket.over_limit and not (guest and guest.skips_approval)
        decision = Decision(standing_with_place(asked_for(guest, own), over_limit=over_limit), True, None, None)
    else:
        decision = decide_for(guest, own, utc_now(), proven=True, over_limit=ticket.over_limit)
        await steps.take(own, place=decision.holds_place)
        line = line if decision.holds_place else own
    number = line.last_in_line + 1 if line else None
    way = {"mode": own.mode, "waits_for": line and line.mode, "queue_number": number}
    await steps.set_standing(ticket, decision.standing, holds_place=decision.holds_place, **way)
    if line:
        await steps.take(line, number=number)
    if guest:
        await guests.use(guest, ticket.id)
    await record(ATTENDEE, "verified", f"registration:{ticket.id}", organisation=own.organisation)
    await enqueue(f"registration.{decision.standing}", ticket.id, ticket.email)
    if line:  # a place there may have become free since they asked
        await steps.promote(places, [line.mode])
    for mode in counted:  # what was held or kept for them besides the place that they have
        await steps.give_back(places, mode)
    return await queries.get_by_id(ticket.id)


def _ways(ticket: Ticket, places: AllPlaces, counted: Sequence[Mode]) -> tuple[LockedPlaces, LockedPlaces | None]:
    """Where they attend and in whose line they stand beside that: as they asked, where there still are places."""
    own, asked = places[ticket.mode], places.get(ticket.waits_for or "")
    if asked is None or asked.mode in counted or (own.is_full and own.mode not in counted):
        return asked or own, None
    return own, asked


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
