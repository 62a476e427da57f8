"""Who is let in at a door, and why somebody is not."""

from datetime import date, datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from events.kernel.errors import Conflict, Gone, NotFound
from events.kernel.words import N_, Text
from events.kernel.zones import zone_info
from events.programme.rules import Mode, Status
from events.registration.admission.rules import Admission
from events.registration.rules import Standing

LONGEST_CODE_KEPT = 200
ADMITS_AFTER = timedelta(minutes=30)  # after its end: events overrun
OPENS_AFTER = timedelta(days=1)  # how long after its end the door's address still opens
_NIGHT = timedelta(hours=18)


class Direction(StrEnum):
    IN = "in"
    OUT = "out"


class Result(StrEnum):
    ADMITTED = "admitted"
    REFUSED = "refused"


class Reason(StrEnum):
    UNKNOWN = "unknown"
    ALREADY_ADMITTED = "already_admitted"
    CANCELLED = "cancelled"
    DECLINED = "declined"
    WAITING = "waiting"
    PENDING = "pending"
    UNVERIFIED = "unverified"
    OTHER_EVENT = "other_event"
    OTHER_MODE = "other_mode"
    TOO_EARLY = "too_early"
    TOO_LATE = "too_late"
    REVOKED = "revoked"


class DoorFacts(Struct, frozen=True, kw_only=True):
    """A door, and what it must know of its event. `opens_at` None: it admits as soon as it is there."""

    id: int
    name: str
    reentry: bool
    token_digest: str
    opens_at: datetime | None
    closed_at: datetime | None
    event: int
    slug: str
    title: Text
    admission: Text
    admission_step: bool
    organisation: int
    form: str
    status: Status
    starts_at: datetime
    ends_at: datetime
    zone: str

    @property
    def admits_until(self) -> datetime:
        return self.ends_at + ADMITS_AFTER

    def is_open(self, now: datetime) -> bool:
        """Whether its address may be used."""
        return self.closed_at is None and now < self.ends_at + OPENS_AFTER

    def day_of(self, at: datetime) -> date:
        """The event's own date, once for each of which a ticket admits; a night belongs to the day it began on."""
        day = self.local(at).date()
        return min(day, self._first_day) if self.ends_at - self.starts_at <= _NIGHT else day

    def local(self, at: datetime) -> datetime:
        return at.astimezone(zone_info(self.zone))

    @property
    def _first_day(self) -> date:
        return self.local(self.starts_at).date()


NOBODY = 0
"""The id of a ticket whose owner handed the place to somebody else: its scans must not count as theirs."""


class ShownTicket(Struct, frozen=True, kw_only=True):
    """What a door knows of the ticket whose code was read, if its own organisation gave it; `title` is its event's."""

    id: int
    event: int
    title: Text
    name: str
    mode: Mode
    standing: Standing
    erased: bool
    checked_in: bool
    assists: str | None = None

    def has_place_at(self, event: int) -> bool:
        """Whether they may be in the room, whatever the hour."""
        here = self.event == event and self.mode is Mode.IN_PERSON and not self.erased
        return here and self.standing is Standing.CONFIRMED


class FirstScan(Struct, frozen=True):
    """When, in the event's zone, and at which door a ticket admitted before."""

    at: datetime
    door: str


class Answer(Struct, frozen=True, kw_only=True):
    """What a door says to one scan; `other_event` is the title of the event that the ticket is for.

    `assists` names whom an assistant comes with. `admission` says how they stand with the house, where it has a step
    of its own; it changes nothing about the result. `asks`: so many questions are left to ask them here.
    """

    result: Result
    reason: Reason | None = None
    name: str | None = None
    mode: Mode | None = None
    first_scan: FirstScan | None = None
    other_event: Text | None = None
    assists: str | None = None
    admission: Admission | None = None
    asks: int = 0


class KeptScan(Struct, frozen=True):
    """A scan as it was written down."""

    id: int
    registration: int | None
    code_read: str
    direction: Direction
    reason: Reason | None
    day: date


class Counts(Struct, frozen=True):
    admitted: int
    expected: int


class ScanFacts(Struct, frozen=True, kw_only=True):
    """A scan as lists show it; `at` in the event's zone."""

    id: int
    at: datetime
    door: str
    code: str
    direction: Direction
    result: Result
    reason: Reason | None
    name: str | None


class DoorNotFound(NotFound):
    def __init__(self) -> None:
        super().__init__(N_("There is no such door."))


class NobodyToAsk(NotFound):
    def __init__(self) -> None:
        super().__init__(N_("Nobody with this ticket has a place here. Scan it again."))


class DoorGone(Gone):
    def __init__(self) -> None:
        super().__init__(N_("This door is closed. Ask the organisers for a new link."))


class DoorClosed(Conflict):
    kind = "closed"

    def __init__(self) -> None:
        super().__init__(N_("This door is closed."))


class NonceReused(Conflict):
    kind = "nonce-reused"

    def __init__(self, nonce: str) -> None:
        super().__init__(
            N_("The nonce {nonce} was used at this door for another code. Take a new one for each scan."), nonce=nonce
        )


def refusal(door: DoorFacts, ticket: ShownTicket | None, at: datetime, direction: Direction) -> Reason | None:
    """Why this ticket is not admitted; None when it is, unless it was before. Who goes out is never too late."""
    if ticket is None:
        return Reason.UNKNOWN
    reason = _why_invalid(door, ticket)
    if reason or direction is Direction.OUT:
        return reason
    if door.status is Status.POSTPONED or (door.opens_at and at < door.opens_at):
        return Reason.TOO_EARLY
    return Reason.TOO_LATE if at >= door.admits_until else None


def _why_invalid(door: DoorFacts, ticket: ShownTicket) -> Reason | None:
    if ticket.event != door.event:
        return Reason.OTHER_EVENT
    if ticket.erased:
        return Reason.REVOKED
    if door.status is Status.CANCELLED:
        return Reason.CANCELLED
    if ticket.standing is not Standing.CONFIRMED:
        return Reason(ticket.standing.value)
    return None if ticket.mode is Mode.IN_PERSON else Reason.OTHER_MODE


def needs_pass(door: DoorFacts, ticket: ShownTicket) -> bool:
    """Whether the door says how they stand with the house."""
    return door.admission_step and ticket.has_place_at(door.event)


def may_be_asked(door: DoorFacts, ticket: ShownTicket, reason: Reason | None, direction: Direction) -> bool:
    """Who comes in, or came in before, at an event that asks something at all."""
    comes_in = reason in {None, Reason.ALREADY_ADMITTED} and direction is Direction.IN
    return bool(door.form) and comes_in and ticket.has_place_at(door.event)


def answer_to(
    ticket: ShownTicket | None,
    reason: Reason | None,
    first: FirstScan | None = None,
    admission: Admission | None = None,
    asks: int = 0,
) -> Answer:
    return Answer(
        result=Result.REFUSED if reason else Result.ADMITTED,
        reason=reason,
        name=(ticket.name or None) if ticket else None,
        mode=ticket.mode if ticket else None,
        first_scan=first,
        assists=ticket.assists if ticket else None,
        admission=admission,
        asks=asks,
        other_event=ticket.title if ticket and reason is Reason.OTHER_EVENT else None,
    )
