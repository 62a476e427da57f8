from collections.abc import Mapping
from typing import Any

from events.infra import db
from events.kernel.ids import digest
from events.registration.early.rules import EarlyLink

_LINK = "SELECT l.*, e.slug FROM early_link l JOIN event e ON e.id = l.event"
_BY_TOKEN = db.Prepared(f"{_LINK} WHERE l.token_digest = :digest")
_OF_EVENT = db.Prepared(f"{_LINK} WHERE l.event = :event ORDER BY l.id")
_CAME_BY = db.Prepared(
    "SELECT l.name FROM early_registration r JOIN early_link l ON l.id = r.link WHERE r.registration = :registration"
)


async def find_by_token(token: str) -> EarlyLink | None:
    row = await _BY_TOKEN.row(digest=digest(token))
    return _link(row) if row else None


async def list_links(event: int) -> list[EarlyLink]:
    """In the order in which they were made."""
    return [_link(row) for row in await _OF_EVENT.rows(event=event)]


async def find_link_of(registration: int) -> str | None:
    """The name of the link by which somebody came."""
    row = await _CAME_BY.row(registration=registration)
    return row["name"] if row else None


def _link(row: Mapping[str, Any]) -> EarlyLink:
    facts = {name: row[name] for name in EarlyLink.__struct_fields__}
    return EarlyLink(**facts | {"after_closing": bool(row["after_closing"])})
