"""Text in several languages, and the cleaning that every typed text goes through."""

import unicodedata
from collections.abc import Mapping

Text = Mapping[str, str]
"""The same text in several languages: BCP 47 tag to text."""


def N_(message: str) -> str:  # noqa: N802 - gettext's name for it
    """Mark a message for translation where it is written; it is translated where it is shown."""
    return message


def in_language(text: Text, language: str) -> str:
    """The text in the reader's language, else in English, else in the first it was written in; "" when empty."""
    return text.get(language) or text.get("en") or next(iter(text.values()), "")


def language_of(text: Text, language: str) -> str:
    """Which language `in_language` answers in, for the `lang` attribute."""
    if text.get(language):
        return language
    return "en" if text.get("en") else next(iter(text), language)


_TURNS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
"""Embeddings, overrides and isolates: in a name they would mirror the subject of a mail, too. Marks stay."""


def one_line(typed: str) -> str:
    """Trimmed, each run of white space one space, and nothing that turns the direction of what follows it.

    Raises ValueError on what no name may contain.
    """
    if typed.isprintable():  # nearly all is, and then has no white space but spaces
        return " ".join(typed.split())
    return refuse_unprintable(" ".join(typed.translate(_TURNS).split()))


def several_lines(typed: str) -> str:
    """Trimmed, line breaks kept as LF; raises ValueError as `one_line` does."""
    if typed.isprintable():
        return typed.strip()
    lines = typed.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ").split("\n")
    return "\n".join(refuse_unprintable(line.rstrip()) for line in lines).strip()


def refuse_unprintable(text: str) -> str:
    """The text itself; ValueError on control characters and lone surrogates, which break calendars and databases."""
    if text.isprintable():
        return text
    for character in text:
        if unicodedata.category(character) in {"Cc", "Cs"}:
            raise ValueError(f"contains a character that cannot be used (U+{ord(character):04X})")
    return text
