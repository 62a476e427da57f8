"""Whether somebody wants the announcements of their event. Its address is the secret, and only a POST changes anything.

A mail program posts here by itself when its reader presses “unsubscribe” (RFC 8058), so no form of ours is asked for.
"""

from litestar import Controller, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from events.accounts.actions.attempts import count_attempt
from events.accounts.queries import get_organisation_by_id
from events.announcements import queries
from events.announcements.actions.choices import choose
from events.announcements.rules import WRONG_LINKS_PER_NETWORK
from events.programme.queries import get_event_by_id
from events.registration.rules import Ticket, TicketNotFound
from events.web.locale import language_of_request
from events.web.requests import AnyRequest
from events.web.security import client_network, settings_of
from events.web.templating import page

PRIVATE = {"Cache-Control": "private, no-store", "X-Robots-Tag": "noindex"}


class OptOutPages(Controller):
    path = "/unsubscribe/{token:str}"
    include_in_schema = False

    @get()
    async def show(self, request: AnyRequest, token: FromPath[str]) -> Response[str]:
        ticket = await _whose(request, token)
        event = await get_event_by_id(ticket.event)
        return page(
            request,
            "announcements/opt_out.html",
            headers=PRIVATE,
            language=language_of_request(request, ticket.language),
            event=event,
            organisation=await get_organisation_by_id(event.organisation),
            opted_out=await queries.has_opted_out(ticket.id),
            address=request.scope["path"],
        )

    @post()
    async def choose(self, request: AnyRequest, token: FromPath[str]) -> Redirect:
        ticket = await _whose(request, token)
        again = (await request.form()).get("announcements") == "again"
        event = await get_event_by_id(ticket.event)
        await choose(ticket, announcements=again, organisation=event.organisation)
        return Redirect(request.scope["path"], status_code=303, headers=PRIVATE)


async def _whose(request: AnyRequest, token: str) -> Ticket:
    """Wrong ones are counted, so that nobody guesses."""
    try:
        return await queries.get_by_opt_out_token(token, settings_of(request).secret_key)
    except TicketNotFound:
        await count_attempt("opt-out", client_network(request), **WRONG_LINKS_PER_NETWORK)
        raise
