from datetime import datetime

from events.infra import db
from events.programme.queries import get_own_id
from events.registration.host_list.rules import HostList, HostListNotFound, closes_at

_LISTS = db.Prepared(
    "SELECT l.id, l.closed_at, l.actor, l.for_start, (SELECT COUNT(*) FROM host_list_entry e WHERE e.host_list = l.id)"
    " AS number FROM host_list l WHERE l.event = :event ORDER BY l.id DESC"
)
_ENTRIES = db.Prepared("SELECT registration, code FROM host_list_entry WHERE host_list = :host_list")
_GONE = db.Prepared(
    "SELECT e.code FROM host_list_entry e JOIN registration r ON r.id = e.registration"
    " WHERE e.host_list = :host_list AND (r.code <> e.code OR r.erased_at IS NOT NULL) ORDER BY e.id"
)
_HANDED = db.Prepared(
    "SELECT l.closed_at FROM host_list_entry e JOIN host_list l ON l.id = e.host_list"
    " WHERE e.registration = :registration AND e.code = :code ORDER BY l.id"
)
_HOURS = db.Prepared("SELECT hours FROM host_list_plan WHERE event = :event")
_PLANNED = db.Prepared(
    "SELECT p.event, p.hours, e.starts_at, e.organisation FROM host_list_plan p JOIN event e ON e.id = p.event"
    " WHERE e.status = 'published' AND e.starts_at > :now AND NOT EXISTS"
    " (SELECT 1 FROM host_list l WHERE l.event = p.event AND l.for_start = e.starts_at) ORDER BY p.event"
)


@db.read
async def list_of_event(event: int) -> list[HostList]:
    """What was closed last comes first."""
    return [
        HostList(
            **{name: row[name] for name in ("id", "closed_at", "actor", "number")},
            planned=row["for_start"] is not None,
        )
        for row in await _LISTS.rows(event=event)
    ]


@db.read
async def get_own(host_list: int, slug: str, organisation: int) -> HostList:
    """Raises EventNotFound and HostListNotFound for another organisation's."""
    event = await get_own_id(slug, organisation)
    found = next((one for one in await list_of_event(event) if one.id == host_list), None)
    if found is None:
        raise HostListNotFound
    return found


@db.read
async def list_entries(host_list: int) -> tuple[dict[int, str], list[str]]:
    """The codes that were on it, by registration; and those of whose people nothing is known here any more."""
    entries = {row["registration"]: row["code"] for row in await _ENTRIES.rows(host_list=host_list)}
    return entries, [row["code"] for row in await _GONE.rows(host_list=host_list)]


async def list_handed(registration: int, code: str) -> list[datetime]:
    """When somebody was on a list for the host that was closed."""
    return [row["closed_at"] for row in await _HANDED.rows(registration=registration, code=code)]


async def find_hours(event: int) -> int | None:
    """How long before the start its list closes by itself."""
    row = await _HOURS.row(event=event)
    return int(row["hours"]) if row else None


async def list_due(now: datetime) -> list[tuple[int, int, datetime]]:
    """Events whose lists close by now: id, organisation, and the start that it is for."""
    return [
        (row["event"], row["organisation"], row["starts_at"])
        for row in await _PLANNED.rows(now=now)
        if closes_at(row["starts_at"], row["hours"]) <= now
    ]
