"""What a list or a feed may be asked for."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from events.kernel.errors import Invalid, Problem
from events.kernel.words import N_
from events.programme.rules import Kind, Mode
from events.programme.rules.filters import Filters
from events.web.posted import Line, parse


class FiltersForm(Struct):
    """The query of lists, feeds and `GET /events`; `from` and `to` are dates, or instants with an offset."""

    q: Line = ""
    since: Annotated[str, Meta(max_length=40)] = msgspec.field(name="from", default="")
    until: Annotated[str, Meta(max_length=40)] = msgspec.field(name="to", default="")
    mode: Mode | None = None
    kind: Kind | None = None
    organisation: Line = ""
    part_of: Line = ""
    language: Annotated[str, Meta(max_length=35)] = ""
    tag: Line = ""
    venue: Line = ""


def read_filters(query: Mapping[str, str]) -> Filters:
    """Raises Invalid for values that mean nothing; other names in the query are not ours to judge."""
    names = {field.encode_name for field in msgspec.structs.fields(FiltersForm)}
    form = parse(FiltersForm, {name: value for name, value in query.items() if value and name in names})
    problems: list[Problem] = []
    since, until = _moment(form.since, "from", problems), _moment(form.until, "to", problems, days=1)
    if problems:
        raise Invalid(problems)
    plain = ("mode", "kind", "organisation", "part_of", "language", "tag", "venue")
    given: dict[str, Any] = {name: getattr(form, name) or None for name in plain}
    return Filters(q=form.q, since=since, until=until, **given)


def _moment(text: str, field: str, problems: list[Problem], *, days: int = 0) -> datetime | None:
    """A date is its first instant in UTC, or with `days` the first after it."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) + timedelta(days=days) if moment.tzinfo is None else moment
    except (ValueError, OverflowError):
        problems.append(Problem(field, N_("Write a date as 2027-02-05.")))
        return None
