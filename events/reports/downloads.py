"""Exports as answers: what the API and the workspace send."""

from typing import Any

from litestar.response import Stream

from events.accounts.rules import Actor
from events.infra.sheets import CSV_TYPE, XLSX_TYPE
from events.registration.forms import read_listed
from events.reports.actions import record_export
from events.reports.exports import csv_pieces, file_name, pieces_of, xlsx_file
from events.reports.host_listing import HostListing, get_host_listing, read_host_list
from events.reports.queries import chunks, get_listing
from events.reports.rules import Format, Listing
from events.web.requests import AnyRequest


async def listing_for(request: AnyRequest, slug: str, actor: Actor) -> Listing:
    return await get_listing(slug, actor.organisation, read_listed(request.query_params))


async def sensitive_listing_for(request: AnyRequest, slug: str, actor: Actor) -> Listing:
    where = read_listed(request.query_params)
    return await get_listing(slug, actor.organisation, where, sensitive=True)


async def host_listing_for(request: AnyRequest, slug: str, actor: Actor) -> HostListing:
    form = read_host_list(request.query_params, request.query_params.getall("columns", []))
    return await get_host_listing(slug, form, by=actor)


async def csv_answer(listing: Listing, actor: Actor, *, bom: bool) -> Stream:
    await record_export(listing.event, Format.CSV, by=actor, sensitive=listing.sensitive)
    return Stream(csv_pieces(listing, bom=bom), headers=_headers(listing, Format.CSV), media_type=CSV_TYPE)


async def xlsx_answer(listing: Listing, actor: Actor) -> Stream:
    await record_export(listing.event, Format.XLSX, by=actor, sensitive=listing.sensitive)
    file = await xlsx_file(listing)
    return Stream(pieces_of(file), headers=_headers(listing, Format.XLSX), media_type=XLSX_TYPE)


async def rows_answer(listing: Listing, actor: Actor) -> list[dict[str, Any]]:
    """The same rows, each by the headings."""
    await record_export(listing.event, Format.JSON, by=actor, sensitive=listing.sensitive)
    rows = [listing.row(ticket) async for tickets in chunks(listing) for ticket in tickets]
    return [dict(zip(listing.columns, row, strict=True)) for row in (*rows, *listing.rest)]


def _headers(listing: Listing, file: Format) -> dict[str, str]:
    name = file_name(listing, file)
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
