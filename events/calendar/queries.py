"""What feeds and downloads are made of, each read in one snapshot."""

from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec import Struct

from events.calendar.rules import in_feed, left_window_at
from events.infra import db
from events.programme.queries import get_whole, latest_change, latest_end, list_facts_of, list_stamps
from events.programme.rules import EventFacts, Filters, Kind, Stamp


class FeedState(Struct, frozen=True):
    """The events of a feed, `unknown` those whose state was not known before; `changed` when it last became another."""

    stamps: Sequence[Stamp]
    unknown: Sequence[EventFacts]
    changed: datetime | None


class Download(Struct, frozen=True):
    event: EventFacts
    parts: Sequence[EventFacts]
    changed: datetime


@db.read
async def read_feed(where: Filters, *, window: datetime, is_known: Callable[[Stamp], bool]) -> FeedState:
    stamps = in_feed(await list_stamps(where), where, window)
    unknown = await list_facts_of([stamp.id for stamp in stamps if not is_known(stamp)])
    # Not the newest of these alone: what was moved out of the feed or fell out of its window changed it too.
    changed = await latest_change(where.organisation)
    ended = await latest_end(window)
    moments = [moment for moment in (changed, ended and left_window_at(ended)) if moment]
    return FeedState(stamps, unknown, max(moments, default=None))


@db.read
async def get_download(slug: str) -> Download:
    """The event, a conference with each of its parts; raises EventNotFound."""
    whole = await get_whole(slug)
    if whole.event.kind is not Kind.CONFERENCE:
        return Download(whole.event, (), whole.event.calendar_changed_at)
    # Not the newest of the parts alone: one may have been taken away.
    changed = await latest_change(whole.event.organisation_slug)
    return Download(whole.event, whole.parts, changed or whole.event.calendar_changed_at)
