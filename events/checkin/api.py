from datetime import datetime
from typing import Any

from litestar import Controller, Response, delete, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from msgspec import Struct

from events.accounts.guards import actor, scope
from events.accounts.idempotency import answer_once
from events.accounts.rules import Actor
from events.checkin import actions, queries
from events.checkin.documents import answered, described
from events.checkin.forms import DoorForm, ScanForm, read_door, read_scans
from events.checkin.rules import Reason, Result
from events.programme.queries import get_own_event
from events.programme.rules import Mode
from events.registration.admission.rules import Admission
from events.web.locale import language_of_request
from events.web.posted import read_json
from events.web.requests import AnyRequest
from events.web.security import settings_of


class DoorAnswer(Struct):
    """`closed_at` says since when its address opens nothing."""

    id: int
    name: str
    url: str
    reentry: bool
    opens_at: datetime | None
    closed_at: datetime | None


class FirstScan(Struct):
    at: datetime
    door: str


class ScanAnswer(Struct, omit_defaults=True):
    """`name` and `mode` are null when the code is unknown; `assists` names whom they come to assist.

    `admission` says how they stand with the house, where that asks for a pass of its own; the result is ours alone.
    `asks` is how many of the questions that are asked at the door they have not answered.
    """

    result: Result
    name: str | None
    mode: Mode | None
    reason: Reason | None = None
    first_scan: FirstScan | None = None
    other_event: str | None = None
    assists: str | None = None
    admission: Admission | None = None
    asks: int = 0


class DoorsApi(Controller):
    path = "/api/v1"
    tags = ["doors"]
    guards = [scope("scans:write")]
    dependencies = {"actor": Provide(actor)}

    @post(
        "/events/{slug:str}/doors",
        summary="Open a door; whoever has its address may scan there",
        opt={"body": DoorForm, "answer": DoorAnswer},
    )
    async def open_door(
        self, request: AnyRequest, slug: FromPath[str], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        form, settings = read_door(await read_json(request)), settings_of(request)
        return await answer_once(
            request,
            lambda: actions.open_door.step(slug, form, by=actor, secret=settings.secret_key),
            caller=actor,
            shown=lambda door: described(door, settings),
        )

    @get(
        "/events/{slug:str}/doors",
        summary="Every door of an event, those that are open first",
        opt={"answer": DoorAnswer, "list": True},
    )
    async def list_doors(
        self, request: AnyRequest, slug: FromPath[str], actor: NamedDependency[Actor]
    ) -> dict[str, Any]:
        event = await get_own_event(slug, actor.organisation)
        doors = [described(door, settings_of(request)) for door in await queries.list_doors(event.id)]
        return {"items": doors, "next": None}

    @get("/doors/{door_id:int}", summary="One door and its address", opt={"answer": DoorAnswer})
    async def get_door(
        self, request: AnyRequest, door_id: FromPath[int], actor: NamedDependency[Actor]
    ) -> dict[str, Any]:
        return described(await queries.get_own_door(door_id, actor.organisation), settings_of(request))

    @delete("/doors/{door_id:int}", summary="Close a door; its address opens nothing any more")
    async def close_door(self, door_id: FromPath[int], actor: NamedDependency[Actor]) -> None:
        await actions.close_door(door_id, by=actor)

    @post(
        "/doors/{door_id:int}/scans",
        status_code=200,
        summary='Scan one ticket, or up to 500 as {"scans": […]}',
        opt={"body": ScanForm, "answer": ScanAnswer},
    )
    async def scan(self, request: AnyRequest, door_id: FromPath[int], actor: NamedDependency[Actor]) -> Response[bytes]:
        posted = await read_json(request)
        scans, language = read_scans(posted), language_of_request(request)
        return await answer_once(
            request,
            lambda: actions.scan.step(door_id, scans, by=actor),
            caller=actor,
            status=200,
            shown=lambda answers: answered(posted, answers, language),
        )
