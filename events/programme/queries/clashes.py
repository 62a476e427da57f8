"""What takes place while an event does: clashes that are told, and what is merely good to know."""

from msgspec import structs
from piccolo.columns import And, Or

from events.infra import db
from events.kernel.words import in_language
from events.programme import queries
from events.programme.queries.contents import list_plenary_during
from events.programme.queries.rows import facts_of
from events.programme.rules import EventBrief, EventFacts
from events.programme.rules.clashes import Accepted, Clash, ClashKind, clashes_between, sits_over
from events.programme.tables import ClashAccepted, Event


@db.read
async def list_clashes(event: EventFacts) -> list[Clash]:
    """By start; another organisation's drafts are nobody else's business."""
    if not event.takes_place:
        return []
    others = [other for other in await _meanwhile(event) if other.takes_place]
    found = [clash for other in others for clash in clashes_between(event, other)]
    found += await _with_plenary(event)
    accepted = await _accepted(event) if found else {}
    return [structs.replace(one, accepted=accepted.get((one.event.id, one.kind))) for one in found]


async def list_meanwhile(event: EventFacts) -> list[EventBrief]:
    """What else the organisation holds that keeps its people busy."""
    if not event.keeps_people_busy:
        return []
    busy = await queries.list_busy(event.organisation, event.starts_at, event.ends_at)
    return [other for other in busy if other.id != event.id]


async def list_reasons(event: int) -> dict[int, str]:
    """Why clashes of the event were accepted, by the id that its log has for each."""
    rows = await ClashAccepted.select(ClashAccepted.id, ClashAccepted.reason).where(ClashAccepted.event == event)
    return {row["id"]: row["reason"] for row in rows}


async def _meanwhile(event: EventFacts) -> list[EventFacts]:
    at_once = And(Event.starts_at < event.ends_at, Event.ends_at > event.starts_at)
    if not event.keeps_people_busy:  # whole days of other events: of them only those in a room can matter
        at_once = And(at_once, Event.venue_room.is_not_null())
    visible = Or(Event.organisation == event.organisation, Event.status != "draft")
    where = And(And(at_once, visible), Event.id != event.id)
    return await facts_of(await queries.select_events().where(where).order_by(Event.starts_at, Event.id))


async def _with_plenary(event: EventFacts) -> list[Clash]:
    sittings = await list_plenary_during(event.part_of, event.span) if event.part_of and sits_over(event) else []
    if not sittings or event.part_of is None:
        return []
    conference = await queries.get_event_by_id(event.part_of)
    return [
        Clash(ClashKind.PLENARY, in_language(one.title, "en"), conference, one.span)
        for one in sittings
        if conference.takes_place
    ]


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
