"""A conference's rooms: one that is renamed is renamed in what takes place there."""

from typing import Any

import pytest

from events.accounts.rules import Actor
from events.programme.actions import create_event, plan_session
from events.programme.forms import read_event
from events.programme.queries import get_event, get_own_event
from events.programme.queries.calendars import list_facts
from events.programme.queries.versions import get_planned_session
from events.programme.rules import EventFacts
from events.programme.rules.contents import renamed_rooms
from events.programme.rules.filters import Filters
from events.registration.actions.moving import change_event
from tests.make import a_published_event, an_event, an_organisation
from tests.programme.test_contents import CONFERENCE

HALL_A = {"name": "Uzexpocentre", "room": "hall  a", "address": "Tashkent"}
WHOLE = CONFERENCE | {"venue": {"name": "Uzexpocentre"}}


def test_a_room_is_renamed_where_a_new_name_takes_its_place() -> None:
    assert renamed_rooms(["A", "B"], ["Aula", "B"]) == {"A": "Aula"}
    assert renamed_rooms(["A", "B"], ["B", "A"]) == {}
    assert renamed_rooms(["A", "B"], ["B"]) == {}
    assert renamed_rooms(["A", "B"], ["B", "C"]) == {}
    assert renamed_rooms(["A"], ["Aula", "B"]) == {"A": "Aula"}


def at(slug: str, venue: Any, **more: Any) -> dict[str, Any]:
    facts = {"slug": slug, "part_of": "early-childhood", "venue": venue, "kind": "session", "modes": {}}
    return facts | more


def room(event: EventFacts) -> str | None:
    return event.venue.room if event.venue else None


async def a_programme(by: Actor) -> dict[str, EventFacts]:
    await a_published_event(by, **WHOLE)
    made = {
        "talk": at("talk", HALL_A),
        "songs": at("songs", HALL_A | {"room": "Hall B"}),
        "beside": at("beside", HALL_A, kind="side_event"),
        "elsewhere": at("elsewhere", {"name": "City Hall", "room": "Hall A"}, kind="side_event"),
        "other": at("other", HALL_A, part_of=None, kind="meeting"),
    }
    return {slug: await a_published_event(by, **event) for slug, event in made.items()}


@pytest.mark.usefixtures("database")
async def test_what_takes_place_in_a_renamed_room_is_there_and_calendars_are_told() -> None:
    by = await an_organisation()
    before = await a_programme(by)
    await create_event(read_event(an_event(**at("draft", HALL_A))), by=by, domain="testserver")
    await plan_session("songs", {"venue": {"room": "Hall A"}}, by=by)

    await change_event("early-childhood", {"rooms": ["Aula", "Hall B"]}, by=by)
    now = {slug: await get_event(slug) for slug in before}
    assert {slug: room(event) for slug, event in now.items()} == {
        "talk": "Aula", "songs": "Hall B", "beside": "Aula", "elsewhere": "Hall A", "other": "hall a",
    }  # fmt: skip
    assert {slug for slug, event in now.items() if event != before[slug]} == {"talk", "beside"}
    talk = now["talk"]
    assert talk.venue
    assert talk.venue.one_line == "Aula, Uzexpocentre, Tashkent"
    assert (talk.sequence, talk.revision) == (1, before["talk"].revision + 1)
    assert talk.calendar_changed_at > before["talk"].calendar_changed_at
    draft = await get_own_event("draft", by.organisation)
    assert (room(draft), draft.sequence) == ("Aula", 0)
    assert (await get_planned_session("songs", by.organisation)).state.room == "Aula"
    assert {event.slug for event in await list_facts(Filters(q="aula"))} == {"talk", "beside"}

    await change_event("early-childhood", {"rooms": ["Hall B"]}, by=by)
    assert room(await get_event("talk")) == "Aula", "a room that is taken off the list takes nothing along"
