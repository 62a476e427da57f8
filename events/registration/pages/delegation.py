"""The page of a delegation's contact. Its address is the secret, as that of a registration's page is."""

from collections.abc import Mapping
from typing import Any

from litestar import Controller, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from events.kernel.clock import utc_now
from events.kernel.errors import Conflict, DomainError, Invalid, TooMany
from events.registration.delegations import queries
from events.registration.delegations.actions import (
    add_people,
    erase_contact,
    remind_all,
    replace,
    take_back_offer,
    withdraw,
)
from events.registration.delegations.forms import people_in, read_people, read_replacement
from events.registration.delegations.queries import Led
from events.registration.delegations.rules import MOST_AT_ONCE
from events.registration.handing_over.actions import count_hand_over
from events.registration.pages.delegating import Table, meet_list, open_modes, problems_shown, table_in
from events.registration.pages.private import PRIVATE, behind, refused_page
from events.registration.pages.register import challenge_for
from events.registration.rules.opening import offers_of
from events.web.errors import status_of
from events.web.locale import language_of_request
from events.web.requests import AnyRequest
from events.web.security import asked_at, client_network, evenly, our_form, settings_of, signed_field
from events.web.templating import page

REPLACEMENT = ("name", "email", "function")


class DelegationPages(Controller):
    path = "/delegations/{token:str}"
    include_in_schema = False
    exception_handlers = {DomainError: refused_page}

    @get()
    async def show(self, request: AnyRequest, token: FromPath[str]) -> Response[str]:
        return _page(request, token, await _led_behind(request, token))

    @get("/people")
    async def show_more(self, request: AnyRequest, token: FromPath[str]) -> Response[str]:
        return await _people_page(request, token, await _led_behind(request, token), Table())

    @post("/people", guards=[our_form])
    async def add(self, request: AnyRequest, token: FromPath[str]) -> Response[Any]:
        led = await _led_behind(request, token)
        began, posted = asked_at(), await request.form()
        table, unread = table_in(posted, language_of_request(request, led.delegation.language))
        if unread or table.to_look_at:
            return await _people_page(request, token, led, table, Invalid(unread) if unread else None)
        try:
            form = read_people({"people": people_in(table.rows, open_modes(led.event))})
            prove = await meet_list(request, led.event, posted)
            secret, network = settings_of(request).secret_key, client_network(request)
            made = await add_people(token, form, secret=secret, network=network, prove=prove)
        except (Invalid, Conflict, TooMany) as refused:
            return await _people_page(request, token, led, table, refused)
        await remind_all(made)
        if made.hidden:
            await evenly(began)
        return _back(token, "added")

    @get("/people/{registration:int}")
    async def show_replace(
        self, request: AnyRequest, token: FromPath[str], registration: FromPath[int]
    ) -> Response[str]:
        led = await _led_behind(request, token)
        return await _replace_page(request, token, led, registration, {})

    @post("/people/{registration:int}", guards=[our_form])
    async def replace(self, request: AnyRequest, token: FromPath[str], registration: FromPath[int]) -> Response[Any]:
        led = await _led_behind(request, token)
        posted = await request.form()
        typed = {name: value for name in REPLACEMENT if isinstance(value := posted.get(name), str)}
        try:
            form = read_replacement({name: value for name, value in typed.items() if value.strip()})
            await queries.get_one_of(led.delegation.id, registration)
            await count_hand_over(registration)
            await replace(token, registration, form, secret=settings_of(request).secret_key)
        except (Invalid, Conflict, TooMany) as refused:
            return await _replace_page(request, token, led, registration, typed, refused)
        return _back(token, "offered" if led.event.prove_address else "replaced")

    @post("/people/{registration:int}/take-back", guards=[our_form])
    async def take_back(self, request: AnyRequest, token: FromPath[str], registration: FromPath[int]) -> Redirect:
        await _led_behind(request, token)
        await take_back_offer(token, registration)
        return _back(token)

    @post("/people/{registration:int}/withdraw", guards=[our_form])
    async def withdraw(self, request: AnyRequest, token: FromPath[str], registration: FromPath[int]) -> Response[Any]:
        led = await _led_behind(request, token)
        try:
            await withdraw(token, registration)
        except Conflict as refused:
            return _page(request, token, led, refused)
        return _back(token, "withdrawn")

    @post("/erase", guards=[our_form])
    async def erase(self, request: AnyRequest, token: FromPath[str]) -> Redirect:
        await _led_behind(request, token)
        await erase_contact(token)
        return _back(token)


def _back(token: str, done: str = "") -> Redirect:
    return Redirect(f"/delegations/{token}{f'?done={done}' if done else ''}", status_code=303, headers=PRIVATE)


async def _led_behind(request: AnyRequest, token: str) -> Led:
    return await behind(request, queries.get_led(token))


def _page(request: AnyRequest, token: str, led: Led, refused: DomainError | None = None) -> Response[str]:
    address = f"/delegations/{token}"
    acts = [f"/people/{one.ticket.id}/withdraw" for one in led.people if one.may_withdraw]
    acts += [f"/people/{one.ticket.id}/take-back" for one in led.people if one.offered]
    secret = settings_of(request).secret_key
    return _answer(
        request,
        led,
        "registration/delegation_page.html",
        refused,
        address=address,
        may_add=led.event.delegations and bool(open_modes(led.event)),
        done=request.query_params.get("done", ""),
        signed={act: signed_field(secret, f"{address}{act}") for act in (*acts, "/erase")},
    )


async def _people_page(
    request: AnyRequest, token: str, led: Led, table: Table, refused: DomainError | None = None
) -> Response[str]:
    address = f"/delegations/{token}"
    return _answer(
        request,
        led,
        "registration/delegation_more.html",
        refused,
        address=address,
        table=table,
        names=table.names(language_of_request(request, led.delegation.language)),
        open_offers=[offer for offer in offers_of(led.event, utc_now()) if offer.refusal is None],
        most=MOST_AT_ONCE,
        signed=signed_field(settings_of(request).secret_key, f"{address}/people"),
        challenge=await challenge_for(request, led.event, a_list=True),
    )


async def _replace_page(
    request: AnyRequest,
    token: str,
    led: Led,
    registration: int,
    typed: Mapping[str, str],
    refused: DomainError | None = None,
) -> Response[str]:
    await queries.get_one_of(led.delegation.id, registration)
    one = next((one for one in led.people if one.ticket.id == registration), None)
    address = f"/delegations/{token}"
    return _answer(
        request,
        led,
        "registration/delegation_replace.html",
        refused,
        address=address,
        one=one,
        typed=dict.fromkeys(REPLACEMENT, "") | dict(typed),
        signed=signed_field(settings_of(request).secret_key, f"{address}/people/{registration}"),
    )


def _answer(request: AnyRequest, led: Led, name: str, refused: DomainError | None, **context: Any) -> Response[str]:
    headers = PRIVATE | ({"Retry-After": str(refused.retry_after)} if isinstance(refused, TooMany) else {})
    return page(
        request,
        name,
        status_of(refused) if refused else 200,
        headers,
        language_of_request(request, led.delegation.language),
        led=led,
        event=led.event,
        organisation=led.organisation,
        problems=problems_shown(refused),
        **context,
    )
