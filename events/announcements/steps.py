"""What an action of a higher slice does to announcements inside its transaction."""

import msgspec

from events.announcements.queries import list_of_event
from events.announcements.tables import Announcement


async def follow_name(event: int, was: str, now: str) -> None:
    """A question is called otherwise: groups of those who answered it stay what they are."""
    for one in await list_of_event(event):
        question, _, value = (one.audience.answer or "").partition(":")
        if question == was:
            audience = msgspec.structs.replace(one.audience, answer=f"{now}:{value}")
            written = msgspec.json.encode(audience).decode()
            await Announcement.update(
                {Announcement.audience: written, Announcement.version: Announcement.version + 1}
            ).where(Announcement.id == one.id)
