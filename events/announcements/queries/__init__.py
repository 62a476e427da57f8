import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from piccolo.columns import And

from events.announcements.rules import (
    MOST_WAITING,
    Anchor,
    AnnouncementFacts,
    AnnouncementNotFound,
    Audience,
    State,
    Timing,
    Unit,
)
from events.announcements.tables import Announcement, Pause, Recipient, StandingNote
from events.infra import db
from events.kernel.ids import folded
from events.kernel.spans import TimeSpan, WallTime, tzdata_version
from events.kernel.words import Text
from events.programme.queries import get_own_id
from events.programme.queries.contents import span_of
from events.programme.rules import Status
from events.registration.queries import get_by_id
from events.registration.queries.rows import ticket_of
from events.registration.remarks.rules import key_of
from events.registration.rules import Ticket, TicketGone, TicketNotFound
from events.registration.rules.tokens import opt_out_token

_AHEAD = db.Prepared("""
    SELECT a.id, a.state FROM announcement a JOIN event e ON e.id = a.event
    WHERE (a.state = 'sending'
            OR (a.state = 'scheduled' AND e.status = 'published'
                AND (a.due_at <= :now OR a.event_revision <> e.revision OR a.tzdata_version <> :tzdata)))
        AND a.paused_at IS NULL AND NOT EXISTS (SELECT 1 FROM announcement_pause p WHERE p.event = a.event)
    ORDER BY a.id""")
_STILL_OF_USE = db.Prepared("""
    SELECT a.id FROM announcement a JOIN event e ON e.id = a.event
    WHERE a.state = 'sent' AND a.anchor IN ('start', 'at') AND e.status = 'published' AND e.starts_at > :now
        AND a.paused_at IS NULL AND NOT EXISTS (SELECT 1 FROM announcement_pause p WHERE p.event = a.event)
    ORDER BY a.id""")


def handed_on(row: str, moment: str) -> str:
    """SQL: whether the place of a row's registration was given to somebody else since, whom the row is not about."""
    former = f"f.registration = {row}.registration AND f.handed_over_at > {row}.{moment}"
    return f"EXISTS (SELECT 1 FROM former_ticket f WHERE {former})"  # noqa: S608 - ours


_OPTED_OUT = f"o.registration = r.id AND NOT {handed_on('o', 'opted_out_at')}"
_GROUP = f"""r.event = :event AND r.erased_at IS NULL AND r.assists IS NULL AND r.standing IN (:first, :second, :third)
    AND (:any_mode OR r.mode = :mode) AND (:any_came OR (r.checked_in_at IS NOT NULL) = :came)
    AND (:any_language OR LOWER(r.language) = :language OR LOWER(r.language) LIKE :dialects)
    AND (:any_tag OR EXISTS (SELECT 1 FROM registration_tag t WHERE t.registration = r.id AND t.tag_folded = :tag))
    AND (:any_type OR r.affiliation_type = :affiliation_type) AND (:any_country OR r.affiliation_country = :country)
    AND (:any_organisation OR r.affiliation_folded = :organisation)
    AND (:any_answer OR EXISTS (SELECT 1 FROM answer w JOIN question q ON q.id = w.question
        WHERE w.registration = r.id AND q.listed AND w.value = :answer
            AND q.event = r.event AND q.name = :question AND NOT q.sensitive))
    AND NOT EXISTS (SELECT 1 FROM announcement_opt_out o WHERE {_OPTED_OUT})"""  # noqa: S608 - ours
_COUNT_GROUP = db.Prepared(f"SELECT COUNT(*) AS number FROM registration r WHERE {_GROUP}")  # noqa: S608 - ours
_IS_IN_GROUP = db.Prepared(f"SELECT 1 AS found FROM registration r WHERE r.id = :registration AND {_GROUP}")  # noqa: S608 - ours
_LIST_GROUP = db.Prepared(f"SELECT r.* FROM registration r WHERE {_GROUP} ORDER BY r.id LIMIT :limit")  # noqa: S608 - ours
# Of the recipients, too, those behind only: PostgreSQL would read all of them for each few people.
_MISSING = db.Prepared(
    "SELECT p.id, r.id AS registration, r.email FROM registration r LEFT JOIN announcement_recipient p"  # noqa: S608 - ours
    " ON p.registration = r.id AND p.announcement = :announcement AND p.registration > :after"
    f" WHERE {_GROUP} AND r.id > :after"
    f" AND (p.id IS NULL OR p.skipped IS NOT NULL OR {handed_on('p', 'queued_at')}) ORDER BY r.id LIMIT :limit"
)
_HELD = db.Prepared(
    "SELECT p.id, r.id AS registration, r.email FROM announcement_recipient p JOIN registration r"
    " ON r.id = p.registration WHERE p.announcement = :announcement AND p.message IS NULL AND p.skipped IS NULL"
    " AND r.erased_at IS NULL ORDER BY p.registration LIMIT :limit"
)
_UNSENT = db.Prepared(
    "SELECT p.message FROM announcement_recipient p JOIN message m ON m.id = p.message"
    " WHERE p.announcement = :announcement AND m.sent_at IS NULL AND m.failed_at IS NULL"
)
_GOING = db.Prepared("""
    SELECT a.*, e.status, e.revision, e.starts_wall, e.starts_zone, e.starts_fold, e.ends_wall, e.ends_zone,
        e.ends_fold, e.all_day, EXISTS (SELECT 1 FROM announcement_pause p WHERE p.event = e.id) AS event_paused
    FROM announcement a JOIN event e ON e.id = a.event WHERE a.id = :announcement""")
_READY = db.Prepared(
    "SELECT COUNT(*) AS number FROM message WHERE sent_at IS NULL AND failed_at IS NULL AND kind = 'announcement'"
    " AND due_at <= :now AND (claimed_until IS NULL OR claimed_until <= :still_now)"
)
_ADDRESSEES = db.Prepared(f"""
    SELECT r.*, c.message, a.version AS text_version, a.paused_at, e.revision AS event_revision, o.id AS opted_out,
        p.id AS event_paused FROM announcement_recipient c JOIN announcement a ON a.id = c.announcement
    JOIN registration r ON r.id = c.registration JOIN event e ON e.id = r.event
    LEFT JOIN announcement_opt_out o ON {_OPTED_OUT}
    LEFT JOIN announcement_pause p ON p.event = r.event
    WHERE c.announcement = :announcement AND c.registration >= :registration AND c.message IS NOT NULL
    ORDER BY c.registration LIMIT :limit""")  # noqa: S608 - ours
_HAS_OPTED_OUT = db.Prepared(
    f"SELECT 1 AS one FROM registration r JOIN announcement_opt_out o ON {_OPTED_OUT} WHERE r.id = :id"  # noqa: S608 - ours
)
_NOTE = db.Prepared("SELECT text FROM standing_note WHERE event = :event AND kind = :kind")


class Addressee(Struct, frozen=True):
    """Somebody in the moment in which their mail leaves; `version` and `revision` say which text and event they get."""

    ticket: Ticket
    version: int
    revision: int
    opted_out: bool
    paused: bool


class Going(Struct, frozen=True):
    """An announcement that may go out, with what its event says about that."""

    announcement: AnnouncementFacts
    status: Status
    span: TimeSpan
    revision: int
    paused: bool


class Candidate(Struct, frozen=True):
    """Somebody to queue an announcement for; `recipient` is their row where it was held or not sent before."""

    registration: int
    email: str
    recipient: int | None = None


@db.read
async def get_own(announcement: int, slug: str, organisation: int) -> AnnouncementFacts:
    """Raises EventNotFound and AnnouncementNotFound for another organisation's."""
    event = await get_own_id(slug, organisation)
    found = await find(announcement)
    if found is None or found.event != event:
        raise AnnouncementNotFound
    return found


async def find(announcement: int) -> AnnouncementFacts | None:
    rows = await Announcement.select().where(Announcement.id == announcement)
    return _facts(rows[0]) if rows else None


async def find_going(announcement: int) -> Going | None:
    row = await _GOING.row(announcement=announcement)
    if row is None:
        return None
    paused = row["paused_at"] is not None or bool(row["event_paused"])
    return Going(_facts(row), Status(row["status"]), span_of(row), row["revision"], paused)


async def list_of_event(event: int) -> list[AnnouncementFacts]:
    """What was made last comes first."""
    rows = await Announcement.select().where(Announcement.event == event).order_by(Announcement.id, ascending=False)
    return [_facts(row) for row in rows]


@db.read
async def count_audience(event: int, audience: Audience) -> int:
    """How many would get it now."""
    row = await _COUNT_GROUP.row(**_group(event, audience))
    return int(row["number"]) if row else 0


@db.read
async def list_audience(event: int, audience: Audience, limit: int) -> list[Ticket]:
    return [ticket_of(row) for row in await _LIST_GROUP.rows(**_group(event, audience), limit=limit)]


async def is_in_group(registration: int, event: int, audience: Audience) -> bool:
    return await _IS_IN_GROUP.row(**_group(event, audience), registration=registration) is not None


async def list_missing(announcement: AnnouncementFacts, after: int, limit: int) -> list[Candidate]:
    """Some of the group to whom it has not gone, oldest first; also who was left out for what holds no more."""
    group = _group(announcement.event, announcement.audience)
    rows = await _MISSING.rows(**group, announcement=announcement.id, after=after, limit=limit)
    return list(map(_candidate, rows))


@db.read
async def has_missing(announcement: int) -> bool:
    """Whether anybody of the group has not been written to."""
    found = await find(announcement)
    return found is not None and bool(await list_missing(found, 0, 1))


@db.read
async def has_many_ahead(announcement: int) -> bool:
    """Whether it goes to more people still than may stand in the outbox at once."""
    found = await find(announcement)
    return found is not None and len(await list_missing(found, found.reached, MOST_WAITING + 1)) > MOST_WAITING


async def list_held(announcement: int, limit: int) -> list[Candidate]:
    rows = await _HELD.rows(announcement=announcement, limit=limit)
    return list(map(_candidate, rows))


def _candidate(row: Mapping[str, Any]) -> Candidate:
    return Candidate(row["registration"], row["email"], row["id"])


async def has_gone(announcement: int) -> bool:
    """Whether it went to anybody, or stands in the outbox for them."""
    return await Recipient.exists().where(And(Recipient.announcement == announcement, Recipient.message.is_not_null()))


async def list_unsent(announcement: int) -> list[int]:
    """What of it stands in the outbox."""
    return [row["message"] for row in await _UNSENT.rows(announcement=announcement)]


async def count_ready(now: datetime) -> int:
    """How many announcements the outbox could send now."""
    row = await _READY.row(now=now, still_now=now)
    return int(row["number"]) if row else 0


async def list_ahead(now: datetime) -> list[tuple[int, State]]:
    """What must be looked at: what is being sent, what is due, and what is planned by an event that changed since."""
    return [(row["id"], State(row["state"])) for row in await _AHEAD.rows(now=now, tzdata=tzdata_version())]


async def list_of_use(now: datetime) -> list[int]:
    """What went already and may still be of use to who has joined its group since."""
    return [row["id"] for row in await _STILL_OF_USE.rows(now=now)]


async def list_addressees(announcement: int, registration: int, limit: int) -> dict[int, Addressee]:
    """By the message that they are to get: this person, if they are to get one, and who comes behind."""
    rows = await _ADDRESSEES.rows(announcement=announcement, registration=registration, limit=limit)
    return {row["message"]: _addressee(row) for row in rows}


def _addressee(row: Mapping[str, Any]) -> Addressee:
    paused = row["paused_at"] is not None or row["event_paused"] is not None
    return Addressee(ticket_of(row), row["text_version"], row["event_revision"], row["opted_out"] is not None, paused)


async def get_by_opt_out_token(token: str, secret: str) -> Ticket:
    """Whose choice it opens; raises TicketNotFound, TicketGone when they are erased."""
    number, _, _ = token.partition("-")
    if not (number.isascii() and number.isdecimal() and len(number) < 10):  # noqa: PLR2004 - digits that fit
        raise TicketNotFound
    ticket = await get_by_id(int(number))
    genuine = opt_out_token(secret, ticket.id, ticket.code)
    if not hmac.compare_digest(token.encode(errors="replace"), genuine.encode()):
        raise TicketNotFound
    if ticket.erased_at:
        raise TicketGone(ticket.language)
    return ticket


async def is_paused(event: int) -> bool:
    return await Pause.exists().where(Pause.event == event)


async def has_opted_out(registration: int) -> bool:
    return await _HAS_OPTED_OUT.row(id=registration) is not None


async def find_note(event: int, kind: str) -> Text:
    """What organisers add to the mails of this kind; empty when nothing."""
    row = await _NOTE.row(event=event, kind=kind)
    text: Text = msgspec.json.decode(row["text"]) if row else {}
    return text


async def list_notes(event: int) -> dict[str, Text]:
    rows = await StandingNote.select(StandingNote.kind, StandingNote.text).where(StandingNote.event == event)
    return {row["kind"]: msgspec.json.decode(row["text"]) for row in rows}


def _group(event: int, audience: Audience) -> dict[str, Any]:
    """What `_GROUP` asks for; a question that is left open is answered by anybody."""
    question, _, answer = (audience.answer or "").partition(":")
    first, second, third = (*audience.standings, *audience.standings, *audience.standings)[:3]
    return {
        "event": event,
        "first": first.value,
        "second": second.value,
        "third": third.value,
        "any_mode": audience.mode is None,
        "mode": audience.mode.value if audience.mode else "",
        "any_came": audience.came is None,
        "came": bool(audience.came),
        "any_language": audience.language is None,
        "language": (audience.language or "").lower(),
        "dialects": f"{audience.language}-%".lower(),
        "any_tag": audience.tag is None,
        "tag": key_of(audience.tag or ""),
        "any_type": audience.affiliation_type is None,
        "affiliation_type": audience.affiliation_type.value if audience.affiliation_type else "",
        "any_country": audience.country is None,
        "country": audience.country or "",
        "any_organisation": audience.organisation is None,
        "organisation": folded(audience.organisation or ""),
        "any_answer": audience.answer is None,
        "question": question,
        "answer": answer,
    }


def _facts(row: Mapping[str, Any]) -> AnnouncementFacts:
    at = row["at_wall"] and WallTime(datetime.fromisoformat(row["at_wall"]), row["at_zone"], row["at_fold"])
    return AnnouncementFacts(
        **{name: row[name] for name in _AS_THEY_ARE},
        state=State(row["state"]),
        subject=msgspec.json.decode(row["subject"]),
        body=msgspec.json.decode(row["body"]),
        audience=msgspec.json.decode(row["audience"], type=Audience),
        timing=Timing(
            anchor=Anchor(row["anchor"]),
            amount=row["amount"],
            unit=Unit(row["unit"]),
            clock=row["clock"],
            at=at or None,
        ),
    )


_AS_THEY_ARE = (
    "id", "event", "calendar", "due_at", "version", "reached", "created_at", "started_at", "finished_at", "paused_at",
)  # fmt: skip
