"""Rows of what is read: pages, feeds, zones."""

import asyncio
import time
from collections.abc import Iterator

import httpx

from bench import calendars
from bench.result import Result, beside_plain
from bench.stand import Stand, on
from events.accounts.queries import get_organisation
from events.accounts.rules import SCOPES, Actor
from tests.make import a_published_event


def event_page(stand: Stand) -> Iterator[Result]:
    yield beside_plain("event page", stand, "/en/events/event-1", Accept_Encoding="gzip")


def programme(stand: Stand) -> Iterator[Result]:
    """A conference of three days in six rooms, with 300 sessions, each with a speaker and a track."""
    asyncio.run(on(stand.url, _fill_programme))
    path = "/en/events/conference/programme"
    began = time.perf_counter()
    httpx.get(stand.path(path), timeout=30).raise_for_status()
    seconds = time.perf_counter() - began
    yield Result("programme of 300 sessions: made", stand.database, seconds, "s", 1, seconds)
    yield beside_plain("programme of 300 sessions", stand, path, Accept_Encoding="gzip")


async def _fill_programme() -> None:
    by = Actor((await get_organisation("make-mothers-matter")).id, "system", SCOPES)
    zone, tracks = "Asia/Tashkent", ["policy", "families", "learning"]
    times = {"starts": {"wall": "2027-11-15T08:00", "zone": zone}, "ends": {"wall": "2027-11-17T20:00", "zone": zone}}
    await a_published_event(
        by, kind="conference", slug="conference", **times, modes={"in_person": {"capacity": None}},
        tracks=[{"key": key, "name": {"en": key.capitalize(), "fr": key.capitalize()}} for key in tracks],
    )  # fmt: skip
    for number in range(300):
        slot, room = divmod(number, 6)
        day, begins = 15 + slot // 17, 8 * 60 + slot % 17 * 40
        starts, ends = (f"2027-11-{day}T{at // 60:02}:{at % 60:02}" for at in (begins, begins + 40))
        await a_published_event(
            by, kind="session", slug=f"session-{number}", part_of="conference", modes={},
            title={"en": f"Session {number}", "fr": f"Séance {number}"}, track=tracks[number % 3],
            starts={"wall": starts, "zone": zone}, ends={"wall": ends, "zone": zone},
            venue={"name": "Uzexpocentre", "room": f"Hall {room + 1}"},
            speakers=[{"name": f"Speaker {number % 90}", "role": "panellist", "affiliation": "Example Institute"}],
        )  # fmt: skip


def feed(stand: Stand) -> Iterator[Result]:
    path = "/en/calendar.ics"
    etag = httpx.get(stand.path(path)).headers["etag"]
    yield beside_plain("feed of 200 events: 304", stand, path, If_None_Match=etag)
    yield beside_plain("feed of 200 events: 200 gzip", stand, path, Accept_Encoding="gzip")
    yield beside_plain("feed of 200 events: 200 identity", stand, path, Accept_Encoding="identity")


def feed_2000(stand: Stand) -> Iterator[Result]:
    """A feed of 2,000 events; `p50` and `p99` of its first build are how long others waited for a page, at worst."""
    name = "feed of 2,000 events"
    asyncio.run(on(stand.url, calendars.fill))
    build = calendars.first_build(stand.server.url, stand.server.pid)
    yield Result(
        f"{name}: first build",
        stand.database,
        build.cpu,
        "ms of CPU",
        250,
        build.cpu / 250,
        build.others,
        build.slowest,
    )
    etag = httpx.get(stand.path(calendars.PATH)).headers["etag"]
    yield beside_plain(f"{name}: 304", stand, calendars.PATH, If_None_Match=etag)
    server = stand.server
    took, written = calendars.after_a_change(server.url, server.pid, lambda act: asyncio.run(on(stand.url, act)))
    yield Result(f"{name}: one changed", stand.database, took, "ms of CPU", 30, took / 30)
    yield Result(f"{name}: written anew", stand.database, written, "events", 1, written)


def vtimezone(stand: Stand) -> Iterator[Result]:
    first, kept = calendars.every_zone()
    yield Result("every zone's description", stand.database, first, "s of CPU", 3, first / 3)
    yield Result("every zone's description, kept", stand.database, kept * 1000, "ms", 30, kept * 1000 / 30)
