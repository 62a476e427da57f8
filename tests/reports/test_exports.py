"""The list as a file: whole, safe to open in a spreadsheet, in bounded memory."""

import contextlib
import csv
import io
import json
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest
import time_machine
from litestar import Litestar

from events.accounts.rules import Actor, Role
from events.activity.tables import Activity
from events.infra import db
from events.questions.actions import put_form
from events.registration.actions.cancelling import cancel_own
from events.registration.actions.erasing import erase_own
from events.registration.rules import Listed
from events.registration.steps import check_in
from events.reports.exports import csv_pieces, export, write_xlsx
from events.reports.queries import get_listing
from events.reports.rules import COLUMNS
from tests.conftest import browser
from tests.make import a_program, a_published_event, a_registration, an_organisation
from tests.people import a_member, sign_in
from tests.questions.forms import a_question, asking

REGISTERED = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)  # 09:30 in New York
CAME = datetime(2027, 2, 5, 18, 20, tzinfo=UTC)
LIST = "/api/v1/events/care-skills-count/registrations"
DANGEROUS = ["=1+1", "+33612345678", "-2+3", "@cmd", "＝HYPERLINK(0)"]


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.fixture
async def by(app: Litestar) -> Actor:  # noqa: ARG001 - its database
    by = await an_organisation()
    await a_published_event(by)
    return by


async def rows_of(program: httpx.AsyncClient, **query: str) -> list[dict[str, str]]:
    answer = await program.get(f"{LIST}.csv", params=query)
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text)))


async def sheet_of(program: httpx.AsyncClient, path: str = f"{LIST}.xlsx") -> Any:
    answer = await program.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return openpyxl.load_workbook(io.BytesIO(answer.content)).active


NOTHING_MORE = dict.fromkeys(
    (
        "waits_for",
        "affiliation",
        "affiliation_type",
        "function",
        "country",
        "assists",
        "assists_as",
        "admission",
        "tags",
    ),
    "",
)


async def test_csv_says_of_everybody_what_programs_rely_on(app: Litestar, by: Actor) -> None:
    with time_machine.travel(REGISTERED, tick=False):
        ana = await a_registration(name="Éléonore d’Arc, “la première”", language="fr")
        waits = await a_registration(
            email="b@example.org", mode="online", answers={"Diet": "None\nat all", "name": "Bo"}
        )
    await db.write(check_in)(ana.id, CAME)
    program = await a_program(app, by)
    assert await rows_of(program) == [
        {
            "code": ana.code,
            "name": "Éléonore d’Arc, “la première”",
            "email": "ana@example.org",
            "standing": "confirmed",
            "mode": "in_person",
            "language": "fr",
            "registered_at": "2026-11-22T09:30:00-05:00",
            "checked_in_at": "2027-02-05T13:20:00-05:00",
            "queue_number": "",
            **NOTHING_MORE,
            "Diet": "",
            "name (answer)": "",
        },
        {
            "code": waits.code,
            "name": "Ana Reyes",
            "email": "b@example.org",
            "standing": "confirmed",
            "mode": "online",
            "language": "en",
            "registered_at": "2026-11-22T09:30:00-05:00",
            "checked_in_at": "",
            "queue_number": "",
            **NOTHING_MORE,
            "Diet": "None\nat all",
            "name (answer)": "Bo",
        },
    ]


async def test_a_list_is_narrowed_like_the_page_and_leaves_out_who_was_erased(app: Litestar, by: Actor) -> None:
    await a_registration(email="ana@example.org", name="Ana Reyes")
    await a_registration(email="bo@example.org", name="Bo Li", mode="online")
    gone, left = await a_registration(email="gone@example.org"), await a_registration(email="left@example.org")
    await erase_own(gone.token)
    await cancel_own(left.token)
    program = await a_program(app, by)

    async def addresses(**query: str) -> list[str]:
        return [row["email"].partition("@")[0] for row in await rows_of(program, **query)]

    assert await addresses() == ["ana", "bo", "left"]
    assert await addresses(standing="cancelled") == ["left"]
    assert await addresses(mode="online") == ["bo"]
    assert await addresses(q="reyes", standing="confirmed") == ["ana"]
    assert await addresses(checked_in="true") == []
    refused = await program.get(f"{LIST}.csv", params={"standing": "happy"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "standing")


async def test_what_looks_like_a_formula_stays_text(app: Litestar, by: Actor) -> None:
    for number, name in enumerate(DANGEROUS):
        await a_registration(email=f"{number}@example.org", name=name, answers={"=question": "+1 555 0100"})
    program = await a_program(app, by)
    rows = await rows_of(program)
    assert [row["name"] for row in rows] == [f"'{name}" for name in DANGEROUS]
    assert {row["'=question"] for row in rows} == {"'+1 555 0100"}

    sheet = await sheet_of(program)
    names = [row[1] for row in sheet.iter_rows(min_row=2)]
    assert [(cell.data_type, cell.value) for cell in names] == [("s", name) for name in DANGEROUS]
    assert {(cell.data_type, cell.value) for cell in sheet["R"]} == {("s", "=question"), ("s", "+1 555 0100")}


async def test_xlsx_has_real_dates_on_the_events_clocks_and_a_head_that_stays(app: Litestar, by: Actor) -> None:
    await a_published_event(by, slug="small", modes={"in_person": {"capacity": 1}})
    with time_machine.travel(REGISTERED, tick=False):
        first = await a_registration("small", name="Ana Reyes")
        waits = await a_registration("small", email="b@example.org", name="https://example.org")
    await db.write(check_in)(first.id, CAME)
    sheet = await sheet_of(await a_program(app, by), "/api/v1/events/small/registrations.xlsx")
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        [*COLUMNS, "tags"],
        [first.code, "Ana Reyes", "ana@example.org", "confirmed", "in_person", "en",
         datetime(2026, 11, 22, 9, 30), datetime(2027, 2, 5, 13, 20), None, *[None] * 9],  # noqa: DTZ001 - a spreadsheet knows no zones
        [waits.code, "https://example.org", "b@example.org", "waiting", "in_person", "en",
         datetime(2026, 11, 22, 9, 30), None, 1, "in_person", *[None] * 8],  # noqa: DTZ001 - same
    ]  # fmt: skip
    assert sheet["G2"].number_format == 'yyyy-mm-dd hh:mm "America/New_York"'
    assert sheet["B3"].hyperlink is None
    assert sheet.freeze_panes == "A2"
    assert sheet.column_dimensions["C"].width > 30


async def test_an_empty_list_is_its_headings(app: Litestar, by: Actor) -> None:
    program = await a_program(app, by)
    assert (await program.get(f"{LIST}.csv")).text == ",".join([*COLUMNS, "tags"]) + "\r\n"
    assert [[cell.value for cell in row] for row in (await sheet_of(program)).iter_rows()] == [[*COLUMNS, "tags"]]


async def test_a_thousand_questions_do_not_make_a_thousand_columns(app: Litestar, by: Actor) -> None:
    for person in range(3):
        answers = {f"Question {person}.{number}": "yes" for number in range(50)}
        await a_registration(email=f"{person}@example.org", answers=answers)
    rows = await rows_of(await a_program(app, by))
    assert len(rows[0]) == len(COLUMNS) + 100 + 1 + 1
    assert rows[0]["Question 0.7"] == "yes"
    assert json.loads(rows[2]["further_answers"]) == {f"Question 2.{number}": "yes" for number in range(50)}


async def test_people_get_a_mark_that_excel_needs_and_programs_do_not(app: Litestar, by: Actor) -> None:
    await a_member(by, role=Role.VIEWER)
    member, program = await sign_in(app), await a_program(app, by)
    with time_machine.travel(datetime(2026, 11, 23, 3, 0, tzinfo=UTC), tick=False):
        theirs = await member.get("/organise/events/care-skills-count/registrations.csv?mode=online")
        ours = await program.get(f"{LIST}.csv")
    assert theirs.content == b"\xef\xbb\xbf" + ours.content
    assert theirs.headers["content-type"] == "text/csv; charset=utf-8"
    assert theirs.headers["cache-control"] == "no-store"
    name = "care-skills-count-registrations-2026-11-22.csv"  # it is still the 22nd in New York
    assert theirs.headers["content-disposition"] == f'attachment; filename="{name}"'
    await sheet_of(member, "/organise/events/care-skills-count/registrations.xlsx")


async def test_every_export_is_written_down(app: Litestar, by: Actor) -> None:
    await a_member(by)
    member, program = await sign_in(app), await a_program(app, by)
    await program.get(f"{LIST}.csv")
    await member.get("/organise/events/care-skills-count/registrations.xlsx")
    rows = (
        await Activity.select(Activity.actor, Activity.facts).where(Activity.verb == "exported").order_by(Activity.id)
    )
    assert [(row["actor"].partition(":")[0], json.loads(row["facts"])) for row in rows] == [
        ("token", {"format": "csv"}),
        ("member", {"format": "xlsx"}),
    ]


async def test_strangers_get_no_list(app: Litestar, client: httpx.AsyncClient, by: Actor) -> None:
    stranger = await an_organisation("others", "Others")
    await a_member(stranger)
    member = await sign_in(app)
    theirs, blind = await a_program(app, stranger), await a_program(app, by, "events:read")
    for ending in ("csv", "xlsx"):
        page = f"/organise/events/care-skills-count/registrations.{ending}"
        assert (await theirs.get(f"{LIST}.{ending}")).status_code == 404
        assert (await blind.get(f"{LIST}.{ending}")).status_code == 403
        assert (await browser(app).get(f"{LIST}.{ending}")).status_code == 401
        assert (await member.get(page)).status_code == 404
        assert (await client.get(page)).status_code == 303
    assert not await Activity.exists().where(Activity.verb == "exported")


async def test_the_command_line_writes_the_same_and_replaces_what_was_there(by: Actor, tmp_path: Path) -> None:  # noqa: ARG001 - the event
    made = await a_registration(answers={"Diet": "none"})
    seen: list[int] = []
    for ending in ("csv", "xlsx", "json"):
        path = tmp_path / f"list.{ending}"
        path.write_text("old")
        await export("care-skills-count", ending, path, seen.append)
    assert seen == [1, 1, 1]
    assert names_in(tmp_path) >= {"list.csv", "list.json", "list.xlsx"}
    assert not [name for name in names_in(tmp_path) if name.endswith("partial")]
    [row] = csv.DictReader((tmp_path / "list.csv").read_text().splitlines())
    sheet = openpyxl.load_workbook(tmp_path / "list.xlsx").active
    assert sheet is not None
    [document] = json.loads((tmp_path / "list.json").read_text())
    assert row["code"] == sheet["A2"].value == document["code"] == made.code
    assert document["answers"] == {"Diet": "none"}


MANY = 20_000
_INSERT_MANY = db.Prepared(
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
    " INSERT INTO registration (event, mode, standing, holds_place, name, name_folded, email, email_folded, language,"
    " answers, code, token_digest, token_counter, registered_at, changed_at)"
    " SELECT event, mode, standing, holds_place, name, name_folded, i || email, i || email_folded, language, answers,"
    " 'C' || i, 'D' || i, token_counter, registered_at, changed_at FROM registration, n"
)


@db.write
async def many_more() -> None:
    await _INSERT_MANY.rows()


@pytest.mark.slow
async def test_twenty_thousand_rows_take_little_memory(by: Actor, tmp_path: Path) -> None:
    await a_registration(answers={"Diet": "none"})
    await many_more()
    listing = await get_listing("care-skills-count", by.organisation, Listed())
    tracemalloc.start()
    lines = 0
    async for piece in csv_pieces(listing):
        lines += piece.count(b"\r\n")
    with (tmp_path / "list.xlsx").open("wb") as file:
        await write_xlsx(listing, file)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert lines == MANY + 2
    with contextlib.closing(openpyxl.load_workbook(tmp_path / "list.xlsx", read_only=True)) as book:
        assert sum(1 for _ in book.worksheets[0].iter_rows()) == MANY + 2
    assert peak < 12_000_000, "a few chunks, not the list"


async def test_no_name_of_a_question_takes_another_columns_heading(app: Litestar, by: Actor) -> None:
    """Where nothing is asked a stranger's program may call answers what it likes."""
    said = {"code": "a", "code (answer)": "b", "tags": "c", "further_answers": "d"}
    await a_registration(answers=said)
    program = await a_program(app, by)
    [row] = await rows_of(program)
    assert list(row)[len(COLUMNS) :] == [
        "code (answer)", "code (answer) (answer)", "tags (answer)", "further_answers (answer)", "tags"
    ]  # fmt: skip
    assert list(row.values())[len(COLUMNS) :] == ["a", "b", "c", "d", ""]
    sheet = await sheet_of(program)
    assert [cell.value for cell in sheet[1]] == list(row)


async def test_numbers_and_dates_that_were_asked_for_are_numbers_and_dates(app: Litestar, by: Actor) -> None:
    await put_form("care-skills-count", asking(a_question("number", "degrees"), a_question("date", "born")), by=by)
    await a_registration(answers={"degrees": "−3,50", "born": "31.12.1980"})
    await a_registration(email="old@example.org", answers={"degrees": "0.0000001", "born": "1899-12-31"})
    program = await a_program(app, by)
    assert [(row["degrees"], row["born"]) for row in await rows_of(program)] == [
        ("-3.5", "1980-12-31"), ("0.0000001", "1899-12-31")
    ]  # fmt: skip
    sheet = await sheet_of(program)
    at = {cell.value: cell.column for cell in sheet[1]}
    cells = [[sheet.cell(row, at[name]) for name in ("degrees", "born")] for row in (2, 3)]
    assert [[(cell.data_type, cell.value) for cell in row] for row in cells] == [
        [("n", -3.5), ("d", datetime(1980, 12, 31))],  # noqa: DTZ001 - a spreadsheet knows no zones
        [("n", 1e-07), ("s", "1899-12-31")],
    ]
    assert cells[0][1].number_format == "yyyy-mm-dd"


@pytest.mark.parametrize("separator", [";", "\t", "\n"])
async def test_nothing_begins_a_formula_for_who_opens_a_file_with_other_separators(
    app: Litestar, by: Actor, separator: str
) -> None:
    await a_registration(answers={"Diet": f"None{separator} =1+1\nthen;@cmd"})
    answer = await (await a_program(app, by)).get(f"{LIST}.csv")
    cells = [cell.strip() for row in csv.reader(io.StringIO(answer.text), delimiter=";") for cell in row]
    cells += [cell.strip() for line in answer.text.splitlines() for cell in line.split("\t")]
    assert [cell for cell in cells if cell[:1] in {"=", "+", "-", "@"}] == []
    assert "then;'@cmd" in answer.text
