"""A link for early registration, as the workspace's form has it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta, Struct
from msgspec.structs import replace

from events.kernel.errors import Invalid, Problem
from events.programme.forms.times import WallTimeForm, wall_time
from events.web.posted import parse


class EarlyLinkForm(Struct):
    """`name` is what organisers call it; without `most_uses` and `ends_at` it works until it is revoked."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    after_closing: bool = False
    most_uses: Annotated[int, Meta(ge=1, le=100_000)] | None = None
    ends_at: datetime | None = None


def read_typed_link(typed: Mapping[str, str], zone: str) -> EarlyLinkForm:
    """`ends.wall` is what clocks at the event show, or empty; raises Invalid with every problem."""
    problems: list[Problem] = []
    ends = None
    if typed["ends.wall"]:
        ends = wall_time(WallTimeForm(typed["ends.wall"], zone, fold=0), "ends", problems)
    uses: Any = typed["most_uses"].strip()
    number = int(uses) if uses.isascii() and uses.isdecimal() and len(uses) < 10 else uses  # noqa: PLR2004 - digits
    posted = {"name": typed["name"], "after_closing": typed["after_closing"] == "true"}
    try:
        form = parse(EarlyLinkForm, posted | ({"most_uses": number} if uses else {}))
    except Invalid as invalid:
        raise Invalid([*invalid.problems, *problems]) from None
    if problems:
        raise Invalid(problems)
    return replace(form, ends_at=ends.instant if ends else None)
