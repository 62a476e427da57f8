"""A file as it is kept between its dry run and its end: what was read of it, and what has been chosen."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from events.imports.rules import Choices, Family, Outcome
from events.infra.ics.source import SourceCalendar
from events.infra.sheet_reader import SourceTable

Found = SourceCalendar | SourceTable


class Upload(Struct, frozen=True, kw_only=True):
    """`source` is what the next version of the same file is called too: the calendar, the conference, the address."""

    id: int
    organisation: int
    name: str
    source: str
    family: Family
    found: Found
    choices: Choices
    outcome: Outcome | None
    created_at: datetime
    expires_at: datetime


def found_in(family: Family, text: str) -> Found:
    kind: Any = SourceCalendar if family is Family.CALENDAR else SourceTable
    found: Found = msgspec.json.decode(text, type=kind)
    return found


def as_json(value: object) -> str:
    return msgspec.json.encode(value).decode()
