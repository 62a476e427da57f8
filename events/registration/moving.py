"""Moving, postponing, cancelling, going online: the verbs that change what people go by.

Each is one action. It changes the event, which page, feeds, tickets and doors follow by themselves, and keeps what
people knew in `event_change`. When that leaves, each of them gets one mail with the difference to what they knew; until
then `undo_change` puts the event back and nothing was sent. Whoever acts locks the event first, so that exactly one of
undo and leaving finds the row.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from msgspec import structs

from events.accounts.rules import Actor
from events.activity.steps import record
from events.infra import db
from events.kernel.clock import utc_now
from events.kernel.errors import Invalid, Problem
from events.kernel.spans import WallTime
from events.kernel.words import N_, Text
from events.outbox.steps import enqueue_all, take_back
from events.programme import queries as events
from events.programme import steps as programme
from events.programme.documents import document_of
from events.programme.forms import EventDraft, merged, read_event
from events.programme.forms.times import WallTimeForm, wall_time
from events.programme.rules import Before, EventFacts, Mode, Status, WrongStatus
from events.programme.rules.clashes import Acceptance
from events.programme.steps.clashes import check_clashes
from events.registration import queries, steps
from events.registration.changes import (
    Announced,
    News,
    NothingToUndo,
    Pending,
    Telling,
    TooFewPlaces,
    is_news,
    known_to,
    leaves_at,
    moved_from,
    news_for,
    patch_back,
    patch_to_new_time,
    same_for_people,
)
from events.registration.guests import steps as guests
from events.registration.guests.queries import count as count_guests
from events.registration.rules import NEWS
from events.registration.steps.people import follow
from events.registration.tables import EventChange

_KEEP = db.prepared_insert(
    EventChange, conflict="ON CONFLICT (event) DO UPDATE SET leaves_at = excluded.leaves_at, steps = excluded.steps"
)
_TAKE = db.Prepared("DELETE FROM event_change WHERE event = :event RETURNING id")
_IN_ROOM = db.Prepared(
    "SELECT id, CASE WHEN waits_for = 'online' THEN NULL ELSE queue_number END AS queue_number FROM registration"
    " WHERE event = :event AND mode = 'in_person' AND assists IS NULL"
)
_FOR_ROOM = db.Prepared(
    "SELECT id, queue_number FROM registration"
    " WHERE event = :event AND mode = 'online' AND waits_for = 'in_person' AND queue_number IS NOT NULL"
)
_TO_ONLINE = db.Prepared(
    "UPDATE registration SET mode = 'online', changed_at = :now,"
    " queue_number = CASE WHEN standing = 'waiting' THEN queue_number + :ahead WHEN waits_for IS NULL THEN queue_number"
    " END,"
    " waits_for = CASE WHEN standing = 'waiting' AND assists IS NULL THEN 'online' END"
    " WHERE event = :event AND (mode = 'in_person' OR waits_for = 'in_person')"
)
_BACK = db.Prepared(
    "UPDATE registration SET mode = 'in_person', queue_number = CAST(:number AS INTEGER), changed_at = :now,"
    " standing = CASE WHEN :waited AND holds_place THEN 'waiting' ELSE standing END,"
    " waits_for = CASE WHEN :waited AND standing NOT IN ('cancelled', 'declined') THEN 'in_person' END,"
    " holds_place = holds_place AND NOT :waited"
    " WHERE id = :id RETURNING holds_place"
)
_BACK_IN_LINE = db.Prepared(
    "UPDATE registration SET waits_for = 'in_person', queue_number = :number, changed_at = :now"
    " WHERE id = :id AND mode = 'online' AND holds_place AND waits_for IS NULL"
)
_LEFT_ONLINE = db.Prepared(
    "SELECT COUNT(*) AS people, COALESCE(SUM(CASE WHEN holds_place AND assists IS NULL THEN 1 ELSE 0 END), 0) AS taken"
    " FROM registration WHERE event = :event AND mode = 'online'"
)


@db.write
async def change_event(
    slug: str,
    patch: Any,
    *,
    by: Actor,
    revision: int | None = None,
    telling: Telling = Telling.SOON,
    reason: Text | None = None,
    acceptance: Acceptance | None = None,
) -> EventFacts:
    """A JSON Merge Patch on the event; who waits moves up if there is room, who is registered is told of a move."""
    event = await programme.lock_event(slug, by.organisation, revision=revision)
    return await _change(event, patch, by=by, telling=telling, reason=reason, acceptance=acceptance)


@db.write
async def move_event(
    slug: str,
    *,
    by: Actor,
    starts: WallTimeForm,
    ends: WallTimeForm | None = None,
    further: Mapping[str, Any] | None = None,
    reason: Text | None = None,
    revision: int | None = None,
    telling: Telling = Telling.SOON,
    acceptance: Acceptance | None = None,
) -> EventFacts:
    """To another time, as long as before if no end is given; `further` is a merge patch of what else becomes of it."""
    event = await programme.lock_event(slug, by.organisation, revision=revision)
    if event.status is Status.CANCELLED:
        raise WrongStatus(N_("This event was cancelled. Copy it to hold it after all."))
    patch = merged(patch_to_new_time(event, *_times(starts, ends, event)), further or {})
    return await _change(event, patch, by=by, telling=telling, reason=reason, acceptance=acceptance)


@db.write
async def postpone_event(
    slug: str,
    *,
    by: Actor,
    starts: WallTimeForm | None = None,
    ends: WallTimeForm | None = None,
    reason: Text | None = None,
    revision: int | None = None,
    telling: Telling = Telling.SOON,
) -> EventFacts:
    """Without a new date the event waits for one; with one it takes place then, as long as before if no end is given.

    Raises WrongStatus for a draft, a cancelled event, and without a new date for one that is postponed already.
    """
    if ends is not None and starts is None:
        raise Invalid.of("starts", N_("Give the new start too."))
    event = await programme.lock_event(slug, by.organisation, revision=revision)
    if starts is not None and event.status in {Status.PUBLISHED, Status.POSTPONED}:
        patch = patch_to_new_time(event, *_times(starts, ends, event))
        return await _change(event, patch, by=by, telling=telling, reason=reason, verb="postponed")
    postponed = await programme.postpone(event, reason=reason or {}, by=by)
    await _announce(event, postponed, _left(event, utc_now()), telling)
    return postponed


def _times(starts: WallTimeForm, ends: WallTimeForm | None, event: EventFacts) -> tuple[WallTime, WallTime | None]:
    """The times that were meant; raises Invalid with what is wrong with them."""
    problems: list[Problem] = []
    first = wall_time(starts, "starts", problems, all_day=event.all_day)
    last = wall_time(ends, "ends", problems, all_day=event.all_day) if ends else None
    if problems or first is None:
        raise Invalid(problems)
    return first, last


@db.write
async def go_online(
    slug: str,
    *,
    by: Actor,
    capacity: int | None = None,
    joining_link: str | None = None,
    reason: Text | None = None,
    revision: int | None = None,
    telling: Telling = Telling.SOON,
) -> EventFacts:
    """The room goes; everybody who had a place there has one online. Raises TooFewPlaces when they would not."""
    event = await programme.lock_event(slug, by.organisation, revision=revision)
    if Mode.IN_PERSON not in event.modes:
        raise WrongStatus(N_("This event takes place online already."))
    if event.status is Status.CANCELLED:
        raise WrongStatus(N_("This event was cancelled. Copy it to hold it after all."))
    link = {"joining_link": joining_link} if joining_link else {}
    patch = {"venue": None, "modes": {"in_person": None, "online": {"capacity": capacity}}, **link}
    return await _change(event, patch, by=by, telling=telling, reason=reason, verb="went_online")


@db.write
async def cancel_event(
    slug: str, *, reason: Text, by: Actor, revision: int | None = None, telling: Telling = Telling.SOON
) -> tuple[EventFacts, int]:
    """Cancel the event and tell everybody who had or awaited a place; the second is how many."""
    event = await programme.lock_event(slug, by.organisation, revision=revision)
    cancelled = await programme.cancel(event, reason=reason, by=by)
    return cancelled, await _announce(event, cancelled, _left(event, utc_now()), telling)


async def _change(
    event: EventFacts,
    patch: Any,
    *,
    by: Actor,
    telling: Telling,
    reason: Text | None,
    verb: str = "changed",
    acceptance: Acceptance | None = None,
) -> EventFacts:
    """A new date brings back what was postponed; a room that goes takes nobody's place."""
    was, draft = event, _draft(event, patch)
    left = _left(was, utc_now())
    if Mode.IN_PERSON in event.modes and [places.mode for places in draft.modes] == [Mode.ONLINE]:
        left = await _move_online(event, draft, left)
        event = await events.get_event_by_id(event.id)
    modes = tuple(places.mode for places in draft.modes)
    after = Before(draft.span, draft.venue, modes)
    moves = was.is_public and not same_for_people(after, was.whereabouts)
    pending = await queries.find_change(event.id)
    dated = was.status is Status.POSTPONED and draft.span != was.span
    await programme.change(
        event,
        draft,
        by=by,
        status=Status.PUBLISHED if dated else None,
        reason=(reason or {}) if moves and was.status is not Status.CANCELLED else None,
        moved_from=moved_from(was, after, pending) if moves and telling is not Telling.NEVER else was.moved_from,
        verb="moved" if moves and verb == "changed" else verb,
    )
    told_otherwise = () if telling is Telling.NEVER else [int(person) for person in left.people]
    await steps.promote(await programme.lock_all_places(event.id), untold=told_otherwise)
    changed = await events.get_event_by_id(event.id)
    await check_clashes(changed, acceptance, by=by, before=was)
    await _announce(was, changed, left, telling)
    return changed


def _draft(event: EventFacts, patch: Any) -> EventDraft:
    return read_event(merged(document_of(event), patch))


def _left(event: EventFacts, now: datetime) -> Announced:
    """The state that the event leaves now."""
    return Announced(
        until=now,
        status=event.status,
        before=event.whereabouts,
        all_day=event.all_day,
        reason=event.cancelled_reason,
        modes=document_of(event)["modes"],
        moved_from=event.moved_from,
    )


async def _move_online(event: EventFacts, draft: EventDraft, left: Announced) -> Announced:
    """Who had a place in the room has one online, who waited there waits behind those who wait online."""
    [offered] = draft.modes
    if Mode.ONLINE not in event.modes:
        await programme.insert_modes(event.id, draft.modes)
    room = await programme.lock_places_of(event.id, Mode.IN_PERSON)
    online = await programme.lock_places_of(event.id, Mode.ONLINE)
    taken = online.taken + room.taken
    if offered.limit is not None and room.taken and taken > offered.limit:
        raise TooFewPlaces(taken, offered.limit)
    people = {str(row["id"]): row["queue_number"] for row in await _IN_ROOM.rows(event=event.id)}
    in_line = {str(row["id"]): row["queue_number"] for row in await _FOR_ROOM.rows(event=event.id)}
    await _TO_ONLINE.rows(event=event.id, ahead=online.last_in_line, now=left.until)
    await programme.set_places(online, taken=taken, last_in_line=online.last_in_line + room.last_in_line)
    moved = await guests.move_online(event.id)
    left = structs.replace(left, people=people, in_line=in_line, last_in_line=room.last_in_line, guests=moved)
    await programme.set_places(room, taken=0, last_in_line=0)
    return left


async def _announce(was: EventFacts, event: EventFacts, left: Announced, telling: Telling) -> int:
    """Keep what people knew until now, to tell them of the difference once it leaves; returned is to how many."""
    if telling is Telling.NEVER or not is_news(was, event, left.until):
        return 0
    pending = await queries.find_change(event.id)
    leaves = leaves_at(was, event, left.until, telling)
    kept = (*(pending.steps if pending else ()), left)
    await _KEEP.rows(event=event.id, leaves_at=leaves, steps=msgspec.json.encode(kept).decode())
    if leaves <= left.until:
        return await _leave(event)
    return len(await list_news(event))


async def list_news(event: EventFacts) -> list[News]:
    """What would be told to whom if the change left now; in an open write or read."""
    pending = await queries.find_change(event.id)
    return _news(event, pending, await queries.list_active(event.id), {}) if pending else []


def _news(event: EventFacts, pending: Pending, tickets: Iterable[Any], unsent: Mapping[int, Any]) -> list[News]:
    news = []
    for ticket in tickets:
        known = known_to(ticket, pending.steps)
        if older := unsent.get(ticket.id):  # a mail that has not left yet: they know still less
            known = {"was_status": Status.PUBLISHED.value, "was_mode": ticket.mode.value, **older}
        if known and (one := news_for(ticket, event, known)):
            news.append(one)
    return news


async def _leave(event: EventFacts) -> int:
    """Queue one mail for each who must know; the event is locked. Returns how many."""
    pending = await queries.find_change(event.id)
    if pending is None:
        return 0
    await _TAKE.rows(event=event.id)
    tickets = await queries.list_active(event.id)
    unsent = await take_back([ticket.id for ticket in tickets], kinds=NEWS)
    news = _news(event, pending, tickets, unsent)
    for kind in NEWS:
        await enqueue_all(kind, [(one.ticket.id, one.ticket.email, one.facts) for one in news if one.kind == kind])
    await record("system", "told", f"event:{event.id}", organisation=event.organisation, number=len(news))
    return len(news)


@db.write
async def tell_now(slug: str, *, by: Actor) -> int:
    """Do not wait any longer; tells how many mails were queued. Again changes nothing."""
    return await _leave(await programme.lock_event(slug, by.organisation))


async def tell_what_is_due() -> int:
    """Let the changes leave whose time to be taken back is over; each in its own action."""
    due = await queries.list_due_changes(utc_now())
    for slug, organisation in due:
        await _leave_if_due(slug, organisation)
    return len(due)


@db.write
async def _leave_if_due(slug: str, organisation: int) -> None:
    event = await programme.lock_event(slug, organisation)
    pending = await queries.find_change(event.id)
    if pending and pending.leaves_at <= utc_now():  # nobody told, undid or changed it meanwhile
        await _leave(event)


@db.write
async def undo_change(slug: str, *, by: Actor, revision: int | None = None) -> EventFacts:
    """Put the event back to what it was before the changes that have not left yet; raises NothingToUndo.

    Times, place, ways to attend and status go back; what was corrected in the texts stays.
    """
    event = await programme.lock_event(slug, by.organisation, revision=revision)
    pending = await queries.find_change(event.id)
    if pending is None:
        raise NothingToUndo
    await _TAKE.rows(event=event.id)
    first = pending.first
    draft = _draft(event, patch_back(event, first))
    await programme.insert_modes(event.id, (places for places in draft.modes if places.mode not in event.modes))
    if Mode.IN_PERSON not in event.modes and Mode.IN_PERSON in first.before.modes:
        left = next((step for step in pending.steps if step.people), first)
        draft = await _move_back(event, left, draft)
    back = await programme.change(
        await events.get_event_by_id(event.id),
        draft,
        by=by,
        status=first.status,
        reason=first.reason,
        moved_from=first.moved_from,
        verb="undone",
    )
    await steps.promote(await programme.lock_all_places(back.id))
    return await events.get_event_by_id(back.id)


async def _move_back(event: EventFacts, left: Announced, draft: EventDraft) -> EventDraft:
    """People return to the room, those who waited to their place in line; online stays for who came there since."""
    room = await programme.lock_places_of(event.id, Mode.IN_PERSON)
    taken = await guests.move_back(left.guests)
    for person, number in left.people.items():
        row = await _BACK.row(id=int(person), number=number, waited=number is not None, now=utc_now())
        taken += bool(row and row["holds_place"])
    for person, number in left.in_line.items():
        await _BACK_IN_LINE.rows(id=int(person), number=number, now=utc_now())
    await follow(event.id)
    await programme.set_places(room, taken=taken, last_in_line=left.last_in_line)
    online = await programme.lock_places_of(event.id, Mode.ONLINE)
    [still] = await _LEFT_ONLINE.rows(event=event.id)
    kept = (await count_guests(event.id)).reserved.get(Mode.ONLINE, 0)
    goes = Mode.ONLINE.value not in left.modes and not still["people"] and not kept
    await programme.set_places(
        online, taken=int(still["taken"]) + kept, last_in_line=0 if goes else online.last_in_line
    )
    if not goes:
        return draft
    return structs.replace(draft, modes=tuple(places for places in draft.modes if places.mode is not Mode.ONLINE))


class _Tried(Exception):
    def __init__(self, event: EventFacts, news: list[News]) -> None:
        self.event = event
        self.news = news


async def try_out(act: Callable[[], Awaitable[Any]]) -> tuple[EventFacts, list[News]]:
    """What the event would be and who would be told what, by doing `act`, a `step` of these, and taking it back."""

    @db.write
    async def trying() -> None:
        done = await act()
        event: EventFacts = done[0] if isinstance(done, tuple) else done
        others = done[1] if isinstance(done, tuple) and isinstance(done[1], list) else []
        raise _Tried(event, [news for one in (event, *others) for news in await list_news(one)])

    try:
        await trying()
    except _Tried as tried:
        return tried.event, tried.news
    raise AssertionError("unreachable")
