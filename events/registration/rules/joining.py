"""Who may follow the link to join online, and when."""

from datetime import datetime, timedelta

from events.kernel.errors import Conflict
from events.kernel.spans import wall_time_at
from events.kernel.words import N_
from events.programme.rules import EventFacts, Mode, Status
from events.registration.rules import Standing, Ticket


class CannotJoin(Conflict):
    """There is nothing to join online, not now or not for this registration."""

    kind = "cannot-join"


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
