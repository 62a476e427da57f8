"""Moving, postponing, cancelling, going online: the verbs that change what people go by.

Each is one action. It changes the event, which page, feeds, tickets and doors follow by themselves, and keeps what
people knew in `event_change`. When that leaves (`telling.py`), each of them gets one mail with the difference to what
they knew; until then `undo_change` puts the event back and nothing was sent. Whoever acts locks the event first, so
that exactly one of undo and leaving finds the row.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from events.accounts.rules import Actor
from events.infra import db
from events.kernel.clock import utc_now
from events.kernel.errors import Invalid, Problem
from events.kernel.spans import WallTime
from events.kernel.words import N_, Text
from events.programme import queries as events
from events.programme import steps as programme
from events.programme.documents import document_of
from events.programme.forms import EventDraft, read_event
from events.programme.forms.patches import merged
from events.programme.forms.times import WallTimeForm, wall_time
from events.programme.rules import Before, EventFacts, Mode, Status
from events.programme.rules.clashes import Acceptance
from events.programme.rules.errors import ModeInUse, WrongStatus
from events.programme.steps import drafts, publishing
from events.programme.steps.clashes import check_clashes
from events.registration import queries, steps
from events.registration.actions.online import move_online
from events.registration.actions.telling import announce
from events.registration.queries.changes import find_change
from events.registration.rules.changes import Announced, Telling, moved_from, patch_to_new_time, same_for_people


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
    postponed = await publishing.postpone(event, reason=reason or {}, by=by)
    await announce(event, postponed, _left(event, utc_now()), telling)
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
    cancelled = await publishing.cancel(event, reason=reason, by=by)
    return cancelled, await announce(event, cancelled, _left(event, utc_now()), telling)


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
    was, draft = event, draft_of(event, patch)
    left = _left(was, utc_now())
    if Mode.IN_PERSON in event.modes and [places.mode for places in draft.modes] == [Mode.ONLINE]:
        left = await move_online(event, draft, left)
        event = await events.get_event_by_id(event.id)
    modes = tuple(places.mode for places in draft.modes)
    for mode in event.modes:
        if mode not in modes and await queries.any_unproven_in(event.id, mode):
            raise ModeInUse
    after = Before(draft.span, draft.venue, modes)
    moves = was.is_public and not same_for_people(after, was.whereabouts)
    pending = await find_change(event.id)
    dated = was.status is Status.POSTPONED and draft.span != was.span
    await drafts.change(
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
    await announce(was, changed, left, telling)
    return changed


def draft_of(event: EventFacts, patch: Any) -> EventDraft:
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
