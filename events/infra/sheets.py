"""Tables as files that are safe to open in a spreadsheet: no text in them is taken for a formula."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from tempfile import TemporaryDirectory
from typing import IO, Any

Cell = str | int | Decimal | date | datetime | None
BOM = b"\xef\xbb\xbf"
"""What tells Excel that a CSV file is UTF-8."""

CSV_TYPE = "text/csv"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_BEGINS_FORMULA = frozenset("=+-@\t\r\n")
_FIRST_YEAR = 1900  # of which spreadsheets know dates
# Who opens a CSV file with semicolons or tabs between its cells, as in France, has a new cell or line here.
_BEGINS_CELL = re.compile(r"(?<=[;\t\n])(\s*)(\S)")
_LONGEST_CELL = 32_767


def csv_of(rows: Iterable[Sequence[Cell]]) -> bytes:
    """RFC 4180, dates and instants as RFC 3339."""
    text = io.StringIO()
    csv.writer(text).writerows([_csv_cell(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def _csv_cell(cell: Cell) -> str | int:
    if isinstance(cell, str):
        return _BEGINS_CELL.sub(lambda found: found[1] + harmless(found[2]), harmless(cell))
    if isinstance(cell, datetime):
        return cell.isoformat(timespec="seconds")
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    return "" if cell is None else cell if isinstance(cell, int) else cell.isoformat()


def harmless(text: str) -> str:
    """With an apostrophe before what a spreadsheet would reckon with, full-width signs too."""
    return f"'{text}" if unicodedata.normalize("NFKC", text[:1]) in _BEGINS_FORMULA else text


class Workbook:
    """An XLSX file of one sheet, written row by row in bounded memory; a text is a text and an instant a date.

    Instants are shown as the clocks of their own zone have them, which `zone` names.
    """

    def __init__(self, file: IO[bytes], columns: Mapping[str, int], zone: str) -> None:
        """`columns` are the headings and how wide each is."""
        import xlsxwriter  # noqa: PLC0415 - takes a tenth of a second, which most starts need not spend

        self._rows_so_far = TemporaryDirectory(prefix="sideline-")
        self._book = xlsxwriter.Workbook(
            file,
            {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "tmpdir": self._rows_so_far.name,
            },
        )
        self._instant = self._book.add_format({"num_format": f'yyyy-mm-dd hh:mm "{zone}"', "align": "left"})
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
        self._sheet = self._book.add_worksheet()
        for number, width in enumerate(columns.values()):
            self._sheet.set_column(number, number, width)
        self._sheet.freeze_panes(1, 0)
        self._columns = len(columns)
        self._next = 0
        self._write(list(columns), self._book.add_format({"bold": True}))

    def add(self, rows: Iterable[Sequence[Cell]]) -> None:
        for row in rows:
            self._write(row)

    def close(self) -> None:
        """Put the file together."""
        self._sheet.autofilter(0, 0, self._next - 1, self._columns - 1)
        self._book.close()

    def discard(self) -> None:
        """Remove what was kept on disk meanwhile, whether or not the file was finished."""
        self._rows_so_far.cleanup()

    def _write(self, row: Sequence[Cell], look: Any = None) -> None:
        for number, cell in enumerate(row):
            if isinstance(cell, datetime):
                self._sheet.write_datetime(self._next, number, cell.replace(tzinfo=None), self._instant)
            elif isinstance(cell, date) and cell.year >= _FIRST_YEAR:
                self._sheet.write_datetime(self._next, number, cell, self._day)
            elif isinstance(cell, int | Decimal):
                self._sheet.write_number(self._next, number, cell)
            elif cell:
                self._sheet.write_string(self._next, number, str(cell)[:_LONGEST_CELL], look)
        self._next += 1
