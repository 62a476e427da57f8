"""Lists of events for people and programs. Who is given as `viewer` sees that organisation's drafts too."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from piccolo.columns import And, Or
from piccolo.query.functions import Count

from events.infra import db
from events.kernel.clock import utc_now
from events.programme.queries import get_event
from events.programme.queries.calendars import list_facts
from events.programme.queries.filters import condition_of, select_events, visible_to
from events.programme.queries.rows import Row, briefs_of, facts_of
from events.programme.rules import EventBrief, EventFacts, Kind
from events.programme.rules.filters import Filters
from events.programme.tables import Event

Place = tuple[datetime, int]
"""Start and id of the last event of a page."""


class Page(Struct, frozen=True):
    items: list[EventBrief]
    following: Place | None


class Listing(Struct, frozen=True):
    """A page of events as people read it: with the conferences around them, and how many sessions each of those has.

    `next_end` is when the next event of all is over; `spoken` are the languages on offer anywhere.
    """

    page: Page
    conferences: dict[int, EventBrief]
    sessions: dict[int, int]
    next_end: datetime | None
    spoken: tuple[str, ...]


class WholeEvent(Struct, frozen=True):
    event: EventFacts
    parts: list[EventFacts]


class FactsPage(Struct, frozen=True):
    items: list[EventFacts]
    following: Place | None


@db.read
async def list_events(
    where: Filters,
    *,
    viewer: int | None = None,
    limit: int = 50,
    after: Place | None = None,
    newest_first: bool = True,
) -> Page:
    """Briefs by start; `after` is the `following` of the page before."""
    rows, following = await _page(where, viewer, limit, after, newest_first=newest_first)
    return Page(await briefs_of(rows), following)


@db.read
async def get_whole(slug: str, *, viewer: int | None = None) -> WholeEvent:
    """An event and what is part of it, by time; raises EventNotFound."""
    event = await get_event(slug, viewer=viewer)
    return WholeEvent(event, await list_facts(Filters(part_of=event.slug), viewer=viewer))


@db.read
async def get_listing(
    where: Filters, now: datetime, *, limit: int = 50, after: Place | None = None, newest_first: bool = False
) -> Listing:
    page = await list_events(where, limit=limit, after=after, newest_first=newest_first)
    around = {event.part_of for event in page.items if event.part_of} - {event.id for event in page.items}
    conferences = await briefs_of(await select_events().where(Event.id.is_in([*around, _NOBODY])))
    shown = [event.id for event in (*page.items, *conferences)]
    ends = Event.select(Event.ends_at).where(And(visible_to(None), Event.ends_at > now))
    next_end = await ends.order_by(Event.ends_at).limit(1)
    spoken = await Event.select(Event.spoken).where(visible_to(None)).group_by(Event.spoken)
    return Listing(
        page=page,
        conferences={event.id: event for event in conferences},
        sessions=await _count_sessions(shown),
        next_end=next_end[0]["ends_at"] if next_end else None,
        spoken=tuple(sorted({tag for row in spoken for tag in row["spoken"].split()})),
    )


_NOBODY = 0  # an id that no row has: both databases take an empty IN amiss


async def _count_sessions(conferences: Sequence[int]) -> dict[int, int]:
    condition = And(Event.kind == Kind.SESSION, And(visible_to(None), Event.part_of.is_in([*conferences, _NOBODY])))
    rows = await Event.select(Event.part_of, Count()).where(condition).group_by(Event.part_of)
    return {row["part_of"]: row["count"] for row in rows}


@db.read
async def list_facts_page(
    where: Filters, *, viewer: int | None = None, limit: int = 50, after: Place | None = None
) -> FactsPage:
    """Events whole, newest start first."""
    rows, following = await _page(where, viewer, limit, after, newest_first=True)
    return FactsPage(await facts_of(rows), following)


async def _page(
    where: Filters, viewer: int | None, limit: int, after: Place | None, *, newest_first: bool
) -> tuple[Sequence[Row], Place | None]:
    condition = condition_of(where, viewer)
    if after is not None:
        start, last = after
        beyond = Event.starts_at < start if newest_first else Event.starts_at > start
        same = And(Event.starts_at == start, Event.id < last if newest_first else Event.id > last)
        condition = And(condition, Or(beyond, same))
    rows = await (
        select_events()
        .where(condition)
        .order_by(Event.starts_at, Event.id, ascending=not newest_first)
        .limit(limit + 1)
    )
    shown = rows[:limit]
    return shown, (shown[-1]["starts_at"], shown[-1]["id"]) if len(rows) > limit else None


@db.read
async def list_parts(event: int, *, viewer: int | None = None) -> list[EventBrief]:
    """What is part of a conference: its sessions and side events, by time."""
    condition = And(Event.part_of == event, visible_to(viewer))
    return await briefs_of(await select_events().where(condition).order_by(Event.starts_at, Event.id))


@db.read
async def list_own(organisation: int) -> list[EventBrief]:
    """Everything of one organisation, drafts included, newest start first."""
    rows = (
        await select_events()
        .where(Event.organisation == organisation)
        .order_by(Event.starts_at, Event.id, ascending=False)
    )
    return await briefs_of(rows)


@db.read
async def list_busy(organisation: int, since: datetime, until: datetime) -> list[EventBrief]:
    """Which of the organisation's events keep people busy between the two, by start."""
    meanwhile = And(Event.starts_at < until, Event.ends_at > since)
    rows = (
        await select_events()
        .where(And(Event.organisation == organisation, meanwhile))
        .order_by(Event.starts_at, Event.id)
    )
    return [event for event in await briefs_of(rows) if event.keeps_people_busy]


async def list_usual_zones(organisation: int, *, most: int = 5) -> list[str]:
    """The zones of the organisation's latest events, latest first."""
    latest = Event.select(Event.starts_zone).where(Event.organisation == organisation)
    rows = await latest.order_by(Event.id, ascending=False).limit(100)
    return list(dict.fromkeys(row["starts_zone"] for row in rows))[:most]


def upcoming(now: datetime | None = None) -> Filters:
    return Filters(since=now or utc_now())
