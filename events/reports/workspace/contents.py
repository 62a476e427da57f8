"""The part of the event form that is about speakers, documents, tracks, rooms and the plenary: lists of rows."""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Typed = Mapping[str, str]
Document = Mapping[str, Any]

KEPT_BY = {
    "speakers": r"\.name",
    "documents": r"\.(url|title\..*)",
    "tracks": r"\.name\..*",
    "rooms": "",
    "plenary": r"\.(starts|ends)\.wall",
}
"""Which fields of a row say that it is one."""
LISTS = (
    ("speakers", "speakers.0.name"),
    ("documents", "documents.0.url"),
    ("tracks", "tracks.0.name.en"),
    ("rooms", "rooms.0"),
    ("plenary", "plenary.0.starts.wall"),
)
"""Where a problem with a whole list is told."""
_REMOTE = {"true": True, "false": False}


def typed_contents(document: Document) -> dict[str, Any]:
    """What the form's fields hold that the document writes otherwise."""
    said = {value: word for word, value in _REMOTE.items()}
    speakers = document.get("speakers", ())
    return {"speakers": [{**speaker, "remote": said.get(speaker.get("remote"), "")} for speaker in speakers]}


def contents_in(typed: Typed, tags: Sequence[str]) -> dict[str, Any]:
    """`tags`: the languages that the form has fields for."""
    return {
        "speakers": [_speaker(typed, row, tags) for row in _rows(typed, "speakers", ".name")],
        "documents": [_document(typed, row, tags) for row in _rows(typed, "documents", ".url")],
        "track": _line(typed, "track"),
        "tracks": [_track(typed, row, tags) for row in _rows(typed, "tracks", ".colour")],
        "rooms": [typed[row] for row in _rows(typed, "rooms")],
        "plenary": [_sitting(typed, row, tags) for row in _rows(typed, "plenary", ".starts.wall")],
    }


def placed(typed: str) -> float:
    """Where a row stands that says so; who says nothing comes last."""
    return int(typed) if typed.strip().isdecimal() and len(typed) < 10 else math.inf  # noqa: PLR2004 - digits that fit


def _rows(typed: Typed, name: str, part: str = "") -> Iterator[str]:
    rows = (f"{name}.{number}" for number in itertools.count())
    return itertools.takewhile(lambda row: f"{row}{part}" in typed, rows)


def _speaker(typed: Typed, row: str, tags: Sequence[str]) -> dict[str, Any]:
    """Of who is new in the form, what is left empty is left out: the address book may know it."""
    number = typed.get(f"{row}.id", "").strip()
    said: dict[str, Any] = {
        "affiliation": _line(typed, f"{row}.affiliation"),
        "function": _texts(typed, f"{row}.function", tags),
        "biography": _texts(typed, f"{row}.biography", tags),
    }
    return {
        **{name: value for name, value in said.items() if value or number},
        "name": typed[f"{row}.name"],
        "role": typed.get(f"{row}.role", ""),
        "remote": _REMOTE.get(typed.get(f"{row}.remote", "")),
        "id": int(number) if number.isascii() and number.isdecimal() else number or None,
    }


def _document(typed: Typed, row: str, tags: Sequence[str]) -> dict[str, Any]:
    return {
        "url": typed[f"{row}.url"].strip(),
        "kind": typed.get(f"{row}.kind", ""),
        "title": _texts(typed, f"{row}.title", tags),
        "language": _line(typed, f"{row}.language"),
    }


def _track(typed: Typed, row: str, tags: Sequence[str]) -> dict[str, Any]:
    return {
        "name": _texts(typed, f"{row}.name", tags),
        "key": _line(typed, f"{row}.key"),
        "colour": _line(typed, f"{row}.colour"),
    }


def _sitting(typed: Typed, row: str, tags: Sequence[str]) -> dict[str, Any]:
    times = {end: _time(typed, f"{row}.{end}") for end in ("starts", "ends")}
    return {**times, "title": _texts(typed, f"{row}.title", tags)}


def _time(typed: Typed, name: str) -> dict[str, Any]:
    zone = _line(typed, f"{name}.zone") or typed.get("starts.zone", "")
    time: dict[str, Any] = {"wall": typed.get(f"{name}.wall", "").strip(), "zone": zone}
    if (fold := typed.get(f"{name}.fold")) in {"0", "1"}:
        time["fold"] = int(fold)
    return time


def _texts(typed: Typed, name: str, tags: Sequence[str]) -> dict[str, str]:
    return {tag: text for tag in tags if (text := typed.get(f"{name}.{tag}", "")).strip()}


def _line(typed: Typed, name: str) -> str | None:
    return typed.get(name, "").strip() or None
