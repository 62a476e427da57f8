"""Texts with placeholders. No template engine ever reads what somebody typed: names in braces are replaced, once."""

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches

from msgspec import Struct

from events.kernel.words import N_

PLACEHOLDERS: Mapping[str, str] = {
    "name": N_("the person’s name"),
    "event": N_("the event’s title"),
    "date": N_("its date"),
    "time": N_("its time, with the zone"),
    "where": N_("the room and the address, or “Online”"),
    "link": N_("the page of their registration"),
    "join": N_("their own way in, for who is online"),
    "admission": N_("how to get in, for who comes to the room"),
    "recording": N_("the recording, once there is one"),
    "organisation": N_("your organisation"),
}
LINKS = frozenset({"link", "join", "recording"})
_BRACES = re.compile(r"\{([^{}\n]*)\}")
_LONGEST_SHOWN = 40


class Placeholder(Struct, frozen=True):
    name: str


Part = str | Placeholder


class Filled(Struct, frozen=True):
    """A piece of a line as somebody gets it; `name` is the placeholder's that it came from, or empty."""

    text: str
    name: str = ""


Paragraph = Sequence[Sequence[Filled]]
"""Lines of pieces."""


class Mistake(Struct, frozen=True):
    """Something in braces that is no placeholder; `nearest` is what was meant, perhaps."""

    written: str
    nearest: str | None


def parts_of(line: str) -> Iterator[Part]:
    end = 0
    for found in _BRACES.finditer(line):
        if found.start() > end:
            yield line[end : found.start()]
        name = found[1].strip()
        yield Placeholder(name) if name in PLACEHOLDERS else found[0]
        end = found.end()
    if end < len(line):
        yield line[end:]


def mistakes_in(text: str) -> list[Mistake]:
    """What stands in braces and is no placeholder, and braces that stand alone, each once."""
    written = {found[1].strip() for found in _BRACES.finditer(text)}
    mistakes = {name: _nearest(name) for name in written if name not in PLACEHOLDERS}
    alone = sorted(set(re.findall(r"[{}]", _BRACES.sub("", text))))
    return [
        *(Mistake(f"{{{name[:_LONGEST_SHOWN]}}}", near and f"{{{near}}}") for name, near in sorted(mistakes.items())),
        *(Mistake(brace, None) for brace in alone),
    ]


def _nearest(name: str) -> str | None:
    close = get_close_matches(name.casefold()[:_LONGEST_SHOWN], PLACEHOLDERS, n=1, cutoff=0.5)
    return close[0] if close else None


def filled(text: str, values: Mapping[str, str]) -> list[Paragraph]:
    """The paragraphs for one person. A line that speaks of what there is not for them is left out."""
    paragraphs: list[list[list[Filled]]] = [[]]
    for line in text.split("\n"):
        if not line.strip():
            paragraphs.append([])
            continue
        parts = list(parts_of(line))
        if all(values.get(part.name) for part in parts if isinstance(part, Placeholder)):
            paragraphs[-1].append([_filled(part, values) for part in parts])
    return [paragraph for paragraph in paragraphs if paragraph]


def filled_line(text: str, values: Mapping[str, str]) -> str:
    """A subject: one line, whatever the values hold. What has no value stays as it was written."""
    line = "".join(_filled(part, values).text for part in parts_of(text))
    return " ".join(line.split())


def plain(paragraphs: Sequence[Paragraph]) -> str:
    lines = ("\n".join("".join(piece.text for piece in line) for line in paragraph) for paragraph in paragraphs)
    return "\n\n".join(lines)


def _filled(part: Part, values: Mapping[str, str]) -> Filled:
    if isinstance(part, str):
        return Filled(part)
    return Filled(" ".join(values.get(part.name, f"{{{part.name}}}").split()), part.name)
