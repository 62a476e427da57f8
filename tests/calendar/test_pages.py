import httpx
import pytest

from events.accounts.actions.organisations import create_organisation
from events.accounts.rules import SCOPES, Actor
from events.programme.actions import create_event
from events.programme.forms import read_event
from events.registration.actions.moving import change_event
from tests.calendar.feeds import FEED, a_conference, calendar_of, events_of
from tests.make import a_published_event, an_event, an_organisation

LINK = "https://video.example.org/room?pwd=secret"


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
