"""What a list of registrations says of each of them, in which order."""

from collections.abc import Iterable, Mapping
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
    "waits_for": 11,
    "affiliation": 32,
    "affiliation_type": 16,
    "function": 24,
    "country": 8,
    "assists": 28,
    "assists_as": 14,
    "admission": 14,
}
"""The heading of each column, which programs rely on, and how wide a spreadsheet shows it."""

TAGS = "tags"
"""The last column of all, after the answers."""

_IN_PARTS = ("affiliation", "affiliation_type", "function", "country", "assists", "assists_as", "admission")
MOST_ANSWER_COLUMNS = 100
FURTHER_ANSWERS = "further_answers"
_ANSWER_WIDTH = 30
_TAGS_WIDTH = 24


def headings_of(questions: Iterable[str], taken: Iterable[str] = ()) -> list[str]:
    """What the column of each question is called: as the question, but for those that another column is called."""
    found: list[str] = []
    used = {*COLUMNS, TAGS, FURTHER_ANSWERS, *taken}
    for question in questions:
        heading = question
        while heading in used:
            heading = f"{heading} (answer)"
        used.add(heading)
        found.append(heading)
    return found


class Format(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"


class Listing(Struct, frozen=True, kw_only=True):
    """The list of one event as it was when `last` was the newest registration, and the questions answered in it.

    `sensitive`: with the answers that few may read.
    """

    event: EventFacts
    where: Listed
    questions: tuple[str, ...]
    last: int
    sensitive: bool = False

    @property
    def what(self) -> str:
        """What its file is called after the event."""
        return "sensitive" if self.sensitive else "registrations"

    @property
    def rest(self) -> list[list[Any]]:
        """Rows of nobody who is known here."""
        return []

    def holds(self, ticket: Ticket) -> bool:
        return ticket.id <= self.last

    @property
    def columns(self) -> dict[str, int]:
        """Those of every list, one for each question, and one for what is beyond a reasonable number of these."""
        further = [FURTHER_ANSWERS] if len(self.questions) > MOST_ANSWER_COLUMNS else []
        answers = dict.fromkeys([*headings_of(self._shown), *further], _ANSWER_WIDTH)
        return {**COLUMNS, **answers, TAGS: _TAGS_WIDTH}

    def row(self, ticket: Ticket) -> list[Any]:
        cells = [*self._facts(ticket).values(), *(ticket.answers.get(question) for question in self._shown)]
        if len(self.questions) > MOST_ANSWER_COLUMNS:
            further = {question: text for question, text in ticket.answers.items() if question not in self._shown}
            cells.append(msgspec.json.encode(further).decode() if further else None)
        return [*cells, "; ".join(ticket.tags) or None]

    def document(self, ticket: Ticket) -> dict[str, Any]:
        facts = {name: value for name, value in self._facts(ticket).items() if name not in _IN_PARTS}
        assists = {"code": ticket.assisted.code, "role": ticket.assists_as} if ticket.assisted else None
        return facts | {
            "affiliation": ticket.affiliation,
            "assists": assists,
            "admission": ticket.admission,
            "answers": ticket.answers,
            "tags": ticket.tags,
        }

    @property
    def _shown(self) -> tuple[str, ...]:
        return self.questions[:MOST_ANSWER_COLUMNS]

    def _facts(self, ticket: Ticket) -> dict[str, Any]:
        said = ticket.affiliation
        facts: dict[str, Any] = {name: getattr(ticket, name) for name in COLUMNS if name not in _IN_PARTS}
        facts |= {
            "affiliation": said.organisation,
            "affiliation_type": said.type,
            "function": said.function,
            "country": said.country,
            "assists": ticket.assisted.name if ticket.assisted else None,
            "assists_as": ticket.assists_as,
            "admission": ticket.admission,
        }
        return facts | {name: self._local(value) for name, value in facts.items() if isinstance(value, datetime)}

    def _local(self, at: datetime) -> datetime:
        return at.astimezone(zone_info(self.event.span.starts.zone))
