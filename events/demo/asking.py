"""An event that asks something, and whose people are written to: what a form and a page of messages look like."""

from pathlib import Path
from typing import Any

import msgspec

from events.accounts.rules import Actor
from events.announcements.actions import sending, writing
from events.announcements.defaults import draft_of, suggestions_for
from events.announcements.rules import KIND, Anchor, Audience, Draft, Timing
from events.kernel.clock import utc_now
from events.outbox.steps import forget
from events.programme.queries import get_own_event
from events.questions.actions import put_form

_ASKING: dict[str, Any] = msgspec.json.decode(Path(__file__).with_name("asking.json").read_bytes())
EVENT: str = _ASKING["event"]


async def ask(by: Actor) -> None:
    await put_form.step(EVENT, _ASKING["form"], by=by)


def answers_of(number: int) -> dict[str, Any]:
    """What the person of this number says."""
    return {"answers": _ASKING["answers"][number % len(_ASKING["answers"])]}


async def write_to(people: list[int], by: Actor) -> None:
    """Reminders and thanks that are planned, and an announcement that was sent: to nobody, for it is gone at once."""
    event = await get_own_event(EVENT, by.organisation)
    offered = suggestions_for(event, utc_now())
    for key in _ASKING["planned"]:
        if key in offered:
            planned = await writing.create.step(EVENT, draft_of(offered[key]), by=by)
            await writing.plan.step(planned, EVENT, by=by)
    words = Draft(**_ASKING["sent"], timing=Timing(anchor=Anchor.NOW), audience=Audience())
    sent = await writing.create.step(EVENT, words, by=by)
    await writing.send_now.step(sent, EVENT, by=by)
    while await sending.queue_some.step(sent):
        pass
    for registration in people:
        await forget(registration, kinds=(KIND,))
