"""What an announcement says to one person."""

import re
import secrets
from collections.abc import Mapping, Sequence
from html import escape

from msgspec import Struct, field

from events.accounts.queries import get_organisation_by_id
from events.accounts.rules import OrganisationFacts
from events.announcements import queries
from events.announcements.rules import AnnouncementFacts, language_for
from events.announcements.texts import LINKS, filled, filled_line, plain
from events.infra.ics.single import single
from events.kernel.clock import utc_now
from events.kernel.words import N_, Text, in_language
from events.outbox.rules import Attachment, Mail
from events.programme.queries import get_event_by_id
from events.programme.rules import EventFacts, Mode
from events.registration.entries import own_entry
from events.registration.queries import get_by_id
from events.registration.queries.held import Held
from events.registration.rules import Standing, Ticket, TicketNotFound
from events.registration.rules.people import NOT_SAID
from events.registration.rules.tokens import opt_out_token, token_of
from events.settings import Settings
from events.web import dates
from events.web.locale import gettext, nearest_language
from events.web.templating import mail_text

SOMEBODY = "preview"
"""What stands for the token of a private page where nobody's may be shown."""


_NAME, _TOKEN, _OPT_OUT = (secrets.token_hex(8) for _ in range(3))
"""Marks in words that are made for many: there stands what is somebody's own. Nobody can know and type them."""
_MARKS = re.compile(f"({_NAME}|{_TOKEN}|{_OPT_OUT})")


class Words(Struct, frozen=True):
    """A mail in pieces; each second piece is a mark."""

    subject: Sequence[str]
    text: Sequence[str]
    html: Sequence[str]


class Frame(Struct, frozen=True):
    """What the mails of one announcement have in common. `words` keeps what was made, by the kind of its readers."""

    announcement: AnnouncementFacts
    event: EventFacts
    organisation: OrganisationFacts
    words: dict[tuple[str, Mode, bool], Words] = field(default_factory=dict)


async def get_frame(announcement: int) -> Frame:
    found = await queries.find(announcement)
    if found is None:
        raise LookupError(f"announcement {announcement} is gone")
    event = await get_event_by_id(found.event)
    return Frame(found, event, await get_organisation_by_id(event.organisation))


async def find_ticket(frame: Frame, registration: int | None, language: str) -> Ticket:
    """The person to show it for, if they are at this event; else somebody who is made up."""
    if registration is not None:
        try:
            ticket = await get_by_id(registration)
        except TicketNotFound:
            ticket = None
        if ticket and ticket.event == frame.event.id and not ticket.erased_at:
            return ticket
    now = utc_now()
    audience = frame.announcement.audience
    return Ticket(
        id=0,
        event=frame.event.id,
        mode=audience.mode or next(iter(frame.event.modes), Mode.IN_PERSON),
        standing=next(iter(audience.standings), Standing.CONFIRMED),
        holds_place=True,
        waits_for=None,
        queue_number=None,
        name=gettext(language, N_("Ana Reyes")),
        email="",
        language=language,
        answers={},
        affiliation=NOT_SAID,
        assists=None,
        assists_as=None,
        code="",
        token_counter=0,
        registered_at=now,
        changed_at=now,
        held_until=None,
        checked_in_at=None,
        erased_at=None,
    )


def mail(settings: Settings, frame: Frame, ticket: Ticket, *, to: str, ended: int = 0, test: bool = False) -> Mail:
    """As `ticket` gets it; a `test` opens nothing of theirs and goes to somebody else. `ended` as in Held."""
    language = nearest_language(ticket.language, settings.env)
    token = SOMEBODY if test else token_of(settings.secret_key, ticket.code, ticket.token_counter)
    opt_out = SOMEBODY if test else opt_out_token(settings.secret_key, ticket.id, ticket.code)
    own = {_NAME: " ".join(ticket.name.split()), _TOKEN: token, _OPT_OUT: opt_out}
    escaped = {mark: escape(words) for mark, words in own.items()}
    words = _words(settings, frame, ticket, language)
    return Mail(
        to_address=to,
        to_name="" if test else ticket.name,
        subject=_joined(words.subject, own),
        text=_joined(words.text, own),
        html=_joined(words.html, escaped),
        language=language,
        attachments=_attachments(settings, frame, ticket, ended, language, token),
        reply_to=frame.organisation.contact_email,
        headers={} if test else _unsubscribing(f"{settings.base_url}/unsubscribe/{opt_out}"),
    )


def _words(settings: Settings, frame: Frame, ticket: Ticket, language: str) -> Words:
    """What all who read this language and attend in the same way get; made once for them all."""
    may_join = ticket.mode is Mode.ONLINE and ticket.standing is Standing.CONFIRMED
    kept = frame.words.get((language, ticket.mode, may_join))
    if kept:
        return kept
    draft = frame.announcement
    spoken = language_for(draft, language)
    values = _values(settings, frame, ticket.mode, spoken, may_join=may_join)
    subject = filled_line(draft.subject.get(spoken, ""), values)
    paragraphs = filled(draft.body.get(spoken, ""), values)
    _, text, html = mail_text(
        language,
        "announcements/mail/announcement",
        subject=subject,
        spoken=spoken,
        plain=plain(paragraphs),
        paragraphs=paragraphs,
        links=LINKS,
        event=frame.event,
        where=values["where"],
        ticket_url=values["link"],
        opt_out_url=f"{settings.base_url}/unsubscribe/{_OPT_OUT}",
        sender=frame.organisation.name,
    )
    made = frame.words[language, ticket.mode, may_join] = Words(*map(_MARKS.split, (subject, text, html)))
    return made


def _joined(pieces: Sequence[str], own: Mapping[str, str]) -> str:
    return "".join([own.get(piece, piece) for piece in pieces])


def subject_shown(subject: Text, event: EventFacts, language: str) -> str:
    """A subject as organisers know it: about this event, to nobody in particular."""
    when = dates.when(language, event.span)
    values = {"event": in_language(event.title, language), "date": when.dates, "organisation": event.organisation_name}
    return filled_line(in_language(subject, language), values)


def _unsubscribing(url: str) -> Mapping[str, str]:
    """RFC 8058: the reader's mail program offers it, and posts to the address when it is pressed."""
    return {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def _values(settings: Settings, frame: Frame, mode: Mode, language: str, *, may_join: bool) -> dict[str, str]:
    """What the placeholders stand for; empty where there is nothing to say."""
    event, online = frame.event, mode is Mode.ONLINE
    when = dates.when(language, event.span)
    page = f"{settings.base_url}/t/{_TOKEN}"
    at = event.venue.one_line if event.venue else ""
    return {
        "name": _NAME,
        "event": in_language(event.title, language),
        "date": when.dates,
        "time": f"{when.times} ({when.zone})" if when.times else "",
        "where": gettext(language, N_("Online")) if online else at,
        "link": page,
        "join": f"{page}/join" if may_join else "",
        "admission": "" if online else " ".join(in_language(event.admission, language).split()),
        "recording": event.recording_url or "",
        "organisation": frame.organisation.name,
    }


def _attachments(
    settings: Settings, frame: Frame, ticket: Ticket, ended: int, language: str, token: str
) -> tuple[Attachment, ...]:
    """The event for their calendar, once more; a file and no invitation, for nothing has changed."""
    if not frame.announcement.calendar or ticket.is_over:
        return ()
    held = Held(
        ticket=ticket, event=frame.event, organisation=frame.organisation, position=None, messages=(), ended=ended
    )
    data = single(own_entry(held, language, settings.base_url, token))
    return (Attachment("event.ics", "text/calendar", data),)
