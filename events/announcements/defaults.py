"""What most organisers want to say, to begin with."""

from datetime import datetime

from msgspec import Struct

from events.announcements.rules import Anchor, Audience, Draft, Timing, Unit, due_at
from events.kernel.words import N_
from events.programme.rules import EventFacts, Mode
from events.web.locale import LANGUAGES, gettext


class Suggestion(Struct, frozen=True, kw_only=True):
    """`title` is what it is offered as; subject and body are in English and translated where they are offered."""

    title: str
    subject: str
    body: str
    timing: Timing
    audience: Audience
    calendar: bool = False


SUGGESTIONS = {
    "day-before": Suggestion(
        title=N_("A reminder the day before at 09:00"),
        subject=N_("Reminder: {event}, {date}"),
        body=N_(
            "Dear {name},\n\nyou are registered for “{event}”: {date}, {time}.\n\nWhere: {where}\n{admission}\n"
            "Join online: {join}\n\nYour registration and your ticket: {link}\n"
            "If you cannot come, please give your place back there: somebody else is glad of it.\n\n{organisation}"
        ),
        timing=Timing(anchor=Anchor.START, amount=1, unit=Unit.DAYS, clock="09:00"),
        audience=Audience(),
    ),
    "hour-before": Suggestion(
        title=N_("The way in, one hour before, for who is online"),
        subject=N_("It starts in an hour: {event}"),
        body=N_(
            "Dear {name},\n\n“{event}” starts in an hour: {date}, {time}.\n\nJoin online: {join}\n\n"
            "The link is your own. Please do not pass it on.\n\n{organisation}"
        ),
        timing=Timing(anchor=Anchor.START, amount=1, unit=Unit.HOURS),
        audience=Audience(mode=Mode.ONLINE),
    ),
    "thanks": Suggestion(
        title=N_("A thank-you the day after, for who came"),
        subject=N_("Thank you for coming: {event}"),
        body=N_(
            "Dear {name},\n\nthank you for being with us at “{event}”.\n\nThe recording: {recording}\n\n{organisation}"
        ),
        timing=Timing(anchor=Anchor.END, amount=1, unit=Unit.DAYS, clock="10:00"),
        audience=Audience(came=True),
    ),
    "missed": Suggestion(
        title=N_("A word the day after, for who did not come"),
        subject=N_("We missed you: {event}"),
        body=N_(
            "Dear {name},\n\nyou had a place at “{event}”, and we missed you.\n\nThe recording: {recording}\n\n"
            "We hope to see you another time.\n\n{organisation}"
        ),
        timing=Timing(anchor=Anchor.END, amount=1, unit=Unit.DAYS, clock="10:00"),
        audience=Audience(mode=Mode.IN_PERSON, came=False),
    ),
}


def suggestions_for(event: EventFacts, now: datetime) -> dict[str, Suggestion]:
    """Those whose time is still to come and that fit how people attend."""
    return {
        key: one
        for key, one in SUGGESTIONS.items()
        if (due := due_at(one.timing, event.span)) and due > now and one.audience.mode in {None, *event.modes}
    }


def draft_of(suggestion: Suggestion) -> Draft:
    """In every language that we write."""
    return Draft(
        subject={tag: gettext(tag, suggestion.subject) for tag in LANGUAGES},
        body={tag: gettext(tag, suggestion.body) for tag in LANGUAGES},
        timing=suggestion.timing,
        audience=suggestion.audience,
        calendar=suggestion.calendar,
    )
