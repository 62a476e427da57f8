"""What is said, for each kind of message; which words fit is decided when it leaves."""

from typing import Literal

from msgspec import Struct

from events.kernel.words import N_
from events.outbox.rules import Queued
from events.programme.rules import Mode, Status
from events.registration.queries.held import Held
from events.registration.rules import NEWS, Standing

Way = Literal["verify", "ticket", "event"]


class Words(Struct, frozen=True):
    """`lines` with `{…}` that is not known at delivery any more are left out; `way` is where the button leads."""

    subject: str
    heading: str
    lines: tuple[str, ...]
    way: Way = "ticket"


_GIVE_BACK = N_("If you cannot come, please give your place back on its page: somebody else is glad of it.")
_REASON = N_("The organisers say: {reason}")
_IN_LINE = N_(
    "You are number {line_position} in line for coming {line_mode}. When it is your turn we move you over and write."
)
_MOVES_UP = N_(
    "As soon as a place becomes free it goes to the first in line, and we write to you. The line moves until"
    " {line_until}."
)
_SWITCH_BACK = N_(
    "You came {from_mode} until now; that place is given back. To have it again, switch while there are any."
)
NO_PASS = N_("Registering here does not let you into the building: the host asks for a pass of its own.")
_WHY = N_("The organisers write: {why}")
_REGISTERED_BY = N_(
    "{registered_by} has registered you. On the page of your registration you see what is held about you, correct it,"
    " cancel or erase it."
)
_MISSING = N_("Questions of the organisers that you have yet to answer, on that page: {missing}.")
WAYS_TO_COME = {Mode.IN_PERSON: N_("in person"), Mode.ONLINE: N_("online")}
_WORDS = {
    "confirmed": Words(
        N_("Confirmed: {event}, {date}"),
        N_("You have a place"),
        (
            N_("Dear {name}, you are registered for “{event}”."),
            _REGISTERED_BY,
            _MISSING,
            _WHY,
            _IN_LINE,
            _GIVE_BACK,
        ),
    ),
    "waiting": Words(
        N_("Waiting list: {event}, {date}"),
        N_("You are on the waiting list"),
        (
            N_("Dear {name}, all places at “{event}” are taken."),
            _REGISTERED_BY,
            _MISSING,
            N_("You are number {position} in line."),
            _MOVES_UP,
        ),
    ),
    "accepted_waiting": Words(
        N_("Accepted, on the waiting list: {event}, {date}"),
        N_("Accepted, and on the waiting list"),
        (
            N_("Dear {name}, the organisers have accepted your request, but all places at “{event}” are taken."),
            _WHY,
            N_("You are number {position} in line."),
            _MOVES_UP,
        ),
    ),
    "pending": Words(
        N_("Request received: {event}, {date}"),
        N_("Your request has come in"),
        (
            N_("Dear {name}, you have asked for a place at “{event}”."),
            _REGISTERED_BY,
            _MISSING,
            N_("The organisers look at each request. We write to you as soon as they have answered."),
            _IN_LINE,
        ),
    ),
    "unverified": Words(
        N_("Confirm your address: {event}, {date}"),
        N_("Is this your address?"),
        (
            N_("Dear {name}, somebody, probably you, has registered this address for “{event}”."),
            _REGISTERED_BY,
            N_("Confirm it until {held_until}; otherwise the registration ends by itself."),
            N_("If it was not you, there is nothing to do."),
        ),
        "verify",
    ),
    "promoted": Words(
        N_("A place became free: {event}, {date}"),
        N_("A place became free for you"),
        (N_("Dear {name}, you were first in line for “{event}”."), _SWITCH_BACK, _GIVE_BACK),
    ),
    "promoted_pending": Words(
        N_("A place became free: {event}, {date}"),
        N_("A place became free for you"),
        (
            N_("Dear {name}, you were first in line for “{event}”."),
            N_("The organisers still have to approve your request. We write to you as soon as they have answered."),
        ),
    ),
    "handed_over": Words(
        N_("A place for you: {event}, {date}"),
        N_("You have been given a place"),
        (
            N_("Dear {name}, {by} has given you the place at “{event}”."),
            N_("The page of the registration shows what is held about you; complete it if something is asked."),
            _GIVE_BACK,
        ),
    ),
    "offer_not_taken": Words(
        N_("Still your place: {event}, {date}"),
        N_("Your place is still yours"),
        (
            N_("Dear {name}, you have offered your place at “{event}” to somebody, but they did not take it."),
            N_("So you still have it, and your ticket stays valid. You can offer it to somebody else on its page."),
            _GIVE_BACK,
        ),
    ),
    "switched": Words(
        N_("Now {mode}: {event}, {date}"),
        N_("You attend another way now"),
        (N_("Dear {name}, you attend “{event}” {mode}."), _IN_LINE, N_("If it was not you, reply to this mail.")),
    ),
    "in_line": Words(
        N_("In line: {event}, {date}"),
        N_("You are in line"),
        (N_("Dear {name}, for now you attend “{event}” {mode}."), _IN_LINE),
    ),
    "out_of_line": Words(
        N_("Out of the line: {event}, {date}"),
        N_("You are not in line any more"),
        (N_("Dear {name}, you attend “{event}” {mode}, and stay out of the line."),),
    ),
    "admission_due": Words(
        N_("You also need a pass: {event}, {date}"),
        N_("You also need a pass to get in"),
        (
            N_("Dear {name}, you have a place at “{event}”."),
            NO_PASS,
            N_("Apply by {admission_by}."),
            N_("Then say so on the page of your registration, and we stop reminding you."),
        ),
    ),
    "cancelled": Words(
        N_("Registration cancelled: {event}, {date}"),
        N_("Your registration is cancelled"),
        (
            N_("Dear {name}, your registration for “{event}” is cancelled."),
            N_("{withdrawn_by}, who had registered you, has taken it back."),
            N_("If you want to come after all, register again while there are places."),
        ),
        "event",
    ),
    "declined_by_calendar": Words(
        N_("Registration cancelled: {event}, {date}"),
        N_("Your registration is cancelled"),
        (
            N_("Dear {name}, your calendar has told us that you do not come to “{event}”."),
            N_("So your registration is cancelled, and your place goes to others."),
            N_("If you want to come after all, register again while there are places."),
        ),
        "event",
    ),
    "declined": Words(
        N_("Declined: {event}, {date}"),
        N_("The organisers cannot give you a place"),
        (
            N_("Dear {name}, the organisers have declined your request for a place at “{event}”."),
            _WHY,
            N_("If you have a question, reply to this mail."),
        ),
        "event",
    ),
    "already": Words(
        N_("Your registration: {event}, {date}"),
        N_("You are registered already"),
        (
            N_("Dear {name}, somebody, probably you, has just registered this address for “{event}” once more."),
            N_("Nothing was doubled. This is the link to the registration that you have."),
        ),
    ),
    "event_changed": Words(
        N_("Changed: {event}, {date}"),
        N_("The event has changed"),
        (
            N_("Dear {name}, “{event}” does not take place as it was announced."),
            N_("It was: {was}"),
            _REASON,
            N_("What holds now stands below. Your registration stays as it is."),
        ),
    ),
    "event_dated": Words(
        N_("New date: {event}, {date}"),
        N_("The event has a new date"),
        (
            N_("Dear {name}, “{event}” was postponed. Now it has a date, which stands below."),
            N_("It was: {was}"),
            _REASON,
            N_("Your registration stays as it is."),
            _GIVE_BACK,
        ),
    ),
    "event_online": Words(
        N_("Online now: {event}, {date}"),
        N_("The event takes place online"),
        (
            N_("Dear {name}, “{event}” takes place online. Nobody is expected on the spot."),
            N_("It was: {was}"),
            _REASON,
            N_("Your registration goes on online, and this is how it stands: {standing}."),
        ),
    ),
    "event_reckoned": Words(
        N_("Other clocks: {event}, {date}"),
        N_("The rules of the time zone have changed"),
        (
            N_("Dear {name}, “{event}” begins at the time that was announced, {clock} in {city}."),
            N_("But the clocks there will be at {now_offset}, not at {was_offset}: elsewhere that is another time."),
            N_("Your registration stays as it is."),
        ),
    ),
    "event_postponed": Words(
        N_("Postponed: {event}, {date}"),
        N_("The event is postponed"),
        (
            N_("Dear {name}, “{event}” does not take place on {date}."),
            _REASON,
            N_("Your registration stays. As soon as there is a new date, we write to you."),
        ),
    ),
    "event_cancelled": Words(
        N_("Event cancelled: {event}, {date}"),
        N_("The event is cancelled"),
        (
            N_("Dear {name}, “{event}” does not take place."),
            _REASON,
            N_("You need not do anything."),
        ),
        "event",
    ),
}
STANDINGS = {
    Standing.PENDING: N_("the organisers have yet to answer"),
    Standing.CONFIRMED: N_("you have a place"),
    Standing.WAITING: N_("you are on the waiting list"),
}
MAY_GIVE_BACK = {
    f"registration.{kind}" for kind in ("confirmed", "promoted", "switched", "handed_over", "offer_not_taken")
}
BUTTONS: dict[Way, str] = {
    "verify": N_("Confirm my address"),
    "ticket": N_("Open my registration"),
    "event": N_("See the event"),
}
ENDED = {Status.CANCELLED: "event_cancelled", Status.POSTPONED: "event_postponed"}

_BY_FACT = {"waiting": ("answered", "accepted_waiting"), "cancelled": ("by_calendar", "declined_by_calendar")}


def words_of(queued: Queued, held: Held) -> Words:
    return _WORDS[_variant(queued, held)]


def _variant(queued: Queued, held: Held) -> str:
    """Which words: of news about the event, those that fit what became of it since they were queued."""
    kind = queued.kind.partition(".")[2]
    if kind == "promoted" and held.ticket.standing is Standing.PENDING:
        return "promoted_pending"
    fact, variant = _BY_FACT.get(kind, ("", kind))
    if queued.facts.get(fact):
        return variant
    if kind.startswith("event_") and held.event.status in ENDED:
        return ENDED[held.event.status]
    if kind == "event_changed" and queued.facts.get("was_status") == Status.POSTPONED:
        return "event_dated"
    if kind == "event_changed" and queued.facts.get("was_mode", held.ticket.mode) != held.ticket.mode:
        return "event_online"
    return "event_changed" if queued.kind in NEWS else kind
