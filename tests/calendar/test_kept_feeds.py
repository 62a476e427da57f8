"""How a program that has a feed learns whether it changed."""

from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

import httpx
import pytest
import time_machine
from msgspec import structs

from events.registration.actions.moving import cancel_event, change_event
from events.settings import Settings
from tests.calendar.conftest import site_with
from tests.calendar.feeds import FEED, a_conference, events_of
from tests.make import a_published_event, a_registration, an_organisation

IDENTITY = {"Accept-Encoding": "identity"}


@pytest.mark.parametrize(("at_least", "packed"), [(None, "gzip"), (100_000, None)])
async def test_small_calendars_are_packed_unless_the_operator_wishes_otherwise(
    database_url: str, settings: Settings, at_least: int | None, packed: str | None
) -> None:
    """Outlook.com has failed on packed ones."""
    wished = settings if at_least is None else structs.replace(settings, gzip_calendars_from=at_least)
    async with site_with(database_url, wished) as site:
        await a_published_event(await an_organisation())
        for path in (FEED, "/en/events/care-skills-count.ics"):
            answer = await site.get(path, headers={"Accept-Encoding": "gzip"})
            assert (path, answer.headers.get("content-encoding")) == (path, packed)


async def test_a_feed_is_known_again_by_its_tag_in_either_encoding(site: httpx.AsyncClient) -> None:
    await a_published_event(await an_organisation())
    plain = await site.get(FEED, headers=IDENTITY)
    zipped = await site.get(FEED, headers={"Accept-Encoding": "gzip"})
    tag = plain.headers["etag"]
    assert (zipped.headers["content-encoding"], zipped.headers["etag"]) == ("gzip", f'{tag[:-1]}-gzip"')
    assert "content-encoding" not in plain.headers
    assert plain.headers["vary"] == zipped.headers["vary"] == "Accept-Encoding"
    assert zipped.content == plain.content
    unwanted = await site.get(FEED, headers={"Accept-Encoding": "br, gzip;q=0"})
    assert unwanted.headers["etag"] == tag
    assert int(zipped.headers["content-length"]) < int(plain.headers["content-length"]) == len(plain.content)
    long_ago, now = "Thu, 01 Jan 2026 00:00:00 GMT", format_datetime(datetime.now(UTC), usegmt=True)
    for headers, status in (
        ({"If-None-Match": tag}, 304),
        ({"If-None-Match": zipped.headers["etag"]}, 304),
        ({"If-None-Match": f'"other", W/{tag}'}, 304),
        ({"If-None-Match": "*"}, 304),
        ({"If-None-Match": '"other"'}, 200),
        ({"If-Modified-Since": plain.headers["last-modified"]}, 304),
        ({"If-Modified-Since": long_ago}, 200),
        ({"If-Modified-Since": "yesterday"}, 200),
        ({"If-None-Match": '"other"', "If-Modified-Since": now}, 200),
        ({"If-None-Match": tag, "If-Modified-Since": long_ago}, 304),
    ):
        for method in ("GET", "HEAD"):
            answer = await site.request(method, FEED, headers=IDENTITY | headers)
            assert (headers, answer.status_code) == (headers, status)
            assert answer.content == (b"" if method == "HEAD" or status == 304 else plain.content)
            assert answer.headers["etag"] == tag
            assert answer.headers["cache-control"] == "public, max-age=300"
            assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("path", [FEED, "/en/events/care-skills-count.ics"])
async def test_head_says_what_get_does(site: httpx.AsyncClient, path: str) -> None:
    await a_published_event(await an_organisation())
    head, answer = await site.head(path), await site.get(path)
    assert (head.status_code, head.content) == (200, b"")
    assert {**head.headers, "x-request-id": ""} == {**answer.headers, "x-request-id": ""}


async def test_a_change_is_in_the_feed_at_once_and_nothing_else_changes(site: httpx.AsyncClient) -> None:
    by = await an_organisation()
    await a_published_event(by)
    await a_conference()
    before = await site.get(FEED)
    changed = await change_event("care-skills-count", {"title": {"en": "Care counts"}}, by=by)
    after = await site.get(FEED)
    old, new = events_of(before), events_of(after)
    assert new.pop("care-skills-count")["SUMMARY"] == "Care counts"
    del old["care-skills-count"]
    assert {slug: event.to_ical() for slug, event in new.items()} == {
        slug: event.to_ical() for slug, event in old.items()
    }
    assert before.headers["etag"] != after.headers["etag"]
    newest = changed.calendar_changed_at.replace(microsecond=0)
    assert parsedate_to_datetime(after.headers["last-modified"]) == newest


async def test_who_registers_does_not_change_the_feed(site: httpx.AsyncClient) -> None:
    await a_published_event(await an_organisation(), modes={"online": {"capacity": 1}})
    before = await site.get(FEED)
    await a_registration(mode="online")
    after = await site.get(FEED)
    assert (after.content, after.headers["etag"]) == (before.content, before.headers["etag"])


async def test_a_cancelled_event_stays_until_ninety_days_after_its_end(site: httpx.AsyncClient) -> None:
    by = await an_organisation()
    times = {name: {"wall": f"2026-11-20T1{hour}:00", "zone": "UTC"} for hour, name in enumerate(("starts", "ends"))}
    with time_machine.travel(datetime(2026, 11, 1, 12, tzinfo=UTC), tick=False):
        await a_published_event(by, slug="over", **times)
        await a_published_event(by, slug="off", **times)
        event, _ = await cancel_event("off", reason={"en": "The hall was flooded."}, by=by)
        told = events_of(await site.get("/en/calendar.ics"))["off"]
        assert (told["STATUS"], told["SEQUENCE"], told["SUMMARY"]) == ("CANCELLED", 1, "Cancelled: Care skills count")
        assert told["DESCRIPTION"].startswith("The hall was flooded.")
        assert told["LAST-MODIFIED"].dt == event.calendar_changed_at
    with time_machine.travel(datetime(2027, 2, 18, 23, 59, tzinfo=UTC), tick=False):
        last = await site.get("/en/calendar.ics")
        assert set(events_of(last)) == {"over", "off"}
    with time_machine.travel(datetime(2027, 2, 19, 0, 0, tzinfo=UTC), tick=False):
        gone = await site.get("/en/calendar.ics", headers={"If-Modified-Since": last.headers["last-modified"]})
        assert events_of(gone) == {}
        assert gone.headers["last-modified"] == "Fri, 19 Feb 2027 00:00:00 GMT"
        assert set(events_of(await site.get(FEED))) == {"over"}
        assert set(events_of(await site.get("/en/events/off.ics"))) == {"off"}


async def test_what_is_taken_out_of_a_feed_makes_it_newer(site: httpx.AsyncClient) -> None:
    by = await an_organisation()
    with time_machine.travel(datetime(2026, 11, 1, tzinfo=UTC), tick=False):
        await a_published_event(by)
        before = await site.get(f"{FEED}&kind=side_event")
    with time_machine.travel(datetime(2026, 11, 2, tzinfo=UTC), tick=False):
        await change_event("care-skills-count", {"kind": "meeting"}, by=by)
        since = {"If-Modified-Since": before.headers["last-modified"]}
        after = await site.get(f"{FEED}&kind=side_event", headers=since)
    assert (set(events_of(before)), set(events_of(after))) == ({"care-skills-count"}, set())
    assert after.headers["last-modified"] == "Mon, 02 Nov 2026 00:00:00 GMT"


async def test_a_part_taken_away_makes_its_conference_newer(site: httpx.AsyncClient) -> None:
    by = await a_conference()
    before = await site.get("/en/events/mothers4peace.ics")
    with time_machine.travel(datetime(2099, 1, 1, tzinfo=UTC), tick=False):
        await change_event("mothers4peace-session", {"part_of": None}, by=by)
        since = {"If-Modified-Since": before.headers["last-modified"]}
        after = await site.get("/en/events/mothers4peace.ics", headers=since)
    assert list(events_of(after)) == ["mothers4peace"]
