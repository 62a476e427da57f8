"""One more registration."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from events.accounts.actions.attempts import count_attempt
from events.accounts.rules import Actor
from events.activity.steps import record
from events.infra import db
from events.kernel.clock import utc_now
from events.kernel.errors import Invalid, TooMany
from events.kernel.ids import digest, folded, folded_email, new_code
from events.kernel.words import N_
from events.outbox.steps import enqueue
from events.programme import steps as programme
from events.programme.rules import Mode
from events.programme.rules.places import LockedPlaces
from events.registration import queries, steps
from events.registration.answers import steps as answers
from events.registration.early.steps import keep_link
from events.registration.forms import Correction, SignUp
from events.registration.forms.people import AssistantForm
from events.registration.guests import steps as guests
from events.registration.guests.rules import decide_for
from events.registration.rules import ATTENDEE, REMINDERS_PER_DAY, AlreadyRegistered, Standing
from events.registration.rules.people import NOT_SAID, AccessWish, Affiliation, check_affiliation
from events.registration.rules.places import Decision
from events.registration.rules.tokens import token_of
from events.registration.steps import limits, people, stand_ins
from events.registration.steps.coming import Comer, admit, wait_meanwhile
from events.registration.tables import Registration

_INSERT = db.prepared_insert(Registration, conflict="ON CONFLICT DO NOTHING")


class Registered(Struct, frozen=True):
    """What came of it; `token` opens the private page. With an address still to be proven nothing is given away.

    `waits_for` is the mode in whose line they are at `queue_position`. Where it is registered `already` for somebody,
    who is to be reminded, nobody else learns of it.
    """

    id: int
    standing: Standing
    mode: Mode
    code: str
    token: str
    queue_position: int | None
    waits_for: Mode | None
    already: int | None = None


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
    comer = await admit(slug, form, now, by=by, early=early, prove=prove, invitation=invitation)
    asked = comer.places.form if registered_by is None else ""
    accepted = await answers.accept(comer.places.event, asked, form.answers, mode=form.mode) if asked else None
    said = await _accept_affiliation(comer.places, form)
    over_limit, already = await _look_at_others(comer, form, said, secret=secret)
    place = _place_for(comer, now, over_limit=over_limit)
    code = new_code()
    token = token_of(secret, code, 0)
    columns = _columns(form, said, place, now) | {"language": language, "code": code, "token_digest": digest(token)}
    if accepted is None:
        columns["answers"] = msgspec.json.encode(form.answers_as_text).decode()
    registration = await _insert(columns, comer.places, already, secret=secret)
    if accepted:
        await answers.write(registration, accepted)
    await _take(registration, place, comer)
    actor, organisation = by.name if by else ATTENDEE, comer.places.organisation
    await record(actor, "registered", f"registration:{registration}", organisation=organisation)
    if already:
        await answers.forget_answers(registration, keep_counts=True)
        return Registered(registration, place.decision.standing, form.mode, "", "", None, None, already)
    if form.access:
        await people.set_access(registration, AccessWish(**msgspec.structs.asdict(form.access)))
    for assistant in form.assistants:
        await add_assistant(columns, registration, assistant, secret, organisation)
    facts = await _left_to_them(place.own, form.mode, registered_by) if registered_by is not None else None
    await enqueue(f"registration.{place.decision.standing}", registration, form.email, facts=facts)
    position, line = await _in_line(place.line, place.number)
    return Registered(registration, place.decision.standing, Mode(place.own.mode), code, token, position, line)


async def _insert(columns: dict[str, Any], places: LockedPlaces, already: int | None, *, secret: str) -> int:
    """Raises AlreadyRegistered for who asked for another mode at the same moment, whose places are locked apart."""
    row = await _INSERT.row(**(stand_ins.as_nobody(columns, secret=secret) if already else columns))
    if row is None:
        earlier = already or await queries.find_earlier(places.event, columns["email"])
        raise AlreadyRegistered(earlier or 0, hidden=places.prove_address)
    return int(row["id"])


class _Place(Struct, frozen=True, kw_only=True):
    """What they get: where they attend, `own`, and whose `line` they are in as which `number`."""

    own: LockedPlaces
    line: LockedPlaces
    decision: Decision
    number: int | None
    over_limit: bool


async def _accept_affiliation(places: LockedPlaces, form: SignUp) -> Affiliation:
    said = form.affiliation.said if form.affiliation else NOT_SAID
    check_affiliation(places.ask_affiliation, said)
    check_access(places, form)
    return await people.name_affiliation(places.organisation, said)


async def _look_at_others(comer: Comer, form: SignUp, said: Affiliation, *, secret: str) -> tuple[bool, int | None]:
    """Whether their organisation has as many as it may, and for whom this one only stands in.

    Raises AlreadyRegistered.
    """
    places = comer.places
    earlier = await queries.find_earlier(places.event, form.email)
    but = (not places.prove_address and earlier) or 0  # a limit must not tell either who is registered
    limited = not comer.vouched and comer.guest is None
    beyond = limited and await limits.is_beyond(places, said, mode=form.mode, but=but)
    if earlier is not None and (
        comer.proven or not await stand_ins.may_stand_in(places, earlier, form.email, secret=secret)
    ):
        raise AlreadyRegistered(earlier, hidden=places.prove_address)
    return beyond, earlier


def _place_for(comer: Comer, now: datetime, *, over_limit: bool) -> _Place:
    asked, meanwhile = comer.places, wait_meanwhile(comer, now)
    own = meanwhile or asked
    decision = decide_for(comer.guest, own, now, proven=comer.proven, over_limit=over_limit)
    number = decision.queue_number
    if meanwhile:
        number = asked.last_in_line + 1 if comer.proven else None
    return _Place(own=own, line=asked, decision=decision, number=number, over_limit=over_limit)


def _columns(form: SignUp, said: Affiliation, place: _Place, now: datetime) -> dict[str, Any]:
    """What of a new registration follows from what was sent and what was decided; answers are kept apart."""
    waits = place.number is not None or place.own is not place.line
    return {
        "event": place.own.event,
        "mode": place.own.mode,
        "standing": place.decision.standing.value,
        "holds_place": place.decision.holds_place,
        "waits_for": place.line.mode if waits else None,
        "queue_number": place.number,
        "over_limit": place.over_limit,
        "skips_approval": False,
        "name": form.name,
        "name_folded": folded(form.name)[:400],
        "email": form.email,
        "email_folded": folded_email(form.email),
        **people.columns_of(said),
        "answers": "{}",
        "token_counter": 0,
        "registered_at": now,
        "changed_at": now,
        "held_until": place.decision.held_until,
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


async def _left_to_them(places: LockedPlaces, mode: Mode, registered_by: str) -> dict[str, Any]:
    """What the mail tells who was registered by somebody else."""
    missing = await answers.count_required(places.event, places.form, mode=mode) if places.form else 0
    return {"registered_by": registered_by} | ({"missing": missing} if missing else {})


async def _take(registration: int, place: _Place, comer: Comer) -> None:
    """The place or the number is theirs, and the link or invitation used by which they came.

    A place that was kept for them is counted already; in another mode than theirs it goes to who waits for it.
    """
    guest = comer.guest
    kept = guest.reserved if guest and comer.proven else None
    await steps.take(place.own, place=place.decision.holds_place and kept != place.own.mode)
    await steps.take(place.line, number=place.number)
    if comer.opening:
        await keep_link(registration, comer.opening)
    if guest and not comer.proven:
        await guests.claim(guest, registration)
    elif guest:
        await guests.use(guest, registration)
        if kept and kept != place.own.mode:
            await steps.give_back(await programme.lock_all_places(place.own.event), kept)


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
