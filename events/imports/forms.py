"""What may be chosen about a file before it is imported."""

import re
from collections.abc import Mapping, Sequence

from events.imports.columns import LABELS
from events.imports.rules import Choices, Decision
from events.kernel.errors import Invalid, Problem
from events.kernel.spans import zone_names
from events.kernel.words import N_
from events.programme.rules import EventBrief, Kind

Typed = Mapping[str, str]
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def read_choices(
    typed: Typed, *, zones: Sequence[str], headings: Sequence[str], conferences: Sequence[EventBrief]
) -> Choices:
    """`zones` are what the file calls its own, by their number in the form. Raises Invalid."""
    problems: list[Problem] = []
    known = set(zone_names())
    chosen = {tzid: name for number, tzid in enumerate(zones) if (name := typed.get(f"zones.{number}", "").strip())}
    for field, name in [("zone", typed.get("zone", "").strip()), *_numbered("zones", chosen, zones)]:
        if name and name not in known:
            told = N_("There is no time zone “{name}”. Write it as Africa/Casablanca.")
            problems.append(Problem(field, told, {"name": name[:60]}))
    kind = typed.get("kind", "")
    if kind and kind not in set(Kind):
        problems.append(Problem("kind", N_("Choose one of the list.")))
    part_of = typed.get("part_of", "").strip()
    if part_of and part_of not in {one.slug for one in conferences}:
        problems.append(
            Problem("part_of", N_("There is no event “{slug}” of this organisation."), {"slug": part_of[:80]})
        )
    language = typed.get("language", "en")
    if not _LANGUAGE.fullmatch(language):
        problems.append(Problem("language", N_("Choose one of the list.")))
    columns = _columns(typed, headings, problems)
    if problems:
        raise Invalid(problems)
    return Choices(
        zone=typed.get("zone", "").strip(),
        zones=chosen,
        language=language,
        kind=Kind(kind) if kind else None,
        part_of=part_of,
        publish=typed.get("publish") == "true",
        columns=columns,
        day_first=typed.get("day_first", "true") == "true",
        make_tracks=typed.get("make_tracks") == "true",
    )


def _numbered(name: str, chosen: Mapping[str, str], keys: Sequence[str]) -> list[tuple[str, str]]:
    return [(f"{name}.{number}", chosen[key]) for number, key in enumerate(keys) if key in chosen]


def _columns(typed: Typed, headings: Sequence[str], problems: list[Problem]) -> dict[str, str]:
    columns: dict[str, str] = {}
    for number in range(len(headings)):
        field = typed.get(f"columns.{number}", "")
        if not field:
            continue
        if field not in LABELS:
            problems.append(Problem(f"columns.{number}", N_("Choose one of the list.")))
        elif field in columns.values():
            problems.append(
                Problem(f"columns.{number}", N_("Another column holds this already. Choose one of the two."))
            )
        else:
            columns[str(number)] = field
    return columns


def read_decisions(typed: Typed) -> dict[int, Decision]:
    """`decide.12`: `keep:3` or `overwrite:3`, with the revision that the event had when it was asked."""
    decisions = {}
    for name, value in typed.items():
        row = name.removeprefix("decide.")
        found = re.fullmatch(r"(keep|overwrite):(\d{1,9})", value, re.ASCII)
        if row != name and re.fullmatch(r"\d{1,9}", row, re.ASCII) and found:
            decisions[int(row)] = Decision(found[1] == "overwrite", int(found[2]))
    return decisions
