"""How an announcement goes out: a few people at a time, each once.

Who is queued has a row, unique for announcement and person, in the transaction that queues the mail. Killed in
between, the next round goes on behind the last one queued; the row of the announcement is locked, so two processes
never queue the same people.
"""

from collections.abc import Sequence
from typing import Any

from piccolo.columns import And

from events.announcements import queries
from events.announcements.queries import Candidate, Going
from events.announcements.rules import (
    AT_ONCE,
    KIND,
    MOST_WAITING,
    AnnouncementFacts,
    Skipped,
    State,
    due_at,
    reason_to_skip,
    welcomes_late_comers,
)
from events.announcements.tables import Announcement, Recipient
from events.infra import db
from events.kernel.clock import utc_now
from events.kernel.ids import LARGEST_ID
from events.kernel.spans import tzdata_version
from events.outbox.steps import enqueue_all

_LOCK = db.Prepared("UPDATE announcement SET version = version WHERE id = :id RETURNING id")  # its words stay
_AGAIN = db.Prepared(
    "UPDATE announcement_recipient SET message = :message, queued_at = :now, skipped = NULL WHERE id = :id"
)
_REACHED = db.Prepared("UPDATE announcement SET reached = :reached WHERE id = :id")  # each round; `_set` takes longer
EVERYBODY = LARGEST_ID
"""Behind the last registration there can be: who is held is still written to, who registers later is not."""


async def begin_what_is_due() -> list[int]:
    """What is being sent now."""
    ahead = await queries.list_ahead(utc_now())
    return [one for one, state in ahead if state is State.SENDING or await begin(one)]


async def queue_what_fits(sending: Sequence[int]) -> None:
    """Fill the outbox with as many of these as it holds at once."""
    for announcement in sending:
        room = 0  # counted anew when it is used up: mails leave meanwhile
        while room > 0 or (room := MOST_WAITING - await queries.count_ready(utc_now())) > 0:
            queued = await queue_some(announcement)
            if not queued:
                break
            room -= queued


async def welcome_late_comers() -> int:
    """Queue what went already for who has joined its group since; tells for how many."""
    of_use = await queries.list_of_use(utc_now())
    return sum([await catch_up(one) for one in of_use if await queries.has_missing(one)])


@db.write
async def begin(announcement: int) -> bool:
    """Start sending if its time has come by what the event is now; otherwise keep the new time."""
    going = await _locked(announcement)
    if going is None or going.announcement.state is not State.SCHEDULED:
        return False
    found, now = going.announcement, utc_now()
    due = due_at(found.timing, going.span)
    kept = {"due_at": due, "event_revision": going.revision, "tzdata_version": tzdata_version()}
    reason = reason_to_skip(found.timing, going.status, going.span, now)
    if reason is Skipped.OFF or due is None or due > now:
        await _set(found, **kept)
        return False
    if reason:
        await _set(found, **kept, state=State.MISSED.value)
        return False
    await _set(found, **kept, state=State.SENDING.value, started_at=found.started_at or now, reached=0)
    return True


@db.write
async def queue_some(announcement: int) -> int:
    """Queue the mails of the next few people; tells for how many."""
    going = await _locked(announcement)
    if going is None or going.paused or going.announcement.state is not State.SENDING:
        return 0
    found = going.announcement
    if reason := reason_to_skip(found.timing, going.status, going.span, utc_now()):
        state = State.SCHEDULED if reason is Skipped.OFF else State.SENT  # put off, it may have a time again
        await _set(found, state=state.value, finished_at=utc_now())
        if state is State.SENT:
            held: Any = And(Recipient.announcement == found.id, Recipient.message.is_null())
            too_late = Recipient.update({Recipient.skipped: reason.value})
            await too_late.where(And(held, Recipient.skipped.is_null()))
        return 0
    held = await queries.list_held(found.id, AT_ONCE)
    some = held or await queries.list_missing(found, found.reached, AT_ONCE)
    await _queue(found, some)
    if not held and len(some) < AT_ONCE:
        await _set(found, state=State.SENT.value, finished_at=utc_now(), reached=EVERYBODY)
    elif not held:
        await _REACHED.rows(reached=some[-1].registration, id=found.id)
    return len(some)


@db.write
async def catch_up(announcement: int) -> int:
    going = await _locked(announcement)
    if going is None or going.paused or going.announcement.state is not State.SENT:
        return 0
    found = going.announcement
    if not welcomes_late_comers(found.timing, going.status, going.span, utc_now()):
        return 0
    some = await queries.list_missing(found, 0, AT_ONCE)
    await _queue(found, some)
    if len(some) == AT_ONCE:  # as many as were left out when the event was moved: the rest soon, not in a minute
        await _set(found, state=State.SENDING.value, reached=some[-1].registration)
    return len(some)


@db.write
async def skip(announcement: int, registration: int, reason: Skipped) -> None:
    """Their mail is not sent after all."""
    await Recipient.update({Recipient.message: None, Recipient.skipped: reason.value}).where(
        And(Recipient.announcement == announcement, Recipient.registration == registration)
    )


@db.write
async def hold(announcement: int, registration: int) -> None:
    """Their mail was in a worker's hands when the announcement was paused; it may be let go again by now."""
    going = await _locked(announcement)
    await Recipient.update({Recipient.message: None}).where(
        And(Recipient.announcement == announcement, Recipient.registration == registration)
    )
    if going and not going.paused and going.announcement.state is State.SENT:
        await _set(going.announcement, state=State.SENDING.value)


async def _queue(found: AnnouncementFacts, some: Sequence[Candidate]) -> None:
    facts = {"announcement": found.id}
    messages = await enqueue_all(KIND, [(one.registration, one.email, facts) for one in some])
    now = utc_now()
    each = list(zip(some, messages, strict=True))
    await db.insert_all(
        Recipient,
        ("registration", "message"),
        [(one.registration, message) for one, message in each if one.recipient is None],
        same={"announcement": found.id, "queued_at": now},
    )
    await _AGAIN.for_each([(message, now, one.recipient) for one, message in each if one.recipient is not None])


async def _locked(announcement: int) -> Going | None:
    return await queries.find_going(announcement) if await _LOCK.row(id=announcement) else None


async def _set(found: AnnouncementFacts, **columns: object) -> None:
    await Announcement.update(columns).where(Announcement.id == found.id)  # type: ignore[arg-type]  # names do as well as columns
