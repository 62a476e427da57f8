"""Events that are dates of one series; needs an open write."""

from events.accounts.steps import public_changed
from events.kernel.clock import utc_now
from events.programme.rules import EventFacts
from events.programme.tables import Event, Series


async def keep_series(event: EventFacts, rules: str) -> int:
    """The series of the event, made if it is in none, with these rules besides those that it has."""
    if event.series is not None:
        [row] = await Series.select(Series.rules).where(Series.id == event.series)
        await Series.update({Series.rules: f"{row['rules']}\n{rules}"}).where(Series.id == event.series)
        return event.series
    [row] = await Series.insert(Series(organisation=event.organisation, rules=rules, created_at=utc_now()))
    await join_series(event.id, row["id"])
    if event.is_public:
        await public_changed()
    return int(row["id"])


async def join_series(event: int, series: int) -> None:
    await Event.update({Event.series: series}).where(Event.id == event)
