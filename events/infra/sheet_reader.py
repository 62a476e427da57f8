"""A table that somebody made, as rows of text: CSV however it is written, or the first sheet of an XLSX workbook.

Dates and times of a workbook come as `2027-02-05`, `13:15` and `2027-02-05T13:15`, numbers as `80`.
"""

import csv
import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from msgspec import Struct

from events.infra.unreadable import Unreadable, decoded
from events.kernel.errors import Note
from events.kernel.words import N_

MOST_ROWS = 1000
MOST_COLUMNS = 60
LONGEST_CELL = 20_000
_LARGEST_UNPACKED = 60_000_000
_MOST_PARTS = 500
_HEADING_WITHIN = 20
_DELIMITERS = ",;\t|"
_UNUSABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_MIDNIGHT = time()


class SourceRow(Struct, frozen=True):
    """`line` is the number that the spreadsheet shows beside the row."""

    line: int
    cells: tuple[str, ...]
    notes: tuple[Note, ...] = ()


class SourceTable(Struct, frozen=True):
    """`rows` begin below the headings."""

    headings: tuple[str, ...]
    rows: tuple[SourceRow, ...]
    notes: tuple[Note, ...] = ()


def read_table(data: bytes, *, known: Sequence[str] = (), most: int = MOST_ROWS) -> SourceTable:
    """`known` are headings, folded, by which the row of headings is told from what stands above it."""
    if data.startswith(b"PK"):
        rows, notes = _workbook(data, most)
    elif data.startswith((b"\xd0\xcf\x11\xe0", b"%PDF", b"{\\rtf")):
        raise Unreadable(N_("This is not a table that can be read. Save it as XLSX or CSV and take that."))
    else:
        rows, notes = _csv(decoded(data), most), []
    rows = [row for row in rows if any(row.cells)]
    if len(rows) > most + 1:
        raise Unreadable(N_("This table has more than {limit} rows. Import it in parts."), limit=most)
    if len(rows) < 2:  # noqa: PLR2004 - headings and something below them
        raise Unreadable(N_("There is no row below the headings in this table."))
    at = _heading_at(rows, frozenset(known))
    width = max(len(row.cells) for row in rows[at:])
    headings = (*rows[at].cells, *[""] * (width - len(rows[at].cells)))
    return SourceTable(headings, tuple(_padded(row, width) for row in rows[at + 1 :]), tuple(notes))


def _padded(row: SourceRow, width: int) -> SourceRow:
    return SourceRow(row.line, (*row.cells, *[""] * (width - len(row.cells))), row.notes)


def _heading_at(rows: Sequence[SourceRow], known: frozenset[str]) -> int:
    """The row with most known headings, else the first with several cells."""

    def worth(number: int) -> tuple[int, bool, int]:
        cells = rows[number].cells
        return sum(" ".join(cell.casefold().split()) in known for cell in cells), sum(map(bool, cells)) > 1, -number

    return max(range(min(len(rows) - 1, _HEADING_WITHIN)), key=worth)


def _csv(text: str, most: int) -> list[SourceRow]:
    sample = "\n".join(text.splitlines()[:50])
    try:
        dialect: Any = csv.Sniffer().sniff(sample, _DELIMITERS)
        delimiter = dialect.delimiter
    except csv.Error:
        delimiter = _most_frequent(sample)
    if sample.count(delimiter) < sample.count(_most_frequent(sample)) // 2:  # the sniffer can be led astray by prose
        delimiter = _most_frequent(sample)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    rows: list[SourceRow] = []
    line = 0
    try:
        for line, cells in enumerate(reader, 1):
            rows.append(_row(line, cells))
            _check_size(rows, most)
    except csv.Error:
        raise Unreadable(
            N_("Row {row} cannot be read: a quotation mark is open, or it is too long."), row=line + 1
        ) from None
    return rows


def _most_frequent(sample: str) -> str:
    found = Counter(letter for letter in sample if letter in _DELIMITERS)
    return found.most_common(1)[0][0] if found else ","


def _row(line: int, cells: Iterable[str], notes: Sequence[Note] = ()) -> SourceRow:
    texts = [_UNUSABLE.sub("", cell.replace("\r\n", "\n").replace("\r", "\n"))[:LONGEST_CELL].strip() for cell in cells]
    while texts and not texts[-1]:
        texts.pop()
    if len(texts) > MOST_COLUMNS:
        raise Unreadable(N_("This table has more than {limit} columns."), limit=MOST_COLUMNS)
    return SourceRow(line, tuple(texts), tuple(notes))


def _check_size(rows: Sequence[SourceRow], most: int) -> None:
    if len(rows) > 20 * most:
        raise Unreadable(N_("This table has more than {limit} rows. Import it in parts."), limit=most)


def _workbook(data: bytes, most: int) -> tuple[list[SourceRow], list[Note]]:
    _check_archive(data)
    from openpyxl import load_workbook  # noqa: PLC0415 - half a second that no start has to wait for

    try:
        values = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        formulas = load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
        names = [sheet.title for sheet in values.worksheets if sheet.sheet_state == "visible"]
        for name in names:
            rows = _sheet(values[name], formulas[name], most)
            if any(any(row.cells) for row in rows):
                others = [other for other in names if other != name]
                note = Note(
                    N_("The sheet “{name}” is read; the others are not: {others}."),
                    {"name": name, "others": others[:10]},
                )
                return rows, [note] if others else []
    except Unreadable:
        raise
    except Exception:  # noqa: BLE001 - openpyxl raises whatever a damaged file leads it to
        raise Unreadable(
            N_("This workbook is damaged. Open it in your spreadsheet, save it again and take that.")
        ) from None
    raise Unreadable(N_("There is nothing in this workbook."))


def _sheet(values: Any, formulas: Any, most: int) -> list[SourceRow]:
    rows = []
    bounds = {"max_row": 20 * most, "max_col": MOST_COLUMNS + 1}
    for line, (row, written) in enumerate(
        zip(values.iter_rows(**bounds), formulas.iter_rows(**bounds), strict=True), 1
    ):
        notes = [
            Note(N_("This formula has no result yet. Open the workbook in your spreadsheet, save it and take that."),
                 field=str(number), stops=True)
            for number, (cell, source) in enumerate(zip(row, written, strict=False))
            if source.data_type == "f" and cell.value is None
        ]  # fmt: skip
        rows.append(_row(line, [_text(cell.value) for cell in row], notes))
        if len(rows) % 100 == 0 and sum(any(one.cells) for one in rows) > most + 1:
            break
    return rows


def _text(value: object) -> str:  # noqa: PLR0911 - one for each kind of cell
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        whole_minute = (value + timedelta(seconds=30)).replace(second=0, microsecond=0)  # Excel reckons in fractions
        if whole_minute.time() == _MIDNIGHT:
            return whole_minute.date().isoformat()
        return whole_minute.isoformat(timespec="minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return _text(datetime.combine(date(2000, 1, 1), value))[11:] or "00:00"
    if isinstance(value, timedelta):
        minutes = round(value / timedelta(minutes=1))
        return f"{minutes // 60:02}:{minutes % 60:02}"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _check_archive(data: bytes) -> None:
    """What no honest workbook has: before any of it is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            names = {part.filename for part in parts}
            unpacked = sum(part.file_size for part in parts)
            if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
                raise Unreadable(N_("This is not an XLSX workbook. Save the table as XLSX or CSV and take that."))
            if unpacked > _LARGEST_UNPACKED or len(parts) > _MOST_PARTS:
                raise Unreadable(
                    N_("This workbook holds more than a programme needs. Copy the table alone into a new one.")
                )
            if any(name.startswith("xl/externalLinks/") for name in names):
                raise Unreadable(N_("This workbook draws on other files. Copy the table into a new one, as values."))
            for part in parts:
                if part.filename.endswith((".xml", ".rels")) and _declares_entities(archive, part):
                    raise Unreadable(
                        N_("This workbook is not one that a spreadsheet wrote. Save it again and take that.")
                    )
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError):
        raise Unreadable(
            N_("This workbook is damaged. Open it in your spreadsheet, save it again and take that.")
        ) from None


def _declares_entities(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    with archive.open(part) as file:
        return b"<!DOCTYPE" in file.read(4096).replace(b"\0", b"")
