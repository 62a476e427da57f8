"""What feeds are made of, and when it last changed."""

from datetime import datetime
from typing import Any

from piccolo.columns import And

from events.infra import db
from events.kernel.clock import utc_now
from events.programme.queries.filters import all_of, condition_of, narrowing, select_events, words_of
from events.programme.queries.rows import facts_of, withdrawn_of
from events.programme.rules import EventFacts, Status
from events.programme.rules.calendars import Stamp, WithdrawnFacts
from events.programme.rules.filters import Filters
from events.programme.tables import Event, Withdrawn


@db.read
async def list_facts(where: Filters, *, viewer: int | None = None, limit: int = 5000) -> list[EventFacts]:
    """Events whole, oldest start first: what feeds are made of."""
    rows = await select_events().where(condition_of(where, viewer)).order_by(Event.starts_at, Event.id).limit(limit)
    return await facts_of(rows)


async def list_withdrawn(where: Filters, since: datetime) -> list[WithdrawnFacts]:
    """What was taken back after `since` out of the feeds that are narrowed like this."""
    conditions = [Withdrawn.withdrawn_at > since, *narrowing(where, Withdrawn)]
    if where.mode:
        conditions.append(Withdrawn.modes.like(f"% {where.mode} %"))
    conditions += [Withdrawn.search_text.like(f"%{word}%") for word in words_of(where)]
    return [withdrawn_of(row) for row in await Withdrawn.select().where(all_of(conditions))]


async def latest_withdrawal(organisation: str | None, by: datetime | None = None) -> datetime | None:
    """When something public was last taken back, here or of one organisation; `by` looks at what was by then."""
    conditions: list[Any] = [Withdrawn.withdrawn_at <= (by or utc_now())]
    if organisation:
        conditions.append(Withdrawn.organisation.slug == organisation)
    order = Withdrawn.select(Withdrawn.withdrawn_at).where(all_of(conditions))
    rows = await order.order_by(Withdrawn.withdrawn_at, ascending=False).limit(1)
    return rows[0]["withdrawn_at"] if rows else None


async def list_stamps(where: Filters) -> list[Stamp]:
    """In which state each public event is, to tell which are still as they were read before."""
    columns = (Event.id, Event.uid, Event.revision, Event.status, Event.ends_at, Event.calendar_changed_at)
    return [Stamp(**row) for row in await Event.select(*columns).where(condition_of(where, None))]


async def latest_change(organisation: str | None = None) -> datetime | None:
    """When calendars last had to take notice of anything public or taken back, here or of one organisation."""
    order = Event.select(Event.calendar_changed_at).where(condition_of(Filters(organisation=organisation), None))
    rows = await order.order_by(Event.calendar_changed_at, ascending=False).limit(1)
    withdrawn = await latest_withdrawal(organisation)
    return max((moment for moment in (rows and rows[0]["calendar_changed_at"], withdrawn) if moment), default=None)


async def latest_end(before: datetime) -> datetime | None:
    """When the last public event that was over by then ended."""
    over = And(Event.status != Status.DRAFT, Event.ends_at <= before)
    rows = await Event.select(Event.ends_at).where(over).order_by(Event.ends_at, ascending=False).limit(1)
    return rows[0]["ends_at"] if rows else None
