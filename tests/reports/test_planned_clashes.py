"""Clashes in a programme that is prepared: told when a change is kept, and once more at the release."""

from typing import Any

import pytest
from litestar import Litestar

from events.programme.actions import plan_cancellation, plan_session
from events.programme.queries.clashes import list_clashes
from events.programme.queries.versions import get_planned_session
from events.programme.rules.clashes import Acceptance, Clashing
from tests.make import a_published_event, an_organisation
from tests.people import send, words
from tests.reports.olga import olga
from tests.reports.test_releases import HALL_B, HERE, a_conference, a_draft, a_talk, release, room_of

pytestmark = pytest.mark.usefixtures("database")
ASKED = Acceptance()
LATER: dict[str, Any] = {"starts": {"wall": "2027-11-15T12:00"}, "ends": {"wall": "2027-11-15T13:00"}}


async def test_a_change_is_kept_with_a_reason_where_it_would_clash() -> None:
    by = await an_organisation()
    await a_conference(by)
    await a_published_event(by, **a_talk("songs", venue={"name": "Uzexpocentre", "room": "Hall B"}))
    with pytest.raises(Clashing) as told:
        await plan_session("talk", HALL_B, by=by, acceptance=ASKED)
    assert [(clash.kind.value, clash.event.slug) for clash in told.value.clashes] == [("room", "songs")]
    assert (await get_planned_session("talk", by.organisation)).plan is None
    accepted = Acceptance("They sing together.", frozenset(told.value.keys))
    await plan_session("talk", HALL_B, by=by, acceptance=accepted)
    await release(by, acceptance=ASKED)
    assert await room_of() == "Hall B", "what was accepted is not asked again"
    [clash] = await list_clashes((await get_planned_session("talk", by.organisation)).event)
    assert clash.accepted
    assert clash.accepted.reason == "They sing together."


async def test_others_count_as_the_next_version_has_them() -> None:
    by = await an_organisation()
    await a_conference(by)
    await a_published_event(by, **a_talk("songs", venue={"name": "Uzexpocentre", "room": "Hall B"}))
    await a_published_event(by, **a_talk("play", venue={"name": "Uzexpocentre", "room": "Hall C"}))
    await plan_session("songs", LATER, by=by, acceptance=ASKED)
    await plan_session("talk", HALL_B, by=by, acceptance=ASKED)  # from which the songs will have gone
    with pytest.raises(Clashing) as told:
        await plan_session("play", HALL_B, by=by, acceptance=ASKED)  # into which the talk will have come
    assert [clash.event.slug for clash in told.value.clashes] == ["talk"]
    await plan_cancellation("talk", reason={}, by=by)
    await plan_session("play", HALL_B, by=by, acceptance=ASKED)
    await release(by, acceptance=ASKED)
    assert await room_of("play") == "Hall B"


async def test_a_speaker_of_two_sessions_is_told_and_a_draft_is_asked_too() -> None:
    by = await an_organisation()
    await a_conference(by)
    await a_published_event(
        by, **a_talk("songs", venue=None, speakers=[{"name": "Ngozi Okafor", "affiliation": "WHO"}])
    )
    await a_draft(by, "play")
    speaks = {"speakers": [{"name": "Ngozi Okafor"}], "venue": None}
    for slug in ("talk", "play"):
        with pytest.raises(Clashing) as told:
            await plan_session(slug, speaks, by=by, acceptance=ASKED)
        assert [(clash.kind.value, clash.what) for clash in told.value.clashes] == [("speaker", "Ngozi Okafor")]


async def test_a_release_tells_what_has_come_in_the_way_and_goes_on_with_a_reason(app: Litestar) -> None:
    organisation, browser = await olga(app)
    await a_conference(organisation)
    at = f"{HERE}/sessions/talk"
    await a_published_event(organisation, **a_talk("songs", venue={"name": "Uzexpocentre", "room": "Hall C"}))
    refused = await send(browser, await browser.get(at), at, **{"venue.room": "Hall C"})
    assert (refused.status_code, "Same room: Hall C" in words(refused)) == (409, True)
    assert (await send(browser, refused, at, **{"venue.room": "Hall B"})).status_code == 303

    unesco = await an_organisation("unesco", "UNESCO")
    await a_published_event(unesco, **a_talk("theirs", part_of=None, venue={"name": "Uzexpocentre", "room": "Hall B"}))
    release_at = f"{HERE}/release"
    refused = await send(browser, await browser.get(release_at), release_at)
    assert refused.status_code == 409
    assert "Same room: Hall B, Uzexpocentre – Theirs (UNESCO)" in words(refused)
    assert await room_of() == "Hall A"
    done = await send(browser, refused, release_at, clash_reason="UNESCO moves out.")
    assert (done.status_code, await room_of()) == (303, "Hall B")
