from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from events.accounts.actions.attempts import count_attempt
from events.accounts.rules import Actor
from events.activity.steps import record
from events.infra import db
from events.infra.ics.replies import ANSWERS, Reply
from events.infra.imap import Mark
from events.kernel.clock import utc_now
from events.kernel.errors import Invalid, TooMany
from events.kernel.ids import digest, folded, folded_email, new_code, same_text
from events.kernel.spans import wall_time_at
from events.kernel.words import N_
from events.outbox.steps import enqueue, forget
from events.programme import queries as events
from events.programme import steps as programme
from events.programme.rules import AllPlaces, EventNotFound, LockedPlaces, Mode, Status
from events.registration import moving, queries, steps
from events.registration.abuse.rules import check_lasting
from events.registration.admission.steps import forget_admission
from events.registration.answers import steps as answers
from events.registration.delegations.steps import leave_delegation
from events.registration.early.rules import Opening
from events.registration.early.steps import forget_link, keep_link, use_link
from events.registration.forms import Correction, SignUp
from events.registration.forms.people import AssistantForm
from events.registration.guests import steps as guests
from events.registration.guests.rules import Guest, asked_for, decide_for
from events.registration.invitations import tag_of, tags_in
from events.registration.queries.people import list_assistants
from events.registration.queries.rows import ticket_of
from events.registration.remarks.steps import forget_remarks
from events.registration.retention import steps as retention
from events.registration.retention.queries import list_due, list_due_people
from events.registration.retention.rules import What
from events.registration.rules import (
    EVERY_KIND,
    REMINDERS_PER_DAY,
    AlreadyRegistered,
    Decision,
    Standing,
    Ticket,
    check_open,
    check_room,
    check_takes_place,
    sequence_of,
    standing_with_place,
    token_of,
)
from events.registration.rules.people import NOT_SAID, NOTHING_NEEDED, AccessWish, check_affiliation
from events.registration.steps import limits, people
from events.registration.steps.deciding import forget_request_answers
from events.registration.tables import Inbox, InvitationReply, Registration
from events.settings import InboxUrl

_INSERT = db.prepared_insert(Registration)
_AT_ONCE = 200
# `email_folded` must stay unique among those whose standing is kept.
_FORGET = db.Prepared(
    "UPDATE registration SET name = '', name_folded = '', email = '', email_folded = '-' || CAST(id AS VARCHAR),"
    " answers = '{}', affiliation = NULL, affiliation_folded = NULL, affiliation_type = NULL,"
    " affiliation_function = NULL, affiliation_country = NULL, erased_at = :now WHERE id = :id"
)
_REPLIED = db.prepared_insert(
    InvitationReply,
    conflict="ON CONFLICT (registration) DO UPDATE SET answer = excluded.answer, stamped_at = excluded.stamped_at"
    " WHERE invitation_reply.stamped_at < excluded.stamped_at",
)
_MARKED = db.prepared_insert(
    Inbox,
    conflict="ON CONFLICT (name) DO UPDATE SET validity = excluded.validity, last_letter = excluded.last_letter,"
    " read_at = excluded.read_at"
    " WHERE inbox.validity <> excluded.validity OR inbox.last_letter < excluded.last_letter",
)
ATTENDEE = "attendee"

change_event = moving.change_event
cancel_event = moving.cancel_event


class Registered(Struct, frozen=True):
    """What came of it; `token` opens the private page. With an address still to be proven nothing is given away.

    `waits_for` is the mode in whose line they are at `queue_position`.
    """

    id: int
    standing: Standing
    mode: Mode
    code: str
    token: str
    queue_position: int | None
    waits_for: Mode | None


@db.write
async def register(
    slug: str,
    form: SignUp,
    *,
    language: str,
    secret: str,
    by: Actor | None = None,
    early: str = "",
    prove: bool = False,
    registered_by: str | None = None,
    invitation: str | None = None,
) -> Registered:
    """One place for one person. Raises RegistrationClosed, AlreadyRegistered, Full, EventNotFound, Invalid,
    TooManyOfOne.

    Whoever registers people with a token of the organisation vouches for their addresses, and for how many come.
    `early` is the token of the link by which somebody came; one that does not work (any more) opens nothing.
    `prove`: as things are now the address must be proven, wherever it is, and holds no place until then.
    What is asked besides is for themselves to answer, later, where somebody else registered them.
    The token of an `invitation` raises GuestNotFound, InvitationOver where it does not work.
    """
    now = utc_now()
    places, meanwhile = await _lock(slug, form, everything=invitation is not None)
    if places is None or (places.status == Status.DRAFT and (by is None or by.organisation != places.organisation)):
        await _refuse_mode(slug, form.mode, by)
        raise EventNotFound
    vouched = by is not None and by.organisation == places.organisation
    guest = await guests.find_for(places, form.email, token=invitation)
    opening = await use_link(early, places.event) if early else None
    _check_open(places, now, opening, vouched=vouched, invited=invitation is not None)
    if not vouched:
        _check_address(places, meanwhile, form.email, prove=prove, guest=invitation is not None)
    asked = places.form if registered_by is None else ""
    accepted = await answers.accept(places.event, places.form, form.answers, mode=form.mode) if asked else None
    proven = vouched or not places.prove_address or bool(invitation and guest and guest.is_theirs(form.email))
    if not proven and not invitation:
        guest = None  # who has not proven to be the guest is treated as anybody
    said = form.affiliation.said if form.affiliation else NOT_SAID
    check_affiliation(places.ask_affiliation, said)
    check_access(places, form)
    said = await people.name_affiliation(places.organisation, said)
    earlier = await queries.find_earlier(places.event, form.email)
    but = (not places.prove_address and earlier) or 0  # a limit must not tell either who is registered
    over_limit = not vouched and guest is None and await limits.is_beyond(places, said, mode=form.mode, but=but)
    if earlier is not None:
        raise AlreadyRegistered(earlier, hidden=places.prove_address)
    waits_for, later = places, _later(guest, places, meanwhile, opening, now)
    places = later or places
    decision = decide_for(guest, places, now, proven=proven, over_limit=over_limit)
    number = decision.queue_number
    if later:
        number = waits_for.last_in_line + 1 if proven else None
    code = new_code()
    token = token_of(secret, code, 0)
    columns = _columns(form, places, decision, now) | {
        "waits_for": waits_for.mode if number is not None or places is not waits_for else None,
        "queue_number": number,
        "language": language,
        "answers": "{}" if accepted else msgspec.json.encode(form.answers_as_text).decode(),
        "code": code,
        "token_digest": digest(token),
        "over_limit": over_limit,
        **people.columns_of(said),
    }
    row = await _INSERT.row(**columns)
    registration = int(row["id"])  # type: ignore[index]  # an INSERT that returns nothing has raised
    if accepted:
        await answers.write(registration, accepted)
    await steps.take(places, place=decision.holds_place and not (guest and proven and guest.reserved == places.mode))
    await steps.take(waits_for, number=number)
    await _came_by(registration, places, opening, guest, proven=proven)
    await record(
        by.name if by else ATTENDEE, "registered", f"registration:{registration}", organisation=places.organisation
    )
    if form.access:
        await people.set_access(registration, AccessWish(**msgspec.structs.asdict(form.access)))
    for assistant in form.assistants:
        await add_assistant(columns, registration, assistant, secret, places.organisation)
    facts = await _left_to_them(places, form.mode, registered_by) if registered_by is not None else None
    await enqueue(f"registration.{decision.standing}", registration, form.email, facts=facts)
    position, line = await _in_line(waits_for, number)
    return Registered(registration, decision.standing, Mode(places.mode), code, token, position, line)


def _columns(form: SignUp, places: LockedPlaces, decision: Decision, now: datetime) -> dict[str, Any]:
    """What of a new registration follows from what was sent and what was decided."""
    return {
        "event": places.event,
        "mode": places.mode,
        "standing": decision.standing.value,
        "holds_place": decision.holds_place,
        "name": form.name,
        "name_folded": folded(form.name)[:400],
        "email": form.email,
        "email_folded": folded_email(form.email),
        "token_counter": 0,
        "registered_at": now,
        "changed_at": now,
        "held_until": decision.held_until,
        "checked_in_at": None,
        "erased_at": None,
        "assists": None,
        "assists_as": None,
    }


async def _in_line(places: LockedPlaces, number: int | None) -> tuple[int | None, Mode | None]:
    """Which they are, and in whose line."""
    if number is None:
        return None, None
    mode = Mode(places.mode)
    return 1 + await queries.count_ahead_of(places.event, mode, number), mode


def _check_open(places: LockedPlaces, now: datetime, opening: Opening | None, *, vouched: bool, invited: bool) -> None:
    """Who comes with an invitation is let in before it opens and after it closes."""
    if invited:
        check_open(places.status, places.ends_at, places.ends_at, now)
        return
    at_any_time = vouched or opening is not None
    opens = wall_time_at(places.opens_at, places.opens_zone or "UTC") if places.opens_at and not at_any_time else None
    check_open(places.status, places.ends_at, _closes_at(places, opening), now, opens=opens)


def _check_address(
    places: LockedPlaces, meanwhile: LockedPlaces | None, email: str, *, prove: bool, guest: bool
) -> None:
    if prove:
        for asked in filter(None, (places, meanwhile)):
            asked.prove_address, asked.holds_unproven = True, False
    if places.refuse_disposable:
        check_lasting(email)
    if places.prove_address and not guest:
        check_room(places)  # first, or a full event would tell who is registered from who is not; answers likewise


async def _left_to_them(places: LockedPlaces, mode: Mode, registered_by: str) -> dict[str, Any]:
    """What the mail tells who was registered by somebody else."""
    missing = await answers.count_required(places.event, places.form, mode=mode) if places.form else 0
    return {"registered_by": registered_by} | ({"missing": missing} if missing else {})


def _later(
    guest: Guest | None,
    places: LockedPlaces,
    meanwhile: LockedPlaces | None,
    opening: Opening | None,
    now: datetime,
) -> LockedPlaces | None:
    """Where they attend while they wait for what they asked for, if they have to and can."""
    kept = guest.reserved if guest else None
    if meanwhile is None or not places.is_full or kept == places.mode:
        return None
    check_room(places)
    has_room = not meanwhile.is_full and now < _closes_at(meanwhile, opening)
    return meanwhile if has_room or kept == meanwhile.mode else None


async def _came_by(
    registration: int, places: LockedPlaces, opening: Opening | None, guest: Guest | None, *, proven: bool
) -> None:
    """The link is used. A place that was kept in another mode than theirs goes to who waits for it."""
    if opening:
        await keep_link(registration, opening)
    if guest and not proven:
        await guests.claim(guest, registration)
    elif guest:
        await guests.use(guest, registration)
        if guest.reserved and guest.reserved != places.mode:
            await steps.give_back(await programme.lock_all_places(places.event), guest.reserved)


def check_access(places: LockedPlaces, form: SignUp | Correction) -> None:
    """Raises Invalid when something is said of it that the event does not ask."""
    if not places.ask_access and (form.access or form.assistants):
        field = "access" if form.access else "assistants"
        raise Invalid.of(field, N_("This event does not ask for it. Leave it out."))


async def add_assistant(
    person: dict[str, Any], registration: int, form: AssistantForm, secret: str, organisation: int
) -> None:
    """With a ticket of their own, standing as the person does and counted nowhere."""
    code = new_code()
    row = await _INSERT.row(
        **person
        | people.columns_of(NOT_SAID)
        | {
            "name": form.name,
            "name_folded": folded(form.name)[:400],
            "email_folded": f"-{code}",
            "answers": "{}",
            "code": code,
            "token_digest": digest(token_of(secret, code, 0)),
            "token_counter": 0,
            "checked_in_at": None,
            "waits_for": None,
            "assists": registration,
            "assists_as": form.role.value,
        }
    )
    await record(ATTENDEE, "registered", f"registration:{row['id']}", organisation=organisation)  # type: ignore[index]  # as above


async def _lock(slug: str, form: SignUp, *, everything: bool) -> tuple[LockedPlaces | None, LockedPlaces | None]:
    """The places that they ask for, and those in which they would wait for them; one lock where one will do."""
    if form.meanwhile in {None, form.mode} and not everything:
        return await programme.lock_places(slug, form.mode), None
    event = await events.find_id(slug)
    places = await programme.lock_all_places(event) if event else {}
    return places.get(form.mode), places.get(str(form.meanwhile)) if form.meanwhile != form.mode else None


def _closes_at(places: LockedPlaces, opening: Opening | None) -> datetime:
    return opening.closes_at(places.closes_at, places.starts_at) if opening else places.closes_at


async def _refuse_mode(slug: str, mode: Mode, by: Actor | None) -> None:
    """Raise what fits when there are no such places: the event is unknown, or known and does not offer the mode."""
    event = await events.get_event(slug, viewer=by.organisation if by else None)
    if mode not in event.modes:
        raise Invalid.of("mode", N_("This event does not offer this way to attend."))


async def remind_registered(registration: int) -> None:
    """Send the link again to who asks for a place twice, a few times a day; nobody else learns of it."""
    try:
        await count_attempt("reminder", str(registration), limit=REMINDERS_PER_DAY, window_seconds=24 * 3600)
    except TooMany:
        return
    await _remind(registration)


@db.write
async def _remind(registration: int) -> None:
    ticket = await queries.get_by_id(registration)
    await enqueue("registration.already", ticket.id, ticket.email)


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


@db.write
async def cancel_registration(code: str, *, by: Actor) -> None:
    """An organiser takes somebody off the list; again changes nothing. Raises TicketNotFound."""
    places, ticket = await steps.lock_and_reload(await queries.get_own_by_code(code, by.organisation))
    await _cancel(places, ticket, by.name)


@db.write
async def cancel_own(token: str) -> Ticket:
    """Who holds the private link gives the place back; again changes nothing. Raises RegistrationClosed afterwards."""
    places, ticket = await steps.lock_and_reload(await queries.get_by_token(token))
    if not ticket.is_over:
        own = places[ticket.mode]
        check_takes_place(own.status, own.ends_at, utc_now())
    await _cancel(places, ticket, ATTENDEE)
    return await queries.get_by_id(ticket.id)


async def _cancel(places: AllPlaces, ticket: Ticket, actor: str, **facts: object) -> None:
    if ticket.is_over:
        return
    await steps.end(ticket, places, Standing.CANCELLED)
    await record(actor, "cancelled", f"registration:{ticket.id}", organisation=places[ticket.mode].organisation)
    if not ticket.erased_at:
        await enqueue("registration.cancelled", ticket.id, ticket.email, facts={"was": ticket.standing, **facts})


@db.write
async def take_reply(reply: Reply, *, inbox: InboxUrl, secret: str) -> bool:
    """Keep what somebody's calendar answered, and give their place back if they decline. Whether it was believed.

    Nobody answers for another: the tag must be that of the registration. An answer that is older than the one we have,
    or that was given to what the event was before, says nothing about now.
    """
    for registration, tag in tags_in(reply, inbox).items():
        row = await queries.find_row(registration)
        if row and same_text(tag_of(ticket_of(row), secret), tag):
            return await _take_reply(ticket_of(row), reply)
    return False


async def _take_reply(ticket: Ticket, reply: Reply) -> bool:
    places, ticket = await steps.lock_and_reload(ticket)
    event = await events.get_event_by_id(ticket.event)
    known = sequence_of(event, ticket, await queries.count_ended(ticket))
    outdated = reply.sequence is not None and reply.sequence < known
    if reply.uid != event.uid or outdated or reply.answer not in ANSWERS or ticket.erased_at:
        return False
    if not await _REPLIED.rows(registration=ticket.id, answer=reply.answer, stamped_at=reply.stamped_at):
        return False
    verb = f"answered {reply.answer.lower()}"
    here = places[ticket.mode]
    await record(ATTENDEE, verb, f"registration:{ticket.id}", organisation=here.organisation)
    if reply.answer == "DECLINED" and here.status != Status.CANCELLED and utc_now() < here.ends_at:
        await _cancel(places, ticket, ATTENDEE, by_calendar=True)
    return True


@db.write
async def keep_mark(inbox: str, mark: Mark) -> None:
    """Remember how far a mailbox was read, and never less."""
    await _MARKED.rows(name=inbox, validity=mark.validity, last_letter=mark.last, read_at=utc_now())


@db.write
async def erase_own(token: str) -> None:
    """Give the place back and forget who it was. The row stays for the counts; once the event is over, as it is."""
    places, ticket = await steps.lock_and_reload(await queries.get_by_token(token))
    own = places[ticket.mode]
    if not ticket.is_over and utc_now() < own.ends_at:
        await steps.end(ticket, places, Standing.CANCELLED)
    await forget_registration(ticket.id, keep_counts=False)
    await record(ATTENDEE, "erased", f"registration:{ticket.id}", organisation=own.organisation)


async def forget_registration(registration: int, *, keep_counts: bool = False) -> int:
    """Forget who it was, with who came to assist; tells of how many.

    `keep_counts` leaves what they chose from a list, and how many came for what and from where: nothing of anybody.
    """
    row = await queries.find_row(registration)
    if row is None or row["erased_at"]:
        return 0
    await answers.forget_answers(registration, keep_counts=keep_counts)
    await guests.forget_of(registration)
    await forget_admission(registration)
    await steps.end_feed_with_last(registration)
    await leave_delegation(registration)
    if keep_counts:
        await retention.keep_counts(
            row["event"], affiliation_type=row["affiliation_type"], country=row["affiliation_country"]
        )
    await people.forget_affiliation(await events.get_organisation_id(row["event"]), row["affiliation"])
    await people.set_access(registration, NOTHING_NEEDED)
    forgotten = 1
    for assistant in await list_assistants(row["event"], registration):
        forgotten += await forget_registration(assistant.id, keep_counts=keep_counts)
    await _FORGET.rows(id=registration, now=utc_now())
    await forget_request_answers(registration)
    await forget_remarks(registration)
    await forget_link(registration)
    await forget(registration, kinds=EVERY_KIND)
    return forgotten


async def erase_outdated(now: datetime | None = None) -> int:
    """Keep the promise of how long it is known who came; tells how many were forgotten, and writes it down."""
    now = now or utc_now()
    forgotten = 0
    for due in await list_due(now):
        if due.what is What.PEOPLE:
            while some := await _erase_some(due.event, now):
                forgotten += some
    return forgotten


@db.write
async def _erase_some(event: int, now: datetime) -> int:
    forgotten = wishes = 0
    for registration in await list_due_people(event, now, limit=_AT_ONCE):
        wishes += await retention.has_wish(registration)
        forgotten += await forget_registration(registration, keep_counts=True)
    await retention.record_erasure(now, event, What.ACCESS, wishes)
    await retention.record_erasure(now, event, What.PEOPLE, forgotten)
    return forgotten


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
        await record("system", "expired", f"registration:{ticket.id}", organisation=organisation)
