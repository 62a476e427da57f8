"""What is written down when people are forgotten, inside the action that forgets them."""

from datetime import datetime

from events.infra import db
from events.registration.retention.rules import What

_ERASED = db.Prepared(
    "INSERT INTO erasure (at, event, kind, question, number) VALUES (:at, :event, :kind, :question, :number)"
    " ON CONFLICT (event, at, kind, question) DO UPDATE SET number = erasure.number + excluded.number"
)
_REMAINS = db.Prepared(
    "INSERT INTO remaining_count (event, kind, value, number) VALUES (:event, :kind, :value, 1)"
    " ON CONFLICT (event, kind, value) DO UPDATE SET number = remaining_count.number + 1"
)
_WISHES = db.Prepared("SELECT 1 AS one FROM access_wish WHERE registration = :registration")


async def record_erasure(at: datetime, event: int, what: What, number: int, *, question: str = "") -> None:
    """Of so many more people, in the run that began then."""
    if number:
        await _ERASED.rows(at=at, event=event, kind=what.value, question=question, number=number)


async def keep_counts(event: int, *, affiliation_type: str | None, country: str | None) -> None:
    """Of one more who is forgotten, without saying of whom."""
    if affiliation_type:
        await _REMAINS.rows(event=event, kind="type", value=affiliation_type)
    if country:
        await _REMAINS.rows(event=event, kind="country", value=country)


async def has_wish(registration: int) -> bool:
    return await _WISHES.row(registration=registration) is not None
