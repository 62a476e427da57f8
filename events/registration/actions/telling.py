"""Those who are registered hear of a change: what would leave, when it does, and what would be told if."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

import msgspec

from events.accounts.rules import Actor
from events.activity.steps import record
from events.infra import db
from events.kernel.clock import utc_now
from events.outbox.steps import enqueue_all, take_back
from events.programme import steps as programme
from events.programme.rules import EventFacts, Status
from events.registration import queries
from events.registration.queries.changes import find_change, list_due_changes
from events.registration.rules import NEWS
from events.registration.rules.changes import (
    Announced,
    News,
    Pending,
    Telling,
    is_news,
    known_to,
    leaves_at,
    news_for,
)
from events.registration.tables import EventChange

_KEEP = db.prepared_insert(
    EventChange, conflict="ON CONFLICT (event) DO UPDATE SET leaves_at = excluded.leaves_at, steps = excluded.steps"
)
_TAKE = db.Prepared("DELETE FROM event_change WHERE event = :event RETURNING id")


async def announce(was: EventFacts, event: EventFacts, left: Announced, telling: Telling) -> int:
    """Keep what people knew until now, to tell them of the difference once it leaves; returned is to how many.

    Of what they are never to hear, who was taken online is kept, for another change that can be taken back.
    """
    if not is_news(was, event, left.until):
        return 0
    pending = await find_change(event.id)
    if telling is Telling.NEVER:
        if pending and left.people:
            left = msgspec.structs.replace(left, silent=True)
            silent = msgspec.json.encode((*pending.steps, left)).decode()
            await _KEEP.rows(event=event.id, leaves_at=pending.leaves_at, steps=silent)
        return 0
    leaves = leaves_at(was, event, left.until, telling)
    kept = (*(pending.steps if pending else ()), left)
    await _KEEP.rows(event=event.id, leaves_at=leaves, steps=msgspec.json.encode(kept).decode())
    if leaves <= left.until:
        return await _leave(event)
    return len(await list_news(event))


async def forget_change(event: int) -> None:
    await _TAKE.rows(event=event)


async def list_news(event: EventFacts) -> list[News]:
    """What would be told to whom if the change left now; in an open write or read."""
    pending = await find_change(event.id)
    return _news(event, pending, await queries.list_active(event.id), {}) if pending else []


def _news(event: EventFacts, pending: Pending, tickets: Iterable[Any], unsent: Mapping[int, Any]) -> list[News]:
    news = []
    for ticket in tickets:
        known = known_to(ticket, pending.steps)
        if older := unsent.get(ticket.id):  # a mail that has not left yet: they know still less
            known = {"was_status": Status.PUBLISHED.value, "was_mode": ticket.mode.value, **older}
        if known and (one := news_for(ticket, event, known)):
            news.append(one)
    return news


async def _leave(event: EventFacts) -> int:
    """Queue one mail for each who must know; the event is locked. Returns how many."""
    pending = await find_change(event.id)
    if pending is None:
        return 0
    await forget_change(event.id)
    tickets = await queries.list_active(event.id)
    unsent = await take_back([ticket.id for ticket in tickets], kinds=NEWS)
    news = _news(event, pending, tickets, unsent)
    for kind in NEWS:
        await enqueue_all(kind, [(one.ticket.id, one.ticket.email, one.facts) for one in news if one.kind == kind])
    await record("system", "told", f"event:{event.id}", organisation=event.organisation, number=len(news))
    return len(news)


@db.write
async def tell_now(slug: str, *, by: Actor) -> int:
    """Do not wait any longer; tells how many mails were queued. Again changes nothing."""
    return await _leave(await programme.lock_event(slug, by.organisation))


async def tell_what_is_due() -> int:
    """Let the changes leave whose time to be taken back is over; each in its own action."""
    due = await list_due_changes(utc_now())
    for slug, organisation in due:
        await _leave_if_due(slug, organisation)
    return len(due)


@db.write
async def _leave_if_due(slug: str, organisation: int) -> None:
    event = await programme.lock_event(slug, organisation)
    pending = await find_change(event.id)
    if pending and pending.leaves_at <= utc_now():  # nobody told, undid or changed it meanwhile
        await _leave(event)


class _Tried(Exception):
    def __init__(self, event: EventFacts, news: list[News]) -> None:
        self.event = event
        self.news = news


async def try_out(act: Callable[[], Awaitable[Any]]) -> tuple[EventFacts, list[News]]:
    """What the event would be and who would be told what, by doing `act`, a `step` of these, and taking it back."""

    @db.write
    async def trying() -> None:
        done = await act()
        event: EventFacts = done[0] if isinstance(done, tuple) else done
        others = done[1] if isinstance(done, tuple) and isinstance(done[1], list) else []
        raise _Tried(event, [news for one in (event, *others) for news in await list_news(one)])

    try:
        await trying()
    except _Tried as tried:
        return tried.event, tried.news
    raise AssertionError("unreachable")
