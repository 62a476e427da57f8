"""A file that somebody sends, and what came of it."""

from collections.abc import Mapping
from typing import Any

from events.accounts.rules import Actor
from events.imports import actions, queries
from events.imports.planning import get_overview
from events.imports.rules import Act, Choices, Decision, Outcome, Overview
from events.imports.sources import read_file
from events.imports.uploads import Upload
from events.infra.engine import KeptSQLite, PooledPostgres
from events.programme.queries.calendars import list_facts
from events.programme.rules import EventFacts
from events.programme.rules.filters import Filters
from tests.imports.files import here

Engine = KeptSQLite | PooledPostgres


async def kept(data: bytes, by: Actor, name: str = "file.ics", *, part_of: str = "", **chosen: Any) -> Upload:
    upload = await read_file(data, name, organisation=by.organisation, part_of=part_of, run=here)
    made = await actions.keep_upload(upload, digest="0" * 64, by=by)
    upload = await queries.get_upload(made, by.organisation)
    if chosen:
        before = {name: getattr(upload.choices, name) for name in upload.choices.__struct_fields__}
        await actions.choose(upload, Choices(**before | chosen), headings={})
        upload = await queries.get_upload(made, by.organisation)
    return upload


async def run(upload: Upload, by: Actor, decisions: Mapping[int, Decision] | None = None) -> tuple[Overview, Outcome]:
    overview, ready = await get_overview(upload)
    return overview, await actions.carry_out(upload, ready, decisions or {}, by=by, domain="testserver")


async def imported(
    data: bytes, by: Actor, name: str = "file.ics", *, decisions: Mapping[int, Decision] | None = None, **chosen: Any
) -> list[Act]:
    overview, outcome = await run(await kept(data, by, name, **chosen), by, decisions)
    assert [line.message for line in outcome.lines] == [""] * len(outcome.lines)
    if decisions is None:
        assert [plan.act for plan in overview.plans] == [line.act for line in outcome.lines], "the dry run told it"
    return [line.act for line in outcome.lines]


async def own(by: Actor) -> list[EventFacts]:
    return await list_facts(Filters(), viewer=by.organisation)
