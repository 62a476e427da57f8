"""What this slice says by mail, to those who look after events."""

from collections.abc import Awaitable, Callable
from functools import partial

from events.accounts import queries as accounts
from events.kernel.clock import utc_now
from events.outbox.rules import Mail, Queued
from events.programme.queries.zones import list_reckoned
from events.programme.rules.zones import TOLD_FOR, ZONES_KIND
from events.settings import Settings
from events.web.templating import mail_text

Renderer = Callable[[Queued], Awaitable[Mail | None]]


def renderers(settings: Settings) -> dict[str, Renderer]:
    """By kind of message, for the outbox; None when there is nothing to say any more."""
    return {ZONES_KIND: partial(_zones, settings)}


async def _zones(settings: Settings, queued: Queued) -> Mail | None:
    """Which events of an organisation start at another moment by the new rules."""
    organisation = await accounts.get_organisation_by_id(queued.facts["organisation"])
    found = await list_reckoned(organisation.id, utc_now() - TOLD_FOR)
    reckoned = [one for one in found if one.tzdata == queued.facts["tzdata"]]
    if not reckoned:
        return None
    person = await accounts.get_person(queued.subject_id)
    subject, text, html = mail_text(
        person.language,
        "programme/mail/zones",
        person=person,
        organisation=organisation,
        reckoned=reckoned,
        base_url=settings.base_url,
    )
    return Mail(
        to_address=queued.to_address,
        to_name=person.name,
        subject=subject,
        text=text,
        html=html,
        language=person.language,
    )
