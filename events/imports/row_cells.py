"""One row of a table: its cells by what their columns mean, and what there is to tell of them."""

import re
from collections.abc import Mapping
from typing import Any

from events.infra.sheet_reader import SourceRow
from events.kernel.errors import Note

_BEGINS_WITH_DATE = re.compile(r"\d{4}-\d|\d{1,2}[/.\-]\d{1,2}[/.\-]\d")


class RowCells:
    """`columns` are their numbers by field, as in `title.fr`; `notes` begin with what reading the row already told."""

    def __init__(self, row: SourceRow, columns: Mapping[str, int]) -> None:
        self.columns = columns
        self._cells = row.cells
        mapped = {str(number) for number in columns.values()}
        self.notes = [note for note in row.notes if note.field in mapped]

    def text(self, name: str) -> str:
        number = self.columns.get(name)
        return self._cells[number].strip() if number is not None and number < len(self._cells) else ""

    def texts(self, name: str) -> dict[str, str]:
        """By language."""
        return {
            language: text
            for field in self.columns
            if field.partition(".")[0] == name and (language := field.partition(".")[2]) and (text := self.text(field))
        }

    def text_with_date(self, name: str) -> str:
        """Empty unless it begins with a date."""
        text = self.text(name)
        return text if _BEGINS_WITH_DATE.match(text) else ""

    def tell(self, message: str, *fields: str, stops: bool = True, **params: Any) -> None:
        """Beside the first of the fields that has a column."""
        number = next((self.columns[name] for name in fields if name in self.columns), "")
        self.notes.append(Note(message, params, str(number), stops))

    def is_wrong(self, field: str) -> bool:
        return any(note.stops and note.field == str(self.columns.get(field, "")) for note in self.notes)
