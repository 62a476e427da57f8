"""A change is taken back before anybody hears of it."""

from events.accounts.rules import Actor
from events.infra import db
from events.programme import queries as events
from events.programme import steps as programme
from events.programme.rules import EventFacts
from events.programme.steps import drafts
from events.programme.steps.drafts import insert_modes
from events.registration import steps
from events.registration.actions.moving import draft_of
from events.registration.actions.online import move_back
from events.registration.actions.telling import forget_change
from events.registration.queries.changes import find_change
from events.registration.rules.changes import NothingToUndo, patch_back, rooms_left


@db.write
async def undo_change(slug: str, *, by: Actor, revision: int | None = None) -> EventFacts:
    """Put the event back to what it was before the changes that have not left yet; raises NothingToUndo.

    Times, place, ways to attend and status go back; what was corrected in the texts stays.
    """
    event = await programme.lock_event(slug, by.organisation, revision=revision)
    pending = await find_change(event.id)
    if pending is None:
        raise NothingToUndo
    await forget_change(event.id)
    first, rooms = pending.first, rooms_left(pending.steps, event.modes)
    draft = draft_of(event, patch_back(event, first, whole=bool(rooms)))
    await insert_modes(event.id, (places for places in draft.modes if places.mode not in event.modes))
    for left in rooms:
        draft = await move_back(event, left, draft)
    back = await drafts.change(
        await events.get_event_by_id(event.id),
        draft,
        by=by,
        status=first.status,
        reason=first.reason,
        moved_from=first.moved_from,
        verb="undone",
    )
    await steps.promote(await programme.lock_all_places(back.id))
    return await events.get_event_by_id(back.id)
