from litestar import Controller, get
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Stream

from events.accounts.guards import actor, may, signed_in
from events.accounts.rules import SENSITIVE, Actor
from events.reports.downloads import csv_answer, host_listing_for, listing_for, sensitive_listing_for, xlsx_answer
from events.web.requests import AnyRequest


class ExportPages(Controller):
    """The list to take along, with the filters of the page that links here."""

    path = "/organise/events/{slug:str}"
    guards = [signed_in, may("registrations:read")]
    dependencies = {"actor": Provide(actor)}
    include_in_schema = False

    @get("/registrations.csv")
    async def as_csv(self, request: AnyRequest, slug: FromPath[str], actor: NamedDependency[Actor]) -> Stream:
        return await csv_answer(await listing_for(request, slug, actor), actor, bom=True)

    @get("/registrations.xlsx")
    async def as_xlsx(self, request: AnyRequest, slug: FromPath[str], actor: NamedDependency[Actor]) -> Stream:
        return await xlsx_answer(await listing_for(request, slug, actor), actor)


class HostListExportPages(Controller):
    """The list for the host with the columns that are chosen; which of them are sensitive decides who may take it."""

    path = "/organise/events/{slug:str}"
    guards = [signed_in, may("registrations:read")]
    dependencies = {"actor": Provide(actor)}
    include_in_schema = False

    @get("/host-list.csv")
    async def as_csv(self, request: AnyRequest, slug: FromPath[str], actor: NamedDependency[Actor]) -> Stream:
        return await csv_answer(await host_listing_for(request, slug, actor), actor, bom=True)

    @get("/host-list.xlsx")
    async def as_xlsx(self, request: AnyRequest, slug: FromPath[str], actor: NamedDependency[Actor]) -> Stream:
        return await xlsx_answer(await host_listing_for(request, slug, actor), actor)


class SensitiveExportPages(Controller):
    """The list with its sensitive answers; that it was taken is written down."""

    path = "/organise/events/{slug:str}"
    guards = [signed_in, may(SENSITIVE)]
    dependencies = {"actor": Provide(actor)}
    include_in_schema = False

    @get("/sensitive.csv")
    async def as_csv(self, request: AnyRequest, slug: FromPath[str], actor: NamedDependency[Actor]) -> Stream:
        return await csv_answer(await sensitive_listing_for(request, slug, actor), actor, bom=True)

    @get("/sensitive.xlsx")
    async def as_xlsx(self, request: AnyRequest, slug: FromPath[str], actor: NamedDependency[Actor]) -> Stream:
        return await xlsx_answer(await sensitive_listing_for(request, slug, actor), actor)
