from collections.abc import Sequence
from typing import Any

from events.infra import db
from events.registration.remarks.rules import MOST_SUGGESTED, Note, TagCount, key_of
from events.registration.remarks.tables import RegistrationTag

_COUNTS = db.Prepared(
    "SELECT MIN(tag) AS tag, tag_folded, COUNT(*) AS number FROM registration_tag WHERE event = :event"
    " GROUP BY tag_folded ORDER BY tag_folded"
)
_SUGGESTED = db.Prepared(
    "SELECT MIN(t.tag) AS tag FROM event e JOIN registration_tag t ON t.event = e.id"
    " WHERE e.organisation = :organisation GROUP BY t.tag_folded"
    " ORDER BY MAX(CASE WHEN e.id = :event THEN 1 ELSE 0 END) DESC, COUNT(*) DESC, t.tag_folded LIMIT :limit"
)
_SPELLED = db.Prepared(
    "SELECT MIN(t.tag) AS tag FROM event e JOIN registration_tag t ON t.event = e.id"
    " WHERE e.organisation = :organisation AND t.tag_folded = :key"
)
_NOTES = db.Prepared(
    "SELECT id, text, written_by, written_at FROM registration_note WHERE registration = :registration ORDER BY id"
)


async def count_tags(event: int) -> list[TagCount]:
    """The tags of an event's registrations, and how many have each."""
    return [TagCount(row["tag"], row["tag_folded"], row["number"]) for row in await _COUNTS.rows(event=event)]


async def suggest_tags(event: int, organisation: int) -> list[str]:
    """Those of the event first, then what the organisation uses elsewhere, the most used first."""
    rows = await _SUGGESTED.rows(event=event, organisation=organisation, limit=MOST_SUGGESTED)
    return [row["tag"] for row in rows]


async def spell_tag(tag: str, organisation: int) -> str:
    """As it is spelled in this organisation already, if it is."""
    row = await _SPELLED.row(organisation=organisation, key=key_of(tag))
    return row["tag"] if row and row["tag"] else tag


async def list_tags(registrations: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """The tags of each that has some, in the order of their letters."""
    if not registrations:
        return {}
    wanted: Any = RegistrationTag.registration.is_in(list(registrations))
    found: dict[int, tuple[str, ...]] = {}
    for row in await RegistrationTag.select().where(wanted).order_by(RegistrationTag.tag_folded):
        found[row["registration"]] = (*found.get(row["registration"], ()), row["tag"])
    return found


async def list_notes(registration: int) -> list[Note]:
    """Oldest first."""
    return [Note(**dict(row)) for row in await _NOTES.rows(registration=registration)]
