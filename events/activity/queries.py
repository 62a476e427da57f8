from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from piccolo.columns import And

from events.activity.tables import Activity


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
