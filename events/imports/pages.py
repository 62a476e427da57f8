import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from litestar import Controller, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect

from events.accounts.guards import actor, may, member, signed_in
from events.accounts.rules import Actor, SignedIn
from events.accounts.workspace import workspace_page
from events.imports import actions, queries
from events.imports.columns import LABELS, to_remember
from events.imports.forms import read_choices, read_decisions
from events.imports.from_calendar import asked_zones
from events.imports.planning import find_parent, get_overview
from events.imports.programme_template import COLUMNS, template_csv, template_xlsx
from events.imports.rules import LARGEST_FILE, Act, Choices, Overview, Plan
from events.imports.sources import read_address, read_file
from events.imports.uploads import Upload
from events.infra.ics.source import SourceCalendar
from events.infra.sheet_reader import SourceTable
from events.infra.sheets import CSV_TYPE, XLSX_TYPE
from events.kernel.errors import Invalid, Problem
from events.kernel.spans import picker_zones
from events.kernel.words import N_
from events.programme.queries.lists import list_own
from events.programme.rules import EventBrief, Kind, Status
from events.web.errors import status_of
from events.web.requests import AnyRequest
from events.web.security import settings_of

HERE = "/organise/imports"
_ROOM_FOR_FORM = 100_000
_QUIET_ROWS = 300
"""How many rows that need nobody's attention the page shows."""


class ImportPages(Controller):
    """A file in, a dry run to look at, and only then events."""

    path = HERE
    guards = [signed_in, may("events:write")]
    dependencies = {"member": Provide(member), "actor": Provide(actor)}
    include_in_schema = False

    @get()
    async def show(self, request: AnyRequest, member: NamedDependency[SignedIn]) -> Response[str]:
        return await _home(request, member, {"part_of": request.query_params.get("part_of", "")})

    @post(request_max_body_size=LARGEST_FILE + _ROOM_FOR_FORM)
    async def read(
        self, request: AnyRequest, member: NamedDependency[SignedIn], actor: NamedDependency[Actor]
    ) -> Response[Any]:
        posted = await request.form()
        typed = {name: str(posted.get(name, "")) for name in ("url", "part_of")}
        file = posted.get("file")
        try:
            if typed["url"].strip():
                upload, data = await read_address(
                    typed["url"], organisation=actor.organisation, part_of=typed["part_of"]
                )
            elif isinstance(file, UploadFile) and file.filename:
                data = await file.read()
                upload = await read_file(data, file.filename, organisation=actor.organisation, part_of=typed["part_of"])
            else:
                raise Invalid.of("file", N_("Choose a file, or give the address of a calendar."))
        except Invalid as invalid:
            return await _home(request, member, typed, invalid=invalid)
        kept = await actions.keep_upload(upload, digest=hashlib.sha256(data).hexdigest(), by=actor)
        return Redirect(f"{HERE}/{kept}", status_code=303)

    @get("/template.csv")
    async def csv_template(self) -> Response[bytes]:
        return _download(template_csv(), "csv", CSV_TYPE)

    @get("/template.xlsx")
    async def xlsx_template(self) -> Response[bytes]:
        return _download(await template_xlsx(), "xlsx", XLSX_TYPE)

    @get("/{import_id:int}")
    async def look(
        self, request: AnyRequest, member: NamedDependency[SignedIn], import_id: FromPath[int]
    ) -> Response[str]:
        upload = await queries.get_upload(import_id, member.organisation.id)
        return await _upload_page(request, member, upload)

    @post("/{import_id:int}")
    async def choose(
        self,
        request: AnyRequest,
        member: NamedDependency[SignedIn],
        actor: NamedDependency[Actor],
        import_id: FromPath[int],
    ) -> Response[Any]:
        upload = await queries.get_upload(import_id, actor.organisation)
        typed = {name: str(value) for name, value in (await request.form()).multi_items()}
        headings = upload.found.headings if isinstance(upload.found, SourceTable) else ()
        try:
            choices = read_choices(
                typed, zones=_tzids(upload), headings=headings, conferences=await _conferences(actor.organisation)
            )
        except Invalid as invalid:
            return await _upload_page(request, member, upload, typed=typed, invalid=invalid)
        upload = msgspec.structs.replace(upload, choices=choices)
        await actions.choose(upload, choices, headings=to_remember(headings, choices.columns))
        return Redirect(f"{HERE}/{import_id}", status_code=303)

    @post("/{import_id:int}/confirm")
    async def confirm(self, request: AnyRequest, actor: NamedDependency[Actor], import_id: FromPath[int]) -> Redirect:
        upload = await queries.get_upload(import_id, actor.organisation)
        if upload.outcome is None:
            typed = {name: str(value) for name, value in (await request.form()).multi_items()}
            _, ready = await get_overview(upload)
            domain = settings_of(request).domain
            await actions.carry_out(upload, ready, read_decisions(typed), by=actor, domain=domain)
        return Redirect(f"{HERE}/{import_id}", status_code=303)

    @post("/{import_id:int}/discard")
    async def discard(self, actor: NamedDependency[Actor], import_id: FromPath[int]) -> Redirect:
        upload = await queries.get_upload(import_id, actor.organisation)
        await actions.discard(upload.id, organisation=actor.organisation)
        return Redirect(f"{HERE}?done=discarded", status_code=303)


def _download(body: bytes, ending: str, media_type: str) -> Response[bytes]:
    headers = {"Content-Disposition": f'attachment; filename="programme.{ending}"'}
    return Response(body, media_type=media_type, headers=headers)


async def _home(
    request: AnyRequest, member: SignedIn, typed: Mapping[str, str], *, invalid: Invalid | None = None
) -> Response[str]:
    at = "url" if typed.get("url", "").strip() else "file"
    problems = [msgspec.structs.replace(one, field=at if one.field == "file" else one.field) for one in _told(invalid)]
    return workspace_page(
        request,
        member,
        "imports/home.html",
        status_of(invalid) if invalid else 200,
        typed=typed,
        problems=problems,
        conferences=await _conferences(member.organisation.id),
        uploads=await queries.list_uploads(member.organisation.id),
        most=LARGEST_FILE // 1_000_000,
        template_columns=[LABELS[name] for name in COLUMNS],
        done=request.query_params.get("done", ""),
    )


def _told(invalid: Invalid | None) -> Sequence[Problem]:
    return invalid.problems if invalid else ()


async def _conferences(organisation: int) -> list[EventBrief]:
    own = await list_own(organisation)
    return [one for one in own if one.kind is Kind.CONFERENCE and one.status is not Status.CANCELLED]


def _tzids(upload: Upload) -> list[str]:
    return [zone.tzid for zone in upload.found.zones] if isinstance(upload.found, SourceCalendar) else []


async def _upload_page(
    request: AnyRequest,
    member: SignedIn,
    upload: Upload,
    *,
    typed: Mapping[str, str] | None = None,
    invalid: Invalid | None = None,
) -> Response[str]:
    overview = None if upload.outcome else (await get_overview(upload))[0]
    table = upload.found if isinstance(upload.found, SourceTable) else None
    parent = await find_parent(upload)
    return workspace_page(
        request,
        member,
        "imports/upload.html",
        status_of(invalid) if invalid else 200,
        upload=upload,
        outcome=upload.outcome,
        overview=overview,
        plans=_shown(overview) if overview else [],
        more=max(0, _quiet(overview) - _QUIET_ROWS) if overview else 0,
        typed=_typed(upload.choices, upload) | ({"publish": "", "make_tracks": "", **typed} if typed else {}),
        problems=_told(invalid),
        table=table,
        samples=_samples(table) if table else [],
        labels=LABELS,
        asked=asked_zones(upload.found, upload.choices) if isinstance(upload.found, SourceCalendar) else [],
        conferences=await _conferences(upload.organisation),
        parent_is_draft=bool(parent and parent.status is Status.DRAFT),
        zones=picker_zones(),
    )


def _quiet(overview: Overview) -> int:
    return sum(_is_quiet(plan) for plan in overview.plans)


def _is_quiet(plan: Plan) -> bool:
    return plan.act not in {Act.REFUSE, Act.CHOOSE} and not plan.clashes


def _shown(overview: Overview) -> list[Any]:
    """Every row that somebody must look at, and so many of the others, in the order of the file."""
    quiet, shown = 0, []
    for plan in overview.plans:
        quiet += _is_quiet(plan)
        if not _is_quiet(plan) or quiet <= _QUIET_ROWS:
            shown.append(plan)
    return shown


def _samples(table: SourceTable) -> list[list[str]]:
    """Up to three values of each column, to know it by."""
    columns = zip(*(row.cells for row in table.rows), strict=True)
    return [list(dict.fromkeys(cell[:60] for cell in column if cell))[:3] for column in columns]


def _typed(choices: Choices, upload: Upload) -> dict[str, str]:
    """The form as it stands for what was chosen."""
    typed = {"zone": choices.zone, "language": choices.language, "kind": choices.kind or "", "part_of": choices.part_of}
    typed |= {f"zones.{number}": choices.zones.get(tzid, "") for number, tzid in enumerate(_tzids(upload))}
    typed |= {f"columns.{number}": field for number, field in choices.columns.items()}
    return typed | {
        "publish": "true" if choices.publish else "",
        "day_first": "true" if choices.day_first else "false",
        "make_tracks": "true" if choices.make_tracks else "",
    }
