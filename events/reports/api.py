from datetime import datetime
from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Stream
from msgspec import Struct, convert

from events.accounts.guards import actor, scope
from events.accounts.idempotency import answer_once
from events.accounts.rules import SENSITIVE, Actor
from events.infra.sheets import CSV_TYPE, XLSX_TYPE
from events.programme.queries import get_own_id
from events.registration.forms import ListedForm
from events.registration.host_list.actions import close_host_list
from events.registration.host_list.queries import list_of_event
from events.registration.host_list.rules import HostList
from events.reports.downloads import (
    csv_answer,
    host_listing_for,
    listing_for,
    rows_answer,
    sensitive_listing_for,
    xlsx_answer,
)
from events.reports.host_listing import HostListForm
from events.web.requests import AnyRequest


class ExportsApi(Controller):
    path = "/api/v1/events/{slug:str}"
    tags = ["registrations"]
    guards = [scope("registrations:read")]
    dependencies = {"actor": Provide(actor)}

    @get("/registrations.csv", summary="Who is registered, as CSV", opt={"query": ListedForm, "answer": (CSV_TYPE,)})
    async def as_csv(self, request: AnyRequest, slug: FromPath[str], actor: NamedDependency[Actor]) -> Stream:
        return await csv_answer(await listing_for(request, slug, actor), actor, bom=False)

    @get("/registrations.xlsx", summary="Who is registered, as XLSX", opt={"query": ListedForm, "answer": (XLSX_TYPE,)})
    async def as_xlsx(self, request: AnyRequest, slug: FromPath[str], actor: NamedDependency[Actor]) -> Stream:
        return await xlsx_answer(await listing_for(request, slug, actor), actor)


class ClosedListAnswer(Struct):
    """A list for the host as it was closed, with `number` people; `planned`: by itself before the start."""

    id: int
    closed_at: datetime
    planned: bool
    number: int


class HostListApi(Controller):
    """The list for the host with the columns that are chosen; a sensitive one needs `sensitive:read`."""

    path = "/api/v1/events/{slug:str}"
    tags = ["guests"]
    guards = [scope("registrations:read")]
    dependencies = {"actor": Provide(actor)}

    @get(
        "/host-list",
        summary="The list for the host, whole; with `as_closed` as it was, with `since` what changed",
        opt={"query": HostListForm, "answer": dict, "list": True},
    )
    async def show_host_list(
        self, request: AnyRequest, slug: FromPath[str], actor: NamedDependency[Actor]
    ) -> dict[str, Any]:
        return {"items": await rows_answer(await host_listing_for(request, slug, actor), actor), "next": None}

    @get("/host-list.csv", summary="The same as CSV", opt={"query": HostListForm, "answer": (CSV_TYPE,)})
    async def host_list_as_csv(self, request: AnyRequest, slug: FromPath[str], actor: NamedDependency[Actor]) -> Stream:
        return await csv_answer(await host_listing_for(request, slug, actor), actor, bom=False)

    @get("/host-list.xlsx", summary="The same as XLSX", opt={"query": HostListForm, "answer": (XLSX_TYPE,)})
    async def host_list_as_xlsx(
        self, request: AnyRequest, slug: FromPath[str], actor: NamedDependency[Actor]
    ) -> Stream:
        return await xlsx_answer(await host_listing_for(request, slug, actor), actor)

    @get("/host-lists", summary="Lists that were closed, latest first", opt={"answer": ClosedListAnswer, "list": True})
    async def list_host_lists(self, slug: FromPath[str], actor: NamedDependency[Actor]) -> dict[str, Any]:
        event = await get_own_id(slug, actor.organisation)
        return {"items": [_closed(one) for one in await list_of_event(event)], "next": None}

    @post(
        "/host-lists",
        guards=[scope("registrations:write")],
        summary="Close the list as it is now, so that `since` can tell later what changed",
        opt={"answer": ClosedListAnswer},
    )
    async def close_host_list(
        self, request: AnyRequest, slug: FromPath[str], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        return await answer_once(request, lambda: close_host_list.step(slug, by=actor), caller=actor, shown=_closed)


def _closed(one: HostList) -> ClosedListAnswer:
    return convert(one, ClosedListAnswer, from_attributes=True)


class SensitiveExportsApi(Controller):
    path = "/api/v1/events/{slug:str}"
    tags = ["registrations"]
    guards = [scope(SENSITIVE)]
    dependencies = {"actor": Provide(actor)}

    @get(
        "/sensitive.csv",
        summary="Who is registered with their sensitive answers, as CSV; written down in the log",
        opt={"query": ListedForm, "answer": (CSV_TYPE,)},
    )
    async def sensitive_as_csv(self, request: AnyRequest, slug: FromPath[str], actor: NamedDependency[Actor]) -> Stream:
        return await csv_answer(await sensitive_listing_for(request, slug, actor), actor, bom=False)
