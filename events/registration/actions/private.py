"""What somebody does on their private page besides switching and cancelling."""

from datetime import datetime

import msgspec

from events.accounts.actions.attempts import count_attempt
from events.activity.steps import record
from events.infra import db
from events.kernel.clock import utc_now
from events.kernel.errors import Invalid
from events.kernel.ids import digest, folded, folded_email, new_code
from events.kernel.words import N_
from events.outbox.steps import enqueue, forget
from events.programme.rules.places import AllPlaces
from events.registration import queries, steps
from events.registration.abuse.rules import check_lasting
from events.registration.actions.erasing import forget_registration
from events.registration.actions.registering import add_assistant, check_access
from events.registration.admission.steps import forget_admission
from events.registration.answers.steps import forget_answers
from events.registration.forms import Correction, HandOver
from events.registration.guests.steps import forget_of
from events.registration.queries.people import list_assistants
from events.registration.remarks.steps import forget_remarks
from events.registration.rules import (
    ATTENDEE,
    EVERY_KIND,
    HAND_OVERS_PER_DAY,
    LINKS_KIND,
    LINKS_LEAVE_AFTER,
    AlreadyRegistered,
    RegistrationOver,
    Standing,
    Ticket,
)
from events.registration.rules.opening import check_takes_place
from events.registration.rules.people import (
    MOST_ASSISTANTS,
    NOT_SAID,
    NOTHING_NEEDED,
    AccessWish,
    Affiliation,
    check_affiliation,
)
from events.registration.rules.switching import check_can_hand_over
from events.registration.rules.tokens import token_of
from events.registration.steps import limits, people
from events.registration.steps.deciding import forget_request_answers
from events.registration.tables import FormerTicket, Registration

_FORMER = db.prepared_insert(FormerTicket)
_NO_REPLY = db.Prepared("DELETE FROM invitation_reply WHERE registration = :registration")
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
    own = places[ticket.mode]
    if ticket.is_over:
        raise RegistrationOver(N_("This registration does not count any more."))
    check_takes_place(own.status, own.ends_at, utc_now())
    said = form.affiliation.said if form.affiliation else NOT_SAID
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


async def count_hand_over(ticket: Ticket) -> None:
    """Nobody finds out by trying who is registered; raises TooMany."""
    await count_attempt("hand-over", str(ticket.id), limit=HAND_OVERS_PER_DAY, window_seconds=24 * 3600)


@db.write
async def hand_over(token: str, form: HandOver, *, secret: str) -> None:
    """Give the place to somebody else, who gets a code and a link of their own; of who had it nothing stays but that.

    Raises RegistrationOver, RegistrationClosed, AlreadyRegistered.
    """
    places, ticket = await steps.lock_and_reload(await queries.get_by_token(token))
    await give_place(places, ticket, form, secret=secret, by=ticket.name)


async def give_place(
    places: AllPlaces, ticket: Ticket, form: HandOver, *, secret: str, by: str, affiliation: Affiliation = NOT_SAID
) -> None:
    """What `hand_over` does, under the lock; `by` is who gives it."""
    own, now = places[ticket.mode], utc_now()
    check_can_hand_over(ticket, own.status, own.starts_at, now)
    if own.refuse_disposable:
        check_lasting(form.email)
    if earlier := await queries.find_earlier(ticket.event, form.email):
        raise AlreadyRegistered(earlier, hidden=own.prove_address)
    for assistant in await list_assistants(ticket.event, ticket.id):
        await steps.end(assistant, places, Standing.CANCELLED)
        await forget_registration(assistant.id)
    await steps.end_feed_with_last(ticket.id)
    await people.forget_affiliation(own.organisation, ticket.affiliation.organisation)
    await people.set_access(ticket.id, NOTHING_NEEDED)
    await forget_answers(ticket.id, keep_counts=False)
    await forget_admission(ticket.id)
    await forget_of(ticket.id)
    await forget(ticket.id, kinds=EVERY_KIND)
    await _NO_REPLY.rows(registration=ticket.id)
    row = await queries.find_row(ticket.id) or {}
    await _FORMER.rows(
        registration=ticket.id,
        code=ticket.code,
        token_digest=row["token_digest"],
        language=ticket.language,
        handed_over_at=now,
    )
    code = new_code()
    affiliation = await people.name_affiliation(own.organisation, affiliation)
    await Registration.update(
        {
            "name": form.name,
            "name_folded": folded(form.name)[:400],
            "email": form.email,
            "email_folded": folded_email(form.email),
            "language": form.language or ticket.language,
            "answers": "{}",
            "code": code,
            "token_digest": digest(token_of(secret, code, 0)),
            "token_counter": 0,
            "waits_for": None,
            "queue_number": None,
            "changed_at": now,
            **people.columns_of(affiliation),
        }
    ).where(Registration.id == ticket.id)
    await forget_request_answers(ticket.id)
    await forget_remarks(ticket.id)
    await record(ATTENDEE, "handed_over", f"registration:{ticket.id}", organisation=own.organisation)
    await enqueue("registration.handed_over", ticket.id, form.email, facts={"by": by})


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
