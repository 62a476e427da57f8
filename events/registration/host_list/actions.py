from datetime import datetime

from events.accounts.rules import Actor
from events.activity.steps import record
from events.infra import db
from events.kernel.clock import utc_now
from events.programme.queries import get_own_event
from events.programme.steps import lock_all_places
from events.registration.host_list import queries
from events.registration.host_list.rules import HostList
from events.registration.host_list.tables import HostListPlan

_CLOSE = db.Prepared(
    "INSERT INTO host_list (event, closed_at, actor, for_start) VALUES (:event, :now, :actor, :start)"
    " ON CONFLICT (event, for_start) DO NOTHING RETURNING id"
)
_ENTER = db.Prepared(
    "INSERT INTO host_list_entry (host_list, registration, code)"
    " SELECT CAST(:host_list AS INTEGER), id, code FROM registration"
    " WHERE event = :event AND mode = 'in_person' AND standing = 'confirmed' AND erased_at IS NULL ORDER BY id"
    " RETURNING id"
)
_PLAN = db.prepared_insert(HostListPlan, conflict="ON CONFLICT (event) DO UPDATE SET hours = excluded.hours")
_NO_PLAN = db.Prepared("DELETE FROM host_list_plan WHERE event = :event")


@db.write
async def close_host_list(slug: str, *, by: Actor) -> HostList:
    """Keep who is on the list now, so that later it can be said what changed since."""
    event = await get_own_event(slug, by.organisation)
    made = await _close(event.id, by.name, by.organisation, None)
    return next(one for one in await queries.list_of_event(event.id) if one.id == made)


@db.write
async def plan_host_list(slug: str, hours: int | None, *, by: Actor) -> None:
    """Let it close by itself so many hours before the start; None: not any more."""
    event = await get_own_event(slug, by.organisation)
    if hours is None:
        await _NO_PLAN.rows(event=event.id)
    else:
        await _PLAN.rows(event=event.id, hours=hours)
    await record(by.name, "planned_host_list", f"event:{event.id}", organisation=by.organisation, hours=hours)


async def close_planned_lists() -> int:
    """Close what closes by now; each in its own action, once for a start."""
    closed = 0
    for event, organisation, start in await queries.list_due(utc_now()):
        closed += bool(await _close_planned(event, organisation, start))
    return closed


@db.write
async def _close_planned(event: int, organisation: int, start: datetime) -> int | None:
    return await _close(event, "system", organisation, start)


async def _close(event: int, actor: str, organisation: int, start: datetime | None) -> int | None:
    """None when it was closed for this start already. Nobody registers or leaves meanwhile."""
    await lock_all_places(event)
    row = await _CLOSE.row(event=event, now=utc_now(), actor=actor, start=start)
    if row is None:
        return None
    number = len(await _ENTER.rows(host_list=row["id"], event=event))
    facts = {"list": row["id"], "number": number}
    await record(actor, "closed_host_list", f"event:{event}", organisation=organisation, **facts)
    return int(row["id"])
