from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from events.kernel.errors import NotFound
from events.kernel.words import N_

MOST_HOURS = 24 * 60
"""How long before the start a list may close by itself."""


class HostList(Struct, frozen=True, kw_only=True):
    """A list as it was closed: by `actor`, or by itself when `planned`."""

    id: int
    closed_at: datetime
    actor: str
    planned: bool
    number: int


class Change(StrEnum):
    ADDED = "added"
    WITHDRAWN = "withdrawn"


class HostListNotFound(NotFound):
    def __init__(self) -> None:
        super().__init__(N_("There is no such list for the host."))


def closes_at(starts_at: datetime, hours: int) -> datetime:
    return starts_at - timedelta(hours=hours)


def change_of(listed: Mapping[int, str], registration: int, code: str, *, comes: bool) -> Change | None:
    """What changed for somebody since the list; whom a place was handed to has another code."""
    was = listed.get(registration) == code
    if was == comes:
        return None
    return Change.ADDED if comes else Change.WITHDRAWN
