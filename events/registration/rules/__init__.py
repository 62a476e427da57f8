"""Who gets a place, who waits, who is refused: decided here, under the lock that `steps` of the programme takes."""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from events.kernel.errors import Conflict, DomainError, Gone, NotFound
from events.kernel.ids import derived_token
from events.kernel.spans import WallTime, wall_time_at
from events.kernel.words import N_
from events.programme.rules import EventFacts, LockedPlaces, Mode, Places, Status
from events.programme.rules.limits import AffiliationType
from events.registration.admission.rules import Admission
from events.registration.early.rules import Opening
from events.registration.rules.people import Affiliation, AssistantRole


class Standing(StrEnum):
    UNVERIFIED = "unverified"
    PENDING = "pending"
    CONFIRMED = "confirmed"
    WAITING = "waiting"
    DECLINED = "declined"
    CANCELLED = "cancelled"


ADMISSION_KIND = "registration.admission_due"
KINDS = (
    *(f"registration.{standing}" for standing in Standing),
    "registration.promoted",
    "registration.switched",
    "registration.in_line",
    "registration.out_of_line",
    "registration.handed_over",
    "registration.already",
    "registration.event_reckoned",
    ADMISSION_KIND,
    *(NEWS := ("registration.event_changed", "registration.event_postponed", "registration.event_cancelled")),
)
"""The mails that this slice sends; each has a registration as its subject. NEWS are of the event itself."""

CALENDAR_KIND = "registration.calendar"
LINKS_KIND = "registration.links"
ANNOUNCEMENT = "announcement"
EVERY_KIND = (*KINDS, CALENDAR_KIND, LINKS_KIND, ANNOUNCEMENT)
"""With those that are about all registrations of a person, and what a higher slice writes about this one."""

OVER = frozenset({Standing.DECLINED, Standing.CANCELLED})
SIGN_UPS_PER_NETWORK = {"limit": 60, "window_seconds": 600}
"""From one network: a lecture hall that registers at once shares one."""

WRONG_LINKS_PER_NETWORK = {"limit": 30, "window_seconds": 3600}
REMINDERS_PER_DAY = 3
FEEDS_PER_DAY = 3
HAND_OVERS_PER_DAY = 5
LINKS_PER_ADDRESS = {"limit": 3, "window_seconds": 24 * 3600}
LINKS_PER_NETWORK = {"limit": 20, "window_seconds": 3600}
LINKS_LEAVE_AFTER = timedelta(seconds=3)
"""So that the answer to who asks never waits for a mail that is written meanwhile."""
FETCHED_EVERY = timedelta(hours=1)
"""How finely it is kept when a private feed was last fetched: a row each time would be written for nothing."""


class Assisted(Struct, frozen=True):
    """Whom somebody assists."""

    name: str
    code: str


class Ticket(Struct, frozen=True, kw_only=True):
    """One registration as its owner, the organiser and the door know it.

    `assisted` and `tags` are filled in lists alone; `admission` where it is listed or shown, and None where the event
    has no such step.
    """

    id: int
    event: int
    mode: Mode
    standing: Standing
    holds_place: bool
    waits_for: Mode | None
    queue_number: int | None
    name: str
    email: str
    language: str
    answers: Mapping[str, str]
    affiliation: Affiliation
    assists: int | None
    assists_as: AssistantRole | None
    over_limit: bool = False
    assisted: Assisted | None = None
    admission: Admission | None = None
    code: str
    token_counter: int
    registered_at: datetime
    changed_at: datetime
    held_until: datetime | None
    checked_in_at: datetime | None
    erased_at: datetime | None
    tags: tuple[str, ...] = ()

    @property
    def is_over(self) -> bool:
        return self.standing in OVER

    @property
    def keeps_line(self) -> Mode | None:
        """The mode for which they wait although they have, or ask for, a place in another."""
        return self.waits_for if self.waits_for != self.mode else None


class InLine(Struct, frozen=True):
    """Somebody who waits, as far as moving up goes; `holds_place` tells of one in another mode."""

    id: int
    email: str
    mode: str
    holds_place: bool
    queue_number: int


def sequence_of(event: EventFacts, ticket: Ticket, ended: int) -> int:
    """As somebody's own calendar knows the event, in mails and in their feed: who comes back is above who left.

    `ended` are their registrations at the event, up to this one, that are over.
    """
    return event.sequence + 2 * ended - ticket.is_over


def lasting(tickets: Sequence[Ticket]) -> Ticket:
    """Of the registrations of one person at one event, oldest first, the one that counts."""
    return next((ticket for ticket in tickets if not ticket.is_over), tickets[-1])


class Listed(Struct, frozen=True, kw_only=True):
    """Filters of an organiser's list; `answer` is the name of a question and one of its listed values: `meal:none`.

    `tag` is one that organisers gave, however it is spelled.
    """

    standing: Standing | None = None
    mode: Mode | None = None
    checked_in: bool | None = None
    affiliation_type: AffiliationType | None = None
    country: str | None = None
    admission: Admission | None = None
    q: str = ""
    answer: str = ""
    tag: str = ""


class Decision(Struct, frozen=True):
    """`queue_number` None unless waiting."""

    standing: Standing
    holds_place: bool
    queue_number: int | None
    held_until: datetime | None


FOLLOWS = N_("Who assists somebody goes with that person: change it on their page.")


class Switch(StrEnum):
    """What comes of asking for another way to attend."""

    MOVE = "move"
    """A place there; the one held here is given back."""
    MEANWHILE = "meanwhile"
    """A place there, while one stays in line here."""
    LINE = "line"
    """A place in line there, while one keeps the place here."""
    LEAVE = "leave"
    """Out of the other line; the place here stays."""


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


class TicketHandedOver(Gone):
    """`language` is that of whom the place belonged to."""

    def __init__(self, language: str, at: datetime) -> None:
        super().__init__(N_("This place was handed to somebody else. The link and the code do not work any more."))
        self.language = language
        self.at = at


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


def opt_out_token(secret: str, registration: int, code: str) -> str:
    """What opens one registration's choice about announcements and nothing else."""
    return f"{registration}-{derived_token(secret, 'announcements', code, 0)}"


def joining_token(secret: str, ticket: Ticket) -> str:
    """Stands for the token where one only joins: calendars are shared, and must not open the page itself."""
    return f"{ticket.id}-{derived_token(secret, 'join', ticket.code, ticket.token_counter)}"


def feed_token(secret: str, nonce: str) -> str:
    """Of a private feed, 256 bits. The database has its digest, the mail that is queued the nonce."""
    return urlsafe_b64encode(hmac.digest(secret.encode(), f"feed:{nonce}".encode(), "sha256")).decode().rstrip("=")


def check_open(
    status: str, ends_at: datetime, closes_at: datetime, now: datetime, *, opens: WallTime | None = None
) -> None:
    """Raises RegistrationClosed with the reason."""
    check_takes_place(status, ends_at, now)
    if status == Status.POSTPONED:
        raise RegistrationClosed(N_("This event is postponed. Registration opens again with the new date."))
    if now >= closes_at:
        raise RegistrationClosed(N_("Registration for this event is closed."))
    if opens and now < opens.instant:
        raise RegistrationClosed(N_("Registration opens on {opens}."), opens=opens)


def check_takes_place(status: str, ends_at: datetime, now: datetime) -> None:
    """Raises RegistrationClosed when there is nothing to come to any more."""
    if status == Status.CANCELLED:
        raise RegistrationClosed(N_("This event was cancelled."))
    if now >= ends_at:
        raise RegistrationClosed(N_("This event is over."))


def offers_of(event: EventFacts, now: datetime, early: Opening | None = None) -> list[Offer]:
    """`early` is what the link opens by which somebody came."""
    return [Offer(places, _refusal(event, places, now, early)) for places in event.places]


def meanwhile_of(offers: Sequence[Offer]) -> Mode | None:
    """How who waits for a place in the room can attend until then."""
    full = any(offer.places.is_full for offer in offers if offer.mode is Mode.IN_PERSON)
    online = any(not offer.places.is_full for offer in offers if offer.mode is Mode.ONLINE)
    return Mode.ONLINE if full and online else None


def tell_by(event: EventFacts) -> date:
    """Until when somebody should say what they need, so that it can be there."""
    return event.span.starts.wall.date() - timedelta(days=event.access_days)


def _refusal(event: EventFacts, places: Places, now: datetime, early: Opening | None) -> DomainError | None:
    closes_at = early.closes_at(places.closes_at, event.starts_at) if early else places.closes_at
    try:
        check_open(event.status, event.ends_at, closes_at, now, opens=None if early else event.opens)
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


def decide(places: LockedPlaces, now: datetime, *, proven: bool, over_limit: bool = False) -> Decision:
    """What becomes of one more registration; raises Full. `proven`: the address need not be confirmed (any more).

    Who is `over_limit` of their organisation needs approval.
    """
    check_room(places)
    if not proven:
        held_until = now + timedelta(hours=places.hold_hours)
        return Decision(Standing.UNVERIFIED, places.holds_unproven and not places.is_full, None, held_until)
    if not places.is_full:
        return Decision(standing_with_place(places, over_limit=over_limit), True, None, None)
    return Decision(Standing.WAITING, False, places.last_in_line + 1, None)


def standing_with_place(places: LockedPlaces, *, over_limit: bool) -> Standing:
    return Standing.PENDING if places.approval or over_limit else Standing.CONFIRMED


def switch_to(ticket: Ticket, target: Places | LockedPlaces, *, waiting_list: bool) -> Switch:
    """What comes of it when they ask for this mode now; raises Full, RegistrationOver."""
    if ticket.standing not in {Standing.CONFIRMED, Standing.PENDING, Standing.WAITING}:
        raise RegistrationOver(N_("This registration does not count, so it cannot be switched."))
    if ticket.assists:
        raise RegistrationOver(FOLLOWS)
    if ticket.checked_in_at:
        raise RegistrationOver(N_("You have come in already, so this cannot be switched."))
    if ticket.mode == target.mode:
        if ticket.keeps_line is None:
            raise RegistrationOver(N_("You are registered for this way to attend already."))
        return Switch.LEAVE
    if not target.is_full:
        return Switch.MEANWHILE if ticket.standing is Standing.WAITING else Switch.MOVE
    if ticket.keeps_line:
        raise RegistrationOver(N_("You are in line for this way to attend already."))
    if ticket.standing is Standing.WAITING or not waiting_list:
        raise Full
    return Switch.LINE


def check_can_hand_over(ticket: Ticket, status: str, starts_at: datetime, now: datetime) -> None:
    """Raises RegistrationOver, RegistrationClosed: only a place that is certain, and before the start."""
    if ticket.assists:
        raise RegistrationOver(FOLLOWS)
    if ticket.standing is not Standing.CONFIRMED:
        raise RegistrationOver(N_("Only a confirmed place can be handed over."))
    if ticket.checked_in_at:
        raise RegistrationOver(N_("You have come in already, so the place cannot be handed over."))
    if status != Status.PUBLISHED or now >= starts_at:
        raise RegistrationClosed(N_("It is too late to hand the place over."))


def can_hand_over(ticket: Ticket, event: EventFacts, now: datetime) -> bool:
    try:
        check_can_hand_over(ticket, event.status, event.starts_at, now)
    except DomainError:
        return False
    return True


def switches_of(ticket: Ticket, event: EventFacts, now: datetime) -> list[tuple[Mode, Switch]]:
    """What they may ask for now: a way to attend, and what would come of it."""
    found = []
    for places in event.places:
        try:
            switch = switch_to(ticket, places, waiting_list=event.waiting_list)
            if switch is not Switch.LEAVE:
                stops = event.switch_stops_minutes
                check_can_switch(places, event.status, event.starts_at, event.ends_at, stops, now)
        except DomainError:
            continue
        found.append((places.mode, switch))
    return found


def check_can_switch(
    target: Places | LockedPlaces,
    status: str,
    starts_at: datetime,
    ends_at: datetime,
    stops_minutes: int,
    now: datetime,
) -> None:
    """Until the mode that they switch to closes, or the organisers' own cut-off; raises RegistrationClosed."""
    check_open(status, ends_at, target.closes_at, now)
    if now >= starts_at - timedelta(minutes=stops_minutes):
        raise RegistrationClosed(N_("It is too late to switch."))


def may_promote(places: LockedPlaces, now: datetime) -> bool:
    """Whether who waits may still be given a place that is free."""
    stops_at = places.starts_at - timedelta(minutes=places.promotion_stops_minutes)
    return not places.is_full and places.status == Status.PUBLISHED and now < stops_at
