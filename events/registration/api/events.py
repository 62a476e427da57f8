from litestar import Response, delete, patch, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath

from events.accounts.guards import actor, scope
from events.accounts.idempotency import answer_once
from events.accounts.rules import Actor
from events.kernel.errors import Invalid
from events.kernel.words import N_
from events.programme import api as programme
from events.programme.api import as_json, revision_of, saved, saved_as_json
from events.programme.documents import EventAnswer
from events.registration.actions import withdrawing
from events.registration.actions.moving import cancel_event, change_event, postpone_event
from events.registration.forms import CancelForm, NotifyForm, PostponeForm, read_notify
from events.web.posted import parse, read_json
from events.web.requests import AnyRequest


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
        self, request: AnyRequest, slug: FromPath[str], actor: NamedDependency[Actor]
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
        self, request: AnyRequest, slug: FromPath[str], actor: NamedDependency[Actor]
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
        self, request: AnyRequest, slug: FromPath[str], actor: NamedDependency[Actor]
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
        self, request: AnyRequest, slug: FromPath[str], actor: NamedDependency[Actor]
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
    async def delete_event(self, request: AnyRequest, slug: FromPath[str], actor: NamedDependency[Actor]) -> None:
        await withdrawing.delete_event(slug, by=actor, revision=revision_of(request))
