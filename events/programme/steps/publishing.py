"""An event becomes public, is put off, cancelled, taken back or deleted; needs an open write."""

from piccolo.table import Table

from events.accounts.rules import Actor
from events.accounts.steps import public_changed
from events.activity.steps import record
from events.infra import db
from events.kernel.clock import utc_now
from events.kernel.words import N_, Text
from events.programme import queries, tables
from events.programme.rules import EventFacts, Status
from events.programme.rules.errors import EventInUse, WrongStatus
from events.programme.steps.columns import json_of
from events.programme.tables import Event, Withdrawn, contents, planning

_WITHDRAWN = db.Prepared("DELETE FROM withdrawn WHERE uid = :uid")
_AS_IT_WAS = (
    "uid, organisation, slug, kind, title, starts_wall, starts_zone, starts_fold, ends_wall, ends_zone, ends_fold,"
    " all_day, starts_at, ends_at, part_of, search_text, spoken, tagged, placed, sequence, revision, created_at"
)
_NOW_WITHDRAWN = db.Prepared(
    f"INSERT INTO withdrawn ({_AS_IT_WAS}, modes, withdrawn_at, deleted)"  # noqa: S608 - names of columns
    f" SELECT {_AS_IT_WAS}, CAST(:modes AS TEXT), calendar_changed_at, FALSE FROM event WHERE id = :id"
)


async def cancel(event: EventFacts, *, reason: Text, by: Actor) -> EventFacts:
    """The event stays at its address and in the feeds, marked as cancelled."""
    if event.status is Status.DRAFT:
        raise WrongStatus(N_("A draft cannot be cancelled: nobody has seen it yet."))
    if event.status is Status.CANCELLED:
        raise WrongStatus(N_("This event is cancelled already."))
    await _set_status(event, Status.CANCELLED, cancelled_reason=json_of(dict(reason)))
    await record(by.name, "cancelled", f"event:{event.id}", organisation=by.organisation)
    return await queries.get_event_by_id(event.id)


async def postpone(event: EventFacts, *, reason: Text, by: Actor) -> EventFacts:
    """The event stays at its address, to have a new date one day; in calendars it is cancelled until then."""
    if event.status is Status.DRAFT:
        raise WrongStatus(N_("A draft cannot be postponed: nobody has seen it yet. Change its date."))
    if event.status is not Status.PUBLISHED:
        raise WrongStatus(N_("This event is postponed or cancelled already."))
    await _set_status(event, Status.POSTPONED, cancelled_reason=json_of(dict(reason)))
    await record(by.name, "postponed", f"event:{event.id}", organisation=by.organisation)
    return await queries.get_event_by_id(event.id)


async def set_published(event: EventFacts, *, by: Actor) -> EventFacts:
    await _WITHDRAWN.rows(uid=event.uid)
    await _set_status(event, Status.PUBLISHED, published_at=utc_now())
    await record(by.name, "published", f"event:{event.id}", organisation=by.organisation)
    return await queries.get_event_by_id(event.id)


async def unpublish(event: EventFacts, *, by: Actor) -> EventFacts:
    """A draft again. Calendars that have it are told that it is off, until it is public once more."""
    await _set_status(event, Status.DRAFT, cancelled_reason="{}")
    await _WITHDRAWN.rows(uid=event.uid)
    await _NOW_WITHDRAWN.rows(modes=" " + "".join(f"{mode} " for mode in event.modes), id=event.id)
    await record(by.name, "unpublished", f"event:{event.id}", organisation=by.organisation)
    return await queries.get_event_by_id(event.id)


async def delete(event: EventFacts, *, by: Actor) -> None:
    """With all that this slice holds of it; raises EventInUse while another slice does."""
    found = [thing for module in (tables, contents, planning) for thing in vars(module).values()]
    own = [table for table in found if isinstance(table, type) and issubclass(table, Table)]
    try:
        await Withdrawn.update({Withdrawn.deleted: True}).where(Withdrawn.uid == event.uid)
        await Withdrawn.update({Withdrawn.part_of: None}).where(Withdrawn.part_of == event.id)
        # What points at others comes after them.
        for table in reversed([table for table in own if table not in {Table, Event, Withdrawn}]):
            for key in table._meta.foreign_key_columns:
                if key._foreign_key_meta.resolved_references is Event:  # noqa: SLF001 - same
                    await table.delete().where(key == event.id)
        await Event.delete().where(Event.id == event.id)
    except db.STILL_NEEDED as error:
        raise EventInUse(N_("Something hangs on it, such as a door. It stays here as a draft.")) from error
    await record(by.name, "deleted", f"event:{event.id}", organisation=by.organisation)


async def _set_status(event: EventFacts, status: Status, **columns: object) -> None:
    now = utc_now()
    # Of a draft calendars know only when it was public before.
    sequence = event.sequence + (event.is_public or event.published_at is not None)
    facts = {"status": status.value, "sequence": sequence, "changed_at": now, "calendar_changed_at": now, **columns}
    await Event.update({**facts, Event.revision: Event.revision + 1}).where(Event.id == event.id)  # type: ignore[dict-item]  # names and columns alike
    await public_changed()
