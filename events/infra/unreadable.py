"""What other people's files are refused with, and the text in them."""

import codecs
from typing import Any

from events.kernel.errors import Invalid, Problem
from events.kernel.words import N_

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 400


class Unreadable(Invalid):
    """A file that cannot be taken as a whole."""

    def __init__(self, message: str, **params: Any) -> None:
        super().__init__([Problem("file", message, params)])


def decoded(data: bytes) -> str:
    """By its mark, else UTF-8, else what Windows wrote in Western Europe, which takes any byte."""
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), None) or _unmarked(data)
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        if encoding.startswith("utf-8"):
            return data.decode("cp1252", errors="replace")
        raise Unreadable(N_("The text of this file cannot be read. Save it as UTF-8 and try again.")) from None


def _unmarked(data: bytes) -> str:
    """UTF-16 without a mark has a zero beside each of its ASCII characters."""
    sample = data[:_SAMPLE]
    odd, even = sample[1::2].count(0), sample[::2].count(0)
    enough = len(sample) // 4
    return "utf-16-le" if odd > enough > even else "utf-16-be" if even > enough > odd else "utf-8"
