"""Locks on an event and its places, and what a higher slice keeps of it; each needs an open write."""

from collections.abc import Mapping
from typing import Any

from events.accounts.steps import public_changed
from events.infra import db
from events.kernel.words import Text
from events.programme import queries
from events.programme.rules import EventFacts, Mode
from events.programme.rules.errors import EventNotFound, RevisionOutdated
from events.programme.rules.places import AllPlaces, LockedPlaces
from events.programme.steps.columns import json_of

_LOCK_EVENT = db.Prepared(
    "UPDATE event SET revision = revision WHERE slug = :slug AND organisation = :organisation RETURNING id"
)
_LOCK = db.Prepared(
    "UPDATE event_mode SET version = version + 1"
    " WHERE mode = :mode AND event = (SELECT id FROM event WHERE slug = :slug) RETURNING id"
)
_LOCK_BY_EVENT = db.Prepared(
    "UPDATE event_mode SET version = version + 1 WHERE event = :event AND mode = :mode RETURNING id"
)
_LOCK_BY_ID = db.Prepared("UPDATE event_mode SET version = version + 1 WHERE id = :id RETURNING id")
_MODES = db.Prepared("SELECT id FROM event_mode WHERE event = :event ORDER BY id")
_LOCKED = db.Prepared(
    "SELECT m.id, m.mode, m.capacity, m.overbooking, m.closes_at, m.taken, m.last_in_line, e.id AS event, e.slug,"
    " e.organisation, e.status, e.starts_at, e.ends_at, e.approval, e.prove_address, e.waiting_list, e.hold_hours,"
    " e.promotion_stops_minutes, e.switch_stops_minutes, e.ask_affiliation, e.ask_access, e.opens_at, e.opens_zone"
    ", e.form, e.affiliation_limit, e.invites, o.refuse_disposable FROM event_mode m JOIN event e ON e.id = m.event"
    " JOIN organisation o ON o.id = e.organisation WHERE m.id = :id"
)
_SET_PROMISE = db.Prepared("UPDATE event SET retention_days = :days, purpose = :purpose WHERE id = :event")
_SET_RETENTION = db.Prepared("UPDATE event SET retention_days = :days WHERE id = :event")
_SET_FORM = db.Prepared("UPDATE event SET form = :form WHERE id = :event")
_SET_INVITES = db.Prepared("UPDATE event SET invites = TRUE WHERE id = :event AND NOT invites")
_SET_PLACES = db.Prepared("UPDATE event_mode SET taken = :taken, last_in_line = :last_in_line WHERE id = :id")


async def lock_event(slug: str, organisation: int, *, revision: int | None = None) -> EventFacts:
    """Lock an event and all its places, so that nobody moves it or registers until the action ends.

    Raises EventNotFound for another organisation's, RevisionOutdated when it is not at the revision any more.
    """
    row = await _LOCK_EVENT.row(slug=slug, organisation=organisation)
    if row is None:
        raise EventNotFound
    await lock_all_places(row["id"])
    event = await queries.get_event_by_id(row["id"])
    if revision is not None and revision != event.revision:
        raise RevisionOutdated
    return event


async def lock_places(slug: str, mode: Mode) -> LockedPlaces | None:
    """Lock one mode's places until the action ends; None when there is no such event or it does not offer the mode."""
    return await _locked(await _LOCK.row(slug=slug, mode=mode.value))


async def lock_places_of(event: int, mode: str) -> LockedPlaces:
    locked = await _locked(await _LOCK_BY_EVENT.row(event=event, mode=mode))
    if locked is None:
        raise RuntimeError(f"event {event} has registrations for {mode} but no places")
    return locked


async def lock_all_places(event: int) -> AllPlaces:
    """Lock every mode's places, in the order of their ids, so that two who do it never wait for each other."""
    found = [await _locked(await _LOCK_BY_ID.row(id=row["id"])) for row in await _MODES.rows(event=event)]
    return {places.mode: places for places in found if places}


async def _locked(row: Mapping[str, Any] | None) -> LockedPlaces | None:
    if row is None:
        return None
    return LockedPlaces(**(await _LOCKED.rows(id=row["id"]))[0])


async def set_places(locked: LockedPlaces, *, taken: int, last_in_line: int) -> None:
    """Keep the new counts; public pages change when the mode has become full, or is no longer."""
    await _SET_PLACES.rows(id=locked.id, taken=taken, last_in_line=last_in_line)
    was_full = locked.is_full
    locked.taken, locked.last_in_line = taken, last_in_line
    if locked.is_full != was_full:
        await public_changed()


async def set_form(event: int, digest: str) -> None:
    """Say which form asks what there is to ask besides; "" when nothing."""
    await _SET_FORM.rows(event=event, form=digest)


async def set_promise(event: int, *, days: int | None, purpose: Text) -> None:
    """For how long its people are known, None as the organisation says, and why they are asked."""
    await _SET_PROMISE.rows(event=event, days=days, purpose=json_of(purpose))


async def set_retention(event: int, days: int) -> None:
    """For how long its people are known, whatever the organisation says from now on."""
    await _SET_RETENTION.rows(event=event, days=days)


async def set_invites(event: int) -> None:
    """From now on somebody who registers may have been invited."""
    await _SET_INVITES.rows(event=event)
