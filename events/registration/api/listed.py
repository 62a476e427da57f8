"""A registration as organisers' programs are told of it."""

from collections.abc import Coroutine
from datetime import datetime
from typing import Any

from msgspec import Struct

from events.programme.rules import Mode
from events.programme.rules.limits import AffiliationType
from events.registration.admission.rules import Admission
from events.registration.answers.queries import Answers, list_answers
from events.registration.answers.rules import names_to_values
from events.registration.queries.listing import completed
from events.registration.rules import Standing, Ticket
from events.registration.rules.people import AssistantRole


class AffiliationAnswer(Struct):
    organisation: str | None
    type: AffiliationType | None
    function: str | None
    country: str | None


class AssistsAnswer(Struct):
    """Whose registration it is that they come with, and as what."""

    code: str
    role: AssistantRole


class ListedAnswer(Struct):
    code: str
    name: str
    email: str
    standing: Standing
    mode: Mode
    language: str
    queue_number: int | None
    waits_for: Mode | None
    registered_at: datetime
    checked_in_at: datetime | None
    affiliation: AffiliationAnswer
    assists: AssistsAnswer | None
    admission: Admission | None
    answers: dict[str, str | list[str]]
    tags: list[str]


async def as_listed(acting: Coroutine[Any, Any, Ticket]) -> dict[str, Any]:
    """What an action made of a registration, as lists show it; in the action's own write."""
    [ticket] = await completed([await acting])
    _, answers = await list_answers(ticket.event, [ticket.id])
    return listed(ticket, answers.get(ticket.id, {}))


def listed(ticket: Ticket, answers: Answers) -> dict[str, Any]:
    return {
        "code": ticket.code,
        "name": ticket.name,
        "email": ticket.email,
        "standing": ticket.standing.value,
        "mode": ticket.mode.value,
        "language": ticket.language,
        "queue_number": ticket.queue_number,
        "waits_for": ticket.waits_for,
        "registered_at": ticket.registered_at,
        "checked_in_at": ticket.checked_in_at,
        "affiliation": ticket.affiliation,
        "assists": {"code": ticket.assisted.code, "role": ticket.assists_as} if ticket.assisted else None,
        "admission": ticket.admission,
        "answers": {**ticket.answers, **names_to_values(answers)},
        "tags": ticket.tags,
    }
