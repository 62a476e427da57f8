"""A series from its rule to its dates, and changing some of them, as organisers do it."""

import httpx
from litestar import Litestar
from selectolax.lexbor import LexborHTMLParser

from events.accounts.rules import Actor
from events.programme import queries
from events.programme.queries.series import list_series
from events.programme.rules import Status
from tests.make import a_published_event, a_registration
from tests.people import ORIGIN, fields, node, send, words
from tests.reports.olga import HERE, olga

SERIES = f"{HERE}/series"
FOUR = f"{SERIES}?repeats=weekly&interval=1&days=FR&count=4"


async def olga_with_an_event(app: Litestar, **changes: object) -> tuple[Actor, httpx.AsyncClient]:
    organisation, browser = await olga(app)
    await a_published_event(organisation, **changes)
    return organisation, browser


async def starts(organisation: Actor) -> list[str]:
    event = await queries.get_own_event("care-skills-count", organisation.organisation)
    return [str(one.span.starts.wall) for one in await list_series(event.series)]


async def test_every_date_is_seen_with_weekday_and_offset_before_any_is_made(app: Litestar) -> None:
    organisation, browser = await olga_with_an_event(app)
    assert SERIES in (await browser.get(HERE)).text
    page = await browser.get(
        f"{SERIES}?repeats=weekly&interval=2&days=FR&until=2027-03-20&more=2027-03-22,+2027-03-23+18:00"
    )
    shown = words(page)
    for line in (
        "Friday 5 February 2027, 13:15–14:30 (New York, UTC−5) is there already",
        "Friday 5 March 2027, 13:15–14:30 (New York, UTC−5)",
        "Friday 19 March 2027, 13:15–14:30 (New York, UTC−4)",
        "Monday 22 March 2027, 13:15–14:30 (New York, UTC−4)",
        "Tuesday 23 March 2027, 18:00–19:15 (New York, UTC−4)",
    ):
        assert line in shown
    assert await starts(organisation) == []
    left = fields(page, SERIES)
    left["date"] = [day for day in left["date"] if not day.startswith("2027-03-05")]
    answer = await browser.post(SERIES, data=left, headers=ORIGIN)
    assert answer.headers["location"] == f"{SERIES}?done=4"
    assert await starts(organisation) == [
        "2027-02-05 13:15:00",
        "2027-02-19 13:15:00",
        "2027-03-19 13:15:00",
        "2027-03-22 13:15:00",
        "2027-03-23 18:00:00",
    ]
    done = words(await browser.get(answer.headers["location"]))
    assert "4 dates were made, each an event of its own" in done
    assert "every 2 weeks, Fri, until Saturday 20 March 2027" in done
    assert "Tuesday 23 March 2027, 18:00–19:15 (New York, UTC−4) Starts Published" in done
    made = await queries.get_event("care-skills-count-2027-03-22")
    assert made.status is Status.PUBLISHED
    assert "made further dates of it" in words(await browser.get(HERE))


async def test_what_clocks_skip_or_show_twice_is_told_by_date(app: Litestar) -> None:
    at = {"starts": {"wall": "2027-03-07T02:30", "zone": "America/New_York"}}
    at["ends"] = {"wall": "2027-03-07T03:30", "zone": "America/New_York"}
    organisation, browser = await olga_with_an_event(app, **at)
    page = await browser.get(f"{SERIES}?repeats=weekly&interval=1&days=SU&count=2")
    assert (
        "Sunday 14 March 2027, 03:30–04:30 (New York, UTC−4) Clocks skip 02:30 that day; this is the time after it."
        in words(page)
    )
    page = await browser.get(f"{SERIES}?rule=FREQ%3DDAILY;COUNT%3D1&more=2027-11-07+01:30")
    assert "Clocks show this time twice that day." in words(page)
    answer = await send(browser, page, SERIES, **{"fold.2027-11-07T01:30": "1"})
    assert answer.status_code == 303
    event = await queries.get_own_event("care-skills-count", organisation.organisation)
    assert (await list_series(event.series))[-1].span.starts.offset == "UTC-5"


async def test_clashes_are_shown_by_date_and_asked_about(app: Litestar) -> None:
    organisation, browser = await olga_with_an_event(app)
    at = {"starts": {"wall": "2027-02-12T14:00", "zone": "America/New_York"}}
    at["ends"] = {"wall": "2027-02-12T15:00", "zone": "America/New_York"}
    await a_published_event(organisation, slug="other", title={"en": "Other"}, **at)
    page = await browser.get(FOUR)
    assert "Friday 12 February 2027, 13:15–14:30 (New York, UTC−5) Same room: CR-12, UN Headquarters Other" in words(
        page
    )
    refused = await send(browser, page, SERIES)
    assert refused.status_code == 409
    assert await starts(organisation) == []
    assert len(fields(refused, SERIES)["date"]) == 3
    made = await send(browser, refused, SERIES, clash_reason="The room is large.")
    assert made.status_code == 303, words(made)
    assert "The room is large." in words(await browser.get("/organise/events/care-skills-count-2027-02-12"))


async def test_what_clashes_with_a_date_that_is_there_already_is_not_asked_again(app: Litestar) -> None:
    organisation, browser = await olga_with_an_event(app)
    await a_published_event(organisation, slug="other", title={"en": "Other"})
    page = await browser.get(FOUR)
    assert "Other" not in words(page)
    assert "clash_reason" not in fields(page, SERIES)
    assert (await send(browser, page, SERIES)).status_code == 303


async def test_every_mistake_is_told(app: Litestar) -> None:
    _, browser = await olga_with_an_event(app)
    for query, field in (
        ("repeats=weekly&interval=1", "until"),
        ("repeats=weekly&interval=0&count=3", "until"),
        ("repeats=daily&interval=1&count=201", "until"),
        ("repeats=daily&interval=1&count=2&more=tomorrow", "more"),
        ("rule=every+day", "rule"),
        ("rule=FREQ%3DDAILY;COUNT%3D2&more=1969-01-01", "until"),
        ("rule=FREQ%3DDAILY;COUNT%3D2&more=9999-12-31", "until"),
    ):
        page = await browser.get(f"{SERIES}?{query}")
        assert page.status_code == 422, query
        assert [link.attributes["href"] for link in LexborHTMLParser(page.text).css("#problems a")] == [
            f"#field-{field}"
        ]
    page = await browser.get(FOUR)
    nothing = await browser.post(SERIES, data={**fields(page, SERIES), "date": "2027-02-13T13:15"}, headers=ORIGIN)
    assert nothing.status_code == 422
    assert "Choose one date at least." in words(nothing)


async def test_a_change_is_for_one_date_for_all_that_follow_or_for_all(app: Litestar) -> None:
    organisation, browser = await olga_with_an_event(app)
    await send(browser, await browser.get(FOUR), SERIES)
    third = "/organise/events/care-skills-count-2027-02-19/edit"
    await a_registration("care-skills-count-2027-02-26")
    page = await browser.get(third)
    assert fields(page, third)["series_scope"] == "one"
    assert "this date and the one that follows" in words(page)
    later = {"starts.wall": "2027-02-19T15:00", "ends.wall": "2027-02-19T16:00", "series_scope": "following"}
    preview = await send(browser, page, third, **later)
    assert "1 person is told" in words(preview)  # of the date that follows
    assert (await send(browser, preview, third, confirmed="true")).status_code == 303
    assert [day[11:16] for day in await starts(organisation)] == ["13:15", "13:15", "15:00", "15:00"]
    alone = await send(browser, await browser.get(third), third, **{"venue.room": "CR-4"})
    assert alone.status_code in {200, 303}
    if alone.status_code == 200:
        alone = await send(browser, alone, third, confirmed="true")
    event = await queries.get_own_event("care-skills-count", organisation.organisation)
    rooms = [one.venue and one.venue.room for one in await list_series(event.series)]
    assert rooms == ["CR-12", "CR-12", "CR-4", "CR-12"]
    shown = words(await browser.get(f"{HERE}/series"))
    assert (
        "Friday 19 February 2027, 15:00–16:00 (New York, UTC−5) Starts, Ends, Venue Published" in shown
        or "Venue" in shown
    )


async def test_everybody_sees_the_other_dates(app: Litestar, client: httpx.AsyncClient) -> None:
    _, browser = await olga_with_an_event(app)
    assert "Other dates" not in words(await client.get("/en/events/care-skills-count"))
    await send(browser, await browser.get(FOUR), SERIES)
    page = await client.get("/en/events/care-skills-count")
    assert "Other dates Friday 12 February 2027, 13:15–14:30 (New York, UTC−5) Friday 19 February 2027" in words(page)
    link = node(page, ".other-dates a").attributes["href"]
    assert link == "/en/events/care-skills-count-2027-02-12"
    feed = (await client.get("/en/calendar.ics")).text
    assert feed.count("BEGIN:VEVENT") == 4
    assert "RRULE" not in feed.split("BEGIN:VEVENT", 1)[1]
    draft = fields(await browser.get(f"{SERIES}?repeats=weekly&interval=1&days=FR&count=5"), SERIES)
    del draft["publish"]
    await browser.post(SERIES, data=draft, headers=ORIGIN)
    assert "5 March" not in words(await client.get("/en/events/care-skills-count"))
