"""Somebody’s own calendar."""

from datetime import datetime, timedelta

from msgspec import Struct

from events.kernel.errors import Gone, NotFound
from events.kernel.words import N_

FEEDS_PER_DAY = 3
FETCHED_EVERY = timedelta(hours=1)
"""How finely it is kept when a private feed was last fetched: a row each time would be written for nothing."""


class FeedNotFound(NotFound):
    def __init__(self) -> None:
        super().__init__(N_("There is no such calendar. Check that the address is whole, as it stands in your mail."))


class FeedGone(Gone):
    def __init__(self) -> None:
        super().__init__(N_("This address has ended: it was taken back, or another one has taken its place."))


class PrivateFeed(Struct, frozen=True, kw_only=True):
    """Somebody's own calendar; `registration` is where its address was asked for."""

    id: int
    email_folded: str
    registration: int
    alarm_minutes: int | None
    asked_at: datetime
    changed_at: datetime
    fetched_at: datetime | None
