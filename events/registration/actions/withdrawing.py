"""Taking an event back: a draft again, or gone."""

from events.accounts.rules import Actor
from events.infra import db
from events.programme import steps as programme
from events.programme.queries.lists import list_parts
from events.programme.rules import EventFacts
from events.programme.rules.publishing import check_can_delete, check_can_unpublish
from events.programme.steps import publishing
from events.registration.early.steps import delete_links
from events.registration.guests import queries as guests
from events.registration.guests.rules import check_nobody_invited
from events.registration.queries.counts import count_of_event, count_standing


@db.write
async def unpublish_event(slug: str, *, by: Actor, revision: int | None = None) -> EventFacts:
    """Make it a draft again while nobody has or awaits a place; calendars are told that it is off."""
    event = await programme.lock_event(slug, by.organisation, revision=revision)
    parts = await list_parts(event.id)
    check_can_unpublish(event, standing=await count_standing(event.id), public_parts=len(parts))
    check_nobody_invited(await guests.count(event.id))
    return await publishing.unpublish(event, by=by)


@db.write
async def delete_event(slug: str, *, by: Actor, revision: int | None = None) -> None:
    """Remove a draft for which nobody has ever registered."""
    event = await programme.lock_event(slug, by.organisation, revision=revision)
    parts = await list_parts(event.id, viewer=event.organisation)
    check_can_delete(event, registrations=await count_of_event(event.id), parts=len(parts))
    await delete_links(event.id)
    await publishing.delete(event, by=by)
