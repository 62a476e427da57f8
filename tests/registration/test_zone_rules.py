"""Morocco gives up changing its clocks: what was reckoned with tzdata 2025b, by a server that had it, is moved."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import time_machine
from litestar import Litestar
from msgspec import structs

from events.accounts.actions.tokens import create_token
from events.accounts.queries import get_organisation
from events.accounts.rules import Role
from events.activity.queries import list_for_subject
from events.checkin.queries import list_doors
from events.kernel.clock import utc_now
from events.kernel.spans import tzdata_version
from events.outbox.tables import Message
from events.outbox.worker import Worker
from events.programme import mails as programme_mails
from events.programme.queries import get_event
from events.programme.rules import EventFacts
from events.programme.tables.contents import Plenary
from events.registration.actions.zones import follow_zone_rules
from events.registration.mails import renderers
from events.settings import Settings
from tests.conftest import browser
from tests.infra.calendar_clients import libical_finds_fault, read_with_ical, read_with_icaljs, read_with_vobject
from tests.mail_server import MailServer
from tests.make import an_event, an_organisation
from tests.people import a_member, send, sign_in, words
from tests.registration.post import calendars, facts, text
from tests.servers import Served

OLD = Path(__file__).parents[2] / ".venv" / "tzdata-2025b"
CASABLANCA = {"zone": "Africa/Casablanca"}
TIMES: dict[str, Any] = {
    "starts": CASABLANCA | {"wall": "2029-06-05T18:00"},
    "ends": CASABLANCA | {"wall": "2029-06-05T20:00"},
}
TOLD = "Events begin at another moment"
CLOSES = {"in_person": {"capacity": 9, "closes": CASABLANCA | {"wall": "2029-06-04T12:00"}}}


@pytest.fixture
async def before(database: object, database_url: str, tmp_path: Path) -> Served:  # noqa: ARG001 - it must be open
    """What a server made that had older rules; it has stopped, and its next commands have the rules of today."""
    sitting = {name: time | {"wall": time["wall"].replace("T20", "T19")} for name, time in TIMES.items()}
    past = {name: time | {"wall": time["wall"].replace("2029-06-05", "2026-10-10")} for name, time in TIMES.items()}
    made = [
        an_event(slug="casablanca", modes=CLOSES, **TIMES),
        an_event(slug="conference", kind="conference", plenary=[{"title": {"en": "Plenary"}, **sitting}], **TIMES),
        an_event(slug="draft", **TIMES),
        an_event(slug="new-york"),
        an_event(slug="past", **past),
    ]
    async with with_older_rules(database_url, tmp_path) as (machine, program):
        await publish(program, made)
        for slug in ("casablanca", "new-york"):
            form = {"name": "Ana Reyes", "email": "ana@example.org", "mode": "in_person"}
            assert (await program.post(f"/events/{slug}/registrations", json=form)).status_code == 201
        door = {"name": "Main", "opens_at": "2029-06-05T16:30:00Z"}
        assert (await program.post("/events/casablanca/doors", json=door)).status_code == 201
    return machine


@pytest.fixture
async def reversed_by_rules(database: object, database_url: str, tmp_path: Path) -> Served:  # noqa: ARG001 - same
    """The same with what begins in Casablanca and ends in London half an hour later, by the rules of then."""
    ends = {"wall": "2029-12-05T17:30", "zone": "Europe/London"}
    times = {"starts": CASABLANCA | {"wall": "2029-12-05T18:00"}, "ends": ends}
    sitting = {"title": {"en": "Plenary"}, **times}
    days = {"starts": CASABLANCA | {"wall": "2029-12-05T08:00"}, "ends": CASABLANCA | {"wall": "2029-12-06T20:00"}}
    async with with_older_rules(database_url, tmp_path) as (machine, program):
        await publish(
            program, [an_event(slug="relay", **times), an_event(slug="c", kind="conference", plenary=[sitting], **days)]
        )
    return machine


@asynccontextmanager
async def with_older_rules(database_url: str, tmp_path: Path) -> AsyncIterator[tuple[Served, httpx.AsyncClient]]:
    """A server that has the rules of 2025, and a program that may do everything there."""
    by = await an_organisation("mmm")
    await a_member(by)
    await a_member(by, "vera@example.org", role=Role.VIEWER)
    headers = {"Authorization": f"Bearer {await create_token(by.organisation, name='t', scopes='all')}"}
    machine = Served(database_url, tmp_path, ENV="test", BASE_URL="http://testserver")
    machine.environment["PYTHONPATH"] = str(OLD)
    with machine:
        url = f"http://127.0.0.1:{machine.port}/api/v1"
        async with httpx.AsyncClient(base_url=url, headers=headers) as program:
            yield machine, program
    del machine.environment["PYTHONPATH"]


async def publish(program: httpx.AsyncClient, made: Sequence[dict[str, Any]]) -> None:
    for event in made:
        assert (await program.post("/events", json=event)).status_code == 201
        if event["slug"] != "draft":
            assert (await program.post(f"/events/{event['slug']}/publish")).status_code == 200


async def event_of(slug: str) -> EventFacts:
    return await get_event(slug, viewer=(await get_organisation("mmm")).id)


async def brought(settings: Settings, server: MailServer) -> dict[str, Any]:
    """The last mail to each, by what its subject begins with."""
    every = {**programme_mails.renderers(settings), **renderers(settings)}
    worker = Worker(structs.replace(settings, smtp_url=server.url), every)
    with time_machine.travel(utc_now() + timedelta(minutes=3)):
        while await worker.run_once():
            pass
    return {letter["Subject"].partition(":")[0]: letter for letter in server.letters}


@pytest.mark.usefixtures("before")
async def test_wall_times_stay_and_instants_move() -> None:
    was = {slug: await event_of(slug) for slug in ("casablanca", "conference", "draft", "new-york", "past")}
    assert {event.tzdata_version for event in was.values()} == {"2025b"}
    assert was["casablanca"].starts_at == datetime(2029, 6, 5, 17, tzinfo=UTC)
    assert sum(await asyncio.gather(follow_zone_rules(), follow_zone_rules())) == 3
    assert await follow_zone_rules() == 0
    now = {slug: await event_of(slug) for slug in was}
    for slug in ("casablanca", "conference", "draft"):
        assert (now[slug].starts_at, now[slug].ends_at) == tuple(
            datetime(2029, 6, 5, hour, tzinfo=UTC) for hour in (18, 20)
        )
        assert (now[slug].span, now[slug].uid) == (was[slug].span, was[slug].uid)
    assert {slug: event.sequence for slug, event in now.items()} == {
        "casablanca": 1, "conference": 1, "draft": 0, "new-york": 0, "past": 0,
    }  # fmt: skip
    assert now["casablanca"].places[0].closes_at == datetime(2029, 6, 4, 12, tzinfo=UTC)
    assert now["new-york"].places[0].closes_at == now["new-york"].starts_at
    # What holds still is not new to anybody; what is past stays as it was.
    assert now["new-york"] == structs.replace(was["new-york"], tzdata_version=tzdata_version())
    assert now["past"] == was["past"]
    [sitting] = await Plenary.select(Plenary.starts_at, Plenary.ends_at)
    assert (sitting["starts_at"].hour, sitting["ends_at"].hour) == (18, 19)
    [door] = await list_doors(now["casablanca"].id)
    assert door.opens_at == datetime(2029, 6, 5, 17, 30, tzinfo=UTC)
    organisation = (await get_organisation("mmm")).id
    log = await list_for_subject(f"event:{now['casablanca'].id}", organisation=organisation)
    assert [entry.verb for entry in log] == ["reckoned", "published", "created"]


@pytest.mark.usefixtures("before")
async def test_people_and_organisers_are_told(settings: Settings, mail_server: MailServer, app: Litestar) -> None:
    await asyncio.gather(follow_zone_rules(), follow_zone_rules())
    kinds = await Message.select(Message.kind).where(Message.sent_at.is_null())
    assert sorted(row["kind"] for row in kinds if row["kind"] != "registration.confirmed") == [
        "programme.zones",
        "registration.event_reckoned",
    ]
    letters = await brought(settings, mail_server)
    to_ana = letters["Other clocks"]
    said = text(to_ana)
    assert "“Care skills count” begins at the time that was announced, 18:00 in Casablanca." in said
    assert "the clocks there will be at UTC+0, not at UTC+1" in said
    assert "Tuesday 5 June 2029, 18:00–20:00 (Casablanca, UTC+0)" in said
    assert (facts(to_ana)["sequence"], facts(to_ana)["status"]) == (1, "CONFIRMED")
    uid = (await event_of("casablanca")).uid
    times = (datetime(2029, 6, 5, 18, tzinfo=UTC), datetime(2029, 6, 5, 20, tzinfo=UTC))
    for read in (read_with_icaljs, read_with_vobject):
        assert read(calendars(to_ana)[0]) == {uid: times}

    to_the_owner = letters[TOLD]
    assert to_the_owner["To"].addresses[0].addr_spec == "ana@example.org"
    for slug in ("casablanca", "conference", "draft"):
        assert f"http://testserver/organise/events/{slug}\n" in text(to_the_owner)
    assert "new-york" not in text(to_the_owner)
    assert text(to_the_owner).count("Casablanca will be at UTC+0, not at UTC+1.") == 3

    overview = words(await (await sign_in(app)).get("/organise/"))
    assert "rules of their time zones have changed" in overview
    assert overview.count("Casablanca will be at UTC+0, not at UTC+1.") == 3


async def test_the_doctor_says_what_will_move(before: Served) -> None:
    found = before.command("doctor").stdout
    assert "4 events were reckoned with 2025b; 3 of them start or end at another moment" in found
    assert "casablanca starts at 2029-06-05 18:00 UTC, not 2029-06-05 17:00" in found
    await follow_zone_rules()
    assert "reckoned with" not in before.command("doctor").stdout


async def test_an_end_that_rules_put_before_its_start_is_read_kept_and_told(
    reversed_by_rules: Served, settings: Settings, mail_server: MailServer, app: Litestar
) -> None:
    found = reversed_by_rules.command("doctor").stdout
    assert "relay would end before it starts" in found
    was = await event_of("relay")
    assert await follow_zone_rules() == 2
    now = await event_of("relay")
    assert now.span == was.span
    assert (now.starts_at, now.ends_at) == tuple(datetime(2029, 12, 5, 18, minute, tzinfo=UTC) for minute in (0, 1))
    [sitting] = await Plenary.select(Plenary.starts_at, Plenary.ends_at)
    assert tuple(sitting.values()) == (now.starts_at, now.ends_at)
    assert "relay would end before it starts" in reversed_by_rules.command("doctor").stdout

    assert "So its end would come before its start" in text((await brought(settings, mail_server))[TOLD])
    ana = await sign_in(app)
    assert "So its end would come before its start" in words(await ana.get("/organise/"))
    assert "It would end before it starts" in words(await ana.get("/organise/events/relay"))
    async with browser(app) as reader:
        assert (await reader.get("/en/events/relay")).status_code == 200
        feed = (await reader.get("/en/calendar.ics")).content
        single = (await reader.get("/en/events/relay.ics")).content
    assert not any(map(libical_finds_fault, (feed, single)))
    for read in (read_with_icaljs, read_with_vobject, read_with_ical):
        assert read(feed)[now.uid] == read(single)[now.uid] == (now.starts_at, now.ends_at)

    renamed = {"title.en": "Relay"}
    edit = "/organise/events/relay/edit"
    assert "The end must come after the start." in words(await send(ana, await ana.get(edit), edit, **renamed))


async def test_whoever_has_older_rules_moves_nothing_back(before: Served) -> None:
    await follow_zone_rules()
    before.environment["PYTHONPATH"] = str(OLD)
    with before:
        await asyncio.sleep(2)
        assert (await event_of("casablanca")).starts_at == datetime(2029, 6, 5, 18, tzinfo=UTC)
