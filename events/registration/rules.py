"""Who gets a place, who waits, who is refused: decided here, under the lock that `steps` of the programme takes."""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from events.kernel.errors import Conflict, DomainError, Gone, NotFound
from events.kernel.ids import derived_token
from events.kernel.spans import wall_time_at
from events.kernel.words import N_
from events.programme.rules import EventFacts, LockedPlaces, Mode, Places, Status


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
    *(NEWS := ("registration.event_changed", "registration.event_postponed", "registration.event_cancelled")),
)
"""The mails that this slice sends; each has a registration as its subject. NEWS are of the event itself."""

CALENDAR_KIND = "registration.calendar"
EVERY_KIND = (*KINDS, CALENDAR_KIND)
"""With the one that is about all registrations of a person."""

OVER = frozenset({Standing.DECLINED, Standing.CANCELLED})
SIGN_UPS_PER_NETWORK = {"limit": 60, "window_seconds": 600}
"""From one network: a lecture hall that registers at once shares one."""

WRONG_LINKS_PER_NETWORK = {"limit": 30, "window_seconds": 3600}
REMINDERS_PER_DAY = 3
FEEDS_PER_DAY = 3
FETCHED_EVERY = timedelta(hours=1)
"""How finely it is kept when a private feed was last fetched: a row each time would be written for nothing."""


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


def lasting(tickets: Sequence[Ticket]) -> Ticket:
    """Of the registrations of one person at one event, oldest first, the one that counts."""
    return next((ticket for ticket in tickets if not ticket.is_over), tickets[-1])


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
    """`registration` stands: its owner is told by mail. Where addresses are proven nobody else is: it is `hidden`."""

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
    """`language` is the registration's: what it leaves us to say so in."""

    def __init__(self, language: str) -> None:
        super().__init__(N_("This registration and the data in it have been erased."))
        self.language = language


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


class CannotJoin(Conflict):
    """There is nothing to join online, not now or not for this registration."""

    kind = "cannot-join"


class Offer(Struct, frozen=True):
    """One way to attend, as who registers sees it; `refusal` says why it cannot be chosen."""

    places: Places
    refusal: DomainError | None

    @property
    def mode(self) -> Mode:
        return self.places.mode


def token_of(secret: str, code: str, counter: int) -> str:
    """The token of a private page, made again for each mail."""
    return derived_token(secret, "registration", code, counter)


def joining_token(secret: str, ticket: Ticket) -> str:
    """Stands for the token where one only joins: calendars are shared, and must not open the page itself."""
    return f"{ticket.id}-{derived_token(secret, 'join', ticket.code, ticket.token_counter)}"


def feed_token(secret: str, nonce: str) -> str:
    """Of a private feed, 256 bits. The database has its digest, the mail that is queued the nonce."""
    return urlsafe_b64encode(hmac.digest(secret.encode(), f"feed:{nonce}".encode(), "sha256")).decode().rstrip("=")


def check_open(status: str, ends_at: datetime, closes_at: datetime, now: datetime) -> None:
    """Raises RegistrationClosed with the reason."""
    check_takes_place(status, ends_at, now)
    if status == Status.POSTPONED:
        raise RegistrationClosed(N_("This event is postponed. Registration opens again with the new date."))
    if now >= closes_at:
        raise RegistrationClosed(N_("Registration for this event is closed."))


def check_takes_place(status: str, ends_at: datetime, now: datetime) -> None:
    """Raises RegistrationClosed when there is nothing to come to any more."""
    if status == Status.CANCELLED:
        raise RegistrationClosed(N_("This event was cancelled."))
    if now >= ends_at:
        raise RegistrationClosed(N_("This event is over."))


def offers_of(event: EventFacts, now: datetime) -> list[Offer]:
    return [Offer(places, _refusal(event, places, now)) for places in event.places]


def _refusal(event: EventFacts, places: Places, now: datetime) -> DomainError | None:
    try:
        check_open(event.status, event.ends_at, places.closes_at, now)
    except RegistrationClosed as closed:
        return closed
    return Full() if places.is_full and not event.waiting_list else None


def joining_opens_at(event: EventFacts) -> datetime:
    return event.starts_at - timedelta(minutes=event.join_opens_minutes)


def link_to_join(ticket: Ticket, event: EventFacts, now: datetime) -> str:
    """Where an online registration leads while the event is on; raises CannotJoin."""
    if ticket.mode is not Mode.ONLINE:
        raise CannotJoin(N_("Your place is in the room. There is no link to join online with this registration."))
    if ticket.standing is not Standing.CONFIRMED:
        raise CannotJoin(N_("Only who has a place can join. Your registration’s page says how it stands."))
    if event.status is Status.CANCELLED:
        raise CannotJoin(N_("This event was cancelled."))
    if event.status is Status.POSTPONED:
        raise CannotJoin(N_("This event is postponed. You will get a mail with the new date."))
    if now >= event.ends_at:
        raise CannotJoin(N_("This event is over."))
    opens_at = joining_opens_at(event)
    if now < opens_at:
        raise CannotJoin(N_("The link opens on {opens}."), opens=wall_time_at(opens_at, event.span.starts.zone))
    if event.joining_link is None:
        raise CannotJoin(N_("The organisers have not given the link yet. Try again in a few minutes."))
    return event.joining_link


def check_room(places: LockedPlaces) -> None:
    """Raises Full when nobody else can even wait."""
    if places.is_full and not places.waiting_list:
        raise Full


def decide(places: LockedPlaces, now: datetime, *, proven: bool) -> Decision:
    """What becomes of one more registration; raises Full. `proven`: the address need not be confirmed (any more)."""
    check_room(places)
    if not proven:
        held_until = now + timedelta(hours=places.hold_hours)
        return Decision(Standing.UNVERIFIED, not places.is_full, None, held_until)
    if not places.is_full:
        return Decision(Standing.PENDING if places.approval else Standing.CONFIRMED, True, None, None)
    return Decision(Standing.WAITING, False, places.last_in_line + 1, None)


def may_promote(places: LockedPlaces, now: datetime) -> bool:
    """Whether who waits may still be given a place that is free."""
    stops_at = places.starts_at - timedelta(minutes=places.promotion_stops_minutes)
    return not places.is_full and places.status == Status.PUBLISHED and now < stops_at
