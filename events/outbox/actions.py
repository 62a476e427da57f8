from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct

from events.infra import db
from events.kernel.clock import utc_now
from events.kernel.errors import NotFound
from events.kernel.words import N_
from events.outbox.rules import KEPT_FOR, Queued, waited_too_long
from events.outbox.steps import enqueue, wake
from events.outbox.tables import Message

UNMARKED = 24
"""How many mails a worker may have begun to send and not marked: what a crash can repeat at most."""

_DUE = db.Prepared(
    "SELECT id, kind, subject_id, to_address, facts, tries, created_at, due_at FROM message"
    " WHERE sent_at IS NULL AND failed_at IS NULL AND due_at <= :now AND (kind = :kind) = :only"
    " AND (claimed_until IS NULL OR claimed_until <= :now) ORDER BY due_at, id LIMIT :most",
    locking="FOR UPDATE SKIP LOCKED",
)
# One at a time: PostgreSQL would read a whole outbox that was small when it planned for several.
_CLAIM = db.Prepared("UPDATE message SET claimed_until = :until, tries = tries + 1 WHERE id = :id")
_MARK_SENT = db.Prepared(
    "UPDATE message SET sent_at = :now, claimed_until = NULL, last_error = NULL"
    " WHERE id = :id AND claimed_until = :until"
)


class Claim(Struct, frozen=True):
    """A message that is ours until `until`. Whoever claims it later has a later `until`, and ours no longer counts."""

    queued: Queued
    due_at: datetime
    until: datetime


@db.write
async def claim(most: int, lease: timedelta, *, only: str | None = None, but: str = "") -> list[Claim]:
    """Take messages that are due and that nobody else holds, `only` of this kind, or of all `but` this."""
    now = utc_now()
    until = now + lease
    rows = await _DUE.rows(now=now, most=most, kind=only or but, only=only is not None)
    await _CLAIM.for_each([(until, row["id"]) for row in rows])
    return [Claim(_queued(row), row["due_at"], until) for row in rows]


def _queued(row: Mapping[str, Any]) -> Queued:
    return Queued(
        id=row["id"],
        kind=row["kind"],
        subject_id=row["subject_id"],
        to_address=row["to_address"],
        facts=msgspec.json.decode(row["facts"]),
        tries=row["tries"] + 1,
        created_at=row["created_at"],
    )


@db.write
async def mark_sent(*claims: Claim) -> None:
    now = utc_now()
    await _MARK_SENT.for_each([(now, claim.queued.id, claim.until) for claim in claims])


@db.write
async def mark_failed(claim: Claim, error: str) -> None:
    """Give up; `list_failed` and the metrics show it."""
    await _change(claim, {Message.failed_at: utc_now(), Message.claimed_until: None, Message.last_error: error})


@db.write
async def postpone(claim: Claim, error: str, pause: timedelta) -> None:
    await _change(claim, {Message.claimed_until: utc_now() + pause, Message.last_error: error})


@db.write
async def put_back(claims: Collection[Claim], error: str | None = None) -> list[int]:
    """Undo claims that came to nothing through no fault of the messages; give up and return the too old."""
    failed = []
    for claim in claims:
        values: dict[Any, Any] = {Message.claimed_until: None, Message.tries: claim.queued.tries - 1}
        if error is not None:
            values[Message.last_error] = error
        if error is not None and waited_too_long(claim.due_at, utc_now()):
            values[Message.failed_at] = utc_now()
            failed.append(claim.queued.id)
        await _change(claim, values)
    return failed


@db.write
async def drop(claim: Claim) -> None:
    """Nobody is there to write to any more."""
    await Message.delete().where(Message.id == claim.queued.id, Message.claimed_until == claim.until)


async def _change(claim: Claim, values: dict[Any, Any]) -> None:
    await Message.update(values).where(Message.id == claim.queued.id, Message.claimed_until == claim.until)


@db.write
async def send_again(message_id: int) -> int:
    """Queue a message anew and return its id: a new one if it was sent, for mail programs hide a second copy."""
    row = await Message.select().where(Message.id == message_id).first().output(load_json=True)
    if row is None:
        raise NotFound(N_("There is no such message."))
    if row["sent_at"]:
        return await enqueue(row["kind"], row["subject_id"], row["to_address"], facts=row["facts"])
    await Message.update(
        {Message.failed_at: None, Message.claimed_until: None, Message.due_at: utc_now(), Message.tries: 0}
    ).where(Message.id == message_id, Message.claimed_until.is_null() | (Message.claimed_until <= utc_now()))
    db.after_commit(wake)
    return message_id


async def forget_sent_long_ago() -> int:
    return await forget_sent(utc_now() - KEPT_FOR)


@db.write
async def forget_sent(before: datetime) -> int:
    """Remove what was sent before then, addresses and all, and tell how many."""
    return len(await Message.delete().where(Message.sent_at < before).returning(Message.id))
