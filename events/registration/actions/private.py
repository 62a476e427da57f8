"""What somebody does on their private page besides switching and cancelling."""

from datetime import datetime

import msgspec

from events.activity.steps import record
from events.infra import db
from events.kernel.clock import utc_now
from events.kernel.errors import Invalid
from events.kernel.ids import folded, folded_email
from events.kernel.words import N_
from events.outbox.steps import enqueue
from events.registration import queries, steps
from events.registration.actions.registering import add_assistant, check_access
from events.registration.forms import Correction
from events.registration.queries.people import list_assistants
from events.registration.rules import (
    ATTENDEE,
    LINKS_KIND,
    LINKS_LEAVE_AFTER,
    RegistrationOver,
    Ticket,
)
from events.registration.rules.opening import check_takes_place
from events.registration.rules.people import (
    MOST_ASSISTANTS,
    NOT_SAID,
    NOTHING_NEEDED,
    AccessWish,
    check_affiliation,
)
from events.registration.steps import limits, people
from events.registration.tables import Registration

_VISITED = db.Prepared(
    "INSERT INTO join_visit (registration, first_at, last_at, times) VALUES (:registration, :now, :now, 1)"
    " ON CONFLICT (registration) DO UPDATE SET last_at = excluded.last_at, times = join_visit.times + 1"
)


@db.write
async def correct_own(token: str, form: Correction, *, secret: str) -> Ticket:
    """Name, language, affiliation, access, and who else comes to assist.

    Raises Invalid, TooManyOfOne, RegistrationOver, RegistrationClosed.
    """
    places, ticket = await steps.lock_and_reload(await queries.get_by_token(token))
    if ticket.is_over:
        raise RegistrationOver(N_("This registration does not count any more."))
    own = places[ticket.mode]
    check_takes_place(own.status, own.ends_at, utc_now())
    said = form.affiliation.said if form.affiliation and not ticket.assists else NOT_SAID
    if not ticket.assists:
        check_affiliation(own.ask_affiliation, said)
        check_access(own, form)
        said = await people.rename_affiliation(own.organisation, ticket.affiliation, said)
        if said.organisation != ticket.affiliation.organisation:
            mode = ticket.waits_for or ticket.mode
            await limits.is_beyond(own, said, mode=mode, but=ticket.id, strictly=True)
    await Registration.update(
        {
            "name": form.name,
            "name_folded": folded(form.name)[:400],
            "language": form.language,
            "changed_at": utc_now(),
            **people.columns_of(said),
        }
    ).where(Registration.id == ticket.id)
    if own.ask_access and not ticket.assists:
        await people.set_access(
            ticket.id, AccessWish(**msgspec.structs.asdict(form.access)) if form.access else NOTHING_NEEDED
        )
        company = [one for one in await list_assistants(ticket.event, ticket.id) if not one.is_over]
        if len(company) + len(form.assistants) > MOST_ASSISTANTS:
            raise Invalid.of("assistants.0.name", N_("Name at most {limit}."), limit=MOST_ASSISTANTS)
        row = await queries.find_row(ticket.id)
        for assistant in form.assistants:
            await add_assistant(dict(row or {}), ticket.id, assistant, secret, own.organisation)
    await record(ATTENDEE, "corrected", f"registration:{ticket.id}", organisation=own.organisation)
    return await queries.get_by_id(ticket.id)


@db.write
async def ask_for_links(email: str, language: str) -> None:
    """A mail with the links of all that this address is registered for, if it is for anything; nobody here is told."""
    tickets = [ticket for ticket in await queries.list_of_person(folded_email(email)) if not ticket.is_over]
    if tickets:
        due_at = utc_now() + LINKS_LEAVE_AFTER
        newest = tickets[-1]
        await enqueue(LINKS_KIND, newest.id, newest.email, facts={"language": language}, due_at=due_at)


@db.write
async def record_visit(ticket: Ticket, at: datetime) -> None:
    """They went to the joining link while it is open: online, that is having come."""
    await _VISITED.rows(registration=ticket.id, now=at)
    await steps.check_in(ticket.id, at)
