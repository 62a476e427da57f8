from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from events.checkin.rules import (
    NOBODY,
    Counts,
    Direction,
    DoorFacts,
    DoorGone,
    DoorNotFound,
    FirstScan,
    KeptScan,
    NobodyToAsk,
    Reason,
    Result,
    ScanFacts,
    ShownTicket,
)
from events.infra import db
from events.kernel.clock import utc_now
from events.kernel.ids import digest, read_code
from events.kernel.zones import zone_info
from events.programme.rules import Mode, Status
from events.questions.queries import get_form
from events.questions.rules import MODE, NOTHING, Asked, Form
from events.registration.answers.queries import Answers, list_answers
from events.registration.rules import Standing

Row = Mapping[str, Any]
MOST_RECENT = 10
MOST_LISTED = 20

_DOOR = (
    "SELECT d.id, d.name, d.reentry, d.token_digest, d.opens_at, d.opens_for, d.closed_at, d.event, e.slug, e.title,"
    " e.admission, e.admission_step, e.organisation, e.form, e.status, e.starts_at, e.ends_at, e.starts_zone AS zone"
    " FROM door d JOIN event e ON e.id = d.event"
)
_BY_ID = db.Prepared(f"{_DOOR} WHERE d.id = :id AND e.organisation = :organisation")
_BY_TOKEN = db.Prepared(f"{_DOOR} WHERE d.token_digest = :digest")
_OF_EVENT = db.Prepared(f"{_DOOR} WHERE d.event = :event ORDER BY d.closed_at IS NOT NULL, d.id")
_TICKET = db.Prepared(
    "SELECT r.id, r.event, e.title, r.name, r.mode, r.standing, r.erased_at, r.checked_in_at, p.name AS assists"
    " FROM registration r JOIN event e ON e.id = r.event LEFT JOIN registration p ON p.id = r.assists"
    " WHERE r.code = :code AND e.organisation = :organisation"
)
_FORMER = db.Prepared(
    "SELECT r.event, e.title, r.mode FROM former_ticket f JOIN registration r ON r.id = f.registration"
    " JOIN event e ON e.id = r.event WHERE f.code = :code AND e.organisation = :organisation"
)
_BY_NONCE = db.Prepared(
    "SELECT id, registration, code_read, direction, reason, day FROM scan WHERE door = :door AND nonce = :nonce"
)
_FIRST = db.Prepared(
    "SELECT scanned_at FROM scan WHERE door = :door AND registration = :registration AND day = :day"
    " AND result = 'admitted' AND direction = 'in' AND id < :before ORDER BY scanned_at, id LIMIT 1"
)
_COUNTS = db.Prepared(
    "SELECT COUNT(*) AS expected, COUNT(checked_in_at) AS admitted FROM registration"
    " WHERE event = :event AND mode = 'in_person' AND standing = 'confirmed'"
)
_SCAN = (
    "SELECT s.id, s.scanned_at, s.code_read, s.direction, s.result, s.reason, r.name, d.name AS door"
    " FROM scan s JOIN door d ON d.id = s.door LEFT JOIN registration r ON r.id = s.registration"
)
_RECENT_AT_DOOR = db.Prepared(f"{_SCAN} WHERE s.door = :door ORDER BY s.id DESC LIMIT :limit")
_RECENT_AT_EVENT = db.Prepared(f"{_SCAN} WHERE d.event = :event ORDER BY s.id DESC LIMIT :limit")
_BY_REASON = db.Prepared(
    "SELECT s.reason, COUNT(*) AS number FROM scan s JOIN door d ON d.id = s.door WHERE d.event = :event"
    " GROUP BY s.reason ORDER BY number DESC"
)


async def get_own_door(door: int, organisation: int) -> DoorFacts:
    """Raises DoorNotFound for another organisation's."""
    row = await _BY_ID.row(id=door, organisation=organisation)
    if row is None:
        raise DoorNotFound
    return door_of(row)


async def find_by_token(token: str) -> DoorFacts | None:
    row = await _BY_TOKEN.row(digest=digest(token))
    return door_of(row) if row else None


def check_open(door: DoorFacts) -> DoorFacts:
    """Raises DoorGone when its address opens nothing any more."""
    if not door.is_open(utc_now()):
        raise DoorGone
    return door


async def list_doors(event: int) -> list[DoorFacts]:
    """Those that are open first."""
    return [door_of(row) for row in await _OF_EVENT.rows(event=event)]


async def find_ticket(read: str, organisation: int) -> ShownTicket | None:
    """The ticket with this code, if it is for an event of this organisation: a door knows no others."""
    code = read_code(read)
    row = await _TICKET.row(code=code, organisation=organisation) if code else None
    if row is None:
        former = await _FORMER.row(code=code, organisation=organisation) if code else None
        return (
            None
            if former is None
            else ShownTicket(
                id=NOBODY,
                event=former["event"],
                title=msgspec.json.decode(former["title"]),
                name="",
                mode=Mode(former["mode"]),
                standing=Standing.CANCELLED,
                erased=True,
                checked_in=False,
            )
        )
    return ShownTicket(
        id=row["id"],
        event=row["event"],
        title=msgspec.json.decode(row["title"]),
        name=row["name"],
        mode=Mode(row["mode"]),
        standing=Standing(row["standing"]),
        erased=row["erased_at"] is not None,
        checked_in=row["checked_in_at"] is not None,
        assists=row["assists"] or None,
    )


async def get_person(door: DoorFacts, code: str) -> ShownTicket:
    """Who may be asked something here; raises NobodyToAsk."""
    ticket = await find_ticket(code, door.organisation)
    if ticket is None or not ticket.has_place_at(door.event):
        raise NobodyToAsk
    return ticket


async def list_asked(door: DoorFacts, ticket: ShownTicket) -> tuple[Form, Answers]:
    """What this person is asked at the door, and what is known of it.

    A door is told nothing that is sensitive, not even by a question that follows from it.
    """
    form = await get_form(door.event, door.form)
    if not form.asking(Asked.DOOR, sensitive=False).sections:
        return NOTHING, {}
    _, found = await list_answers(door.event, [ticket.id])
    answers = found.get(ticket.id, {})
    known = {MODE: (ticket.mode.value,)} | {name: one.values for name, one in answers.items()}
    form = form.asking_later(known, Asked.DOOR)
    return form, {one.name: answers[one.name] for one in form.questions if one.name in answers}


async def count_left_to_ask(door: DoorFacts, ticket: ShownTicket) -> int:
    form, answers = await list_asked(door, ticket)
    return sum(one.is_answered and one.name not in answers for one in form.questions)


async def find_by_nonce(door: int, nonce: str) -> KeptScan | None:
    row = await _BY_NONCE.row(door=door, nonce=nonce)
    if row is None:
        return None
    facts = dict(row) | {"direction": Direction(row["direction"]), "reason": row["reason"] and Reason(row["reason"])}
    return KeptScan(**facts)


async def find_first(door: DoorFacts, registration: int, day: date, *, before: int) -> FirstScan | None:
    """The earliest admission at this door and day, of the scans that came before the one with the id `before`."""
    row = await _FIRST.row(door=door.id, registration=registration, day=day, before=before)
    return FirstScan(door.local(row["scanned_at"]), door.name) if row else None


async def count(event: int) -> Counts:
    """Of the confirmed people who come in person."""
    rows = await _COUNTS.rows(event=event)
    return Counts(rows[0]["admitted"], rows[0]["expected"])


async def list_recent(door: DoorFacts) -> list[ScanFacts]:
    """The newest first."""
    return [_scan_of(row, door.zone) for row in await _RECENT_AT_DOOR.rows(door=door.id, limit=MOST_RECENT)]


async def list_recent_at_event(event: int, zone: str) -> list[ScanFacts]:
    """At all its doors; the newest first."""
    return [_scan_of(row, zone) for row in await _RECENT_AT_EVENT.rows(event=event, limit=MOST_LISTED)]


async def count_by_reason(event: int) -> dict[Reason | None, int]:
    """How many scans were answered how; None is admitted."""
    return {row["reason"] and Reason(row["reason"]): row["number"] for row in await _BY_REASON.rows(event=event)}


def door_of(row: Row) -> DoorFacts:
    facts = {name: row[name] for name in DoorFacts.__struct_fields__}
    texts = {name: msgspec.json.decode(row[name]) for name in ("title", "admission")}
    if row["opens_at"] and row["opens_for"]:  # the event may have been moved since
        facts["opens_at"] = row["opens_at"] + (row["starts_at"] - row["opens_for"])
    plain = {"status": Status(row["status"]), "admission_step": bool(row["admission_step"])}
    return DoorFacts(**facts | texts | plain)


def _scan_of(row: Row, zone: str) -> ScanFacts:
    return ScanFacts(
        id=row["id"],
        at=row["scanned_at"].astimezone(zone_info(zone)),
        door=row["door"],
        code=row["code_read"],
        direction=Direction(row["direction"]),
        result=Result(row["result"]),
        reason=row["reason"] and Reason(row["reason"]),
        name=row["name"] or None,
    )
