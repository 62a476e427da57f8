"""A secret link that lets its bearers register while others cannot yet, or cannot any more."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from events.kernel.errors import NotFound
from events.kernel.ids import derived_token
from events.kernel.words import N_


class State(StrEnum):
    WORKS = "works"
    REVOKED = "revoked"
    ENDED = "ended"
    USED_UP = "used_up"


class Opening(Struct, frozen=True):
    """What a link that works opens: registering at once, and `after_closing` until the event starts."""

    link: int
    after_closing: bool

    def closes_at(self, closes_at: datetime, starts_at: datetime) -> datetime:
        return max(closes_at, starts_at) if self.after_closing else closes_at


class EarlyLink(Struct, frozen=True, kw_only=True):
    id: int
    event: int
    slug: str
    name: str
    after_closing: bool
    most_uses: int | None
    uses: int
    ends_at: datetime | None
    made_at: datetime
    revoked_at: datetime | None

    def state(self, now: datetime) -> State:
        if self.revoked_at:
            return State.REVOKED
        if self.ends_at and now >= self.ends_at:
            return State.ENDED
        if self.most_uses is not None and self.uses >= self.most_uses:
            return State.USED_UP
        return State.WORKS

    def opening(self, now: datetime) -> Opening | None:
        return Opening(self.id, self.after_closing) if self.state(now) is State.WORKS else None


class EarlyLinkNotFound(NotFound):
    def __init__(self) -> None:
        super().__init__(N_("There is no such link. Check that it is whole, as it was given to you."))


def token_of_link(secret: str, link: int) -> str:
    """Made again whenever an organiser is shown it; the database has its digest."""
    return derived_token(secret, "early", str(link), 0)
