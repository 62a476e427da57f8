"""A list of people as somebody has it, pasted or as a file: in each row one ticket's code or address."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from events.kernel.errors import Invalid
from events.kernel.ids import folded_email, read_code
from events.kernel.words import N_
from events.registration.admission.rules import MOST_LISTED

_LONGEST_SHOWN = 80


class Named(Struct, frozen=True):
    """One row: the code, or the folded address, in it; "" when there is neither. `shown` is what stands there."""

    row: int
    key: str
    shown: str


def read_named(text: str) -> list[Named]:
    """Lines as they are copied from a spreadsheet or a mail."""
    lines = enumerate(text.splitlines(), 1)
    return named_in((number, line.replace(";", "\t").replace(",", "\t").split("\t")) for number, line in lines)


def named_in(rows: Iterable[tuple[int, Sequence[str]]]) -> list[Named]:
    """The rows in which something stands; headings, in the first of them, are left out. Raises Invalid."""
    found = [_named(number, cells) for number, cells in rows if any(cell.strip() for cell in cells)]
    if found and not found[0].key and len(found) > 1:
        found = found[1:]
    if not found:
        raise Invalid.of("list", N_("Paste codes or e-mail addresses, one a line, or choose a file."))
    if len(found) > MOST_LISTED:
        raise Invalid.of("list", N_("This list has more than {limit} rows. Take it in parts."), limit=MOST_LISTED)
    return found


def _named(number: int, cells: Sequence[str]) -> Named:
    texts = [text for cell in cells if (text := cell.strip())]
    for text in texts:
        if code := read_code(text):
            return Named(number, code, text[:_LONGEST_SHOWN])
    for text in texts:
        address = text.partition("<")[2].partition(">")[0] or text
        if "@" in address and " " not in address:
            return Named(number, folded_email(address), address[:_LONGEST_SHOWN])
    return Named(number, "", " ".join(texts)[:_LONGEST_SHOWN])
