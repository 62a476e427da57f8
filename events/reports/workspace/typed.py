"""The event form: what its fields hold as text, and the document that this is to the API.

A field is named as the problems name it, `starts.wall`, `partners.0.name`; what is not typed is not in the mapping.
"""

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from events.programme.rules import Mode
from events.programme.rules.clashes import Acceptance
from events.reports.workspace.contents import KEPT_BY, placed, typed_contents
from events.web.posted import LongLine, parse

Typed = Mapping[str, str]
Document = Mapping[str, Any]

LANGUAGES = ("en", "fr")
TEXTS = ("title", "summary", "description", "theme", "admission")
WORDS = ("languages", "interpretation", "accessibility", "tags")
FURTHER_TIMES = re.compile(
    rf"(ends|opens|admission_step\.deadline|modes\.({'|'.join(Mode)})\.closes|plenary\.\d+\.(starts|ends))\.wall"
)
_WRITTEN_IN = re.compile(rf"({'|'.join(TEXTS)}|(?:\w+\.\d+\.)?(?:title|name|function|biography))\.([A-Za-z-]+)")
_LONGEST_NUMBER = 4


def typed_of(document: Document) -> dict[str, str]:
    """The form as it is filled in for an event that there is."""
    words = {name: ", ".join(document.get(name, ())) for name in WORDS}
    typed = dict(_flat("", {**document, **words, **typed_contents(document)}))
    for name in further_times(typed):
        if typed.get(f"{name}.zone") == typed.get("starts.zone"):
            typed.pop(f"{name}.zone", None)  # so that it goes with the start when that moves to another zone
    if step := document.get("admission_step"):
        typed |= {"admission_step.offered": "true", "admission_step.remind_days": _listed(step["remind_days"])}
    return typed | {f"modes.{mode}.offered": "true" for mode in document.get("modes", {})}


def _listed(days: Iterable[int]) -> str:
    return ", ".join(map(str, days))


def further_times(typed: Typed) -> list[str]:
    """The times that are in the zone of the start unless another is typed."""
    return [name.removesuffix(".wall") for name in typed if FURTHER_TIMES.fullmatch(name)]


def _flat(path: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _flat(f"{path}.{name}" if path else name, inner)
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            yield from _flat(f"{path}.{number}", inner)
    else:
        yield path, "" if value is None or value is False else "true" if value is True else str(value)


def typed_in(posted: Iterable[tuple[str, Any]]) -> dict[str, str]:
    """The form as it was sent: boxes of one name joined, a proposal that was taken put in its place, no empty rows."""
    typed: dict[str, str] = {}
    for name, value in posted:
        text = str(value).replace("\r\n", "\n")
        typed[name] = f"{typed[name]}, {text}" if name in typed and name in WORDS else text
    field, is_proposal, proposal = typed.pop("take", "").partition("=")
    if is_proposal:
        typed[field] = proposal
    for list_name, kept_by in {"partners": r"\.name", "also_show": "", **KEPT_BY}.items():
        _close_up(typed, list_name, re.compile(kept_by))
    return typed


_PREFILLED = re.compile(r"part_of|also_show\.[0-3]|(starts|ends)\.(wall|zone|fold)")


def prefilled(query: Typed) -> dict[str, str]:
    """What a link into the form may fill in: when it is, and what it is part of."""
    return {name: text for name, text in query.items() if text and _PREFILLED.fullmatch(name)}


def _close_up(typed: dict[str, str], list_name: str, kept_by: re.Pattern[str]) -> None:
    """Leave out the rows with nothing in what they are `kept_by`, so that numbers agree with those of the document.

    A row may be taken `off`, and say its `place` among the others.
    """
    rows: dict[int, dict[str, str]] = {}
    for name in [name for name in typed if name.startswith(f"{list_name}.")]:
        number, _, rest = name.removeprefix(f"{list_name}.").partition(".")
        text = typed.pop(name)
        if number.isascii() and number.isdecimal() and len(number) <= _LONGEST_NUMBER:
            rows.setdefault(int(number), {})[f".{rest}" if rest else ""] = text
    kept = [
        row
        for _, row in sorted(rows.items())
        if ".off" not in row and any(text.strip() for part, text in row.items() if kept_by.fullmatch(part))
    ]
    kept.sort(key=lambda row: placed(row.pop(".place", "")))
    for position, row in enumerate(kept):
        typed |= {f"{list_name}.{position}{name}": text for name, text in row.items()}


def row_numbers(typed: Typed, list_name: str, part: str = "") -> Iterator[int]:
    return itertools.takewhile(lambda number: f"{list_name}.{number}{part}" in typed, itertools.count())


def languages_of(typed: Typed) -> list[str]:
    """English and French, and every further language that something is written in."""
    further = {found[2] for name, text in typed.items() if text.strip() and (found := _WRITTEN_IN.fullmatch(name))}
    return [*LANGUAGES, *sorted(further - {*LANGUAGES})]


def revision_in(typed: Typed) -> int:
    """What the form was filled in from; 0, which no event has, when it does not say."""
    text = typed.get("revision", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0  # noqa: PLR2004 - digits that fit


class _AcceptanceForm(Struct):
    clash_reason: LongLine = ""


def acceptance_in(typed: Typed) -> Acceptance:
    """Why clashes do not matter, and which were told; raises Invalid for a reason that is too long."""
    form = parse(_AcceptanceForm, {"clash_reason": typed.get("clash_reason", "")})
    return Acceptance(form.clash_reason, frozenset(typed.get("clash_told", "").split()))
