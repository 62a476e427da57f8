"""Whom an announcement is for, when it goes, and when it makes no sense any more."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from enum import StrEnum

from msgspec import Struct

from events.kernel.errors import Conflict, NotFound
from events.kernel.ids import folded
from events.kernel.spans import TimeSpan, WallTime
from events.kernel.words import N_, Text
from events.programme.rules import EventFacts, Mode, Status
from events.programme.rules.limits import AffiliationType
from events.registration.remarks.rules import key_of
from events.registration.rules import ANNOUNCEMENT, Standing, Ticket

KIND = ANNOUNCEMENT
TEST_KIND = "announcement.test"
NOTES_TEST_KIND = "announcement.notes_test"
AT_ONCE = 60
"""To how many people one transaction queues it: few, so that others who write need not wait."""
MOST_WAITING = 500
"""How many announcements stand in the outbox at once: a confirmation never waits behind ten thousand reminders."""

GRACE = timedelta(days=3)
"""How late something may still go that is not about being there in time."""

WRONG_LINKS_PER_NETWORK = {"limit": 30, "window_seconds": 3600}


class Anchor(StrEnum):
    """What the time of an announcement is counted from."""

    NOW = "now"
    AT = "at"
    START = "start"
    END = "end"


class Unit(StrEnum):
    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"
    WEEKS = "weeks"


class State(StrEnum):
    DRAFT = "draft"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    SENT = "sent"
    MISSED = "missed"


EDITABLE = (State.DRAFT, State.SCHEDULED)
STARTED = (State.SENDING, State.SENT)


class Outcome(StrEnum):
    """What became of an announcement for one person."""

    HELD = "held"
    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    SKIPPED = "skipped"


class Skipped(StrEnum):
    """Why somebody who was to get it did not."""

    OPTED_OUT = "opted_out"
    NOT_MEANT = "not_meant"
    OFF = "off"
    TOO_LATE = "too_late"


class Timing(Struct, frozen=True, kw_only=True):
    """`amount` of `unit` before the start or after the end, on days at the hour of `clock`; or a time of its own."""

    anchor: Anchor
    amount: int = 0
    unit: Unit = Unit.DAYS
    clock: str | None = None
    at: WallTime | None = None

    @property
    def in_days(self) -> bool:
        return self.unit in {Unit.DAYS, Unit.WEEKS}


class Audience(Struct, frozen=True, kw_only=True):
    """A group of an event's registrations; None leaves a question open. `came`: whether they checked in.

    `tag` is one that organisers gave them, however it is spelled. `answer` is the name of a question and one of its
    listed values: `meal:none`.
    """

    standings: tuple[Standing, ...] = (Standing.CONFIRMED,)
    mode: Mode | None = None
    came: bool | None = None
    language: str | None = None
    tag: str | None = None
    affiliation_type: AffiliationType | None = None
    country: str | None = None
    organisation: str | None = None
    answer: str | None = None

    def has(self, ticket: Ticket) -> bool:
        """Whether they are in it, as far as their registration tells; their answers are the database's to compare."""
        said = ticket.affiliation
        return (
            ticket.standing in self.standings
            and self.mode in {None, ticket.mode}
            and self.came in {None, ticket.checked_in_at is not None}
            and (self.language is None or f"{ticket.language}-".lower().startswith(f"{self.language}-".lower()))
            and (self.tag is None or key_of(self.tag) in map(key_of, ticket.tags))
            and self.affiliation_type in {None, said.type}
            and self.country in {None, said.country}
            and (self.organisation is None or folded(self.organisation) == folded(said.organisation or ""))
        )


REACHABLE = (Standing.CONFIRMED, Standing.PENDING, Standing.WAITING)
"""Whom organisers may write to: an address must be proven where that is asked, and who left wants no mail."""


class Draft(Struct, frozen=True, kw_only=True):
    """What an organiser decides about an announcement."""

    subject: Text
    body: Text
    timing: Timing
    audience: Audience
    calendar: bool = False


class AnnouncementFacts(Draft, frozen=True, kw_only=True):
    id: int
    event: int
    state: State
    due_at: datetime | None
    version: int
    reached: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    paused_at: datetime | None

    @property
    def is_editable(self) -> bool:
        return self.state in EDITABLE


class AnnouncementNotFound(NotFound):
    def __init__(self) -> None:
        super().__init__(N_("There is no such message."))


class AlreadyStarted(Conflict):
    kind = "already-started"

    def __init__(self) -> None:
        super().__init__(N_("This message has gone out already, to some people at least. Copy it to send another."))


class CannotGo(Conflict):
    """It cannot be sent or planned as things stand."""

    kind = "cannot-go"


def due_at(timing: Timing, span: TimeSpan) -> datetime | None:
    """When it goes; None for what goes when somebody says so.

    Hours and minutes are counted on the instants, days and weeks on the calendar that hangs at the event: two days
    before at 09:00 is at 09:00 there, however clocks were changed in between. An hour that clocks skip is put forward
    with them; of one that comes twice the first is taken, so that nobody is reminded late.
    """
    if timing.anchor is Anchor.NOW:
        return None
    if timing.at is not None:
        return timing.at.instant
    before = timing.anchor is Anchor.START
    if not timing.in_days:
        away = timedelta(**{timing.unit.value: timing.amount})
        return span.starts_at - away if before else span.ends_at + away
    return _on_calendar(timing, span.starts if before else span.ends, before=before)


def _on_calendar(timing: Timing, around: WallTime, *, before: bool) -> datetime:
    days = timedelta(**{timing.unit.value: timing.amount})
    day = (around.wall - days if before else around.wall + days).date()
    clock = time.fromisoformat(timing.clock) if timing.clock else around.wall.time()
    return WallTime(datetime.combine(day, clock), around.zone).instant


def is_for_those_who_come(timing: Timing, span: TimeSpan) -> bool:
    """Whether it is of use before the event only: what goes before the start of it, or should have."""
    due = due_at(timing, span)
    return timing.anchor is Anchor.START or (due is not None and due < span.starts_at)


def reason_to_skip(timing: Timing, status: Status, span: TimeSpan, now: datetime) -> Skipped | None:
    """Why nobody should get it now, though its time has come, or had before the event was moved."""
    due = due_at(timing, span)
    if due is None:
        return None
    if status is not Status.PUBLISHED or now < due:
        return Skipped.OFF
    last = span.starts_at if is_for_those_who_come(timing, span) else due + GRACE
    return Skipped.TOO_LATE if now >= last else None


def welcomes_late_comers(timing: Timing, status: Status, span: TimeSpan, now: datetime) -> bool:
    """Whether who joins the group after it went gets it too: while it is of use, that is until the event starts.

    Not before its time: an event may have been put off since.
    """
    due = due_at(timing, span)
    return (
        due is not None
        and due <= now
        and is_for_those_who_come(timing, span)
        and reason_to_skip(timing, status, span, now) is None
    )


def check_can_plan(timing: Timing, event: EventFacts, now: datetime) -> None:
    """Raises CannotGo when its time is over, or the event's."""
    if event.status is Status.CANCELLED:
        raise CannotGo(N_("This event was cancelled: only what you send yourself goes out now."))
    due = due_at(timing, event.span)
    if due is not None and due <= now:
        raise CannotGo(N_("Its time, {due}, is over. Choose a later one, or send it now."), due=due)
    if due is not None and timing.anchor is Anchor.START and due >= event.starts_at:
        raise CannotGo(N_("That is not before the event starts."))


def written_in(announcement: Draft) -> list[str]:
    """The languages in which there is a subject and a text."""
    return [tag for tag, text in announcement.body.items() if text and announcement.subject.get(tag)]


def language_for(written: Sequence[str], reader: str, ours: str) -> str:
    """In which of the languages that it is written in somebody reads it: theirs, else the one of ours that they get.

    Else English, else the first.
    """
    wanted = (reader, reader.partition("-")[0], ours, "en", *written)
    return next((tag for tag in wanted if tag in written), "en")
