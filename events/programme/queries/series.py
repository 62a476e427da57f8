"""Events that repeat: the dates of a series, and what they would clash with."""

from collections.abc import Sequence

from msgspec import structs

from events.infra import db
from events.kernel.spans import TimeSpan
from events.programme.queries.clashes import list_around, list_clashes_with
from events.programme.queries.filters import select_events
from events.programme.queries.rows import briefs_of, facts_of
from events.programme.rules import EventBrief, EventFacts
from events.programme.rules.clashes import Clash
from events.programme.rules.recurrence import Rule, read_rule
from events.programme.tables import Event, Series


@db.read
async def list_series(series: int | None) -> list[EventFacts]:
    """Every date by start; none for what is in no series."""
    if series is None:
        return []
    return await facts_of(await select_events().where(Event.series == series).order_by(Event.starts_at, Event.id))


@db.read
async def list_public_dates(series: int | None) -> list[EventBrief]:
    """Every date that is not a draft, by start."""
    if series is None:
        return []
    rows = await select_events().where(Event.series == series).order_by(Event.starts_at, Event.id)
    return [event for event in await briefs_of(rows) if event.is_public]


async def list_rules(series: int | None) -> list[Rule]:
    """By which the dates were made, in the order of making."""
    if series is None:
        return []
    rows = await Series.select(Series.rules).where(Series.id == series)
    lines = rows[0]["rules"].splitlines() if rows else []
    return [read_rule(line) for line in lines if line.startswith("RRULE:")]


@db.read
async def list_clashes_at(event: EventFacts, spans: Sequence[TimeSpan]) -> list[list[Clash]]:
    """What another event like this would clash with at each of the times."""
    there = [
        structs.replace(event, id=_NOBODY, span=span, starts_at=span.starts_at, ends_at=span.ends_at) for span in spans
    ]
    return [
        await list_clashes_with(one, [other for other in others if other.id != event.id])
        for one, others in zip(there, await list_around(there), strict=True)
    ]


_NOBODY = 0  # an id that no row has
