"""Who gets a place, who waits, who is refused: decided under the lock that `steps` of the programme takes."""

from datetime import datetime, timedelta

from msgspec import Struct

from events.programme.rules import EventFacts, Status
from events.programme.rules.places import LockedPlaces
from events.registration.rules import Full, Standing


class Decision(Struct, frozen=True):
    """`queue_number` None unless waiting."""

    standing: Standing
    holds_place: bool
    queue_number: int | None
    held_until: datetime | None


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


def may_promote(places: LockedPlaces, now: datetime) -> bool:
    """Whether who waits may still be given a place that is free."""
    takes_place = places.status in {Status.DRAFT, Status.PUBLISHED}
    return not places.is_full and takes_place and now < line_stops_at(places)


def line_stops_at(of: LockedPlaces | EventFacts) -> datetime:
    """When nobody moves up any more by themselves; a place that frees then is for whoever asks first."""
    return of.starts_at - timedelta(minutes=of.promotion_stops_minutes)
