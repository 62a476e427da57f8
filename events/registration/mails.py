"""What this slice says by mail: one layout, and for each kind its words."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from email.utils import parseaddr
from functools import partial
from typing import Any, Literal

import msgspec
from msgspec import Struct

from events.accounts.rules import OrganisationFacts
from events.infra.ics.single import Invitation, Party, single
from events.kernel.clock import utc_now
from events.kernel.ids import folded_email
from events.kernel.spans import TimeSpan
from events.kernel.words import N_, Text, in_language
from events.outbox.rules import Attachment, Mail, Queued
from events.programme.queries import list_facts_of
from events.programme.rules import EventFacts, Mode, Status
from events.programme.rules.zones import offset_before
from events.registration import queries
from events.registration.changes import News
from events.registration.entries import own_entry
from events.registration.invitations import organizer_of
from events.registration.queries import Held
from events.registration.rules import (
    CALENDAR_KIND,
    KINDS,
    LINKS_KIND,
    NEWS,
    FeedGone,
    FeedNotFound,
    Standing,
    TicketNotFound,
    feed_token,
    joining_opens_at,
    token_of,
)
from events.settings import Settings
from events.web import dates
from events.web.locale import gettext, nearest_language
from events.web.templating import mail_text

Renderer = Callable[[Queued], Awaitable[Mail | None]]
More = Callable[[int, str], Awaitable[Text]]
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
_SWITCH_BACK = N_(
    "You came {from_mode} until now; that place is given back. To have it again, switch while there are any."
)
_WAYS_TO_COME = {Mode.IN_PERSON: N_("in person"), Mode.ONLINE: N_("online")}
_WORDS = {
    "confirmed": Words(
        N_("Confirmed: {event}, {date}"),
        N_("You have a place"),
        (N_("Dear {name}, you are registered for “{event}”."), _IN_LINE, _GIVE_BACK),
    ),
    "waiting": Words(
        N_("Waiting list: {event}, {date}"),
        N_("You are on the waiting list"),
        (
            N_("Dear {name}, all places at “{event}” are taken."),
            N_("You are number {position} in line."),
            N_("As soon as a place becomes free it goes to the first in line, and we write to you."),
        ),
    ),
    "pending": Words(
        N_("Request received: {event}, {date}"),
        N_("Your request has come in"),
        (
            N_("Dear {name}, you have asked for a place at “{event}”."),
            N_("The organisers look at each request. We write to you as soon as they have answered."),
            _IN_LINE,
        ),
    ),
    "unverified": Words(
        N_("Confirm your address: {event}, {date}"),
        N_("Is this your address?"),
        (
            N_("Dear {name}, somebody, probably you, has registered this address for “{event}”."),
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
    "cancelled": Words(
        N_("Registration cancelled: {event}, {date}"),
        N_("Your registration is cancelled"),
        (
            N_("Dear {name}, your registration for “{event}” is cancelled."),
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
_STANDINGS = {
    Standing.PENDING: N_("the organisers have yet to answer"),
    Standing.CONFIRMED: N_("you have a place"),
    Standing.WAITING: N_("you are on the waiting list"),
}
_MAY_GIVE_BACK = {f"registration.{kind}" for kind in ("confirmed", "promoted", "switched", "handed_over")}
_BUTTONS: dict[Way, str] = {
    "verify": N_("Confirm my address"),
    "ticket": N_("Open my registration"),
    "event": N_("See the event"),
}


async def nothing_more(_event: int, _kind: str) -> Text:
    return {}


def renderers(settings: Settings, more: More = nothing_more) -> dict[str, Renderer]:
    """By kind of message, for the outbox. `more` is what organisers add to a kind's words at an event of theirs."""
    return {
        **{kind: partial(render, settings, more) for kind in KINDS},
        CALENDAR_KIND: partial(_render_calendar, settings),
        LINKS_KIND: partial(_render_links, settings),
    }


async def render(settings: Settings, more: More, queued: Queued) -> Mail | None:
    """The mail in the language of the registration; None when whose it was is erased."""
    try:
        ticket = await queries.get_by_id(queued.subject_id)
    except TicketNotFound:
        return None
    if ticket.erased_at:
        return None
    token = token_of(settings.secret_key, ticket.code, ticket.token_counter)
    added = await more(ticket.event, queued.kind.partition(".")[2])
    return mail_for(settings, queued, await queries.held_of(ticket), token, added)


def mail_for(settings: Settings, queued: Queued, held: Held, token: str, added: Text | None = None) -> Mail:
    """The words themselves; a mail that is only shown, as an example, has no private link in it."""
    ticket = held.ticket
    language = nearest_language(ticket.language, settings.env)
    subject, text, html = mail_text(
        language,
        "registration/mail/registration",
        added=added or {},
        **_context(settings, queued, held, language, token),
    )
    return Mail(
        to_address=queued.to_address,
        to_name=ticket.name,
        subject=subject,
        text=text,
        html=html,
        language=language,
        attachments=_attachments(settings, queued, held, language, token),
        reply_to=held.organisation.contact_email,
    )


def examples(
    settings: Settings, event: EventFacts, organisation: OrganisationFacts, news: Sequence[News]
) -> dict[str, Mail]:
    """One of these mails in each language, whole but for its private link, which is for its reader alone."""
    found: dict[str, Mail] = {}
    for one in news:
        language = nearest_language(one.ticket.language, settings.env)
        if language not in found:
            held = Held(ticket=one.ticket, event=event, organisation=organisation, position=None, messages=())
            facts = msgspec.to_builtins(one.facts)
            queued = Queued(0, one.kind, one.ticket.id, one.ticket.email, facts, 1, utc_now())
            found[language] = mail_for(settings, queued, held, "…")
    return found


def _context(settings: Settings, queued: Queued, held: Held, language: str, token: str) -> dict[str, Any]:
    words = _words(queued, held)
    known = _known(queued, held, language)
    ticket_url = f"{settings.base_url}/t/{token}"
    event_url = f"{settings.base_url}/{language}/events/{held.event.slug}"
    return {
        "subject": gettext(language, words.subject).format_map(known),
        "heading": gettext(language, words.heading),
        "lines": _filled((gettext(language, line) for line in words.lines), known),
        "button": gettext(language, _BUTTONS[words.way]),
        "button_url": event_url if words.way == "event" else ticket_url,
        "ticket_url": ticket_url,
        "give_back_url": f"{ticket_url}/give-back" if queued.kind in _MAY_GIVE_BACK else None,
        "join_url": f"{ticket_url}/join" if _is_coming(held) and held.ticket.mode is Mode.ONLINE else None,
        "rows": _rows(held, language),
        "held": held,
    }


def _is_coming(held: Held) -> bool:
    return held.ticket.standing is Standing.CONFIRMED and held.event.status is Status.PUBLISHED


def _rows(held: Held, language: str) -> list[tuple[str, str]]:
    """When it is elsewhere, and how to get there."""
    event, rows = held.event, []
    say = partial(gettext, language)
    for zone in () if event.all_day or event.status is Status.POSTPONED else event.also_show:
        there = dates.elsewhere(language, event.span, zone)
        shift = f" ({dates.shift_text(language, there.shift)})" if there.shift else ""
        rows.append((f"{there.city} ({there.offset})", f"{there.times}{shift}"))
    if held.ticket.mode is Mode.ONLINE:
        rows.append((say(N_("Where")), say(N_("Online"))))
    elif event.venue:
        rows.append((say(N_("Where")), event.venue.one_line))
    if _is_coming(held) and held.ticket.mode is Mode.ONLINE:
        opens = dates.instant(language, joining_opens_at(event), event.span.starts.zone)
        rows.append((say(N_("The link opens")), opens))
    elif _is_coming(held):
        rows.append((say(N_("To get in")), in_language(event.admission, language)))
        rows.append((say(N_("At the entrance")), say(N_("Show the code that is on the page of your registration."))))
    return [(label, text) for label, text in rows if text]


def _words(queued: Queued, held: Held) -> Words:
    return _WORDS[_variant(queued, held)]


def _variant(queued: Queued, held: Held) -> str:
    """Which words: of news about the event, those that fit what became of it since they were queued."""
    kind = queued.kind.partition(".")[2]
    if kind == "promoted" and held.ticket.standing is Standing.PENDING:
        return "promoted_pending"
    if kind == "cancelled" and queued.facts.get("by_calendar"):
        return "declined_by_calendar"
    if kind.startswith("event_") and held.event.status in _ENDED:
        return _ENDED[held.event.status]
    if kind == "event_changed" and queued.facts.get("was_status") == Status.POSTPONED:
        return "event_dated"
    if kind == "event_changed" and queued.facts.get("was_mode", held.ticket.mode) != held.ticket.mode:
        return "event_online"
    return "event_changed" if queued.kind in NEWS else kind


_ENDED = {Status.CANCELLED: "event_cancelled", Status.POSTPONED: "event_postponed"}


def _known(queued: Queued, held: Held, language: str) -> dict[str, str]:
    """What the words may speak of; what is not known here is not said."""
    event, ticket, say = held.event, held.ticket, partial(gettext, language)
    zone = event.span.starts.zone
    known = {
        "event": in_language(event.title, language),
        "date": dates.when(language, event.span).dates,
        "name": ticket.name,
        "reason": in_language(event.cancelled_reason, language),
        "by": str(queued.facts.get("by", "")),
        "mode": say(_WAYS_TO_COME[ticket.mode]),
        "from_mode": say(_WAYS_TO_COME[Mode(queued.facts["from"])]) if "from" in queued.facts else "",
        "clock": dates.clock(language, event.span.starts.wall),
        "city": dates.city(language, zone),
        "now_offset": dates.offset(event.starts_at, zone),
        "was_offset": _was_offset(queued, held),
        "position": str(held.position or ""),
        "line_position": str(held.position or "") if ticket.keeps_line else "",
        "line_mode": say(_WAYS_TO_COME[ticket.keeps_line]) if ticket.keeps_line else "",
        "held_until": dates.instant(language, ticket.held_until, zone) if ticket.held_until else "",
        "was": _was(queued, held, language) if "was_at" in queued.facts else "",
        "standing": gettext(language, _STANDINGS.get(ticket.standing, "")) if ticket.standing in _STANDINGS else "",
    }
    return {name: text for name, text in known.items() if text}


def _filled(lines: Any, known: dict[str, str]) -> list[str]:
    said = []
    for line in lines:
        try:
            said.append(line.format_map(known))
        except KeyError:
            continue
    return said


def _was_offset(queued: Queued, held: Held) -> str:
    """What the clocks at the event were thought to be at."""
    was = queued.facts.get("was_instant")
    return offset_before(held.event, datetime.fromisoformat(was)) if was else ""


def _was(queued: Queued, held: Held, language: str) -> str:
    """The time and the place that the event was moved from, whichever of them changed."""
    span, at = msgspec.convert(queued.facts["was"], TimeSpan), queued.facts["was_at"]
    parts = []
    if span != held.event.span:
        before = dates.when(language, span)
        parts.append(", ".join(part for part in (before.dates, before.times, before.zone) if part))
    if at and at != (held.event.venue.one_line if held.event.venue else ""):
        parts.append(at)
    return "; ".join(parts)


def _attachments(settings: Settings, queued: Queued, held: Held, language: str, token: str) -> tuple[Attachment, ...]:
    """The event for their calendar where they have a place, and its end where they had one (calendar.md 0.7)."""
    kind = queued.kind.partition(".")[2]
    confirmed = held.ticket.standing is Standing.CONFIRMED
    comes = {"confirmed", "promoted", "switched", "handed_over", "event_reckoned"}
    has_place = (kind in comes or queued.kind in NEWS) and confirmed
    gave_back = kind == "cancelled" and queued.facts.get("was") == Standing.CONFIRMED
    if not (has_place or gave_back):
        return ()
    invitation = _invitation(settings, held)
    data = single(own_entry(held, language, settings.base_url, token), invitation=invitation)
    return (Attachment("event.ics", "text/calendar", data, {"method": invitation.method}),)


def _invitation(settings: Settings, held: Held) -> Invitation:
    """One that asks for an answer only where answers are read (calendar.md 3.2)."""
    if settings.inbox is None:
        publisher = Party(held.organisation.name, held.organisation.contact_email or parseaddr(settings.mail_from)[1])
        return Invitation("PUBLISH", publisher, utc_now())
    organizer = organizer_of(held, settings.inbox, settings.secret_key)
    ends = held.ticket.is_over or held.event.status in _ENDED
    return Invitation("CANCEL" if ends else "REQUEST", organizer, utc_now(), Party(held.ticket.name, held.ticket.email))


async def _render_links(settings: Settings, queued: Queued) -> Mail | None:
    """Every registration of an address that counts, with its link; None when there is none any more."""
    tickets = [ticket for ticket in await queries.list_of_person(folded_email(queued.to_address)) if not ticket.is_over]
    if not tickets:
        return None
    language = nearest_language(str(queued.facts.get("language", tickets[-1].language)), settings.env)
    events = {event.id: event for event in await list_facts_of([ticket.event for ticket in tickets])}
    links = [
        (
            events[ticket.event],
            f"{settings.base_url}/t/{token_of(settings.secret_key, ticket.code, ticket.token_counter)}",
        )
        for ticket in tickets
    ]
    links.sort(key=lambda link: (link[0].ends_at < utc_now(), link[0].starts_at))
    subject, text, html = mail_text(
        language, "registration/mail/links", person=tickets[-1].name, links=links, base_url=settings.base_url
    )
    return Mail(
        to_address=queued.to_address,
        to_name=tickets[-1].name,
        subject=subject,
        text=text,
        html=html,
        language=language,
    )


async def _render_calendar(settings: Settings, queued: Queued) -> Mail | None:
    """The address of somebody's own calendar, made anew; None when it has ended meanwhile."""
    token = feed_token(settings.secret_key, queued.facts["nonce"])
    try:
        await queries.get_private_feed(token)
    except (FeedNotFound, FeedGone):
        return None
    ticket = await queries.get_by_id(queued.subject_id)
    language = nearest_language(ticket.language, settings.env)
    page_url = f"{settings.base_url}/calendars/{token}"
    subject, text, html = mail_text(
        language,
        "registration/mail/calendar",
        person=ticket.name,
        place=settings.domain,
        page_url=page_url,
        feed_url=f"{page_url}.ics",
        base_url=settings.base_url,
    )
    return Mail(
        to_address=queued.to_address, to_name=ticket.name, subject=subject, text=text, html=html, language=language
    )
