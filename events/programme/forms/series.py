"""What may be posted to make a series of an event."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from events.kernel.errors import Invalid, Problem
from events.kernel.spans import TimeSpan
from events.kernel.words import N_
from events.programme.rules.recurrence import MOST_DATES, BadRule, read_rule
from events.programme.rules.series import Proposal, proposal
from events.web.posted import Line, LongLine

_YEARS = range(1970, 2199)  # well within those of spans.py


class SeriesForm(Struct):
    """`rule` is an RRULE (RFC 5545, 3.3.10) with COUNT or UNTIL; `exceptions` are dates, or wall times, without one.

    Dates that clocks skip get the time after the gap, those that they show twice the first of the two.
    """

    rule: LongLine
    exceptions: Annotated[list[Line], Meta(max_length=MOST_DATES)] = []
    publish: bool = False


def read_dates(form: SeriesForm, like: TimeSpan) -> tuple[list[Proposal], str]:
    """Each date by the hours of the first one, and the lines that say so; raises Invalid with every problem."""
    first, problems = like.starts.wall, list[Problem]()
    walls: list[datetime] = []
    try:
        walls = read_rule(form.rule).walls(first)
    except BadRule as bad:
        problems.append(Problem("rule", str(bad)))
    else:
        if len(walls) > MOST_DATES:
            problems.append(Problem("rule", N_("A series has {most} dates at most."), {"most": MOST_DATES}))
        elif any(wall.year not in _YEARS for wall in walls):
            problems.append(Problem("rule", N_("Write a date as 2027-02-05.")))
    named = [_named(text, walls, f"exceptions.{number}", problems) for number, text in enumerate(form.exceptions)]
    if problems:
        raise Invalid(problems)
    left_out = sorted({wall for wall in named if wall})
    lines = [f"RRULE:{form.rule.strip().upper().removeprefix('RRULE:')}"]
    if left_out:
        lines.append(f"EXDATE:{','.join(f'{wall:%Y%m%dT%H%M%S}' for wall in left_out)}")
    return [proposal(wall, like) for wall in walls if wall not in left_out], "\n".join(lines)


def _named(text: str, walls: list[datetime], field: str, problems: list[Problem]) -> datetime | None:
    """Which of the dates is meant."""
    try:
        meant = datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        problems.append(Problem(field, N_("Write a date as 2027-02-05.")))
        return None
    whole_day = len(text) == len("2027-02-05")
    found = [wall for wall in walls if (wall.date() == meant.date() if whole_day else wall == meant)]
    if walls and not found:
        problems.append(Problem(field, N_("The rule has no such date.")))
    return found[0] if found else None
