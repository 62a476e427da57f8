"""What focal points are told: that they are it, and that somebody waits for them."""

from collections.abc import Awaitable, Callable
from functools import partial

from events.outbox.rules import Mail, Queued
from events.registration.focal_points import queries
from events.registration.focal_points.rules import NAMED_KIND, WAITING_KIND, focal_point_token
from events.settings import Settings
from events.web.locale import nearest_language
from events.web.templating import mail_text

Renderer = Callable[[Queued], Awaitable[Mail | None]]


def renderers(settings: Settings) -> dict[str, Renderer]:
    return {kind: partial(render, settings) for kind in (NAMED_KIND, WAITING_KIND)}


async def render(settings: Settings, queued: Queued) -> Mail | None:
    """None when they are it no more, or nobody waits any more."""
    known = await queries.find_by_id(queued.subject_id)
    if known is None:
        return None
    deciding = await queries.deciding_of(known)
    if queued.kind == WAITING_KIND and not deciding.waiting:
        return None
    language = nearest_language(known.language, settings.env)
    token = focal_point_token(settings.secret_key, known.code, known.token_counter)
    subject, text, html = mail_text(
        language,
        "registration/mail/focal_point",
        deciding=deciding,
        named=queued.kind == NAMED_KIND,
        page_url=f"{settings.base_url}/focal-points/{token}",
    )
    return Mail(
        to_address=queued.to_address,
        to_name=known.name,
        subject=subject,
        text=text,
        html=html,
        language=language,
        reply_to=deciding.organisation.contact_email,
    )
