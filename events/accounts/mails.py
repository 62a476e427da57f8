"""What this slice says by mail."""

from collections.abc import Awaitable, Callable

from events.accounts import queries
from events.accounts.rules import password_token
from events.outbox.rules import Mail, Queued
from events.settings import Settings
from events.web.templating import mail_text

Renderer = Callable[[Queued], Awaitable[Mail | None]]


def renderers(settings: Settings) -> dict[str, Renderer]:
    """By kind of message, for the outbox; None when there is nothing to say any more."""

    async def password(queued: Queued) -> Mail | None:
        return await _mail(settings, queued, "password")

    async def welcome(queued: Queued) -> Mail | None:
        return await _mail(settings, queued, "welcome")

    return {"accounts.password": password, "accounts.welcome": welcome}


async def _mail(settings: Settings, queued: Queued, name: str) -> Mail | None:
    """With the link made anew; no mail for a link that was used or ran out meanwhile."""
    token = password_token(settings.secret_key, queued.facts["nonce"])
    if await queries.find_password_link(token) is None:
        return None
    person = await queries.get_person(queued.subject_id)
    organisation = queued.facts.get("organisation")
    subject, text, html = mail_text(
        person.language,
        f"accounts/mail/{name}",
        person=person,
        link=f"{settings.base_url}/organise/password/{token}",
        base_url=settings.base_url,
        organisation=await queries.get_organisation_by_id(organisation) if organisation else None,
    )
    return Mail(
        to_address=queued.to_address,
        to_name=person.name,
        subject=subject,
        text=text,
        html=html,
        language=person.language,
    )
