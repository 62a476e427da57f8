"""An event's form: what is typed, refused, kept and saved."""

import re
from typing import Any

import pytest
from litestar import Litestar

from events.kernel.spans import WallTime
from events.programme import queries
from events.programme.documents import document_of
from events.programme.rules import Mode, Status
from events.registration.actions.moving import change_event
from tests.make import a_published_event, a_registration, an_organisation
from tests.people import fields, send, words
from tests.reports.olga import EDIT, HERE, NEW, a_form, beside, olga


async def test_an_event_is_made_in_two_languages_and_is_a_draft(app: Litestar) -> None:
    organisation, browser = await olga(app)
    page = await browser.get(NEW)
    answer = await send(browser, page, NEW, **a_form(partners__4__name="UNESCO", partners__4__role="host_body"))
    assert answer.headers["location"] == f"{HERE}?done=created"
    event = await queries.get_own_event("care-skills-count", organisation.organisation)
    assert event.status is Status.DRAFT
    assert event.title == {"en": "Care skills count", "fr": "Les compétences du soin comptent"}
    assert event.span.starts == event.span.starts.of(event.span.starts.wall, "America/New_York")
    assert event.span.ends.zone == "America/New_York"
    assert [(partner.name, partner.role) for partner in event.partners] == [("UNESCO", "host_body")]
    assert event.modes == (Mode.IN_PERSON,)
    assert event.waiting_list
    shown = words(await browser.get(answer.headers["location"]))
    assert "Saved as a draft" in shown
    assert "Ana made this event" in shown
    assert (await browser.get("/organise/")).text.count(HERE + '"') == 1


async def test_every_problem_stands_beside_its_field_and_nothing_typed_is_lost(app: Litestar) -> None:
    _, browser = await olga(app)
    typed = a_form(
        title__en="",
        title__fr="",
        description__fr="Deux\r\nlignes",
        starts__zone="America/New York",
        modes__in_person__capacity="many",
        modes__online__offered="true",
        modes__online__overbooking="101",
        venue__lat="40.7",
        joining_link="not a link",
        tags="care",
        languages="english!",
    )
    answer = await send(browser, await browser.get(NEW), NEW, **typed)
    assert answer.status_code == 422
    told = beside(answer)
    assert set(told) == {
        "title.en", "starts.zone", "modes.in_person.capacity", "modes.online.overbooking", "languages", "venue.lat",
        "joining_link",
    }  # fmt: skip
    assert "Did you mean America/New_York?" in told["starts.zone"]
    assert "Title: This must be filled in." in words(answer)
    kept = fields(answer, NEW)
    for name, text in typed.items():
        if name not in {"csrf", "languages"}:
            assert str(kept[name]).replace("\n", "\r\n") == text, name
    assert "english!" in kept["languages"]
    assert 'value="starts.zone=America/New_York"' in answer.text


async def test_what_is_left_empty_is_said_to_be_missing(app: Litestar) -> None:
    _, browser = await olga(app)
    answer = await send(browser, await browser.get(NEW), NEW, **{"starts.zone": ""})
    told = beside(answer)
    assert told == dict.fromkeys(("title.en", "starts.wall", "starts.zone", "ends.wall"), "This must be filled in.")


async def test_a_time_that_clocks_skip_is_refused_and_the_next_is_one_press_away(app: Litestar) -> None:
    organisation, browser = await olga(app)
    typed = a_form(starts__wall="2027-03-14T02:30", ends__wall="2027-03-14T04:30")
    answer = await send(browser, await browser.get(NEW), NEW, **typed)
    assert answer.status_code == 422
    assert "This time does not exist in America/New_York" in beside(answer)["starts.wall"]
    assert "Take 2027-03-14 03:30 and save" in words(answer)
    taken = re.search(r'name="take" value="([^"]+)"', answer.text)
    assert taken
    answer = await send(browser, answer, NEW, take=taken[1])
    assert answer.status_code == 303
    event = await queries.get_own_event("care-skills-count", organisation.organisation)
    assert event.span.starts.wall.isoformat() == "2027-03-14T03:30:00"


async def test_which_of_two_times_is_meant_is_asked_and_kept(app: Litestar) -> None:
    organisation, browser = await olga(app)
    page = await browser.get(NEW)
    assert "starts.fold" not in page.text
    typed = a_form(starts__wall="2027-11-07T01:30", ends__wall="2027-11-07T04:30")
    answer = await send(browser, page, NEW, **typed)
    told = beside(answer)
    assert set(told) == {"starts.fold"}
    assert "fold" not in told["starts.fold"]
    assert "The second, at UTC-5" in words(answer)
    answer = await send(browser, answer, NEW, **{"starts.fold": "1"})
    assert answer.status_code == 303
    event = await queries.get_own_event("care-skills-count", organisation.organisation)
    assert (event.span.starts.fold, event.span.starts.offset) == (1, "UTC-5")

    page = await browser.get(EDIT)
    assert fields(page, EDIT)["starts.fold"] == "1"
    answer = await send(browser, page, EDIT, **{"starts.wall": "2027-11-07T02:30"})
    assert answer.status_code == 303
    changed = await queries.get_own_event("care-skills-count", organisation.organisation)
    assert changed.span.starts == WallTime.parse("2027-11-07T02:30", "America/New_York")


async def test_saving_what_nobody_changed_changes_nothing(app: Litestar) -> None:
    organisation, browser = await olga(app)
    full: dict[str, Any] = {
        "title": {"en": "Care skills count", "sw": "Ujuzi wa malezi"},
        "description": {"en": "One\n\n  three <b>&amp;"},
        "partners": [{"name": "UNESCO", "role": "host_body"}],
        "languages": ["en", "sw"],
        "tags": ["care", "peace"],
        "accessibility": ["live captions", "Hearing loop", "Tactile plan"],
        "also_show": ["Asia/Tashkent"],
        "ends": {"wall": "2027-02-05T22:30", "zone": "Europe/Paris"},
        "venue": {"name": "UN", "lat": 40.7489, "lon": -73.968},
        "modes": {"online": {"capacity": 0, "closes": {"wall": "2027-02-05T09:00", "zone": "Asia/Tashkent"}}},
        "sample": {"en": "A sample"},
    }
    event = await a_published_event(organisation, **full)
    answer = await send(browser, await browser.get(EDIT), EDIT)
    assert answer.headers["location"] == f"{HERE}?done=changed"
    after = await queries.get_own_event(event.slug, organisation.organisation)
    assert document_of(after) == document_of(event)
    assert after.revision == event.revision


async def test_a_change_moves_the_event_and_tells_who_is_registered(app: Litestar) -> None:
    organisation, browser = await olga(app)
    await a_published_event(organisation)
    await a_registration()
    moved = {"starts.wall": "2027-02-05T15:00", "ends.wall": "2027-02-05T16:00", "title.fr": ""}
    shown = await send(browser, await browser.get(EDIT), EDIT, **moved)
    assert "Nothing has changed yet" in words(shown)
    unchanged = await queries.get_own_event("care-skills-count", organisation.organisation)
    assert unchanged.span.starts.wall.hour == 13
    back = await send(browser, shown, EDIT, back="true")
    assert fields(back, EDIT)["starts.wall"] == "2027-02-05T15:00"
    answer = await send(browser, shown, EDIT, confirmed="true")
    assert answer.headers["location"] == f"{HERE}?done=changed"
    event = await queries.get_own_event("care-skills-count", organisation.organisation)
    assert event.title == {"en": "Care skills count"}
    assert event.span.starts.wall.hour == 15
    assert "1 person will be told in a mail" in words(await browser.get(HERE))
    overview = words(await browser.get(HERE))
    assert "Not translated yet Readers of these languages are shown another one instead. French Title" in overview


async def test_who_comes_second_is_told_and_keeps_what_they_typed(app: Litestar) -> None:
    organisation, browser = await olga(app)
    await a_published_event(organisation)
    page = await browser.get(EDIT)
    await change_event("care-skills-count", {"title": {"en": "Care counts"}}, by=organisation)
    answer = await send(browser, page, EDIT, **{"venue.room": "CR-4"})
    assert answer.status_code == 412
    shown = words(answer)
    assert "Somebody else changed this event since you opened it" in shown
    assert "Title Venue See what is saved now" in shown
    assert fields(answer, EDIT)["venue.room"] == "CR-4"
    unchanged = await queries.get_own_event("care-skills-count", organisation.organisation)
    assert (unchanged.title["en"], unchanged.venue and unchanged.venue.room) == ("Care counts", "CR-12")
    assert (await send(browser, answer, EDIT)).status_code == 303
    event = await queries.get_own_event("care-skills-count", organisation.organisation)
    assert (event.title["en"], event.venue and event.venue.room) == ("Care skills count", "CR-4")


@pytest.mark.parametrize("revision", ["", "x", "-1", "9" * 30, "²"])
async def test_a_form_that_does_not_say_what_it_was_made_from_is_outdated(app: Litestar, revision: str) -> None:
    organisation, browser = await olga(app)
    await a_published_event(organisation)
    answer = await send(browser, await browser.get(EDIT), EDIT, **{"revision": revision, "venue.room": "CR-4"})
    assert answer.status_code == 412


async def test_an_address_is_one_events_alone(app: Litestar) -> None:
    organisation, browser = await olga(app)
    await a_published_event(organisation)
    answer = await send(browser, await browser.get(NEW), NEW, **a_form())
    assert answer.status_code == 409
    assert "Another event already has the address" in beside(answer)["slug"]
    answer = await send(browser, answer, NEW, slug="new")
    assert "needed for something else" in beside(answer)["slug"]
    answer = await send(browser, answer, NEW, slug="care-skills-2")
    assert answer.headers["location"] == "/organise/events/care-skills-2?done=created"


async def test_online_with_people_cannot_be_taken_away(app: Litestar) -> None:
    organisation, browser = await olga(app)
    await a_published_event(organisation)
    await a_registration(mode="online")
    form = fields(await browser.get(EDIT), EDIT)
    del form["modes.online.offered"]
    answer = await browser.post(EDIT, data=form, headers={"Origin": "http://testserver"})
    assert answer.status_code == 409
    assert "People have registered for this mode" in words(answer)


async def test_a_side_event_hangs_on_our_own_conference(app: Litestar) -> None:
    organisation, browser = await olga(app)
    unesco = await an_organisation("unesco", "UNESCO")
    await a_published_event(organisation, slug="csocd65", kind="conference", title={"en": "CSocD 65"})
    await a_published_event(unesco, slug="theirs", kind="conference", title={"en": "Theirs"})
    page = await browser.get("/organise/events/csocd65")
    assert f"{NEW}?part_of=csocd65" in page.text
    page = await browser.get(f"{NEW}?part_of=csocd65")
    assert fields(page, NEW)["part_of"] == "csocd65"
    assert "theirs" not in page.text
    answer = await send(browser, page, NEW, **a_form(part_of="theirs"))
    assert set(beside(answer)) == {"part_of"}
    answer = await send(browser, page, NEW, **a_form(part_of="csocd65", standing_in_parent="official"))
    event = await queries.get_own_event("care-skills-count", organisation.organisation)
    assert (event.parent_slug, event.standing_in_parent) == ("csocd65", "official")
    assert "Care skills count" in words(await browser.get("/organise/events/csocd65"))


@pytest.mark.parametrize(
    "typed",
    [
        {"title.en": "nul\0", "slug": "\0", "starts.zone": "\0", "partners.0.name": "\0"},
        {"title.en\0": "x", "title.<b>": "x", "title.": "x", "title": "x", "modes": "x", "modes.online": "x"},
        {"starts.wall": "9999999-99-99T99:99", "ends.wall": "2027-02-30T10:00", "starts.fold": "7"},
        {"venue.lat": "9" * 400, "venue.lon": "nan", "hold_hours": "9" * 400, "modes.in_person.capacity": "٣"},
        {"kind": "party", "part_of": "x" * 5000, "standing_in_parent": "boss", "partners.1.role": "king"},
        {"take": "starts.wall", "revision": "²", "all_day": "true", "languages": "en" * 90_000},
        {"take": "=", "also_show.0": "Nowhere", "also_show.1": "x" * 300, "also_show.4": "UTC", "also_show.5": "UTC"},
        {f"partners.{number}.name": "UNESCO" for number in range(300)},
    ],
)
async def test_whatever_is_sent_is_refused_in_words(app: Litestar, typed: dict[str, str]) -> None:
    _, browser = await olga(app)
    form = fields(await browser.get(NEW), NEW) | {"starts.wall": "2027-02-05T13:15", "ends.wall": "x"} | typed
    for sent in ({"data": form}, {"files": {"title.fr": ("x.txt", b"\xff\xfe")}, "data": form}):
        answer = await browser.post(NEW, headers={"Origin": "http://testserver"}, **sent)
        assert answer.status_code == 422
        assert beside(answer)
