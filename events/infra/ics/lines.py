"""An iCalendar file as components and properties, each with its line, whatever else is wrong with it.

icalendar reads the lines. The structure is ours, so that a mistake is told with its line and costs its own event
alone, and because icalendar keeps the zones of one file for the next one that names them alike.
"""

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct, field

from events.infra.unreadable import Unreadable
from events.kernel.errors import Note
from events.kernel.words import N_

DEEPEST = 8
_ESCAPED = re.compile(r"\\([\\;,:\"nN])")
_UNUSABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


class Property(Struct):
    """`value` is as it is written; `text` as it is meant."""

    params: Mapping[str, str | list[str]]
    value: str

    @property
    def text(self) -> str:
        plain = _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], self.value)
        return _UNUSABLE.sub("", plain.replace("\r\n", "\n").replace("\r", "\n")).strip()

    @property
    def texts(self) -> list[str]:
        """Of a list with commas between."""
        parts = re.split(r"(?<!\\),", self.value)
        return [text for part in parts if (text := Property(self.params, part).text)]

    def param(self, name: str) -> str:
        value = self.params.get(name, "")
        return ",".join(value) if isinstance(value, list) else value


class Component(Struct):
    name: str
    line: int
    properties: dict[str, list[Property]] = field(default_factory=dict)
    parts: list["Component"] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def find(self, *names: str) -> Property | None:
        """The first that is there and not empty."""
        return next((one for name in names for one in self.properties.get(name, ()) if one.value.strip()), None)

    def text(self, *names: str) -> str:
        found = self.find(*names)
        return found.text if found else ""

    def walk(self, name: str) -> Iterator["Component"]:
        for part in self.parts:
            if part.name == name:
                yield part
            yield from part.walk(name)


def components_of(text: str) -> Component:
    """A component without a name that holds the file's; raises Unreadable where it is no calendar, or not whole."""
    from icalendar.parser import Contentline  # noqa: PLC0415 - 0.15 s that no start has to wait for

    root = Component("", 0)
    open_parts = [root]
    for number, line in _unfolded(text):
        try:
            name, params, value = Contentline(line).raw_parts()  # type: ignore[no-untyped-call]  # it has no annotations
        except (ValueError, IndexError):
            _not_understood(open_parts[-1], number, line)
            continue
        name, value = name.upper(), value.strip() if name.upper() in {"BEGIN", "END"} else value
        if name == "BEGIN":
            if len(open_parts) > DEEPEST:
                raise Unreadable(N_("Line {line}: parts are nested more deeply than any calendar needs."), line=number)
            begun = Component(value.upper()[:80], number)
            open_parts[-1].parts.append(begun)
            open_parts.append(begun)
        elif name == "END":
            if open_parts[-1].name != value.upper()[:80]:
                raise Unreadable(
                    N_("Line {line} ends {name}, which is not what is open there. The file is damaged: get it again."),
                    line=number, name=value[:80],
                )  # fmt: skip
            open_parts.pop()
        elif len(open_parts) > 1:
            open_parts[-1].properties.setdefault(name, []).append(Property(dict(params), value))
    _check_whole(text, root, open_parts[-1])
    return root


def _check_whole(text: str, root: Component, still_open: Component) -> None:
    if text.lstrip().startswith("<"):
        raise Unreadable(N_("This is a web page, not a calendar. Look there for a link that ends in .ics."))
    if not root.parts:
        raise Unreadable(N_("This is not a calendar: it has no line BEGIN:VCALENDAR."))
    if still_open.name:
        raise Unreadable(
            N_("The file ends in the middle: what begins in line {line}, {name}, has no end. Get it again."),
            line=still_open.line, name=still_open.name,
        )  # fmt: skip


def _not_understood(component: Component, number: int, line: str) -> None:
    if component.name and len(component.notes) < 10:  # noqa: PLR2004 - more say no more
        shown = _UNUSABLE.sub("", line)[:40]
        component.notes.append(
            Note(N_("Line {line} means nothing and was left out: {text}"), {"line": number, "text": shown})
        )


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """Lines with their numbers; one that begins with a space goes on from the one before."""
    begun = 0
    parts: list[str] = []
    for number, line in enumerate(re.split("\r\n|\n|\r", text), 1):
        if line[:1] in {" ", "\t"} and parts:
            parts.append(line[1:])
            continue
        if parts:
            yield begun, "".join(parts)
        begun, parts = number, [line] if line.strip() else []
    if parts:
        yield begun, "".join(parts)
