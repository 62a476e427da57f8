"""What somebody's own calendar holds, as a program that fetches it reads it."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import pairwise
from typing import Any

import time_machine
from icalendar import Calendar

from events.accounts.rules import Actor
from events.registration.actions.cancelling import cancel_own
from events.registration.actions.deciding import answer_request
from events.registration.actions.erasing import erase_own
from events.registration.actions.moving import cancel_event, change_event
from tests.calendar.person import Person
from tests.infra.calendar_clients import libical_finds_fault, read_with_ical, read_with_icaljs, read_with_libical
from tests.make import a_published_event, a_registration, an_organisation
from tests.people import send

LINK = "https://meet.example.org/secret-room"
ONLINE: dict[str, Any] = {"modes": {"online": {}}, "joining_link": LINK, "venue": None}
DAY = timedelta(days=1)


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
