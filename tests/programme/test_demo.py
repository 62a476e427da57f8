"""The demo as a first visitor finds it."""

import stat
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest
import time_machine
from piccolo.engine.base import Engine
from selectolax.lexbor import LexborHTMLParser

from events.accounts.actions.organisations import create_organisation
from events.accounts.actions.sign_ins import sign_in
from events.accounts.queries import get_organisation
from events.announcements.queries import list_of_event
from events.announcements.queries.outcomes import count_outcomes
from events.announcements.rules import Outcome
from events.demo import FOLDER, load_demo
from events.kernel.clock import utc_now
from events.outbox.tables import Message
from events.programme import queries
from events.programme.queries.calendars import list_facts
from events.programme.queries.clashes import list_clashes
from events.programme.rules import EventFacts, Kind, Mode, Status
from events.programme.rules.clashes import ClashKind
from events.programme.rules.filters import Filters
from events.questions.queries import find_whole_form
from events.registration.answers.queries import count_answers
from events.registration.queries.counts import count_by_standing
from events.registration.rules import Standing
from events.settings import Settings

TODAY = datetime(2026, 11, 22, 12, tzinfo=UTC)
FACTS: dict[str, Any] = msgspec.json.decode((FOLDER / "real-events.json").read_bytes())
SAMPLES = {
    "csocd65",
    "csocd65-side-event",
    "maternal-wellbeing-lse-2027",
    "early-childhood-tashkent-2027",
    "early-childhood-tashkent-2027-side-event",
    "mothers4peace-casablanca-2027",
    "hrc-side-panel-2027",
}

EXCHANGE = {
    "care-exchange",
    *(f"care-exchange-2027-{day}" for day in ("02-16", "03-16", "04-13", "05-11", "06-08")),
}

Events = dict[str, EventFacts]


async def every_event() -> Events:
    return {event.slug: event for event in await list_facts(Filters())}


@pytest.fixture
async def loaded(database: Engine[Any], settings: Settings) -> AsyncIterator[Events]:  # noqa: ARG001 - it must be open
    with time_machine.travel(TODAY):
        assert await load_demo(settings, int)
        yield await every_event()


async def test_every_real_event_is_there_as_its_source_states_it(loaded: Events) -> None:
    for stated in FACTS["events"]:
        event = loaded[stated["key"]]
        assert event.kind == stated["kind"]
        assert event.title["en"] == stated["title"]["en"]
        assert event.status is Status.PUBLISHED
        assert event.ends_at < TODAY
        if stated["starts"]:
            assert event.span.starts.wall.isoformat().startswith(stated["starts"])
        if stated["zone"]:
            assert event.span.starts.zone == stated["zone"]
        assert [mode.value for mode in event.modes] == stated.get("modes", [])


async def test_what_the_source_does_not_state_is_said_to_be_sample_data(loaded: Events) -> None:
    filled_in = {key for key in FACTS["sample_values"] if key != "about"}
    for slug in filled_in | SAMPLES:
        assert set(loaded[slug].sample) == {"en", "fr"}
    for slug in ("wcecce-2022", "mothers4peace-2018"):
        assert loaded[slug].sample == {}


async def test_the_samples_lie_ahead_under_their_agreed_addresses(loaded: Events) -> None:
    ahead = {slug for slug, event in loaded.items() if event.starts_at > TODAY and event.kind is not Kind.SESSION}
    assert ahead == SAMPLES | EXCHANGE
    for slug in SAMPLES:
        agreed = FACTS["upcoming_samples"][slug]
        event = loaded[slug]
        assert event.span.starts.wall.isoformat().startswith(agreed["starts"])
        assert event.span.starts.zone == agreed["zone"]
        assert event.parent_slug == agreed.get("part_of")
        assert {places.mode.value: places.capacity for places in event.places if places.capacity} == agreed.get(
            "capacity", {"in_person": 400} if slug == "early-childhood-tashkent-2027" else {}
        )


async def test_everything_is_written_in_english_and_french(loaded: Events) -> None:
    for event in loaded.values():
        said = [text for who in event.speakers for text in (who.function, who.biography)]
        said += [document.title for document in event.documents]
        for text in (event.title, event.summary, event.description, event.admission, event.theme, event.sample, *said):
            assert set(text) in (set(), {"en", "fr"}), event.slug
        assert event.title
        assert event.summary, event.slug


async def test_tashkent_has_sessions_in_three_rooms_on_three_days(loaded: Events) -> None:
    sessions = [event for event in loaded.values() if event.kind is Kind.SESSION]
    assert {event.parent_slug for event in sessions} == {"early-childhood-tashkent-2027"}
    assert {event.venue.room for event in sessions if event.venue} == {"Hall A", "Hall B", "Hall C"}
    assert {event.span.starts.wall.day for event in sessions} == {15, 16, 17}
    for one in sessions:  # nobody speaks over anybody else in the same room
        for other in sessions:
            assert one is other or one.venue != other.venue or not one.span.overlaps(other.span)


async def test_tashkent_has_speakers_tracks_and_plenary(loaded: Events) -> None:
    sessions = [event for event in loaded.values() if event.kind is Kind.SESSION]
    assert all(session.speakers and session.track for session in sessions)
    conference = loaded["early-childhood-tashkent-2027"]
    assert {session.track.key for session in sessions if session.track} == {track.key for track in conference.tracks}
    assert set(conference.rooms) == {"Hall A", "Hall B", "Hall C"}
    assert [sitting.span.starts.wall.day for sitting in conference.plenary] == [15, 16, 17]
    for one in sessions:  # nobody is at two places at once
        for other in sessions:
            if one is not other and one.span.overlaps(other.span):
                assert {who.id for who in one.speakers}.isdisjoint(who.id for who in other.speakers)


async def test_an_exchange_repeats_at_the_same_time_in_paris(loaded: Events) -> None:
    dates = [loaded[slug] for slug in sorted(EXCHANGE)]
    assert len({date.series for date in dates} - {None}) == 1
    assert {date.span.starts.wall.strftime("%A %H:%M") for date in dates} == {"Tuesday 14:00"}
    assert {date.span.starts.offset for date in dates} == {"UTC+1", "UTC+2"}
    assert all(date.sample for date in dates)


@pytest.mark.usefixtures("loaded")
async def test_a_reader_finds_the_note_on_zones_that_are_not_as_far_apart_as_usual(client: httpx.AsyncClient) -> None:
    home = await client.get("/en/")
    assert "/en/events/care-exchange-2027-03-16" in home.text
    page = LexborHTMLParser((await client.get("/en/events/care-exchange-2027-03-16")).text)
    [note] = page.css(".when-note")
    assert note.text(strip=True) == "From Paris to New York it is 5 hours that day, not 6 hours as usual."


async def test_a_draft_shows_what_a_clash_looks_like(loaded: Events) -> None:
    broadcast = loaded["maternal-wellbeing-lse-2027"]
    [clash] = await list_clashes(await queries.get_own_event("maternal-wellbeing-rehearsal", broadcast.organisation))
    assert (clash.kind, clash.event.id) == (ClashKind.ROOM, broadcast.id)
    assert clash.accepted is not None
    assert clash.accepted.reason.startswith("The technicians")


async def test_the_panel_is_full_and_four_people_wait(loaded: Events) -> None:
    panel = loaded["hrc-side-panel-2027"]
    assert await count_by_standing(panel.id) == {
        (Mode.IN_PERSON, Standing.CONFIRMED): 40,
        (Mode.IN_PERSON, Standing.WAITING): 4,
    }
    assert panel.places[0].is_full
    assert panel.admission["en"].startswith("A UN grounds pass is needed as well")


async def test_one_event_asks_something_and_has_messages(loaded: Events) -> None:
    event = loaded["mothers4peace-casablanca-2027"]
    form = await find_whole_form(event.id)
    assert [question.name for question in form.questions if question.show_if] == ["lunch_other"]
    assert {number for one in await count_answers(event.id) for number in one.made.values()} >= {4, 8}
    messages = await list_of_event(event.id)
    assert [message.state.value for message in messages] == ["sent", "scheduled", "scheduled", "scheduled"]
    assert (await count_outcomes(event.id))[messages[0].id] == {Outcome.SENT: 18}
    for message in messages:
        assert set(message.subject) == set(message.body) == {"en", "fr"}


@pytest.mark.usefixtures("loaded")
async def test_nobody_is_written_to() -> None:
    assert await Message.count() == 0


@pytest.mark.usefixtures("loaded")
async def test_the_organiser_signs_in_with_what_is_kept_for_its_owner_alone(settings: Settings) -> None:
    path = settings.var / "demo-sign-in"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    email, password = path.read_text().split()
    assert await sign_in(email, password, network="127.0.0.1")
    again = await load_demo(settings, int)
    assert again is not None
    assert (again.email, again.password) == (email, password)
    assert len(await every_event()) == len(FACTS["events"]) + len(SAMPLES) + len(EXCHANGE) + 15


async def test_a_database_with_something_in_it_stays_as_it_is(database: Engine[Any], settings: Settings) -> None:  # noqa: ARG001 - it must be open
    await create_organisation("another", name="Another organisation")
    assert await load_demo(settings, int) is None
    assert await every_event() == {}
    assert not (settings.var / "demo-sign-in").exists()


@pytest.mark.parametrize("today", [datetime(2027, 2, 1, 8, tzinfo=UTC), datetime(2031, 6, 1, tzinfo=UTC)])
async def test_samples_are_put_off_by_whole_years_of_weeks_with_what_belongs_to_them(
    database: Engine[Any],  # noqa: ARG001 - it must be open
    settings: Settings,
    today: datetime,
) -> None:
    with time_machine.travel(today):
        await load_demo(settings, int)
    events = await every_event()
    for slug in SAMPLES:
        agreed = datetime.fromisoformat(FACTS["upcoming_samples"][slug]["starts"])
        put_off = events[slug].span.starts.wall - agreed
        assert events[slug].starts_at > today
        assert put_off % timedelta(weeks=52) == timedelta()
        parent = events[slug].parent_slug
        if parent:
            whole = events[parent].span.starts.wall
            assert whole - datetime.fromisoformat(FACTS["upcoming_samples"][parent]["starts"]) == put_off
    conference = events["early-childhood-tashkent-2027"]
    assert all(
        conference.starts_at <= event.starts_at < event.ends_at <= conference.ends_at
        for event in events.values()
        if event.part_of == conference.id
    )


@pytest.mark.usefixtures("database")
async def test_it_tells_how_far_it_is(settings: Settings) -> None:
    rows = 0

    def count(more: int) -> None:
        nonlocal rows
        rows += more

    await load_demo(settings, count)
    assert rows > 100
    assert (await get_organisation("make-mothers-matter")).short_name == "MMM"
    assert all(event.created_at <= utc_now() for event in (await every_event()).values())
