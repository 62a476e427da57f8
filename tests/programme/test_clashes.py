"""Clashes: which there are, who is told of them, and that of two at once one at least is."""

import asyncio
from typing import Any

import pytest
from litestar import Litestar

from events.accounts.rules import Actor
from events.activity import queries as activity
from events.kernel.words import Text
from events.programme import queries
from events.programme.actions import create_event, publish_event
from events.programme.forms import read_event
from events.programme.queries.addresses import find_id
from events.programme.queries.clashes import list_clashes, list_meanwhile, list_reasons
from events.programme.rules import EventFacts
from events.programme.rules.clashes import Acceptance, Clashing
from events.registration.actions.moving import cancel_event, change_event
from tests.make import a_program, an_event, an_organisation

ASKED = Acceptance()
MORNING: dict[str, Any] = {
    "starts": {"wall": "2027-02-05T09:00", "zone": "America/New_York"},
    "ends": {"wall": "2027-02-05T10:00", "zone": "America/New_York"},
}
PARTNER = {"name": "Caritas", "role": "co_organiser"}


async def make(
    by: Actor, slug: str, *, acceptance: Acceptance | None = None, public: bool = False, **changes: Any
) -> EventFacts:
    draft = read_event(an_event(slug=slug, title={"en": slug}, **changes))
    made = await create_event(draft, by=by, domain="testserver", acceptance=acceptance)
    return await publish_event(slug, by=by) if public else made


async def told(by: Actor, slug: str, **changes: Any) -> list[tuple[str, str | Text, str]]:
    """What is said when the event would be made: kind, what, the other event."""
    with pytest.raises(Clashing) as clashing:
        await make(by, slug, acceptance=ASKED, **changes)
    assert await find_id(slug) is None, "refused is not saved"
    assert clashing.value.event.slug == slug
    return [(clash.kind.value, clash.what, clash.event.slug) for clash in clashing.value.clashes]


@pytest.mark.usefixtures("database")
async def test_the_same_room_at_the_same_time_is_told_however_it_is_written() -> None:
    ours = await an_organisation()
    await make(ours, "first")
    other_room, no_room = {"name": "UN Headquarters", "room": "CR-4"}, {"name": "UN Headquarters"}
    same = {"name": "un headquarters", "room": "cr-12"}
    assert await told(ours, "second", venue=same) == [("room", "cr-12, un headquarters", "first")]
    fitting: list[dict[str, Any]] = [{"venue": other_room}, {"venue": no_room}, {"venue": same, **MORNING}]
    for number, fits in enumerate(fitting):
        await make(ours, f"fits-{number}", acceptance=ASKED, **fits)
    after: dict[str, Any] = {
        "starts": {"wall": "2027-02-05T14:30", "zone": "America/New_York"},
        "ends": {"wall": "2027-02-05T15:00", "zone": "America/New_York"},
    }
    await make(ours, "right-after", acceptance=ASKED, **after)
    overlapping: dict[str, Any] = {
        "starts": {"wall": "2027-02-05T20:29", "zone": "Europe/Zurich"},
        "ends": {"wall": "2027-02-05T21:00", "zone": "Europe/Zurich"},
    }
    assert await told(ours, "abroad", **overlapping) == [
        ("room", "CR-12, UN Headquarters", "first"),
        ("room", "CR-12, UN Headquarters", "right-after"),
    ]


@pytest.mark.usefixtures("database")
async def test_a_partner_is_at_one_event_at_a_time_but_a_host_body_at_many() -> None:
    ours = await an_organisation()
    await make(ours, "first", venue=None, partners=[PARTNER, {"name": "United Nations", "role": "host_body"}])
    named = [{"name": "CARITAS", "role": "co_sponsor"}, {"name": "United Nations", "role": "host_body"}]
    assert await told(ours, "second", venue=None, partners=named) == [("partner", "CARITAS", "first")]
    own = {"name": "Make Mothers Matter", "role": "lead_organiser"}
    await make(ours, "led", venue=None, partners=[own])
    await make(ours, "also-led", venue=None, partners=[own], acceptance=ASKED)
    days: dict[str, Any] = {
        "all_day": True,
        "starts": {"wall": "2027-02-01", "zone": "America/New_York"},
        "ends": {"wall": "2027-02-10", "zone": "America/New_York"},
    }
    await make(ours, "whole-days", kind="conference", venue=None, partners=[PARTNER], acceptance=ASKED, **days)


@pytest.mark.usefixtures("database")
async def test_nobody_speaks_at_two_events_at_once() -> None:
    ours = await an_organisation()
    speaker = {"name": "Amina Traoré", "affiliation": "Caritas", "role": "speaker"}
    await make(ours, "first", venue=None, speakers=[speaker])
    again = [{"name": "amina traore", "affiliation": "CARITAS", "role": "moderator"}]
    assert [clash[::2] for clash in await told(ours, "second", venue=None, speakers=again)] == [("speaker", "first")]
    namesake = [{**speaker, "affiliation": "LSE"}]
    await make(ours, "third", venue=None, speakers=namesake, acceptance=ASKED)
    await make(ours, "fourth", venue=None, speakers=[speaker], acceptance=ASKED, **MORNING)


@pytest.mark.usefixtures("database")
async def test_a_side_event_over_a_plenary_of_its_conference_is_told() -> None:
    ours = await an_organisation()
    zone = "America/New_York"
    sitting = {
        "starts": {"wall": "2027-02-05T14:00", "zone": zone},
        "ends": {"wall": "2027-02-05T17:00", "zone": zone},
        "title": {"en": "General debate"},
    }
    days = {"starts": {"wall": "2027-02-01", "zone": zone}, "ends": {"wall": "2027-02-10", "zone": zone}}
    conference: dict[str, Any] = {"kind": "conference", "venue": None, "all_day": True, "plenary": [sitting], **days}
    await make(ours, "csocd65", **conference)
    assert await told(ours, "side", venue=None, part_of="csocd65") == [("plenary", {"en": "General debate"}, "csocd65")]
    await make(ours, "session", kind="session", venue=None, part_of="csocd65", acceptance=ASKED)
    await make(ours, "before", venue=None, part_of="csocd65", acceptance=ASKED, **MORNING)
    await make(ours, "elsewhere", venue=None, acceptance=ASKED)


@pytest.mark.usefixtures("database")
async def test_a_plenary_that_comes_to_sit_over_side_events_is_told() -> None:
    ours = await an_organisation()
    zone = "America/New_York"
    days: dict[str, Any] = {
        "starts": {"wall": "2027-02-01", "zone": zone},
        "ends": {"wall": "2027-02-10", "zone": zone},
    }
    await make(ours, "csocd65", kind="conference", venue=None, all_day=True, **days)
    for slug, kind in (("side", "side_event"), ("session", "session")):
        await make(ours, slug, kind=kind, venue=None, part_of="csocd65")
    await make(ours, "morning", venue=None, part_of="csocd65", **MORNING)
    await make(ours, "alone", venue=None)
    times = {name: {"wall": f"2027-02-05T{at}", "zone": zone} for name, at in (("starts", "14:00"), ("ends", "17:00"))}
    patch = {"plenary": [times | {"title": {"en": "General debate"}}]}
    with pytest.raises(Clashing) as clashing:
        await change_event("csocd65", patch, by=ours, acceptance=ASKED)
    found = [(clash.kind.value, clash.what, clash.event.slug) for clash in clashing.value.clashes]
    assert found == [("plenary", {"en": "General debate"}, "side")]
    assert (await queries.get_own_event("csocd65", ours.organisation)).plenary == (), "refused is not saved"
    acceptance = Acceptance("The host moved it.", frozenset(clashing.value.keys))
    await change_event("csocd65", patch, by=ours, acceptance=acceptance)
    for slug, other in (("csocd65", "side"), ("side", "csocd65")):
        [clash] = await list_clashes(await queries.get_own_event(slug, ours.organisation))
        assert (clash.event.slug, clash.accepted and clash.accepted.reason) == (other, "The host moved it.")


@pytest.mark.usefixtures("database")
async def test_what_is_part_of_a_conference_does_not_clash_with_it_but_with_what_else_is() -> None:
    ours = await an_organisation()
    hall: dict[str, Any] = {"venue": {"name": "Uzexpocentre", "room": "Hall A"}}
    await make(ours, "conference", kind="conference", **hall)
    await make(ours, "session", kind="session", part_of="conference", acceptance=ASKED, **hall)
    assert await told(ours, "another", kind="session", part_of="conference", **hall) == [
        ("room", "Hall A, Uzexpocentre", "session")
    ]
    assert [one[2] for one in await told(ours, "stranger", **hall)] == ["conference", "session"]


@pytest.mark.usefixtures("database")
async def test_what_does_not_take_place_clashes_with_nothing() -> None:
    ours = await an_organisation()
    await make(ours, "first", public=True)
    await cancel_event("first", reason={}, by=ours)
    second = await make(ours, "second", acceptance=ASKED, public=True)
    cancelled = await queries.get_own_event("first", ours.organisation)
    assert (await list_clashes(second), await list_clashes(cancelled), await list_meanwhile(cancelled)) == ([], [], [])


@pytest.mark.usefixtures("database")
async def test_a_draft_of_another_organisation_is_never_told_but_what_it_published_is() -> None:
    ours, theirs = await an_organisation(), await an_organisation("unesco", "UNESCO")
    await make(theirs, "secret", partners=[PARTNER])
    made = await make(ours, "ours", partners=[PARTNER], acceptance=ASKED)
    assert await list_clashes(made) == []
    await publish_event("secret", by=theirs)
    clashes = await list_clashes(made)
    assert [(clash.kind, clash.event.slug) for clash in clashes] == [("room", "secret"), ("partner", "secret")]
    assert await list_meanwhile(made) == []
    # Their page tells them of nothing: ours is a draft.
    assert await list_clashes(await queries.get_event("secret")) == []


@pytest.mark.usefixtures("database")
async def test_a_reason_for_what_was_told_is_kept_and_not_asked_for_again() -> None:
    ours = await an_organisation()
    first = await make(ours, "first")
    with pytest.raises(Clashing):  # a reason for something else
        await make(ours, "second", acceptance=Acceptance("They share the room.", frozenset({"room-999"})))
    accepted = Acceptance("They share the room.", frozenset({f"room-{first.id}"}))
    second = await make(ours, "second", acceptance=accepted)
    [clash] = await list_clashes(second)
    assert clash.accepted is not None
    assert (clash.accepted.reason, clash.accepted.actor) == ("They share the room.", "system")
    [entry] = [
        entry
        for entry in await activity.list_for_subject(f"event:{second.id}", organisation=ours.organisation)
        if entry.verb == "accepted_clash"
    ]
    assert [(await list_reasons(second.id))[kept] for kept in entry.facts["clashes"]] == ["They share the room."]

    later = {"ends": {"wall": "2027-02-05T14:45", "zone": "America/New_York"}}
    await change_event("second", later, by=ours, acceptance=ASKED)
    await change_event("first", later, by=ours, acceptance=ASKED)  # a colleague has accepted it from the other side
    third = await make(ours, "third", **MORNING)
    with pytest.raises(Clashing) as clashing:
        await change_event("third", {"starts": first_time(first), "ends": later["ends"]}, by=ours, acceptance=ASKED)
    assert [one.event.slug for one in clashing.value.clashes] == ["first", "second"]
    assert (await queries.get_own_event("third", ours.organisation)).revision == third.revision


def first_time(event: EventFacts) -> dict[str, str]:
    return {"wall": event.span.starts.wall.isoformat(timespec="minutes"), "zone": event.span.starts.zone}


@pytest.mark.usefixtures("database")
async def test_a_change_of_something_else_asks_nothing() -> None:
    ours = await an_organisation()
    await make(ours, "first")
    await make(ours, "second")  # a program is not asked
    await change_event("second", {"tags": ["care"], "title": {"en": "Another"}}, by=ours, acceptance=ASKED)
    with pytest.raises(Clashing):
        await change_event("second", {"venue": {"address": "elsewhere"}}, by=ours, acceptance=ASKED)


@pytest.mark.usefixtures("database")
async def test_of_two_saved_at_once_in_one_room_one_at_least_is_told() -> None:
    ours, theirs = await an_organisation(), await an_organisation("unesco", "UNESCO")
    conference: dict[str, Any] = {"kind": "conference", "venue": None}
    for organisation in (ours, theirs):
        await make(organisation, f"of-{organisation.organisation}", public=True, **conference)
    for number in range(10):
        venue: dict[str, Any] = {"venue": {"name": "UN", "room": f"CR-{number}"}}
        slugs = [f"event-{number}-{which}" for which in range(6)]
        saves = [make(ours, slug, acceptance=ASKED, **venue) for slug in slugs]
        results = await asyncio.gather(*saves, return_exceptions=True)
        assert sum(isinstance(result, EventFacts) for result in results) == 1
        assert sum(isinstance(result, Clashing) for result in results) == 5


async def test_a_program_is_not_refused_but_told(app: Litestar) -> None:
    ours, theirs = await an_organisation(), await an_organisation("unesco", "UNESCO")
    await make(theirs, "theirs", public=True)
    await make(theirs, "secret")
    program = await a_program(app, ours)
    made = await program.post("/api/v1/events", json=an_event())
    assert made.status_code == 201
    [warning] = made.json()["warnings"]
    assert (warning["type"], warning["kind"], warning["what"]) == ("clash", "room", "CR-12, UN Headquarters")
    assert warning["event"] == {
        "slug": "theirs",
        "title": {"en": "theirs"},
        "organisation": "unesco",
        "starts": {
            "wall": "2027-02-05T13:15",
            "zone": "America/New_York",
            "fold": 0,
            "instant": "2027-02-05T13:15:00-05:00",
        },
        "ends": {
            "wall": "2027-02-05T14:30",
            "zone": "America/New_York",
            "fold": 0,
            "instant": "2027-02-05T14:30:00-05:00",
        },
        "url": "http://testserver/en/events/theirs",
    }
    moved = await program.patch("/api/v1/events/care-skills-count", json={"venue": {"room": "CR-4"}})
    assert (moved.status_code, moved.json()["warnings"]) == (200, [])
    assert "warnings" not in (await program.get("/api/v1/events/care-skills-count")).json()
