"""When a place may be asked for, and why not."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from msgspec import Struct

from events.kernel.errors import DomainError
from events.kernel.spans import WallTime, wall_time_at
from events.kernel.words import N_
from events.programme.rules import EventFacts, Mode, Places, Status, is_over
from events.registration.early.rules import Opening
from events.registration.rules import Full, RegistrationClosed


class Offer(Struct, frozen=True):
    """One way to attend, as who registers sees it; `refusal` says why it cannot be chosen."""

    places: Places
    refusal: DomainError | None

    @property
    def mode(self) -> Mode:
        return self.places.mode


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
    if is_over(status, ends_at, now):
        raise RegistrationClosed(N_("This event is over."))


def offers_of(event: EventFacts, now: datetime, early: Opening | None = None) -> list[Offer]:
    """`early` is what the link opens by which somebody came."""
    return [Offer(places, _refusal(event, places, now, early)) for places in event.places]


def meanwhile_of(offers: Sequence[Offer]) -> Mode | None:
    """How who waits for a place in the room can attend until then."""
    full = any(offer.places.is_full for offer in offers if offer.mode is Mode.IN_PERSON)
    online = any(not offer.places.is_full for offer in offers if offer.mode is Mode.ONLINE)
    return Mode.ONLINE if full and online else None


class TellBy(Struct, frozen=True):
    """Until which day somebody should say what they need, so that it can be there."""

    day: date
    is_over: bool


def tell_by(event: EventFacts, now: datetime) -> TellBy:
    starts = event.span.starts
    day = starts.wall.date() - timedelta(days=event.access_days)
    return TellBy(day, wall_time_at(now, starts.zone).wall.date() > day)


def _refusal(event: EventFacts, places: Places, now: datetime, early: Opening | None) -> DomainError | None:
    closes_at = early.closes_at(places.closes_at, event.starts_at) if early else places.closes_at
    try:
        check_open(event.status, event.ends_at, closes_at, now, opens=None if early else event.opens)
    except RegistrationClosed as closed:
        return closed
    return Full() if places.is_full and not event.waiting_list else None
