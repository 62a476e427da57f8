"""What a place that is offered opens. Its address is the secret, and looking at it changes nothing: only buttons do."""

from typing import Any

from litestar import Controller, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from events.kernel.clock import utc_now
from events.kernel.errors import Conflict, DomainError
from events.registration.handing_over.actions import decline_place, take_place
from events.registration.handing_over.queries import get_offered
from events.registration.handing_over.rules import Offered, check_can_take
from events.registration.pages.private import PRIVATE, behind, refused_page
from events.web.errors import status_of
from events.web.locale import language_of_request
from events.web.requests import AnyRequest
from events.web.security import our_form, settings_of, signed_field
from events.web.templating import page


class OfferedPages(Controller):
    path = "/offers/{token:str}"
    include_in_schema = False
    exception_handlers = {DomainError: refused_page}

    @get()
    async def show(self, request: AnyRequest, token: FromPath[str]) -> Response[str]:
        offered = await _offered_behind(request, token)
        try:
            check_can_take(offered, utc_now())
        except Conflict as refused:
            return _page(request, token, offered, refused)
        return _page(request, token, offered)

    @post("/take", guards=[our_form])
    async def take(self, request: AnyRequest, token: FromPath[str]) -> Response[Any]:
        offered = await _offered_behind(request, token)
        try:
            ticket = await take_place(token, secret=settings_of(request).secret_key)
        except Conflict as refused:
            return _page(request, token, offered, refused)
        return Redirect(f"/t/{ticket}", status_code=303, headers=PRIVATE)

    @post("/decline", guards=[our_form])
    async def decline(self, request: AnyRequest, token: FromPath[str]) -> Response[str]:
        offered = await _offered_behind(request, token)
        await decline_place(token)
        language = language_of_request(request, offered.offer.language)
        return page(request, "registration/offer_declined.html", 200, PRIVATE, language, organisation=None)


async def _offered_behind(request: AnyRequest, token: str) -> Offered:
    return await behind(request, get_offered(token))


def _page(request: AnyRequest, token: str, offered: Offered, refused: DomainError | None = None) -> Response[str]:
    address, secret = f"/offers/{token}", settings_of(request).secret_key
    return page(
        request,
        "registration/offer.html",
        status_of(refused) if refused else 200,
        PRIVATE,
        language_of_request(request, offered.offer.language),
        offer=offered.offer,
        by=offered.by,
        mode=offered.ticket.mode,
        event=offered.event,
        organisation=offered.organisation,
        refused=refused,
        address=address,
        signed={act: signed_field(secret, f"{address}/{act}") for act in ("take", "decline")},
    )
