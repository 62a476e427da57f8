"""What rows of the database say, as the Structs that everybody else knows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from events.infra import db
from events.kernel.spans import WallTime
from events.programme.queries.contents import contents_of, one_of, span_of
from events.programme.rules import (
    Ask,
    Before,
    EventBrief,
    EventFacts,
    Kind,
    Mode,
    PartnerFacts,
    PartnerRole,
    Places,
    StandingInParent,
    Status,
    Venue,
)
from events.programme.rules.admission import AdmissionStep, Remind
from events.programme.rules.calendars import WithdrawnFacts
from events.programme.rules.limits import AffiliationLimit
from events.programme.tables import EventMode, Partner

Row = Mapping[str, Any]


async def briefs_of(rows: Sequence[Row]) -> list[EventBrief]:
    places = await _places([row["id"] for row in rows])
    return [EventBrief(**_brief(row, places.get(row["id"], ()))) for row in rows]


async def facts_of(rows: Sequence[Row]) -> list[EventFacts]:
    ids = [row["id"] for row in rows]
    places, partners = await _places(ids), await _partners(ids)
    contents = await contents_of(rows)
    return [
        EventFacts(
            **_brief(row, places.get(row["id"], ())),
            **_rest(row),
            places=places.get(row["id"], ()),
            partners=partners.get(row["id"], ()),
            **contents.of(row["id"]),
        )
        for row in rows
    ]


def _rest(row: Row) -> dict[str, Any]:
    """What an event has beyond its brief."""
    return {
        **{name: row[name] for name in _AS_THEY_ARE},
        **{name: msgspec.json.decode(row[name]) for name in _TEXTS},
        **{name: tuple(msgspec.json.decode(row[name])) for name in _LISTS},
        "opens": _time_of(row, "opens"),
        "admission_step": admission_step_of(row),
        "ask_affiliation": Ask(row["ask_affiliation"]),
        "affiliation_limit": row["affiliation_limit"]
        and msgspec.json.decode(row["affiliation_limit"], type=AffiliationLimit),
        "parent_title": msgspec.json.decode(row["parent_title"] or "{}"),
        "moved_from": None if row["moved_from"] == "{}" else msgspec.json.decode(row["moved_from"], type=Before),
    }


_TEXTS = ("description", "theme", "admission", "purpose", "cancelled_reason")
_LISTS = ("also_show", "languages", "interpretation", "accessibility", "tags")
_AS_THEY_ARE = (
    "parent_slug", "parent_uid", "host_body", "session_number", "listing_url", "joining_link", "join_opens_minutes",
    "recording_url", "prove_address", "approval", "waiting_list", "hold_hours", "promotion_stops_minutes", "form",
    "switch_stops_minutes", "ask_access", "access_days", "retention_days", "delegations", "tzdata_version", "sequence",
    "created_at",
    "changed_at", "calendar_changed_at", "published_at",
)  # fmt: skip


def _brief(row: Row, places: Sequence[Places]) -> dict[str, Any]:
    return {
        **{
            name: row[name]
            for name in ("id", "slug", "uid", "organisation", "starts_at", "ends_at", "part_of", "series", "revision")
        },
        **{name: msgspec.json.decode(row[name]) for name in ("title", "summary", "sample")},
        "organisation_slug": row["organisation_slug"],
        "organisation_name": row["organisation_name"],
        "kind": Kind(row["kind"]),
        "status": Status(row["status"]),
        "span": span_of(row),
        "standing_in_parent": row["standing_in_parent"] and StandingInParent(row["standing_in_parent"]),
        "venue": venue_of(row),
        "modes": tuple(place.mode for place in places),
    }


def venue_of(row: Row) -> Venue | None:
    if not row["venue_name"]:
        return None
    return Venue(row["venue_name"], row["venue_address"], row["venue_room"], row["lat"], row["lon"])


def withdrawn_of(row: Row) -> WithdrawnFacts:
    plain = ("uid", "slug", "ends_at", "sequence", "revision", "created_at", "withdrawn_at")
    return WithdrawnFacts(
        **{name: row[name] for name in plain},
        kind=Kind(row["kind"]),
        title=msgspec.json.decode(row["title"]),
        span=span_of(row),
    )


_PLACES = db.Built(lambda *ids: EventMode.select().where(one_of(EventMode.event, ids)).order_by(EventMode.id))
_PARTNERS = db.Built(
    lambda *ids: Partner.select().where(one_of(Partner.event, ids)).order_by(Partner.event, Partner.position)
)


async def _places(events: Sequence[int]) -> dict[int, tuple[Places, ...]]:
    found: dict[int, tuple[Places, ...]] = {}
    if events:
        for row in await _PLACES.rows(*events):
            found[row["event"]] = (*found.get(row["event"], ()), _places_of(row))
    return found


def _places_of(row: Row) -> Places:
    return Places(
        **{name: row[name] for name in ("id", "capacity", "overbooking", "closes_at", "taken", "last_in_line")},
        mode=Mode(row["mode"]),
        closes=_time_of(row, "closes"),
    )


def _time_of(row: Row, name: str) -> WallTime | None:
    wall = row[f"{name}_wall"]
    return WallTime(datetime.fromisoformat(wall), row[f"{name}_zone"], row[f"{name}_fold"]) if wall else None


def admission_step_of(row: Row) -> AdmissionStep | None:
    if not row["admission_step"]:
        return None
    return AdmissionStep(
        link=row["admission_link"],
        deadline=_time_of(row, "admission_by"),
        remind=Remind(row["admission_remind"]),
        remind_days=tuple(msgspec.json.decode(row["admission_days"])),
    )


async def _partners(events: Sequence[int]) -> dict[int, tuple[PartnerFacts, ...]]:
    found: dict[int, tuple[PartnerFacts, ...]] = {}
    if events:
        for row in await _PARTNERS.rows(*events):
            partner = PartnerFacts(row["name"], PartnerRole(row["role"]))
            found[row["event"]] = (*found.get(row["event"], ()), partner)
    return found
