"""What this slice says by mail: one layout, and for each kind its words."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime
from email.utils import parseaddr
from functools import partial
from typing import Any

import msgspec

from events.accounts.rules import OrganisationFacts
from events.infra.ics.single import Invitation, Party, single
from events.kernel.clock import utc_now
from events.kernel.spans import TimeSpan
from events.kernel.words import N_, in_language
from events.outbox.rules import Attachment, Mail, Queued
from events.programme.rules import EventFacts, Mode, Status
from events.programme.rules.zones import offset_before
from events.registration import queries
from events.registration.admission.rules import Admission
from events.registration.entries import own_entry
from events.registration.guests.rules import GUEST_KINDS
from events.registration.handing_over.queries import find_offer_of
from events.registration.handing_over.rules import OFFERED_KIND, TAKEN_KIND
from events.registration.invitations import organizer_of
from events.registration.mails.guests import render_invitation
from events.registration.mails.links import render_calendar, render_links
from events.registration.mails.offers import render_offer, render_taken
from events.registration.mails.words import (
    BUTTONS,
    ENDED,
    MAY_GIVE_BACK,
    NO_PASS,
    STANDINGS,
    WAYS_TO_COME,
    Words,
    words_of,
)
from events.registration.queries.held import Held, held_of
from events.registration.rules import (
    ADMISSION_KIND,
    CALENDAR_KIND,
    KINDS,
    LINKS_KIND,
    NEWS,
    NOT_TAKEN_KIND,
    Standing,
    TicketNotFound,
)
from events.registration.rules.changes import News
from events.registration.rules.joining import joining_opens_at
from events.registration.rules.places import line_stops_at
from events.registration.rules.switching import can_hand_over
from events.registration.rules.tokens import token_of
from events.settings import Settings
from events.web import dates
from events.web.locale import gettext, nearest_language
from events.web.templating import mail_text

Renderer = Callable[[Queued], Awaitable[Mail | None]]


class Added(msgspec.Struct, frozen=True):
    """What organisers add to our words, as this person gets it: as text, and in paragraphs of lines of pieces.

    `links` are the names of pieces that are addresses.
    """

    language: str
    plain: str
    paragraphs: Sequence[Sequence[Sequence[Any]]]
    links: Collection[str]


More = Callable[[Held, str, str], Awaitable[Added | None]]


async def nothing_more(_held: Held, _kind: str, _token: str) -> None:
    return None


def renderers(settings: Settings, more: More = nothing_more) -> dict[str, Renderer]:
    """By kind of message, for the outbox. `more` is what organisers add to the words of a kind."""
    return {
        **{kind: partial(render, settings, more) for kind in KINDS},
        CALENDAR_KIND: partial(render_calendar, settings),
        LINKS_KIND: partial(render_links, settings),
        **{kind: partial(render_invitation, settings) for kind in GUEST_KINDS},
        OFFERED_KIND: partial(render_offer, settings),
        TAKEN_KIND: partial(render_taken, settings),
    }


async def render(settings: Settings, more: More, queued: Queued) -> Mail | None:
    """The mail in the language of the registration; None when whose it was is erased, or has handed the place on.

    What a worker holds meanwhile must not take the next person's link to them.
    """
    try:
        ticket = await queries.get_by_id(queued.subject_id)
    except TicketNotFound:
        return None
    if ticket.erased_at or ticket.email != queued.to_address:
        return None
    held = await held_of(ticket)
    if queued.kind == ADMISSION_KIND and not _needs_pass(held):
        return None  # they have applied since, or do not come
    if queued.kind == NOT_TAKEN_KIND and not await _may_offer_again(held):
        return None
    token = token_of(settings.secret_key, ticket.code, ticket.token_counter)
    added = await more(held, queued.kind.partition(".")[2], token)
    return mail_for(settings, queued, held, token, added)


def mail_for(settings: Settings, queued: Queued, held: Held, token: str, added: Added | None = None) -> Mail:
    """The words themselves; a mail that is only shown, as an example, has no private link in it."""
    ticket = held.ticket
    language = nearest_language(ticket.language, settings.env)
    subject, text, html = mail_text(
        language,
        "registration/mail/registration",
        added=added,
        **_context(settings, queued, held, language, token),
    )
    return Mail(
        to_address=queued.to_address,
        to_name=ticket.name,
        subject=subject,
        text=text,
        html=html,
        language=language,
        attachments=_attachments(settings, queued, held, language),
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
    words = words_of(queued, held)
    known = _known(queued, held, language)
    ticket_url = f"{settings.base_url}/t/{token}"
    event_url = f"{settings.base_url}/{language}/events/{held.event.slug}"
    return {
        "subject": gettext(language, words.subject).format_map(known),
        "heading": gettext(language, words.heading),
        "lines": _filled((gettext(language, line) for line in _lines(words, queued, held)), known),
        "button": gettext(language, BUTTONS[words.way]),
        "button_url": event_url if words.way == "event" else ticket_url,
        "ticket_url": ticket_url,
        "give_back_url": f"{ticket_url}/give-back" if queued.kind in MAY_GIVE_BACK else None,
        "join_url": f"{ticket_url}/join" if _is_coming(held) and held.ticket.mode is Mode.ONLINE else None,
        "admission_url": held.event.admission_step.link if _needs_pass(held) and held.event.admission_step else None,
        "rows": _rows(held, language),
        "held": held,
    }


def _is_coming(held: Held) -> bool:
    return held.ticket.standing is Standing.CONFIRMED and held.event.status is Status.PUBLISHED


def _needs_pass(held: Held) -> bool:
    """Whether they are to come and have not applied to the house yet."""
    return _is_coming(held) and held.ticket.admission is Admission.NOT_APPLIED


async def _may_offer_again(held: Held) -> bool:
    return can_hand_over(held.ticket, held.event, utc_now()) and await find_offer_of(held.ticket.id) is None


def _lines(words: Words, queued: Queued, held: Held) -> tuple[str, ...]:
    """Who gets a ticket is told what it does not open."""
    return words.lines if queued.kind == ADMISSION_KIND or not _needs_pass(held) else (*words.lines, NO_PASS)


def _rows(held: Held, language: str) -> list[tuple[str, str]]:
    """When it is elsewhere, and how to get there."""
    event, say = held.event, partial(gettext, language)
    is_dated = event.status is not Status.POSTPONED
    rows = dates.other_clocks(language, event.span, event.also_show) if is_dated else []
    if held.ticket.mode is Mode.ONLINE:
        rows.append((say(N_("Where")), say(N_("Online"))))
    elif event.venue:
        rows.append((say(N_("Where")), event.venue.one_line))
    if _is_coming(held) and held.ticket.mode is Mode.ONLINE:
        opens = dates.instant(language, joining_opens_at(event), event.span.starts.zone)
        rows.append((say(N_("The link opens")), opens))
    elif _is_coming(held):
        rows.append((say(N_("To get in")), in_language(event.admission, language)))
        if _needs_pass(held) and (by := _admission_by(held, language)):
            rows.append((say(N_("Apply by")), by))
        rows.append((say(N_("At the entrance")), say(N_("Show the code that is on the page of your registration."))))
    return [(label, text) for label, text in rows if text]


def _known(queued: Queued, held: Held, language: str) -> dict[str, str]:
    """What the words may speak of; what is not known here is not said."""
    event, ticket, say = held.event, held.ticket, partial(gettext, language)
    zone = event.span.starts.zone
    known = {
        "event": in_language(event.title, language),
        "date": dates.when(language, event.span).dates,
        "name": ticket.name,
        "reason": in_language(event.cancelled_reason, language),
        **{name: str(queued.facts.get(name, "")) for name in ("by", "why", "registered_by", "withdrawn_by", "missing")},
        "mode": say(WAYS_TO_COME[ticket.mode]),
        "from_mode": say(WAYS_TO_COME[Mode(queued.facts["from"])]) if "from" in queued.facts else "",
        "clock": dates.clock(language, event.span.starts.wall),
        "city": dates.city(language, zone),
        "now_offset": dates.offset(event.starts_at, zone),
        "admission_by": _admission_by(held, language),
        "was_offset": _was_offset(queued, held),
        "position": str(held.position or ""),
        "line_until": dates.instant(language, stops, zone) if utc_now() < (stops := line_stops_at(event)) else "",
        "line_position": str(held.position or "") if ticket.keeps_line else "",
        "line_mode": say(WAYS_TO_COME[ticket.keeps_line]) if ticket.keeps_line else "",
        "held_until": dates.instant(language, ticket.held_until, zone) if ticket.held_until else "",
        "was": _was(queued, held, language) if "was_at" in queued.facts else "",
        "standing": gettext(language, STANDINGS.get(ticket.standing, "")) if ticket.standing in STANDINGS else "",
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


def _admission_by(held: Held, language: str) -> str:
    step = held.event.admission_step
    return dates.moment(language, step.deadline) if step and step.deadline else ""


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


def _attachments(settings: Settings, queued: Queued, held: Held, language: str) -> tuple[Attachment, ...]:
    """The event for their calendar where they have a place, and its end where they had one (calendar.md 0.7)."""
    kind = queued.kind.partition(".")[2]
    confirmed = held.ticket.standing is Standing.CONFIRMED
    comes = {"confirmed", "promoted", "switched", "handed_over", "event_reckoned"}
    has_place = (kind in comes or queued.kind in NEWS) and confirmed
    gave_back = kind == "cancelled" and queued.facts.get("was") == Standing.CONFIRMED
    if not (has_place or gave_back):
        return ()
    invitation = _invitation(settings, held)
    data = single(own_entry(held, language, settings.base_url, settings.secret_key), invitation=invitation)
    return (Attachment("event.ics", "text/calendar", data, {"method": invitation.method}),)


def _invitation(settings: Settings, held: Held) -> Invitation:
    """One that asks for an answer only where answers are read (calendar.md 3.2)."""
    if settings.inbox is None:
        publisher = Party(held.organisation.name, held.organisation.contact_email or parseaddr(settings.mail_from)[1])
        return Invitation("PUBLISH", publisher, utc_now())
    organizer = organizer_of(held, settings.inbox, settings.secret_key)
    ends = held.ticket.is_over or held.event.status in ENDED
    return Invitation("CANCEL" if ends else "REQUEST", organizer, utc_now(), Party(held.ticket.name, held.ticket.email))
