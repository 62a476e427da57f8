from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

import httpx
import pytest
import time_machine
from icalendar import Calendar
from msgspec import structs

from events.accounts.actions.organisations import create_organisation
from events.accounts.rules import SCOPES, Actor
from events.programme.actions import create_event
from events.programme.forms import read_event
from events.registration.actions.moving import cancel_event, change_event
from events.settings import Settings
from tests.calendar.conftest import site_with
from tests.make import a_published_event, a_registration, an_event, an_organisation

FEED = "/en/calendar.ics?from=2026-01-01"
LINK = "https://video.example.org/room?pwd=secret"
IDENTITY = {"Accept-Encoding": "identity"}


def calendar_of(answer: httpx.Response) -> Any:
    return Calendar.from_ical(answer.content)


def events_of(answer: httpx.Response) -> dict[str, Any]:
    """Each by the slug in its address."""
    assert answer.status_code == 200, answer.text
    return {str(event["URL"]).rpartition("/")[2]: event for event in calendar_of(answer).walk("VEVENT")}


async def a_conference(slug: str = "mothers4peace") -> Actor:
    days = {
        name: {"wall": f"2027-05-0{day}T09:00", "zone": "Africa/Casablanca"}
        for name, day in (("starts", 4), ("ends", 6))
    }
    by = await an_organisation(slug, slug)
    await a_published_event(by, kind="conference", slug=slug, **days)
    await a_published_event(by, kind="session", slug=f"{slug}-session", part_of=slug)
    return by


async def test_a_feed_says_what_it_is(site: httpx.AsyncClient) -> None:
    answer = await site.get("/fr/calendar.ics?q=soin&utm=")
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["content-disposition"] == 'inline; filename="calendar.ics"'
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert "set-cookie" not in answer.headers
    read = calendar_of(answer)
    assert read["X-WR-CALNAME"] == read["NAME"] == "Événements\u00a0: testserver (soin)"
    assert (read["URL"], read["SOURCE"]) == ("http://testserver/fr/", "http://testserver/fr/calendar.ics?q=soin")
    assert "METHOD" not in read


async def test_each_feed_has_an_identity_of_its_own_and_keeps_it(site: httpx.AsyncClient) -> None:
    async def uid(path: str) -> str:
        return str(calendar_of(await site.get(path))["UID"])

    await a_conference()
    paths = [
        "/en/calendar.ics",
        "/fr/calendar.ics",
        "/en/calendar.ics?kind=session",
        "/en/organisations/mothers4peace/calendar.ics",
    ]
    before = [await uid(path) for path in paths]
    assert len(set(before)) == len(paths)
    await a_published_event(await an_organisation())
    assert [await uid(path) for path in paths] == before
    asked_otherwise = [
        await uid(f"/en/calendar.ics?{query}") for query in ("q=care&kind=session", "kind=session&q=care")
    ]
    assert len(set(asked_otherwise)) == 1


async def test_a_feed_has_everything_public_and_no_draft(site: httpx.AsyncClient) -> None:
    by = await an_organisation()
    await a_published_event(by)
    await create_event(read_event(an_event(slug="a-draft")), by=by, domain="testserver")
    await a_conference()
    read = events_of(await site.get(FEED))
    assert set(read) == {"care-skills-count", "mothers4peace", "mothers4peace-session"}
    assert read["mothers4peace-session"]["RELATED-TO"] == read["mothers4peace"]["UID"]
    refused = await site.get("/en/events/a-draft.ics")
    assert (refused.status_code, refused.text) == (404, "There is no such event.\n")


async def test_an_organisation_has_a_feed_of_its_own(site: httpx.AsyncClient) -> None:
    await a_published_event(await an_organisation())
    await a_conference()
    address = "/en/organisations/make-mothers-matter/calendar.ics"
    named = (await site.get(address)).headers["content-disposition"]
    assert named == 'inline; filename="make-mothers-matter.ics"'
    assert set(events_of(await site.get(f"{address}?from=2026-01-01"))) == {"care-skills-count"}
    assert set(events_of(await site.get(f"{address}?from=2026-01-01&organisation=mothers4peace"))) == {
        "care-skills-count"
    }


async def test_feeds_have_the_colour_of_their_organisation(site: httpx.AsyncClient) -> None:
    made = await create_organisation("mmm", name="Make Mothers Matter", accent="#8b1f2f")
    await a_published_event(Actor(made.id, "system", SCOPES), kind="conference")
    for path, colour in (("organisations/mmm", "#8b1f2f"), ("events/care-skills-count", "#8b1f2f"), ("", None)):
        read = calendar_of(await site.get(f"/en/{path}/calendar.ics".replace("//", "/")))
        assert (read.get("X-APPLE-CALENDAR-COLOR"), read.get("COLOR")) == (colour, colour and "brown")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("kind=session", {"mothers4peace-session"}),
        ("part_of=mothers4peace", {"mothers4peace-session"}),
        ("q=care+unpaid&kind=side_event", {"care-skills-count"}),
        ("to=2027-03-01&mode=online&organisation=make-mothers-matter", {"care-skills-count"}),
        ("q=nothing", set()),
        ("tag=SOIN+NON+R%C3%89MUN%C3%89R%C3%89", {"care-skills-count"}),
        ("tag=soin", set()),
        ("tag=100+%25", {"care-skills-count"}),
        ("venue=palais+wilson", {"care-skills-count"}),
        ("venue=Palais", set()),
        ("venue=Palais+Wilson&tag=other", set()),
    ],
)
async def test_a_feed_takes_the_query_of_the_list(site: httpx.AsyncClient, query: str, found: set[str]) -> None:
    tags, venue = ["soin non rémunéré", "100 %"], {"name": "Palais Wilson", "room": "CR-12"}
    await a_published_event(await an_organisation(), tags=tags, venue=venue)
    await a_conference()
    assert set(events_of(await site.get(f"{FEED}&{query}"))) == found


async def test_a_conference_is_downloaded_whole_with_each_part(site: httpx.AsyncClient) -> None:
    await a_conference()
    answer = await site.get("/en/events/mothers4peace.ics")
    assert list(events_of(answer)) == ["mothers4peace", "mothers4peace-session"]
    assert answer.headers["content-disposition"] == 'attachment; filename="mothers4peace.ics"'
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert list(events_of(await site.get("/fr/events/mothers4peace-session.ics"))) == ["mothers4peace-session"]


async def test_a_conference_is_subscribed_to_with_each_part(site: httpx.AsyncClient) -> None:
    by = await a_conference()
    await a_published_event(by, slug="apart")
    address = "/en/events/mothers4peace/calendar.ics"
    before = await site.get(address)
    assert set(events_of(before)) == {"mothers4peace", "mothers4peace-session"}
    assert calendar_of(before)["X-WR-CALNAME"] == "Care skills count"
    assert before.headers["content-disposition"] == 'inline; filename="mothers4peace.ics"'
    assert set(events_of(await site.get(f"{address}?kind=session"))) == {"mothers4peace-session"}
    await change_event("apart", {"part_of": "mothers4peace"}, by=by)
    assert set(events_of(await site.get(address))) == {"mothers4peace", "mothers4peace-session", "apart"}
    await create_event(read_event(an_event(slug="a-draft")), by=by, domain="testserver")
    assert (await site.get("/en/events/a-draft/calendar.ics")).status_code == 404


async def test_two_lists_that_one_subscribes_to_have_two_names(site: httpx.AsyncClient) -> None:
    names = [
        str(calendar_of(await site.get(f"/en/calendar.ics?{query}"))["NAME"])
        for query in ("", "tag=care", "venue=Palais+Wilson&q=mothers")
    ]
    assert names == [
        "Events at testserver",
        "Events at testserver (care)",
        "Events at testserver (mothers · Palais Wilson)",
    ]


async def test_a_download_is_in_utc_where_outlook_knows_no_such_zone(site: httpx.AsyncClient) -> None:
    by = await an_organisation()
    for slug, zone in (("new-york", "America/New_York"), ("cairo", "Africa/Cairo")):
        times = {name: {"wall": f"2027-07-01T1{hour}:00", "zone": zone} for hour, name in enumerate(("starts", "ends"))}
        await a_published_event(by, slug=slug, **times)
    assert "DTSTART;TZID=America/New_York:20270701T100000" in (await site.get("/en/events/new-york.ics")).text
    assert "DTSTART:20270701T070000Z" in (await site.get("/en/events/cairo.ics")).text


async def test_the_joining_link_is_nowhere_but_with_a_broadcast(site: httpx.AsyncClient) -> None:
    by = await an_organisation()
    await a_published_event(by, joining_link=LINK)
    for path in (FEED, "/en/events/care-skills-count.ics", "/fr/calendar.ics?from=2026-01-01"):
        assert b"secret" not in (await site.get(path)).content.replace(b"\r\n ", b"")
    await a_published_event(by, kind="broadcast", slug="live", joining_link=LINK)
    event = events_of(await site.get(FEED))["live"]
    assert event["CONFERENCE"] == LINK
    assert LINK in event["DESCRIPTION"]


async def test_each_language_has_its_own_feed(site: httpx.AsyncClient) -> None:
    await a_published_event(await an_organisation())
    event = events_of(await site.get("/fr/calendar.ics?from=2026-01-01"))["care-skills-count"]
    assert event["SUMMARY"] == "Les compétences du soin comptent"
    assert event["SUMMARY"].params["LANGUAGE"] == "fr"
    assert event["URL"] == "http://testserver/fr/events/care-skills-count"


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/en/events/never.ics", 404, "There is no such event."),
        ("/en/organisations/never/calendar.ics", 404, "There is no such organisation here."),
        ("/xx/calendar.ics", 404, "There is nothing at this address."),
        ("/xx/events/care-skills-count.ics", 404, "There is nothing at this address."),
        ("/en/calendar.ics?from=soon", 422, "from: Write a date as 2027-02-05."),
        ("/fr/calendar.ics?mode=asleep", 422, "mode: Choisissez parmi : in_person, online."),
    ],
)
async def test_what_is_refused_is_refused_in_words_not_in_a_page(
    site: httpx.AsyncClient, path: str, status: int, said: str
) -> None:
    await a_published_event(await an_organisation())
    answer = await site.get(path, headers={"Accept": "text/calendar,text/html,*/*"})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text.splitlines()[-1].replace("\u00a0", " ") == said


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
