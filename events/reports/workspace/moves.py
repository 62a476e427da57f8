"""Moving, postponing, going online and cancelling: first what would be sent to whom, then done, then taken back."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Struct

from events.accounts.guards import actor, may, member, signed_in
from events.accounts.rules import Actor, SignedIn
from events.accounts.workspace import workspace_page
from events.infra import db
from events.kernel.clock import utc_now
from events.kernel.errors import Conflict, DomainError, Invalid, Outdated, Problem
from events.kernel.words import N_
from events.programme import queries
from events.programme.documents import document_of
from events.programme.forms.contents import LinesText
from events.programme.forms.event import ModeForm, VenueForm
from events.programme.forms.times import WallTimeForm
from events.programme.queries.lists import list_parts
from events.programme.rules import EventFacts, Mode, Status
from events.programme.rules.clashes import Clashing
from events.programme.rules.errors import WrongStatus
from events.registration.actions.moving import cancel_event, go_online, move_event, postpone_event
from events.registration.actions.telling import tell_now, try_out
from events.registration.actions.undoing import undo_change
from events.registration.mails import examples
from events.registration.rules.changes import News, Telling, counted, leaves_at
from events.reports.workspace.beside import beside_fields, times_told_twice
from events.reports.workspace.document import number_in, wall_time_in
from events.reports.workspace.typed import LANGUAGES, acceptance_in, revision_in, typed_in, typed_of
from events.web.errors import status_of
from events.web.locale import nearest_language
from events.web.posted import LongLine, parse
from events.web.requests import AnyRequest
from events.web.security import settings_of

Typed = Mapping[str, str]
ASKED = ("confirmed", "back", "notify", "csrf")
"""What the preview's own form says, beside what was typed before it."""


class WhyForm(Struct):
    reason: LinesText = {}


class MoveForm(WhyForm, kw_only=True):
    starts: WallTimeForm
    ends: WallTimeForm
    venue: VenueForm | None = None


class OnlineForm(WhyForm, kw_only=True):
    modes: dict[str, ModeForm] = {}
    joining_link: LongLine | None = None


class MovePages(Controller):
    path = "/organise/events/{slug:str}"
    guards = [signed_in, may("events:write")]
    dependencies = {"member": Provide(member), "actor": Provide(actor)}
    include_in_schema = False

    @get(["/move", "/postpone", "/online", "/cancel"])
    async def show(self, request: AnyRequest, member: NamedDependency[SignedIn], slug: FromPath[str]) -> Response[str]:
        event = await queries.get_own_event(slug, member.organisation.id)
        typed = typed_of(document_of(event)) | {"revision": str(event.revision)}
        refused = _why_not(_name(request), event)
        return _form(request, member, event, typed, refused=refused)

    @post(["/move", "/postpone", "/online", "/cancel"])
    async def act(
        self,
        request: AnyRequest,
        member: NamedDependency[SignedIn],
        actor: NamedDependency[Actor],
        slug: FromPath[str],
    ) -> Response[Any]:
        event = await queries.get_own_event(slug, actor.organisation)
        typed, name = typed_in((await request.form()).multi_items()), _name(request)
        if "back" in typed:
            return _form(request, member, event, typed)
        try:
            act = _ACTS[name](slug, typed, actor)
            if "confirmed" not in typed:
                return await preview(request, member, event, typed, *await act.tried())
            await act.done(telling_of(typed))
        except (Invalid, Conflict, Outdated) as refused:
            return _form(request, member, event, typed, refused=refused)
        return Redirect(f"/organise/events/{slug}?done={name}", status_code=303)

    @post("/undo")
    async def undo(self, request: AnyRequest, actor: NamedDependency[Actor], slug: FromPath[str]) -> Response[Any]:
        typed = typed_in((await request.form()).multi_items())
        return await _answered(slug, "undone", undo_change(slug, by=actor, revision=revision_in(typed)))

    @post("/tell-now")
    async def tell_now(self, actor: NamedDependency[Actor], slug: FromPath[str]) -> Response[Any]:
        return await _answered(slug, "told", tell_now(slug, by=actor))


async def _answered(slug: str, done: str, act: Awaitable[object]) -> Response[Any]:
    try:
        await act
    except (Conflict, Outdated) as refused:
        done = "too-late" if isinstance(refused, Conflict) else "outdated"
    return Redirect(f"/organise/events/{slug}?done={done}", status_code=303)


class Act(Struct):
    """A verb with what was typed: to be tried out, then to be done."""

    verb: db.Action[Any, Any]
    slug: str
    given: Mapping[str, Any]

    async def tried(self) -> tuple[EventFacts, list[News]]:
        return await try_out(lambda: self.verb.step(self.slug, **self.given))

    async def done(self, telling: Telling) -> Any:
        return await self.verb(self.slug, **self.given, telling=telling)


def _move(slug: str, typed: Typed, by: Actor) -> Act:
    starts = wall_time_in(typed, "starts")
    times = {"starts": starts, "ends": {"zone": starts.get("zone", "")} | wall_time_in(typed, "ends")}
    named = {part: text for part in ("name", "room", "address") if (text := typed.get(f"venue.{part}", "").strip())}
    form = parse(MoveForm, times | _reason(typed) | ({"venue": {"name": ""} | named} if named else {}))
    further: dict[str, Any] = {}
    if "venue.name" in typed:
        kept = dict.fromkeys(("room", "address"))
        further["venue"] = kept | named if named else None
    given = {"starts": form.starts, "ends": form.ends, "further": further, "acceptance": acceptance_in(typed)}
    return _act(move_event, slug, typed, by, form, **given)


def _postpone(slug: str, typed: Typed, by: Actor) -> Act:
    return _act(postpone_event, slug, typed, by, parse(WhyForm, _reason(typed)))


def _online(slug: str, typed: Typed, by: Actor) -> Act:
    capacity = typed.get("modes.online.capacity", "").strip()
    posted = {"modes": {"online": {"capacity": number_in(typed, "modes.online.capacity")}}} if capacity else {}
    link = typed.get("joining_link", "").strip()
    form = parse(OnlineForm, posted | _reason(typed) | ({"joining_link": link} if link else {}))
    offered = form.modes.get("online")
    given = {"capacity": offered and offered.capacity, "joining_link": form.joining_link}
    return _act(go_online, slug, typed, by, form, **given)


def _cancel(slug: str, typed: Typed, by: Actor) -> Act:
    return _act(cancel_event, slug, typed, by, parse(WhyForm, _reason(typed)))


_ACTS: dict[str, Callable[[str, Typed, Actor], Act]] = {
    "move": _move,
    "postpone": _postpone,
    "online": _online,
    "cancel": _cancel,
}


def _act(verb: db.Action[Any, Any], slug: str, typed: Typed, by: Actor, form: WhyForm, **given: Any) -> Act:
    return Act(verb, slug, {"by": by, "reason": form.reason, "revision": revision_in(typed), **given})


def _reason(typed: Typed) -> dict[str, Any]:
    return {"reason": {tag: text for tag in LANGUAGES if (text := typed.get(f"reason.{tag}", "")).strip()}}


def _name(request: AnyRequest) -> str:
    return str(request.url.path).rpartition("/")[2]


def telling_of(typed: Typed) -> Telling:
    """What the preview's box says; where there was no preview, whoever registers in between is told."""
    return Telling.NEVER if "confirmed" in typed and not typed.get("notify") else Telling.SOON


def _why_not(name: str, event: EventFacts) -> DomainError | None:
    """Why this cannot be done with the event as it is, told before a form is filled in."""
    if event.status is Status.DRAFT:
        return WrongStatus(N_("Nobody has seen this draft yet. Edit it."))
    if event.status is Status.CANCELLED:
        return WrongStatus(N_("This event was cancelled. Copy it to hold it after all."))
    if name == "postpone" and event.status is Status.POSTPONED:
        return WrongStatus(N_("This event is postponed already. Move it to its new date."))
    if name == "online" and Mode.IN_PERSON not in event.modes:
        return WrongStatus(N_("This event takes place online already."))
    return None


async def preview(
    request: AnyRequest, member: SignedIn, event: EventFacts, typed: Typed, after: EventFacts, news: list[News]
) -> Response[Any]:
    """What would change and who would be told what, before it is done."""
    settings = settings_of(request)
    counts = counted(news, lambda language: nearest_language(language, settings.env))
    now = utc_now()
    return workspace_page(
        request,
        member,
        "reports/event_preview.html",
        event=event,
        after=after,
        act=_name(request),
        told=len(news),
        rows=sorted((*key, number) for key, number in counts.items()),
        examples=examples(settings, after, member.organisation, news),
        at_once=leaves_at(event, after, now, Telling.SOON) <= now,
        parts=await list_parts(event.id) if after.span != event.span else (),
        typed={name: text for name, text in typed.items() if name not in ASKED},
    )


def _form(
    request: AnyRequest,
    member: SignedIn,
    event: EventFacts,
    typed: Typed,
    *,
    refused: DomainError | None = None,
) -> Response[Any]:
    typed = dict(typed)
    if isinstance(refused, Outdated):  # sent once more, it is meant for what is saved now
        typed["revision"] = str(event.revision)
    clashing = refused if isinstance(refused, Clashing) else None
    problems = (
        refused.problems
        if isinstance(refused, Invalid)
        else [Problem("", refused.message, refused.params)]
        if refused
        else []
    )
    return workspace_page(
        request,
        member,
        "reports/event_move.html",
        status_of(refused) if refused and request.method == "POST" else 200,
        event=event,
        act=_name(request),
        impossible=_why_not(_name(request), event) is not None,
        typed=typed,
        problems=[] if clashing else beside_fields(problems, typed),
        clashing=clashing,
        told_twice={} if event.all_day else times_told_twice(typed),
        content_languages=LANGUAGES,
    )
