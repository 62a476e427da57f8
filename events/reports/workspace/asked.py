"""A question's form: what its fields hold as text, and the document that this is to the API."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from events.kernel.words import Text
from events.questions.forms import without_id
from events.questions.rules import BOUNDED, CHOICES, Asked, Form, Kind, Question
from events.reports.workspace.typed import LANGUAGES, Typed

EMPTY_ROWS = 3
_LONGEST_NUMBER = 6


def typed_of_question(question: Question) -> dict[str, Any]:
    """The form as it is filled in for a question that there is."""
    document = without_id(question)
    typed: dict[str, Any] = {name: str(document.get(name) or "") for name in ("name", "kind", "least", "most")}
    typed |= {name: "true" for name in ("required", "sensitive") if document.get(name)}
    typed |= {
        "asked": question.asked.value,
        "purge_days": "" if question.purge_days is None else str(question.purge_days),
    }
    for name in ("label", "help"):
        typed |= {f"{name}.{tag}": words for tag, words in document.get(name, {}).items()}
    for number, choice in enumerate(question.choices):
        typed |= {f"choices.{number}.key": choice.key, f"choices.{number}.capacity": str(choice.capacity or "")}
        typed |= {f"choices.{number}.label.{tag}": words for tag, words in choice.label.items()}
    typed["show_if"] = [f"{one.question}={value}" for one in question.show_if for value in one.values]
    return typed


def typed_in_question(posted: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """The form as it was sent, without the rows in which nothing is written."""
    typed: dict[str, Any] = {"show_if": []}
    rows: dict[int, dict[str, str]] = {}
    for name, value in posted:
        text = str(value).replace("\r\n", "\n")
        found = re.fullmatch(rf"choices\.(\d{{1,{_LONGEST_NUMBER}}})\.(.+)", name, re.ASCII)
        if found:
            rows.setdefault(int(found[1]), {})[found[2]] = text
        elif name == "show_if":
            typed["show_if"].append(text)
        else:
            typed[name] = text
    written = [
        row for _, row in sorted(rows.items()) if any(row[name].strip() for name in row.keys() - {"key", "place"})
    ]
    for number, row in enumerate(sorted(written, key=_place)):
        typed |= {f"choices.{number}.{name}": text for name, text in row.items()}
    return typed


def document_in_question(typed: Mapping[str, Any], kind: Kind) -> dict[str, Any]:
    """The document that the form stands for; it is read as a program's is."""
    document: dict[str, Any] = {"kind": kind.value, "asked": typed.get("asked", Asked.REGISTERING.value)}
    document |= {name: text_in(typed, name) for name in ("label", "help")}
    document |= {name: typed.get(name) == "true" for name in ("required", "sensitive")}
    if name := str(typed.get("name", "")).strip():
        document["name"] = name
    if document["sensitive"] and (days := _number(typed.get("purge_days", ""))) != "":
        document["purge_days"] = days
    if kind in BOUNDED:
        document |= {name: str(typed.get(name, "")).strip() or None for name in ("least", "most")}
    if kind in CHOICES:
        document["choices"] = [_choice(typed, f"choices.{number}") for number in range(choice_rows(typed))]
    conditions: dict[str, list[str]] = {}
    for one in typed.get("show_if", ()):
        question, _, value = one.partition("=")
        conditions.setdefault(question, []).append(value)
    document["show_if"] = [{"question": name, "values": values} for name, values in conditions.items()]
    return document


def text_in(typed: Typed, name: str) -> dict[str, str]:
    texts = {key.removeprefix(f"{name}."): text for key, text in typed.items() if key.startswith(f"{name}.")}
    return {tag: text for tag, text in texts.items() if text.strip()}


def choice_rows(typed: Mapping[str, Any]) -> int:
    numbers = [int(found[1]) for name in typed if (found := re.match(r"choices\.(\d+)\.", name))]
    return max(numbers, default=-1) + 1


def _choice(typed: Mapping[str, Any], row: str) -> dict[str, Any]:
    choice: dict[str, Any] = {"label": text_in(typed, f"{row}.label")}
    if key := str(typed.get(f"{row}.key", "")).strip():
        choice["key"] = key
    if (capacity := _number(typed.get(f"{row}.capacity", ""))) != "":
        choice["capacity"] = capacity
    return choice


def _place(row: Mapping[str, str]) -> float:
    """Where a choice should stand: its number, which may be written over."""
    text = row.get("place", "").strip().replace(",", ".")
    return float(text) if re.fullmatch(r"\d{1,4}(\.\d{1,3})?", text, re.ASCII) else float("inf")


def _number(text: object) -> object:
    """A number if it is one; other text stays, to be refused in words."""
    written = str(text).strip()
    return int(written) if re.fullmatch(r"-?\d{1,9}", written, re.ASCII) else written


class Untold(Struct, frozen=True):
    """Something that is written in other languages and not in this one."""

    language: str
    question: int
    name: str


def untold(form: Form) -> list[Untold]:
    """Every question of which something is missing in one of our languages; 0 for a section's heading."""
    found = []
    for section in form.sections:
        found += [Untold(tag, 0, str(section.id)) for tag in _missing([section.title, section.about])]
        for question in section.questions:
            texts = [question.label, question.help, *(choice.label for choice in question.choices)]
            found += [Untold(tag, question.id, question.name) for tag in _missing(texts)]
    return found


def _missing(texts: Iterable[Text]) -> list[str]:
    written = [text for text in texts if text]
    return [tag for tag in LANGUAGES if any(tag not in text for text in written)]
