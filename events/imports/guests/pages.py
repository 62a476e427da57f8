"""Inviting people by a list: first what would come of each line, then one act for those that are right."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from litestar import Controller, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Struct
from msgspec.structs import replace

from events.accounts.guards import actor, may, member, signed_in
from events.accounts.rules import Actor, SignedIn
from events.accounts.workspace import workspace_page
from events.imports.guests.lists import ListLine, as_text, known_headings, lines_in, lines_of, read_lines
from events.infra.confined import confined
from events.infra.sheet_reader import SourceTable, read_table
from events.kernel.clock import utc_now
from events.kernel.errors import Invalid, Problem
from events.kernel.spans import wall_time_at
from events.kernel.words import N_
from events.programme.queries import get_own_event
from events.programme.rules import EventFacts, Mode
from events.registration.guests import actions, queries
from events.registration.guests.forms import read_terms
from events.registration.guests.rules import (
    MOST_GUESTS,
    NewGuest,
    Terms,
    check_can_invite,
    reserved_in,
    room_problems,
    row_problems,
    terms_problems,
)
from events.registration.rules import RegistrationClosed
from events.web.errors import status_of
from events.web.locale import LANGUAGES, language_of_request, nearest_language
from events.web.requests import AnyRequest
from events.web.security import settings_of

LARGEST_LIST = 2_000_000
_QUIET_ROWS = 100
"""How many lines that need nobody's attention the page shows."""
_USUALLY = timedelta(days=14)


class Checked(Struct, frozen=True, kw_only=True):
    """What was read of a list, and what stands against it; `wrong` by the number of the line."""

    lines: Sequence[ListLine] = ()
    guests: Sequence[NewGuest] = ()
    wrong: Mapping[int, Sequence[Problem]] = {}
    problems: Sequence[Problem] = ()
    terms: Terms | None = None


class InvitingPages(Controller):
    path = "/organise/events/{slug:str}/guests/new"
    guards = [signed_in, may("registrations:write")]
    dependencies = {"member": Provide(member), "actor": Provide(actor)}
    include_in_schema = False

    @get()
    async def show(self, request: AnyRequest, member: NamedDependency[SignedIn], slug: FromPath[str]) -> Response[str]:
        event = await get_own_event(slug, member.organisation.id)
        typed = {"expires.wall": _usual_end(event), "language": nearest_language(member.member.language, "")}
        return _page(request, member, event, typed)

    @post(request_max_body_size=2 * LARGEST_LIST)
    async def invite(
        self,
        request: AnyRequest,
        member: NamedDependency[SignedIn],
        actor: NamedDependency[Actor],
        slug: FromPath[str],
    ) -> Response[Any]:
        event = await get_own_event(slug, actor.organisation)
        posted = await request.form()
        typed = {name: value for name, value in posted.multi_items() if isinstance(value, str)}
        file = posted.get("file")
        try:
            has_file = await _take_file(typed, file)
            typed["list"], lines = _numbered(typed.get("list", ""))
            checked = await _checked(event, typed, lines)
        except Invalid as invalid:
            return _page(request, member, event, typed, Checked(problems=invalid.problems), status=422)
        if has_file or typed.get("act") != "invite" or checked.terms is None or checked.problems or not checked.guests:
            status = 422 if checked.problems or checked.wrong else 200
            return _page(request, member, event, typed, checked, status=status)
        try:
            secret = settings_of(request).secret_key
            made = await actions.invite(slug, checked.guests, checked.terms, secret=secret, by=actor)
        except (Invalid, RegistrationClosed) as refused:  # it changed meanwhile
            checked = replace(checked, problems=refused.problems)
            return _page(request, member, event, typed, checked, status=status_of(refused))
        left = {**checked.wrong, **made.problems}
        if not left:
            return Redirect(f"/organise/events/{slug}/guests?done=invited", status_code=303)
        typed["list"], lines = _numbered(as_text(line for line in lines if line.row in left))
        checked = await _checked(await get_own_event(slug, actor.organisation), typed, lines)
        return _page(request, member, event, typed, checked, invited=made.invited)


async def _take_file(typed: dict[str, str], file: object) -> bool:
    """What the file holds comes into the box, below what stands there; raises Invalid."""
    if not (isinstance(file, UploadFile) and file.filename):
        return False
    data = await file.read()
    if len(data) > LARGEST_LIST:
        raise Invalid.of("file", N_("The file is larger than {most} MB."), most=LARGEST_LIST // 1_000_000)
    table: SourceTable = await confined(read_table, data, SourceTable, known=known_headings(), most=MOST_GUESTS)
    typed["list"] = as_text([*lines_in(typed.get("list", "")), *lines_of(table)])
    return True


def _numbered(text: str) -> tuple[str, list[ListLine]]:
    """One person a line: where somebody wrote several, the box is written anew."""
    lines = lines_in(text)
    if len({line.row for line in lines}) < len(lines):
        text = as_text(lines)
        lines = lines_in(text)
    return text, lines


async def _checked(event: EventFacts, typed: Mapping[str, str], lines: Sequence[ListLine]) -> Checked:
    """Everything that is wrong, with the terms and with each line."""
    now = utc_now()
    mode = Mode(typed["mode"]) if typed.get("mode") in set(Mode) else None
    guests, wrong = read_lines(lines, language=typed.get("language") or "en", mode=mode)
    terms, problems = _read_terms(typed, event, now)
    try:
        check_can_invite(event, now)
    except RegistrationClosed as closed:
        problems += closed.problems
    if not lines:
        problems.append(Problem("list", N_("Write whom you invite, one person a line.")))
    if len(lines) > MOST_GUESTS:
        problems.append(Problem("list", N_("Invite at most {limit} people at once."), {"limit": MOST_GUESTS}))
        return Checked(lines=lines, wrong=wrong, problems=problems)
    known = await queries.known_of(event.id, event.organisation, [guest.email for guest in guests])
    wrong = {**wrong, **row_problems(guests, event, terms, known)}
    right = [guest for guest in guests if guest.row not in wrong]
    if terms and terms.reserves:
        problems += room_problems(reserved_in(right, event), {places.mode: places.free for places in event.places})
    return Checked(lines=lines, guests=right, wrong=wrong, problems=problems, terms=terms)


def _read_terms(typed: Mapping[str, str], event: EventFacts, now: datetime) -> tuple[Terms | None, list[Problem]]:
    try:
        terms = read_terms(_terms_in(typed, event))
    except Invalid as invalid:
        return None, list(invalid.problems)
    return terms, terms_problems(event, terms, now)


def _terms_in(typed: Mapping[str, str], event: EventFacts) -> dict[str, Any]:
    expires: dict[str, Any] = {"wall": typed.get("expires.wall", ""), "zone": event.span.starts.zone}
    if typed.get("expires.fold") in {"0", "1"}:
        expires["fold"] = int(typed["expires.fold"])
    return {
        "expires": expires,
        "skips_approval": typed.get("skips_approval") == "true",
        "reserves": typed.get("reserves") == "true",
        "note": {tag: typed.get(f"note.{tag}", "") for tag in LANGUAGES},
    }


def _usual_end(event: EventFacts) -> str:
    """In two weeks, or when the event starts if that is before."""
    zone = event.span.starts.zone
    then = datetime.combine(wall_time_at(utc_now() + _USUALLY, zone).wall.date(), time(18))
    return min(then, event.span.starts.wall).isoformat(timespec="minutes")


def _page(
    request: AnyRequest,
    member: SignedIn,
    event: EventFacts,
    typed: Mapping[str, str],
    checked: Checked | None = None,
    *,
    status: int = 200,
    invited: int = 0,
) -> Response[str]:
    checked = checked or Checked()
    language = language_of_request(request, member.member.language)
    return workspace_page(
        request,
        member,
        "imports/guests.html",
        status,
        event=event,
        typed=typed,
        problems=checked.problems,
        wrong=[(line, checked.wrong[line.row]) for line in checked.lines if line.row in checked.wrong],
        right=checked.guests[:_QUIET_ROWS],
        more=max(0, len(checked.guests) - _QUIET_ROWS),
        number_right=len(checked.guests),
        looked=bool(checked.lines),
        invited=invited,
        told_twice=_told_twice(checked.problems),
        content_languages=list(LANGUAGES),
        languages_offered=[(tag, facts.name) for tag, facts in LANGUAGES.items()],
        most=MOST_GUESTS,
        reader=language,
    )


def _told_twice(problems: Sequence[Problem]) -> dict[str, tuple[str, str]]:
    """The offsets of the two, where clocks show the end twice."""
    twice = next((one.params for one in problems if one.field == "expires.fold"), None)
    return {"expires": (str(twice["first"]), str(twice["second"]))} if twice else {}
