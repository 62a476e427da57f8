"""A programme in a table: what its rows become, and that nothing doubles when it comes again."""

from collections.abc import Sequence
from datetime import date, time
from typing import Any

from events.imports.planning import get_overview
from events.imports.rules import Act
from events.programme.rules import Kind
from tests.imports.carried_out import Engine, imported, kept, own, run
from tests.imports.files import workbook
from tests.make import a_published_event, an_organisation

HEADINGS = ("No.", "Title", "Date", "Start", "End", "Room", "Capacity")
ROWS = (
    ("1", "Opening", date(2027, 2, 5), time(9, 30), time(11), "Room 1", 200),
    ("2", "Care skills count", None, "11h30", "13:00", "Room 2", None),
)


def programme_of(*rows: Sequence[object], headings: Sequence[str] = HEADINGS) -> bytes:
    return workbook(headings, *rows)


async def test_a_programme_becomes_sessions_and_again_brings_them_up_to_date(database: Engine) -> None:  # noqa: ARG001 - must be open
    by = await an_organisation()
    conference = await a_published_event(by, kind="conference", slug="csocd65", modes={"in_person": {}})
    assert await imported(programme_of(*ROWS), by, "programme.xlsx", part_of=conference.slug) == [Act.MAKE] * 2
    opening, care, _ = sorted(await own(by), key=lambda one: one.kind.value, reverse=True)
    assert (opening.parent_slug, opening.kind, opening.span.starts.zone) == (
        "csocd65",
        Kind.SESSION,
        "America/New_York",
    )
    assert opening.venue
    assert (opening.venue.room, opening.venue.name) == ("Room 1", "UN Headquarters")
    assert [places.capacity for places in opening.places] == [200]
    assert f"{care.span.starts.wall:%F %H:%M}" == "2027-02-05 11:30", "an empty date is that of the row above"
    first, second = ROWS
    moved = programme_of(
        first, (*second[:3], "14:00", "15:30", *second[5:]), ("3", "Closing", None, "17h", "18h", "Room 1", None)
    )
    acts = await imported(moved, by, "programme (1).xlsx", part_of=conference.slug)
    assert acts == [Act.LEAVE, Act.UPDATE, Act.MAKE]
    assert len(await own(by)) == 4
    overview, _ = await run(await kept(programme_of(first), by, "new.xlsx", part_of=conference.slug), by)
    assert {one.title["en"] for one in overview.gone} == {"Care skills count", "Closing"}


async def test_the_dry_run_tells_what_rows_clash_with_here_and_in_the_file(database: Engine) -> None:  # noqa: ARG001 - must be open
    by = await an_organisation()
    morning = {"starts": {"wall": "2027-02-05T09:00", "zone": "America/New_York"}}
    morning["ends"] = {"wall": "2027-02-05T10:00", "zone": "America/New_York"}
    venue = {"name": "UN Headquarters", "room": "Room 1"}
    await a_published_event(by, title={"en": "Breakfast"}, venue=venue, **morning)
    sitting = {"starts": {"wall": "2027-02-05T12:30", "zone": "America/New_York"}, "title": {"en": "General debate"}}
    sitting["ends"] = {"wall": "2027-02-05T14:00", "zone": "America/New_York"}
    await a_published_event(by, kind="conference", slug="csocd65", modes={"in_person": {}}, plenary=[sitting])
    rows = (*ROWS, ("3", "Late", None, "10:30", "11:30", "room 1", None))
    upload = await kept(programme_of(*rows), by, "p.xlsx", part_of="csocd65", kind=Kind.SIDE_EVENT)

    async def clashes() -> list[list[tuple[Any, ...]]]:
        plans = (await get_overview(upload))[0].plans
        return [
            [(note.message, note.params["what"], note.params["title"]["en"]) for note in plan.clashes] for plan in plans
        ]

    room = "At the same time in {what}: “{title}”, {when}."
    told = [
        [(room, "Room 1, UN Headquarters", "Breakfast"), (room, "Room 1, UN Headquarters", "Late")],
        [("A plenary of the conference sits meanwhile: {what}.", {"en": "General debate"}, "Care skills count")],
        [(room, "room 1, UN Headquarters", "Opening")],
    ]
    assert await clashes() == told
    await run(upload, by)
    assert await clashes() == [[], [], []], "what is made already is told on its page"


async def test_without_a_number_rows_are_known_by_title_and_day(database: Engine) -> None:  # noqa: ARG001 - must be open
    by = await an_organisation()
    headings = HEADINGS[1:]
    rows = [row[1:] for row in ROWS]
    assert await imported(programme_of(*rows, headings=headings), by, "p.xlsx", zone="Africa/Nairobi") == [Act.MAKE] * 2
    assert await imported(programme_of(*reversed(rows[:1]), headings=headings), by, "p.xlsx") == [Act.LEAVE]
    twice, _ = await get_overview(await kept(programme_of(rows[0], rows[0], headings=headings), by, "p.xlsx"))
    assert [plan.act for plan in twice.plans] == [Act.LEAVE, Act.REFUSE]


async def test_every_problem_of_every_row_is_told_with_its_column(database: Engine) -> None:  # noqa: ARG001 - must be open
    by = await an_organisation()
    wrong = ("3", "", "31/02/2027", "9", "soon", "Room 1", "many")
    backwards = ("4", "Backwards", date(2027, 2, 5), "11:00", "10:00", "Room 1", None)
    upload = await kept(programme_of(*ROWS, wrong, backwards), by, "p.xlsx", zone="Africa/Nairobi")
    overview, outcome = await run(upload, by)
    told = {
        plan.row.number: [(upload.found.headings[int(note.field)], note.message) for note in plan.problems]  # type: ignore[union-attr]  # a table
        for plan in overview.plans
        if plan.problems
    }
    assert told == {
        4: [
            ("Date", "There is no such date: {text}"),
            ("Title", "There is no title."),
            ("Start", "Write the time as 13:15: {text}"),
            ("End", "Write the time as 13:15: {text}"),
            ("Capacity", "Write a whole number: {text}"),
        ],
        5: [("End", "The end must come after the start.")],
    }
    assert [line.act for line in outcome.lines] == [Act.MAKE, Act.MAKE, Act.REFUSE, Act.REFUSE]
    assert len(await own(by)) == 2, "the others are taken"


async def test_a_column_that_is_not_mapped_any_more_changes_nothing(database: Engine) -> None:  # noqa: ARG001 - must be open
    by = await an_organisation()
    await imported(programme_of(*ROWS), by, "p.xlsx", zone="Africa/Nairobi")
    before = await own(by)
    columns = {str(number): name for number, name in enumerate(("key", "title.en", "date", "starts", "ends"))}
    assert await imported(programme_of(*ROWS), by, "p.xlsx", columns=columns) == [Act.LEAVE] * 2
    assert await own(by) == before
