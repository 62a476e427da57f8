"""How the people of an event stand with the house: one by one, and all whom the host names."""

from collections.abc import Sequence
from typing import Any

from litestar import Controller, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Struct, structs

from events.accounts.guards import actor, may, member, signed_in
from events.accounts.rules import Actor, SignedIn
from events.accounts.workspace import workspace_page
from events.infra.confined import confined
from events.infra.sheet_reader import SourceTable, read_table
from events.kernel.errors import Conflict, Invalid, Problem
from events.programme.queries import get_own_event
from events.registration.admission.actions import note_list, set_admission
from events.registration.admission.named import Named, read_named
from events.registration.admission.queries import count_states
from events.registration.admission.rules import Admission
from events.registration.forms import AdmissionForm
from events.reports.workspace.answers import own
from events.web.errors import status_of
from events.web.posted import parse
from events.web.requests import AnyRequest

LARGEST_FILE = 5_000_000
_ROOM_FOR_FORM = 1_000_000


class ListForm(Struct):
    admission: Admission
    leave_out: bool = False


class AdmissionPages(Controller):
    path = "/organise/events/{slug:str}"
    guards = [signed_in]
    dependencies = {"member": Provide(member), "actor": Provide(actor)}
    include_in_schema = False

    @get("/admission", guards=[may("registrations:read")])
    async def show(self, request: AnyRequest, member: NamedDependency[SignedIn], slug: FromPath[str]) -> Response[str]:
        return await _page(request, member, slug, {})

    @post(
        "/admission",
        guards=[may("registrations:write")],
        request_max_body_size=LARGEST_FILE + _ROOM_FOR_FORM,
    )
    async def note(
        self,
        request: AnyRequest,
        member: NamedDependency[SignedIn],
        actor: NamedDependency[Actor],
        slug: FromPath[str],
    ) -> Response[Any]:
        event = await get_own_event(slug, actor.organisation)
        posted = await request.form()
        typed = {name: str(posted.get(name, "")) for name in ("list", "admission", "leave_out")}
        try:
            form, named = await _read(typed, posted.get("file"))
            noted = await note_list(event.slug, named, form.admission, leave_out=form.leave_out, by=actor)
        except (Invalid, Conflict) as refused:
            return await _page(request, member, slug, typed, refused)
        done = f"done=noted&changed={noted.changed}&same={noted.same}"
        return Redirect(f"/organise/events/{slug}/admission?{done}", status_code=303)

    @post("/registrations/{code:str}/admission", guards=[may("registrations:write")])
    async def note_one(
        self, request: AnyRequest, actor: NamedDependency[Actor], slug: FromPath[str], code: FromPath[str]
    ) -> Redirect:
        _, ticket = await own(slug, code, actor.organisation)
        form = parse(AdmissionForm, {"admission": (await request.form()).get("admission")})
        await set_admission(ticket.code, form.admission, by=actor)
        return Redirect(f"/organise/events/{slug}/registrations/{ticket.code}?done=admission", status_code=303)


async def _read(typed: dict[str, str], file: object) -> tuple[ListForm, list[Named]]:
    """What is to be noted, and of whom; raises Invalid with everything that is wrong.

    A file is put into the list, so that nothing is lost when some of its rows cannot be taken.
    """
    problems: list[Problem] = []
    form, named = ListForm(Admission.NOT_APPLIED), []
    try:
        said = {"admission": typed["admission"]} if typed["admission"] else {}
        form = parse(ListForm, {**said, "leave_out": typed["leave_out"] == "true"})
    except Invalid as invalid:
        problems += invalid.problems
    try:
        if isinstance(file, UploadFile) and file.filename:
            typed["list"] = await _as_text(file)
        named = read_named(typed["list"])
    except Invalid as invalid:
        problems += [structs.replace(one, field="list" if one.field == "list" else "file") for one in invalid.problems]
    if problems:
        raise Invalid(problems)
    return form, named


async def _as_text(file: UploadFile) -> str:
    data = await file.read()
    table = await confined(read_table, data, SourceTable, known=[])
    rows = {row.line: row.cells for row in table.rows}
    first = min(rows) - 1
    rows[first] = table.headings
    return "\n".join("\t".join(rows.get(line, ())).replace("\n", " ") for line in range(1, max(rows) + 1))


async def _page(
    request: AnyRequest,
    member: SignedIn,
    slug: str,
    typed: dict[str, str],
    refused: Invalid | Conflict | None = None,
) -> Response[str]:
    event = await get_own_event(slug, member.organisation.id)
    problems: Sequence[Problem] = ()
    if refused:
        one = Problem("", refused.message, refused.params)
        problems = refused.problems if isinstance(refused, Invalid) else [one]
    query = request.query_params
    return workspace_page(
        request,
        member,
        "reports/admission.html",
        status_of(refused) if refused else 200,
        event=event,
        counts=await count_states(event.id) if event.admission_step else {},
        typed={"list": "", "admission": "approved", "leave_out": ""} | typed,
        problems=problems,
        rows_wrong=any(problem.params.get("row") for problem in problems),
        done=query.get("done", "") if not refused else "",
        changed=_number(query.get("changed")),
        same=_number(query.get("same")),
    )


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 6 else 0  # noqa: PLR2004 - digits
