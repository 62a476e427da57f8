"""The dates of what repeats (RFC 5545, 3.8.5), expanded by dateutil within bounds."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice

from msgspec import Struct

from events.infra.ics.lines import Component, Property
from events.kernel.errors import Note
from events.kernel.words import N_

MOST_DATES = 366
AHEAD = timedelta(days=366)
_NEVER = "2500"
"""Some programs write a year far away for a series without end."""
_YEARS = range(1500, 9000)
_LAST_MINUTE = datetime(2000, 1, 1, 23, 59)  # noqa: DTZ001 - a time of day
_FREQUENCIES = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}

_NOT_UNDERSTOOD = N_("How it repeats is not understood, so only its first date is taken: {rule}")
_TOO_OFTEN = N_("It repeats more often than {limit} times: the first {limit} dates are taken.")

Wall = Callable[[datetime], datetime]
"""An instant as the clocks show it where the series is."""


class Dates(Struct):
    """`starts` are as the clocks on the wall show them; `endless` has no last one, so that they are those ahead."""

    starts: list[datetime]
    endless: bool
    notes: list[Note]


def repeats(master: Component) -> bool:
    return master.find("RRULE", "RDATE") is not None


def dates_of(master: Component, first: datetime, wall: Wall, today: date) -> Dates:
    """All dates of a series that ends, the coming year's of one that does not."""
    from dateutil.rrule import rruleset  # noqa: PLC0415 - only an import needs it

    notes: list[Note] = []
    found = rruleset()
    found.rdate(first)
    now = datetime.combine(today, time())
    endless = False
    for one in master.properties.get("RRULE", ())[:10]:
        parts = dict(part.upper().split("=", 1) for part in "".join(one.value.split()).split(";") if "=" in part)
        if parts.get("UNTIL", "") >= _NEVER:
            del parts["UNTIL"]
        goes_on = not parts.keys() & {"UNTIL", "COUNT"}
        try:
            found.rrule(_rule(parts, first, wall, now + AHEAD if goes_on else None))
        except (ValueError, TypeError, KeyError, OverflowError):
            notes.append(Note(_NOT_UNDERSTOOD, {"rule": one.value[:100]}))
        else:
            endless = endless or goes_on
    for name, add in (("RDATE", found.rdate), ("EXDATE", found.exdate)):
        for moment in _moments(master.properties.get(name, ()), first, wall, notes):
            add(moment)
    starts = list(islice((start for start in found if not endless or start >= now), MOST_DATES + 1))
    if len(starts) > MOST_DATES:
        notes.append(Note(_TOO_OFTEN, {"limit": MOST_DATES}))
    return Dates(starts[:MOST_DATES], endless, notes)


def _rule(parts: dict[str, str], first: datetime, wall: Wall, horizon: datetime | None) -> object:
    from dateutil.rrule import rrulestr  # noqa: PLC0415 - same

    if parts.get("FREQ") not in _FREQUENCIES:
        raise ValueError("not a rule of days")
    if until := parts.pop("UNTIL", ""):
        end = moment_of(Property({}, until))
        last = wall(end) if isinstance(end, datetime) and end.tzinfo else end
        parts["UNTIL"] = f"{_at_wall(last, _LAST_MINUTE):%Y%m%dT%H%M%S}"
    elif horizon:
        parts["UNTIL"] = f"{horizon:%Y%m%dT%H%M%S}"
    return rrulestr(";".join(f"{name}={value}" for name, value in parts.items()), dtstart=first, ignoretz=True)


def moment_of(written: Property) -> date | datetime:
    """A date, a wall time, or an instant in UTC; raises ValueError."""
    from icalendar import vDDDTypes  # noqa: PLC0415 - same

    found = vDDDTypes.from_ical(written.value.strip())  # type: ignore[no-untyped-call]  # it has no annotations
    if isinstance(found, tuple):  # a period
        found = found[0]
    if not isinstance(found, date) or found.year not in _YEARS:
        raise ValueError("neither a date nor a time that can be reckoned with")
    return found


def _moments(written: Sequence[Property], first: datetime, wall: Wall, notes: list[Note]) -> list[datetime]:
    found = []
    for one in written[:1000]:
        for text in one.value.split(","):
            try:
                moment = moment_of(Property(one.params, text))
            except (ValueError, OverflowError):
                notes.append(
                    Note(N_("This date of the series means nothing and was left out: {text}"), {"text": text[:40]})
                )
                continue
            found.append(wall(moment) if isinstance(moment, datetime) and moment.tzinfo else _at_wall(moment, first))
    return found


def _at_wall(moment: date, like: datetime) -> datetime:
    """A bare date stands for the time of day that the series has."""
    if isinstance(moment, datetime):
        return moment.replace(tzinfo=None)
    return datetime.combine(moment, like.time())
