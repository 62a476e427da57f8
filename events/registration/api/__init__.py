from collections.abc import Coroutine
from datetime import datetime
from typing import Any

import msgspec
from litestar import Controller, Request, Response, delete, get, patch, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from msgspec import Struct

from events.accounts.guards import actor, caller, scope
from events.accounts.idempotency import answer_once
from events.accounts.rules import Actor
from events.kernel.errors import Invalid
from events.kernel.words import N_
from events.programme import api as programme
from events.programme.api import as_json, revision_of, saved, saved_as_json
from events.programme.documents import EventAnswer
from events.programme.rules import Mode
from events.programme.rules.limits import AffiliationType
from events.registration.abuse.actions import meet
from events.registration.actions import withdrawing
from events.registration.actions.cancelling import cancel_registration
from events.registration.actions.moving import cancel_event, change_event, postpone_event
from events.registration.actions.registering import Registered, register, remind_registered
from events.registration.actions.switching import switch_registration
from events.registration.admission.actions import set_admission
from events.registration.admission.rules import Admission
from events.registration.answers.checks import read_whole
from events.registration.answers.queries import Answers, list_answers
from events.registration.answers.rules import names_to_values
from events.registration.forms import (
    AdmissionForm,
    CancelForm,
    ListedForm,
    NotifyForm,
    PostponeForm,
    SignUp,
    SwitchForm,
    read_listed,
    read_notify,
)
from events.registration.queries.listing import completed, list_registrations
from events.registration.rules import AlreadyRegistered, Standing, Ticket
from events.registration.rules.people import AssistantRole
from events.web.locale import language_of_request
from events.web.paging import Cursor, Limit, cursor_of, place_of
from events.web.posted import parse, read_json
from events.web.security import asked_at, client_network, evenly, settings_of

JsonRequest = Request[Any, Any, Any]


class RegisteredAnswer(Struct, omit_defaults=True):
    """`code`, `ticket_url` and, in line for `waits_for`, `queue_position`; none while the address is unverified."""

    standing: Standing
    mode: Mode
    code: str | None = None
    ticket_url: str | None = None
    queue_position: int | None = None
    waits_for: Mode | None = None


class AffiliationAnswer(Struct):
    organisation: str | None
    type: AffiliationType | None
    function: str | None
    country: str | None


class AssistsAnswer(Struct):
    """Whose registration it is that they come with, and as what."""

    code: str
    role: AssistantRole


class ListedAnswer(Struct):
    code: str
    name: str
    email: str
    standing: Standing
    mode: Mode
    language: str
    queue_number: int | None
    waits_for: Mode | None
    registered_at: datetime
    checked_in_at: datetime | None
    affiliation: AffiliationAnswer
    assists: AssistsAnswer | None
    admission: Admission | None
    answers: dict[str, str | list[str]]
    tags: list[str]


class EventsApi(programme.EventsApi):
    """Adds what touches the people who are registered."""

    @patch(
        "/{slug:str}",
        guards=[scope("events:write")],
        dependencies={"actor": Provide(actor)},
        summary="Change an event by a JSON Merge Patch (RFC 7396)",
        opt={"query": NotifyForm, "body": dict, "answer": EventAnswer},
    )
    async def change_event(
        self, request: JsonRequest, slug: FromPath[str], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        wanted, revision = await read_json(request), revision_of(request)
        telling = read_notify(request.query_params)
        if not isinstance(wanted, dict):
            raise Invalid.of("", N_("This must be an object."))
        return await answer_once(
            request,
            lambda: saved(change_event.step(slug, wanted, by=actor, revision=revision, telling=telling)),
            caller=actor,
            status=200,
            shown=lambda done: saved_as_json(request, done, actor),
        )

    @post(
        "/{slug:str}/cancel",
        guards=[scope("events:write")],
        dependencies={"actor": Provide(actor)},
        status_code=200,
        summary="Cancel an event and tell everybody who is registered",
        opt={"query": NotifyForm, "body": CancelForm, "answer": EventAnswer},
    )
    async def cancel_event(
        self, request: JsonRequest, slug: FromPath[str], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        form = parse(CancelForm, await read_json(request) if await request.body() else {})
        revision, telling = revision_of(request), read_notify(request.query_params)
        return await answer_once(
            request,
            lambda: cancel_event.step(slug, reason=form.reason, by=actor, revision=revision, telling=telling),
            caller=actor,
            status=200,
            shown=lambda done: as_json(request, done[0], actor),
        )

    @post(
        "/{slug:str}/postpone",
        guards=[scope("events:write")],
        dependencies={"actor": Provide(actor)},
        status_code=200,
        summary="Postpone an event, with or without a new date, and tell everybody who is registered",
        opt={"query": NotifyForm, "body": PostponeForm, "answer": EventAnswer},
    )
    async def postpone_event(
        self, request: JsonRequest, slug: FromPath[str], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        form = parse(PostponeForm, await read_json(request) if await request.body() else {})
        given = {name: getattr(form, name) for name in form.__struct_fields__}
        revision, telling = revision_of(request), read_notify(request.query_params)
        return await answer_once(
            request,
            lambda: postpone_event.step(slug, **given, by=actor, revision=revision, telling=telling),
            caller=actor,
            status=200,
            shown=lambda event: as_json(request, event, actor),
        )

    @post(
        "/{slug:str}/unpublish",
        guards=[scope("events:write")],
        dependencies={"actor": Provide(actor)},
        status_code=200,
        summary="Make a public event a draft again; 409 while somebody is registered",
        opt={"answer": EventAnswer},
    )
    async def unpublish_event(
        self, request: JsonRequest, slug: FromPath[str], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        revision = revision_of(request)
        return await answer_once(
            request,
            lambda: withdrawing.unpublish_event.step(slug, by=actor, revision=revision),
            caller=actor,
            status=200,
            shown=lambda event: as_json(request, event, actor),
        )

    @delete(
        "/{slug:str}",
        guards=[scope("events:write")],
        dependencies={"actor": Provide(actor)},
        summary="Delete a draft for which nobody has registered",
    )
    async def delete_event(self, request: JsonRequest, slug: FromPath[str], actor: NamedDependency[Actor]) -> None:
        await withdrawing.delete_event(slug, by=actor, revision=revision_of(request))


class RegistrationsApi(Controller):
    path = "/api/v1"
    tags = ["registrations"]

    @post(
        "/events/{slug:str}/registrations",
        dependencies={"caller": Provide(caller)},
        summary="Register one person for one mode",
        opt={"body": SignUp, "answer": RegisteredAnswer},
    )
    async def register(
        self, request: JsonRequest, slug: FromPath[str], caller: NamedDependency[Actor | None]
    ) -> Response[bytes]:
        began = asked_at()
        by = caller if caller and caller.may("registrations:write") else None
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
        "/events/{slug:str}/registrations",
        guards=[scope("registrations:read")],
        dependencies={"actor": Provide(actor)},
        summary="Who is registered, oldest first",
        opt={"query": ListedForm, "answer": ListedAnswer, "list": True},
    )
    async def list_registrations(
        self,
        request: JsonRequest,
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

    @post(
        "/registrations/{code:str}/switch",
        guards=[scope("registrations:write")],
        dependencies={"actor": Provide(actor)},
        status_code=200,
        summary="Attend another way, or stand in line for it and keep the place until then",
        opt={"body": SwitchForm, "answer": ListedAnswer},
    )
    async def switch_registration(
        self, request: JsonRequest, code: FromPath[str], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        form = parse(SwitchForm, await read_json(request))
        return await answer_once(
            request,
            lambda: as_listed(switch_registration.step(code, form.mode, by=actor)),
            caller=actor,
            status=200,
        )

    @post(
        "/registrations/{code:str}/admission",
        guards=[scope("registrations:write")],
        dependencies={"actor": Provide(actor)},
        status_code=200,
        summary="Note how somebody stands with the house, at an event with such a step",
        opt={"body": AdmissionForm, "answer": ListedAnswer},
    )
    async def set_admission(
        self, request: JsonRequest, code: FromPath[str], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        form = parse(AdmissionForm, await read_json(request))
        return await answer_once(
            request,
            lambda: set_admission.step(code, form.admission, by=actor),
            caller=actor,
            status=200,
            shown=lambda ticket: listed(ticket, {}),
        )

    @delete(
        "/registrations/{code:str}",
        guards=[scope("registrations:write")],
        dependencies={"actor": Provide(actor)},
        summary="Cancel a registration; again changes nothing",
    )
    async def cancel_registration(self, code: FromPath[str], actor: NamedDependency[Actor]) -> None:
        await cancel_registration(code, by=actor)


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


async def as_listed(acting: Coroutine[Any, Any, Ticket]) -> dict[str, Any]:
    """What an action made of a registration, as lists show it; in the action's own write."""
    [ticket] = await completed([await acting])
    _, answers = await list_answers(ticket.event, [ticket.id])
    return listed(ticket, answers.get(ticket.id, {}))


def listed(ticket: Ticket, answers: Answers) -> dict[str, Any]:
    return {
        "code": ticket.code,
        "name": ticket.name,
        "email": ticket.email,
        "standing": ticket.standing.value,
        "mode": ticket.mode.value,
        "language": ticket.language,
        "queue_number": ticket.queue_number,
        "waits_for": ticket.waits_for,
        "registered_at": ticket.registered_at,
        "checked_in_at": ticket.checked_in_at,
        "affiliation": ticket.affiliation,
        "assists": {"code": ticket.assisted.code, "role": ticket.assists_as} if ticket.assisted else None,
        "admission": ticket.admission,
        "answers": {**ticket.answers, **names_to_values(answers)},
        "tags": ticket.tags,
    }
