from typing import Any

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from msgspec import Struct

from events.accounts.guards import actor, caller, scope
from events.accounts.idempotency import answer_once
from events.accounts.rules import Actor
from events.programme.rules import Mode
from events.registration.abuse.actions import meet
from events.registration.actions.registering import Registered, register, remind_registered
from events.registration.answers.checks import read_whole
from events.registration.answers.queries import list_answers
from events.registration.api.listed import ListedAnswer, listed
from events.registration.forms import ListedForm, SignUp, read_listed
from events.registration.queries.listing import list_registrations
from events.registration.queries.people import find_voucher
from events.registration.rules import AlreadyRegistered, Standing
from events.web.locale import language_of_request
from events.web.paging import Cursor, Limit, cursor_of, place_of
from events.web.posted import read_json
from events.web.requests import AnyRequest
from events.web.security import asked_at, client_network, evenly, settings_of


class RegisteredAnswer(Struct, omit_defaults=True):
    """`code`, `ticket_url` and, in line for `waits_for`, `queue_position`; none while the address is unverified."""

    standing: Standing
    mode: Mode
    code: str | None = None
    ticket_url: str | None = None
    queue_position: int | None = None
    waits_for: Mode | None = None


class RegistrationsApi(Controller):
    path = "/api/v1/events/{slug:str}/registrations"
    tags = ["registrations"]

    @post(
        dependencies={"caller": Provide(caller)},
        summary="Register one person for one mode",
        opt={"body": SignUp, "answer": RegisteredAnswer},
    )
    async def register(
        self, request: AnyRequest, slug: FromPath[str], caller: NamedDependency[Actor | None]
    ) -> Response[bytes]:
        began = asked_at()
        by = await find_voucher(caller, slug)
        form = await read_whole(slug, await read_json(request))
        settings = settings_of(request)
        prove = by is None and await meet(
            slug, network=client_network(request), most=settings.sign_ups_per_minute, secret=settings.secret_key
        )
        language = form.language or language_of_request(request)
        reminded: list[int] = []
        unproven = {"standing": Standing.UNVERIFIED.value, "mode": form.mode.value}

        def shown(made: Registered | None) -> dict[str, Any]:
            if made is None or made.standing is Standing.UNVERIFIED:
                return unproven
            return answered(made, settings.base_url)

        async def act() -> Registered:
            made = await register.step(slug, form, language=language, secret=settings.secret_key, by=by, prove=prove)
            reminded.extend(filter(None, [made.already]))
            return made

        try:
            answer = await answer_once(request, act, caller=by, shown=shown)
        except AlreadyRegistered as already:
            if not already.hidden or by is not None:
                raise
            await remind_registered(already.registration)
            answer = await answer_once(request, _nothing, caller=by, shown=shown)  # its key is used, as another's is
        for registration in reminded:
            await remind_registered(registration)
        if answer.content == msgspec.json.encode(unproven):
            await evenly(began)
        return answer

    @get(
        guards=[scope("registrations:read")],
        dependencies={"actor": Provide(actor)},
        summary="Who is registered, oldest first",
        opt={"query": ListedForm, "answer": ListedAnswer, "list": True},
    )
    async def list_registrations(
        self,
        request: AnyRequest,
        slug: FromPath[str],
        actor: NamedDependency[Actor],
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> dict[str, Any]:
        where = read_listed(request.query_params)
        place = place_of(cursor)
        items, following = await list_registrations(
            slug, actor.organisation, where, limit=limit, after=place and place[1]
        )
        following_place = (items[-1].registered_at, following) if following else None
        _, answers = await list_answers(items[0].event, [ticket.id for ticket in items]) if items else (None, {})
        return {
            "items": [listed(ticket, answers.get(ticket.id, {})) for ticket in items],
            "next": cursor_of(following_place),
        }


async def _nothing() -> None:
    """For who is registered already, and must not learn it."""


def answered(made: Registered, base_url: str) -> dict[str, Any]:
    answer = {
        "code": made.code,
        "standing": made.standing.value,
        "mode": made.mode.value,
        "ticket_url": f"{base_url}/t/{made.token}",
    }
    if made.waits_for is None:
        return answer
    return answer | {"queue_position": made.queue_position, "waits_for": made.waits_for.value}
