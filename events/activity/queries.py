from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from piccolo.columns import And

from events.activity.tables import Activity
from events.infra import db


class Done(Struct, frozen=True):
    """What was done to which subject."""

    subject: str
    facts: Mapping[str, Any]


class Entry(Struct, frozen=True):
    """Who did what, when."""

    at: datetime
    actor: str
    verb: str
    facts: Mapping[str, Any]


class Look(Struct, frozen=True):
    """Who read what of an event that is kept apart: one person's, or with no `registration` everybody's."""

    id: int
    at: datetime
    actor: str
    verb: str
    subject: str
    registration: int | None


_LOOKS = "organisation = :organisation AND verb IN ('read_sensitive', 'exported_sensitive', 'read_access')"
_EVERY_LOOK = db.Prepared(
    f"SELECT id, at, actor, verb, subject, facts FROM activity WHERE {_LOOKS} AND id < :before"  # noqa: S608 - ours
    " ORDER BY id DESC LIMIT :limit"
)
_LOOKS_AT = db.Prepared(
    f"SELECT id, at, actor, verb, subject, facts FROM activity WHERE {_LOOKS} AND id < :before"  # noqa: S608 - ours
    " AND subject = :subject ORDER BY id DESC LIMIT :limit"
)
_LATEST = 2**31 - 1


async def list_looks(
    organisation: int, *, subject: str | None = None, before: int | None = None, limit: int = 100
) -> list[Look]:
    """Who read sensitive answers or what people need, or took them along; latest first, from before that one."""
    asked = _LOOKS_AT if subject else _EVERY_LOOK
    rows = await asked.rows(organisation=organisation, subject=subject, before=before or _LATEST, limit=limit)
    return [
        Look(
            **{name: row[name] for name in ("id", "at", "actor", "verb", "subject")},
            registration=msgspec.json.decode(row["facts"]).get("registration"),
        )
        for row in rows
    ]


async def list_for_subject(subject: str, *, organisation: int, limit: int = 100) -> list[Entry]:
    """What was done to something, latest first."""
    rows = await (
        Activity.select(Activity.at, Activity.actor, Activity.verb, Activity.facts)
        .where(And(Activity.subject == subject, Activity.organisation == organisation))
        .order_by(Activity.id, ascending=False)
        .limit(limit)
    )
    return [Entry(row["at"], row["actor"], row["verb"], msgspec.json.decode(row["facts"])) for row in rows]


async def list_done(verb: str, *, organisation: int, since: datetime) -> list[Done]:
    """Everything to which this was done since then, in its order."""
    mine = And(Activity.organisation == organisation, Activity.verb == verb)
    rows = await (
        Activity.select(Activity.subject, Activity.facts).where(And(mine, Activity.at >= since)).order_by(Activity.id)
    )
    return [Done(row["subject"], msgspec.json.decode(row["facts"])) for row in rows]
