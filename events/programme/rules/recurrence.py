"""Rules by which dates repeat (RFC 5545, 3.3.10), as clocks on the wall show them, whatever is done to the clocks."""

import re
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from itertools import islice
from typing import Any

from dateutil.rrule import DAILY, FR, MO, MONTHLY, SA, SU, TH, TU, WE, WEEKLY, YEARLY, rrule
from msgspec import Struct

from events.kernel.words import N_

MOST_DATES = 200
_HORIZON = timedelta(days=3653)
_FREQUENCIES = {"DAILY": DAILY, "WEEKLY": WEEKLY, "MONTHLY": MONTHLY, "YEARLY": YEARLY}
WEEKDAYS = {"MO": MO, "TU": TU, "WE": WE, "TH": TH, "FR": FR, "SA": SA, "SU": SU}
_DAY = re.compile(r"([+-]?[1-9]\d?)?(MO|TU|WE|TH|FR|SA|SU)")
_UNTIL = re.compile(r"(\d{8})(?:T\d{6}Z?)?")
_NUMBERS = {"BYMONTHDAY": range(-31, 32), "BYMONTH": range(1, 13), "BYSETPOS": range(-5, 6)}


# What a rule of this kind may say: nothing that could look for ever for a date that there is not.
_MAY_SAY = {
    "DAILY": set[str](),
    "WEEKLY": {"BYDAY"},
    "MONTHLY": {"BYDAY", "BYMONTHDAY", "BYSETPOS"},
    "YEARLY": {"BYDAY", "BYMONTHDAY", "BYMONTH"},
}
_LONGEST_MONTHS = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}
_MOST_DIGITS = 4


class BadRule(ValueError):
    """In words that say what to do."""


class Rule(Struct, frozen=True):
    """`days` are weekdays, each with which of the month it is, 0 for every one; `until` is the last day."""

    text: str
    frequency: str
    interval: int = 1
    count: int | None = None
    until: datetime | None = None
    days: tuple[tuple[int, str], ...] = ()
    numbers: Mapping[str, tuple[int, ...]] = {}
    week_start: str = "MO"

    def walls(self, first: datetime) -> list[datetime]:
        """From the first on, which is one of them in any case; one more than may be, if there are more."""
        last = min(self.until or datetime.max, first + _HORIZON)  # noqa: DTZ901 - of the wall
        found = rrule(
            _FREQUENCIES[self.frequency],
            dtstart=first,
            interval=self.interval,
            until=last,
            wkst=WEEKDAYS[self.week_start],
            byweekday=[WEEKDAYS[day](nth) if nth else WEEKDAYS[day] for nth, day in self.days] or None,
            **{name.lower(): list(values) for name, values in self.numbers.items()},
        )
        return sorted({first, *islice(found, min(self.count or MOST_DATES + 1, MOST_DATES + 1))})


def read_rule(text: str) -> Rule:
    """Raises BadRule for what is no rule, repeats within a day, or never ends."""
    plain = text.strip().upper().removeprefix("RRULE:")
    parts = dict(part.split("=", 1) for part in plain.split(";") if "=" in part)
    if len(parts) != len([part for part in plain.split(";") if part]):
        raise BadRule(N_("Write a rule as FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;UNTIL=20270630, each part once."))
    frequency = parts.pop("FREQ", "")
    if frequency not in _FREQUENCIES:
        raise BadRule(N_("FREQ must be DAILY, WEEKLY, MONTHLY or YEARLY."))
    by = {name for name in parts if name.startswith("BY")}
    if by - _MAY_SAY[frequency] or {"BYDAY", "BYMONTHDAY"} <= by or ("BYSETPOS" in by and "BYDAY" not in by):
        raise BadRule(N_("This rule says more than is understood here. Leave out what you can, or write the dates."))
    rule = Rule(
        text=plain,
        frequency=frequency,
        interval=_positive(parts.pop("INTERVAL", "1")),
        count=_positive(parts.pop("COUNT")) if "COUNT" in parts else None,
        until=_until(parts.pop("UNTIL")) if "UNTIL" in parts else None,
        days=_days(parts.pop("BYDAY")) if "BYDAY" in parts else (),
        numbers={name: _numbers(parts.pop(name), allowed) for name, allowed in _NUMBERS.items() if name in parts},
        week_start=_one_of(WEEKDAYS, parts.pop("WKST", "MO")),
    )
    if parts:
        raise BadRule(N_("This rule says more than is understood here. Leave out what you can, or write the dates."))
    if (rule.count is None) == (rule.until is None):
        raise BadRule(N_("Say until when, or how many dates: one of the two."))
    if frequency == "WEEKLY" and any(nth for nth, _ in rule.days):
        raise BadRule(N_("Which weekday of the month can be said of months and years only."))
    months, days = rule.numbers.get("BYMONTH", (1,)), rule.numbers.get("BYMONTHDAY", (1,))
    if min(map(abs, days)) > max(_LONGEST_MONTHS.get(month, 31) for month in months):
        raise BadRule(N_("There is no such day in that month."))
    return rule


def _positive(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS and int(text)):
        raise BadRule(N_("Write numbers from 1 on."))
    return int(text)


def _until(text: str) -> datetime:
    found = _UNTIL.fullmatch(text)
    try:
        day = datetime.strptime(found[1] if found else "", "%Y%m%d")  # noqa: DTZ007 - of the wall
    except ValueError:
        raise BadRule(N_("Write the last day as UNTIL=20270630.")) from None
    return datetime.combine(day, time(23, 59))


def _days(text: str) -> tuple[tuple[int, str], ...]:
    found = [_DAY.fullmatch(part) for part in text.split(",")]
    if not all(found):
        raise BadRule(N_("Write weekdays as BYDAY=TU,TH, or 2TU for the second Tuesday, -1FR for the last Friday."))
    return tuple((int(one[1] or 0), one[2]) for one in found if one)


def _numbers(text: str, allowed: range) -> tuple[int, ...]:
    parts = text.split(",")
    if not all(re.fullmatch(r"[+-]?\d{1,3}", part, re.ASCII) and int(part) in allowed and int(part) for part in parts):
        raise BadRule(N_("Write numbers from 1 on."))
    return tuple(map(int, parts))


def _one_of(known: Mapping[str, Any], text: str) -> str:
    if text not in known:
        raise BadRule(N_("Write weekdays as BYDAY=TU,TH, or 2TU for the second Tuesday, -1FR for the last Friday."))
    return text
