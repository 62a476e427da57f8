"""Dates, times and words as people type them into tables."""

from datetime import date, time

import pytest

from events.imports.cells import Unclear, read_day, read_number, read_times
from events.imports.columns import guessed, to_remember
from events.imports.words import kind_in, language_in, modes_in
from events.programme.rules import Kind, Mode

FIFTH = date(2027, 2, 5)


@pytest.mark.parametrize(
    "text",
    [
        "2027-02-05", "05/02/2027", "5.2.2027", "5-2-27", "Friday 5 February 2027", "Fri, 5 Feb 2027", "5 February",
        "February 5, 2027", "5th February 2027", "vendredi 5 février 2027", "Ven. 05/02/2027", "5 févr. 2027",
    ],
)  # fmt: skip
def test_a_date_is_read_however_it_is_written(text: str) -> None:
    assert read_day(text, year=2027).date == FIFTH


def test_day_or_month_first_is_as_chosen_unless_there_is_one_way_to_read_it() -> None:
    assert read_day("05/02/2027", day_first=False).date == date(2027, 5, 2)
    assert read_day("02/13/2027").date == read_day("13/02/2027", day_first=False).date == date(2027, 2, 13)


def test_what_stands_behind_a_date_is_kept() -> None:
    assert read_day("2027-02-05T13:15").rest == read_day("05/02/2027 13:15").rest == "13:15"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("31/02/2027", "There is no such date"),
        ("2027-13-01", "There is no such date"),
        ("Tuesday 5 February 2027", "The weekday is not that of the date"),
        ("mardi 05/02/2027", "The weekday is not that of the date"),
        ("soon", "Write the date as"),
        ("5 February 6 March 2027", "Write the date as"),
        ("2027", "Write the date as"),
        ("5 February", "Write the date as"),
        ("45000", "Write the date as"),
    ],
)
def test_a_date_that_is_none_is_told(text: str, said: str) -> None:
    with pytest.raises(Unclear, match=said):
        read_day(text)


@pytest.mark.parametrize(
    ("text", "starts", "ends"),
    [
        ("13:15", time(13, 15), None),
        ("13:15:00", time(13, 15), None),
        ("13.15", time(13, 15), None),
        ("1.15 pm", time(13, 15), None),
        ("1:15PM", time(13, 15), None),
        ("12 a.m.", time(0), None),
        ("12 pm", time(12), None),
        ("13h15", time(13, 15), None),
        ("9h", time(9), None),
        ("midi", time(12), None),
        ("9:00 – 10:30", time(9), time(10, 30)),
        ("9h à 10h30", time(9), time(10, 30)),
        ("9:00 to noon", time(9), time(12)),
        ("1–2.30 pm", time(13), time(14, 30)),
        ("11–1 pm", time(11), time(13)),
        ("9 am - 1 pm", time(9), time(13)),
    ],
)
def test_a_time_is_read_however_it_is_written(text: str, starts: time, ends: time | None) -> None:
    assert read_times(text) == (starts, ends)


@pytest.mark.parametrize(
    "text", ["9", "25:00", "13 pm", "0 am", "13:60", "later", "", "9:00 - 10:00 - 11:00", "9:00 – soon"]
)
def test_a_time_that_is_none_is_told(text: str) -> None:
    with pytest.raises(Unclear):
        read_times(text)


def test_numbers_are_whole_and_may_be_grouped() -> None:
    assert [read_number(text) for text in ("80", "1 200", "1,200", "1\u202f200")] == [80, 1200, 1200, 1200]
    for text in ("many", "-3", "2.5", "12345678"):
        with pytest.raises(Unclear):
            read_number(text)


def test_words_are_known_in_two_languages() -> None:
    assert [kind_in(text) for text in ("Side event", "WEBINAIRE", "Séance", "Workshops", "dinner")] == [
        Kind.SIDE_EVENT, Kind.BROADCAST, Kind.SESSION, Kind.SESSION, None,
    ]  # fmt: skip
    room, online = Mode.IN_PERSON, Mode.ONLINE
    modes = [modes_in(text) for text in ("Présentiel", "en ligne", "Hybrid", "x")]
    assert modes == [(room,), (online,), (room, online), None]
    assert [language_in(text) for text in ("Français", "EN", "anglais", "中文", "International sign", "Elvish")] == [
        "fr", "en", "en", "zh", "ils", None,
    ]  # fmt: skip


def test_headings_are_guessed_each_field_once_and_a_choice_is_remembered() -> None:
    headings = ["No.", "Titre", "Title (EN)", "Date", "Heure de début", "Salle", "Intervenants", "Lieu", "Room"]
    columns = guessed(headings, {})
    assert columns == {
        "0": "key", "1": "title.fr", "2": "title.en", "3": "date", "4": "starts", "5": "room", "6": "speakers",
        "7": "venue",
    }  # fmt: skip
    chosen = {**columns, "6": "summary.fr", "5": "venue", "7": "room"}
    assert guessed([heading.upper() for heading in headings], to_remember(headings, chosen)) == {**chosen}
