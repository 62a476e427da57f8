"""Calendar programs that others wrote, before the server as it is run."""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from events.accounts.queries import get_organisation
from events.accounts.rules import Actor
from events.calendar.actions import send_private_feed
from events.kernel.spans import WallTime, wall_time_at
from events.kernel.zones import changes
from events.outbox.tables import Message
from events.programme.rules import EventFacts
from events.registration.actions.cancelling import cancel_own
from events.registration.actions.moving import cancel_event, change_event
from events.registration.rules import CALENDAR_KIND
from events.registration.rules.tokens import feed_token
from tests.calendar.subscriptions import Subscription
from tests.calendar.thunderbird import read_with_thunderbird
from tests.conftest import use
from tests.infra.calendar_clients import (
    Times,
    libical_finds_fault,
    read_with_ical,
    read_with_icaljs,
    read_with_libical,
    read_with_vobject,
)
from tests.make import a_published_event, a_registration, an_organisation
from tests.servers import SECRET, Served

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
ZONES = [
    *("Africa/Cairo", "Africa/Casablanca", "America/New_York", "America/Santiago", "America/St_Johns", "Asia/Gaza"),
    *("Asia/Kathmandu", "Asia/Tashkent", "Australia/Lord_Howe", "Europe/Dublin", "Europe/London", "Pacific/Apia"),
]
TITLES = (
    "Care skills count",
    "Les compétences du soin",
    "مهارات الرعاية مهمة",
    "关爱技能很重要",
    "Навыки заботы важны",
)
CLIENTS: Sequence[Callable[..., Times]] = (read_with_vobject, read_with_icaljs, read_with_libical, read_with_ical)
SLUGS = {zone: zone.lower().replace("/", "-").replace("_", "-") for zone in ZONES}
DOWNLOADS = [f"/fr/events/{slug}-0.ics" for slug in SLUGS.values()]
FEED = "/en/calendar.ics?from=2026-01-01"
TASHKENT = {"zone": "Asia/Tashkent"}


def moments(zone: str) -> list[datetime]:
    """Winter and summer, and the hours around every change of the clocks."""
    found = changes(zone, datetime(2027, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC))
    plain = [datetime(2027, month, 15, 9, 30, tzinfo=UTC) for month in (1, 7)]
    return plain + [change.at + timedelta(minutes=30 + 60 * hours) for change in found for hours in (-2, -1, 0, 1)]


def instant(time: WallTime) -> datetime:
    return time.wall.replace(tzinfo=ZoneInfo(time.zone), fold=time.fold).astimezone(UTC)


async def make_events(database_url: str, zones: Sequence[str]) -> list[EventFacts]:
    """An event of 50 minutes at each of the moments."""
    database = use(database_url)
    await database.open()
    by = await an_organisation()
    made = []
    for zone in zones:
        for number, starts in enumerate(moments(zone)):
            times = (wall_time_at(starts + timedelta(minutes=late), zone) for late in (0, 50))
            posted = [{"wall": f"{time.wall:%Y-%m-%dT%H:%M}", "zone": zone, "fold": time.fold} for time in times]
            slug, title = f"{SLUGS[zone]}-{number}", {"en": TITLES[number % len(TITLES)]}
            made.append(await a_published_event(by, slug=slug, title=title, starts=posted[0], ends=posted[1]))
    await database.close()
    return made


async def make_odd_events(database_url: str) -> Times:
    """Whole days, a conference of days, one that ends two days later, one that was moved, one that was cancelled."""
    database = use(database_url)
    await database.open()
    by = Actor((await get_organisation("make-mothers-matter")).id, "ana")

    async def made(slug: str, starts: str, ends: str, **more: Any) -> EventFacts:
        times = {"starts": {"wall": starts} | TASHKENT, "ends": {"wall": ends} | TASHKENT}
        return await a_published_event(by, slug=slug, **times, **more)

    days = await made("days", "2027-09-06T00:00", "2027-09-08T00:00", all_day=True)
    conference = await made("conference", "2027-10-30T09:00", "2027-11-02T17:00", kind="conference")
    long = await made("long", "2027-10-30T09:00", "2027-11-01T11:00")
    moved = await made("moved", "2027-03-27T09:00", "2027-03-27T10:00")
    moves = {name: {"wall": f"2027-03-28T0{hour}:30", "zone": "Europe/London"} for name, hour in
             (("starts", 3), ("ends", 4))}  # fmt: skip
    await change_event("moved", moves, by=by)
    cancelled = await made("cancelled", "2027-04-04T09:00", "2027-04-04T10:00")
    await cancel_event("cancelled", reason={}, by=by)
    await database.close()
    return {
        days.uid: (date(2027, 9, 6), date(2027, 9, 9)),
        conference.uid: (date(2027, 10, 30), date(2027, 11, 3)),
        long.uid: (datetime(2027, 10, 30, 4, tzinfo=UTC), datetime(2027, 11, 1, 6, tzinfo=UTC)),
        moved.uid: (datetime(2027, 3, 28, 2, 30, tzinfo=UTC), datetime(2027, 3, 28, 3, 30, tzinfo=UTC)),
        cancelled.uid: (datetime(2027, 4, 4, 4, tzinfo=UTC), datetime(2027, 4, 4, 5, tzinfo=UTC)),
    }


def reckoned(events: Iterable[EventFacts], name: str) -> Times:
    """When they are, by zoneinfo's reckoning."""
    return {getattr(event, name): (instant(event.span.starts), instant(event.span.ends)) for event in events}


async def fetched(server: Served, *paths: str) -> list[httpx.Response]:
    async with httpx.AsyncClient(base_url=server.url) as client:
        return [(await client.get(path)).raise_for_status() for path in paths]


async def test_calendar_programs_fetch_the_right_times(database_url: str, tmp_path: Path) -> None:
    made = reckoned(await make_events(database_url, ZONES), "uid")
    single_events = dict(made)
    made |= await make_odd_events(database_url)
    with Served(database_url, tmp_path) as server:
        feed, *downloads = [answer.content for answer in await fetched(server, FEED, *DOWNLOADS)]
    assert len(made) >= 90
    for read in CLIENTS:
        assert read(feed) == made, read.__name__
        single = read(*downloads)
        assert single == {uid: single_events[uid] for uid in single}
        assert len(single) == len(ZONES)
    assert not any(map(libical_finds_fault, (feed, *downloads)))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_thunderbird_subscribes_to_the_right_times_in_every_script(database_url: str, tmp_path: Path) -> None:
    events = await make_events(database_url, ZONES)
    made = reckoned(events, "uid") | await make_odd_events(database_url)
    with Served(database_url, tmp_path) as server:
        times, titles = read_with_thunderbird(server.url + FEED, tmp_path / "thunderbird", len(made))
    assert times == made
    assert {event.uid: titles[event.uid] for event in events} == {event.uid: event.title["en"] for event in events}


async def test_every_process_writes_the_same_bytes(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make_events(database_url, ["America/St_Johns", "Asia/Kathmandu"])
    written = set()
    for seed in ("1", "2"):
        monkeypatch.setenv("PYTHONHASHSEED", seed)
        with Served(database_url, tmp_path, BASE_URL="https://events.example.org") as server:
            answers = await fetched(server, FEED, "/en/events/asia-kathmandu-0.ics")
        written.add(
            tuple((answer.content, answer.headers["etag"], answer.headers["last-modified"]) for answer in answers)
        )
    assert len(written) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_subscription_follows_changes_and_is_quiet_without(database_url: str, tmp_path: Path) -> None:
    made = await make_events(database_url, ZONES)
    with Served(database_url, tmp_path) as server:
        subscription = Subscription(tmp_path / "subscription", server.url + FEED)
        assert len(subscription.sync()) == len(made)
        assert subscription.sync() == []

        token = server.command(
            "token", "create", "--organisation", "make-mothers-matter", "--scopes", "all", "--name", "x"
        )
        headers = {"Authorization": f"Bearer {token.stdout.strip()}"}
        async with httpx.AsyncClient(base_url=server.url, headers=headers) as client:
            path = f"/api/v1/events/{made[0].slug}"
            (await client.patch(path, json={"title": {"en": "Care counts"}})).raise_for_status()
            (await client.post(f"/api/v1/events/{made[1].slug}/cancel", json={})).raise_for_status()
            later = {
                name: {"wall": f"2027-06-01T1{hour}:15", "zone": "Asia/Gaza"}
                for name, hour in (("starts", 3), ("ends", 4))
            }
            (await client.patch(f"/api/v1/events/{made[2].slug}", json=later)).raise_for_status()
        assert len(subscription.sync()) == 6  # three in their new form, three no longer in their old one
        events = subscription.events("2026-12-31", 740)
    expected: dict[str, tuple[object, ...]]
    expected = {event.slug: (*reckoned([event], "slug")[event.slug], event.title["en"]) for event in made}
    expected[made[0].slug] = (*expected[made[0].slug][:2], "Care counts")
    expected[made[1].slug] = (*expected[made[1].slug][:2], f"Cancelled: {made[1].title['en']}")
    starts = datetime(2027, 6, 1, 13, 15, tzinfo=ZoneInfo("Asia/Gaza")).astimezone(UTC)
    expected[made[2].slug] = (starts, starts + timedelta(hours=1), made[2].title["en"])
    assert events == expected


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_person_subscribes_to_a_calendar_of_their_own(database_url: str, tmp_path: Path) -> None:
    made = (await make_events(database_url, ["America/St_Johns"]))[:3]
    database = use(database_url)
    await database.open()
    registered = [await a_registration(event.slug) for event in made[:2]]
    await send_private_feed(registered[0].token, secret=SECRET)
    [queued] = await Message.select(Message.facts).where(Message.kind == CALENDAR_KIND)
    token = feed_token(SECRET, json.loads(queued["facts"])["nonce"])
    with Served(database_url, tmp_path) as server:
        subscription = Subscription(tmp_path / "subscription", f"{server.url}/calendars/{token}.ics")
        assert len(subscription.sync()) == 2
        assert subscription.sync() == []
        await cancel_own(registered[1].token)
        await a_registration(made[2].slug)
        subscription.sync()
        titles = {made[0].slug: "", made[1].slug: "Cancelled: ", made[2].slug: ""}
        assert subscription.events("2026-12-31", 740) == {
            event.slug: (*reckoned([event], "slug")[event.slug], f"{titles[event.slug]}{event.title['en']}")
            for event in made
        }
    await database.close()
