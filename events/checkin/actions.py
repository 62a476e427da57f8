from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from events.accounts.rules import Actor
from events.activity.steps import record
from events.checkin import queries
from events.checkin.forms import DoorForm, ScanForm
from events.checkin.rules import (
    LONGEST_CODE_KEPT,
    NOBODY,
    OPENS_AFTER,
    Answer,
    Direction,
    DoorClosed,
    DoorFacts,
    KeptScan,
    NonceReused,
    Reason,
    Result,
    ShownTicket,
    answer_to,
    may_be_asked,
    needs_pass,
    refusal,
)
from events.checkin.tables import Door, Scan
from events.infra import db
from events.kernel.clock import utc_now
from events.kernel.ids import derived_token, digest, new_token, read_code
from events.programme import queries as events
from events.registration.admission.queries import find_stored
from events.registration.admission.rules import admission_for
from events.registration.answers.steps import replace
from events.registration.steps import check_in
from events.settings import Settings

_OPEN = db.prepared_insert(Door)
_SET_TOKEN = db.Prepared("UPDATE door SET token_digest = :digest WHERE id = :id")
_CLOSE = db.Prepared("UPDATE door SET closed_at = :now WHERE id = :id AND closed_at IS NULL RETURNING id")
# Takes the one admission at a door and day, and the nonce; nothing comes back when either is taken.
_CLAIM = db.prepared_insert(Scan, conflict="ON CONFLICT DO NOTHING")


# What was read and is no ticket may be anything: a card with a name, an address that somebody typed.
_FORGET_READ = db.Prepared(
    "UPDATE scan SET code_read = '' WHERE registration IS NULL AND code_read <> '' AND door IN"
    " (SELECT d.id FROM door d JOIN event e ON e.id = d.event WHERE e.ends_at < :before) RETURNING id"
)


def token_of(secret: str, door: int) -> str:
    """The token of a door's address, made again whenever somebody is shown it."""
    return derived_token(secret, "door", str(door), 0)


def url_of(door: DoorFacts, settings: Settings) -> str:
    """What a volunteer's phone opens."""
    return f"{settings.base_url}/door/{token_of(settings.secret_key, door.id)}"


@db.write
async def open_door(slug: str, form: DoorForm, *, by: Actor, secret: str) -> DoorFacts:
    event = await events.get_own_event(slug, by.organisation)
    row = await _OPEN.row(
        event=event.id,
        name=form.name,
        token_digest=digest(new_token()),  # until there is the id that the door's own is made of
        reentry=form.reentry,
        created_at=utc_now(),
        opens_at=form.opens_at,
        opens_for=event.starts_at if form.opens_at else None,
        closed_at=None,
    )
    door = int(row["id"])  # type: ignore[index]  # an INSERT that returns nothing has raised
    await _SET_TOKEN.rows(id=door, digest=digest(token_of(secret, door)))
    await record(by.name, "opened", f"door:{door}", organisation=by.organisation)
    return await queries.get_own_door(door, by.organisation)


@db.write
async def close_door(door: int, *, by: Actor) -> None:
    """Its address opens nothing any more; again changes nothing. Raises DoorNotFound."""
    found = await queries.get_own_door(door, by.organisation)
    if await _CLOSE.row(id=found.id, now=utc_now()):
        await record(by.name, "closed", f"door:{found.id}", organisation=by.organisation)


@db.write
async def scan(door: int, scans: Sequence[ScanForm], *, by: Actor) -> list[Answer]:
    """What a program scanned, which says itself when; keeps all of it, or nothing when it raises.

    DoorNotFound, DoorClosed, NonceReused.
    """
    found = await queries.get_own_door(door, by.organisation)
    if found.closed_at is not None:
        raise DoorClosed
    return await _scan_all(found, scans, ahead=True)


@db.write
async def scan_with_phone(door: DoorFacts, scans: Sequence[ScanForm]) -> list[Answer]:
    """What a volunteer's phone scanned; its clock may be behind, as without network, but never ahead of ours."""
    return await _scan_all(door, scans, ahead=False)


@db.write
async def answer_at_door(door: DoorFacts, code: str, given: Mapping[str, Any]) -> None:
    """Keep what somebody said at the door; what is not given at all stays. Raises NobodyToAsk, Invalid."""
    ticket = await queries.get_person(door, code)
    form, _ = await queries.list_asked(door, ticket)
    if changed := await replace(ticket.id, door.event, form, given, modes=[ticket.mode]):
        subject = f"registration:{ticket.id}"
        await record(f"door:{door.id}", "changed_answers", subject, organisation=door.organisation, questions=changed)


@db.write
async def forget_strange_codes() -> int:
    """Once doors are closed for good, nobody asks any more what else was held before them; tells of how many."""
    return len(await _FORGET_READ.rows(before=utc_now() - OPENS_AFTER))


async def _scan_all(door: DoorFacts, scans: Sequence[ScanForm], *, ahead: bool) -> list[Answer]:
    """One after the other by their codes, so that two phones that send the same tickets do not lock each other out."""
    now = utc_now()
    answers: dict[int, Answer] = {}
    for number, form in sorted(enumerate(scans), key=lambda numbered: _code_in(numbered[1].code)):
        at = form.scanned_at or now
        answers[number] = await _scan(door, form, at if ahead else min(at, now), now)
    return [answers[number] for number in range(len(scans))]


async def _scan(door: DoorFacts, form: ScanForm, at: datetime, now: datetime) -> Answer:
    ticket = await queries.find_ticket(form.code, door.organisation)
    reason = refusal(door, ticket, at, form.direction)
    while (kept := await _keep(door, form, ticket, reason, at, now)) is None:
        if form.nonce and (earlier := await queries.find_by_nonce(door.id, form.nonce)):
            return await _same_again(door, form, ticket, earlier)
        reason = Reason.ALREADY_ADMITTED  # not the nonce, so somebody else has taken the day's admission
    if ticket and reason is None and form.direction is Direction.IN and not ticket.checked_in:
        await check_in(ticket.id, at)
    return await _answer(door, ticket, reason, form.direction, door.day_of(at), kept)


async def _keep(
    door: DoorFacts, form: ScanForm, ticket: ShownTicket | None, reason: Reason | None, at: datetime, now: datetime
) -> int | None:
    """Write the scan down; None when its nonce, or the day's one admission that it would be, is taken."""
    row = await _CLAIM.row(
        door=door.id,
        registration=(ticket.id or None) if ticket else None,
        code_read=form.code[:LONGEST_CODE_KEPT],
        nonce=form.nonce,
        direction=form.direction.value,
        result=(Result.REFUSED if reason else Result.ADMITTED).value,
        reason=reason.value if reason else None,
        day=door.day_of(at),
        exclusive=reason is None and form.direction is Direction.IN and not door.reentry,
        scanned_at=at,
        received_at=now,
    )
    return row["id"] if row else None


async def _same_again(door: DoorFacts, form: ScanForm, ticket: ShownTicket | None, earlier: KeptScan) -> Answer:
    if _code_in(earlier.code_read) != _code_in(form.code[:LONGEST_CODE_KEPT]):
        raise NonceReused(form.nonce or "")
    known = ticket if earlier.registration is not None or (ticket and ticket.id == NOBODY) else None
    return await _answer(door, known, earlier.reason, earlier.direction, earlier.day, earlier.id)


def _code_in(read: str) -> str:
    return read_code(read) or read


async def _answer(
    door: DoorFacts, ticket: ShownTicket | None, reason: Reason | None, direction: Direction, day: date, scan: int
) -> Answer:
    admitted_before = reason is Reason.ALREADY_ADMITTED or (
        reason is None and door.reentry and direction is Direction.IN
    )
    first = await queries.find_first(door, ticket.id, day, before=scan) if ticket and admitted_before else None
    admission = None
    if ticket and needs_pass(door, ticket):
        admission = admission_for(ticket.mode, await find_stored(ticket.id))
    asks = 0
    if ticket and may_be_asked(door, ticket, reason, direction):
        asks = await queries.count_left_to_ask(door, ticket)
    return answer_to(ticket, reason, first, admission, asks)
