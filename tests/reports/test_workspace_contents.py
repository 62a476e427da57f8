"""Speakers, documents, tracks, rooms and plenary in the event form."""

from typing import Any

import httpx
import pytest
from litestar import Litestar

from events.accounts.rules import Actor
from events.programme import queries
from tests.make import a_published_event
from tests.people import fields, send
from tests.reports.olga import EDIT, HERE, NEW, a_form, beside, olga

ANA = {"name": "Ana Reyes", "role": "moderator", "affiliation": "UNESCO", "biography": {"en": "Ana lives in Manila."}}
ZONE = "Asia/Tashkent"


async def saved(browser: httpx.AsyncClient, address: str, **typed: str) -> httpx.Response:
    """The form sent as it is shown, with what is typed."""
    page = await browser.get(address)
    shown = {name: text for name, text in fields(page, address).items() if isinstance(text, str)}
    return await send(browser, page, address, **shown | {name.replace("__", "."): text for name, text in typed.items()})


async def event_of(organisation: Actor, slug: str = "care-skills-count") -> Any:
    return await queries.get_own_event(slug, organisation.organisation)


async def test_who_is_named_in_an_empty_row_speaks_and_is_known_from_then_on(app: Litestar) -> None:
    organisation, browser = await olga(app)
    typed = {
        "speakers.1.name": "Ana Reyes",
        "speakers.1.role": "keynote",
        "speakers.1.remote": "true",
        "speakers.1.affiliation": "UNESCO",
        "speakers.1.function.fr": "Directrice",
        "documents.1.url": "https://example.org/note",
        "documents.1.kind": "concept_note",
        "documents.1.title.en": "Why care",
    }
    answer = await send(browser, await browser.get(NEW), NEW, **a_form(), **typed)
    assert answer.status_code == 303, beside(answer)
    event = await event_of(organisation)
    (ana,) = event.speakers
    assert (ana.name, ana.role, ana.remote, ana.affiliation, ana.function) == (
        "Ana Reyes", "keynote", True, "UNESCO", {"fr": "Directrice"},
    )  # fmt: skip
    assert [(document.kind, document.title) for document in event.documents] == [("concept_note", {"en": "Why care"})]
    assert '<option value="Ana Reyes">' in (await browser.get(NEW)).text


async def test_a_form_saved_as_it_is_shown_changes_nothing(app: Litestar) -> None:
    organisation, browser = await olga(app)
    event = await a_published_event(organisation, speakers=[ANA, {"name": "Wei", "remote": False}])
    assert (await saved(browser, EDIT)).headers["location"] == f"{HERE}?done=changed"
    assert await event_of(organisation) == event


async def test_speakers_are_put_in_another_order_and_taken_off(app: Litestar) -> None:
    organisation, browser = await olga(app)
    await a_published_event(organisation, speakers=[ANA, {"name": "Wei"}, {"name": "Léa"}])
    await saved(browser, EDIT, speakers__2__place="0", speakers__1__off="true")
    assert [speaker.name for speaker in (await event_of(organisation)).speakers] == ["Léa", "Ana Reyes"]


async def test_a_conference_gets_its_tracks_rooms_and_plenary(app: Litestar) -> None:
    organisation, browser = await olga(app)
    typed = a_form(
        kind="conference",
        starts__zone=ZONE,
        tracks__0__name__en="Policy",
        tracks__1__name__fr="Familles",
        tracks__1__colour="#7a2a6b",
        rooms__1="Hall A",
        plenary__0__starts__wall="2027-02-05T14:00",
        plenary__0__ends__wall="2027-02-05T16:00",
        plenary__0__title__en="General debate",
    )
    answer = await send(browser, await browser.get(NEW), NEW, **typed)
    assert answer.status_code == 303, beside(answer)
    event = await event_of(organisation)
    assert [(track.key, track.colour) for track in event.tracks] == [("policy", "#8a3b12"), ("familles", "#7a2a6b")]
    assert event.rooms == ("Hall A",)
    assert [(one.span.starts.wall.hour, one.span.ends.zone) for one in event.plenary] == [(14, ZONE)]
    await saved(browser, EDIT, rooms__0="Great Hall")
    changed = await event_of(organisation)
    assert (changed.rooms, changed.tracks, changed.plenary) == (("Great Hall",), event.tracks, event.plenary)


async def test_a_session_chooses_among_the_tracks_of_its_conference(app: Litestar) -> None:
    organisation, browser = await olga(app)
    tracks = [{"key": "policy", "name": {"en": "Policy"}}]
    await a_published_event(organisation, slug="whole", kind="conference", tracks=tracks, rooms=["Hall A"])
    await a_published_event(organisation, kind="session", part_of="whole")
    page = await browser.get(EDIT)
    assert '<option value="policy"' in page.text
    assert '<option value="Hall A">' in page.text
    await saved(browser, EDIT, track="policy")
    assert (await event_of(organisation)).track.key == "policy"


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"speakers.0.name": "Ana", "speakers.0.role": "singer"}, "speakers.0.role"),
        ({"documents.1.title.en": "No address"}, "documents.0.url"),
        ({"kind": "conference", "tracks.1.colour": "yellow", "tracks.1.name.en": "Sun"}, "tracks.0.colour"),
        ({"kind": "conference", "plenary.0.starts.wall": "2027-02-05T09:00"}, "plenary.0.ends.wall"),
        ({"rooms.0": "Hall A"}, "rooms.0"),
    ],
)
async def test_each_mistake_stands_beside_its_field(app: Litestar, typed: dict[str, str], field: str) -> None:
    _, browser = await olga(app)
    answer = await send(browser, await browser.get(NEW), NEW, **a_form() | typed)
    assert (answer.status_code, list(beside(answer))) == (422, [field])
