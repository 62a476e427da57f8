"""Another way to attend, and lines that one stays in meanwhile. decision 30 says what comes of what."""

from events.accounts.rules import Actor
from events.activity.steps import record
from events.infra import db
from events.kernel.clock import utc_now
from events.kernel.errors import Invalid
from events.kernel.words import N_
from events.outbox.steps import enqueue
from events.programme.rules import Mode
from events.programme.rules.places import AllPlaces, LockedPlaces
from events.registration import queries, steps
from events.registration.admission.steps import ask_anew
from events.registration.queries.deciding import was_accepted
from events.registration.rules import Standing, Ticket
from events.registration.rules.places import decide
from events.registration.rules.switching import Switch, check_can_switch, switch_to
from events.registration.steps import limits, people

_TOLD = {
    Switch.MOVE: "registration.switched",
    Switch.MEANWHILE: "registration.switched",
    Switch.LINE: "registration.in_line",
    Switch.LEAVE: "registration.out_of_line",
}


@db.write
async def switch_own(token: str, mode: Mode) -> Ticket:
    """Who holds the private link attends another way, or stands in line for it. Raises as `_switch` does."""
    places, ticket = await steps.lock_and_reload(await queries.get_by_token(token))
    return await _switch(places, ticket, mode, "attendee", own=True)


@db.write
async def switch_registration(code: str, mode: Mode, *, by: Actor) -> Ticket:
    """The same, by an organiser."""
    places, ticket = await steps.lock_and_reload(await queries.get_own_by_code(code, by.organisation))
    return await _switch(places, ticket, mode, by.name)


async def _switch(places: AllPlaces, ticket: Ticket, mode: Mode, actor: str, *, own: bool = False) -> Ticket:
    """Raises Invalid, Full, RegistrationClosed, RegistrationOver; TooManyOfOne of who does it for oneself."""
    target = places.get(mode)
    if target is None:
        raise Invalid.of("mode", N_("This event does not offer this way to attend."))
    switch = switch_to(ticket, target, waiting_list=target.waiting_list)
    if switch is not Switch.LEAVE:
        check_can_switch(
            target, target.status, target.starts_at, target.ends_at, target.switch_stops_minutes, utc_now()
        )
        if own:
            await limits.check_switch(target, ticket, to=mode)
    if switch is Switch.LEAVE:
        await steps.set_standing(ticket, ticket.standing, waits_for=None, queue_number=None)
    elif switch is Switch.LINE:
        number = target.last_in_line + 1
        await steps.set_standing(ticket, ticket.standing, waits_for=mode.value, queue_number=number)
        await steps.take(target, number=number)
    else:
        await _move(places, ticket, target, switch)
    await record(actor, switch.value, f"registration:{ticket.id}", organisation=target.organisation)
    now = await queries.get_by_id(ticket.id)
    told = _TOLD.get(switch, f"registration.{now.standing}")
    await enqueue(told, ticket.id, ticket.email, facts={"from": ticket.mode.value})
    return now


async def _move(places: AllPlaces, ticket: Ticket, target: LockedPlaces, switch: Switch) -> None:
    """Take the place there, then give the one here to the next."""
    waits, over = ticket.standing is Standing.WAITING, ticket.over_limit
    standing = decide(target, utc_now(), proven=True, over_limit=over).standing if waits else ticket.standing
    if standing is Standing.PENDING and await was_accepted(ticket.id):
        standing = Standing.CONFIRMED
    line = {} if switch is Switch.MEANWHILE else {"waits_for": None, "queue_number": None}
    await steps.set_standing(ticket, standing, mode=target.mode, holds_place=True, **line)
    await steps.take(target, place=True)
    if target.mode == Mode.ONLINE:
        await ask_anew(ticket.event, ticket.id)
    await people.follow(ticket.event)
    if ticket.holds_place:
        await steps.give_back(places, ticket.mode)
