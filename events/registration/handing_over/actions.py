from datetime import datetime, timedelta

from msgspec import structs

from events.accounts.actions.attempts import count_attempt
from events.activity.steps import record
from events.infra import db
from events.kernel.clock import utc_now
from events.kernel.ids import digest, folded, folded_email, new_code
from events.outbox.steps import enqueue, forget
from events.programme import steps as programme
from events.programme.rules.places import AllPlaces, LockedPlaces
from events.registration import queries, steps
from events.registration.abuse.rules import check_lasting
from events.registration.actions.erasing import forget_registration
from events.registration.admission.steps import forget_admission
from events.registration.answers.steps import forget_answers
from events.registration.delegations import rules as delegations
from events.registration.delegations.queries import find_by_id as find_delegation
from events.registration.forms import HandOver
from events.registration.guests.steps import forget_of
from events.registration.handing_over.queries import any_lapsed, get_offered
from events.registration.handing_over.rules import OFFERED_KIND, TAKEN_KIND, Offered, check_can_take, offer_token
from events.registration.handing_over.steps import end_offer
from events.registration.handing_over.tables import PlaceOffer
from events.registration.queries.people import list_assistants
from events.registration.remarks.steps import forget_remarks
from events.registration.rules import (
    ATTENDEE,
    EVERY_KIND,
    HAND_OVERS_PER_DAY,
    LINKS_LEAVE_AFTER,
    NOT_TAKEN_KIND,
    AlreadyRegistered,
    RegistrationOver,
    Standing,
    Ticket,
)
from events.registration.rules.people import NOT_SAID, NOTHING_NEEDED, Affiliation
from events.registration.rules.switching import NOT_CERTAIN, check_can_hand_over
from events.registration.rules.tokens import token_of
from events.registration.steps import people
from events.registration.steps.deciding import forget_request_answers
from events.registration.tables import FormerTicket, Registration

_FORMER = db.prepared_insert(FormerTicket)
_NO_REPLY = db.Prepared("DELETE FROM invitation_reply WHERE registration = :registration")
_MAKE = db.prepared_insert(PlaceOffer)
_LAPSE = db.Prepared("DELETE FROM place_offer WHERE held_until <= :now RETURNING id, registration, delegation")


async def count_hand_over(registration: int) -> None:
    """Nobody finds out by trying who is registered, nor writes to many; raises TooMany."""
    await count_attempt("hand-over", str(registration), limit=HAND_OVERS_PER_DAY, window_seconds=24 * 3600)


@db.write
async def hand_over(token: str, form: HandOver, *, secret: str) -> None:
    """Give the place to somebody else, or, where addresses are proven, offer it to them.

    Raises RegistrationOver, RegistrationClosed; AlreadyRegistered where addresses are not proven.
    """
    places, ticket = await steps.lock_and_reload(await queries.get_by_token(token))
    if ticket.is_over:
        raise RegistrationOver(NOT_CERTAIN)
    own = places[ticket.mode]
    if own.prove_address:
        await offer_place(own, ticket, form, secret=secret, until=own.starts_at)
    else:
        await give_place(places, ticket, form, secret=secret, by=ticket.name)


async def offer_place(
    own: LockedPlaces,
    ticket: Ticket,
    form: HandOver,
    *,
    secret: str,
    until: datetime,
    delegation: int | None = None,
    function: str | None = None,
) -> None:
    """Under the lock: the place is theirs once they take it, `until` then at the latest. An earlier offer ends.

    Whether the address is registered is not looked at before the mail is written: nothing tells it who offers.
    """
    now = utc_now()
    _check_can_give(own, ticket, form, now)
    await end_offer(ticket.id)
    code = new_code()
    row = await _MAKE.row(
        registration=ticket.id,
        delegation=delegation,
        name=form.name,
        email=form.email,
        language=form.language or ticket.language,
        function=function,
        code=code,
        token_digest=digest(offer_token(secret, code)),
        held_until=min(until, now + timedelta(hours=own.hold_hours)),
    )
    await record(ATTENDEE, "offered", f"registration:{ticket.id}", organisation=own.organisation)
    await enqueue(OFFERED_KIND, row["id"], form.email, due_at=now + LINKS_LEAVE_AFTER)  # type: ignore[index]  # an INSERT that returns nothing has raised


@db.write
async def take_place(token: str, *, secret: str) -> str:
    """Who was offered the place has it now; returns the token of its page.

    Raises OfferNotFound, RegistrationClosed, AlreadyRegistered.
    """
    places, offered = await _lock(token)
    offer, ticket = offered.offer, offered.ticket
    check_can_take(offered, utc_now())
    affiliation = NOT_SAID
    contact = await find_delegation(offer.delegation) if offer.delegation else None
    if contact:
        delegations.check_may_replace(ticket, places, utc_now())
        affiliation = structs.replace(contact.affiliation, function=offer.function)
    form = HandOver(name=offer.name, email=offer.email, language=offer.language)
    code = await give_place(places, ticket, form, secret=secret, by=offered.by, affiliation=affiliation)
    if contact:
        await enqueue(delegations.REPLACED_KIND, contact.id, ticket.email, facts={"language": ticket.language})
        await enqueue(delegations.TAKEN_KIND, contact.id, contact.email, facts={"registration": ticket.id})
    else:
        facts = {"taken_by": offer.name, "language": ticket.language}
        await enqueue(TAKEN_KIND, ticket.id, ticket.email, facts=facts)
    return token_of(secret, code, 0)


@db.write
async def decline_place(token: str) -> None:
    """It stays with who has it, and who was offered it is forgotten. Raises OfferNotFound."""
    places, offered = await _lock(token)
    await end_offer(offered.ticket.id)
    await _tell_not_taken(offered.ticket.id, offered.offer.delegation)
    organisation = places[offered.ticket.mode].organisation
    await record(ATTENDEE, "declined_offer", f"registration:{offered.ticket.id}", organisation=organisation)


@db.write
async def take_back_offer(token: str) -> None:
    """Who offered the place keeps it; again changes nothing."""
    places, ticket = await steps.lock_and_reload(await queries.get_by_token(token))
    if await end_offer(ticket.id):
        organisation = places[ticket.mode].organisation
        await record(ATTENDEE, "took_offer_back", f"registration:{ticket.id}", organisation=organisation)


async def end_lapsed_offers() -> int:
    """Forget to whom places were offered that were not taken in time; tells how many."""
    return await _end_lapsed() if await any_lapsed(utc_now()) else 0


@db.write
async def _end_lapsed() -> int:
    lapsed = await _LAPSE.rows(now=utc_now())
    for row in lapsed:
        await forget(row["id"], kinds=(OFFERED_KIND,))
        await _tell_not_taken(row["registration"], row["delegation"])
    return len(lapsed)


async def _tell_not_taken(registration: int, delegation: int | None) -> None:
    """Who offered the place hears nothing of whom, nor why: the mail is the same for all that may have happened."""
    if delegation is None:
        await enqueue(NOT_TAKEN_KIND, registration, (await queries.get_by_id(registration)).email)
    elif contact := await find_delegation(delegation):
        await enqueue(delegations.NOT_TAKEN_KIND, contact.id, contact.email, facts={"registration": registration})


async def _lock(token: str) -> tuple[AllPlaces, Offered]:
    """Lock the places first, then look again: what was read before the lock may be old."""
    places = await programme.lock_all_places((await get_offered(token)).ticket.event)
    return places, await get_offered(token)


def _check_can_give(own: LockedPlaces, ticket: Ticket, form: HandOver, now: datetime) -> None:
    check_can_hand_over(ticket, own.status, own.starts_at, now)
    if own.refuse_disposable:
        check_lasting(form.email)


async def give_place(
    places: AllPlaces, ticket: Ticket, form: HandOver, *, secret: str, by: str, affiliation: Affiliation = NOT_SAID
) -> str:
    """Under the lock: a code and a link of their own for who gets it; of who had it nothing stays but that.

    `by` is who gives it. Returns the code. Raises as `hand_over` does where addresses are not proven.
    """
    own, now, code = places[ticket.mode], utc_now(), new_code()
    _check_can_give(own, ticket, form, now)
    if earlier := await queries.find_earlier(ticket.event, form.email):
        raise AlreadyRegistered(earlier, hidden=own.prove_address)
    await _forget_who_had_it(places, ticket, now)
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
    await record(ATTENDEE, "handed_over", f"registration:{ticket.id}", organisation=own.organisation)
    await enqueue("registration.handed_over", ticket.id, form.email, facts={"by": by})
    return code


async def _forget_who_had_it(places: AllPlaces, ticket: Ticket, now: datetime) -> None:
    """All that hangs on the registration and was theirs; their code and their link say from now on what happened."""
    for assistant in await list_assistants(ticket.event, ticket.id):
        await steps.end(assistant, places, Standing.CANCELLED)
        await forget_registration(assistant.id)
    await steps.end_feed_with_last(ticket.id)
    await people.forget_affiliation(places[ticket.mode].organisation, ticket.affiliation.organisation)
    await people.set_access(ticket.id, NOTHING_NEEDED)
    await forget_answers(ticket.id, keep_counts=False)
    await forget_admission(ticket.id)
    await forget_of(ticket.id)
    await forget_request_answers(ticket.id)
    await forget_remarks(ticket.id)
    await end_offer(ticket.id)  # first, so that what is written meanwhile when it lapses is forgotten too
    await forget(ticket.id, kinds=(*EVERY_KIND, TAKEN_KIND))
    await _NO_REPLY.rows(registration=ticket.id)
    row = await queries.find_row(ticket.id) or {}
    await _FORMER.rows(
        registration=ticket.id,
        code=ticket.code,
        token_digest=row["token_digest"],
        language=ticket.language,
        handed_over_at=now,
    )
