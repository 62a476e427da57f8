"""Calendar programs that others wrote, before the server as it is run."""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest

from events.calendar.actions import send_private_feed
from events.kernel.spans import WallTime, wall_time_at
from events.kernel.zones import changes
from events.outbox.tables import Message
from events.programme.rules import EventFacts
from events.registration.actions.cancelling import cancel_own
from events.registration.rules import CALENDAR_KIND
from events.registration.rules.tokens import feed_token
from tests.calendar.subscriptions import Subscription
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
    *("Africa/Casablanca", "America/St_Johns", "Australia/Lord_Howe"),
    *("Pacific/Apia", "Asia/Kathmandu", "Europe/Dublin"),
]
CLIENTS: Sequence[Callable[..., Times]] = (read_with_vobject, read_with_icaljs, read_with_libical, read_with_ical)
SLUGS = {zone: zone.lower().replace("/", "-").replace("_", "-") for zone in ZONES}
DOWNLOADS = [f"/fr/events/{slug}-0.ics" for slug in SLUGS.values()]
FEED = "/en/calendar.ics?from=2026-01-01"


def moments(zone: str) -> list[datetime]:
    """Winter and summer, and the hours around every change of the clocks."""
    found = changes(zone, datetime(2027, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC))
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
            slug = f"{SLUGS[zone]}-{number}"
            made.append(await a_published_event(by, slug=slug, starts=posted[0], ends=posted[1]))
    await database.close()
    return made


def reckoned(events: Iterable[EventFacts], name: str) -> Times:
    """When they are, by zoneinfo's reckoning."""
    return {getattr(event, name): (instant(event.span.starts), instant(event.span.ends)) for event in events}


async def fetched(server: Served, *paths: str) -> list[httpx.Response]:
    async with httpx.AsyncClient(base_url=server.url) as client:
        return [(await client.get(path)).raise_for_status() for path in paths]


async def test_calendar_programs_fetch_the_right_times(database_url: str, tmp_path: Path) -> None:
    made = reckoned(await make_events(database_url, ZONES), "uid")
    with Served(database_url, tmp_path) as server:
        feed, *downloads = [answer.content for answer in await fetched(server, FEED, *DOWNLOADS)]
    assert len(made) >= 30
    for read in CLIENTS:
        assert read(feed) == made, read.__name__
        single = read(*downloads)
        assert single == {uid: made[uid] for uid in single}
        assert len(single) == len(ZONES)
    assert not any(map(libical_finds_fault, (feed, *downloads)))


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
        assert len(subscription.sync()) == 4  # two in their new form, two no longer in their old one
        events = subscription.events("2026-12-31", 740)
    titles = {made[0].slug: "Care counts", made[1].slug: "Cancelled: Care skills count"}
    assert events == {
        slug: (*times, titles.get(str(slug), "Care skills count")) for slug, times in reckoned(made, "slug").items()
    }


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
            slug: (*times, f"{titles[str(slug)]}Care skills count") for slug, times in reckoned(made, "slug").items()
        }
    await database.close()
