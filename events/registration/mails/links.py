"""Mails that bring back what somebody lost: their links, and the address of their own calendar."""

from events.kernel.clock import utc_now
from events.kernel.ids import folded_email
from events.outbox.rules import Mail, Queued
from events.programme.queries import list_facts_of
from events.registration import queries
from events.registration.queries.feeds import get_private_feed
from events.registration.rules.feeds import FeedGone, FeedNotFound
from events.registration.rules.tokens import feed_token, token_of
from events.settings import Settings
from events.web.locale import nearest_language
from events.web.templating import mail_text


async def render_links(settings: Settings, queued: Queued) -> Mail | None:
    """Every registration of an address that counts, with its link; None when there is none any more."""
    tickets = [ticket for ticket in await queries.list_of_person(folded_email(queued.to_address)) if not ticket.is_over]
    if not tickets:
        return None
    language = nearest_language(str(queued.facts.get("language", tickets[-1].language)), settings.env)
    events = {event.id: event for event in await list_facts_of([ticket.event for ticket in tickets])}
    links = [
        (
            events[ticket.event],
            f"{settings.base_url}/t/{token_of(settings.secret_key, ticket.code, ticket.token_counter)}",
        )
        for ticket in tickets
    ]
    links.sort(key=lambda link: (link[0].ends_at < utc_now(), link[0].starts_at))
    subject, text, html = mail_text(
        language, "registration/mail/links", person=tickets[-1].name, links=links, base_url=settings.base_url
    )
    return Mail(
        to_address=queued.to_address,
        to_name=tickets[-1].name,
        subject=subject,
        text=text,
        html=html,
        language=language,
    )


async def render_calendar(settings: Settings, queued: Queued) -> Mail | None:
    """The address of somebody's own calendar, made anew; None when it has ended meanwhile."""
    token = feed_token(settings.secret_key, queued.facts["nonce"])
    try:
        await get_private_feed(token)
    except (FeedNotFound, FeedGone):
        return None
    ticket = await queries.get_by_id(queued.subject_id)
    language = nearest_language(ticket.language, settings.env)
    page_url = f"{settings.base_url}/calendars/{token}"
    subject, text, html = mail_text(
        language,
        "registration/mail/calendar",
        person=ticket.name,
        place=settings.domain,
        page_url=page_url,
        feed_url=f"{page_url}.ics",
        base_url=settings.base_url,
    )
    return Mail(
        to_address=queued.to_address, to_name=ticket.name, subject=subject, text=text, html=html, language=language
    )
