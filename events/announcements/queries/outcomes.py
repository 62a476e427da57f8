"""What became of announcements, for each person whom they were meant for."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from events.announcements.queries import handed_on
from events.announcements.rules import Outcome, Skipped
from events.infra import db
from events.kernel.words import Text

# What became of each: `outcome` as in the rules. The outbox forgets what was sent long ago.
_OUTCOME = """CASE WHEN p.skipped IS NOT NULL THEN 'skipped' WHEN p.message IS NULL THEN 'held'
    WHEN m.failed_at IS NOT NULL THEN 'failed' WHEN m.id IS NULL OR m.sent_at IS NOT NULL THEN 'sent'
    ELSE 'waiting' END"""
_COUNTS = db.Prepared(f"""
    SELECT p.announcement, {_OUTCOME} AS outcome, COUNT(*) AS number FROM announcement a
    JOIN announcement_recipient p ON p.announcement = a.id LEFT JOIN message m ON m.id = p.message
    WHERE a.event = :event GROUP BY 1, 2""")  # noqa: S608 - ours
_FOR_PERSON = db.Prepared(f"""
    SELECT p.announcement, a.subject, {_OUTCOME} AS outcome, p.skipped, p.message, p.queued_at, m.sent_at, m.tries,
        m.last_error FROM announcement_recipient p JOIN announcement a ON a.id = p.announcement
    LEFT JOIN message m ON m.id = p.message WHERE p.registration = :registration AND NOT {handed_on("p", "queued_at")}
    ORDER BY p.id DESC""")  # noqa: S608 - ours
_RECIPIENTS = db.Prepared(f"""
    SELECT p.id, r.name, r.code, {_OUTCOME} AS outcome, p.skipped, p.queued_at, m.sent_at, m.tries, m.last_error
    FROM announcement_recipient p JOIN registration r ON r.id = p.registration LEFT JOIN message m ON m.id = p.message
    WHERE p.announcement = :announcement AND p.id > :after AND r.erased_at IS NULL
        AND NOT {handed_on("p", "queued_at")} AND (:everybody OR
        p.skipped IS NOT NULL OR m.failed_at IS NOT NULL OR (m.sent_at IS NULL AND m.last_error IS NOT NULL))
    ORDER BY p.id LIMIT :limit""")  # noqa: S608 - ours


class Announced(Struct, frozen=True, kw_only=True):
    """One announcement to one person and what became of it; `message` is the outbox's."""

    announcement: int
    subject: Text
    outcome: Outcome
    skipped: Skipped | None
    message: int | None
    queued_at: datetime
    sent_at: datetime | None
    tries: int | None
    last_error: str | None


class Reached(Struct, frozen=True, kw_only=True):
    """One person of an announcement's group and what became of it for them."""

    id: int
    name: str
    code: str
    outcome: Outcome
    skipped: Skipped | None
    queued_at: datetime
    sent_at: datetime | None
    tries: int | None
    last_error: str | None


@db.read
async def count_outcomes(event: int) -> dict[int, dict[Outcome, int]]:
    """How many people each announcement of an event reached, and how many it did not."""
    counts: dict[int, dict[Outcome, int]] = {}
    for row in await _COUNTS.rows(event=event):
        counts.setdefault(row["announcement"], {})[Outcome(row["outcome"])] = row["number"]
    return counts


async def list_for_registration(registration: int) -> list[Announced]:
    return [
        Announced(
            **{name: row[name] for name in ("announcement", "message", "queued_at", "sent_at", "tries", "last_error")},
            subject=msgspec.json.decode(row["subject"]),
            outcome=Outcome(row["outcome"]),
            skipped=Skipped(row["skipped"]) if row["skipped"] else None,
        )
        for row in await _FOR_PERSON.rows(registration=registration)
    ]


async def list_troubles(announcement: int, *, after: int = 0, limit: int = 100) -> list[Reached]:
    """Who did not get it, or not yet, and why; `after` as below."""
    return await _reached(announcement=announcement, everybody=False, after=after, limit=limit)


async def list_recipients(announcement: int, *, after: int, limit: int) -> list[Reached]:
    """Everybody whom it was meant for when it went, in that order; `after` is the id of the last one before."""
    return await _reached(announcement=announcement, everybody=True, after=after, limit=limit)


async def _reached(**asked: Any) -> list[Reached]:
    return [
        Reached(
            **{name: row[name] for name in ("id", "name", "code", "queued_at", "sent_at", "tries", "last_error")},
            outcome=Outcome(row["outcome"]),
            skipped=Skipped(row["skipped"]) if row["skipped"] else None,
        )
        for row in await _RECIPIENTS.rows(**asked)
    ]
