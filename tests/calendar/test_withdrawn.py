"""Events that are taken back: made a draft again, or deleted. Calendars hear of it, and nobody loses a place."""

import asyncio
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest
import time_machine
from icalendar import Calendar

from events.accounts.actions.tokens import create_token
from events.accounts.rules import Actor
from events.checkin.actions import open_door
from events.checkin.forms import DoorForm
from events.kernel.errors import Conflict, NotFound
from events.programme.actions import create_event, publish_event
from events.programme.forms import read_event
from events.programme.queries import get_own_event
from events.programme.rules import EventFacts
from events.programme.rules.errors import EventInUse, WrongStatus
from events.registration.actions.cancelling import cancel_own
from events.registration.actions.moving import cancel_event, change_event
from events.registration.actions.registering import Registered
from events.registration.actions.withdrawing import delete_event, unpublish_event
from tests.infra.calendar_clients import libical_finds_fault, read_with_icaljs, read_with_libical
from tests.make import SECRET, a_published_event, a_registration, an_event, an_organisation

SLUG = "care-skills-count"
PAGE, FEED = f"/en/events/{SLUG}", "/en/calendar.ics?from=2026-01-01"
MANY = {"modes": {"online": {}}, "tags": ["care"]}


@pytest.fixture
async def by(site: httpx.AsyncClient) -> Actor:  # noqa: ARG001 - its database must be open
    return await an_organisation()


async def events_of(site: httpx.AsyncClient, path: str = FEED) -> dict[str, Any]:
    answer = await site.get(path)
    assert answer.status_code == 200, answer.text
    assert not libical_finds_fault(answer.content)
    calendar: Any = Calendar.from_ical(answer.content)
    return {str(event["UID"]): event for event in calendar.walk("VEVENT")}


async def test_what_is_taken_back_is_cancelled_in_the_feeds_it_was_in(site: httpx.AsyncClient, by: Actor) -> None:
    event = await a_published_event(by, tags=["care"], languages=["fr"])
    other = await a_published_event(by, slug="other")
    feeds = [
        FEED,
        *(f"{FEED}&{query}" for query in ("tag=care", "mode=online", "language=fr", "q=unpaid", "kind=side_event")),
    ]
    before = [await events_of(site, feed) for feed in feeds]
    await unpublish_event(SLUG, by=by)
    await change_event(SLUG, {"title": {"en": "A secret"}, "tags": [], "starts": {"wall": "2027-02-04T10:00"}}, by=by)
    for feed, earlier in zip(feeds, before, strict=True):
        told = (await events_of(site, feed))[event.uid]
        assert (told["STATUS"], told["SUMMARY"]) == ("CANCELLED", "Cancelled: Care skills count")
        assert told["SEQUENCE"] > earlier[event.uid]["SEQUENCE"]
        assert told["DTSTART"].dt == earlier[event.uid]["DTSTART"].dt
    assert event.uid not in await events_of(site, f"{FEED}&tag=other")
    content = (await site.get(FEED)).content
    for read in (read_with_icaljs, read_with_libical):
        assert read(content) == {one.uid: (one.starts_at, one.ends_at) for one in (event, other)}
    assert (await site.get(PAGE)).status_code == 404
    assert (await site.get(f"{PAGE}.ics")).status_code == 404


async def test_it_goes_after_ninety_days_and_the_feed_is_then_newer(site: httpx.AsyncClient) -> None:
    with time_machine.travel(datetime(2026, 11, 20, 12, tzinfo=UTC), tick=False):
        by = await an_organisation()
        event = await a_published_event(by)
        await unpublish_event(SLUG, by=by)
        assert set(await events_of(site)) == {event.uid}
    with time_machine.travel(datetime(2027, 2, 18, 23, 59, tzinfo=UTC), tick=False):
        last = await site.get(FEED)
        assert event.uid in last.text.replace("\r\n ", "")
    with time_machine.travel(datetime(2027, 2, 19, tzinfo=UTC), tick=False):
        gone = await site.get(FEED, headers={"If-Modified-Since": last.headers["last-modified"]})
        assert gone.status_code == 200
        assert event.uid not in gone.text.replace("\r\n ", "")
        assert parsedate_to_datetime(gone.headers["last-modified"]) == datetime(2027, 2, 19, tzinfo=UTC)


async def test_published_again_it_comes_back_with_a_higher_sequence(site: httpx.AsyncClient, by: Actor) -> None:
    event = await a_published_event(by)
    numbers = []
    for act in (unpublish_event, publish_event, unpublish_event, publish_event):
        await act(SLUG, by=by)
        numbers.append((await events_of(site))[event.uid]["SEQUENCE"])
    assert numbers == sorted(set(numbers))
    assert (await events_of(site))[event.uid]["STATUS"] == "CONFIRMED"
    assert (await site.get(PAGE)).status_code == 200


async def test_what_was_cancelled_and_is_published_again_says_no_reason(site: httpx.AsyncClient, by: Actor) -> None:
    event = await a_published_event(by)
    await cancel_event(SLUG, reason={"en": "The hall was flooded."}, by=by)
    await unpublish_event(SLUG, by=by)
    await publish_event(SLUG, by=by)
    told = (await events_of(site))[event.uid]
    assert (told["STATUS"], "flooded" in told["DESCRIPTION"]) == ("CONFIRMED", False)


async def test_nobodys_place_is_taken_back(site: httpx.AsyncClient, by: Actor) -> None:
    await a_published_event(by)
    made = await a_registration()
    with pytest.raises(EventInUse):
        await unpublish_event(SLUG, by=by)
    await cancel_own(made.token)
    await unpublish_event(SLUG, by=by)
    with pytest.raises(EventInUse):
        await delete_event(SLUG, by=by)
    assert (await site.get(f"/t/{made.token}")).status_code == 200


async def test_who_registers_while_it_is_taken_back_has_a_place_or_none(by: Actor) -> None:
    await a_published_event(by, **MANY)
    for number in range(10):
        registering = [a_registration(mode="online", email=f"{number}-{n}@example.org") for n in range(4)]
        *registered, withdrawn = await asyncio.gather(
            *registering, unpublish_event(SLUG, by=by), return_exceptions=True
        )
        stands = [one for one in registered if isinstance(one, Registered)]
        assert all(isinstance(one, Registered | NotFound) for one in registered)
        if stands:
            assert isinstance(withdrawn, EventInUse)
            await asyncio.gather(*(cancel_own(one.token) for one in stands))
        else:
            assert isinstance(withdrawn, EventFacts)
            await publish_event(SLUG, by=by)


async def test_a_conference_is_taken_back_after_its_parts(by: Actor) -> None:
    await a_published_event(by, slug="whole", kind="conference")
    await a_published_event(by, slug="part", part_of="whole")
    with pytest.raises(EventInUse):
        await unpublish_event("whole", by=by)
    await unpublish_event("part", by=by)
    await unpublish_event("whole", by=by)
    with pytest.raises(EventInUse):
        await delete_event("whole", by=by)
    await delete_event("part", by=by)
    await delete_event("whole", by=by)


async def test_a_draft_that_nobody_saw_is_deleted_without_a_trace(site: httpx.AsyncClient, by: Actor) -> None:
    partners = [{"name": "WHO", "role": "co_organiser"}]
    await create_event(read_event(an_event(partners=partners)), by=by, domain="testserver")
    await delete_event(SLUG, by=by)
    assert (await site.get(PAGE)).status_code == 404
    assert await events_of(site) == {}
    with pytest.raises(NotFound):
        await get_own_event(SLUG, by.organisation)


async def test_what_was_public_and_is_deleted_is_gone(site: httpx.AsyncClient, by: Actor) -> None:
    event = await a_published_event(by)
    with pytest.raises(WrongStatus):
        await delete_event(SLUG, by=by)
    await unpublish_event(SLUG, by=by)
    await delete_event(SLUG, by=by)
    for path in (PAGE, f"{PAGE}.ics", f"{PAGE}/calendar.ics", f"{PAGE}/register", f"/api/v1/events/{SLUG}"):
        assert (await site.get(path)).status_code == 410, path
    assert (await events_of(site))[event.uid]["STATUS"] == "CANCELLED"
    again = await a_published_event(by)
    assert (await site.get(PAGE)).status_code == 200
    assert {uid: str(told["STATUS"]) for uid, told in (await events_of(site)).items()} == {
        event.uid: "CANCELLED",
        again.uid: "CONFIRMED",
    }


async def test_what_something_else_hangs_on_is_not_deleted(by: Actor) -> None:
    await create_event(read_event(an_event()), by=by, domain="testserver")
    await open_door(SLUG, DoorForm(name="Main entrance"), by=by, secret=SECRET)
    with pytest.raises(Conflict):
        await delete_event(SLUG, by=by)
    assert (await get_own_event(SLUG, by.organisation)).places


async def test_programs_do_it_too(site: httpx.AsyncClient, by: Actor) -> None:
    event = await a_published_event(by)
    token = await create_token(by.organisation, name="test", scopes="all")
    site.headers["Authorization"] = f"Bearer {token}"
    address = f"/api/v1/events/{SLUG}"
    assert (await site.delete(address)).status_code == 409
    old = await site.post(f"{address}/unpublish", headers={"If-Match": f'"{event.revision + 1}"'})
    assert old.status_code == 412
    answer = await site.post(f"{address}/unpublish")
    assert (answer.status_code, answer.json()["status"]) == (200, "draft")
    again = await site.post(f"{address}/unpublish")
    assert (again.status_code, again.json()["type"].rpartition(":")[2]) == (409, "wrong-status")
    assert (await site.delete(address)).status_code == 204
    assert (await site.delete(address)).status_code == 404
