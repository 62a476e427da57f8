from urllib.parse import urlencode

from litestar import Controller, Response, get
from litestar.di import NamedDependency, Provide
from msgspec import Struct

from events.accounts.guards import member, signed_in
from events.accounts.rules import SignedIn
from events.accounts.workspace import workspace_page
from events.kernel.clock import utc_now
from events.kernel.ids import folded
from events.programme.queries.lists import list_own
from events.programme.queries.zones import list_reckoned
from events.programme.rules import EventBrief, Status
from events.programme.rules.zones import TOLD_FOR
from events.registration.queries.counts import count_by_event
from events.registration.rules import Standing
from events.web.requests import AnyRequest

HERE = "/organise/"
_IN_LINE = (Standing.WAITING, Standing.PENDING, Standing.UNVERIFIED)


class Line(Struct, frozen=True):
    """One event of the table, with how many have a place and how many await one."""

    event: EventBrief
    confirmed: int
    in_line: int


class HomePages(Controller):
    path = "/organise"
    guards = [signed_in]
    dependencies = {"member": Provide(member)}
    include_in_schema = False

    @get("/")
    async def show(self, request: AnyRequest, member: NamedDependency[SignedIn]) -> Response[str]:
        past, q = request.query_params.get("past") == "1", request.query_params.get("q", "").strip()[:200]
        upcoming, over = await _lines(member.organisation.id)
        reckoned = await list_reckoned(member.organisation.id, utc_now() - TOLD_FOR)
        return workspace_page(
            request,
            member,
            "reports/home.html",
            lines=[line for line in (over if past else upcoming) if _has(line.event, q)],
            figures=(
                sum(line.event.status is not Status.CANCELLED for line in upcoming),
                sum(line.confirmed for line in upcoming),
                sum(line.in_line for line in upcoming),
            ),
            tabs=[(_address(q, past=False), not past, len(upcoming)), (_address(q, past=True), past, len(over))],
            past=past,
            q=q,
            reckoned=[one for one in reckoned if one.event.ends_at > utc_now()],
            done=request.query_params.get("done", ""),
        )


async def _lines(organisation: int) -> tuple[list[Line], list[Line]]:
    """What is coming, soonest first, and what is over, latest first."""
    counts = await count_by_event(organisation)
    now = utc_now()
    upcoming: list[Line] = []
    over: list[Line] = []
    for event in await list_own(organisation):
        standings = counts.get(event.id, {})
        in_line = sum(standings.get(standing, 0) for standing in _IN_LINE)
        line = Line(event, standings.get(Standing.CONFIRMED, 0), in_line)
        (upcoming if event.ends_at > now else over).append(line)
    return upcoming[::-1], over


def _has(event: EventBrief, q: str) -> bool:
    """Every word of `q`, as filter.js looks for them in a row."""
    venue = event.venue.one_line if event.venue else ""
    text = folded(" ".join((*event.title.values(), event.slug, event.kind, venue)))
    return all(word in text for word in folded(q).split())


def _address(q: str, *, past: bool) -> str:
    query = ({"past": "1"} if past else {}) | ({"q": q} if q else {})
    return f"{HERE}?{urlencode(query)}" if query else HERE
