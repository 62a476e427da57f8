"""The slot finder: when it is a decent hour for whom. A query that can be shared, and links into the event form."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Response, get
from litestar.di import NamedDependency, Provide
from msgspec import Struct

from events.accounts.guards import may, member, signed_in
from events.accounts.rules import SignedIn
from events.accounts.workspace import workspace_page
from events.kernel.cities import key, sharing_cities, zone_of_city
from events.kernel.clock import utc_now
from events.kernel.errors import Problem
from events.kernel.spans import UnknownZone, wall_time_at
from events.kernel.words import N_
from events.programme import queries
from events.programme.queries.lists import list_busy, list_own
from events.programme.rules import EventBrief, Kind
from events.programme.rules.slots import Asked, City, Hours, Row, Slot, Taken, best_of, clocks_of, rows_of, useful
from events.web.dates import city, city_zones, weekend_of
from events.web.locale import language_of_request
from events.web.requests import AnyRequest

CITIES = tuple(f"city.{number}" for number in range(8))
MOST_DAYS = 14
MOST_ALSO_SHOWN = 4
LENGTHS = range(5, 12 * 60 + 1)
STEPS = (15, 30, 60)
_MANY_ZONES = 4
_KNOWN_WELL = ("America/New_York", "Europe/Zurich", "Africa/Nairobi", "Asia/Tashkent")
_WEEK = timedelta(days=7)


class Found(Struct, frozen=True):
    """What the page shows of an answer; `hidden`: rows that are fair for nobody's sake were left out."""

    asked: Asked
    rows: list[Row]
    best: list[Slot]
    taken_by: list[Taken]
    hidden: bool


class SlotsPages(Controller):
    path = "/organise/slots"
    guards = [signed_in, may("events:write")]
    dependencies = {"member": Provide(member)}
    include_in_schema = False

    @get("/")
    async def show(self, request: AnyRequest, member: NamedDependency[SignedIn]) -> Response[str]:
        language = language_of_request(request, member.member.language)
        own = await list_own(member.organisation.id)
        conferences = [one for one in own if one.kind is Kind.CONFERENCE and one.takes_place]
        query = dict(request.query_params)
        conference = next((one for one in conferences if one.slug == query.get("part_of")), None)
        typed = _suggested(own, conference, language) | query
        if not any(query.get(name, "").strip() for name in CITIES):
            typed |= _suggested_cities(own, language)
        problems: list[Problem] = []
        asked = _asked(typed, language, problems)
        return workspace_page(
            request,
            member,
            "reports/slots.html",
            422 if problems else 200,
            typed=typed,
            cities=CITIES,
            steps=STEPS,
            known_cities=_known_cities(language),
            conferences=conferences,
            problems=problems,
            found=await _find(asked, member.organisation.id, conference, whole="all" in query) if asked else None,
            clocks_of=clocks_of,
            choose=_chooser(asked, conference) if asked else None,
            whole_day=f"/organise/slots?{urlencode(query | {'all': '1'})}",
        )


async def _find(asked: Asked, organisation: int, conference: EventBrief | None, *, whole: bool) -> Found:
    since = datetime.combine(asked.first, time(), UTC) - timedelta(days=1)
    until = datetime.combine(asked.last, time(), UTC) + timedelta(days=2, minutes=asked.length)
    busy = [Taken(event.title, event.span, event) for event in await list_busy(organisation, since, until)]
    if conference:
        whole_event = await queries.get_event_by_id(conference.id)
        busy += [Taken(plenary.title, plenary.span) for plenary in whole_event.plenary]
    rows = await asyncio.to_thread(rows_of, asked, busy, utc_now())  # two weeks by quarters of an hour take a while
    shown = rows if whole else useful(rows)
    taken = [one for one in busy if any(one in slot.taken_by for row in shown for day in row.days for slot in day)]
    return Found(
        asked=asked,
        rows=shown,
        best=best_of(rows, asked.hours),
        taken_by=sorted(taken, key=lambda one: one.span.starts_at),
        hidden=len(shown) < len(rows),
    )


def _suggested(own: Sequence[EventBrief], conference: EventBrief | None, language: str) -> dict[str, str]:
    """What the form holds before anybody typed: next week, or the days of the conference that it is for."""
    zone = conference.span.starts.zone if conference else next((event.span.starts.zone for event in own), "UTC")
    today = wall_time_at(utc_now(), zone).wall.date()
    first = today + _WEEK - timedelta(days=today.weekday())
    last = first + timedelta(days=4)
    if conference and conference.span.ends.wall.date() >= today:
        first = max(conference.span.starts.wall.date(), today)
        last = min(conference.span.ends.wall.date(), first + timedelta(days=MOST_DAYS - 1))
    return {
        "from": str(first),
        "to": str(last),
        "length": "75",
        "step": "30",
        "zone": city(language, zone),
        "first": "8",
        "last": "20",
        "part_of": "",
    }


def _suggested_cities(own: Sequence[EventBrief], language: str) -> dict[str, str]:
    """Where the organisation's latest events were."""
    recent = list(dict.fromkeys(event.span.starts.zone for event in own))[:_MANY_ZONES]
    zones = recent if len(recent) > 1 else _KNOWN_WELL
    return {name: city(language, zone) for name, zone in zip(CITIES, zones, strict=False)}


def _known_cities(language: str) -> list[str]:
    return sorted({*city_zones(language), *(name for name, _ in sharing_cities().values())})


def _asked(typed: Mapping[str, str], language: str, problems: list[Problem]) -> Asked | None:
    """What is looked for, or None and every problem."""
    first, last = (_day(typed[name], name, problems) for name in ("from", "to"))
    if first and last and not first <= last < first + timedelta(days=MOST_DAYS):
        problems.append(
            Problem("to", N_("The last day must not come before the first."))
            if last < first
            else Problem("to", N_("Look at {limit} days at most at once."), {"limit": MOST_DAYS})
        )
    length = _number(typed["length"], LENGTHS, "length", problems)
    step = _number(typed["step"], range(min(STEPS), max(STEPS) + 1), "step", problems)
    earliest, latest = (_number(typed[name], range(25), name, problems) for name in ("first", "last"))
    if earliest is not None and latest is not None and latest <= earliest:
        problems.append(Problem("last", N_("The last decent hour must come after the first.")))
    place = _city(typed["zone"], "zone", language, problems)
    cities = [_city(typed[name], name, language, problems) for name in CITIES if typed.get(name, "").strip()]
    if problems or first is None or last is None or length is None or step is None or place is None:
        return None
    if earliest is None or latest is None:
        return None
    return Asked(
        first=first,
        last=last,
        length=length,
        step=min(STEPS, key=lambda known: abs(known - step)),
        zone=place.zone,
        cities=tuple(one for one in cities if one),
        hours=Hours(earliest, latest),
    )


def _day(text: str, field: str, problems: list[Problem]) -> date | None:
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        day = None
    if day is None or not 1970 < day.year < 2199:  # noqa: PLR2004 - well within those of spans.py
        problems.append(Problem(field, N_("Write a date as 2027-02-05.")))
        return None
    return day


def _number(text: str, allowed: range, field: str, problems: list[Problem]) -> int | None:
    plain = text.strip()
    if plain.isascii() and plain.isdecimal() and len(plain) < 6 and int(plain) in allowed:  # noqa: PLR2004 - digits
        return int(plain)
    message = N_("Write a whole number from {least} to {most}.")
    problems.append(Problem(field, message, {"least": allowed[0], "most": allowed[-1]}))
    return None


def _city(text: str, field: str, language: str, problems: list[Problem]) -> City | None:
    """By its name in the reader's language or in English, by a zone's name, or as one that shares another's clocks."""
    wanted = key(text[:100])
    theirs = {key(name): zone for name, zone in city_zones(language).items()}
    try:
        zone = theirs.get(wanted) or zone_of_city(text[:100])
    except UnknownZone as unknown:
        hint = N_("No time zone has a city “{name}”. Did you mean {suggestion}?")
        plain = N_("No time zone has a city “{name}”. Take a larger one nearby that shares its clocks.")
        about = {"name": text[:60], "suggestion": unknown.suggestion and city(language, unknown.suggestion)}
        problems.append(Problem(field, hint if unknown.suggestion else plain, about))
        return None
    name = sharing_cities()[wanted][0] if wanted in sharing_cities() else city(language, zone)
    return City(name, zone, weekend_of(zone))


def _chooser(asked: Asked, conference: EventBrief | None) -> Any:
    """In the template: the address of the event form, filled in with a slot."""
    shown = [one.zone for one in asked.cities if one.zone != asked.zone]
    also = {f"also_show.{number}": zone for number, zone in enumerate(dict.fromkeys(shown)) if number < MOST_ALSO_SHOWN}
    rest = also | ({"part_of": conference.slug} if conference else {})

    def choose(slot: Slot) -> str:
        times = {"starts.wall": slot.starts.wall.isoformat(timespec="minutes"), "starts.zone": asked.zone}
        times["ends.wall"] = slot.ends.wall.isoformat(timespec="minutes")
        folds = {
            f"{name}.fold": str(at.fold) for name, at in (("starts", slot.starts), ("ends", slot.ends)) if at.ambiguous
        }
        return f"/organise/events/new?{urlencode(times | folds | rest)}"

    return choose
