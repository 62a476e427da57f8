"""For whom a mail is shown before it leaves."""

from events.accounts.rules import SignedIn
from events.announcements import queries
from events.announcements.mails import find_ticket
from events.announcements.rules import Audience
from events.programme.rules import EventFacts
from events.registration.queries import get_own_by_code
from events.registration.rules import Ticket, TicketNotFound
from events.web.locale import LANGUAGES, language_of_request
from events.web.requests import AnyRequest

SHOWN_AS = 50
"""How many of the group a message can be shown as."""

PREVIEW = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none';"
        " form-action 'none'"
    ),
}
"""The headers of a mail in a frame: it can do nothing but be read."""


async def shown_as(request: AnyRequest, member: SignedIn, event: EventFacts, group: Audience) -> Ticket:
    """The person that was chosen, else the first of the group, else somebody made up."""
    posted = await request.form() if request.method == "POST" else {}
    chosen = str(posted.get("as", "") or request.query_params.get("as", ""))
    if chosen in LANGUAGES:
        return await find_ticket(event, group, None, chosen)
    if chosen:
        try:
            ticket = await get_own_by_code(chosen, member.organisation.id)
        except TicketNotFound:
            ticket = None
        if ticket and ticket.event == event.id and not ticket.erased_at:
            return ticket
    some = await queries.list_audience(event.id, group, 1)
    return (
        some[0] if some else await find_ticket(event, group, None, language_of_request(request, member.member.language))
    )
