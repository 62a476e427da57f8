"""Feeds as bytes. Each event's text is kept in memory, so that after a change only what changed is written anew."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct, structs

from events.calendar.queries import PrivateState, read_feed
from events.infra.ics.writer import CalendarEntry, FeedFacts, calendar, vevent
from events.kernel.clock import utc_now
from events.programme.entries import entry_of, withdrawn_entry
from events.programme.rules import EventFacts
from events.programme.rules.filters import Filters
from events.registration.entries import private_entry

MOST_FRAGMENTS = 20_000  # of about 1 kB
LARGE = 50  # more events than these would hold up everybody else


class Fragment(Struct, frozen=True):
    text: str
    zones: tuple[str, ...]
    years: tuple[int, int]


Fragments = dict[tuple[str, int], Fragment]
"""By UID and revision, which every change moves."""

_KEPT: dict[tuple[str, str], Fragments] = {}


class Feed(Struct, frozen=True):
    """`written` counts the events whose text was not kept from before."""

    content: bytes
    changed: datetime | None
    written: int


async def feed_of(where: Filters, window: datetime, facts: FeedFacts, base_url: str) -> Feed:
    """The feed in the language of its facts; it follows from what is stored alone."""
    kept = _kept(facts.language, base_url)
    state = await read_feed(where, window=window, is_known=lambda stamp: (stamp.uid, stamp.revision) in kept)

    def written() -> bytes:
        kept.update(
            {(event.uid, event.revision): _fragment(event, facts.language, base_url) for event in state.unknown}
        )
        fragments = [kept[stamp.uid, stamp.revision] for stamp in state.stamps]
        fragments += [_written(withdrawn_entry(event, facts.language, base_url)) for event in state.withdrawn]
        changed = [stamp.calendar_changed_at for stamp in state.stamps]
        changed += [event.withdrawn_at for event in state.withdrawn]
        return _joined(fragments, structs.replace(facts, changed=max(changed, default=None)))

    large = len(state.stamps) > LARGE
    content = await asyncio.to_thread(written) if large else written()
    return Feed(content, state.changed, len(state.unknown))


def private_feed(state: PrivateState, facts: FeedFacts, base_url: str, secret: str) -> bytes:
    """Somebody's own, short enough to be written at each fetch."""
    alarm = state.feed.alarm_minutes
    entries = (
        private_entry(one.event, one.tickets, facts.language, base_url, secret=secret, alarm=alarm)
        for one in state.entries
    )
    return _joined([_written(entry) for entry in entries], facts)


def _kept(language: str, base_url: str) -> Fragments:
    """A new one when it has become too large: whoever writes a feed just now goes on with the old one."""
    kept = _KEPT.get((language, base_url))
    if kept is None or len(kept) > MOST_FRAGMENTS:
        kept = _KEPT[language, base_url] = {}
    return kept


def _fragment(event: EventFacts, language: str, base_url: str) -> Fragment:
    return _written(entry_of(event, language, base_url))


def _written(entry: CalendarEntry) -> Fragment:
    return Fragment(vevent(entry), entry.zones, entry.years)


def _joined(fragments: Sequence[Fragment], facts: FeedFacts) -> bytes:
    years = [year for fragment in fragments for year in fragment.years] or [utc_now().year]
    zones = {zone for fragment in fragments for zone in fragment.zones}
    return calendar(facts, [fragment.text for fragment in fragments], zones, (min(years), max(years)))
