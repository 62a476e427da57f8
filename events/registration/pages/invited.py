"""What an invitation opens. Its address is the secret, and looking at it changes nothing: only buttons do."""

from typing import Any

from litestar import Controller, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from events.accounts.queries import get_organisation_by_id
from events.kernel.clock import utc_now
from events.kernel.errors import DomainError
from events.programme.queries import get_event_by_id
from events.programme.rules import EventFacts
from events.registration.guests import actions, queries
from events.registration.guests.rules import Guest, InvitationOver, State, check_usable
from events.registration.pages.asking import LARGEST_FORM, up_to_its_files
from events.registration.pages.private import PRIVATE, behind
from events.registration.pages.register import closed_page, form_page, is_open, take_form, told
from events.registration.queries.held import kept_until
from events.web.errors import domain_error, status_of
from events.web.locale import language_of_request, nearest_language
from events.web.requests import AnyRequest
from events.web.security import our_form, settings_of, signed_field
from events.web.templating import page


def _refused(request: AnyRequest, error: DomainError) -> Response[Any]:
    answer = domain_error(request, error)
    answer.headers.update(PRIVATE)
    return answer


async def _event(request: Any) -> EventFacts:
    return await get_event_by_id((await _whose(request, request.path_params["token"])).event)


class InvitedPages(Controller):
    path = "/invited/{token:str}"
    include_in_schema = False
    exception_handlers = {DomainError: _refused}
    request_max_body_size = LARGEST_FORM

    @get()
    async def show_form(self, request: AnyRequest, token: FromPath[str]) -> Response[str]:
        guest = await _whose(request, token)
        try:
            check_usable(guest, utc_now())
        except InvitationOver as over:
            return await _guest_page(request, guest, over=over)
        event = await get_event_by_id(guest.event)
        if not await is_open(request, event, guest):
            return await closed_page(request, event, guest)
        typed = {
            "name": guest.name,
            "email": guest.email,
            "mode": guest.mode or "",
            "language": nearest_language(guest.language, settings_of(request).env),
            "affiliation.organisation": guest.affiliation or "",
        }
        return await form_page(request, event, typed, guest=guest)

    @post(guards=[up_to_its_files(_event), our_form])
    async def register(self, request: AnyRequest, token: FromPath[str]) -> Response[Any]:
        guest = await _whose(request, token)
        try:
            check_usable(guest, utc_now())
            return await take_form(request, await get_event_by_id(guest.event), guest, token)
        except InvitationOver as over:
            return await _guest_page(request, await queries.get(guest.id), over=over)

    @get("/sent")
    async def show_sent(self, request: AnyRequest, token: FromPath[str]) -> Response[str]:
        """They wrote another address than the one that was invited: it is to be proven."""
        guest = await _whose(request, token)
        return await told(request, "sent", 200, await get_event_by_id(guest.event), guest)

    @get("/decline")
    async def show_decline(self, request: AnyRequest, token: FromPath[str]) -> Response[str]:
        """Where mails lead, and what is held about the guest: the one button declines."""
        return await _guest_page(request, await _whose(request, token))

    @post("/decline", guards=[our_form])
    async def decline(self, request: AnyRequest, token: FromPath[str]) -> Response[Any]:
        guest = await _whose(request, token)
        no_more = (await request.form()).get("no_more") == "true"
        try:
            await actions.decline(token, no_more=no_more)
        except InvitationOver as over:
            return await _guest_page(request, await queries.get(guest.id), over=over)
        return Redirect(f"/invited/{token}/decline", status_code=303, headers=PRIVATE)

    @post("/erase", guards=[our_form])
    async def erase(self, request: AnyRequest, token: FromPath[str]) -> Response[Any]:
        guest = await _whose(request, token)
        await actions.erase_own(token)
        language = language_of_request(request, guest.language)
        return page(request, "registration/guest_erased.html", 200, PRIVATE, language, organisation=None)


async def _whose(request: AnyRequest, token: str) -> Guest:
    return await behind(request, queries.get_by_token(token))


async def _guest_page(request: AnyRequest, guest: Guest, *, over: InvitationOver | None = None) -> Response[str]:
    event = await get_event_by_id(guest.event)
    organisation = await get_organisation_by_id(event.organisation)
    address = f"/invited/{request.path_params['token']}"
    secret = settings_of(request).secret_key
    if over is None and guest.state is not State.DECLINED:
        try:
            check_usable(guest, utc_now())
        except InvitationOver as found:
            over = found
    return page(
        request,
        "registration/guest.html",
        status_of(over) if over and guest.state is not State.DECLINED else 200,
        PRIVATE,
        language_of_request(request, guest.language),
        guest=guest,
        event=event,
        organisation=organisation,
        over=over,
        declined=guest.state is State.DECLINED,
        address=address,
        kept_until=kept_until(event, organisation),
        signed={act: signed_field(secret, f"{address}/{act}") for act in ("decline", "erase")},
    )
