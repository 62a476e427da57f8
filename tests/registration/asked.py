"""An event that asks questions of its own, and what was answered to them."""

from typing import Any

from events.accounts.rules import Actor
from events.programme.queries import get_event_by_id
from events.programme.rules import EventFacts
from events.questions.actions import put_form
from events.registration.actions.registering import Registered
from events.registration.answers.queries import list_answers
from events.registration.tables import Registration
from tests.make import a_published_event
from tests.questions.forms import asking

SLUG = "care-skills-count"
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8ffff3f0005fe02fe0def46b8"
    "0000000049454e44ae426082"
)


async def an_event(by: Actor, *questions: dict[str, Any], **changes: Any) -> EventFacts:
    event = await a_published_event(by, **changes)
    await put_form(event.slug, asking(*questions), by=by)
    return event


async def kept(made: Registered, *, sensitive: bool = False) -> dict[str, tuple[str, ...]]:
    [row] = await Registration.select(Registration.event).where(Registration.id == made.id)
    _, found = await list_answers(row["event"], [made.id], sensitive=sensitive)
    return {name: one.values for name, one in found.get(made.id, {}).items()}


async def reloaded(event: EventFacts) -> EventFacts:
    return await get_event_by_id(event.id)
