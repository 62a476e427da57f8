"""The event form: what its fields hold as text, and the document that this is to the API.

A field is named as the problems name it, `starts.wall`, `partners.0.name`; what is not typed is not in the mapping.
"""

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from events.kernel.errors import Problem
from events.kernel.spans import WallTime, WallTimeTwice
from events.kernel.words import N_
from events.programme.rules import Mode
from events.programme.rules.clashes import Acceptance
from events.programme.rules.limits import AffiliationType, Beyond
from events.reports.workspace.contents import KEPT_BY, LISTS, contents_in, placed, typed_contents
from events.web.posted import LongLine, parse

Typed = Mapping[str, str]
Document = Mapping[str, Any]

LANGUAGES = ("en", "fr")
TEXTS = ("title", "summary", "description", "theme", "admission")
_LINES = (
    "kind", "part_of", "standing_in_parent", "host_body", "session_number", "listing_url", "joining_link",
    "recording_url",
)  # fmt: skip
_NUMBERS = {
    "join_opens_minutes": 30,
    "hold_hours": 24,
    "promotion_stops_minutes": 60,
    "switch_stops_minutes": 0,
    "access_days": 7,
}
_SWITCHES = ("all_day", "prove_address", "approval", "waiting_list", "ask_access", "delegations")
_WORDS = ("languages", "interpretation", "accessibility", "tags")
_FURTHER_TIMES = re.compile(
    rf"(ends|opens|admission_step\.deadline|modes\.({'|'.join(Mode)})\.closes|plenary\.\d+\.(starts|ends))\.wall"
)
_WRITTEN_IN = re.compile(rf"({'|'.join(TEXTS)}|(?:\w+\.\d+\.)?(?:title|name|function|biography))\.([A-Za-z-]+)")
_SEPARATORS = re.compile(r"[,;،؛、，\n]")
_LONGEST_NUMBER = 4


def typed_of(document: Document) -> dict[str, str]:
    """The form as it is filled in for an event that there is."""
    words = {name: ", ".join(document.get(name, ())) for name in _WORDS}
    typed = dict(_flat("", {**document, **words, **typed_contents(document)}))
    for name in _further_times(typed):
        if typed.get(f"{name}.zone") == typed.get("starts.zone"):
            typed.pop(f"{name}.zone", None)  # so that it goes with the start when that moves to another zone
    if step := document.get("admission_step"):
        typed |= {"admission_step.offered": "true", "admission_step.remind_days": _listed(step["remind_days"])}
    return typed | {f"modes.{mode}.offered": "true" for mode in document.get("modes", {})}


def _listed(days: Iterable[int]) -> str:
    return ", ".join(map(str, days))


def _further_times(typed: Typed) -> list[str]:
    """The times that are in the zone of the start unless another is typed."""
    return [name.removesuffix(".wall") for name in typed if _FURTHER_TIMES.fullmatch(name)]


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
        typed[name] = f"{typed[name]}, {text}" if name in typed and name in _WORDS else text
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


def _rows(typed: Typed, list_name: str, part: str = "") -> Iterator[int]:
    return itertools.takewhile(lambda number: f"{list_name}.{number}{part}" in typed, itertools.count())


def languages_of(typed: Typed) -> list[str]:
    """English and French, and every further language that something is written in."""
    further = {found[2] for name, text in typed.items() if text.strip() and (found := _WRITTEN_IN.fullmatch(name))}
    return [*LANGUAGES, *sorted(further - {*LANGUAGES})]


def document_in(typed: Typed, before: Document) -> dict[str, Any]:
    """The document that the form stands for; what the form has no field for stays as it was `before`."""
    document = dict(before)
    for name in TEXTS:
        texts = {tag: typed.get(f"{name}.{tag}", "") for tag in languages_of(typed)}
        document[name] = {tag: text for tag, text in texts.items() if text.strip()}
    if not document["title"]:
        del document["title"]  # missing is what it is
    document |= {name: _line(typed, name) for name in _LINES}
    document |= {name: typed.get(name) == "true" for name in _SWITCHES}
    document |= {name: number_in(typed, name, default) for name, default in _NUMBERS.items()}
    document |= {name: _words(typed.get(name, ""), before.get(name, [])) for name in _WORDS}
    opens = wall_time_in(typed, "opens")
    document["opens"] = {"zone": typed.get("starts.zone", "")} | opens if "wall" in opens else None
    document["ask_affiliation"] = _line(typed, "ask_affiliation") or "off"
    document["affiliation_limit"] = _limit(typed)
    document["slug"] = _line(typed, "slug") or before.get("slug")
    document["starts"] = wall_time_in(typed, "starts")
    document["ends"] = {"zone": typed.get("starts.zone", "")} | wall_time_in(typed, "ends")
    document["also_show"] = [typed[f"also_show.{number}"].strip() for number in _rows(typed, "also_show")]
    document["partners"] = [
        {"name": typed[f"partners.{number}.name"], "role": typed.get(f"partners.{number}.role", "")}
        for number in _rows(typed, "partners", ".name")
    ]
    document |= contents_in(typed, languages_of(typed))
    document["admission_step"] = _step(typed) if typed.get("admission_step.offered") else None
    document["venue"] = _venue(typed)
    document["modes"] = {
        mode.value: _mode(typed, f"modes.{mode}") for mode in Mode if typed.get(f"modes.{mode}.offered")
    }
    return document


def _line(typed: Typed, name: str) -> str | None:
    return typed.get(name, "").strip() or None


def revision_in(typed: Typed) -> int:
    """What the form was filled in from; 0, which no event has, when it does not say."""
    text = typed.get("revision", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0  # noqa: PLR2004 - digits that fit


def number_in(typed: Typed, name: str, default: int | None = None) -> object:
    """A number if it is one; other text stays, to be refused in words."""
    text = _line(typed, name)
    return default if text is None else int(text) if re.fullmatch(r"-?\d{1,12}", text, re.ASCII) else text


def _degrees(typed: Typed, name: str) -> object:
    text = (_line(typed, name) or "").replace(",", ".").replace("−", "-")
    return float(text) if re.fullmatch(r"[-+]?\d{1,3}(\.\d{1,20})?", text, re.ASCII) else text or None


def _words(text: str, before: list[str]) -> list[str]:
    """Each once; what was there before keeps its place."""
    words = {word: None for part in _SEPARATORS.split(text) if (word := part.strip())}
    return [*(word for word in before if word in words), *(word for word in words if word not in before)]


def wall_time_in(typed: Typed, name: str) -> dict[str, Any]:
    time: dict[str, Any] = {part: text for part in ("wall", "zone") if (text := _line(typed, f"{name}.{part}"))}
    if (fold := typed.get(f"{name}.fold")) in {"0", "1"}:
        time["fold"] = int(fold)
    return time


def _venue(typed: Typed) -> dict[str, Any] | None:
    venue: dict[str, object] = {part: _line(typed, f"venue.{part}") for part in ("name", "address", "room")}
    venue |= {part: _degrees(typed, f"venue.{part}") for part in ("lat", "lon")}
    if not any(value is not None for value in venue.values()):
        return None
    return {**venue, "name": venue["name"] or ""}


def _limit(typed: Typed) -> dict[str, Any] | None:
    numbers = {kind.value: number_in(typed, f"affiliation_limit.by_type.{kind}") for kind in AffiliationType}
    limit = {
        "most": number_in(typed, "affiliation_limit.most"),
        "by_type": {kind: number for kind, number in numbers.items() if number is not None},
    }
    if limit["most"] is None and not limit["by_type"]:
        return None
    return limit | {
        "in_person_only": typed.get("affiliation_limit.in_person_only") == "true",
        "beyond": _line(typed, "affiliation_limit.beyond") or Beyond.REFUSED.value,
    }


def _step(typed: Typed) -> dict[str, Any]:
    name = "admission_step"
    deadline = wall_time_in(typed, f"{name}.deadline")
    days = [part.strip() for part in _SEPARATORS.split(typed.get(f"{name}.remind_days", "")) if part.strip()]
    return {
        "link": _line(typed, f"{name}.link"),
        "deadline": {"zone": typed.get("starts.zone", "")} | deadline if "wall" in deadline else None,
        "remind": _line(typed, f"{name}.remind") or "off",
        "remind_days": [int(day) if re.fullmatch(r"\d{1,4}", day, re.ASCII) else day for day in days],
    }


def _mode(typed: Typed, name: str) -> dict[str, Any]:
    closes = wall_time_in(typed, f"{name}.closes")
    return {
        "capacity": number_in(typed, f"{name}.capacity"),
        "overbooking": number_in(typed, f"{name}.overbooking", 0),
        "closes": {"zone": typed.get("starts.zone", "")} | closes if "wall" in closes else None,
    }


def patch_to(before: Document, after: Document) -> dict[str, Any]:
    """The JSON Merge Patch (RFC 7396) that makes `after` of `before`."""
    patch: dict[str, Any] = dict.fromkeys(before.keys() - after.keys())
    for name, value in after.items():
        was = before.get(name)
        if isinstance(was, Mapping) and isinstance(value, Mapping):
            if inner := patch_to(was, value):
                patch[name] = inner
        elif value != was:
            patch[name] = value
    return patch


_BESIDE = (
    (r"(languages|interpretation|accessibility|tags|slug|kind)\b.*", r"\1"),
    (r"admission_step\.remind_days\b.*", "admission_step.remind_days"),
    (r"admission_step", "admission_step.offered"),
    (
        r"(starts|ends|opens|admission_step\.deadline|modes\.\w+\.closes|plenary\.\d+\.(?:starts|ends))(\.instant)?",
        r"\1.wall",
    ),
    (r"(title|summary|description|theme|admission|reason|(?:documents|tracks|plenary)\.\d+\.(?:title|name))", r"\1.en"),
    (r"speakers\.(\d+)\.id", r"speakers.\1.name"),
    *LISTS,
    (r"venue", r"venue.name"),
    (r"modes\.(\w+)", r"modes.\1.capacity"),
    (r"partners", r"partners.0.name"),
)
_TWICE = N_("This time comes twice in {zone}, because clocks go back: first at {first}, then at {second}. Choose one.")


def beside_fields(problems: Iterable[Problem], typed: Typed) -> list[Problem]:
    """The problems, each at a field that the form has and in words for who fills it in."""
    shown: list[Problem] = []
    for problem in problems:
        field = problem.field
        for pattern, name in _BESIDE:
            if re.fullmatch(pattern, field):
                field = re.sub(pattern, name, field)
                break
        if field.endswith(".zone") and not typed.get(field) and _FURTHER_TIMES.fullmatch(f"{field[:-5]}.wall"):
            continue  # it is the start's, and said there
        message = _TWICE if field.endswith(".fold") and "first" in problem.params else problem.message
        shown.append(msgspec.structs.replace(problem, field=field, message=message))
    return shown


def times_told_twice(typed: Typed) -> dict[str, tuple[str, str]]:
    """The times that clocks show twice, with the offsets of the first and the second: only there is `fold` asked."""
    asked = {}
    for name in ("starts", *_further_times(typed)):
        try:
            WallTime.parse(typed.get(f"{name}.wall", ""), typed.get(f"{name}.zone") or typed.get("starts.zone", ""))
        except WallTimeTwice as twice:
            asked[name] = twice.offsets
        except ValueError:
            continue  # told beside its field
    return asked


class _AcceptanceForm(Struct):
    clash_reason: LongLine = ""


def acceptance_in(typed: Typed) -> Acceptance:
    """Why clashes do not matter, and which were told; raises Invalid for a reason that is too long."""
    form = parse(_AcceptanceForm, {"clash_reason": typed.get("clash_reason", "")})
    return Acceptance(form.clash_reason, frozenset(typed.get("clash_told", "").split()))
