"""Dates and times as people type them into tables, in English and French."""

import re
from collections.abc import Mapping
from datetime import date, time
from typing import Any

from msgspec import Struct

from events.imports.words import month_in, weekday_in
from events.kernel.words import N_

_WEEKDAY = re.compile(r"([^\W\d_]+)\.?,?\s+")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]+(.+))?")
_NUMBERS = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4}|\d{2})(?:[ ,]+(.+))?")
_WORD = re.compile(r"[^\W\d_]+\.?|\d+", re.UNICODE)
_TIME = re.compile(
    r"(\d{1,2})\s*(?:(?:[:.]|h|heures?)\s*(\d{2})?(?:[:.]\d{2}(?:\.\d+)?)?)?\s*([ap]\.?\s?m\.?)?", re.IGNORECASE
)
_BETWEEN = re.compile(r"\s*(?:[-–—−]|\bto\b|\buntil\b|\bà\b|\bjusqu'à\b|\ba\b(?!\.?m))\s*", re.IGNORECASE)
_NAMED = {"noon": time(12), "midday": time(12), "midi": time(12), "midnight": time(), "minuit": time()}
_CENTURY = 2000
_ORDINAL = re.compile(r"(\d)(?:st|[nr]d|th|er|ère)\b", re.IGNORECASE)
_NOON = 12


class Unclear(ValueError):
    """A cell that means nothing; `message` and `params` as in Problem."""

    def __init__(self, message: str, **params: Any) -> None:
        super().__init__(message)
        self.message: str = message
        self.params: Mapping[str, Any] = params


class Day(Struct, frozen=True):
    """A date, and what stands behind it in the same cell."""

    date: date
    rest: str = ""


def read_day(text: str, *, day_first: bool = True, year: int | None = None) -> Day:
    """`2027-02-05`, `05/02/2027`, `Friday 5 February 2027`; raises Unclear. `year` where the text has none."""
    named = _WEEKDAY.match(text)
    weekday = weekday_in(named[1]) if named else None
    found = _read_day(text[named.end() :] if named and weekday is not None else text, day_first=day_first, year=year)
    if weekday is not None and weekday != found.date.weekday():
        raise Unclear(N_("The weekday is not that of the date: {text} is {date}."), text=text[:40], date=found.date)
    return found


def _read_day(text: str, *, day_first: bool, year: int | None) -> Day:
    if found := _ISO.fullmatch(text):
        return _day(text, found[1], found[2], found[3], found[4])
    if found := _NUMBERS.fullmatch(text):
        day, month = (found[1], found[2]) if day_first else (found[2], found[1])
        if int(month) > 12 >= int(day):  # noqa: PLR2004 - there is one way to read it
            day, month = month, day
        return _day(text, found[3], month, day, found[4])
    return _written_out(text, year)


def _day(text: str, year: str, month: str, day: str, rest: str | None = None) -> Day:
    full_year = int(year) if len(year) > 2 else _CENTURY + int(year)  # noqa: PLR2004 - digits
    try:
        return Day(date(full_year, int(month), int(day)), (rest or "").strip())
    except ValueError:
        raise Unclear(N_("There is no such date: {text}"), text=text[:40]) from None


def _written_out(text: str, year: int | None) -> Day:
    words = _WORD.findall(_ORDINAL.sub(r"\1", text))
    months = [month for word in words if (month := month_in(word))]
    numbers = [word for word in words if word.isdecimal()]
    days = [word for word in numbers if len(word) <= 2]  # noqa: PLR2004 - digits
    years = [word for word in numbers if len(word) == 4] or ([str(year)] if year else [])  # noqa: PLR2004 - digits
    if len(months) != 1 or len(days) != 1 or len(years) != 1:
        raise Unclear(N_("Write the date as 2027-02-05 or 05/02/2027: {text}"), text=text[:40])
    return _day(text, years[0], str(months[0]), days[0])


def read_times(text: str) -> tuple[time, time | None]:
    """`13:15`, `1.15 pm`, `13h15`, and `13:15 – 14:30` with its end; raises Unclear."""
    first, *others = [part for part in _BETWEEN.split(text.strip()) if part] or [""]
    if len(others) > 1:
        raise Unclear(N_("Write the time as 13:15: {text}"), text=text[:40])
    if not others:
        return _time(first, text), None
    ends = _time(others[0], text)
    half = re.search(r"[ap]\.?\s?m\.?$", others[0].strip(), re.IGNORECASE)
    if half is None or re.search(r"[ap]\.?\s?m\.?$", first.strip(), re.IGNORECASE):
        return _time(first, text), ends
    starts = _time(f"{first} {half[0]}", text)  # 1–2.30 pm, 11–1 pm
    return (starts if starts <= ends else _time(f"{first} am", text)), ends


def _time(part: str, text: str) -> time:
    if (named := _NAMED.get(part.strip().casefold())) is not None:
        return named
    found = _TIME.fullmatch(part.strip())
    if found is None or not (found[3] or re.search(r"[:.hH]", part)):
        raise Unclear(N_("Write the time as 13:15: {text}"), text=text[:40])
    hour, minute = int(found[1]), int(found[2] or 0)
    if found[3] and not 1 <= hour <= _NOON:
        raise Unclear(N_("There is no such time: {text}"), text=text[:40])
    if found[3]:
        hour = hour % _NOON + (_NOON if found[3][0] in "pP" else 0)
    try:
        return time(hour, minute)
    except ValueError:
        raise Unclear(N_("There is no such time: {text}"), text=text[:40]) from None


def read_number(text: str) -> int | None:
    """A number of places; None for “no limit”."""
    plain = re.sub(r"[\s\u00a0\u202f,']", "", text)
    if plain.isascii() and plain.isdecimal() and len(plain) <= 7:  # noqa: PLR2004 - a stadium has fewer
        return int(plain)
    raise Unclear(N_("Write a whole number: {text}"), text=text[:40])
