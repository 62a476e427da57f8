"""The address of somebody's own calendar: who is sent it, what its page says and does, and what ends it."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine
from icalendar import Calendar

from events.accounts.rules import Actor
from events.calendar.actions import send_private_feed
from events.kernel.errors import TooMany
from events.registration.actions.erasing import erase_own
from events.registration.actions.registering import Registered
from events.registration.rules import WRONG_LINKS_PER_NETWORK
from events.registration.rules.feeds import FEEDS_PER_DAY
from events.registration.tables import PrivateFeed
from tests.calendar.person import Person
from tests.make import SECRET, a_published_event, a_registration
from tests.people import ORIGIN, send, words


async def test_what_nobody_has_proven_is_not_in_it_and_cannot_ask(by: Actor, person: Person) -> None:
    await a_published_event(by)
    await a_published_event(by, slug="proven", prove_address=True)
    address = await person.ask((await a_registration()).token)
    unproven = await a_registration("proven")
    assert set(await person.events(address)) == {"care-skills-count"}
    page = await person.client.get(f"/t/{unproven.token}")
    assert "/calendar" not in page.text
    refused = await person.client.post(f"/t/{unproven.token}/calendar", headers=ORIGIN)
    assert refused.status_code == 409


async def test_its_address_is_shown_nowhere_but_sent(by: Actor, person: Person) -> None:
    """Who registers with another's address sees no calendar, neither whether there is one."""
    await a_published_event(by)
    await a_published_event(by, slug="another")
    address = await person.ask((await a_registration()).token)
    await person.fetch(address)
    stranger = await a_registration("another")
    page = await person.client.get(f"/t/{stranger.token}")
    assert "/calendars/" not in page.text
    assert "last fetched" not in words(page)
    assert person.server.recipients[-1] == "ana@example.org"


async def test_the_page_tells_when_it_was_last_fetched(by: Actor, person: Person) -> None:
    await a_published_event(by)
    token = (await a_registration()).token
    with time_machine.travel(datetime(2026, 12, 1, 12, tzinfo=UTC), tick=False):
        address = await person.ask(token)
        assert "No calendar has fetched it yet." in words(await person.client.get(f"/t/{token}"))
    for minute in (0, 50, 70):
        with time_machine.travel(datetime(2026, 12, 2, 12, tzinfo=UTC) + timedelta(minutes=minute), tick=False):
            await person.fetch(address)
    with time_machine.travel(datetime(2026, 12, 3, tzinfo=UTC), tick=False):
        for page in (f"/t/{token}", address.removesuffix(".ics")):
            assert "last fetched it on Wednesday 2 December 2026" in words(await person.client.get(page))
    fetched = (await PrivateFeed.select(PrivateFeed.fetched_at))[0]["fetched_at"]
    assert fetched == datetime(2026, 12, 2, 13, 10, tzinfo=UTC)


async def test_asking_again_ends_the_old_address(by: Actor, person: Person) -> None:
    await a_published_event(by)
    token = (await a_registration()).token
    old = await person.ask(token)
    new = await person.ask(token)
    gone = await person.fetch(old)
    assert (gone.status_code, gone.headers["content-type"]) == (410, "text/plain; charset=utf-8")
    assert (await person.client.get(old.removesuffix(".ics"))).status_code == 410
    assert set(await person.events(new)) == {"care-skills-count"}


async def test_a_calendar_is_ended_on_its_page(by: Actor, person: Person) -> None:
    await a_published_event(by)
    token = (await a_registration()).token
    address = await person.ask(token)
    place = address.removesuffix(".ics")
    page = await person.client.get(place)
    for name, value in {
        "cache-control": "private, no-store",
        "x-robots-tag": "noindex",
        "referrer-policy": "no-referrer",
    }.items():
        assert page.headers[name] == value
    for link in (f"webcal://testserver{address}", f"http://testserver{address}"):
        assert link in page.text
    answer = await send(person.client, page, f"{place}/end")
    assert "Nobody can fetch this calendar any more" in words(answer)
    assert (await person.fetch(address)).status_code == 410
    assert set(await person.events(await person.ask(token))) == {"care-skills-count"}


async def test_another_address_is_sent_from_its_page(by: Actor, person: Person) -> None:
    await a_published_event(by)
    old = await person.ask((await a_registration()).token)
    place = old.removesuffix(".ics")
    answer = await send(person.client, await person.client.get(place), f"{place}/renew")
    assert "We have sent you another address." in words(answer)
    new = (await person.read_mail())[-1]
    assert new not in answer.text
    assert ((await person.fetch(old)).status_code, (await person.fetch(new)).status_code) == (410, 200)


async def test_it_goes_with_the_last_registration(by: Actor, person: Person) -> None:
    made = []
    for slug in ("one", "two"):
        await a_published_event(by, slug=slug)
        made.append((await a_registration(slug)).token)
    address = await person.ask(made[0])
    await erase_own(made[0])
    assert set(await person.events(address)) == {"two"}
    await erase_own(made[1])
    assert (await person.fetch(address)).status_code == 410
    assert [row["email_folded"] for row in await PrivateFeed.select()] == [None]


async def test_two_erased_at_once_leave_no_calendar(by: Actor, person: Person) -> None:
    made = []
    for slug in ("one", "two"):
        await a_published_event(by, slug=slug)
        made.append((await a_registration(slug)).token)
    address = await person.ask(made[0])
    await asyncio.gather(*map(erase_own, made))
    assert (await person.fetch(address)).status_code == 410


async def test_many_who_ask_at_once_have_one_calendar(by: Actor, person: Person) -> None:
    await a_published_event(by)
    await a_published_event(by, slug="two")
    made: list[Registered] = [await a_registration(), await a_registration("two")]
    asked = await asyncio.gather(
        *(send_private_feed(one.token, secret=SECRET) for one in made * 3), return_exceptions=True
    )
    assert [type(refused) for refused in asked if refused] == [TooMany] * (len(asked) - FEEDS_PER_DAY)
    addresses = [
        f"/calendars/{token}"
        for token in set(re.findall(r"/calendars/([\w-]+\.ics)", " ".join(await person.read_mail())))
    ]
    answers = sorted([(await person.fetch(address)).status_code for address in addresses])
    assert answers.count(200) == 1
    assert set(answers) <= {200, 410}


async def test_wrong_addresses_are_counted(by: Actor, person: Person) -> None:
    await a_published_event(by)
    address = await person.ask((await a_registration()).token)
    for number in range(WRONG_LINKS_PER_NETWORK["limit"]):
        assert (await person.fetch(f"/calendars/wrong{number}.ics")).status_code == 404
    limited = await person.fetch("/calendars/wrong.ics")
    assert (limited.status_code, "retry-after" in limited.headers) == (429, True)
    assert limited.headers["content-type"] == "text/plain; charset=utf-8"
    assert (await person.fetch(address)).status_code == 200


async def test_what_one_does_there_needs_our_form(by: Actor, person: Person) -> None:
    await a_published_event(by)
    address = await person.ask((await a_registration()).token)
    for act in ("alarm", "renew", "end"):
        place = f"{address.removesuffix('.ics')}/{act}"
        assert (await person.client.get(place)).status_code == 405
        assert (await person.client.post(place)).status_code == 403
        assert (await person.client.post(place, headers={"Origin": "https://evil.example"})).status_code == 403
    assert (await person.fetch(address)).status_code == 200


async def test_the_language_is_the_registrations(by: Actor, person: Person) -> None:
    await a_published_event(by)
    address = await person.ask((await a_registration(language="fr")).token)
    calendar: Any = Calendar.from_ical((await person.fetch(address)).content)
    [event] = calendar.walk("VEVENT")
    assert event["SUMMARY"] == "Les compétences du soin comptent"
    assert event["URL"] == "http://testserver/fr/events/care-skills-count"
