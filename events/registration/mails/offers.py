"""The mails to whom a place is offered, and to who has given theirs.

Who is registered already hears of an offer too, and gets nothing to take.
"""

from functools import partial

from events.accounts.queries import get_organisation_by_id
from events.accounts.rules import OrganisationFacts
from events.kernel.clock import utc_now
from events.kernel.errors import DomainError
from events.kernel.words import N_, in_language
from events.outbox.rules import Mail, Queued
from events.programme.queries import get_event_by_id
from events.programme.rules import EventFacts
from events.registration import queries
from events.registration.handing_over.queries import find_by_id, offered_of
from events.registration.handing_over.rules import Offered, check_can_take, offer_token
from events.registration.mails.guests import rows_about
from events.registration.mails.words import BUTTONS, Words
from events.registration.rules import AlreadyRegistered
from events.settings import Settings
from events.web import dates
from events.web.locale import gettext, nearest_language
from events.web.templating import mail_text

_OFFERED = (
    N_("Dear {name}, {by} offers you a place at “{event}”."),
    N_("Take it until {until}: you then have a ticket of your own."),
    N_("If you do not want it, there is nothing to do."),
)
_HAS_ONE = (
    N_("Dear {name}, {by} wanted to give you a place at “{event}”."),
    N_("You are registered for it already, so there is nothing to do."),
    N_("Your registration stays as it is."),
)
_TAKEN = Words(
    N_("Your place is taken over: {event}, {date}"),
    N_("Somebody else has your place now"),
    (
        N_("{taken_by} has taken the place at “{event}” that you offered, and is registered now."),
        N_(
            "Your ticket and the link to your page do not count any more. Nothing is held about you but your name and"
            " this address in the records of our mails, for 90 days."
        ),
        N_("If it was not you who offered it, reply to this mail."),
    ),
    "event",
)
_WHY_GIVEN = N_("You get this mail because this address was registered for the event and the place was offered.")


async def render_offer(settings: Settings, queued: Queued) -> Mail | None:
    """In the language that was chosen for them; None when the place is not to be had any more."""
    offer = await find_by_id(queued.subject_id)
    if offer is None:
        return None
    offered, registered = await offered_of(offer), False
    try:
        check_can_take(offered, utc_now())
    except AlreadyRegistered:
        registered = True
    except DomainError:
        return None
    return offer_mail(settings, offered, registered=registered)


def offer_mail(settings: Settings, offered: Offered, *, registered: bool) -> Mail:
    offer, event, organisation = offered.offer, offered.event, offered.organisation
    language = nearest_language(offer.language, settings.env)
    say = partial(gettext, language)
    known = {
        "name": offer.name,
        "by": offered.by,
        "event": in_language(event.title, language),
        "date": dates.when(language, event.span).dates,
        "until": dates.instant(language, offer.held_until, event.span.starts.zone),
    }
    url = f"{settings.base_url}/offers/{offer_token(settings.secret_key, offer.code)}"
    subject, text, html = mail_text(
        language,
        "registration/mail/offer",
        subject=say(N_("A place for you: {event}, {date}")).format_map(known),
        heading=say(N_("You have been offered a place")),
        lines=[say(line).format_map(known) for line in (_HAS_ONE if registered else _OFFERED)],
        action=say(N_("See the offer")),
        url=None if registered else url,
        event=event,
        organisation=organisation,
        rows=rows_about(event, offered.ticket.mode, language),
        by=offered.by,
        until=known["until"],
    )
    return Mail(
        to_address=offer.email,
        to_name=offer.name,
        subject=subject,
        text=text,
        html=html,
        language=language,
        reply_to=organisation.contact_email,
    )


async def render_taken(settings: Settings, queued: Queued) -> Mail:
    """To who gave the place: of the registration, which is somebody else's now, only the event is read."""
    event = await get_event_by_id((await queries.get_by_id(queued.subject_id)).event)
    language = nearest_language(str(queued.facts["language"]), settings.env)
    return ended_mail(
        queued,
        _TAKEN,
        language,
        event=event,
        organisation=await get_organisation_by_id(event.organisation),
        known={"taken_by": str(queued.facts["taken_by"])},
        button=BUTTONS["event"],
        url=f"{settings.base_url}/{language}/events/{event.slug}",
        why=_WHY_GIVEN,
    )


def ended_mail(
    queued: Queued,
    words: Words,
    language: str,
    *,
    event: EventFacts,
    organisation: OrganisationFacts,
    known: dict[str, str],
    button: str,
    url: str,
    why: str,
    to_name: str = "",
) -> Mail:
    """To who offered a place: what has become of it. `why` is for what they get it."""
    say = partial(gettext, language)
    known |= {"event": in_language(event.title, language), "date": dates.when(language, event.span).dates}
    subject, text, html = mail_text(
        language,
        "registration/mail/offer_ended",
        subject=say(words.subject).format_map(known),
        heading=say(words.heading),
        lines=[say(line).format_map(known) for line in words.lines],
        action=say(button),
        url=url,
        event=event,
        organisation=organisation,
        rows=[],
        why=say(why),
    )
    return Mail(
        to_address=queued.to_address,
        to_name=to_name,
        subject=subject,
        text=text,
        html=html,
        language=language,
        reply_to=organisation.contact_email,
    )
