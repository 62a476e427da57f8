"""An event in a house with a step of its own."""

from typing import Any

from events.accounts.rules import Actor
from events.programme.rules import EventFacts
from events.registration.admission.rules import Admission
from events.registration.queries.held import get_held
from tests.make import a_published_event

STEP: dict[str, Any] = {
    "link": "https://indico.un.org/",
    "deadline": {"wall": "2027-01-29T18:00", "zone": "America/New_York"},
    "remind": "days",
    "remind_days": [14, 7, 2],
}


async def an_event_with_a_pass(by: Actor, step: dict[str, Any] | None = None, **changes: Any) -> EventFacts:
    words = {"en": "A UN grounds pass is needed.", "fr": "Il faut un badge des Nations Unies."}
    return await a_published_event(by, **({"admission": words, "admission_step": STEP | (step or {})} | changes))


async def stands(token: str) -> Admission | None:
    return (await get_held(token)).ticket.admission
