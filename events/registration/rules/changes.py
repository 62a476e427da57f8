"""What people know of an event that changes: decided here, pure, for `actions/moving.py`."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import msgspec
from msgspec import Struct

from events.kernel.errors import Conflict, Invalid
from events.kernel.spans import WallTime, WallTimeInGap, WallTimeTwice, wall_time_at
from events.kernel.words import N_, Text
from events.programme.rules import Before, EventFacts, Mode, Status, Venue
from events.registration.rules import Ticket

UNDO_FOR = timedelta(minutes=10)
"""How long mails about a change wait, so that it can be taken back and several changes make one mail."""

AT_ONCE = timedelta(hours=24)
"""So shortly before the event they do not wait."""


class Telling(StrEnum):
    """When people hear of a change, as the API's `notify` has it: after a while, at once, or never."""

    SOON = "true"
    NOW = "now"
    NEVER = "false"


class Announced(Struct, frozen=True, kw_only=True):
    """A state that an event was in, as people know it who registered before `until`, and what puts it back.

    `modes` is as the API has it. `people` are those whom this change took from the room to online: their ids and, where
    they waited, their numbers in line; `in_line` are those who waited for the room online, `for_online` those who had a
    place in it and waited for one online; `last_in_line` is the last number that was given for the room. `guests` are
    those for whom places in the room were kept, and are kept online. Nobody hears of what is `silent`.
    """

    until: datetime
    status: Status
    before: Before
    all_day: bool
    reason: Text
    modes: Mapping[str, Any]
    moved_from: Before | None = None
    people: Mapping[str, int | None] = {}
    in_line: Mapping[str, int | None] = {}
    for_online: Mapping[str, int] = {}
    last_in_line: int = 0
    guests: tuple[int, ...] = ()
    silent: bool = False


class Pending(Struct, frozen=True, kw_only=True):
    """A change that has not left yet."""

    event: int
    leaves_at: datetime
    steps: tuple[Announced, ...]

    @property
    def first(self) -> Announced:
        return self.steps[0]


class News(Struct, frozen=True):
    """One mail: to whom, of which kind, and what it was before."""

    ticket: Ticket
    kind: str
    facts: Mapping[str, Any]


class NothingToUndo(Conflict):
    kind = "nothing-to-undo"

    def __init__(self) -> None:
        super().__init__(N_("There is nothing to take back: the mails about it have left."))


class TooFewPlaces(Conflict):
    kind = "too-few-places"

    def __init__(self, needed: int, limit: int) -> None:
        super().__init__(
            N_("{needed} people would need a place online, and there are {limit}. Offer more, or no limit."),
            needed=needed,
            limit=limit,
        )


def leaves_at(was: EventFacts, event: EventFacts, now: datetime, telling: Telling) -> datetime:
    """When the mails leave: after a while, but at once where somebody may be on the way."""
    if telling is Telling.NOW or min(was.starts_at, event.starts_at) - now <= AT_ONCE:
        return now
    return now + UNDO_FOR


def is_news(was: EventFacts, event: EventFacts, now: datetime) -> bool:
    """Whether somebody may have to be told: something changed that people go by, and it is not over."""
    if not was.is_public or (was.is_over(now) and event.is_over(now)):
        return False
    return (was.status, was.span, was.venue) != (event.status, event.span, event.venue) or (
        Mode.IN_PERSON in was.modes and Mode.IN_PERSON not in event.modes
    )


def news_for(ticket: Ticket, event: EventFacts, known: Mapping[str, Any]) -> News | None:
    """What somebody must be told who knows the event as `known` has it; None when it is the same for them."""
    facts = {"was": msgspec.to_builtins(known["was"]), **{name: known[name] for name in _KNOWN}}
    was_status, now_status = known["was_status"], event.status
    changed = facts["was"] != msgspec.to_builtins(event.span) or known["was_mode"] != ticket.mode
    if ticket.mode is Mode.IN_PERSON:
        changed |= known["was_at"] != (event.venue.one_line if event.venue else "")
    kinds = {Status.CANCELLED: "event_cancelled", Status.POSTPONED: "event_postponed"}
    if now_status != was_status or (changed and now_status is Status.PUBLISHED):
        return News(ticket, f"registration.{kinds.get(now_status, 'event_changed')}", facts)
    return None


_KNOWN = ("was_status", "was_at", "was_mode")


def known_to(ticket: Ticket, steps: Sequence[Announced]) -> dict[str, Any] | None:
    """The event as it was when somebody registered, or before the first of the changes; None after the last."""
    left = [step for step in steps if step.until > ticket.registered_at and not step.silent]
    if not left:
        return None
    was = left[0]
    moved = any(str(ticket.id) in step.people for step in left)
    return {
        "was": was.before.span,
        "was_status": was.status.value,
        "was_at": _at(was.before.venue),
        "was_mode": (Mode.IN_PERSON if moved else ticket.mode).value,
    }


def _at(venue: Venue | None) -> str:
    return venue.one_line if venue else ""


def moved_from(event: EventFacts, after: Before, pending: Pending | None) -> Before | None:
    """What a page says that it was before: of several changes at a time the first, and nothing once it is back."""
    base = pending.first.before if pending else event.whereabouts
    earlier = pending.first.moved_from if pending else event.moved_from
    if same_for_people(after, base):
        return earlier
    return event.moved_from if same_for_people(after, event.whereabouts) else base


def same_for_people(one: Before, other: Before) -> bool:
    """Whether who knows the one may go by the other: time, place, and whether there is a room at all."""
    room = Mode.IN_PERSON
    return (one.span, one.venue, room in one.modes) == (other.span, other.venue, room in other.modes)


def patch_to_new_time(event: EventFacts, starts: WallTime, ends: WallTime | None) -> dict[str, Any]:
    """The merge patch that moves an event; without an end it takes as long, and its closing times go with it."""
    span = event.span
    shift, later = starts.wall - span.starts.wall, starts.instant - event.starts_at
    if ends is None:
        zone = starts.zone if span.starts.zone == span.ends.zone else span.ends.zone
        ends = _shifted(WallTime(span.ends.wall, zone), shift, starts.instant + span.duration)
    closes = {
        places.mode.value: {"closes": posted(_shifted(places.closes, shift, places.closes_at + later))}
        for places in event.places
        if places.closes
    }
    return {"starts": posted(starts), "ends": posted(ends), **({"modes": closes} if closes else {})}


def _shifted(time: WallTime, by: timedelta, instant: datetime) -> WallTime:
    """As much later on the clock; where clocks do not show that once, at the instant that it would be."""
    try:
        return WallTime.of(time.wall + by, time.zone)
    except (WallTimeInGap, WallTimeTwice):
        return wall_time_at(instant, time.zone)
    except (ValueError, OverflowError):
        problem = N_("Write date and time as 2027-02-05T13:15, in a year from 1970 to 2199.")
        raise Invalid.of("starts.wall", problem) from None


def posted(time: WallTime) -> dict[str, Any]:
    """As the API takes it, and takes the place of whatever stood there (RFC 7396)."""
    return {"wall": time.wall.isoformat(timespec="minutes"), "zone": time.zone, "fold": time.fold}


def rooms_left(steps: Sequence[Announced], modes: Sequence[Mode]) -> list[Announced]:
    """Those of the changes that took people online, the last one first, if there was a room before all of them.

    `modes` are those after all of them.
    """
    if Mode.IN_PERSON not in steps[0].before.modes:
        return []
    left = [step for step in steps if step.people or step.in_line or step.guests]
    return left[::-1] or ([steps[0]] if tuple(modes) == (Mode.ONLINE,) else [])


def patch_back(event: EventFacts, was: Announced, *, whole: bool = False) -> dict[str, Any]:
    """The merge patch that puts time, place and ways to attend back; what was written meanwhile stays.

    `whole`: how many fit there too.
    """
    span, venue = was.before.span, was.before.venue
    returning = {mode: facts for mode, facts in was.modes.items() if mode not in event.modes}
    same = ("closes", "capacity", "overbooking") if returning or whole else ("closes",)  # which going online sets
    kept = {mode: {name: was.modes[mode][name] for name in same} for mode in event.modes if mode in was.modes}
    return {
        "starts": posted(span.starts),
        "ends": posted(span.ends),
        "all_day": was.all_day,
        "venue": msgspec.to_builtins(venue) if venue else None,
        "modes": kept | returning,
    }


def counted(news: Iterable[News], language_of: Any) -> dict[tuple[str, str, str], int]:
    """How many mails go to whom: by standing, mode and the language in which they are written."""
    counts: dict[tuple[str, str, str], int] = {}
    for one in news:
        key = (one.ticket.standing.value, one.ticket.mode.value, language_of(one.ticket.language))
        counts[key] = counts.get(key, 0) + 1
    return counts
