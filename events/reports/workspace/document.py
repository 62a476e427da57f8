"""The document of an event, as the API has it, that a form stands for."""

import re
from collections.abc import Mapping
from typing import Any

from events.programme.rules import Mode
from events.programme.rules.limits import AffiliationType, Beyond
from events.reports.workspace.contents import contents_in
from events.reports.workspace.typed import TEXTS, WORDS, Document, Typed, languages_of, row_numbers

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
_SEPARATORS = re.compile(r"[,;،؛、，\n]")


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
    document |= {name: _words(typed.get(name, ""), before.get(name, [])) for name in WORDS}
    opens = wall_time_in(typed, "opens")
    document["opens"] = {"zone": typed.get("starts.zone", "")} | opens if "wall" in opens else None
    document["ask_affiliation"] = _line(typed, "ask_affiliation") or "off"
    document["affiliation_limit"] = _limit(typed)
    document["slug"] = _line(typed, "slug") or before.get("slug")
    document["starts"] = wall_time_in(typed, "starts")
    document["ends"] = {"zone": typed.get("starts.zone", "")} | wall_time_in(typed, "ends")
    document["also_show"] = [typed[f"also_show.{number}"].strip() for number in row_numbers(typed, "also_show")]
    document["partners"] = [
        {"name": typed[f"partners.{number}.name"], "role": typed.get(f"partners.{number}.role", "")}
        for number in row_numbers(typed, "partners", ".name")
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
