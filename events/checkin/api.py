from collections.abc import Sequence
from typing import Any

from litestar import Controller, Request, Response, delete, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath

from events.accounts.guards import actor, scope
from events.accounts.idempotency import answer_once
from events.accounts.rules import Actor
from events.checkin import actions, queries
from events.checkin.forms import DoorForm, ScanForm, are_several, read_door, read_scans
from events.checkin.rules import Answer, DoorFacts
from events.kernel.words import in_language
from events.programme.queries import get_own_event
from events.settings import Settings
from events.web.locale import language_of_request
from events.web.posted import read_json
from events.web.security import settings_of

JsonRequest = Request[Any, Any, Any]


class DoorsApi(Controller):
    path = "/api/v1"
    tags = ["doors"]
    guards = [scope("scans:write")]
    dependencies = {"actor": Provide(actor)}

    @post(
        "/events/{slug:str}/doors",
        summary="Open a door; whoever has its address may scan there",
        opt={"body": DoorForm},
    )
    async def open_door(
        self, request: JsonRequest, slug: FromPath[str], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        form, settings = read_door(await read_json(request)), settings_of(request)
        return await answer_once(
            request,
            lambda: actions.open_door.step(slug, form, by=actor, secret=settings.secret_key),
            caller=actor,
            shown=lambda door: described(door, settings),
        )

    @get("/events/{slug:str}/doors", summary="Every door of an event, those that are open first")
    async def list_doors(
        self, request: JsonRequest, slug: FromPath[str], actor: NamedDependency[Actor]
    ) -> dict[str, Any]:
        event = await get_own_event(slug, actor.organisation)
        doors = [described(door, settings_of(request)) for door in await queries.list_doors(event.id)]
        return {"items": doors, "next": None}

    @get("/doors/{door_id:int}", summary="One door and its address")
    async def get_door(
        self, request: JsonRequest, door_id: FromPath[int], actor: NamedDependency[Actor]
    ) -> dict[str, Any]:
        return described(await queries.get_own_door(door_id, actor.organisation), settings_of(request))

    @delete("/doors/{door_id:int}", summary="Close a door; its address opens nothing any more")
    async def close_door(self, door_id: FromPath[int], actor: NamedDependency[Actor]) -> None:
        await actions.close_door(door_id, by=actor)

    @post(
        "/doors/{door_id:int}/scans",
        status_code=200,
        summary='Scan one ticket, or up to 500 as {"scans": […]}',
        opt={"body": ScanForm},
    )
    async def scan(
        self, request: JsonRequest, door_id: FromPath[int], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        posted = await read_json(request)
        scans, language = read_scans(posted), language_of_request(request)
        return await answer_once(
            request,
            lambda: actions.scan.step(door_id, scans, by=actor),
            caller=actor,
            status=200,
            shown=lambda answers: answered(posted, answers, language),
        )


def described(door: DoorFacts, settings: Settings) -> dict[str, Any]:
    """`closed_at` says since when its address opens nothing."""
    return {
        "id": door.id,
        "name": door.name,
        "url": actions.url_of(door, settings),
        "reentry": door.reentry,
        "closed_at": door.closed_at,
    }


def answered(posted: object, answers: Sequence[Answer], language: str) -> dict[str, Any]:
    """One answer to one scan; to a list, the list of answers in its order."""
    documents = [_answer(answer, language) for answer in answers]
    return {"items": documents} if are_several(posted) else documents[0]


def _answer(answer: Answer, language: str) -> dict[str, Any]:
    document: dict[str, Any] = {"result": answer.result, "name": answer.name, "mode": answer.mode}
    if answer.reason:
        document["reason"] = answer.reason
    if answer.first_scan:
        document["first_scan"] = {"at": answer.first_scan.at, "door": answer.first_scan.door}
    if answer.other_event:
        document["other_event"] = in_language(answer.other_event, language)
    return document
