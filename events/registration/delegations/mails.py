"""What the contact of a delegation is told: who is registered, and where to look after them."""

from collections.abc import Awaitable, Callable
from functools import partial

from events.kernel.clock import utc_now
from events.kernel.words import N_
from events.outbox.rules import Mail, Queued
from events.registration.delegations import queries
from events.registration.delegations.rules import (
    NOT_TAKEN_KIND,
    REGISTERED_KIND,
    REPLACED_KIND,
    TAKEN_KIND,
    Delegation,
    delegation_token,
)
from events.registration.mails.offers import ended_mail
from events.registration.mails.words import Words
from events.registration.rules.switching import can_hand_over
from events.settings import Settings
from events.web.locale import nearest_language
from events.web.templating import mail_text

Renderer = Callable[[Queued], Awaitable[Mail | None]]

_WORDS = {
    TAKEN_KIND: Words(
        N_("A place is taken over: {event}, {date}"),
        N_("The place that you offered is taken over"),
        (
            N_("Dear {contact}, {name} has taken the place at “{event}” that you offered, and is registered now."),
            N_("Who had it before is told too."),
        ),
    ),
    NOT_TAKEN_KIND: Words(
        N_("Not taken over: {event}, {date}"),
        N_("The place that you offered is not taken over"),
        (
            N_("Dear {contact}, you have offered the place of {name} at “{event}”, but it was not taken."),
            N_("So {name} still has it. If nobody comes, please take it back on the page of your delegation."),
            N_("While registration is open, you can also offer it to somebody else there."),
        ),
    ),
}


def renderers(settings: Settings) -> dict[str, Renderer]:
    return {
        REGISTERED_KIND: partial(render_registered, settings),
        REPLACED_KIND: partial(render_replaced, settings),
        **{kind: partial(render_offer_ended, settings) for kind in _WORDS},
    }


async def render_registered(settings: Settings, queued: Queued) -> Mail | None:
    """None when the contact is erased."""
    known = await queries.find_by_id(queued.subject_id)
    if known is None:
        return None
    led = await queries.led_of(known)
    language = nearest_language(known.language, settings.env)
    subject, text, html = mail_text(
        language, "registration/mail/delegation", led=led, page_url=_page_url(settings, known)
    )
    return Mail(
        to_address=queued.to_address,
        to_name=known.name,
        subject=subject,
        text=text,
        html=html,
        language=language,
        reply_to=led.organisation.contact_email,
    )


async def render_replaced(settings: Settings, queued: Queued) -> Mail | None:
    """To whom the contact has put somebody else in the place of."""
    known = await queries.find_by_id(queued.subject_id)
    if known is None:
        return None
    led = await queries.led_of(known)
    language = nearest_language(str(queued.facts["language"]), settings.env)
    subject, text, html = mail_text(language, "registration/mail/delegation_replaced", led=led)
    return Mail(
        to_address=queued.to_address,
        to_name="",
        subject=subject,
        text=text,
        html=html,
        language=language,
        reply_to=known.email,
    )


async def render_offer_ended(settings: Settings, queued: Queued) -> Mail | None:
    """None too when the place is not to be had any more, or offered anew; they see on their page how it stands."""
    known = await queries.find_by_id(queued.subject_id)
    if known is None:
        return None
    led = await queries.led_of(known)
    one = next((one for one in led.people if one.ticket.id == queued.facts["registration"]), None)
    if one is None:
        return None
    if queued.kind == NOT_TAKEN_KIND and (one.offered or not can_hand_over(one.ticket, led.event, utc_now())):
        return None
    return ended_mail(
        queued,
        _WORDS[queued.kind],
        nearest_language(known.language, settings.env),
        event=led.event,
        organisation=led.organisation,
        known={"contact": known.name, "name": one.ticket.name},
        button=N_("Open my delegation"),
        url=_page_url(settings, known),
        why=N_("You get this mail because this address was given as the contact of a delegation."),
        to_name=known.name,
    )


def _page_url(settings: Settings, known: Delegation) -> str:
    token = delegation_token(settings.secret_key, known.code, known.token_counter)
    return f"{settings.base_url}/delegations/{token}"
