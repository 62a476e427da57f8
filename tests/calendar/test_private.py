"""Somebody's own calendar: asked for on a ticket's page, sent by mail, fetched by a program."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import pairwise
from typing import Any

import httpx
import pytest
import time_machine
from icalendar import Calendar
from litestar import Litestar
from msgspec import structs

from events.accounts.rules import Actor
from events.calendar.actions import send_private_feed
from events.kernel.errors import TooMany
from events.outbox.worker import Worker
from events.registration.actions.cancelling import cancel_own
from events.registration.actions.deciding import answer_request
from events.registration.actions.erasing import erase_own
from events.registration.actions.moving import cancel_event, change_event
from events.registration.actions.registering import Registered
from events.registration.mails import renderers
from events.registration.rules import WRONG_LINKS_PER_NETWORK
from events.registration.rules.feeds import FEEDS_PER_DAY
from events.registration.tables import PrivateFeed
from events.settings import Settings
from tests.conftest import browser
from tests.infra.calendar_clients import libical_finds_fault, read_with_ical, read_with_icaljs, read_with_libical
from tests.mail_server import MailServer
from tests.make import SECRET, a_published_event, a_registration, an_organisation
from tests.people import ORIGIN, send, words

LINK = "https://meet.example.org/secret-room"
ONLINE: dict[str, Any] = {"modes": {"online": {}}, "joining_link": LINK, "venue": None}
DAY = timedelta(days=1)


class Person:
    """Somebody with a mailbox, who opens what comes and copies the address into a calendar."""

    def __init__(self, client: httpx.AsyncClient, settings: Settings, server: MailServer) -> None:
        self.client = client
        self.settings = structs.replace(settings, smtp_url=server.url)
        self.server = server

    async def read_mail(self) -> list[str]:
        """The addresses of calendars in it, the newest last."""
        worker = Worker(self.settings, renderers(self.settings))
        while await worker.run_once():
            pass
        texts = [
            str(part.get_content()) for part in (letter.get_body(("plain",)) for letter in self.server.letters) if part
        ]
        return [found for text in texts for found in re.findall(r"http://testserver(/calendars/\S+\.ics)", text)]

    async def ask(self, token: str) -> str:
        page = await self.client.get(f"/t/{token}")
        answer = await send(self.client, page, f"/t/{token}/calendar")
        assert answer.headers["location"] == f"/t/{token}?done=calendar", answer.text
        return (await self.read_mail())[-1]

    async def fetch(self, address: str, **headers: str) -> httpx.Response:
        return await self.client.get(address, headers={name.replace("_", "-"): text for name, text in headers.items()})

    async def events(self, address: str) -> dict[str, Any]:
        answer = await self.fetch(address)
        assert answer.status_code == 200, answer.text
        assert not libical_finds_fault(answer.content)
        calendar: Any = Calendar.from_ical(answer.content)
        return {str(event["URL"]).rpartition("/")[2]: event for event in calendar.walk("VEVENT")}


@pytest.fixture
async def by(database: object) -> Actor:  # noqa: ARG001 - it must be open
    return await an_organisation()


@pytest.fixture
async def person(app: Litestar, settings: Settings, mail_server: MailServer) -> AsyncIterator[Person]:
    async with browser(app) as client:
        yield Person(client, settings, mail_server)


def standing(event: Any) -> tuple[str, int]:
    return str(event["STATUS"]), int(event["SEQUENCE"])


async def test_it_holds_all_that_one_is_registered_for_wherever(by: Actor, person: Person) -> None:
    made = [
        await a_published_event(by, slug="one"),
        await a_published_event(by, slug="full", modes={"online": {"capacity": 0}}),
    ]
    other = await an_organisation("other", "Other")
    made.append(await a_published_event(other, slug="asks", approval=True))
    await a_published_event(other, slug="not-mine")
    token = (await a_registration("one")).token
    await a_registration("full", mode="online")
    await a_registration("asks", email="ANA@Example.org")
    await a_registration("not-mine", email="ben@example.org")
    address = await person.ask(token)
    events = await person.events(address)
    assert {slug: standing(event) for slug, event in events.items()} == {
        "one": ("CONFIRMED", 0),
        "full": ("TENTATIVE", 0),
        "asks": ("TENTATIVE", 0),
    }
    assert {event["CLASS"] for event in events.values()} == {"PRIVATE"}
    content = (await person.fetch(address)).content
    times = {event.uid: (event.starts_at, event.ends_at) for event in made}
    for read in (read_with_icaljs, read_with_libical, read_with_ical):
        assert read(content) == times, read.__name__


async def test_it_is_for_one_person_and_asks_again_only_for_what_is_new(by: Actor, person: Person) -> None:
    await a_published_event(by)
    address = await person.ask((await a_registration()).token)
    plain = await person.fetch(address, Accept_Encoding="identity")
    assert {name: plain.headers.get(name) for name in EXPECTED} == EXPECTED
    assert "set-cookie" not in plain.headers
    assert "access-control-allow-origin" not in plain.headers
    tag, zipped = plain.headers["etag"], await person.fetch(address, Accept_Encoding="gzip")
    assert (zipped.headers["etag"], zipped.content) == (f'{tag[:-1]}-gzip"', plain.content)
    for known in (
        {"If_None_Match": tag},
        {"If_None_Match": f'W/"x", {tag}'},
        {"If_Modified_Since": plain.headers["last-modified"]},
    ):
        answer = await person.fetch(address, **known)
        assert (answer.status_code, answer.content, answer.headers["cache-control"]) == (304, b"", "private, no-cache")
    head = await person.client.head(address)
    assert (head.status_code, head.content, "etag" in head.headers) == (200, b"", True)
    await change_event("care-skills-count", {"title": {"en": "Care counts"}}, by=by)
    answer = await person.fetch(address, If_None_Match=tag)
    assert answer.status_code == 200
    assert b"Care counts" in answer.content


EXPECTED = {
    "content-type": "text/calendar; charset=utf-8",
    "content-disposition": 'inline; filename="calendar.ics"',
    "cache-control": "private, no-cache",
    "x-robots-tag": "noindex",
    "referrer-policy": "no-referrer",
}


async def test_online_the_way_in_joins_and_opens_nothing_else(by: Actor, person: Person) -> None:
    await a_published_event(by, **ONLINE)
    made = await a_registration(mode="online")
    address = await person.ask(made.token)
    event = (await person.events(address))["care-skills-count"]
    join = str(event["LOCATION"])
    assert re.fullmatch(r"http://testserver/t/[^/]+/join", join)
    assert event["CONFERENCE"] == event["X-GOOGLE-CONFERENCE"] == event["X-MICROSOFT-SKYPETEAMSMEETINGURL"] == join
    assert event["CONFERENCE"].params["LABEL"] == "Join online"
    assert str(event["DESCRIPTION"]).endswith(f"Join online: {join}\n\nhttp://testserver/en/events/care-skills-count")
    content = (await person.fetch(address)).text.replace("\r\n ", "")
    for secret in (made.token, made.code, made.code.lower(), LINK, address):
        assert secret not in content
    with time_machine.travel("2027-02-05T18:20:00Z"):
        answer = await person.client.get(join)
        assert (answer.status_code, answer.headers["location"]) == (303, LINK)
    early = await person.client.get(join)
    assert (early.status_code, made.token in early.text) == (409, False)
    for path in ("", "/qr.svg", "/event.ics"):
        assert (await person.client.get(join.removesuffix("/join") + path)).status_code == 404
    number, _, key = join.split("/")[-2].partition("-")
    for forged in (
        f"{int(number) + 1}-{key}",
        f"{number}-{key[:-1]}",
        f"{number}-",
        f"{number}-ü",
        "9" * 30 + f"-{key}",
    ):
        assert (await person.client.get(f"/t/{forged}/join")).status_code == 404
    await erase_own(made.token)
    assert (await person.client.get(join)).status_code == 410


async def test_sequence_rises_with_all_that_becomes_of_a_place(by: Actor, person: Person) -> None:
    event = await a_published_event(by)
    first = await a_registration()
    address = await person.ask(first.token)
    told = []

    async def look() -> None:
        told.append(standing((await person.events(address))[event.slug]))

    await look()
    await cancel_own(first.token)
    await look()
    second = await a_registration()
    await look()
    await change_event(event.slug, {"starts": {"wall": "2027-02-05T12:00"}}, by=by)
    await look()
    await cancel_own(second.token)
    await look()
    await cancel_event(event.slug, reason={}, by=by)
    await look()
    assert [status for status, _ in told] == [
        "CONFIRMED",
        "CANCELLED",
        "CONFIRMED",
        "CONFIRMED",
        "CANCELLED",
        "CANCELLED",
    ]
    numbers = [number for _, number in told]
    assert all(later > earlier for earlier, later in pairwise(numbers)), numbers


async def test_a_standing_that_changes_is_newer(by: Actor, person: Person) -> None:
    await a_published_event(by, approval=True)
    made = await a_registration()
    address = await person.ask(made.token)
    before = (await person.events(address))["care-skills-count"]
    with time_machine.travel(datetime.now(UTC) + DAY):
        await answer_request(made.code, accept=True, by=by)
    after = (await person.events(address))["care-skills-count"]
    assert (before["STATUS"], after["STATUS"]) == ("TENTATIVE", "CONFIRMED")
    assert after["LAST-MODIFIED"].dt - before["LAST-MODIFIED"].dt >= DAY


async def test_what_came_to_nothing_stays_ninety_days_and_what_was_attended_as_long_as_it_is_kept(
    by: Actor, person: Person
) -> None:
    times = {name: {"wall": f"2026-12-20T1{hour}:00", "zone": "UTC"} for hour, name in enumerate(("starts", "ends"))}
    with time_machine.travel(datetime(2026, 12, 1, 12, tzinfo=UTC), tick=False):
        for slug in ("went", "gave-up"):
            await a_published_event(by, slug=slug, **times)
        token = (await a_registration("went")).token
        await cancel_own((await a_registration("gave-up")).token)
        address = await person.ask(token)
        assert {slug: event["STATUS"] for slug, event in (await person.events(address)).items()} == {
            "went": "CONFIRMED",
            "gave-up": "CANCELLED",
        }
    with time_machine.travel(datetime(2027, 3, 1, 23, 59, tzinfo=UTC), tick=False):
        last = await person.fetch(address)
        assert set(await person.events(address)) == {"went", "gave-up"}
    with time_machine.travel(datetime(2027, 3, 2, tzinfo=UTC), tick=False):
        gone = await person.fetch(address, If_Modified_Since=last.headers["last-modified"])
        assert gone.status_code == 200
        assert parsedate_to_datetime(gone.headers["last-modified"]) == datetime(2027, 3, 2, tzinfo=UTC)
        assert set(await person.events(address)) == {"went"}


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


async def test_reminders_are_there_for_who_wants_them(by: Actor, person: Person) -> None:
    await a_published_event(by)
    made = await a_registration()
    address = await person.ask(made.token)
    place = address.removesuffix(".ics")
    told: dict[str, list[timedelta]] = {}
    for minutes in ("", "30", "1440", "7"):
        with time_machine.travel(datetime.now(UTC) + DAY * (1 + len(told))):
            since = (await person.fetch(address)).headers["last-modified"]
            await send(person.client, await person.client.get(place), f"{place}/alarm", minutes=minutes)
            answer = await person.fetch(address, If_Modified_Since=since)
        calendar: Any = Calendar.from_ical(answer.content)
        told[minutes] = [alarm["TRIGGER"].dt for alarm in calendar.walk("VALARM")]
        assert not libical_finds_fault(answer.content)
    assert told == {"": [], "30": [timedelta(minutes=-30)], "1440": [timedelta(days=-1)], "7": []}
    await send(person.client, await person.client.get(place), f"{place}/alarm", minutes="30")
    await cancel_own(made.token)
    assert b"VALARM" not in (await person.fetch(address)).content


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
