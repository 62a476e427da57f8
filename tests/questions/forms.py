"""Forms to ask with, as they are posted."""

from typing import Any

from events.questions.forms import read_form
from events.questions.rules import Form

Posted = dict[str, Any]


def a_question(kind: str, name: str, **changes: Any) -> Posted:
    question: Posted = {"kind": kind, "name": name, "label": {"en": name.replace("_", " ").capitalize()}}
    if kind.endswith("_choice") and "choices" not in changes:
        question["choices"] = [{"key": key, "label": {"en": key.upper()}} for key in ("a", "b", "c")]
    return question | changes


def asking(*questions: Posted) -> Posted:
    return {"sections": [{"title": {"en": "About you"}, "questions": list(questions)}]}


def only_if(question: str, *values: str) -> list[Posted]:
    return [{"question": question, "values": list(values)}]


def a_form(*questions: Posted) -> Form:
    return read_form(asking(*questions))
