"""What waits to be told of an event that changed, and a change to tell of."""

from datetime import timedelta
from typing import Any

import msgspec
import time_machine

from events.kernel.clock import utc_now
from events.outbox.tables import Message
from events.programme import queries as events
from events.programme.forms.times import WallTimeForm
from events.programme.rules import EventFacts
from events.registration.actions.telling import tell_what_is_due
from events.registration.rules import NEWS
from events.registration.rules.changes import UNDO_FOR

SLUG = "care-skills-count"
STARTS = WallTimeForm("2027-03-05T10:00", "America/New_York")
MARCH: dict[str, Any] = {
    "starts": {"wall": "2027-03-05T10:00", "zone": "America/New_York"},
    "ends": {"wall": "2027-03-05T11:15", "zone": "America/New_York"},
}
ROOM = {"venue": {"room": "CR-4"}}


async def news() -> list[tuple[str, str]]:
    """What is queued about the event itself."""
    rows = (
        await Message.select(Message.kind, Message.to_address)
        .where(Message.kind.is_in(list(NEWS)))
        .order_by(Message.id)
    )
    return [(row["kind"].removeprefix("registration.event_"), row["to_address"].partition("@")[0]) for row in rows]


async def facts() -> dict[str, Any]:
    row = await Message.select(Message.facts).where(Message.kind.is_in(list(NEWS))).first()
    assert row
    found: dict[str, Any] = msgspec.json.decode(row["facts"])
    return found


async def later() -> None:
    """Ten minutes on."""
    with time_machine.travel(utc_now() + UNDO_FOR + timedelta(seconds=1)):
        await tell_what_is_due()


async def the_event() -> EventFacts:
    return await events.get_event(SLUG)
