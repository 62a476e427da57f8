"""Making a series of an event: a rule, then every date as it would be, then the events. And how they differ later."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Struct

from events.accounts.guards import actor, may, member, signed_in
from events.accounts.rules import Actor, SignedIn
from events.accounts.workspace import workspace_page
from events.kernel.clock import utc_now
from events.kernel.errors import Conflict, DomainError, Invalid, Problem
from events.kernel.words import N_
from events.programme import queries
from events.programme.actions import make_series
from events.programme.documents import document_of
from events.programme.queries.series import list_clashes_at, list_rules, list_series
from events.programme.rules import EventFacts, Status
from events.programme.rules.clashes import Clash, Clashing
from events.programme.rules.recurrence import MOST_DATES, WEEKDAYS, BadRule, read_rule
from events.programme.rules.series import Proposal, differences, proposal
from events.reports.workspace.typed import acceptance_in, typed_in
from events.web.errors import status_of
from events.web.requests import AnyRequest
from events.web.security import settings_of

_DAY_NAMES = tuple(WEEKDAYS)
_MOST_MORE = 50


class Shown(Struct, frozen=True):
    """One date of the preview."""

    date: Proposal
    clashes: list[Clash]
    there: bool
    taken: bool


class SeriesPages(Controller):
    path = "/organise/events/{slug:str}/series"
    guards = [signed_in, may("events:write")]
    dependencies = {"member": Provide(member), "actor": Provide(actor)}
    include_in_schema = False

    @get("/")
    async def show(self, request: AnyRequest, member: NamedDependency[SignedIn], slug: FromPath[str]) -> Response[str]:
        event = await queries.get_own_event(slug, member.organisation.id)
        query: dict[str, str] = {}
        for name, value in request.query_params.multi_items():
            query[name] = f"{query[name]},{value}" if name == "days" and name in query else value
        return await _page(request, member, event, query)

    @post("/")
    async def make(
        self,
        request: AnyRequest,
        member: NamedDependency[SignedIn],
        actor: NamedDependency[Actor],
        slug: FromPath[str],
    ) -> Response[Any]:
        event = await queries.get_own_event(slug, actor.organisation)
        posted = list((await request.form()).multi_items())
        typed = typed_in((name, value) for name, value in posted if name != "date")
        chosen = frozenset(str(value) for name, value in posted if name == "date")
        try:
            dates = _dates(event, typed, [])
            wanted = [one for one in dates if _key(one) in chosen]
            if not wanted:
                raise Invalid.of("", N_("Choose one date at least."))
            made = await make_series(
                slug,
                wanted,
                rules=_lines(typed, dates, wanted),
                publish=bool(typed.get("publish")),
                by=actor,
                domain=settings_of(request).domain,
                acceptance=acceptance_in(typed),
            )
        except (Invalid, Conflict) as refused:
            return await _page(request, member, event, typed, chosen=chosen, refused=refused)
        return Redirect(f"/organise/events/{slug}/series?done={len(made)}", status_code=303)


async def _page(
    request: AnyRequest,
    member: SignedIn,
    event: EventFacts,
    typed: Mapping[str, str],
    *,
    chosen: frozenset[str] | None = None,
    refused: DomainError | None = None,
) -> Response[str]:
    problems: list[Problem] = []
    asked = "repeats" in typed or "rule" in typed
    dates = _dates(event, typed, problems) if asked else []
    own = await list_series(event.series)
    shown = await _previewed(event, own, dates, chosen)
    clashing = refused if isinstance(refused, Clashing) else None
    problems += [] if clashing or refused is None else refused.problems
    status = status_of(refused) if refused else 422 if problems else 200
    done = request.query_params.get("done", "")
    return workspace_page(
        request,
        member,
        "reports/series.html",
        status,
        event=event,
        typed=_defaults(event) | dict(typed),
        problems=problems,
        shown=shown,
        fresh=sum(not one.there for one in shown),
        clashing=clashing,
        told=" ".join(sorted({clash.key for one in shown if not one.there for clash in one.clashes})),
        rule=_rule_text(event, typed) if shown else "",
        rules=await list_rules(event.series),
        own=list(zip(own, differences([document_of(one) for one in own]), strict=True)),
        now=utc_now(),
        day_names=_DAY_NAMES,
        made=int(done) if done.isascii() and done.isdecimal() and len(done) < 4 else 0,  # noqa: PLR2004 - of 200
        may_publish=event.status is Status.PUBLISHED,
    )


async def _previewed(
    event: EventFacts, own: Sequence[EventFacts], dates: Sequence[Proposal], chosen: frozenset[str] | None
) -> list[Shown]:
    """`own` are those of the series that there are; with none `chosen` yet, all are."""
    there = {one.span.starts.wall for one in own} | {event.span.starts.wall}
    clashes = await list_clashes_at(event, [one.span for one in dates])
    return [
        Shown(one, found, one.span.starts.wall in there, chosen is None or _key(one) in chosen)
        for one, found in zip(dates, clashes, strict=True)
    ]


def _key(one: Proposal) -> str:
    return one.wall.isoformat(timespec="minutes")


def _defaults(event: EventFacts) -> dict[str, str]:
    """Every second week on the event's own weekday."""
    weekday = _DAY_NAMES[event.span.starts.wall.weekday()]
    return dict.fromkeys(("until", "count", "more", "rule"), "") | {
        "repeats": "weekly",
        "interval": "2",
        "days": weekday,
        "publish": "true" if event.status is Status.PUBLISHED else "",
    }


def _rule_text(event: EventFacts, typed: Mapping[str, str]) -> str:
    """RFC 5545's words for what was chosen, unless a rule was written."""
    if own := typed.get("rule", "").strip():
        return own.upper().removeprefix("RRULE:")
    wall = event.span.starts.wall
    weekday = _DAY_NAMES[wall.weekday()]
    days = ",".join(day for day in typed.get("days", "").split(",") if day in WEEKDAYS) or weekday
    parts = {
        "daily": "FREQ=DAILY",
        "weekly": f"FREQ=WEEKLY;BYDAY={days}",
        "monthly": f"FREQ=MONTHLY;BYMONTHDAY={wall.day}",
        "monthly_nth": f"FREQ=MONTHLY;BYDAY={(wall.day - 1) // 7 + 1}{weekday}",
        "monthly_last": f"FREQ=MONTHLY;BYDAY=-1{weekday}",
    }
    chosen = parts.get(typed.get("repeats", ""), parts["weekly"])
    text = f"{chosen};INTERVAL={typed.get('interval', '').strip() or 1}"
    if until := typed.get("until", "").strip():
        text += f";UNTIL={until.replace('-', '')}"
    if count := typed.get("count", "").strip():
        text += f";COUNT={count}"
    return text


def _dates(event: EventFacts, typed: Mapping[str, str], problems: list[Problem]) -> list[Proposal]:
    """Every date that was asked for, by time; with problems, none."""
    first = event.span.starts.wall
    walls: list[datetime] = []
    try:
        walls = read_rule(_rule_text(event, typed)).walls(first)
    except BadRule as bad:
        where = "rule" if typed.get("rule", "").strip() else "until"
        problems.append(Problem(where, str(bad)))
    more = _more(typed.get("more", ""), first, problems)
    if problems:
        return []
    found = sorted({*walls, *more})
    if len(found) > MOST_DATES:
        problems.append(Problem("until", N_("A series has {most} dates at most."), {"most": MOST_DATES}))
        return []
    if not all(1970 < wall.year < 2199 for wall in found):  # noqa: PLR2004 - well within those of spans.py
        problems.append(Problem("until", N_("Write a date as 2027-02-05.")))
        return []
    return [proposal(wall, event.span, 1 if typed.get(f"fold.{wall:%Y-%m-%dT%H:%M}") == "1" else 0) for wall in found]


def _more(text: str, first: datetime, problems: list[Problem]) -> list[datetime]:
    """Further dates, each at the event's own time unless one is written."""
    found = []
    for part in [part.strip() for part in text.replace(";", ",").replace("\n", ",").split(",") if part.strip()]:
        try:
            moment = datetime.fromisoformat(part)
            only_date = len(part) == len(str(date.min))
            found.append(
                datetime.combine(moment.date(), first.time() if only_date else moment.time()).replace(second=0)
            )
        except ValueError:
            problems.append(Problem("more", N_("Write dates as 2027-02-05 or 2027-02-05 18:00, with commas between.")))
            return []
    if len(found) > _MOST_MORE:
        problems.append(Problem("more", N_("Name at most {limit}."), {"limit": _MOST_MORE}))
    return found


def _lines(typed: Mapping[str, str], dates: Sequence[Proposal], wanted: Sequence[Proposal]) -> str:
    """As RFC 5545 writes it: the rule, what was left out of it, what was added to it."""
    rule = typed.get("rule", "").strip().upper().removeprefix("RRULE:")
    left_out = [one for one in dates if one not in wanted]
    lines = [f"RRULE:{rule}"]
    lines += [f"EXDATE:{','.join(f'{one.wall:%Y%m%dT%H%M%S}' for one in left_out)}"] if left_out else []
    more = [part.strip() for part in typed.get("more", "").replace("\n", ",").split(",") if part.strip()]
    lines += (
        [f"RDATE:{','.join(datetime.fromisoformat(part).strftime('%Y%m%dT%H%M%S') for part in more)}"] if more else []
    )
    return "\n".join(lines)
