"""Preparing a conference's programme and releasing it as versions."""

import asyncio
from typing import Any

import httpx
import pytest
from litestar import Litestar
from selectolax.lexbor import LexborHTMLParser

from events.accounts.rules import Actor
from events.kernel.errors import Conflict, Invalid
from events.programme import queries
from events.programme.actions import create_event, drop_plan, plan_cancellation, plan_session
from events.programme.forms import read_event
from events.programme.queries.versions import get_planned, get_planned_session, list_versions
from events.programme.rules import Status
from events.programme.rules.errors import EventNotFound
from events.programme.rules.versions import NothingToRelease
from events.programme.tables.planning import ProgrammeVersion
from events.registration.actions.moving import change_event
from events.reports.actions import Release, release_programme
from tests.make import a_published_event, an_event, an_organisation
from tests.people import fields, send, words
from tests.programme.test_contents import CONFERENCE, ZONE
from tests.reports.olga import olga

HERE = "/organise/events/early-childhood/programme"
PUBLIC = "/en/events/early-childhood/programme"
HALL_B = {"venue": {"room": "Hall B"}}


def a_talk(slug: str = "talk", **changes: Any) -> dict[str, Any]:
    facts = {
        "kind": "session",
        "slug": slug,
        "part_of": "early-childhood",
        "title": {"en": slug.capitalize()},
        "starts": {"wall": "2027-11-15T11:00", "zone": ZONE},
        "ends": {"wall": "2027-11-15T12:00", "zone": ZONE},
        "venue": {"name": "Uzexpocentre", "room": "Hall A"},
        "modes": {},
    }
    return an_event(**facts | changes)


async def a_conference(organisation: Actor) -> None:
    await a_published_event(organisation, **CONFERENCE)
    await a_published_event(organisation, **a_talk())


async def a_draft(organisation: Actor, slug: str = "songs") -> int:
    made = await create_event(read_event(a_talk(slug)), by=organisation, domain="testserver")
    return made.id


async def release(organisation: Actor, **more: Any) -> Release:
    return await release_programme("early-childhood", note={"en": "A note"}, by=organisation, **more)


async def room_of(slug: str = "talk") -> str | None:
    venue = (await queries.get_event(slug)).venue
    return venue.room if venue else None


@pytest.mark.usefixtures("database")
class TestReleasing:
    async def test_what_is_prepared_is_public_with_the_release_and_not_before(self) -> None:
        organisation = await an_organisation()
        await a_conference(organisation)
        before = await queries.get_event("talk")
        await plan_session("talk", HALL_B, by=organisation)
        assert await queries.get_event("talk") == before
        made = await release(organisation)
        assert (made.number, len(made.changes)) == (1, 1)
        after = await queries.get_event("talk")
        assert (await room_of(), after.sequence) == ("Hall B", before.sequence + 1)
        assert (await get_planned("early-childhood", organisation.organisation)).sessions[0].plan is None

    async def test_versions_are_numbered_and_say_what_changed(self) -> None:
        organisation = await an_organisation()
        await a_conference(organisation)
        await release(organisation)
        await plan_session("talk", HALL_B, by=organisation)
        await a_draft(organisation)
        made = await release(organisation)
        assert made.number == 2
        assert {change.session.slug: [*change.kinds] for change in made.changes} == {
            "talk": ["room"],
            "songs": ["added"],
        }
        assert (await queries.get_event("songs")).status is Status.PUBLISHED
        conference = await queries.get_event("early-childhood")
        assert [version.number for version in await list_versions(conference.id)] == [2, 1]

    async def test_what_is_held_back_stays_a_draft(self) -> None:
        organisation = await an_organisation()
        await a_conference(organisation)
        songs = await a_draft(organisation)
        await release(organisation, held_back=frozenset({songs}))
        with pytest.raises(EventNotFound):
            await queries.get_event("songs")

    async def test_a_session_is_cancelled_with_the_release_and_says_why(self) -> None:
        organisation = await an_organisation()
        await a_conference(organisation)
        await release(organisation)
        await plan_cancellation("talk", reason={"en": "The speaker is ill."}, by=organisation)
        assert (await queries.get_event("talk")).status is Status.PUBLISHED
        made = await release(organisation)
        assert [[*change.kinds] for change in made.changes] == [["cancelled"]]
        talk = await queries.get_event("talk")
        assert (talk.status, talk.cancelled_reason) == (Status.CANCELLED, {"en": "The speaker is ill."})
        with pytest.raises(Conflict):
            await plan_session("talk", HALL_B, by=organisation)

    async def test_a_draft_is_changed_at_once_and_a_plan_can_be_taken_back(self) -> None:
        organisation = await an_organisation()
        await a_conference(organisation)
        await a_draft(organisation)
        await plan_session("songs", HALL_B, by=organisation)
        songs = await queries.get_own_event("songs", organisation.organisation)
        assert (songs.venue and songs.venue.room, songs.status) == ("Hall B", Status.DRAFT)
        await plan_session("talk", HALL_B, by=organisation)
        await drop_plan("talk", by=organisation)
        assert (await get_planned("early-childhood", organisation.organisation)).sessions[0].plan is None

    async def test_a_change_made_meanwhile_is_kept_beside_what_was_prepared(self) -> None:
        organisation = await an_organisation()
        await a_conference(organisation)
        await plan_session("talk", HALL_B, by=organisation)
        await change_event("talk", {"title": {"en": "A better title"}}, by=organisation)
        await release(organisation)
        assert ((await queries.get_event("talk")).title, await room_of()) == ({"en": "A better title"}, "Hall B")

    async def test_texts_alone_are_released_too_and_nothing_is_refused(self) -> None:
        organisation = await an_organisation()
        await a_conference(organisation)
        await release(organisation)
        await plan_session("talk", {"summary": {"en": "More about it."}}, by=organisation)
        assert (await release(organisation)).changes == []
        assert (await queries.get_event("talk")).summary["en"] == "More about it."
        with pytest.raises(NothingToRelease):
            await release(organisation)

    async def test_one_session_that_cannot_be_released_keeps_all_from_it(self) -> None:
        organisation = await an_organisation()
        await a_conference(organisation)
        await plan_session("talk", {"track": "policy"}, by=organisation)
        await a_draft(organisation)
        await change_event("early-childhood", {"tracks": [{"name": {"en": "Peace"}}]}, by=organisation)
        with pytest.raises(Invalid) as refused:
            await release(organisation)
        assert [problem.field for problem in refused.value.problems] == ["talk"]
        with pytest.raises(EventNotFound):
            await queries.get_event("songs")

    async def test_what_is_wrong_is_said_when_it_is_prepared(self) -> None:
        organisation = await an_organisation()
        await a_conference(organisation)
        with pytest.raises(Invalid):
            await plan_session("talk", {"ends": {"wall": "2027-11-15T10:00"}}, by=organisation)

    async def test_of_many_releases_at_once_one_is_made(self) -> None:
        organisation = await an_organisation()
        await a_conference(organisation)
        answers = await asyncio.gather(*(release(organisation) for _ in range(12)), return_exceptions=True)
        assert sum(isinstance(answer, Release) for answer in answers) == 1
        assert sum(isinstance(answer, NothingToRelease) for answer in answers) == 11
        assert await ProgrammeVersion.count() == 1

    async def test_nobody_prepares_or_releases_what_is_anothers(self) -> None:
        await a_conference(await an_organisation())
        stranger = await an_organisation("other", "Other")
        for act in (plan_session("talk", HALL_B, by=stranger), release(stranger), drop_plan("talk", by=stranger)):
            with pytest.raises(EventNotFound):
                await act


class TestPages:
    async def test_a_session_is_added_from_the_grid_and_everybody_sees_it_once_it_is_released(
        self, app: Litestar, client: httpx.AsyncClient
    ) -> None:
        organisation, browser = await olga(app)
        await a_conference(organisation)
        page = await browser.get(HERE)
        (free,) = [
            node.attributes["href"]
            for node in LexborHTMLParser(page.text).css(".add-session")
            if "room=Hall%20B&from=11%3A00" in str(node.attributes["href"]).replace("11:00", "11%3A00")
        ]
        form = await browser.get(str(free))
        shown = fields(form, f"{HERE}/new")
        assert [shown[name] for name in ("day", "from", "until", "room")] == ["2027-11-15", "11:00", "12:00", "Hall B"]
        typed = {name: str(value) for name, value in shown.items()} | {"title.en": "Songs", "track": "policy"}
        answer = await send(browser, form, f"{HERE}/new", **typed)
        assert answer.headers["location"] == f"{HERE}?done=added#s-songs"
        assert "Songs" in (await browser.get(HERE)).text
        assert "Songs" not in (await client.get(PUBLIC)).text

        page = await browser.get(f"{HERE}/release")
        ids = [str(node.attributes["value"]) for node in LexborHTMLParser(page.text).css("input[name=session]")]
        answer = await send(browser, page, f"{HERE}/release", **{"session": ids[0], "note.en": "Music is back."})
        assert answer.headers["location"] == f"{HERE}?done=released"
        assert "Songs" in (await client.get(PUBLIC)).text
        history = words(await client.get(f"{PUBLIC}/changes"))
        assert "Version 1" in history
        assert "Music is back." in history

    async def test_the_form_of_a_public_session_prepares_and_takes_back(
        self, app: Litestar, client: httpx.AsyncClient
    ) -> None:
        organisation, browser = await olga(app)
        await a_conference(organisation)
        await release(organisation)
        address = f"{HERE}/sessions/talk"
        page = await browser.get(address)
        typed = {name: text for name, text in fields(page, address).items() if isinstance(text, str)}
        answer = await send(
            browser, page, address, **typed | {"venue.room": "Hall B", "starts.wall": "2027-11-15T10:00"}
        )
        assert answer.headers["location"] == f"{HERE}?done=kept"
        assert "Changed" in words(await browser.get(HERE))
        plan = (await get_planned_session("talk", organisation.organisation)).plan
        assert plan
        assert plan.patch == {"starts": {"wall": "2027-11-15T10:00"}, **HALL_B}
        assert "Hall B" not in (await client.get(PUBLIC)).text
        shown = words(await browser.get(f"{HERE}/release"))
        assert "Moved" in shown
        assert "Room: Hall A → Hall B" in shown
        assert 'value="Hall B"' in (await browser.get(address)).text, "the form shows what is prepared"
        await send(browser, await browser.get(address), f"{address}/keep")
        assert "Nothing has changed since the last version." in words(await browser.get(f"{HERE}/release"))

    async def test_what_changed_is_told_version_by_version(self, app: Litestar, client: httpx.AsyncClient) -> None:
        organisation, _ = await olga(app)
        await a_conference(organisation)
        assert (await client.get(f"{PUBLIC}/changes")).status_code == 404
        await release(organisation)
        await plan_session("talk", {"starts": {"wall": "2027-11-15T10:30"}, **HALL_B}, by=organisation)
        await release(organisation)
        await change_event("talk", {"title": {"en": "Speech"}}, by=organisation)
        tree = LexborHTMLParser((await client.get(f"{PUBLIC}/changes")).text)
        sections = [" ".join(node.text(separator=" ").split()) for node in tree.css("main section")]
        assert sections[0].startswith("Since the last version Changed Speech")
        assert "Before: Talk" in sections[0]
        assert sections[1].startswith("Version 2")
        assert "from Monday 15 November 2027, 11:00–12:00 (Tashkent, UTC+5)" in sections[1]
        assert "to Monday 15 November 2027, 10:30–12:00 (Tashkent, UTC+5)" in sections[1]
        assert "Room: Hall A → Hall B" in sections[1]
        assert sections[2].endswith("The first version, with 1 session.")
        assert "Version 2" in words(await client.get(PUBLIC))

    async def test_mistakes_in_the_short_form_stand_beside_their_fields(self, app: Litestar) -> None:
        organisation, browser = await olga(app)
        await a_conference(organisation)
        page = await browser.get(f"{HERE}/new")
        typed = {"day": "2027-11-15", "from": "11:00", "until": "10:00", "room": "Hall A"}
        answer = await send(browser, page, f"{HERE}/new", **typed)
        assert answer.status_code == 422
        told = {node.attributes["id"] for node in LexborHTMLParser(answer.text).css(".problem[id]")}
        assert told == {"problem-until", "problem-title.en"}

    async def test_a_session_in_a_room_that_is_taken_is_told_before_it_is_saved(self, app: Litestar) -> None:
        organisation, browser = await olga(app)
        await a_conference(organisation)
        typed = {"title.en": "A workshop", "day": "2027-11-15", "from": "11:15", "until": "11:45", "room": "Hall C"}
        assert (await send(browser, await browser.get(f"{HERE}/new"), f"{HERE}/new", **typed)).status_code == 303
        typed |= {"title.en": "Another", "until": "12:00"}
        answer = await send(browser, await browser.get(f"{HERE}/new"), f"{HERE}/new", **typed)
        assert answer.status_code == 409
        assert "Same room: Hall C" in words(answer)
        answer = await send(browser, answer, f"{HERE}/new", clash_reason="A demonstration at the side.")
        assert answer.status_code == 303
