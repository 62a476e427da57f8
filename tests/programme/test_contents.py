"""Speakers, documents, tracks, rooms and plenary: given to an event and taken away, shown and found."""

import asyncio
from typing import Any

import httpx
import pytest
from litestar import Litestar
from piccolo.engine.base import Engine
from selectolax.lexbor import LexborHTMLParser

from events.accounts.rules import Actor
from events.kernel.errors import Conflict, Invalid
from events.kernel.spans import TimeSpan, WallTime
from events.programme import queries
from events.programme.actions import copy_event, create_event
from events.programme.entries import ROLES, entry_of
from events.programme.forms import read_event
from events.programme.queries.calendars import list_facts
from events.programme.queries.contents import list_plenary_during
from events.programme.rules import EventFacts
from events.programme.rules.contents import TRACK_COLOURS, SpeakerRole
from events.programme.rules.filters import Filters
from events.programme.tables.contents import Speaker
from events.registration.actions.moving import change_event
from tests.make import a_program, a_published_event, an_event, an_organisation

pytestmark = pytest.mark.usefixtures("database")

ZONE = "Asia/Tashkent"
ANA: dict[str, Any] = {
    "name": "Ana Reyes",
    "role": "moderator",
    "affiliation": "Example Institute",
    "function": {"en": "Director", "fr": "Directrice"},
    "biography": {"en": "Ana has worked on care since 1998.\n\nShe lives in Manila."},
    "remote": True,
}
CONFERENCE: dict[str, Any] = {
    "kind": "conference",
    "slug": "early-childhood",
    "title": {"en": "Early childhood"},
    "starts": {"wall": "2027-11-15T09:00", "zone": ZONE},
    "ends": {"wall": "2027-11-17T18:00", "zone": ZONE},
    "tracks": [
        {"key": "policy", "name": {"en": "Policy", "fr": "Politique"}, "colour": "#0b5c7a"},
        {"name": {"en": "Care and learning"}},
    ],
    "rooms": ["Hall A", "Hall B"],
    "plenary": [
        {
            "starts": {"wall": "2027-11-15T14:00", "zone": ZONE},
            "ends": {"wall": "2027-11-15T16:00", "zone": ZONE},
            "title": {"en": "General debate"},
        },
        {"starts": {"wall": "2027-11-15T09:00", "zone": ZONE}, "ends": {"wall": "2027-11-15T10:00", "zone": ZONE}},
    ],
}


@pytest.fixture
async def organisation(database: Engine[Any]) -> Actor:  # noqa: ARG001 - it must be open
    return await an_organisation()


async def problems_of(organisation: Actor, **changes: Any) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as refused:
        await create_event(read_event(an_event(**changes)), by=organisation, domain="testserver")
    return [(problem.field, problem.message) for problem in refused.value.problems]


def named(event: EventFacts) -> list[tuple[str, str, str | None]]:
    return [(speaker.name, speaker.role.value, speaker.affiliation) for speaker in event.speakers]


class TestSpeakers:
    async def test_an_event_has_them_in_their_order_with_all_that_is_said_of_them(self, organisation: Actor) -> None:
        event = await a_published_event(organisation, speakers=[{"name": "Wei Zhang", "role": "opening"}, ANA])
        assert named(event) == [
            ("Wei Zhang", "opening", None),
            ("Ana Reyes", "moderator", "Example Institute"),
        ]
        ana = event.speakers[1]
        assert (ana.function, ana.biography, ana.remote) == (ANA["function"], ANA["biography"], True)
        assert event.speakers[0].remote is None

    async def test_somebody_who_is_known_is_named_once_and_used_again(self, organisation: Actor) -> None:
        await a_published_event(organisation, speakers=[ANA])
        again = await a_published_event(organisation, slug="again", speakers=[{"name": "ana reyes", "role": "keynote"}])
        assert named(again) == [("Ana Reyes", "keynote", "Example Institute")]
        assert again.speakers[0].function == ANA["function"]
        assert await Speaker.count() == 1

    async def test_the_same_name_of_another_organisation_is_somebody_else(self, organisation: Actor) -> None:
        await a_published_event(organisation, speakers=[ANA])
        other = await a_published_event(
            organisation, slug="other", speakers=[{"name": "Ana Reyes", "affiliation": "Somewhere else"}]
        )
        assert other.speakers[0].biography == {}
        assert await problems_of(organisation, slug="third", speakers=[{"name": "Ana Reyes"}]) == [
            ("speakers.0.affiliation", "Your address book has several people of this name. Say of which organisation.")
        ]

    async def test_what_changes_of_somebody_changes_at_all_their_events_and_in_calendars(
        self, organisation: Actor
    ) -> None:
        first = await a_published_event(organisation, speakers=[ANA])
        second = await a_published_event(organisation, slug="second", speakers=[{"name": "Ana Reyes"}])
        who = first.speakers[0].id
        await change_event(first.slug, {"speakers": [{"id": who, "biography": {"en": "New."}}]}, by=organisation)
        quiet = await queries.get_event("second")
        assert (quiet.speakers[0].biography, quiet.revision) == ({"en": "New."}, second.revision + 1)
        assert quiet.calendar_changed_at == second.calendar_changed_at
        await change_event(first.slug, {"speakers": [{"id": who, "affiliation": "UNESCO"}]}, by=organisation)
        told = await queries.get_event("second")
        assert named(told) == [("Ana Reyes", "speaker", "UNESCO")]
        assert told.calendar_changed_at > second.calendar_changed_at
        assert told.sequence == second.sequence

    async def test_speakers_sent_back_as_they_were_answered_change_nothing(
        self, app: Litestar, organisation: Actor
    ) -> None:
        await a_published_event(organisation, speakers=[ANA])
        async with await a_program(app, organisation) as program:
            event = (await program.get("/api/v1/events/care-skills-count")).json()
            assert event["speakers"] == [ANA | {"id": event["speakers"][0]["id"]}]
            again = await program.patch("/api/v1/events/care-skills-count", json={"speakers": event["speakers"]})
            assert again.json()["speakers"] == event["speakers"]

    async def test_their_names_stand_in_calendars_by_role(self, organisation: Actor) -> None:
        event = await a_published_event(
            organisation, description={}, modes={}, speakers=[ANA, {"name": "Wei Zhang", "role": "closing"}]
        )
        assert entry_of(event, "en", "").description == (
            "What unpaid care teaches.\n\nModerator: Ana Reyes (Example Institute)\nClosing remarks: Wei Zhang"
        )

    @pytest.mark.parametrize(("words", "found"), [("REYES care", 1), ("example institute", 1), ("reyes peace", 0)])
    async def test_search_finds_an_event_by_who_speaks(self, organisation: Actor, words: str, found: int) -> None:
        await a_published_event(organisation, speakers=[ANA])
        assert len(await list_facts(Filters(q=words))) == found

    async def test_every_mistake_is_told_at_once(self, organisation: Actor) -> None:
        told = await problems_of(
            organisation,
            speakers=[{"role": "moderator"}, {"name": "", "id": 3}, {"name": "Ana", "role": "singer"}],
        )
        assert [field for field, _ in told] == ["speakers.2.role"]
        assert await problems_of(organisation, speakers=[{"role": "moderator"}, {"name": "", "id": 3}]) == [
            ("speakers.0.name", "This must be filled in."),
            ("speakers.1.name", "This must be filled in."),
        ]
        assert await problems_of(organisation, speakers=[ANA, ANA]) == [
            ("speakers.1.name", "They stand here twice in this role.")
        ]

    async def test_nobody_of_another_organisation_can_be_named_by_number(self, organisation: Actor) -> None:
        theirs = await a_published_event(await an_organisation("theirs", "Theirs"), speakers=[ANA])
        assert await problems_of(organisation, slug="ours", speakers=[{"id": theirs.speakers[0].id}]) == [
            ("speakers.0.id", "Your address book has nobody of this number.")
        ]

    async def test_nobody_becomes_who_is_there_already(self, organisation: Actor) -> None:
        event = await a_published_event(organisation, speakers=[ANA, {"name": "Ana Reyes", "affiliation": "UNESCO"}])
        patch = {"speakers": [{"id": event.speakers[1].id, "affiliation": "example INSTITUTE"}]}
        with pytest.raises(Invalid) as refused:
            await change_event(event.slug, patch, by=organisation)
        assert [problem.field for problem in refused.value.problems] == ["speakers.0.name"]

    async def test_many_who_write_the_same_name_down_at_once_write_it_once(self, organisation: Actor) -> None:
        await asyncio.gather(
            *(a_published_event(organisation, slug=f"event-{number}", speakers=[ANA]) for number in range(20))
        )
        assert await Speaker.count() == 1

    async def test_a_copy_has_them_too(self, organisation: Actor) -> None:
        event = await a_published_event(organisation, speakers=[ANA])
        copied = await copy_event(event.slug, by=organisation, domain="testserver")
        assert copied.speakers == event.speakers


class TestDocuments:
    async def test_they_come_and_go_with_the_event_in_their_order(self, organisation: Actor) -> None:
        note = {
            "kind": "concept_note",
            "title": {"en": "Why care"},
            "url": "https://example.org/note.pdf",
            "language": "en",
        }
        event = await a_published_event(organisation, documents=[note, {"url": "https://example.org/flyer"}])
        assert [(one.kind.value, one.title, one.url, one.language) for one in event.documents] == [
            ("concept_note", {"en": "Why care"}, "https://example.org/note.pdf", "en"),
            ("other", {}, "https://example.org/flyer", None),
        ]
        assert (await change_event(event.slug, {"documents": []}, by=organisation)).documents == ()

    async def test_an_address_that_leads_nowhere_is_refused(self, organisation: Actor) -> None:
        told = await problems_of(organisation, documents=[{"url": "javascript:alert(1)"}])
        assert [field for field, _ in told] == ["documents.0.url"]


class TestConference:
    async def test_it_has_tracks_rooms_and_plenary_in_the_order_of_time(self, organisation: Actor) -> None:
        event = await a_published_event(organisation, **CONFERENCE)
        assert [(track.key, track.name["en"], track.colour) for track in event.tracks] == [
            ("policy", "Policy", "#0b5c7a"),
            ("care-and-learning", "Care and learning", TRACK_COLOURS[0]),
        ]
        assert event.rooms == ("Hall A", "Hall B")
        assert [sitting.span.starts.wall.hour for sitting in event.plenary] == [9, 14]
        assert event.plenary[1].title == {"en": "General debate"}

    async def test_the_api_answers_when_the_plenary_sits(self, client: httpx.AsyncClient, organisation: Actor) -> None:
        await a_published_event(organisation, **CONFERENCE)
        event = (await client.get("/api/v1/events/early-childhood")).json()
        assert event["plenary"][1] == {
            "starts": {"wall": "2027-11-15T14:00", "zone": ZONE, "fold": 0, "instant": "2027-11-15T14:00:00+05:00"},
            "ends": {"wall": "2027-11-15T16:00", "zone": ZONE, "fold": 0, "instant": "2027-11-15T16:00:00+05:00"},
            "title": {"en": "General debate"},
        }
        assert (event["track"], event["rooms"]) == (None, ["Hall A", "Hall B"])

    async def test_who_asks_what_the_plenary_clashes_with_is_told(self, organisation: Actor) -> None:
        event = await a_published_event(organisation, **CONFERENCE)

        def span(starts: str, ends: str) -> TimeSpan:
            return TimeSpan(WallTime.parse(f"2027-11-15T{starts}", ZONE), WallTime.parse(f"2027-11-15T{ends}", ZONE))

        assert await list_plenary_during(event.id, span("09:30", "14:30")) == list(event.plenary)
        assert await list_plenary_during(event.id, span("10:00", "14:00")) == []

    async def test_a_session_is_in_one_of_its_tracks(self, organisation: Actor) -> None:
        await a_published_event(organisation, **CONFERENCE)
        session = await a_published_event(organisation, kind="session", part_of="early-childhood", track="policy")
        assert session.track
        assert session.track.name == {"en": "Policy", "fr": "Politique"}
        assert await problems_of(organisation, slug="x", part_of="early-childhood", track="peace") == [
            ("track", "The conference has no track “{key}”.")
        ]
        assert [field for field, _ in await problems_of(organisation, slug="x", track="policy")] == ["track"]

    async def test_a_track_goes_only_when_nothing_is_in_it(self, organisation: Actor) -> None:
        conference = await a_published_event(organisation, **CONFERENCE)
        session = await a_published_event(organisation, kind="session", part_of=conference.slug, track="policy")
        with pytest.raises(Conflict, match="Sessions are in the track “policy”"):
            await change_event(conference.slug, {"tracks": []}, by=organisation)
        await change_event(session.slug, {"track": None}, by=organisation)
        assert (await change_event(conference.slug, {"tracks": []}, by=organisation)).tracks == ()

    async def test_only_a_conference_has_them(self, organisation: Actor) -> None:
        parts = {name: CONFERENCE[name] for name in ("tracks", "rooms", "plenary")}
        assert [field for field, _ in await problems_of(organisation, **parts)] == ["tracks", "rooms", "plenary"]

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"tracks": [{"name": {"en": "Pale"}, "colour": "#ffee88"}]}, "tracks.0.colour"),
            ({"tracks": [{"name": {}}]}, "tracks.0.name"),
            ({"tracks": [{"name": {"en": "One"}}, {"name": {"en": "One"}}]}, "tracks.1.key"),
            ({"rooms": ["Hall A", "Hall  A"]}, "rooms.1"),
            ({"rooms": [""]}, "rooms.0"),
            (
                {
                    "plenary": [
                        {"starts": {"wall": "2027-03-28T02:30", "zone": "Europe/Paris"}, "ends": CONFERENCE["ends"]}
                    ]
                },
                "plenary.0.starts.wall",
            ),
            ({"plenary": [{"starts": CONFERENCE["ends"], "ends": CONFERENCE["starts"]}]}, "plenary.0.ends"),
        ],
    )
    async def test_what_cannot_be_is_refused(self, organisation: Actor, changes: dict[str, Any], field: str) -> None:
        assert field in [told for told, _ in await problems_of(organisation, **CONFERENCE | changes)]


def test_every_role_has_its_words() -> None:
    assert set(ROLES) == set(SpeakerRole)


async def test_an_events_page_shows_who_speaks_and_what_there_is_to_read(
    client: httpx.AsyncClient, organisation: Actor
) -> None:
    note = {"kind": "concept_note", "url": "https://example.org/n", "title": {"en": "Why care <b>"}, "language": "fr"}
    await a_published_event(organisation, speakers=[ANA, {"name": "Wei <i>"}], documents=[note])
    tree = LexborHTMLParser((await client.get("/en/events/care-skills-count")).text)
    ana, wei = (" ".join(one.text(separator=" ").split()) for one in tree.css(".speaker"))
    assert ana.startswith("Moderator · Remote Ana Reyes Director , Example Institute About Ana Reyes Ana has worked")
    assert wei == "Speaker Wei <i>"
    (link,) = tree.css(".documents a")
    assert (link.attributes["href"], link.attributes["hreflang"], link.text()) == (
        "https://example.org/n", "fr", "Why care <b>",
    )  # fmt: skip
    assert "Concept note, French" in tree.css(".documents")[0].text()
