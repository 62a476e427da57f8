"""Calendars from an address: got over HTTP as any other, and followed when they are read again."""

import hashlib
from functools import partial
from typing import Any

from events.imports.actions import carry_out, keep_upload
from events.imports.planning import get_overview
from events.imports.queries import get_upload
from events.imports.rules import Act, Family
from events.imports.sources import read_address
from events.infra.addresses import fetch
from events.programme.queries.calendars import list_facts
from events.programme.rules.filters import Filters
from tests.imports.files import calendar, event
from tests.make import an_organisation
from tests.web_site import answer, names, public_or, web_site

CARE = event()
MOVED = [line.replace("100000", "150000").replace("113000", "163000") for line in CARE]
OTHER = event("b@example.org", "Time is money")


async def test_a_calendar_is_imported_from_its_address_and_followed(database: Any) -> None:  # noqa: ARG001 - must be open
    by = await an_organisation()
    async with web_site() as site:
        get = partial(fetch, resolve=names(**{"calendar.example": ["127.0.0.1"]}), may=public_or("127.0.0.1"))
        url = f"http://calendar.example:{site.port}/all.ics"

        async def imported(*lines: str) -> tuple[list[Act], list[str]]:
            site.answers["/all.ics"] = answer(calendar(*lines), Content_Type="text/calendar")
            read, data = await read_address(f" {url} ", organisation=by.organisation, get=get)
            kept = await keep_upload(read, digest=hashlib.sha256(data).hexdigest(), by=by)
            upload = await get_upload(kept, by.organisation)
            assert (upload.name, upload.source, upload.family) == ("all.ics", url, Family.CALENDAR)
            overview, ready = await get_overview(upload)
            outcome = await carry_out(upload, ready, {}, by=by, domain="testserver")
            return [line.act for line in outcome.lines], [one.title["en"] for one in overview.gone]

        two = (*CARE, "END:VEVENT", "BEGIN:VEVENT", *OTHER)
        assert await imported(*two) == ([Act.MAKE, Act.MAKE], [])
        assert await imported(*two) == ([Act.LEAVE, Act.LEAVE], [])
        assert await imported(*MOVED, "SEQUENCE:1") == ([Act.UPDATE], ["Time is money"])
        assert site.hosts == [f"calendar.example:{site.port}"] * 3
    starts = {one.title["en"]: one.span.starts.wall.hour for one in await list_facts(Filters(), viewer=by.organisation)}
    assert starts == {"Care skills count": 15, "Time is money": 10}
