"""Events whose instants follow from rules of time zones that have changed."""

from datetime import datetime

from piccolo.columns import And

from events.activity import queries as activity
from events.programme import queries
from events.programme.queries.contents import span_of
from events.programme.queries.filters import select_events
from events.programme.queries.rows import facts_of
from events.programme.rules import EventFacts
from events.programme.rules.zones import RECKONED, Reckoned
from events.programme.tables import Event


async def list_reckoned_before(version: str, now: datetime) -> list[EventFacts]:
    """The events to come whose instants were reckoned with older rules of time zones. What is past stays as it was."""
    older = And(Event.tzdata_version < version, Event.ends_at > now)
    return await facts_of(await select_events().where(older).order_by(Event.id))


async def list_reckoned(organisation: int, since: datetime) -> list[Reckoned]:
    """What starts at another moment, since then, because the rules of its time zone changed."""
    done = await activity.list_done(RECKONED, organisation=organisation, since=since)
    events = {event.id: event for event in await queries.list_facts_of([_number(one.subject) for one in done])}
    found = {
        _number(one.subject): Reckoned(
            events[_number(one.subject)], datetime.fromisoformat(one.facts["was"]), one.facts["tzdata"]
        )
        for one in done
        if _number(one.subject) in events
    }
    return list(found.values())


async def list_reversed(now: datetime) -> list[str]:
    """The addresses of events to come whose end, as it was agreed, is before their start by the rules of today."""
    times = [getattr(Event, f"{end}_{part}") for end in ("starts", "ends") for part in ("wall", "zone", "fold")]
    rows = await Event.select(Event.slug, Event.all_day, *times).where(Event.ends_at > now).order_by(Event.starts_at)
    return [row["slug"] for row in rows if span_of(row).is_reversed]


def _number(subject: str) -> int:
    return int(subject.partition(":")[2])
