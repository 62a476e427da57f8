"""The list for the host: its columns, who was on it when it was closed, and what changed since."""

import asyncio
import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import time_machine
from litestar import Litestar
from openpyxl import load_workbook

from events.accounts.rules import Actor, Role
from events.activity.queries import list_for_subject
from events.programme.rules import Mode
from events.questions.actions import put_form
from events.registration.actions.cancelling import cancel_own
from events.registration.actions.erasing import erase_own
from events.registration.actions.moving import cancel_event, change_event
from events.registration.actions.switching import switch_own
from events.registration.forms import HandOver
from events.registration.handing_over.actions import hand_over
from events.registration.host_list.actions import close_host_list, close_planned_lists, plan_host_list
from events.registration.host_list.queries import list_of_event
from tests.conftest import browser
from tests.make import SECRET, a_published_event, a_registration, an_organisation
from tests.people import ORIGIN, a_member, fields, send, sign_in, words
from tests.questions.forms import a_question, asking

HERE = "/organise/events/care-skills-count/host-list"
STARTS = datetime(2027, 2, 5, 18, 15, tzinfo=UTC)
Rows = list[dict[str, str]]


@pytest.fixture
async def by(app: Litestar) -> Actor:  # noqa: ARG001 - its database
    by = await an_organisation()
    await a_published_event(by, ask_affiliation="optional")
    await a_member(by)
    return by


async def rows_of(organiser: httpx.AsyncClient, *columns: str, **which: Any) -> Rows:
    answer = await organiser.get(f"{HERE}.csv", params={"columns": list(columns), **which})
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))


async def test_it_has_who_comes_in_person_and_the_columns_that_were_chosen(app: Litestar, by: Actor) -> None:
    ana = await a_registration(affiliation={"organisation": "=UNESCO", "function": "Chair"})
    await a_registration(email="online@example.org", mode="online")
    await cancel_own((await a_registration(email="gone@example.org")).token)
    organiser = await sign_in(app)
    assert await rows_of(organiser) == [{"code": ana.code, "name": "Ana Reyes"}]
    [row] = await rows_of(organiser, "function", "affiliation")
    assert list(row.items())[2:] == [("affiliation", "'=UNESCO"), ("function", "Chair")]
    sheet = (await organiser.get(f"{HERE}.xlsx", params={"columns": "affiliation"})).content
    cells = [[cell.value for cell in row] for row in load_workbook(io.BytesIO(sheet)).active.iter_rows()]
    assert cells == [["code", "name", "affiliation"], [ana.code, "Ana Reyes", "=UNESCO"]]
    unknown = await organiser.get(f"{HERE}.csv", params={"columns": "password"})
    assert unknown.status_code == 422
    done = await list_for_subject("event:1", organisation=by.organisation)
    assert "exported" in {one.verb for one in done}


async def test_what_changed_since_it_was_closed_is_who_was_added_and_who_withdrew(app: Litestar, by: Actor) -> None:
    stays, leaves, erased, gives, goes_online = [
        await a_registration(email=f"{name}@example.org", name=name)
        for name in ("stays", "leaves", "erased", "gives", "goes-online")
    ]
    closed = await close_host_list("care-skills-count", by=by)
    assert closed.number == 5
    organiser = await sign_in(app)
    assert await rows_of(organiser, since=closed.id) == []
    own = (await browser(app).get(f"/t/{stays.token}/data.json")).json()
    assert len(own["on_lists_for_the_host"]) == 1
    await cancel_own(leaves.token)
    await erase_own(erased.token)
    await hand_over(gives.token, HandOver(name="gets", email="gets@example.org"), secret=SECRET)
    await switch_own(goes_online.token, Mode.ONLINE)
    late = await a_registration(email="late@example.org", name="late")
    changes = await rows_of(organiser, since=closed.id)
    assert {(row["change"], row["name"], row["code"]) for row in changes if row["name"] != "gets"} == {
        ("withdrawn", "leaves", leaves.code),
        ("withdrawn", "goes-online", goes_online.code),
        ("withdrawn", "", erased.code),
        ("withdrawn", "", gives.code),
        ("added", "late", late.code),
    }
    [gets] = [row for row in changes if row["name"] == "gets"]
    assert gets["change"] == "added"
    assert gets["code"] != gives.code
    as_closed = await rows_of(organiser, as_closed=closed.id)
    assert [row["name"] for row in as_closed] == ["stays", "leaves", "goes-online"], "of the others nothing is known"
    assert stays.code == as_closed[0]["code"]
    await cancel_own(late.token)
    await switch_own(goes_online.token, Mode.IN_PERSON)
    assert {row["name"] for row in await rows_of(organiser, since=closed.id)} == {"leaves", "", "gets"}


async def test_sensitive_answers_are_for_those_who_may_read_them_and_written_down(app: Litestar, by: Actor) -> None:
    passport = a_question("short_text", "passport", label={"en": "Passport"}, sensitive=True)
    await put_form("care-skills-count", asking(passport, a_question("country", "born")), by=by)
    await a_registration(answers={"passport": "X1234", "born": "CH"})
    await a_member(by, "bo@example.org", role=Role.ORGANISER)
    owner, other = await sign_in(app), await sign_in(app, "bo@example.org")
    assert "Passport" in words(await owner.get(HERE))
    assert "Passport" not in words(await other.get(HERE))
    [row] = await rows_of(other, "answer.born")
    assert row["born"] == "Switzerland"
    refused = await other.get(f"{HERE}.csv", params={"columns": "answer.passport"})
    assert refused.status_code == 403
    assert "X1234" not in refused.text
    [row] = await rows_of(owner, "answer.passport")
    assert row["passport"] == "X1234"
    verbs = [one.verb for one in await list_for_subject("event:1", organisation=by.organisation)]
    assert verbs.count("exported_sensitive") == 1


async def test_it_closes_by_itself_once_for_each_start(by: Actor) -> None:
    await a_registration()
    await plan_host_list("care-skills-count", 48, by=by)
    with time_machine.travel(STARTS - timedelta(hours=48, minutes=1), tick=False):
        assert await close_planned_lists() == 0
    with time_machine.travel(STARTS - timedelta(hours=48), tick=False):
        await asyncio.gather(*(close_planned_lists() for _ in range(5)))
        assert await close_planned_lists() == 0
    [first] = await list_of_event(1)
    assert (first.planned, first.actor, first.number) == (True, "system", 1)
    moved = {"starts": {"wall": "2027-02-12T13:15"}, "ends": {"wall": "2027-02-12T14:30"}}
    await change_event("care-skills-count", moved, by=by)
    with time_machine.travel(STARTS + timedelta(days=5), tick=False):
        assert await close_planned_lists() == 1


async def test_nothing_closes_that_does_not_take_place_or_is_not_to_any_more(by: Actor) -> None:
    await plan_host_list("care-skills-count", 48, by=by)
    await plan_host_list("care-skills-count", None, by=by)
    with time_machine.travel(STARTS - timedelta(hours=1), tick=False):
        assert await close_planned_lists() == 0
    await plan_host_list("care-skills-count", 24, by=by)
    await cancel_event("care-skills-count", reason={}, by=by)
    with time_machine.travel(STARTS - timedelta(hours=1), tick=False):
        assert await close_planned_lists() == 0


@pytest.mark.usefixtures("by")
async def test_an_organiser_closes_it_and_plans_it_on_its_page(app: Litestar) -> None:
    await a_registration()
    organiser = await sign_in(app)
    page = await organiser.get(HERE)
    done = await send(organiser, page, HERE)
    assert done.headers["location"] == f"{HERE}?done=closed"
    shown = words(await organiser.get(done.headers["location"]))
    assert "The list is closed." in shown
    assert "1 person, Ana" in shown
    plan = f"{HERE}/plan"
    wrong = await send(organiser, page, plan, hours="two days")
    assert wrong.status_code == 422
    assert fields(wrong, plan)["hours"] == "two days"
    assert (await send(organiser, page, plan, hours="48")).status_code == 303
    assert fields(await organiser.get(HERE), plan)["hours"] == "48"
    assert (await send(organiser, page, plan, hours="")).status_code == 303
    assert "hours" not in {name for name, value in fields(await organiser.get(HERE), plan).items() if value}


async def test_a_list_of_another_event_is_not_there(app: Litestar, by: Actor) -> None:
    await a_published_event(by, slug="other", title={"en": "Other"})
    closed = await close_host_list("other", by=by)
    organiser = await sign_in(app)
    for which in ("as_closed", "since"):
        assert (await organiser.get(f"{HERE}.csv", params={which: closed.id})).status_code == 404
        assert (await organiser.get(f"{HERE}.csv", params={which: "x"})).status_code == 422
    assert (await organiser.post(HERE, headers=ORIGIN)).status_code == 403, "without the signed field"


async def test_a_question_may_be_called_as_a_column_of_ours(app: Litestar, by: Actor) -> None:
    names = ("change", "name", "tags")
    await put_form("care-skills-count", asking(*(a_question("short_text", name) for name in names)), by=by)
    closed = await close_host_list("care-skills-count", by=by)
    ana = await a_registration(answers={name: name.upper() for name in names})
    organiser = await sign_in(app)
    [row] = await rows_of(organiser, *(f"answer.{name}" for name in names), since=closed.id)
    assert row == {
        "change": "added", "code": ana.code, "name": "Ana Reyes",
        "change (answer)": "CHANGE", "name (answer)": "NAME", "tags (answer)": "TAGS",
    }  # fmt: skip
