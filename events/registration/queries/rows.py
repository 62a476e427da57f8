"""What rows of the database say, as the Structs that everybody else knows."""

from collections.abc import Mapping
from typing import Any

import msgspec

from events.infra import db
from events.kernel.errors import DomainError
from events.kernel.ids import digest
from events.programme.rules import Mode
from events.programme.rules.limits import AffiliationType
from events.registration.rules import Standing, Ticket
from events.registration.rules.people import Affiliation, AssistantRole

Row = Mapping[str, Any]


async def row_behind(
    by_token: db.Prepared, token: str, *, ended: str, missing: type[DomainError], gone: type[DomainError]
) -> Row:
    """The row that a secret link opens; raises `missing` where there is none, `gone` once its column `ended` is set."""
    row = await by_token.row(digest=digest(token))
    if row is None:
        raise missing
    if row[ended]:
        raise gone
    return row


def ticket_of(row: Row) -> Ticket:
    return Ticket(
        **{name: row[name] for name in _AS_THEY_ARE},
        mode=Mode(row["mode"]),
        waits_for=row["waits_for"] and Mode(row["waits_for"]),
        standing=Standing(row["standing"]),
        answers=msgspec.json.decode(row["answers"]),
        affiliation=Affiliation(
            row["affiliation"],
            row["affiliation_type"] and AffiliationType(row["affiliation_type"]),
            row["affiliation_function"],
            row["affiliation_country"],
        ),
        assists=row["assists"],
        over_limit=bool(row["over_limit"]),
        assists_as=row["assists_as"] and AssistantRole(row["assists_as"]),
    )


_AS_THEY_ARE = (
    "id", "event", "holds_place", "queue_number", "name", "email", "language", "code", "token_counter", "registered_at",
    "changed_at", "held_until", "checked_in_at", "erased_at",
)  # fmt: skip
