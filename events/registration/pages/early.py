"""A secret link for early registration: to the form, in the language of who follows it."""

from litestar import Controller, get
from litestar.params import FromPath
from litestar.response import Redirect

from events.accounts.actions.attempts import count_attempt
from events.registration.early.queries import find_by_token
from events.registration.early.rules import EarlyLinkNotFound
from events.registration.rules import WRONG_LINKS_PER_NETWORK
from events.web.locale import language_of_request
from events.web.requests import AnyRequest
from events.web.security import client_network

_SECRET = {"Cache-Control": "private, no-store", "X-Robots-Tag": "noindex"}


class EarlyPages(Controller):
    path = "/early/{token:str}"
    include_in_schema = False

    @get()
    async def follow(self, request: AnyRequest, token: FromPath[str]) -> Redirect:
        """Also with a link that has ended: the form says so, and may be open to everybody by now."""
        link = await find_by_token(token)
        if link is None:
            await count_attempt("early-link", client_network(request), **WRONG_LINKS_PER_NETWORK)
            raise EarlyLinkNotFound
        to = f"/{language_of_request(request)}/events/{link.slug}/register?early={token}"
        return Redirect(to, status_code=303, headers=_SECRET)
