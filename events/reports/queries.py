from collections.abc import AsyncIterator

import msgspec

from events.infra import db
from events.programme.queries import find_id, get_event_by_id, get_own_event
from events.programme.rules import EventFacts, EventNotFound
from events.registration.queries import list_registrations
from events.registration.rules import Listed, Ticket
from events.reports.rules import Listing

CHUNK = 500
_ANSWERED = db.Prepared(
    "SELECT id, answers FROM registration WHERE event = :event AND erased_at IS NULL AND id > :after"
    " ORDER BY id LIMIT :limit"
)


async def get_event_of_any(slug: str) -> EventFacts:
    """For who runs the instance: whichever organisation's."""
    event = await find_id(slug)
    if event is None:
        raise EventNotFound
    return await get_event_by_id(event)


async def get_listing(slug: str, organisation: int, where: Listed) -> Listing:
    """Raises EventNotFound. The questions are those of the whole event, whatever the list is narrowed to."""
    event = await get_own_event(slug, organisation)
    questions: dict[str, None] = {}
    last = 0
    while True:
        found, following = await _answered(event.id, last)
        questions |= dict.fromkeys(found)
        if following is None:
            return Listing(event=event, where=where, questions=tuple(questions), last=last)
        last = following


async def chunks(listing: Listing) -> AsyncIterator[list[Ticket]]:
    """Everybody on the list, oldest first, each chunk read in a snapshot of its own."""
    event, after = listing.event, None
    while True:
        tickets, after = await list_registrations(
            event.slug, event.organisation, listing.where, limit=CHUNK, after=after
        )
        yield [ticket for ticket in tickets if ticket.id <= listing.last]
        if after is None or after > listing.last:
            return


@db.read
async def _answered(event: int, after: int) -> tuple[list[str], int | None]:
    """The questions that some registrations answered, and where to go on."""
    rows = await _ANSWERED.rows(event=event, after=after, limit=CHUNK)
    questions = [
        question for answers in {row["answers"]: None for row in rows} for question in msgspec.json.decode(answers)
    ]
    return questions, rows[-1]["id"] if rows else None
