"""What is told beside a field of the event form."""

import re
from collections.abc import Iterable

import msgspec

from events.kernel.errors import Problem
from events.kernel.spans import WallTime, WallTimeTwice
from events.kernel.words import N_
from events.reports.workspace.contents import LISTS
from events.reports.workspace.typed import FURTHER_TIMES, Typed, further_times

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
        if field.endswith(".zone") and not typed.get(field) and FURTHER_TIMES.fullmatch(f"{field[:-5]}.wall"):
            continue  # it is the start's, and said there
        message = _TWICE if field.endswith(".fold") and "first" in problem.params else problem.message
        shown.append(msgspec.structs.replace(problem, field=field, message=message))
    return shown


def times_told_twice(typed: Typed) -> dict[str, tuple[str, str]]:
    """The times that clocks show twice, with the offsets of the first and the second: only there is `fold` asked."""
    asked = {}
    for name in ("starts", *further_times(typed)):
        try:
            WallTime.parse(typed.get(f"{name}.wall", ""), typed.get(f"{name}.zone") or typed.get("starts.zone", ""))
        except WallTimeTwice as twice:
            asked[name] = twice.offsets
        except ValueError:
            continue  # told beside its field
    return asked
