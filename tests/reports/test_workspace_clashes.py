"""Clashes as organisers meet them: told before anything is saved, and what was said about them afterwards."""

from typing import Any

import pytest
from litestar import Litestar

from events.programme import queries
from events.programme.actions import create_event
from events.programme.forms import read_event
from events.programme.rules.errors import EventNotFound
from tests.make import a_published_event, an_event, an_organisation
from tests.people import fields, node, send, words
from tests.reports.olga import EDIT, HERE, NEW, olga

TYPED = {
    "title.en": "Care skills count",
    "summary.en": "What unpaid care teaches.",
    "starts.wall": "2027-02-05T13:15",
    "starts.zone": "America/New_York",
    "ends.wall": "2027-02-05T14:30",
    "venue.name": "UN Headquarters",
    "venue.room": "CR-12",
}


def theirs(**changes: Any) -> dict[str, Any]:
    return {"slug": "theirs", "title": {"en": "Teachers count"}} | changes


async def test_a_clash_is_told_with_both_events_and_saved_with_a_reason(app: Litestar) -> None:
    organisation, browser = await olga(app)
    unesco = await an_organisation("unesco", "UNESCO")
    await a_published_event(unesco, **theirs())
    answer = await send(browser, await browser.get(NEW), NEW, **TYPED)
    assert answer.status_code == 409
    with pytest.raises(EventNotFound):
        await queries.get_own_event("care-skills-count", organisation.organisation)
    shown = words(answer)
    when = "Friday 5 February 2027, 13:15–14:30 (New York, UTC−5)"
    assert f"This event: Care skills count, {when}" in shown
    assert f"Same room: CR-12, UN Headquarters – Teachers count (UNESCO) {when}" in shown
    assert node(answer, "[role=alert] a").attributes["href"] == "/en/events/theirs"
    kept = fields(answer, NEW)
    assert {name: kept[name] for name in TYPED} == TYPED

    without = await send(browser, answer, NEW)
    assert without.status_code == 409
    answer = await send(browser, without, NEW, clash_reason="  UNESCO and we <share> it. ")
    assert answer.headers["location"] == f"{HERE}?done=created"
    page = words(await browser.get(HERE))
    assert f"At the same time Same room: CR-12, UN Headquarters Teachers count (UNESCO) {when}" in page
    assert "Saved all the same by Ana: “UNESCO and we <share> it.”" in page
    assert "saved it although something else takes place at the same time: “UNESCO and we <share> it.”" in page

    # Nothing is asked for twice, whatever else is changed.
    answer = await send(browser, await browser.get(EDIT), EDIT, **{"ends.wall": "2027-02-05T14:45"})
    assert answer.headers["location"] == f"{HERE}?done=changed"


async def test_a_move_into_a_clash_is_told_and_a_reason_covers_only_what_was_told(app: Litestar) -> None:
    organisation, browser = await olga(app)
    at_nine = {
        "starts": {"wall": "2027-02-05T09:00", "zone": "America/New_York"},
        "ends": {"wall": "2027-02-05T10:00", "zone": "America/New_York"},
    }
    await a_published_event(organisation, **at_nine)
    await a_published_event(organisation, **theirs())
    move = {"starts.wall": "2027-02-05T14:00", "ends.wall": "2027-02-05T15:00"}
    asked = await send(browser, await browser.get(EDIT), EDIT, **move)
    assert asked.status_code == 409
    assert node(asked, "[role=alert] a").attributes["href"] == "/organise/events/theirs"
    # Meanwhile a colleague puts a third into the room.
    draft = read_event(an_event(slug="third", title={"en": "A third"}))
    await create_event(draft, by=organisation, domain="testserver")
    again = await send(browser, asked, EDIT, clash_reason="The room is large.")
    assert again.status_code == 409
    assert "A third" in words(again)
    assert fields(again, EDIT)["clash_reason"] == "The room is large."
    done = await send(browser, again, EDIT)
    assert done.headers["location"] == f"{HERE}?done=changed"
    other = words(await browser.get("/organise/events/theirs"))
    assert "Saved all the same by Ana: “The room is large.”" in other


async def test_what_else_we_hold_meanwhile_is_only_said(app: Litestar) -> None:
    organisation, browser = await olga(app)
    await a_published_event(organisation, **theirs(venue=None))
    answer = await send(browser, await browser.get(NEW), NEW, **TYPED)
    assert answer.status_code == 303
    assert "At the same time Also yours Teachers count Friday 5 February 2027" in words(await browser.get(HERE))


async def test_a_reason_is_of_one_line_and_not_endless(app: Litestar) -> None:
    organisation, browser = await olga(app)
    await a_published_event(organisation, **theirs())
    asked = await send(browser, await browser.get(NEW), NEW, **TYPED)
    answer = await send(browser, asked, NEW, clash_reason="x" * 501)
    assert answer.status_code == 422
    assert "Write at most 500 characters." in words(answer)
    assert (await send(browser, answer, NEW, clash_reason="x" * 500)).status_code == 303


async def test_moving_into_a_clash_is_told_on_the_page_that_moves(app: Litestar) -> None:
    organisation, browser = await olga(app)
    at_nine = {
        "starts": {"wall": "2027-02-05T09:00", "zone": "America/New_York"},
        "ends": {"wall": "2027-02-05T10:00", "zone": "America/New_York"},
    }
    await a_published_event(organisation, **at_nine)
    await a_published_event(organisation, **theirs())
    move = f"{HERE}/move"
    asked = await send(
        browser,
        await browser.get(move),
        move,
        **{"starts.wall": "2027-02-05T14:00", "ends.wall": "2027-02-05T15:00", "reason.en": "The hall is taken."},
    )
    assert asked.status_code == 409
    assert "Same room: CR-12, UN Headquarters – Teachers count" in words(asked)
    assert fields(asked, move)["reason.en"] == "The hall is taken."
    shown = await send(browser, asked, move, clash_reason="The room is large.")
    assert shown.status_code == 200
    done = await send(browser, shown, move, confirmed="1")
    assert done.status_code == 303, words(done)
    page = words(await browser.get(HERE))
    assert "Saved all the same by Ana: “The room is large.”" in page


async def test_a_plenary_put_over_a_side_event_is_told_in_the_readers_language(app: Litestar) -> None:
    organisation, browser = await olga(app)
    sitting = {
        "starts": {"wall": "2027-02-05T10:00", "zone": "America/New_York"},
        "ends": {"wall": "2027-02-05T13:00", "zone": "America/New_York"},
        "title": {"en": "General debate", "fr": "Débat général"},
    }
    await a_published_event(organisation, slug="csocd65", kind="conference", venue=None, plenary=[sitting])
    await a_published_event(organisation, part_of="csocd65")
    edit = "/organise/events/csocd65/edit"
    page = await browser.get(f"{edit}?lang=fr")
    told = await send(browser, page, edit, **{"plenary.0.ends.wall": "2027-02-05T14:00"})
    assert told.status_code == 409
    said = words(told).replace("\xa0", " ")
    assert "Pendant une séance plénière de la conférence : Débat général – Les compétences du soin comptent" in said
    kept = await send(browser, told, edit, clash_reason="The host moved it.")
    assert kept.headers["location"] == "/organise/events/csocd65?done=changed"
