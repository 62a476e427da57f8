from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta

from msgspec import Struct

from events.programme.rules import EventFacts, Status
from events.programme.rules.calendars import Stamp
from events.programme.rules.filters import Filters
from events.registration.rules import Standing, Ticket, lasting

KEPT_DAYS = 90
_DAY = timedelta(days=1)
_OFF = frozenset({Status.CANCELLED, Status.POSTPONED})


class Own(Struct, frozen=True):
    """An event and what somebody has registered there, oldest first."""

    event: EventFacts
    tickets: Sequence[Ticket]

    @property
    def counts_until(self) -> datetime | None:
        """From when on its 90 days are reckoned; None if it stays for as long as the registration is kept."""
        last = lasting(self.tickets)
        if last.is_over:
            return last.changed_at
        takes_part = last.standing is Standing.CONFIRMED and self.event.status not in _OFF
        return None if takes_part else self.event.ends_at

    @property
    def changed_at(self) -> datetime:
        return max(self.event.calendar_changed_at, *(ticket.changed_at for ticket in self.tickets))


def window_at(now: datetime) -> datetime:
    """What was over by then is no longer in a feed that asks for no other beginning; it moves at midnight, UTC."""
    return _midnight(now) - KEPT_DAYS * _DAY


def next_window_at(now: datetime) -> datetime:
    """When the window moves again, and with it what feeds have in them."""
    return _midnight(now) + _DAY


def left_window_at(ended_at: datetime) -> datetime:
    """When an event that ended then went out of the window."""
    return _midnight(ended_at - timedelta.resolution) + (KEPT_DAYS + 1) * _DAY


def in_feed(stamps: Sequence[Stamp], where: Filters, window: datetime) -> Sequence[Stamp]:
    """What does not take place is told of for as long as calendars may still have it, however far back a feed goes."""
    if where.since is not None and where.since >= window:
        return stamps
    return [stamp for stamp in stamps if stamp.status not in _OFF or stamp.ends_at > window]


def in_private_feed(own: Sequence[Own], window: datetime) -> Sequence[Own]:
    """Where somebody has a place stays; what came to nothing is told of for 90 days."""
    return [one for one in own if one.event.is_public and (one.counts_until is None or one.counts_until > window)]


def _midnight(moment: datetime) -> datetime:
    return datetime.combine(moment.astimezone(UTC), time(), UTC)
