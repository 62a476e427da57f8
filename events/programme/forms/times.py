"""A wall time as it is posted, and what is wrong with one in words that say what to do."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from events.kernel.errors import Problem
from events.kernel.spans import NotAWallTime, UnknownZone, WallTime, WallTimeInGap, WallTimeTwice
from events.kernel.words import N_

IN_GAP = N_(
    "This time does not exist in {zone}: clocks are put forward past it. Take {proposal};"
    " the nearest that exist are {before} and {after}."
)
TWICE = N_(
    "This time comes twice in {zone}, because clocks go back: first at {first}, then at {second}. Say which, 0 or 1."
)


class WallTimeForm(Struct):
    """`fold` 0 or 1 says which of two when clocks go back; an `instant` that is sent along must agree."""

    wall: Annotated[str, Meta(max_length=40)]
    zone: Annotated[str, Meta(max_length=64)]
    fold: Annotated[int, Meta(ge=0, le=1)] | None = None
    instant: Annotated[str, Meta(max_length=40)] | None = None


def wall_time(form: WallTimeForm, path: str, problems: list[Problem], *, all_day: bool = False) -> WallTime | None:
    """The time that was meant, or None and its problem in words that say what to do."""
    try:
        if all_day:
            day = datetime.fromisoformat(form.wall)
            return WallTime.midnight(day.date(), form.zone)
        time = WallTime.parse(form.wall, form.zone, form.fold)
        if form.instant is not None and datetime.fromisoformat(form.instant) != time.local:
            problems.append(
                Problem(
                    f"{path}.instant",
                    N_("This is another moment than the wall time in its zone. Leave it out: it is derived."),
                )
            )
        return time
    except UnknownZone as error:
        hint = N_("There is no time zone “{name}”. Did you mean {suggestion}?")
        plain = N_("There is no time zone “{name}”. Write it as Africa/Casablanca.")
        problems.append(
            Problem(
                f"{path}.zone",
                hint if error.suggestion else plain,
                {"name": error.name[:60], "suggestion": error.suggestion},
            )
        )
    except WallTimeInGap as error:
        before, after = (_text(wall) for wall in error.nearest)
        times = {"zone": error.zone, "proposal": _text(error.proposal), "before": before, "after": after}
        problems.append(Problem(f"{path}.wall", IN_GAP, times))
    except WallTimeTwice as error:
        first, second = error.offsets
        problems.append(Problem(f"{path}.fold", TWICE, {"zone": error.zone, "first": first, "second": second}))
    except (NotAWallTime, ValueError):
        problems.append(
            Problem(f"{path}.wall", N_("Write date and time as 2027-02-05T13:15, in a year from 1970 to 2199."))
        )
    return None


def _text(wall: datetime) -> str:
    return wall.isoformat(sep=" ", timespec="minutes")
