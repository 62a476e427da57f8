"""What a registration is, and why one is refused."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from events.kernel.errors import Conflict, Gone, NotFound
from events.kernel.words import N_
from events.programme.rules import EventFacts, Mode
from events.programme.rules.limits import AffiliationType
from events.registration.admission.rules import Admission
from events.registration.rules.people import Affiliation, AssistantRole


class Standing(StrEnum):
    UNVERIFIED = "unverified"
    PENDING = "pending"
    CONFIRMED = "confirmed"
    WAITING = "waiting"
    DECLINED = "declined"
    CANCELLED = "cancelled"


ADMISSION_KIND = "registration.admission_due"


NOT_TAKEN_KIND = "registration.offer_not_taken"


KINDS = (
    *(f"registration.{standing}" for standing in Standing),
    "registration.promoted",
    "registration.switched",
    "registration.in_line",
    "registration.out_of_line",
    "registration.handed_over",
    "registration.already",
    "registration.event_reckoned",
    NOT_TAKEN_KIND,
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


ATTENDEE = "attendee"
"""The actor in activities that people do for themselves."""

SIGN_UPS_PER_NETWORK = {"limit": 60, "window_seconds": 600}
"""From one network: a lecture hall that registers at once shares one."""


WRONG_LINKS_PER_NETWORK = {"limit": 30, "window_seconds": 3600}


REMINDERS_PER_DAY = 3


HAND_OVERS_PER_DAY = 5


LINKS_PER_ADDRESS = {"limit": 3, "window_seconds": 24 * 3600}


LINKS_PER_NETWORK = {"limit": 20, "window_seconds": 3600}


LINKS_LEAVE_AFTER = timedelta(seconds=3)
"""So that the answer to who asks never waits for a mail that is written meanwhile."""


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

    @property
    def modes(self) -> tuple[Mode, ...]:
        """How they attend, and how they will when it is their turn: what they are asked is for either."""
        return (self.mode, self.keeps_line) if self.keeps_line else (self.mode,)


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

    `tag` is one that organisers gave, however it is spelled; `early_link` the number of the link by which they came.
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
    early_link: int | None = None


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


class TicketHandedOver(Gone):
    """`language` is that of whom the place belonged to."""

    def __init__(self, language: str, at: datetime) -> None:
        super().__init__(N_("This place was handed to somebody else. The link and the code do not work any more."))
        self.language = language
        self.at = at
