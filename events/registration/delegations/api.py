from typing import Any

from litestar import Controller, Response, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from msgspec import Struct

from events.accounts.actions.attempts import count_attempt
from events.accounts.guards import caller
from events.accounts.idempotency import answer_once
from events.accounts.rules import Actor
from events.programme.queries import get_event
from events.programme.rules import Mode
from events.registration.abuse.actions import meet
from events.registration.delegations.actions import Made, register_delegation, remind_all
from events.registration.delegations.forms import DelegationForm, read_delegation
from events.registration.delegations.rules import LISTS_PER_NETWORK, NoDelegations
from events.registration.queries.people import find_voucher
from events.registration.rules import Standing
from events.web.locale import language_of_request
from events.web.posted import read_json
from events.web.requests import AnyRequest
from events.web.security import asked_at, client_network, evenly, settings_of


class DelegateAnswer(Struct, omit_defaults=True):
    """In the order in which they were named; no `code` while the address is unverified."""

    standing: Standing
    mode: Mode
    code: str | None = None
    queue_position: int | None = None
    waits_for: Mode | None = None


class DelegationAnswer(Struct, omit_defaults=True):
    """`delegation_url` is the contact's page; none where addresses must be confirmed: it comes by mail."""

    people: list[DelegateAnswer]
    delegation_url: str | None = None


class DelegationsApi(Controller):
    path = "/api/v1/events/{slug:str}/delegations"
    tags = ["registrations"]

    @post(
        dependencies={"caller": Provide(caller)},
        summary="Register several people of one organisation; each gets a registration and a mail of their own",
        opt={"body": DelegationForm, "answer": DelegationAnswer},
    )
    async def register_delegation(
        self, request: AnyRequest, slug: FromPath[str], caller: NamedDependency[Actor | None]
    ) -> Response[bytes]:
        began = asked_at()
        by = await find_voucher(caller, slug)
        event = await get_event(slug, viewer=by.organisation if by else None)
        if not event.delegations:
            raise NoDelegations
        form = read_delegation(await read_json(request), ask=event.ask_affiliation)
        settings, network = settings_of(request), client_network(request)
        if by is None:
            await count_attempt("delegation-list", network, **LISTS_PER_NETWORK)
        prove = by is None and await meet(
            slug, network=network, most=settings.sign_ups_per_minute, secret=settings.secret_key
        )
        language = form.language or language_of_request(request)
        kept: list[Made] = []

        def shown(made: Made) -> dict[str, Any]:
            kept.append(made)
            return answered(made, form, settings.base_url)

        answer = await answer_once(
            request,
            lambda: register_delegation.step(
                slug, form, language=language, secret=settings.secret_key, by=by, network=network, prove=prove
            ),
            caller=by,
            shown=shown,
        )
        for made in kept:
            await remind_all(made)
            if made.hidden:
                await evenly(began)
        return answer


def answered(made: Made, form: DelegationForm, base_url: str) -> dict[str, Any]:
    """Where addresses are still to be proven, everybody is answered alike."""
    if made.hidden:
        return {"people": [{"standing": Standing.UNVERIFIED.value, "mode": one.mode.value} for one in form.people]}
    people = []
    for one in made.people:
        answer: dict[str, Any] = {"standing": one.standing.value, "mode": one.mode.value, "code": one.code}
        if one.waits_for is not None:
            answer |= {"queue_position": one.queue_position, "waits_for": one.waits_for.value}
        people.append(answer)
    return {"people": people, "delegation_url": f"{base_url}/delegations/{made.token}"}
