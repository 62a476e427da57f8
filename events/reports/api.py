from typing import Any

from litestar import Controller, Request, get
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Stream

from events.accounts.guards import actor, scope
from events.accounts.rules import SENSITIVE, Actor
from events.infra.sheets import CSV_TYPE, XLSX_TYPE
from events.registration.forms import ListedForm
from events.reports.downloads import csv_answer, listing_for, sensitive_listing_for, xlsx_answer

AnyRequest = Request[Any, Any, Any]


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
