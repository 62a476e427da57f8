"""Calendars of people."""

from events.infra import db
from events.kernel.ids import digest
from events.registration.queries.rows import Row
from events.registration.rules.feeds import FeedGone, FeedNotFound, PrivateFeed

_FEED = db.Prepared("SELECT * FROM private_feed WHERE digest = :digest")
_FEED_ASKED_FOR_AT = db.Prepared("SELECT * FROM private_feed WHERE registration = :registration AND ended_at IS NULL")


async def get_private_feed(token: str) -> PrivateFeed:
    """Whose calendar this is; raises FeedNotFound, FeedGone when it has ended."""
    row = await _FEED.row(digest=digest(token))
    if row is None:
        raise FeedNotFound
    if row["ended_at"]:
        raise FeedGone
    return _private_feed(row)


async def find_feed_asked_for_at(registration: int) -> PrivateFeed | None:
    """Not that of the person: who registers with another's address must not learn of their calendar."""
    row = await _FEED_ASKED_FOR_AT.row(registration=registration)
    return _private_feed(row) if row else None


def _private_feed(row: Row) -> PrivateFeed:
    return PrivateFeed(**{name: row[name] for name in PrivateFeed.__struct_fields__})
