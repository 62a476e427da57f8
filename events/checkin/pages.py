from collections.abc import Sequence
from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec.structs import replace

from events.accounts.actions.attempts import count_attempt
from events.accounts.guards import actor, may, member, signed_in
from events.accounts.rules import Actor, SignedIn
from events.accounts.workspace import workspace_page
from events.checkin import actions, queries
from events.checkin.documents import answered
from events.checkin.forms import read_scans, read_typed_door
from events.checkin.rules import Answer, DoorFacts, DoorNotFound
from events.infra import qr
from events.kernel.errors import Invalid, Problem
from events.kernel.ids import digest, new_token, read_code
from events.programme.queries import get_event_by_id, get_own_event
from events.registration.pages.asking import LARGEST_FORM, asking_of, kept_unseen, read_posted, values_of
from events.web.locale import language_of_request
from events.web.posted import read_json
from events.web.requests import AnyRequest
from events.web.security import client_network, settings_of
from events.web.templating import page

WRONG_TOKENS = {"limit": 30, "window_seconds": 600}
NOT_READ = {
    "reason": "failed",
    "name": None,
    "first_scan": None,
    "other_event": None,
    "assists": None,
    "admission": None,
    "asks": 0,
}
"""What the page shows for a code that cannot be one."""


class DoorPages(Controller):
    """A volunteer's phone at a door: whoever has the address may scan, so nobody is asked who they are."""

    path = "/door"
    include_in_schema = False

    @get("/{token:str}")
    async def show(self, request: AnyRequest, token: FromPath[str]) -> Response[str]:
        return await _door_page(request, await _door(request, token))

    @post("/{token:str}", status_code=200)
    async def scan(self, request: AnyRequest, token: FromPath[str]) -> Response[Any]:
        """JSON from door.js is answered as the API answers; a form, where there is no JavaScript, with the page."""
        door = await _door(request, token)
        if request.headers.get("content-type", "").startswith("application/json"):
            posted = await read_json(request)
            answers = await actions.scan_with_phone(door, read_scans(posted))
            return Response(answered(posted, answers, language_of_request(request)))
        form = await request.form()
        code = str(form.get("code", ""))
        # Loading the answer again sends the same form again, which must not count as a second scan.
        nonce = digest(f"{form.get('made', '')} {code}")
        try:
            [answer] = await actions.scan_with_phone(door, read_scans({"code": code, "nonce": nonce}))
        except Invalid:
            return await _door_page(request, door, NOT_READ, 422)
        return await _door_page(request, door, answer, code=read_code(code) or "")

    @get("/{token:str}/answers/{code:str}")
    async def ask(self, request: AnyRequest, token: FromPath[str], code: FromPath[str]) -> Response[str]:
        return await _asking_page(request, await _door(request, token), code)

    @post("/{token:str}/answers/{code:str}", request_max_body_size=LARGEST_FORM)
    async def keep_answers(self, request: AnyRequest, token: FromPath[str], code: FromPath[str]) -> Response[Any]:
        door = await _door(request, token)
        form, known = await queries.list_asked(door, await queries.get_person(door, code))
        event = await get_event_by_id(door.event)
        given, problems = await read_posted(request, event, await request.form(), form=form)
        empty = {one.name: "" for one in form.questions if one.name not in kept_unseen(form, known)}
        try:
            if not problems:
                await actions.answer_at_door(door, code, empty | given)
        except Invalid as invalid:
            problems = list(invalid.problems)
        if problems:
            return await _asking_page(request, door, code, 422, given=given, problems=problems)
        return Redirect(f"/door/{token}?done=answers", status_code=303)


class DoorsPages(Controller):
    """An event's doors in the workspace."""

    path = "/organise/events/{slug:str}/doors"
    guards = [signed_in]
    dependencies = {"member": Provide(member), "actor": Provide(actor)}
    include_in_schema = False

    @get()
    async def show(self, request: AnyRequest, member: NamedDependency[SignedIn], slug: FromPath[str]) -> Response[str]:
        return await _doors_page(request, member, slug)

    @post(guards=[may("scans:write")])
    async def open_door(
        self,
        request: AnyRequest,
        member: NamedDependency[SignedIn],
        actor: NamedDependency[Actor],
        slug: FromPath[str],
    ) -> Response[Any]:
        posted = await request.form()
        typed: dict[str, Any] = {name: str(posted.get(name, "")) for name in ("name", "opens.wall")}
        typed |= {"reentry": posted.get("reentry") == "true"}
        zone = (await get_own_event(slug, actor.organisation)).span.starts.zone
        try:
            form = read_typed_door(typed, zone)
        except Invalid as invalid:
            return await _doors_page(request, member, slug, 422, problems=invalid.problems, typed=typed)
        door = await actions.open_door(slug, form, by=actor, secret=settings_of(request).secret_key)
        return Redirect(f"/organise/events/{slug}/doors?done=opened#door-{door.id}", status_code=303)

    @post("/{door_id:int}/close", guards=[may("scans:write")])
    async def close_door(self, actor: NamedDependency[Actor], slug: FromPath[str], door_id: FromPath[int]) -> Redirect:
        await actions.close_door(door_id, by=actor)
        return Redirect(f"/organise/events/{slug}/doors?done=closed", status_code=303)


async def _door(request: AnyRequest, token: str) -> DoorFacts:
    """Whose address this is; who tries many that are none is slowed down."""
    door = await queries.find_by_token(token)
    if door is None:
        await count_attempt("door", client_network(request), **WRONG_TOKENS)
        raise DoorNotFound
    return queries.check_open(door)


async def _door_page(
    request: AnyRequest,
    door: DoorFacts,
    answer: Answer | dict[str, Any] | None = None,
    status_code: int = 200,
    *,
    code: str = "",
) -> Response[str]:
    return page(
        request,
        "checkin/door.html",
        status_code,
        headers={"Cache-Control": "no-store"},
        door=door,
        url=request.scope["path"],
        opens_at=door.local(door.opens_at) if door.opens_at else None,
        answer=answer,
        code=code,
        done=request.query_params.get("done", ""),
        counts=await queries.count(door.event),
        recent=await queries.list_recent(door),
        made=new_token(),
    )


async def _asking_page(
    request: AnyRequest,
    door: DoorFacts,
    code: str,
    status_code: int = 200,
    *,
    given: dict[str, Any] | None = None,
    problems: Sequence[Problem] = (),
) -> Response[str]:
    """What is asked at the door, with what was answered so far."""
    ticket = await queries.get_person(door, code)
    form, known = await queries.list_asked(door, ticket)
    event, language = await get_event_by_id(door.event), language_of_request(request)
    asking = await asking_of(language, event, values_of(known) if given is None else given, form=form)
    return page(
        request,
        "checkin/asking.html",
        status_code,
        headers={"Cache-Control": "no-store"},
        door=door,
        url=request.scope["path"].partition("/answers/")[0],
        ticket=ticket,
        asking=asking and replace(asking, kept=kept_unseen(form, known)),
        problems=problems,
    )


async def _doors_page(
    request: AnyRequest,
    member: SignedIn,
    slug: str,
    status_code: int = 200,
    *,
    problems: Sequence[Problem] = (),
    typed: dict[str, Any] | None = None,
) -> Response[str]:
    event = await get_own_event(slug, member.organisation.id)
    doors = await queries.list_doors(event.id)
    urls = {door.id: actions.url_of(door, settings_of(request)) for door in doors if door.closed_at is None}
    return workspace_page(
        request,
        member,
        "checkin/doors.html",
        status_code,
        event=event,
        doors=doors,
        urls=urls,
        codes={door: qr.svg(url) for door, url in urls.items()},
        counts=await queries.count(event.id),
        by_reason=await queries.count_by_reason(event.id),
        recent=await queries.list_recent_at_event(event.id, event.span.starts.zone),
        problems=problems,
        typed=typed or {"name": "", "reentry": False, "opens.wall": ""},
        done=request.query_params.get("done", ""),
    )
