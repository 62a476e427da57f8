"""Organisers answer those who asked for a place: one, or many at once."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from events.accounts.rules import Actor
from events.activity.steps import record_all
from events.infra import db
from events.kernel.clock import utc_now
from events.kernel.errors import Invalid
from events.kernel.ids import read_code
from events.kernel.words import N_
from events.outbox.steps import enqueue_all
from events.programme import steps as programme
from events.programme.queries import get_own_id
from events.programme.rules.places import AllPlaces
from events.registration import queries, steps
from events.registration.answers.steps import forget_taken_up
from events.registration.queries.deciding import list_by_codes, plan_answers
from events.registration.rules import Standing, Ticket, TicketNotFound
from events.registration.rules.deciding import LONGEST_REASON, MOST_AT_ONCE, Answered, Given, LeftOut, answer_all
from events.registration.rules.opening import check_takes_place
from events.registration.steps import people
from events.registration.tables import Registration, RequestAnswer

_REGAINED = db.Prepared(
    "UPDATE registration SET standing = 'pending' WHERE event = :event AND assists = :person AND standing = 'declined'"
)


@db.write
async def answer_request(code: str, *, accept: bool, by: Actor, reason: str = "") -> Ticket:
    """Accept or decline who is pending, or accept who was declined by mistake; `reason` is told to them.

    Raises RegistrationOver, RegistrationClosed, AlreadyRegistered, Full.
    """
    ticket = await queries.get_own_by_code(code, by.organisation)
    places, ticket = await steps.lock_and_reload(ticket)
    [given] = await _answer(places, [ticket], accept=accept, by=by, reason=_checked(reason))
    if given.refused:
        raise given.refused
    return await queries.get_by_id(ticket.id)


@db.write
async def answer_requests(slug: str, codes: Sequence[str], *, accept: bool, by: Actor, reason: str = "") -> Answered:
    """The same answer to many, in the order in which they registered, each in one mail.

    Who cannot be answered (any more) is left out and named. Raises EventNotFound, RegistrationClosed.
    """
    event = await get_own_id(slug, by.organisation)
    if len(codes) > MOST_AT_ONCE:
        raise Invalid.of("codes", N_("Send at most {limit}."), limit=MOST_AT_ONCE)
    places = await programme.lock_all_places(event)
    known = {typed: read_code(typed) or "" for typed in codes}
    tickets = await list_by_codes(event, list(known.values()))
    given = await _answer(places, tickets, accept=accept, by=by, reason=_checked(reason))
    there = {ticket.code for ticket in tickets}
    unknown = [LeftOut(typed, TicketNotFound()) for typed, code in known.items() if code not in there]
    refused = [LeftOut(one.ticket.code, one.refused) for one in given if one.refused]
    return Answered(Counter(one.standing for one in given if one.standing), (*refused, *unknown))


async def answer_chosen(slug: str, codes: Sequence[str], *, accept: bool, by: Actor, reason: str = "") -> Answered:
    """The same for any number, in batches of which each is a transaction of its own."""
    counts: Counter[Standing] = Counter()
    left_out: list[LeftOut] = []
    for first in range(0, len(codes), MOST_AT_ONCE):
        batch = codes[first : first + MOST_AT_ONCE]
        answered = await answer_requests(slug, batch, accept=accept, by=by, reason=reason)
        counts.update(answered.counts)
        left_out += answered.left_out
    return Answered(counts, tuple(left_out))


def _checked(reason: str) -> str:
    if len(reason) > LONGEST_REASON:
        raise Invalid.of("reason", N_("Write at most {limit} characters."), limit=LONGEST_REASON)
    return reason


async def _answer(places: AllPlaces, tickets: Sequence[Ticket], *, accept: bool, by: Actor, reason: str) -> list[Given]:
    if not places:
        return answer_all(tickets, {}, accept=accept, registered=())
    event = next(iter(places.values()))
    if accept:
        check_takes_place(event.status, event.ends_at, utc_now())
    given, rooms = await plan_answers(
        tickets, list(places.values()), event.event, accept=accept, waiting_list=event.waiting_list
    )
    await _write(places, given)
    freed = []
    for mode, room in rooms.items():
        if room.taken < places[mode].taken:
            freed.append(mode)
        if room.taken != places[mode].taken:
            await programme.set_places(places[mode], taken=room.taken, last_in_line=places[mode].last_in_line)
    await people.follow(event.event)
    await steps.promote(places, freed)
    await _tell(given, by=by, reason=reason)
    return given


async def _write(places: AllPlaces, given: Sequence[Given]) -> None:
    now = utc_now()
    for standing, holds_place in ((Standing.CONFIRMED, True), (Standing.DECLINED, False)):
        chosen = [one.ticket.id for one in given if one.standing is standing]
        if chosen:
            facts = {"standing": standing.value, "holds_place": holds_place, "held_until": None, "changed_at": now}
            if standing is Standing.DECLINED:
                facts |= {"waits_for": None, "queue_number": None}
            await Registration.update(facts).where(Registration.id.is_in(chosen))  # type: ignore[arg-type]  # names do as well as columns
    for one in given:
        if one.standing is Standing.WAITING:
            await _wait(places, one.ticket)
    for one in reversed(given):  # who asked first keeps the choice that only one can have
        if one.standing and one.ticket.standing is Standing.DECLINED:
            await forget_taken_up(one.ticket.id, one.ticket.event, places[one.ticket.mode].form)
            await _REGAINED.rows(event=one.ticket.event, person=one.ticket.id)


async def _wait(places: AllPlaces, ticket: Ticket) -> None:
    """At the end of the line, or where they stand already beside the place that they do not get."""
    line = places[ticket.keeps_line or ticket.mode]
    number = ticket.queue_number if ticket.keeps_line else None
    if number is None:
        number = line.last_in_line + 1
        await programme.set_places(line, taken=line.taken, last_in_line=number)
    way = {"mode": line.mode, "waits_for": line.mode, "queue_number": number}
    await steps.set_standing(ticket, Standing.WAITING, holds_place=False, **way)


async def _tell(given: Iterable[Given], *, by: Actor, reason: str) -> None:
    """One mail each, an entry in the log each, and what was answered beside the registration."""
    now = utc_now()
    answered = [one for one in given if one.standing]
    for standing in (Standing.CONFIRMED, Standing.WAITING, Standing.DECLINED):
        told = [one.ticket for one in answered if one.standing is standing]
        if not told:
            continue
        subjects = [f"registration:{ticket.id}" for ticket in told]
        await record_all(by.name, standing.value, subjects, organisation=by.organisation)
        facts: Mapping[str, object] = {"answered": True} | ({"why": reason} if reason else {})
        await enqueue_all(f"registration.{standing}", [(ticket.id, ticket.email, facts) for ticket in told])
    if answered:
        await RequestAnswer.insert(
            *(
                RequestAnswer(
                    registration=one.ticket.id,
                    was=one.ticket.standing.value,
                    accepted=one.standing is not Standing.DECLINED,
                    reason=reason,
                    answered_by=by.name,
                    answered_at=now,
                )
                for one in answered
            )
        )
