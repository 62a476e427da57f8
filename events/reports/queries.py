from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal

import msgspec

from events.infra import db
from events.infra.sheets import Cell
from events.programme.queries import get_event_by_id, get_own_event
from events.programme.queries.addresses import find_id
from events.programme.rules import EventFacts
from events.programme.rules.errors import EventNotFound
from events.questions.queries import find_whole_form
from events.questions.rules import Kind
from events.questions.words import answer_text
from events.registration.answers.queries import Answers, list_answers
from events.registration.answers.rules import Answered, names_to_values
from events.registration.queries.listing import list_registrations
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


async def get_listing(slug: str, organisation: int, where: Listed, *, sensitive: bool = False) -> Listing:
    """Raises EventNotFound. The questions are those of the whole event, whatever the list is narrowed to."""
    event = await get_own_event(slug, organisation)
    asked = (await find_whole_form(event.id)).ever_asked
    questions = dict.fromkeys(one.name for one in asked if sensitive or not one.sensitive)
    last = 0
    while True:
        found, following = await _answered(event.id, last)
        questions |= dict.fromkeys(found)
        if following is None:
            return Listing(event=event, where=where, questions=tuple(questions), last=last, sensitive=sensitive)
        last = following


async def chunks(listing: Listing, *, keys: bool = False) -> AsyncIterator[list[Ticket]]:
    """Everybody on the list, oldest first, each chunk read in a snapshot of its own.

    Their answers are in the words that were offered, several joined by “; ”, numbers and dates as such; with `keys`, as
    programs know them.
    """
    event, after = listing.event, None
    while True:
        tickets, after = await list_registrations(
            event.slug, event.organisation, listing.where, limit=CHUNK, after=after
        )
        _, found = await list_answers(event.id, [ticket.id for ticket in tickets], sensitive=listing.sensitive)
        yield [_answering(ticket, found.get(ticket.id, {}), keys) for ticket in tickets if listing.holds(ticket)]
        if after is None or after > listing.last:
            return


def _answering(ticket: Ticket, answers: Answers, keys: bool) -> Ticket:  # noqa: FBT001 - of `chunks`
    if not answers:
        return ticket
    said = names_to_values(answers) if keys else _in_words(answers)
    return msgspec.structs.replace(ticket, answers={**ticket.answers, **said})


def _in_words(answers: Answers) -> dict[str, Cell]:
    """In English where there is English: a file is read by people of several languages, and by formulas."""
    return {name: _cell(one) for name, one in answers.items() if one.values}


def _cell(answered: Answered) -> Cell:
    if answered.wording.kind is Kind.NUMBER:
        return Decimal(answered.values[0])
    if answered.wording.kind is Kind.DATE:
        return date.fromisoformat(answered.values[0])
    return answer_text("en", answered.wording, answered.values)


@db.read
async def _answered(event: int, after: int) -> tuple[list[str], int | None]:
    """The questions that some registrations answered, and where to go on."""
    rows = await _ANSWERED.rows(event=event, after=after, limit=CHUNK)
    questions = [
        question for answers in {row["answers"]: None for row in rows} for question in msgspec.json.decode(answers)
    ]
    return questions, rows[-1]["id"] if rows else None
