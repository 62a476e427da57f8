"""Every read of events. Who is given as `viewer`, an organisation's id, sees that organisation's drafts too."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from piccolo.columns import And, Or, Where
from piccolo.query.functions import Count

from events.infra import db
from events.kernel.clock import utc_now
from events.kernel.ids import folded
from events.programme.queries.contents import one_of
from events.programme.queries.rows import Row, briefs_of, facts_of, withdrawn_of
from events.programme.rules import (
    EventBrief,
    EventFacts,
    EventGone,
    EventNotFound,
    Filters,
    Kind,
    Stamp,
    Status,
    WithdrawnFacts,
    tag_key,
)
from events.programme.tables import Appearance, Event, EventMode, Withdrawn

Place = tuple[datetime, int]
"""Start and id of the last event of a page."""


_ID = db.Prepared("SELECT id FROM event WHERE slug = :slug")


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


async def get_event(slug: str, *, viewer: int | None = None) -> EventFacts:
    """The event; raises EventGone for what was deleted, EventNotFound for another's draft as for what never was."""
    event = await find_event(Event.slug == slug)
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
    return await find_event(And(Event.slug == slug, Event.organisation == organisation))


async def get_event_by_id(event: int) -> EventFacts:
    found = await find_event(Event.id == event)
    if found is None:
        raise EventNotFound
    return found


@db.read
async def find_event(where: Where | And) -> EventFacts | None:
    rows = await select_events().where(where)
    return (await facts_of(rows))[0] if rows else None


@db.read
async def list_facts(where: Filters, *, viewer: int | None = None, limit: int = 5000) -> list[EventFacts]:
    """Events whole, oldest start first: what feeds are made of."""
    rows = await select_events().where(condition_of(where, viewer)).order_by(Event.starts_at, Event.id).limit(limit)
    return await facts_of(rows)


async def list_withdrawn(where: Filters, since: datetime) -> list[WithdrawnFacts]:
    """What was taken back after `since` out of the feeds that are narrowed like this."""
    conditions = [Withdrawn.withdrawn_at > since, *_narrowing(where, Withdrawn)]
    if where.mode:
        conditions.append(Withdrawn.modes.like(f"% {where.mode} %"))
    conditions += [Withdrawn.search_text.like(f"%{word}%") for word in _words(where)]
    return [withdrawn_of(row) for row in await Withdrawn.select().where(_all_of(conditions))]


async def latest_withdrawal(organisation: str | None, by: datetime | None = None) -> datetime | None:
    """When something public was last taken back, here or of one organisation; `by` looks at what was by then."""
    conditions: list[Any] = [Withdrawn.withdrawn_at <= (by or utc_now())]
    if organisation:
        conditions.append(Withdrawn.organisation.slug == organisation)
    order = Withdrawn.select(Withdrawn.withdrawn_at).where(_all_of(conditions))
    rows = await order.order_by(Withdrawn.withdrawn_at, ascending=False).limit(1)
    return rows[0]["withdrawn_at"] if rows else None


async def list_stamps(where: Filters) -> list[Stamp]:
    """In which state each public event is, to tell which are still as they were read before."""
    columns = (Event.id, Event.uid, Event.revision, Event.status, Event.ends_at, Event.calendar_changed_at)
    return [Stamp(**row) for row in await Event.select(*columns).where(condition_of(where, None))]


@db.read
async def list_facts_of(events: Sequence[int]) -> list[EventFacts]:
    found: list[EventFacts] = []
    for start in range(0, len(events), _AT_ONCE):
        some = select_events().where(one_of(Event.id, events[start : start + _AT_ONCE]))
        found += await facts_of(await some)
    return found


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
    ends = Event.select(Event.ends_at).where(And(_visible(None), Event.ends_at > now))
    next_end = await ends.order_by(Event.ends_at).limit(1)
    spoken = await Event.select(Event.spoken).where(_visible(None)).group_by(Event.spoken)
    return Listing(
        page=page,
        conferences={event.id: event for event in conferences},
        sessions=await _count_sessions(shown),
        next_end=next_end[0]["ends_at"] if next_end else None,
        spoken=tuple(sorted({tag for row in spoken for tag in row["spoken"].split()})),
    )


_AT_ONCE = 400  # values in one IN
_NOBODY = 0  # an id that no row has: both databases take an empty IN amiss


async def _count_sessions(conferences: Sequence[int]) -> dict[int, int]:
    condition = And(Event.kind == Kind.SESSION, And(_visible(None), Event.part_of.is_in([*conferences, _NOBODY])))
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
    condition = And(Event.part_of == event, _visible(viewer))
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


async def list_public_addresses(most: int = 20_000) -> list[tuple[str, datetime]]:
    """The slug of every public event and when it was last changed, latest start first; `most` fit one sitemap."""
    public = Event.select(Event.slug, Event.changed_at).where(_visible(None))
    rows = await public.order_by(Event.starts_at, ascending=False).limit(most)
    return [(row["slug"], row["changed_at"]) for row in rows]


async def list_programmes() -> list[tuple[str, datetime]]:
    """The slug of every public conference that has sessions, and when one of these was last changed."""
    sessions = And(And(Event.kind == Kind.SESSION, _visible(None)), Event.part_of.status != Status.DRAFT)
    rows = await Event.select(Event.part_of.slug, Event.changed_at).where(sessions).order_by(Event.changed_at)
    return list({row["part_of.slug"]: row["changed_at"] for row in rows}.items())  # of each the latest


async def find_id(slug: str) -> int | None:
    row = await _ID.row(slug=slug)
    return row["id"] if row else None


async def free_slug(slug: str, *, suffixed: bool = True) -> str:
    """The address with the first number behind it that nothing has yet; not `suffixed`, without one if that is free."""
    stem = slug[:75].rstrip("-")
    if not suffixed and await find_id(stem) is None:
        return stem
    number = 2
    while await find_id(f"{stem}-{number}") is not None:
        number += 1
    return f"{stem}-{number}"


async def list_usual_zones(organisation: int, *, most: int = 5) -> list[str]:
    """The zones of the organisation's latest events, latest first."""
    latest = Event.select(Event.starts_zone).where(Event.organisation == organisation)
    rows = await latest.order_by(Event.id, ascending=False).limit(100)
    return list(dict.fromkeys(row["starts_zone"] for row in rows))[:most]


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


async def is_own(event: int, organisation: int) -> bool:
    return await Event.exists().where(And(Event.id == event, Event.organisation == organisation))


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


def upcoming(now: datetime | None = None) -> Filters:
    return Filters(since=now or utc_now())


def select_events() -> Any:
    """Every column that briefs and facts are made of."""
    return Event.select(
        *Event.all_columns(),
        Event.organisation.slug.as_alias("organisation_slug"),
        Event.organisation.name.as_alias("organisation_name"),
        Event.part_of.slug.as_alias("parent_slug"),
        Event.part_of.title.as_alias("parent_title"),
        Event.part_of.uid.as_alias("parent_uid"),
    )


def _visible(viewer: int | None) -> Where | Or:
    public = Event.status != Status.DRAFT
    return public if viewer is None else Or(public, Event.organisation == viewer)


def condition_of(where: Filters, viewer: int | None) -> Any:
    conditions = [_visible(viewer), *_narrowing(where, Event)]
    if where.mode:
        conditions.append(Event.id.is_in(EventMode.select(EventMode.event).where(EventMode.mode == where.mode)))
    return _all_of(conditions + [_mentions(word) for word in _words(where)])


def _narrowing(where: Filters, table: Any) -> list[Any]:
    """All filters but mode and words, for events and for what was withdrawn: their columns have the same names."""
    conditions = _in_time(where, table)
    if not where.sessions:
        conditions.append(table.kind != Kind.SESSION)
    if where.kind:
        conditions.append(table.kind == where.kind)
    if where.organisation:
        conditions.append(table.organisation.slug == where.organisation)
    if where.part_of:
        conditions.append(table.part_of.slug == where.part_of)
    if where.whole:
        conditions.append(Or(table.slug == where.whole, table.part_of.slug == where.whole))
    if where.language:
        conditions.append(table.spoken.like(f"% {_plain(where.language).lower()} %"))
    if where.tag:
        conditions.append(table.tagged.like(f"%|{tag_key(where.tag)}|%"))
    if where.venue:
        conditions.append(table.placed == folded(where.venue))
    return conditions


def _all_of(conditions: Sequence[Any]) -> Any:
    condition = conditions[0]
    for following in conditions[1:]:
        condition = And(condition, following)
    return condition


def _words(where: Filters) -> list[str]:
    return folded(_plain(where.q)).split()


def _mentions(word: str) -> Or:
    who = Appearance.speaker
    named = Or(who.name_folded.like(f"%{word}%"), who.affiliation_folded.like(f"%{word}%"))
    return Or(Event.search_text.like(f"%{word}%"), Event.id.is_in(Appearance.select(Appearance.event).where(named)))


def _in_time(where: Filters, table: Any) -> list[Any]:
    bounds = (
        (where.since, table.ends_at > where.since),
        (where.until, table.starts_at < where.until),
        (where.over_by, table.ends_at <= where.over_by),
    )
    return [bound for moment, bound in bounds if moment]


def _plain(text: str) -> str:
    """Without what LIKE takes for a wildcard, which the two databases escape differently."""
    return text.translate(str.maketrans("%_\\", "   "))
