"""A feed of 2,000 events, built, kept and changed; and every zone that it could name."""

# ruff: noqa: S608 - names and numbers of our own
import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import httpx
import psutil

from events.accounts.queries import get_organisation
from events.accounts.rules import SCOPES, Actor
from events.calendar.feeds import feed_of
from events.calendar.rules import window_at
from events.infra import db
from events.infra.ics import zones
from events.infra.ics.writer import FeedFacts
from events.kernel.clock import utc_now
from events.kernel.zones import zone_names
from events.programme.rules import Kind
from events.programme.rules.filters import Filters
from events.programme.tables import Event, EventMode
from events.programme.tables.contents import Appearance
from events.registration.actions.moving import change_event
from tests.make import a_published_event

EVENTS, DAYS = 2_000, 40
PATH = "/en/calendar.ics?kind=meeting"
_CHANGES = 20
_OTHER_PAGE = "/en/events/event-1"
_UNIQUE = {
    "uid": "'e-' || number || '-' || uid",
    "slug": "slug || '-' || number",
}


class Build(NamedTuple):
    """Of the first build: ms of a core, and ms that others waited for a page meanwhile, in the middle and at worst."""

    cpu: float
    others: float
    slowest: float


async def fill() -> None:
    """Meetings on forty days, fifty copies of each made by the database itself."""
    by = Actor((await get_organisation("make-mothers-matter")).id, "system", SCOPES)
    zone = "America/New_York"
    for number in range(DAYS):
        day = f"2027-{number % 12 + 1:02}-{number % 28 + 1:02}"
        await a_published_event(
            by, kind="meeting", slug=f"meeting-{number}", speakers=[{"name": f"Speaker {number}"}],
            starts={"wall": f"{day}T13:15", "zone": zone}, ends={"wall": f"{day}T14:30", "zone": zone},
            venue={"name": "Palais des Nations", "address": "Geneva", "lat": 46.2266, "lon": 6.1405},
        )  # fmt: skip
    await _copy()


@db.write
async def _copy() -> None:
    numbers = f"SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < {EVENTS // DAYS - 1}"
    names = _names(Event)
    copied = ", ".join(_UNIQUE.get(name, name) for name in names)
    await db.engine().statement(
        f"WITH RECURSIVE numbers (number) AS ({numbers}) INSERT INTO event ({', '.join(names)})"
        f" SELECT {copied} FROM event, numbers WHERE kind = 'meeting'", (),
    )  # fmt: skip
    for table in (EventMode, Appearance):
        name, names = table._meta.tablename, _names(table)
        copied = ", ".join("copy.id" if column == "event" else f"t.{column}" for column in names)
        await db.engine().statement(
            f"INSERT INTO {name} ({', '.join(names)}) SELECT {copied} FROM {name} t"
            " JOIN event made ON made.id = t.event JOIN event copy ON copy.slug LIKE made.slug || '-%'"
            " WHERE made.kind = 'meeting'", (),
        )  # fmt: skip


def _names(table: Any) -> list[str]:
    return [column._meta.db_column_name for column in table._meta.columns if not column._meta.primary_key]


def first_build(url: str, pid: int) -> Build:
    """In French alone, for the core's time; in English beside somebody who reads pages, for theirs."""
    _settle(url, pid)
    cpu = _cpu_of(pid, url + PATH.replace("/en/", "/fr/"))
    waits = asyncio.run(_beside(url))
    return Build(cpu, statistics.median(waits), max(waits))


def _settle(url: str, pid: int) -> None:
    """Until the server has done what it does when it starts and knows French, which would count as the feed's."""
    httpx.get(f"{url}/fr/").raise_for_status()
    process = psutil.Process(pid)
    for _ in range(100):
        before = process.cpu_times()
        time.sleep(0.3)
        if process.cpu_times() == before:
            return


def _cpu_of(pid: int, address: str) -> float:
    """Milliseconds of a core that the server needs to answer."""
    process = psutil.Process(pid)
    began = sum(process.cpu_times()[:2])
    httpx.get(address, timeout=30).raise_for_status()
    return (sum(process.cpu_times()[:2]) - began) * 1000


async def _beside(url: str) -> list[float]:
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        (await client.get(_OTHER_PAGE)).raise_for_status()
        feed = asyncio.create_task(client.get(PATH))
        waits = []
        while not feed.done():
            began = time.perf_counter()
            (await client.get(_OTHER_PAGE)).raise_for_status()
            waits.append((time.perf_counter() - began) * 1000)
        assert len((await feed).raise_for_status().text.split("BEGIN:VEVENT")) == EVENTS + 1
    return waits


def after_a_change(url: str, pid: int, act: Callable[[Callable[[], Awaitable[Any]]], Any]) -> tuple[float, int]:
    """The same for the feed when an event was changed, and how many are then written anew, in this process."""
    took = []
    for number in range(_CHANGES):
        act(lambda number=number: _change(number))  # type: ignore[misc]  # bound now
        took.append(_cpu_of(pid, url + PATH))
    return statistics.mean(took), act(_written_anew)  # the clock of a process ticks each 10 ms


async def _change(number: int) -> None:
    by = Actor((await get_organisation("make-mothers-matter")).id, "system", SCOPES)
    await change_event(f"meeting-{number}", {"title": {"en": f"Changed at {time.time_ns()}"}}, by=by)


async def _written_anew() -> int:
    facts = FeedFacts(uid="x", name="x", description="", language="en", url="x", source=None, changed=None)
    window = window_at(utc_now())
    where = Filters(since=window, kind=Kind.MEETING)
    assert (await feed_of(where, window, facts, "")).written == EVENTS
    await _change(0)
    return (await feed_of(where, window, facts, "")).written


def every_zone() -> tuple[float, float]:
    """Seconds of a core for the description of every zone, and for all of them again."""
    for function in vars(zones).values():
        if hasattr(function, "cache_clear"):
            function.cache_clear()
    took = []
    for _ in range(2):
        began = time.process_time()
        for zone in zone_names():
            zones.vtimezone(zone, 2024, 2032)
        took.append(time.process_time() - began)
    return took[0], took[1]
