"""What takes place while an event does: clashes that are told, and what is merely good to know."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from msgspec import structs
from piccolo.columns import And, Or

from events.infra import db
from events.programme import queries
from events.programme.queries.contents import list_plenary_during
from events.programme.queries.lists import list_busy
from events.programme.queries.rows import Row
from events.programme.rules import EventBrief, EventFacts, Status
from events.programme.rules.clashes import Accepted, Clash, ClashKind, Held, clashes_between, sits_over
from events.programme.tables import Event
from events.programme.tables.planning import ClashAccepted


@db.read
async def list_clashes(
    event: EventFacts, *, planned: Mapping[int, EventFacts | None] = MappingProxyType({})
) -> list[Clash]:
    """By start; another organisation's drafts are nobody else's business. `planned` as for `list_around`."""
    [others] = await list_around([event], planned=planned)
    return await list_clashes_with(event, others)


async def list_clashes_with(event: EventFacts, others: Sequence[EventFacts]) -> list[Clash]:
    """The same among what is known to take place meanwhile."""
    if not event.takes_place:
        return []
    found = [clash for other in others for clash in clashes_between(event, other)]
    found += await _with_plenary(event)
    accepted = await _accepted(event) if found else {}
    return [structs.replace(one, accepted=accepted.get((one.event.id, one.kind))) for one in found]


@db.read
async def list_around(
    events: Sequence[EventFacts | Held], *, planned: Mapping[int, EventFacts | None] = MappingProxyType({})
) -> list[list[EventFacts]]:
    """What takes place while each of these does, which are one organisation's; few statements for many events.

    `planned`: what the next release makes of others, by their ids; None: they end.
    """
    if not events:
        return []
    within = And(
        Event.starts_at < max(event.ends_at for event in events),
        Event.ends_at > min(event.starts_at for event in events),
    )
    visible = Or(Event.organisation == events[0].organisation, Event.status != Status.DRAFT)
    columns = (Event.id, Event.starts_at, Event.ends_at, Event.venue_room)
    rows = await Event.select(*columns).where(And(within, visible)).order_by(Event.starts_at, Event.id)
    ids = [[row["id"] for row in rows if _is_meanwhile(event, row)] for event in events]
    known = {other.id: other for other in await queries.list_facts_of(sorted({one for some in ids for one in some}))}
    found = [[known[one] for one in some if one not in planned] for some in ids]
    changed = [one for one in planned.values() if one]
    for event, others in zip(events, found, strict=True):
        others += [one for one in changed if one.id != event.id and one.span.overlaps(event.span)]
        others.sort(key=lambda other: (other.starts_at, other.id))
    return [[other for other in others if other.takes_place] for others in found]


def _is_meanwhile(event: EventFacts | Held, other: Row) -> bool:
    """Of whole days of other events only those in a room can matter, of a plenary all that it sits over."""
    at_once = other["starts_at"] < event.ends_at and other["ends_at"] > event.starts_at
    return (
        at_once
        and other["id"] != event.id
        and (event.keeps_people_busy or bool(event.plenary) or other["venue_room"] is not None)
    )


async def list_meanwhile(event: EventFacts) -> list[EventBrief]:
    """What else the organisation holds that keeps its people busy."""
    if not event.keeps_people_busy:
        return []
    busy = await list_busy(event.organisation, event.starts_at, event.ends_at)
    return [other for other in busy if other.id != event.id]


async def list_reasons(event: int) -> dict[int, str]:
    """Why clashes of the event were accepted, by the id that its log has for each."""
    rows = await ClashAccepted.select(ClashAccepted.id, ClashAccepted.reason).where(ClashAccepted.event == event)
    return {row["id"]: row["reason"] for row in rows}


async def _with_plenary(event: EventFacts) -> list[Clash]:
    sittings = await list_plenary_during(event.part_of, event.span) if event.part_of and sits_over(event) else []
    if not sittings or event.part_of is None:
        return []
    conference = await queries.get_event_by_id(event.part_of)
    return [Clash(ClashKind.PLENARY, one.title, conference, one.span) for one in sittings if conference.takes_place]


async def _accepted(event: EventFacts) -> dict[tuple[int, ClashKind], Accepted]:
    """What was accepted when this event was saved, or another one of its organisation."""
    rows = await ClashAccepted.select(
        ClashAccepted.event, ClashAccepted.other, ClashAccepted.kind,
        ClashAccepted.reason, ClashAccepted.actor, ClashAccepted.accepted_at,
    ).where(
        Or(
            ClashAccepted.event == event.id,
            And(ClashAccepted.other == event.id, ClashAccepted.event.organisation == event.organisation),
        )
    )  # fmt: skip
    return {
        (row["other"] if row["event"] == event.id else row["event"], ClashKind(row["kind"])): Accepted(
            row["reason"], row["actor"], row["accepted_at"]
        )
        for row in rows
    }
