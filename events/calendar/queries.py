"""What feeds and downloads are made of, each read in one snapshot."""

from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec import Struct

from events.calendar.rules import Own, in_feed, in_private_feed, left_window_at
from events.infra import db
from events.programme.queries import list_facts_of
from events.programme.queries.calendars import latest_change, latest_end, latest_withdrawal, list_stamps, list_withdrawn
from events.programme.queries.lists import get_whole
from events.programme.rules import EventFacts, Kind
from events.programme.rules.calendars import Stamp, WithdrawnFacts
from events.programme.rules.filters import Filters
from events.registration.queries import list_of_person
from events.registration.queries.feeds import get_private_feed
from events.registration.rules import Standing, Ticket
from events.registration.rules.feeds import PrivateFeed


class FeedState(Struct, frozen=True):
    """The events of a feed, `unknown` those whose state was not known before; `changed` when it last became another.

    `withdrawn` were in it, and are told of as cancelled.
    """

    stamps: Sequence[Stamp]
    unknown: Sequence[EventFacts]
    withdrawn: Sequence[WithdrawnFacts]
    changed: datetime | None


class Download(Struct, frozen=True):
    event: EventFacts
    parts: Sequence[EventFacts]
    changed: datetime


class PrivateState(Struct, frozen=True):
    """All that somebody is registered for, by event; `changed` as for any feed."""

    feed: PrivateFeed
    language: str
    entries: Sequence[Own]
    changed: datetime


@db.read
async def read_feed(where: Filters, *, window: datetime, is_known: Callable[[Stamp], bool]) -> FeedState:
    stamps = in_feed(await list_stamps(where), where, window)
    unknown = await list_facts_of([stamp.id for stamp in stamps if not is_known(stamp)])
    # Not the newest of these alone: what was moved out of the feed or fell out of its window changed it too.
    changed = await latest_change(where.organisation)
    left = (await latest_end(window), await latest_withdrawal(where.organisation, window))
    moments = [moment for moment in (changed, *(moment and left_window_at(moment) for moment in left)) if moment]
    return FeedState(stamps, unknown, await list_withdrawn(where, window), max(moments, default=None))


@db.read
async def get_download(slug: str) -> Download:
    """The event, a conference with each of its parts; raises EventNotFound."""
    whole = await get_whole(slug)
    if whole.event.kind is not Kind.CONFERENCE:
        return Download(whole.event, (), whole.event.calendar_changed_at)
    # Not the newest of the parts alone: one may have been taken away.
    changed = await latest_change(whole.event.organisation_slug)
    return Download(whole.event, whole.parts, changed or whole.event.calendar_changed_at)


@db.read
async def read_private_feed(token: str, *, window: datetime) -> PrivateState:
    """Raises as `get_private_feed` does. What nobody has proven to be theirs is not in it."""
    feed = await get_private_feed(token)
    registered = await list_of_person(feed.email_folded)
    by_event: dict[int, list[Ticket]] = {}
    for ticket in registered:
        if ticket.standing is not Standing.UNVERIFIED:
            by_event.setdefault(ticket.event, []).append(ticket)
    own = [Own(event, by_event[event.id]) for event in await list_facts_of(list(by_event))]
    asked_for_at = next((ticket for ticket in registered if ticket.id == feed.registration), registered[-1])
    # As with every feed: what left it changed it too.
    left = [left_window_at(one.counts_until) for one in own if one.counts_until and one.counts_until <= window]
    return PrivateState(
        feed=feed,
        language=asked_for_at.language,
        entries=in_private_feed(own, window),
        changed=max([feed.changed_at, feed.asked_at, *left, *(one.changed_at for one in own)]),
    )
