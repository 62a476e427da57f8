"""What an announcement says to one person."""

import re
import secrets
from collections.abc import Mapping, Sequence
from html import escape

from msgspec import Struct, field, structs

from events.accounts.queries import get_organisation_by_id
from events.accounts.rules import OrganisationFacts
from events.announcements import queries
from events.announcements.rules import AnnouncementFacts, Audience, language_for, written_in
from events.announcements.texts import LINKS, filled, filled_line, plain
from events.infra.ics.single import single
from events.kernel.clock import utc_now
from events.kernel.words import N_, Text, in_language
from events.outbox.rules import Attachment, Mail, Queued
from events.programme.queries import get_event_by_id
from events.programme.rules import EventFacts, Mode, Status
from events.registration.entries import own_entry
from events.registration.mails import Added, mail_for
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
    words: dict[tuple[str, str, Mode, bool], Words] = field(default_factory=dict)


async def get_frame(announcement: int) -> Frame:
    found = await queries.find(announcement)
    if found is None:
        raise LookupError(f"announcement {announcement} is gone")
    event = await get_event_by_id(found.event)
    return Frame(found, event, await get_organisation_by_id(event.organisation))


async def find_ticket(event: EventFacts, audience: Audience, registration: int | None, language: str) -> Ticket:
    """The person to show a mail for, if they are at this event; else somebody of the group who is made up."""
    if registration is not None:
        try:
            ticket = await get_by_id(registration)
        except TicketNotFound:
            ticket = None
        if ticket and ticket.event == event.id and not ticket.erased_at:
            return ticket
    now = utc_now()
    return Ticket(
        id=0,
        event=event.id,
        mode=audience.mode or next(iter(event.modes), Mode.IN_PERSON),
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
        attachments=_attachments(settings, frame, ticket, ended, language),
        reply_to=frame.organisation.contact_email,
        headers={} if test else _unsubscribing(f"{settings.base_url}/unsubscribe/{opt_out}"),
    )


def _words(settings: Settings, frame: Frame, ticket: Ticket, language: str) -> Words:
    """What all who read this language and attend in the same way get; made once for them all."""
    may_join, draft = _may_join(ticket), frame.announcement
    spoken = language_for(written_in(draft), ticket.language, language)
    kept = frame.words.get((language, spoken, ticket.mode, may_join))
    if kept:
        return kept
    page = f"{settings.base_url}/t/{_TOKEN}"
    values = _values(frame.event, frame.organisation, ticket.mode, spoken, name=_NAME, page=page, may_join=may_join)
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
    made = frame.words[language, spoken, ticket.mode, may_join] = Words(*map(_MARKS.split, (subject, text, html)))
    return made


async def added_to(settings: Settings, held: Held, kind: str, token: str) -> Added | None:
    """What organisers add to the mails about one registration, as this person gets it; None when it says nothing."""
    note, ticket = await queries.find_note(held.event.id, kind), held.ticket
    written = [tag for tag, words in note.items() if words]
    spoken = language_for(written, ticket.language, nearest_language(ticket.language, settings.env))
    page, may_join = f"{settings.base_url}/t/{token}", _may_join(ticket)
    values = _values(held.event, held.organisation, ticket.mode, spoken, name=ticket.name, page=page, may_join=may_join)
    paragraphs = filled(note.get(spoken, ""), values)
    return Added(spoken, plain(paragraphs), paragraphs, LINKS) if paragraphs else None


async def mail_of_kind(settings: Settings, event: EventFacts, ticket: Ticket, kind: str) -> Mail:
    """As `ticket` would get it, with links that are nobody's; of one of KINDS_WITH_NOTES."""
    standing = Standing.CONFIRMED if kind == "promoted" else Standing(kind)
    organisation = await get_organisation_by_id(event.organisation)
    ticket = structs.replace(ticket, standing=standing)
    held = Held(ticket=ticket, event=event, organisation=organisation, position=None, messages=())
    queued = Queued(0, f"registration.{kind}", ticket.id, ticket.email, {}, 1, utc_now())
    return mail_for(settings, queued, held, SOMEBODY, await added_to(settings, held, kind, SOMEBODY))


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


def _may_join(ticket: Ticket) -> bool:
    return ticket.mode is Mode.ONLINE and ticket.standing is Standing.CONFIRMED


def _values(
    event: EventFacts,
    organisation: OrganisationFacts,
    mode: Mode,
    language: str,
    *,
    name: str,
    page: str,
    may_join: bool,
) -> dict[str, str]:
    """What the placeholders stand for; empty where there is nothing to say, as of a date that is not known yet."""
    online, is_dated = mode is Mode.ONLINE, event.status is not Status.POSTPONED
    when = dates.when(language, event.span)
    times = when.times or gettext(language, N_("all day"))
    at = event.venue.one_line if event.venue else ""
    return {
        "name": name,
        "event": in_language(event.title, language),
        "date": when.dates if is_dated else "",
        "time": f"{times} ({when.zone})" if is_dated else "",
        "where": gettext(language, N_("Online")) if online else at,
        "link": page,
        "join": f"{page}/join" if may_join else "",
        "admission": "" if online else " ".join(in_language(event.admission, language).split()),
        "recording": event.recording_url or "",
        "organisation": organisation.name,
    }


def _attachments(settings: Settings, frame: Frame, ticket: Ticket, ended: int, language: str) -> tuple[Attachment, ...]:
    """The event for their calendar, once more; a file and no invitation, for nothing has changed."""
    if not frame.announcement.calendar or ticket.is_over:
        return ()
    held = Held(
        ticket=ticket, event=frame.event, organisation=frame.organisation, position=None, messages=(), ended=ended
    )
    data = single(own_entry(held, language, settings.base_url, settings.secret_key))
    return (Attachment("event.ics", "text/calendar", data),)
