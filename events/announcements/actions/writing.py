"""What organisers do with an announcement: write it, plan it, send it, hold it."""

from datetime import datetime
from typing import Any

import msgspec
from piccolo.columns import And

from events.accounts.rules import Actor
from events.activity.steps import record
from events.announcements import queries
from events.announcements.rules import (
    NOTES_TEST_KIND,
    STARTED,
    TEST_KIND,
    AlreadyStarted,
    Anchor,
    AnnouncementFacts,
    AnnouncementNotFound,
    CannotGo,
    Draft,
    State,
    Timing,
    check_can_plan,
    due_at,
)
from events.announcements.tables import Announcement, Pause, Recipient, StandingNote
from events.infra import db
from events.kernel.clock import utc_now
from events.kernel.spans import tzdata_version
from events.kernel.words import N_, Text
from events.outbox.steps import enqueue, take_back_messages
from events.programme.queries import get_own_event
from events.programme.rules import EventFacts

_INSERT = db.prepared_insert(Announcement)
_LOCK = db.Prepared("UPDATE announcement SET version = version + 1 WHERE id = :id RETURNING id")


@db.write
async def create(slug: str, draft: Draft, *, by: Actor) -> int:
    event = await get_own_event(slug, by.organisation)
    return await _insert(event, draft)


@db.write
async def copy(announcement: int, slug: str, *, by: Actor) -> int:
    """A new draft with the same words for the same group at the same distance."""
    found = await queries.get_own(announcement, slug, by.organisation)
    return await _insert(await get_own_event(slug, by.organisation), found)


async def _insert(event: EventFacts, draft: Draft) -> int:
    row = await _INSERT.row(
        event=event.id,
        state=State.DRAFT.value,
        version=1,
        reached=0,
        created_at=utc_now(),
        started_at=None,
        finished_at=None,
        paused_at=None,
        **_columns(draft, event),
    )
    return int(row["id"])  # type: ignore[index]  # an INSERT that returns nothing has raised


@db.write
async def change(announcement: int, slug: str, draft: Draft, *, by: Actor) -> None:
    """Raises AlreadyStarted once it goes out, CannotGo when it is planned and its new time is over."""
    event, found = await _locked(announcement, slug, by)
    if not found.is_editable:
        raise AlreadyStarted
    state = found.state
    if draft.timing.anchor is Anchor.NOW:
        state = State.DRAFT
    elif state is State.SCHEDULED:
        check_can_plan(draft.timing, event, utc_now())
    await _set(announcement, state=state.value, **_columns(draft, event))


@db.write
async def plan(announcement: int, slug: str, *, by: Actor) -> None:
    """From now on it goes by itself when its time has come. Raises CannotGo."""
    event, found = await _locked(announcement, slug, by)
    if not found.is_editable:
        raise AlreadyStarted
    if found.timing.anchor is Anchor.NOW:
        raise CannotGo(N_("It has no time of its own. Give it one, or send it now."))
    check_can_plan(found.timing, event, utc_now())
    await _set(announcement, state=State.SCHEDULED.value, **_columns(found, event))
    await record(by.name, "planned_message", f"event:{event.id}", organisation=by.organisation)


@db.write
async def unplan(announcement: int, slug: str, *, by: Actor) -> None:
    """Back to a draft; it goes nowhere by itself."""
    _, found = await _locked(announcement, slug, by)
    if not found.is_editable:
        raise AlreadyStarted
    await _set(announcement, state=State.DRAFT.value)


@db.write
async def send_now(announcement: int, slug: str, *, by: Actor) -> None:
    """Whatever time it was planned for. Again changes nothing: who has pressed twice has sent it once."""
    event, found = await _locked(announcement, slug, by)
    if found.state in STARTED:
        return
    timing = Timing(anchor=Anchor.NOW)
    columns = _columns(msgspec.structs.replace(found, timing=timing), event)
    await _set(announcement, state=State.SENDING.value, **{**columns, "started_at": utc_now(), "reached": 0})
    await record(by.name, "sent_message", f"event:{event.id}", organisation=by.organisation)


@db.write
async def discard(announcement: int, slug: str, *, by: Actor) -> None:
    """Remove what nobody has got."""
    _, found = await _locked(announcement, slug, by)
    if found.state in STARTED or await queries.has_gone(announcement):
        raise AlreadyStarted
    await Recipient.delete().where(Recipient.announcement == announcement)
    await Announcement.delete().where(Announcement.id == announcement)


@db.write
async def pause(announcement: int, slug: str, *, by: Actor) -> None:
    """Hold it, what stands in the outbox included; again changes nothing."""
    event, found = await _locked(announcement, slug, by)
    if found.paused_at is None:
        await _set(announcement, paused_at=utc_now())
        await _hold(announcement)
        await record(by.name, "paused_messages", f"event:{event.id}", organisation=by.organisation)


@db.write
async def resume(announcement: int, slug: str, *, by: Actor) -> None:
    event, found = await _locked(announcement, slug, by)
    if found.paused_at is not None:
        await _set(announcement, paused_at=None)
        await _let_go(found)
        await record(by.name, "resumed_messages", f"event:{event.id}", organisation=by.organisation)


@db.write
async def pause_all(slug: str, *, by: Actor) -> None:
    """Hold all announcements of an event; what concerns one registration, its confirmation say, goes on."""
    event = await get_own_event(slug, by.organisation)
    if await queries.is_paused(event.id):
        return
    await Pause.insert(Pause(event=event.id, paused_at=utc_now()))
    for found in await queries.list_of_event(event.id):
        if found.state in STARTED:
            await _LOCK.rows(id=found.id)
            await _hold(found.id)
    await record(by.name, "paused_messages", f"event:{event.id}", organisation=by.organisation)


@db.write
async def resume_all(slug: str, *, by: Actor) -> None:
    """What is paused by itself stays so."""
    event = await get_own_event(slug, by.organisation)
    if not await queries.is_paused(event.id):
        return
    await Pause.delete().where(Pause.event == event.id)
    for found in await queries.list_of_event(event.id):
        if found.paused_at is None:
            await _let_go(found)
    await record(by.name, "resumed_messages", f"event:{event.id}", organisation=by.organisation)


async def _hold(announcement: int) -> None:
    held = await take_back_messages(await queries.list_unsent(announcement))
    if held:
        await Recipient.update({Recipient.message: None}).where(
            And(Recipient.announcement == announcement, Recipient.message.is_in(held))
        )


async def _let_go(found: AnnouncementFacts) -> None:
    """What was held goes on as if it were just begun; what was still to be sent never stopped being so."""
    if found.state is State.SENT and await queries.list_held(found.id, 1):
        await _set(found.id, state=State.SENDING.value)


@db.write
async def send_test(
    announcement: int, slug: str, *, to: str, registration: int | None, language: str, by: Actor
) -> int:
    """To who asks for it, as this person would get it, with links that open nothing of theirs."""
    found = await queries.get_own(announcement, slug, by.organisation)
    return await enqueue(TEST_KIND, found.id, to, facts={"registration": registration, "language": language})


@db.write
async def send_notes_test(slug: str, kind: str, *, to: str, registration: int | None, language: str, by: Actor) -> int:
    """A mail about one registration to who asks for it, as `send_test`; `kind` is one of KINDS_WITH_NOTES."""
    event = await get_own_event(slug, by.organisation)
    facts = {"kind": kind, "registration": registration, "language": language}
    return await enqueue(NOTES_TEST_KIND, event.id, to, facts=facts)


@db.write
async def set_notes(slug: str, notes: dict[str, Text], *, by: Actor) -> None:
    """What is added to the mails that say how a registration stands, by kind of mail."""
    event = await get_own_event(slug, by.organisation)
    await StandingNote.delete().where(StandingNote.event == event.id)
    written = [StandingNote(event=event.id, kind=kind, text=_json(text)) for kind, text in notes.items() if text]
    if written:
        await StandingNote.insert(*written)
    await record(by.name, "changed_mails", f"event:{event.id}", organisation=by.organisation)


async def _locked(announcement: int, slug: str, by: Actor) -> tuple[EventFacts, AnnouncementFacts]:
    """The announcement while nobody else can act on it."""
    event = await get_own_event(slug, by.organisation)
    if await _LOCK.row(id=announcement) is None:
        raise AnnouncementNotFound
    return event, await queries.get_own(announcement, slug, by.organisation)


async def _set(announcement: int, **columns: object) -> None:
    await Announcement.update(columns).where(Announcement.id == announcement)  # type: ignore[arg-type]  # names do as well as columns


def _columns(draft: Draft, event: EventFacts) -> dict[str, Any]:
    timing = draft.timing
    due: datetime | None = due_at(timing, event.span)
    return {
        "subject": _json(draft.subject),
        "body": _json(draft.body),
        "audience": _json(draft.audience),
        "calendar": draft.calendar,
        "anchor": timing.anchor.value,
        "amount": timing.amount,
        "unit": timing.unit.value,
        "clock": timing.clock,
        "at_wall": timing.at and timing.at.wall.isoformat(timespec="minutes"),
        "at_zone": timing.at and timing.at.zone,
        "at_fold": timing.at.fold if timing.at else 0,
        "due_at": due,
        "event_revision": event.revision,
        "tzdata_version": tzdata_version(),
    }


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
