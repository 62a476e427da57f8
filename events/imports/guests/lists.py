"""A list of people to invite, pasted or out of a file: lines of name, address, language, way to attend, organisation.

The numbers of lines are those of the box in which organisers mend it.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from events.imports.words import language_in, modes_in, plain, words_of
from events.infra.sheet_reader import SourceTable
from events.kernel.errors import Invalid, Problem
from events.kernel.words import N_
from events.programme.rules import Mode
from events.registration.guests.forms import read_guest
from events.registration.guests.rules import NewGuest
from events.web.posted import MISSING

COLUMNS = ("name", "email", "language", "mode", "organisation")
_BRACKETS = re.compile(r"^\s*\"?(?P<name>[^<>]*?)\"?\s*<(?P<email>[^<>]*)>\s*$")
_DELIMITERS = "\t;,"


class ListLine(Struct, frozen=True):
    """What stands in one line, by column."""

    row: int
    cells: Mapping[str, str]


def known_headings() -> list[str]:
    return [word for words in words_of("guest_headings").values() for word in words]


def lines_in(text: str) -> list[ListLine]:
    """With or without headings; `Ana Reyes <ana@example.org>` is understood too, also several in one line."""
    rows = [(number, row) for number, row in enumerate(text.splitlines(), 1) if row.strip()]
    if not rows:
        return []
    delimiter = _delimiter(rows[0][1])
    columns = _columns(_split(rows[0][1], delimiter))
    if "email" in columns.values():
        found = (ListLine(number, _named(columns, _split(row, delimiter))) for number, row in rows[1:])
        return [line for line in found if any(line.cells.values())]
    return [ListLine(number, cells) for number, row in rows for cells in _without_headings(row)]


def lines_of(table: SourceTable) -> list[ListLine]:
    """Of a file: by its headings, if it has any that are known."""
    columns = _columns(table.headings)
    if "email" in columns.values():
        return [ListLine(row.line, _named(columns, row.cells)) for row in table.rows]
    return [
        ListLine(row, cells)
        for row, texts in enumerate((table.headings, *(row.cells for row in table.rows)), 1)
        for cells in _people_in(texts)
    ]


def as_text(lines: Iterable[ListLine]) -> str:
    """As it stands in the box, to be mended and read again."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([" ".join(line.cells.get(name, "").split()) for name in COLUMNS] for line in lines)
    return text.getvalue()


def read_lines(
    lines: Sequence[ListLine], *, language: str, mode: Mode | None
) -> tuple[list[NewGuest], dict[int, list[Problem]]]:
    """Who is meant, and what is wrong with the other lines, by number; `field` is the column."""
    guests: list[NewGuest] = []
    wrong: dict[int, list[Problem]] = {}
    for line in lines:
        posted = {name: text for name, text in line.cells.items() if text}
        problems: list[Problem] = []
        if said := posted.pop("language", ""):
            posted["language"] = language_in(said) or ""
            if not posted["language"]:
                problems.append(Problem("language", N_("This language is not known: {text}"), {"text": said[:60]}))
                posted.pop("language")
        if said := posted.pop("mode", ""):
            modes = modes_in(said) or ()
            if len(modes) == 1:
                posted["mode"] = modes[0].value
            elif not modes:
                words = N_("Write “in person” or “online”, or leave it empty: {text}")
                problems.append(Problem("mode", words, {"text": said[:60]}))
        try:
            guest = read_guest(line.row, posted, language=language, mode=mode)
        except Invalid as invalid:
            problems += [_worded(one) for one in invalid.problems]
        else:
            guests += [guest] if not problems else []
        if problems:
            wrong[line.row] = [*wrong.get(line.row, ()), *problems]
    return guests, wrong


_MISSING = {"name": N_("There is no name."), "email": N_("There is no e-mail address.")}


def _worded(problem: Problem) -> Problem:
    return Problem(problem.field, _MISSING[problem.field]) if problem.message == MISSING else problem


def _columns(cells: Sequence[str]) -> dict[int, str]:
    words = {word: field for field, found in words_of("guest_headings").items() for word in found}
    columns: dict[int, str] = {}
    for number, cell in enumerate(cells):
        field = words.get(plain(cell).rstrip(" :*"))
        if field and field not in columns.values():
            columns[number] = field
    return columns


def _named(columns: Mapping[int, str], texts: Sequence[str]) -> dict[str, str]:
    cells = {field: texts[number].strip() for number, field in columns.items() if number < len(texts)}
    given, family = cells.pop("given", ""), cells.pop("family", "")
    name = " ".join(part for part in (given, cells.get("name", "") or family) if part)
    if found := _BRACKETS.match(cells.get("email", "")):
        cells["email"], name = found["email"].strip(), name or found["name"].strip()
    return cells | {"name": name}


def _without_headings(row: str) -> list[dict[str, str]]:
    delimiter = _delimiter(row)
    if delimiter == "," and (found := _BRACKETS.match(row)):  # “Reyes, Ana <ana@example.org>”
        return [{"name": found["name"].strip(), "email": found["email"].strip()}]
    return _people_in(_split(row, delimiter))


def _people_in(texts: Sequence[str]) -> list[dict[str, str]]:
    """Cells whose meaning is told by what stands in them; each of several addresses is a person."""
    texts = [text.strip() for text in texts]
    addresses = [text for text in texts if "@" in text]
    if len(addresses) > 1:
        return [_person([address]) for address in addresses]
    return [_person(texts)] if any(texts) else []


def _person(texts: Sequence[str]) -> dict[str, str]:
    cells: dict[str, str] = {}
    for text in texts:
        if "@" in text and "email" not in cells:
            found = _BRACKETS.match(text)
            cells["email"] = found["email"].strip() if found else text
            if found and found["name"].strip():
                cells.setdefault("name", found["name"].strip())
        elif text:
            cells.setdefault(_meaning(text, cells), text)
    return cells


def _meaning(text: str, so_far: Mapping[str, str]) -> str:
    if "name" not in so_far:
        return "name"
    if "language" not in so_far and language_in(text):
        return "language"
    if "mode" not in so_far and modes_in(text):
        return "mode"
    return "organisation"


def _delimiter(row: str) -> str:
    return next((delimiter for delimiter in _DELIMITERS if delimiter in row), ";")


def _split(row: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([row], delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error:
        return row.split(delimiter)
