"""Reads of single events. Who is given as `viewer`, an organisation's id, sees that organisation's drafts too."""

from collections.abc import Sequence
from typing import Any

from piccolo.columns import And

from events.infra import db
from events.programme.queries.contents import one_of
from events.programme.queries.filters import select_events
from events.programme.queries.rows import facts_of
from events.programme.rules import EventFacts
from events.programme.rules.errors import EventGone, EventNotFound
from events.programme.tables import Event, Withdrawn

_BY_ID = db.Built(lambda *ids: select_events().where(one_of(Event.id, ids)))
_BY_SLUG = db.Built(lambda slug: select_events().where(Event.slug == slug))
_OWN = db.Built(lambda slug, owner: select_events().where(And(Event.slug == slug, Event.organisation == owner)))
_HAS_OWN = db.Prepared("SELECT 1 AS found FROM event WHERE slug = :slug AND organisation = :organisation")


async def get_event(slug: str, *, viewer: int | None = None) -> EventFacts:
    """The event; raises EventGone for what was deleted, EventNotFound for another's draft as for what never was."""
    event = await _find_event(_BY_SLUG, slug)
    if event is None and await Withdrawn.exists().where(And(Withdrawn.slug == slug, Withdrawn.deleted.eq(True))):
        raise EventGone
    if event is None or (not event.is_public and event.organisation != viewer):
        raise EventNotFound
    return event


async def get_own_event(slug: str, organisation: int) -> EventFacts:
    """The event if it is this organisation's; raises EventNotFound otherwise."""
    event = await find_own_event(slug, organisation)
    if event is None:
        raise EventNotFound
    return event


async def find_own_event(slug: str, organisation: int) -> EventFacts | None:
    return await _find_event(_OWN, slug, organisation)


async def get_event_by_id(event: int) -> EventFacts:
    found = await _find_event(_BY_ID, event)
    if found is None:
        raise EventNotFound
    return found


@db.read
async def _find_event(query: db.Built, *values: Any) -> EventFacts | None:
    rows = await query.rows(*values)
    return (await facts_of(rows))[0] if rows else None


@db.read
async def list_facts_of(events: Sequence[int]) -> list[EventFacts]:
    found: list[EventFacts] = []
    for start in range(0, len(events), _AT_ONCE):
        found += await facts_of(await _BY_ID.rows(*events[start : start + _AT_ONCE]))
    return found


_AT_ONCE = 400  # values in one IN


@db.read
async def list_own_uids(organisation: int, uids: Sequence[str]) -> frozenset[str]:
    """Which of these are the UIDs of the organisation's own events."""
    found: set[str] = set()
    for start in range(0, len(uids), _AT_ONCE):
        where = And(Event.organisation == organisation, Event.uid.is_in(list(uids[start : start + _AT_ONCE])))
        found |= {row["uid"] for row in await Event.select(Event.uid).where(where)}
    return frozenset(found)


async def has_admission_step(event: int) -> bool:
    rows = await Event.select(Event.admission_step).where(Event.id == event)
    return bool(rows and rows[0]["admission_step"])


async def get_own_id(slug: str, organisation: int) -> int:
    """Raises EventNotFound when there is no such event of this organisation."""
    rows = await Event.select(Event.id).where(And(Event.slug == slug, Event.organisation == organisation))
    if not rows:
        raise EventNotFound
    return int(rows[0]["id"])


async def get_organisation_id(event: int) -> int:
    rows = await Event.select(Event.organisation).where(Event.id == event)
    return int(rows[0]["organisation"])


async def has_own(slug: str, organisation: int) -> bool:
    """Whether the event at this address is the organisation's."""
    return await _HAS_OWN.row(slug=slug, organisation=organisation) is not None


async def is_own(event: int, organisation: int) -> bool:
    return await Event.exists().where(And(Event.id == event, Event.organisation == organisation))
