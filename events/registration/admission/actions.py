from collections.abc import Sequence
from datetime import date, datetime

from msgspec import Struct

from events.accounts.rules import Actor
from events.activity.steps import record, record_all
from events.infra import db
from events.kernel.clock import utc_now
from events.kernel.errors import Invalid, Problem
from events.kernel.words import N_
from events.outbox.steps import enqueue_all
from events.programme.queries import get_event_by_id, get_own_event
from events.programme.rules import Mode
from events.programme.steps import lock_all_places
from events.registration import queries, steps
from events.registration.admission.named import Named
from events.registration.admission.queries import Person, find_known, list_due, list_named, list_stored, list_to_remind
from events.registration.admission.rules import OWN_WORDS, Admission, AdmissionSettled, NoAdmissionStep
from events.registration.admission.steps import set_state
from events.registration.queries.held import with_admission
from events.registration.rules import ADMISSION_KIND, OVER, Ticket
from events.registration.rules.opening import check_takes_place

VERB = "admission"
_AT_ONCE = 500
_REMINDED = db.Prepared(
    "INSERT INTO admission_reminder (registration, day, queued_at) VALUES (:registration, :day, :now)"
    " ON CONFLICT (registration, day) DO NOTHING RETURNING registration"
)


@db.write
async def say_own(token: str, state: Admission) -> Ticket:
    """Who holds the private link says how far they are. Raises NoAdmissionStep, AdmissionSettled, RegistrationClosed.

    What the organisers noted as the host's answer stays.
    """
    _, ticket = await steps.lock_and_reload(await queries.get_by_token(token))
    event = await get_event_by_id(ticket.event)
    check_takes_place(event.status, event.ends_at, utc_now())
    if event.admission_step is None or ticket.mode is not Mode.IN_PERSON or ticket.is_over or state not in OWN_WORDS:
        raise NoAdmissionStep
    known = await find_known(ticket.id)
    if known and known.is_settled:
        raise AdmissionSettled
    if (known.state if known else Admission.NOT_APPLIED) is not state:
        await set_state(ticket.id, state, by_organiser=False)
        await record("attendee", VERB, f"registration:{ticket.id}", organisation=event.organisation, state=state.value)
    return ticket


@db.write
async def set_admission(code: str, state: Admission, *, by: Actor) -> Ticket:
    """An organiser notes how somebody stands. Raises TicketNotFound, NoAdmissionStep."""
    places, ticket = await steps.lock_and_reload(await queries.get_own_by_code(code, by.organisation))
    event = await get_event_by_id(ticket.event)
    if event.admission_step is None or ticket.mode is not Mode.IN_PERSON or ticket.is_over or ticket.erased_at:
        raise NoAdmissionStep
    await set_state(ticket.id, state, by_organiser=True)
    organisation = places[ticket.mode].organisation
    await record(by.name, VERB, f"registration:{ticket.id}", organisation=organisation, state=state.value)
    return await with_admission(ticket, event)


class Noted(Struct, frozen=True):
    """What came of a list: how many stand otherwise now, and how many stood so before."""

    changed: int
    same: int


@db.write
async def note_list(slug: str, named: Sequence[Named], state: Admission, *, leave_out: bool, by: Actor) -> Noted:
    """An organiser notes the same of everybody on a list. Raises Invalid with every row that cannot be taken.

    With `leave_out` those rows are left out instead.
    """
    event = await get_own_event(slug, by.organisation)
    if event.admission_step is None:
        raise NoAdmissionStep
    await lock_all_places(event.id)
    people = await _found(event.id, named)
    problems = [problem for one in named if (problem := _problem_of(one, people.get(one.key)))]
    if problems and not leave_out:
        raise Invalid(problems)
    taken = {people[one.key].id: None for one in named if not _problem_of(one, people.get(one.key))}
    before = await list_stored(list(taken))
    changed = [person for person in taken if before.get(person, Admission.NOT_APPLIED) is not state]
    for person in taken:
        await set_state(person, state, by_organiser=True)
    if changed:
        subjects = [f"registration:{person}" for person in changed]
        await record_all(by.name, VERB, subjects, organisation=by.organisation, state=state.value)
    return Noted(len(changed), len(taken) - len(changed))


async def _found(event: int, named: Sequence[Named]) -> dict[str, Person]:
    found: dict[str, Person] = {}
    for first in range(0, len(named), _AT_ONCE):
        some = [one.key for one in named[first : first + _AT_ONCE]]
        for person in await list_named(event, some, some):
            found |= {person.code: person, person.email_folded: person}
    return found


def _problem_of(named: Named, person: Person | None) -> Problem | None:
    about = {"row": named.row, "name": named.shown}
    if not named.key:
        return Problem("list", N_("Row {row} has neither a ticket’s code nor an e-mail address: {name}"), about)
    if person is None:
        return Problem("list", N_("Row {row}: nobody is registered here as {name}."), about)
    if person.standing in OVER:
        return Problem("list", N_("Row {row}: {name} does not come any more."), about)
    if person.mode is Mode.ONLINE:
        return Problem("list", N_("Row {row}: {name} takes part online and needs no pass."), about)
    return None


async def remind_of_admission() -> int:
    """Remind who has not applied where a date for it has come; tells how many. Some at a time, each in one action."""
    reminded = 0
    for due in await list_due(utc_now()):
        while number := await remind(due.event, due.reminder.day, due.reminder.at):
            reminded += number
    return reminded


@db.write
async def remind(event: int, day: date, at: datetime) -> int:
    """Whom another process reminded meanwhile is left out by the unique index; mail and mark are one transaction."""
    letters = []
    people = await list_to_remind(event, day, at, _AT_ONCE)
    for registration, address in people:
        if await _REMINDED.row(registration=registration, day=day, now=utc_now()):
            letters.append((registration, address, {"day": day.isoformat()}))
    await enqueue_all(ADMISSION_KIND, letters)
    return len(people)
