"""The places of an event as whoever wants one finds them, and while they are locked."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from events.programme.rules import EventFacts, Places, Status


class LockedPlaces(Struct):
    """The places of one mode while nobody else can act on them, and what deciding about them takes."""

    id: int
    mode: str
    capacity: int | None
    overbooking: int
    closes_at: datetime
    taken: int
    last_in_line: int
    event: int
    slug: str
    organisation: int
    status: str
    starts_at: datetime
    ends_at: datetime
    approval: bool
    prove_address: bool
    waiting_list: bool
    hold_hours: int
    promotion_stops_minutes: int
    switch_stops_minutes: int
    opens_at: datetime | None
    opens_zone: str | None
    ask_affiliation: str
    ask_access: bool
    form: str = ""
    refuse_disposable: bool = False
    holds_unproven: bool = True
    affiliation_limit: str | None = None
    """An AffiliationLimit, written down: few events have one."""
    invites: bool = False

    @property
    def limit(self) -> int | None:
        return None if self.capacity is None else self.capacity * (100 + self.overbooking) // 100

    @property
    def is_full(self) -> bool:
        return self.limit is not None and self.taken >= self.limit


AllPlaces = Mapping[str, LockedPlaces]
"""The places of every mode of one event, all locked."""


class Availability(StrEnum):
    """What somebody finds who wants a place now."""

    OPEN = "open"
    WAITING_LIST = "waiting_list"
    FULL = "full"
    CLOSED = "closed"
    NOT_YET = "not_yet"


def availability(event: EventFacts, places: Places, now: datetime) -> Availability:
    if event.status is not Status.PUBLISHED or now >= min(event.ends_at, places.closes_at):
        return Availability.CLOSED
    if event.opens and now < event.opens.instant:
        return Availability.NOT_YET
    if not places.is_full:
        return Availability.OPEN
    return Availability.WAITING_LIST if event.waiting_list else Availability.FULL
