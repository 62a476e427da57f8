"""Who gets a place, who waits, who is refused: decided here, under the lock that `steps` of the programme takes."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from events.kernel.errors import Conflict, Gone, NotFound
from events.kernel.words import N_
from events.programme.rules import LockedPlaces, Mode, Status


class Standing(StrEnum):
    UNVERIFIED = "unverified"
    PENDING = "pending"
    CONFIRMED = "confirmed"
    WAITING = "waiting"
    DECLINED = "declined"
    CANCELLED = "cancelled"


KINDS = (
    *(f"registration.{standing}" for standing in Standing),
    "registration.promoted",
    "registration.already",
    "registration.event_changed",
    "registration.event_cancelled",
)
"""The mails that this slice sends; each has a registration as its subject."""

OVER = frozenset({Standing.DECLINED, Standing.CANCELLED})


class Ticket(Struct, frozen=True, kw_only=True):
    """One registration as its owner, the organiser and the door know it."""

    id: int
    event: int
    mode: Mode
    standing: Standing
    holds_place: bool
    queue_number: int | None
    name: str
    email: str
    language: str
    answers: Mapping[str, str]
    code: str
    token_counter: int
    registered_at: datetime
    changed_at: datetime
    held_until: datetime | None
    checked_in_at: datetime | None
    erased_at: datetime | None

    @property
    def is_over(self) -> bool:
        return self.standing in OVER


class Listed(Struct, frozen=True, kw_only=True):
    """Filters of an organiser's list."""

    standing: Standing | None = None
    mode: Mode | None = None
    checked_in: bool | None = None
    q: str = ""


class Decision(Struct, frozen=True):
    """`queue_number` None unless waiting."""

    standing: Standing
    holds_place: bool
    queue_number: int | None
    held_until: datetime | None


class RegistrationClosed(Conflict):
    kind = "closed"


class Full(Conflict):
    kind = "full"

    def __init__(self) -> None:
        super().__init__(N_("All places are taken, and there is no waiting list."))


class AlreadyRegistered(Conflict):
    """`registration` is the one that stands, for the mail that tells its owner; where addresses are proven it is `hidden`."""

    kind = "already-registered"

    def __init__(self, registration: int, *, hidden: bool) -> None:
        super().__init__(N_("This address is registered for this event already."))
        self.registration = registration
        self.hidden = hidden


class RegistrationOver(Conflict):
    kind = "wrong-standing"


class TicketNotFound(NotFound):
    def __init__(self) -> None:
        super().__init__(N_("There is no such registration. Check that the link is whole, as it stands in your mail."))


class TicketGone(Gone):
    def __init__(self) -> None:
        super().__init__(N_("This registration and the data in it have been erased."))


class CannotJoinYet(Conflict):
    kind = "too-early"


def check_open(places: LockedPlaces, now: datetime) -> None:
    """Raises RegistrationClosed with the reason."""
    if places.status == Status.CANCELLED:
        raise RegistrationClosed(N_("This event was cancelled."))
    if places.status == Status.POSTPONED:
        raise RegistrationClosed(N_("This event is postponed. Registration opens again with the new date."))
    if now >= places.ends_at:
        raise RegistrationClosed(N_("This event is over."))
    if now >= places.closes_at:
        raise RegistrationClosed(N_("Registration for this event is closed."))


def decide(places: LockedPlaces, now: datetime, *, proven: bool) -> Decision:
    """What becomes of one more registration; raises Full. `proven`: the address need not be confirmed (any more)."""
    if places.is_full and not places.waiting_list:
        raise Full
    if not proven:
        held_until = now + timedelta(hours=places.hold_hours)
        return Decision(Standing.UNVERIFIED, not places.is_full, None, held_until)
    if not places.is_full:
        return Decision(Standing.PENDING if places.approval else Standing.CONFIRMED, True, None, None)  # noqa: FBT003 - reads well enough
    return Decision(Standing.WAITING, False, places.last_in_line + 1, None)  # noqa: FBT003 - same


def may_promote(places: LockedPlaces, now: datetime) -> bool:
    """Whether who waits may still be given a place that is free."""
    stops_at = places.starts_at - timedelta(minutes=places.promotion_stops_minutes)
    return not places.is_full and places.status == Status.PUBLISHED and now < stops_at
