"""The private page of one registration. Its address is the secret: nothing here may be kept, found or referred from."""

from collections.abc import Awaitable
from typing import Any, TypeVar

from litestar import Controller, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from events.accounts.actions.attempts import count_attempt
from events.infra import qr
from events.infra.ics.single import single
from events.kernel.clock import utc_now
from events.kernel.errors import Conflict, DomainError, Invalid, NotFound
from events.kernel.ids import grouped
from events.registration import queries
from events.registration.actions.cancelling import cancel_own
from events.registration.actions.erasing import erase_own
from events.registration.actions.private import record_visit
from events.registration.actions.proving import verify
from events.registration.actions.switching import switch_own
from events.registration.admission.queries import find_known
from events.registration.delegations.queries import find_of
from events.registration.entries import own_entry
from events.registration.focal_points.queries import find_who_decides
from events.registration.forms import SwitchForm
from events.registration.handing_over.queries import find_offer_of
from events.registration.pages.asking import own_answers
from events.registration.queries.deciding import find_reason_to_decline
from events.registration.queries.feeds import find_feed_asked_for_at
from events.registration.queries.held import Held, get_held, held_of
from events.registration.queries.people import find_visit
from events.registration.rules import WRONG_LINKS_PER_NETWORK, TicketGone, TicketHandedOver
from events.registration.rules.joining import CannotJoin, joining_opens_at, link_to_join
from events.registration.rules.places import line_stops_at
from events.registration.rules.switching import can_hand_over, ways_of
from events.registration.rules.tokens import opt_out_token, token_of
from events.web.errors import domain_error
from events.web.locale import language_of_request
from events.web.posted import parse
from events.web.requests import AnyRequest
from events.web.security import client_network, our_form, settings_of, signed_field
from events.web.templating import page

T = TypeVar("T")
PRIVATE = {"Cache-Control": "private, no-store", "X-Robots-Tag": "noindex"}

_ACTS = ("verify", "switch", "cancel", "erase", "calendar", "admission", "take-back")


def refused_page(request: AnyRequest, error: DomainError) -> Response[Any]:
    if isinstance(error, TicketGone):
        language = language_of_request(request, error.language)
        return page(request, "registration/erased.html", 410, PRIVATE, language, organisation=None)
    if isinstance(error, TicketHandedOver):
        language = language_of_request(request, error.language)
        return page(request, "registration/handed_over.html", 410, PRIVATE, language, organisation=None, at=error.at)
    answer = domain_error(request, error)
    answer.headers.update(PRIVATE)
    return answer


class PrivatePages(Controller):
    path = "/t/{token:str}"
    include_in_schema = False
    exception_handlers = {DomainError: refused_page}

    @get()
    async def show(self, request: AnyRequest, token: FromPath[str]) -> Response[str]:
        held, secret = await held_behind(request, token), settings_of(request).secret_key
        may_hand_over = can_hand_over(held.ticket, held.event, utc_now())
        return private_page(
            request,
            held,
            "registration/ticket.html",
            **await own_answers(request, held),
            delegation=await find_of(held.ticket.id),
            focal_point=await find_who_decides(held.ticket),
            now=utc_now(),
            declined_because=await find_reason_to_decline(held.ticket),
            address=f"/t/{token}",
            code=grouped(held.ticket.code),
            qr=qr.svg(held.ticket.code),
            join_opens_at=joining_opens_at(held.event),
            tokens={one.id: token_of(secret, one.code, one.token_counter) for one in held.assistants},
            may_hand_over=may_hand_over,
            offered=await find_offer_of(held.ticket.id) if may_hand_over else None,
            ways=ways_of(held.ticket, held.event, utc_now()),
            line_stops_at=line_stops_at(held.event),
            admission_known=await find_known(held.ticket.id) if held.event.admission_step else None,
            visit=await find_visit(held.ticket.id),
            own_calendar=await find_feed_asked_for_at(held.ticket.id),
            done=request.query_params.get("done", ""),
            signed={act: signed_field(secret, f"/t/{token}/{act}") for act in _ACTS},
            announcements=f"/unsubscribe/{opt_out_token(secret, held.ticket.id, held.ticket.code)}",
        )

    @get("/qr.svg")
    async def show_svg(self, request: AnyRequest, token: FromPath[str]) -> Response[str]:
        held = await held_behind(request, token)
        return Response(qr.svg(held.ticket.code), headers=PRIVATE, media_type="image/svg+xml")

    @get("/qr.png")
    async def show_png(self, request: AnyRequest, token: FromPath[str]) -> Response[bytes]:
        held = await held_behind(request, token)
        return Response(qr.png(held.ticket.code), headers=PRIVATE, media_type="image/png")

    @get("/event.ics")
    async def download_event(self, request: AnyRequest, token: FromPath[str]) -> Response[bytes]:
        held = await held_behind(request, token)
        language = language_of_request(request, held.ticket.language)
        settings = settings_of(request)
        entry = own_entry(held, language, settings.base_url, settings.secret_key)
        headers = PRIVATE | {"Content-Disposition": f'attachment; filename="{held.event.slug}.ics"'}
        return Response(single(entry), headers=headers, media_type="text/calendar")

    @get("/join")
    async def join(self, request: AnyRequest, token: FromPath[str]) -> Response[Any]:
        held = await _held_to_join(request, token)
        try:
            link = link_to_join(held.ticket, held.event, utc_now())
        except CannotJoin as refused:
            words = {"refused": refused, "address": f"/t/{token}", "may_open": "-" not in token, "now": utc_now()}
            return private_page(request, held, "registration/cannot_join.html", 409, **words)
        if "prefetch" not in request.headers.get("sec-purpose", request.headers.get("purpose", "")):
            await record_visit(held.ticket, utc_now())
        return Redirect(link, status_code=303, headers=PRIVATE)

    @get("/give-back")
    async def show_give_back(self, request: AnyRequest, token: FromPath[str]) -> Response[str]:
        """Where mails lead: looking changes nothing, the one button does."""
        held = await held_behind(request, token)
        signed = signed_field(settings_of(request).secret_key, f"/t/{token}/cancel")
        return private_page(
            request, held, "registration/give_back.html", address=f"/t/{token}", signed=signed, now=utc_now()
        )

    @post("/switch", guards=[our_form])
    async def switch(self, request: AnyRequest, token: FromPath[str]) -> Response[Any]:
        await held_behind(request, token)
        posted = await request.form()
        form = parse(SwitchForm, {"mode": posted.get("mode")})
        try:
            await switch_own(token, form.mode)
        except (Conflict, Invalid) as refused:
            held = await held_behind(request, token)
            return private_page(request, held, "registration/refused.html", 409, address=f"/t/{token}", refused=refused)
        return Redirect(f"/t/{token}", status_code=303, headers=PRIVATE)

    @post("/verify", guards=[our_form])
    async def verify(self, request: AnyRequest, token: FromPath[str]) -> Response[Any]:
        await held_behind(request, token)
        await verify(token)
        return Redirect(f"/t/{token}", status_code=303, headers=PRIVATE)

    @post("/cancel", guards=[our_form])
    async def cancel(self, request: AnyRequest, token: FromPath[str]) -> Response[Any]:
        await held_behind(request, token)
        await cancel_own(token)
        return Redirect(f"/t/{token}", status_code=303, headers=PRIVATE)

    @post("/erase", guards=[our_form])
    async def erase(self, request: AnyRequest, token: FromPath[str]) -> Response[Any]:
        await held_behind(request, token)
        await erase_own(token)
        return Redirect(f"/t/{token}", status_code=303, headers=PRIVATE)


async def _held_to_join(request: AnyRequest, token: str) -> Held:
    """By the token of the page, or by the one that calendars have, which opens nothing else."""
    if "-" not in token:
        return await held_behind(request, token)
    secret = settings_of(request).secret_key
    return await held_of(await behind(request, queries.get_by_joining_token(token, secret)))


async def held_behind(request: AnyRequest, token: str) -> Held:
    return await behind(request, get_held(token))


async def behind(request: AnyRequest, link: Awaitable[T]) -> T:
    """What a secret link opens. Wrong ones are counted, so that nobody guesses."""
    try:
        return await link
    except NotFound:
        await count_attempt("private-link", client_network(request), **WRONG_LINKS_PER_NETWORK)
        raise


def private_page(request: AnyRequest, held: Held, name: str, status: int = 200, **context: Any) -> Response[str]:
    language = language_of_request(request, held.ticket.language)
    return page(request, name, status, PRIVATE, language, **_context(held), **context)


def _context(held: Held) -> dict[str, Any]:
    return {"held": held, "organisation": held.organisation}
