"""Mails that invite somebody who is not registered, or remind them that they are invited."""

from functools import partial

from events.accounts.queries import get_organisation_by_id
from events.accounts.rules import OrganisationFacts
from events.kernel.clock import utc_now
from events.kernel.words import N_, in_language
from events.outbox.rules import Mail, Queued
from events.programme.queries import get_event_by_id
from events.programme.rules import EventFacts, Mode, Status
from events.registration.guests import queries
from events.registration.guests.rules import REMINDED_KIND, Guest, State, invitation_token
from events.settings import Settings
from events.web import dates
from events.web.locale import gettext, nearest_language
from events.web.templating import mail_text

_KEPT = {
    Mode.IN_PERSON: N_("A place in the room is kept for you until {expires}."),
    Mode.ONLINE: N_("A place online is kept for you until {expires}."),
}


async def render_invitation(settings: Settings, queued: Queued) -> Mail | None:
    """In the guest's language; None when it cannot be used any more, or who it was is forgotten."""
    guest = await queries.find(queued.subject_id)
    if guest is None or guest.state is not State.INVITED or utc_now() >= guest.expires_at:
        return None
    event = await get_event_by_id(guest.event)
    if event.status is not Status.PUBLISHED:
        return None
    organisation = await get_organisation_by_id(event.organisation)
    return invitation_mail(settings, guest, event, organisation, reminds=queued.kind == REMINDED_KIND)


def invitation_mail(
    settings: Settings, guest: Guest, event: EventFacts, organisation: OrganisationFacts, *, reminds: bool = False
) -> Mail:
    language = nearest_language(guest.language, settings.env)
    say = partial(gettext, language)
    url = f"{settings.base_url}/invited/{invitation_token(settings.secret_key, guest.code)}"
    known = {
        "name": guest.name,
        "organisation": organisation.name,
        "event": in_language(event.title, language),
        "date": dates.when(language, event.span).dates,
        "expires": dates.moment(language, guest.expires),
    }
    lines = [_GREETING[reminds], _KEPT[guest.reserved] if guest.reserved else _UNTIL]
    subject, text, html = mail_text(
        language,
        "registration/mail/guest",
        subject=say(_SUBJECT[reminds]).format_map(known),
        heading=say(_HEADING[reminds]),
        lines=[say(line).format_map(known) for line in lines],
        note=guest.note,
        url=url,
        event=event,
        organisation=organisation,
        rows=rows_about(event, guest.mode, language),
    )
    return Mail(
        to_address=guest.email,
        to_name=guest.name,
        subject=subject,
        text=text,
        html=html,
        language=language,
        reply_to=organisation.contact_email,
    )


_SUBJECT = {False: N_("Invitation: {event}, {date}"), True: N_("Will you come? {event}, {date}")}
_HEADING = {False: N_("You are invited"), True: N_("You are invited, and we would like to know whether you come")}
_GREETING = {
    False: N_("Dear {name}, {organisation} invites you to “{event}”."),
    True: N_("Dear {name}, {organisation} has invited you to “{event}” and has no answer from you yet."),
}
_UNTIL = N_("You can register with this invitation until {expires}.")


def rows_about(event: EventFacts, mode: Mode | None, language: str) -> list[tuple[str, str]]:
    """When it is elsewhere, and where one goes who attends in this way."""
    say, rows = partial(gettext, language), dates.other_clocks(language, event.span, event.also_show)
    if event.venue and mode is not Mode.ONLINE:
        rows.append((say(N_("Where")), event.venue.one_line))
    elif event.modes == (Mode.ONLINE,) or mode is Mode.ONLINE:
        rows.append((say(N_("Where")), say(N_("Online"))))
    return rows
