from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, TypeGuard

from msgspec import Meta, Struct
from msgspec.structs import replace

from events.checkin.rules import Direction
from events.kernel.errors import Invalid, Problem
from events.kernel.words import N_
from events.programme.forms.times import WallTimeForm, wall_time
from events.web.posted import parse

MOST_SCANS = 500
_YEARS = range(1970, 2200)


class DoorForm(Struct):
    """`reentry`: who goes out may come in again with the same ticket. `opens_at`: before, it answers `too_early`."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    reentry: bool = False
    opens_at: Annotated[datetime, Meta(tz=True)] | None = None


class ScanForm(Struct, kw_only=True):
    """What was read, when by the clock of who read it, and a nonce that makes sending it again safe."""

    code: Annotated[str, Meta(min_length=1)]
    scanned_at: Annotated[datetime, Meta(tz=True)] | None = None
    nonce: Annotated[str, Meta(min_length=1, max_length=100)] | None = None
    direction: Direction = Direction.IN


class ScansForm(Struct):
    scans: list[ScanForm]


def are_several(posted: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(posted, dict) and "scans" in posted


def read_scans(posted: object) -> list[ScanForm]:
    """One scan, or several as `{"scans": […]}`; raises Invalid with every problem."""
    if are_several(posted):
        if isinstance(posted["scans"], list) and len(posted["scans"]) > MOST_SCANS:
            raise Invalid.of("scans", N_("Send at most {most} scans at once."), most=MOST_SCANS)
        scans = parse(ScansForm, posted).scans
    else:
        scans = [parse(ScanForm, posted)]
    problems = [
        Problem(
            f"scans.{number}.scanned_at" if are_several(posted) else "scanned_at",
            N_("Nothing was scanned at such a time."),
        )
        for number, scan in enumerate(scans)
        if scan.scanned_at and scan.scanned_at.year not in _YEARS
    ]
    if problems:
        raise Invalid(problems)
    return scans


def read_door(posted: object) -> DoorForm:
    return parse(DoorForm, posted)


def read_typed_door(typed: Mapping[str, Any], zone: str) -> DoorForm:
    """A door as the workspace's form has it: `opens.wall` is what clocks at the event show, or empty."""
    problems: list[Problem] = []
    opens = None
    if typed["opens.wall"]:
        opens = wall_time(WallTimeForm(typed["opens.wall"], zone, fold=0), "opens", problems)
    try:
        form = read_door({"name": typed["name"], "reentry": typed["reentry"]})
    except Invalid as invalid:
        raise Invalid([*invalid.problems, *problems]) from None
    if problems:
        raise Invalid(problems)
    return replace(form, opens_at=opens.instant if opens else None)
