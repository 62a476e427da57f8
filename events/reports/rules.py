"""What a list of registrations says of each of them, in which order."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec
from msgspec import Struct

from events.kernel.zones import zone_info
from events.programme.rules import EventFacts
from events.registration.rules import Listed, Ticket

COLUMNS: Mapping[str, int] = {
    "code": 30,
    "name": 28,
    "email": 32,
    "standing": 12,
    "mode": 11,
    "language": 10,
    "registered_at": 34,
    "checked_in_at": 34,
    "queue_number": 13,
}
"""The heading of each column, which programs rely on, and how wide a spreadsheet shows it."""

MOST_ANSWER_COLUMNS = 100
FURTHER_ANSWERS = "further_answers"
_ANSWER_WIDTH = 30


class Format(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"


class Listing(Struct, frozen=True, kw_only=True):
    """The list of one event as it was when `last` was the newest registration, and the questions answered in it."""

    event: EventFacts
    where: Listed
    questions: tuple[str, ...]
    last: int

    @property
    def columns(self) -> dict[str, int]:
        """Those of every list, one for each question, and one for what is beyond a reasonable number of these."""
        headings = [f"{question} (answer)" if question in COLUMNS else question for question in self._shown]
        further = [FURTHER_ANSWERS] if len(self.questions) > MOST_ANSWER_COLUMNS else []
        return {**COLUMNS, **dict.fromkeys([*headings, *further], _ANSWER_WIDTH)}

    def row(self, ticket: Ticket) -> list[Any]:
        cells = [*self._facts(ticket).values(), *(ticket.answers.get(question) for question in self._shown)]
        if len(self.questions) > MOST_ANSWER_COLUMNS:
            further = {question: text for question, text in ticket.answers.items() if question not in self._shown}
            cells.append(msgspec.json.encode(further).decode() if further else None)
        return cells

    def document(self, ticket: Ticket) -> dict[str, Any]:
        return self._facts(ticket) | {"answers": ticket.answers}

    @property
    def _shown(self) -> tuple[str, ...]:
        return self.questions[:MOST_ANSWER_COLUMNS]

    def _facts(self, ticket: Ticket) -> dict[str, Any]:
        facts = {name: getattr(ticket, name) for name in COLUMNS}
        return facts | {name: self._local(value) for name, value in facts.items() if isinstance(value, datetime)}

    def _local(self, at: datetime) -> datetime:
        return at.astimezone(zone_info(self.event.span.starts.zone))
