"""The programme of a conference as its organisers prepare it, and its release."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Struct

from events.accounts.guards import actor, may, member, signed_in
from events.accounts.rules import Actor, SignedIn
from events.accounts.workspace import workspace_page
from events.kernel.errors import Conflict, DomainError, Invalid, Outdated, Problem
from events.kernel.words import N_
from events.programme.actions import create_event, drop_plan, plan_cancellation, plan_session
from events.programme.documents import document_of
from events.programme.forms import read_event
from events.programme.forms.contents import LinesText
from events.programme.grid import Placed, grid_of
from events.programme.pages.programme import tracks_css
from events.programme.plans import Standing, released
from events.programme.queries import get_own_event
from events.programme.queries.lists import list_own
from events.programme.queries.versions import PlannedProgramme, get_planned, get_planned_session
from events.programme.rules import EventFacts
from events.programme.rules.clashes import Clashing
from events.programme.rules.versions import SessionState, changes_between
from events.reports.actions import release_programme
from events.reports.workspace.document import document_in, patch_to
from events.reports.workspace.editing import event_form
from events.reports.workspace.typed import LANGUAGES, acceptance_in, revision_in, typed_in, typed_of
from events.web.errors import status_of
from events.web.posted import parse
from events.web.requests import AnyRequest
from events.web.security import settings_of

Typed = Mapping[str, str]
MOST_DAYS = 31
BESIDE = {"starts": "from", "ends": "until", "title": "title.en", "venue": "room"}
"""Where the short form has what the whole one calls otherwise."""


class ReasonForm(Struct):
    reason: LinesText = {}


class NoteForm(Struct):
    note: LinesText = {}


class ProgrammeEditingPages(Controller):
    path = "/organise/events/{slug:str}/programme"
    guards = [signed_in, may("events:write")]
    dependencies = {"member": Provide(member), "actor": Provide(actor)}
    include_in_schema = False

    @get()
    async def show(self, request: AnyRequest, member: NamedDependency[SignedIn], slug: FromPath[str]) -> Response[str]:
        programme = await get_planned(slug, member.organisation.id)
        days = grid_of(
            [Placed(one.state.span, one.state.room, one) for one in programme.sessions],
            programme.conference.span.starts.zone,
            rooms=programme.conference.rooms,
            plenary=[Placed(sitting.span, "", sitting) for sitting in programme.conference.plenary],
            days=_days(programme.conference),
            every_room=True,
        )
        return workspace_page(
            request, member, "reports/programme.html", event=programme.conference, programme=programme, days=days,
            waiting=sum(one.standing is not Standing.RELEASED for one in programme.sessions),
            changed=bool(changes_between(_before(programme), released(programme.sessions))),
            done=request.query_params.get("done", ""),
        )  # fmt: skip

    @get("/tracks.css")
    async def tracks(self, member: NamedDependency[SignedIn], slug: FromPath[str]) -> Response[str]:
        """Also of a conference that is a draft."""
        return tracks_css(await get_own_event(slug, member.organisation.id))

    @get("/new")
    async def show_new(
        self, request: AnyRequest, member: NamedDependency[SignedIn], slug: FromPath[str]
    ) -> Response[str]:
        conference = (await get_planned(slug, member.organisation.id)).conference
        asked = {name: request.query_params.get(name, "") for name in ("day", "room", "from", "until")}
        return _short_form(request, member, conference, asked)

    @post("/new")
    async def create(
        self,
        request: AnyRequest,
        member: NamedDependency[SignedIn],
        actor: NamedDependency[Actor],
        slug: FromPath[str],
    ) -> Response[Any]:
        conference = (await get_planned(slug, actor.organisation)).conference
        typed = typed_in((await request.form()).multi_items())
        try:
            draft = read_event(_session_in(typed, conference))
            domain, acceptance = settings_of(request).domain, acceptance_in(typed)
            session = await create_event(draft, by=actor, domain=domain, acceptance=acceptance)
        except (Invalid, Conflict) as refused:
            return _short_form(request, member, conference, typed, refused)
        if typed.get("then") == "more":
            return Redirect(f"/organise/events/{slug}/programme/sessions/{session.slug}", status_code=303)
        return _back(slug, "added", f"#s-{session.slug}")

    @get("/sessions/{session:str}")
    async def show_session(
        self, request: AnyRequest, member: NamedDependency[SignedIn], session: FromPath[str]
    ) -> Response[str]:
        planned = await get_planned_session(session, member.organisation.id)
        typed = typed_of(planned.document) | {"revision": str(planned.event.revision)}
        own = await list_own(member.organisation.id)
        return await event_form(request, member, own, typed, event=planned.event, planned=planned)

    @post("/sessions/{session:str}")
    async def change_session(
        self,
        request: AnyRequest,
        member: NamedDependency[SignedIn],
        actor: NamedDependency[Actor],
        slug: FromPath[str],
        session: FromPath[str],
    ) -> Response[Any]:
        planned = await get_planned_session(session, actor.organisation)
        typed = typed_in((await request.form()).multi_items())
        patch = patch_to(document_of(planned.event), document_in(typed, planned.document))
        try:
            acceptance = acceptance_in(typed)
            await plan_session(session, patch, by=actor, revision=revision_in(typed), acceptance=acceptance)
        except (Invalid, Conflict, Outdated) as refused:
            own = await list_own(actor.organisation)
            return await event_form(
                request, member, own, typed, event=planned.event, refused=refused, planned=planned,
                differing=list(patch),
            )  # fmt: skip
        return _back(slug, "kept")

    @post("/sessions/{session:str}/cancel")
    async def cancel_session(
        self, request: AnyRequest, actor: NamedDependency[Actor], slug: FromPath[str], session: FromPath[str]
    ) -> Response[Any]:
        reason = _texts(typed_in((await request.form()).multi_items()), "reason")
        await plan_cancellation(session, reason=parse(ReasonForm, {"reason": reason}).reason, by=actor)
        return _back(slug, "kept")

    @post("/sessions/{session:str}/keep")
    async def keep_session(
        self, actor: NamedDependency[Actor], slug: FromPath[str], session: FromPath[str]
    ) -> Response[Any]:
        await drop_plan(session, by=actor)
        return _back(slug, "dropped")

    @get("/release")
    async def show_release(
        self, request: AnyRequest, member: NamedDependency[SignedIn], slug: FromPath[str]
    ) -> Response[str]:
        return _release_page(request, member, await get_planned(slug, member.organisation.id), {})

    @post("/release")
    async def release(
        self,
        request: AnyRequest,
        member: NamedDependency[SignedIn],
        actor: NamedDependency[Actor],
        slug: FromPath[str],
    ) -> Response[Any]:
        """What was not seen on the page, or not ticked there, stays for another version."""
        posted = [*(await request.form()).multi_items()]
        ticked = {str(value) for name, value in posted if name == "session"}
        typed = typed_in(posted)
        programme = await get_planned(slug, actor.organisation)
        held_back = frozenset(one.event.id for one in programme.sessions if str(one.event.id) not in ticked)
        try:
            note = parse(NoteForm, {"note": _texts(typed, "note")}).note
            acceptance = acceptance_in(typed)
            await release_programme(slug, note=note, held_back=held_back, by=actor, acceptance=acceptance)
        except (Invalid, Conflict) as refused:
            return _release_page(request, member, programme, typed, refused)
        return _back(slug, "released")


def _back(slug: str, done: str, anchor: str = "") -> Response[Any]:
    return Redirect(f"/organise/events/{slug}/programme?done={done}{anchor}", status_code=303)


def _days(conference: EventFacts) -> list[date]:
    first, last = conference.span.starts.wall.date(), conference.span.ends.wall.date()
    return [first + timedelta(days=number) for number in range(min((last - first).days, MOST_DAYS - 1) + 1)]


def _texts(typed: Typed, name: str) -> dict[str, str]:
    return {tag: text for tag in LANGUAGES if (text := typed.get(f"{name}.{tag}", "")).strip()}


def _session_in(typed: Typed, conference: EventFacts) -> dict[str, Any]:
    """The session that the short form stands for: where the conference is, in its languages, without places."""
    zone, day, room = conference.span.starts.zone, typed.get("day", ""), typed.get("room", "").strip()
    venue = document_of(conference)["venue"]
    return {
        "kind": "session",
        "part_of": conference.slug,
        "title": _texts(typed, "title"),
        "starts": {"wall": f"{day}T{typed.get('from', '')}", "zone": zone},
        "ends": {"wall": f"{day}T{typed.get('until', '')}", "zone": zone},
        "venue": (venue or {"name": room}) | {"room": room} if room else venue,
        "track": typed.get("track") or None,
        "modes": {},
        "languages": list(conference.languages),
        "sample": dict(conference.sample),
    }


def _short_form(
    request: AnyRequest,
    member: SignedIn,
    conference: EventFacts,
    typed: Typed,
    refused: DomainError | None = None,
) -> Response[str]:
    return workspace_page(
        request, member, "reports/programme_new.html", status_of(refused) if refused else 200, event=conference,
        typed=typed, problems=_problems(refused), days=_days(conference),
        clashing=refused if isinstance(refused, Clashing) else None,
    )  # fmt: skip


def _problems(refused: DomainError | None) -> Sequence[Problem]:
    if refused is None or isinstance(refused, Clashing):
        return ()
    shown = []
    for problem in refused.problems:
        no_time = problem.field.endswith(".wall") and not problem.params
        field = BESIDE.get(problem.field.partition(".")[0], problem.field)
        shown.append(
            Problem(
                field, N_("Choose a day, and write the time as 13:15.") if no_time else problem.message, problem.params
            )
        )
    return shown


def _release_page(
    request: AnyRequest,
    member: SignedIn,
    programme: PlannedProgramme,
    typed: Typed,
    refused: DomainError | None = None,
) -> Response[str]:
    planned = {one.event.id: one for one in programme.sessions if one.standing is not Standing.RELEASED}
    return workspace_page(
        request, member, "reports/programme_release.html", status_of(refused) if refused else 200,
        event=programme.conference,
        number=programme.version.number + 1 if programme.version else 1,
        changes=changes_between(_before(programme), released(programme.sessions)),
        planned=planned,
        names={one.event.slug: one.event.title for one in programme.sessions},
        typed=typed,
        problems=[] if refused is None or isinstance(refused, Clashing) else refused.problems,
        clashing=refused if isinstance(refused, Clashing) else None,
        content_languages=LANGUAGES,
    )  # fmt: skip


def _before(programme: PlannedProgramme) -> Sequence[SessionState]:
    return programme.version.sessions if programme.version else ()
