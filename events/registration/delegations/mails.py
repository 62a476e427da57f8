"""What the contact of a delegation is told: who is registered, and where to look after them."""

from collections.abc import Awaitable, Callable
from functools import partial

from events.outbox.rules import Mail, Queued
from events.registration.delegations import queries
from events.registration.delegations.rules import REGISTERED_KIND, REPLACED_KIND, delegation_token
from events.settings import Settings
from events.web.locale import nearest_language
from events.web.templating import mail_text

Renderer = Callable[[Queued], Awaitable[Mail | None]]


def renderers(settings: Settings) -> dict[str, Renderer]:
    return {
        REGISTERED_KIND: partial(render_registered, settings),
        REPLACED_KIND: partial(render_replaced, settings),
    }


async def render_registered(settings: Settings, queued: Queued) -> Mail | None:
    """None when the contact is erased."""
    known = await queries.find_by_id(queued.subject_id)
    if known is None:
        return None
    led = await queries.led_of(known)
    language = nearest_language(known.language, settings.env)
    token = delegation_token(settings.secret_key, known.code, known.token_counter)
    url = f"{settings.base_url}/delegations/{token}"
    subject, text, html = mail_text(language, "registration/mail/delegation", led=led, page_url=url)
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
