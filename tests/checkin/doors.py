"""A door of an event, and what is read there."""

from datetime import UTC, datetime

from events.accounts.rules import Actor
from events.checkin.actions import open_door, scan
from events.checkin.forms import DoorForm, ScanForm
from events.checkin.rules import (
    Answer,
    DoorFacts,
)
from tests.make import SECRET

DURING = datetime(2027, 2, 5, 18, 20, tzinfo=UTC)  # 13:20 in New York
SLUG = "care-skills-count"


async def a_door(by: Actor, slug: str = SLUG, name: str = "Main entrance", *, reentry: bool = False) -> DoorFacts:
    return await open_door(slug, DoorForm(name, reentry), by=by, secret=SECRET)


async def scanned(door: DoorFacts, by: Actor, code: str, at: datetime = DURING, **more: object) -> Answer:
    [answer] = await scan(door.id, [ScanForm(code=code, scanned_at=at, **more)], by=by)  # type: ignore[arg-type]  # by name
    return answer
