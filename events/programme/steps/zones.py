"""Following the rules of time zones: wall times stay, instants move."""

from typing import Any

from events.accounts.steps import public_changed
from events.activity.steps import record
from events.kernel.clock import utc_now
from events.kernel.spans import tzdata_version
from events.programme.queries.contents import span_of
from events.programme.rules import EventFacts
from events.programme.rules.zones import RECKONED, has_moved
from events.programme.tables import Event, EventMode
from events.programme.tables.contents import Plenary


async def reckon(event: EventFacts) -> bool:
    """Reckon the event's instants anew, which is locked; tells whether its start or end is another moment now."""
    now, moved = utc_now(), has_moved(event)
    columns: dict[Any, Any] = {Event.tzdata_version: tzdata_version()}
    if moved:
        columns |= {
            Event.starts_at: event.span.starts_at,
            Event.ends_at: event.span.ends_at,
            Event.sequence: event.sequence + event.is_public,
            Event.revision: event.revision + 1,
            Event.changed_at: now,
            Event.calendar_changed_at: now,
        }
    await Event.update(columns).where(Event.id == event.id)
    for places in event.places:
        closes_at = places.closes.instant if places.closes else event.span.starts_at
        if closes_at != places.closes_at:
            await EventMode.update({EventMode.closes_at: closes_at}).where(EventMode.id == places.id)
    await _reckon_plenary(event.id)
    if moved:
        facts = {"tzdata": tzdata_version(), "was": event.starts_at, "now": event.span.starts_at}
        await record("system", RECKONED, f"event:{event.id}", organisation=event.organisation, **facts)
    if event.is_public:
        await public_changed()
    return moved


async def _reckon_plenary(conference: int) -> None:
    for row in await Plenary.select().where(Plenary.conference == conference):
        span = span_of(row)
        if (span.starts_at, span.ends_at) != (row["starts_at"], row["ends_at"]):
            columns: dict[Any, Any] = {Plenary.starts_at: span.starts_at, Plenary.ends_at: span.ends_at}
            await Plenary.update(columns).where(Plenary.id == row["id"])
