from collections.abc import Coroutine
from typing import Any

from litestar import Controller, Response, delete, get, post, put
from litestar.di import NamedDependency, Provide
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from msgspec import convert
from msgspec.structs import replace

from events.accounts.guards import actor, scope
from events.accounts.idempotency import answer_once
from events.accounts.rules import Actor
from events.announcements import queries
from events.announcements.actions import writing
from events.announcements.documents import (
    GroupAnswer,
    MessageAnswer,
    PausedAnswer,
    RecipientAnswer,
    ToldAnswer,
    describe,
    describe_all,
)
from events.announcements.forms import AnnouncementForm, read_draft
from events.announcements.groups import answers_of
from events.announcements.queries.outcomes import list_for_registration, list_recipients
from events.announcements.rules import Draft, due_at
from events.infra.db import Action
from events.programme.queries import get_own_event, get_own_id
from events.registration.queries import get_own_by_code
from events.registration.rules import TicketNotFound
from events.web.paging import Cursor, Limit, cursor_of, place_of
from events.web.posted import read_json
from events.web.requests import AnyRequest

WRITE = scope("registrations:write")


def _verb(verb: str, act: Action[Any, None], summary: str) -> HTTPRouteHandler:
    """`act` takes the announcement, the event's slug and who acts."""

    @post(
        f"/{{message_id:int}}/{verb}",
        name=f"{verb}_message",
        guards=[WRITE],
        status_code=200,
        summary=summary,
        opt={"answer": MessageAnswer},
    )
    async def acting(
        self: Controller,  # noqa: ARG001 - Litestar's
        request: AnyRequest,
        slug: FromPath[str],
        message_id: FromPath[int],
        actor: NamedDependency[Actor],
    ) -> Response[bytes]:
        return await answer_once(
            request,
            lambda: _after(act.step(message_id, slug, by=actor), message_id, slug, actor),
            caller=actor,
            status=200,
        )

    return acting


def _verb_for_all(verb: str, act: Action[Any, None], summary: str) -> HTTPRouteHandler:
    """`act` takes the event's slug and who acts."""

    @post(
        f"/{verb}",
        name=f"{verb}_all_messages",
        guards=[WRITE],
        status_code=200,
        summary=summary,
        opt={"answer": PausedAnswer},
    )
    async def acting(
        self: Controller,  # noqa: ARG001 - Litestar's
        request: AnyRequest,
        slug: FromPath[str],
        actor: NamedDependency[Actor],
    ) -> Response[bytes]:
        return await answer_once(
            request,
            lambda: act.step(slug, by=actor),
            caller=actor,
            status=200,
            shown=lambda _: PausedAnswer(verb == "pause"),
        )

    return acting


class MessagesApi(Controller):
    """An event's reminders and announcements: written, planned, sent and held; what became of them for whom."""

    path = "/api/v1/events/{slug:str}/messages"
    tags = ["messages"]
    dependencies = {"actor": Provide(actor)}

    @get(
        guards=[scope("registrations:read")],
        summary="Every reminder and announcement of an event, made last first",
        opt={"answer": MessageAnswer, "list": True},
    )
    async def list_messages(self, slug: FromPath[str], actor: NamedDependency[Actor]) -> dict[str, Any]:
        event = await get_own_id(slug, actor.organisation)
        return {"items": await describe_all(event, await queries.list_of_event(event)), "next": None}

    @post(
        guards=[WRITE],
        summary="Write a reminder or an announcement, as a draft: it goes nowhere before it is planned or sent",
        opt={"body": AnnouncementForm, "answer": MessageAnswer},
    )
    async def write_message(
        self, request: AnyRequest, slug: FromPath[str], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        draft = await _draft(request, slug, actor)

        async def create() -> dict[str, Any]:
            made = await writing.create.step(slug, draft, by=actor)
            return await _described(made, slug, actor)

        return await answer_once(request, create, caller=actor)

    @post(
        "/preview",
        guards=[WRITE],
        status_code=200,
        summary="How many would get such a message and when; nothing is written",
        opt={"body": AnnouncementForm, "answer": GroupAnswer},
    )
    async def preview_message(
        self, request: AnyRequest, slug: FromPath[str], actor: NamedDependency[Actor]
    ) -> GroupAnswer:
        draft = await _draft(request, slug, actor)
        event = await get_own_event(slug, actor.organisation)
        return GroupAnswer(await queries.count_audience(event.id, draft.audience), due_at(draft.timing, event.span))

    @get("/{message_id:int}", guards=[scope("registrations:read")], summary="One", opt={"answer": MessageAnswer})
    async def get_message(
        self, slug: FromPath[str], message_id: FromPath[int], actor: NamedDependency[Actor]
    ) -> dict[str, Any]:
        return await _described(message_id, slug, actor)

    @put(
        "/{message_id:int}",
        guards=[WRITE],
        summary="Write it anew, the whole of it; 409 once it goes out",
        opt={"body": AnnouncementForm, "answer": MessageAnswer},
    )
    async def change_message(
        self, request: AnyRequest, slug: FromPath[str], message_id: FromPath[int], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        await queries.get_own(message_id, slug, actor.organisation)
        draft = await _draft(request, slug, actor)
        return await answer_once(
            request,
            lambda: _after(writing.change.step(message_id, slug, draft, by=actor), message_id, slug, actor),
            caller=actor,
            status=200,
        )

    @delete("/{message_id:int}", guards=[WRITE], summary="Discard what nobody has got")
    async def discard_message(
        self, slug: FromPath[str], message_id: FromPath[int], actor: NamedDependency[Actor]
    ) -> None:
        await writing.discard(message_id, slug, by=actor)

    plan = _verb("plan", writing.plan, "Let it go by itself when its time has come")
    unplan = _verb("unplan", writing.unplan, "Make what is planned a draft again")
    send = _verb("send", writing.send_now, "Send it now, whatever its time; again changes nothing")
    pause = _verb("pause", writing.pause, "Hold it, what has not left included; again changes nothing")
    resume = _verb("resume", writing.resume, "Let go on what is held")
    pause_all = _verb_for_all("pause", writing.pause_all, "Hold all announcements of an event")
    resume_all = _verb_for_all("resume", writing.resume_all, "Let them go on; what is paused by itself stays so")

    @get(
        "/{message_id:int}/recipients",
        guards=[scope("registrations:read")],
        summary="Whom it was meant for when it went, and what became of it for each",
        opt={"answer": RecipientAnswer, "list": True},
    )
    async def list_recipients(
        self,
        slug: FromPath[str],
        message_id: FromPath[int],
        actor: NamedDependency[Actor],
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> dict[str, Any]:
        found = await queries.get_own(message_id, slug, actor.organisation)
        place = place_of(cursor)
        some = await list_recipients(found.id, after=place[1] if place else 0, limit=limit + 1)
        following = (some[limit - 1].queued_at, some[limit - 1].id) if len(some) > limit else None
        items = convert(some[:limit], list[RecipientAnswer], from_attributes=True)
        return {"items": items, "next": cursor_of(following)}


class ToldApi(Controller):
    path = "/api/v1/registrations/{code:str}/messages"
    tags = ["messages"]

    @get(
        guards=[scope("registrations:read")],
        dependencies={"actor": Provide(actor)},
        summary="Which announcements one person was to get, latest first, and what became of each",
        opt={"answer": ToldAnswer, "list": True},
    )
    async def list_told(self, code: FromPath[str], actor: NamedDependency[Actor]) -> dict[str, Any]:
        ticket = await get_own_by_code(code, actor.organisation)
        if ticket.erased_at:
            raise TicketNotFound
        told = [replace(one, message=one.announcement) for one in await list_for_registration(ticket.id)]
        return {"items": convert(told, list[ToldAnswer], from_attributes=True), "next": None}


ROUTES: list[Any] = [MessagesApi, ToldApi]


async def _draft(request: AnyRequest, slug: str, actor: Actor) -> Draft:
    """Raises EventNotFound, Invalid."""
    event = await get_own_event(slug, actor.organisation)
    return read_draft(await read_json(request), event.span, await answers_of(event, "en"))


async def _described(message: int, slug: str, actor: Actor) -> dict[str, Any]:
    return await describe(await queries.get_own(message, slug, actor.organisation))


async def _after(acting: Coroutine[Any, Any, None], message: int, slug: str, actor: Actor) -> dict[str, Any]:
    """In the action's own write."""
    await acting
    return await _described(message, slug, actor)
