"""Another way to attend, or another person in one’s place."""

from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from events.kernel.errors import DomainError
from events.kernel.words import N_
from events.programme.rules import EventFacts, Mode, Places, Status
from events.programme.rules.places import LockedPlaces
from events.registration.rules import Full, RegistrationClosed, RegistrationOver, Standing, Ticket
from events.registration.rules.opening import check_open

FOLLOWS = N_("Who assists somebody goes with that person: change it on their page.")

NOT_CERTAIN = N_("Only a confirmed place can be handed over.")


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
    TAKE = "take"
    """A place here that is free beside the line, which moves no more."""


class Way(Struct, frozen=True):
    """A way to attend, what comes of asking for it, and `until` when that can be done, if it ends."""

    mode: Mode
    switch: Switch
    until: datetime | None = None


def switch_to(ticket: Ticket, target: Places | LockedPlaces, *, waiting_list: bool) -> Switch:
    """What comes of it when they ask for this mode now; raises Full, RegistrationOver."""
    if ticket.standing not in {Standing.CONFIRMED, Standing.PENDING, Standing.WAITING}:
        raise RegistrationOver(N_("This registration does not count, so it cannot be switched."))
    if ticket.assists:
        raise RegistrationOver(FOLLOWS)
    if ticket.checked_in_at:
        raise RegistrationOver(N_("You have come in already, so this cannot be switched."))
    if ticket.mode == target.mode:
        if ticket.standing is Standing.WAITING and not target.is_full:
            return Switch.TAKE
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
        raise RegistrationOver(NOT_CERTAIN)
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


def ways_of(ticket: Ticket, event: EventFacts, now: datetime) -> list[Way]:
    """Those whose time is up are among them while the event is on, so that they can be told."""
    found = []
    on = event.status == Status.PUBLISHED and now < event.ends_at
    for places in event.places:
        try:
            switch = switch_to(ticket, places, waiting_list=event.waiting_list)
        except DomainError:
            continue
        if switch is Switch.LEAVE:
            found.append(Way(places.mode, switch))
        elif on:
            stops = event.starts_at - timedelta(minutes=event.switch_stops_minutes)
            found.append(Way(places.mode, switch, min(places.closes_at, stops)))
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
