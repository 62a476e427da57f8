"""A day's programme laid out as a table, by pure rules."""

from datetime import date
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.kernel.spans import TimeSpan, WallTime
from events.programme.grid import Day, Placed, grid_of

ZONE = "Asia/Tashkent"


def placed(name: str, room: str, starts: str, ends: str, zone: str = ZONE, day: str = "2027-11-15") -> Placed:
    span = TimeSpan(WallTime.parse(f"{day}T{starts}", zone), WallTime.parse(f"{day}T{ends}", zone))
    return Placed(span, room, name)


def drawn(day: Day) -> list[str]:
    """Each row as it is read: `09:00 opening/2 | -/1`, the number being over how many rows."""
    rows = []
    for row in day.rows:
        cells = [f"{cell.entry.item if cell.entry else '#' if cell.blocked else '-'}/{cell.rows}" for cell in row.cells]
        rows.append(f"{row.starts.wall:%H:%M} {'break' if row.is_break else ' | '.join(cells)}")
    return rows


def test_rows_are_the_times_and_a_long_session_takes_several() -> None:
    (day,) = grid_of(
        [
            placed("opening", "A", "09:00", "10:30"),
            placed("first", "A", "11:00", "11:45"),
            placed("long", "B", "11:00", "12:30"),
            placed("second", "A", "11:45", "12:30"),
        ],
        ZONE,
    )
    assert [column.room for column in day.columns] == ["A", "B"]
    assert drawn(day) == [
        "09:00 opening/1 | -/1",
        "10:30 break",
        "11:00 first/1 | long/2",
        "11:45 second/1",
    ]
    assert [row.quarters for row in day.rows] == [6, 2, 3, 3]
    assert [row.begins for row in day.rows] == [True, False, True, True]


def test_what_is_at_once_in_one_room_stands_side_by_side() -> None:
    (day,) = grid_of([placed("one", "A", "09:00", "10:00"), placed("other", "A", "09:30", "10:30")], ZONE)
    assert [(column.room, column.lanes) for column in day.columns] == [("A", 2)]
    assert drawn(day) == ["09:00 one/2 | -/1", "09:30 other/2", "10:00 -/1"]


def test_the_plenary_blocks_every_room_and_has_a_column_before_them() -> None:
    (day,) = grid_of(
        [placed("opening", "A", "09:00", "10:00"), placed("talk", "A", "10:30", "11:30")],
        ZONE,
        plenary=[placed("debate", "", "10:00", "11:00")],
    )
    assert (day.plenary, day.width) == (1, 2)
    assert drawn(day) == ["09:00 -/1 | opening/1", "10:00 debate/2 | #/1", "10:30 talk/2", "11:00 -/1"]


def test_rooms_come_in_their_order_then_those_that_nobody_announced() -> None:
    sessions = [placed(room, room, "09:00", "10:00") for room in ("", "Zoom", "Hall A", "Attic")]
    (day,) = grid_of(sessions, ZONE, rooms=["Zoom", "Hall B", "Hall A"])
    assert [column.room for column in day.columns] == ["Zoom", "Hall A", "Attic", ""]
    (day,) = grid_of(sessions[:2], ZONE, rooms=["Zoom", "Hall B"], every_room=True)
    assert [column.room for column in day.columns] == ["Zoom", "Hall B", ""]


def test_a_session_elsewhere_is_shown_at_the_conferences_time_and_on_its_day() -> None:
    sessions = [placed("paris", "", "20:30", "21:30", zone="Europe/Paris"), placed("here", "", "09:00", "10:00")]
    days = grid_of(sessions, ZONE)
    assert [(day.day, drawn(day)) for day in days] == [
        (date(2027, 11, 15), ["09:00 here/1"]),
        (date(2027, 11, 16), ["00:30 paris/1"]),
    ]


def test_the_night_in_which_clocks_go_back_keeps_its_order() -> None:
    zone = "Europe/Paris"
    first, second = (WallTime.parse("2027-10-31T02:30", zone, fold) for fold in (0, 1))
    last = WallTime.parse("2027-10-31T03:30", zone)
    entries = [Placed(TimeSpan(first, second), "A", "first"), Placed(TimeSpan(second, last), "A", "second")]
    (day,) = grid_of(entries, zone)
    assert drawn(day) == ["02:30 first/1", "02:30 second/1"]
    assert [row.quarters for row in day.rows] == [4, 4]


def test_whole_days_stand_beside_the_hours_and_empty_days_may_be_asked_for() -> None:
    midnight = WallTime.midnight(date(2027, 11, 15), ZONE)
    days = grid_of([Placed(TimeSpan(midnight, midnight, all_day=True), "", "fair")], ZONE, days=[date(2027, 11, 16)])
    assert [([entry.item for entry in day.whole_day], day.rows, day.span) for day in days] == [
        (["fair"], (), None),
        ([], (), None),
    ]


@st.composite
def a_day(draw: st.DrawFn) -> list[Placed]:
    sessions = []
    for number in range(draw(st.integers(1, 14))):
        start = draw(st.integers(0, 80))
        end = start + draw(st.integers(1, 14))
        starts, ends = (f"{quarter // 4:02}:{quarter % 4 * 15:02}" for quarter in (start, end))
        sessions.append(placed(f"s{number}", draw(st.sampled_from("ABC")), starts, ends))
    return sessions


@given(a_day())
def test_every_session_stands_once_and_every_row_is_as_wide_as_the_table(sessions: list[Placed]) -> None:
    (day,) = grid_of(sessions, ZONE)
    taken: dict[int, int] = {}
    for number, row in enumerate(day.rows):
        for cell in row.cells:
            for covered in range(number, number + cell.rows):
                taken[covered] = taken.get(covered, 0) + 1
    assert [taken.get(number, 0) for number in range(len(day.rows))] == [
        0 if row.is_break else day.width for row in day.rows
    ]
    shown = [cell.entry.item for row in day.rows for cell in row.cells if cell.entry]
    assert sorted(shown) == sorted(session.item for session in sessions)
    overlapping = {
        one.room for one, other in combinations(sessions, 2) if one.room == other.room and one.span.overlaps(other.span)
    }
    assert {column.room for column in day.columns if column.lanes > 1} == overlapping


@pytest.mark.parametrize(("minutes", "quarters"), [(5, 1), (15, 1), (50, 3), (240, 12)])
def test_a_row_is_as_tall_as_it_is_long_within_reason(minutes: int, quarters: int) -> None:
    (day,) = grid_of([placed("one", "A", "09:00", f"{9 + minutes // 60:02}:{minutes % 60:02}")], ZONE)
    assert day.rows[0].quarters == quarters
