"""Dates that repeat by a rule (RFC 5545, 3.3.10), as clocks on the wall show them, whatever is done to the clocks."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from itertools import islice
from typing import Any

import msgspec
from dateutil.rrule import DAILY, FR, MO, MONTHLY, SA, SU, TH, TU, WE, WEEKLY, YEARLY, rrule
from msgspec import Struct

from events.kernel.errors import Conflict, Invalid
from events.kernel.spans import EndBeforeStart, TimeSpan, WallTime, WallTimeInGap, WallTimeTwice, wall_time_at
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


class SeriesFull(Conflict):
    kind = "series-full"

    def __init__(self) -> None:
        super().__init__(N_("A series has {most} dates at most."), most=MOST_DATES)


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


class Proposal(Struct, frozen=True):
    """One date as it would be made; `wall` is what the rule says. Clocks may skip that, or show it twice."""

    wall: datetime
    span: TimeSpan
    skipped: bool = False
    twice: tuple[str, str] | None = None


def proposal(wall: datetime, like: TimeSpan, fold: int = 0) -> Proposal:
    """A date with the hours of the first one."""
    length = like.ends.wall - like.starts.wall
    if like.all_day:
        starts, ends = WallTime(wall, like.starts.zone), WallTime(wall + length, like.ends.zone)
        return Proposal(wall, TimeSpan(starts, ends, all_day=True))
    skipped, twice = False, None
    try:
        starts = WallTime.of(wall, like.starts.zone)
    except WallTimeInGap as gap:
        skipped, starts = True, WallTime.of(gap.proposal, like.starts.zone)
    except WallTimeTwice as both:
        twice, starts = both.offsets, WallTime(wall, like.starts.zone, fold)
    return Proposal(wall, TimeSpan(starts, _end(wall + length, like, starts)), skipped, twice)


def _end(wall: datetime, like: TimeSpan, starts: WallTime) -> WallTime:
    """As clocks show it; where they are moved in between, still after the start."""
    ends = settled(wall, like.ends.zone)
    if ends.instant <= starts.instant and ends.ambiguous:
        ends = WallTime(wall, like.ends.zone, 1)
    return ends if ends.instant > starts.instant else wall_time_at(starts.instant + like.duration, like.ends.zone)


def settled(wall: datetime, zone: str) -> WallTime:
    """The time that was meant, where nobody can be asked: after the gap, or the first of two."""
    try:
        return WallTime.of(wall, zone, 0)
    except WallTimeInGap as gap:
        return WallTime.of(gap.proposal, zone)


_THEIR_OWN = {"slug", "recording_url", "plenary"}


def document_on(document: Mapping[str, Any], like: TimeSpan, date: Proposal) -> dict[str, Any]:
    """The event on another date; whatever happened at the first one stays there."""
    moved = date.span.starts.wall - like.starts.wall
    times = {name: _told(getattr(date.span, name)) for name in ("starts", "ends")}
    modes = {
        name: {**mode, "closes": mode["closes"] and _posted(_wall(mode["closes"]) + moved, mode["closes"]["zone"])}
        for name, mode in document["modes"].items()
    }
    kept = {name: value for name, value in document.items() if name not in _THEIR_OWN}
    return {**kept, **times, "modes": modes, "admission_step": _step_moved(document.get("admission_step"), moved)}


def dated_slug(slug: str, date: Proposal) -> str:
    """The address with the date in it, in the place of another date."""
    stem = re.sub(r"-\d{4}-\d\d-\d\d$", "", slug)[:62].rstrip("-")
    return f"{stem}-{date.span.starts.wall.date()}"


def patch_for(
    patch: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any], other: Mapping[str, Any]
) -> dict[str, Any]:
    """What a change from `before` to `after` means for another date of the series: the fields that were changed.

    Times of day are taken over, days move by as many; all four are documents as they may be posted.
    """
    theirs = {name: value for name, value in patch.items() if name not in {"slug", "starts", "ends", "modes"}}
    starts = _wall(other["starts"])
    if "starts" in patch or "ends" in patch:
        moved = _wall(after["starts"]).date() - _wall(before["starts"]).date()
        starts = datetime.combine(starts.date() + moved, _wall(after["starts"]).time())
        zones = [(after if "zone" in (patch.get(name) or {}) else other)[name]["zone"] for name in ("starts", "ends")]
        made = proposal(starts, _like(after, zones), other["starts"].get("fold") or 0)
        theirs |= {name: _told(getattr(made.span, name)) for name in ("starts", "ends")}
    if modes := patch.get("modes"):
        theirs["modes"] = {name: _mode(name, mode, after, starts) for name, mode in modes.items()}
    if step := patch.get("admission_step"):
        theirs["admission_step"] = step | _deadline(step, after, starts)
    return theirs


def _like(document: Mapping[str, Any], zones: Sequence[str]) -> TimeSpan:
    times = [WallTime(_wall(document[name]), zone) for name, zone in zip(("starts", "ends"), zones, strict=True)]
    try:
        return TimeSpan.of(times[0], times[1], all_day=bool(document.get("all_day")))
    except EndBeforeStart:  # it is in other zones there
        raise Invalid.of("ends", N_("The end must come after the start.")) from None


def _mode(
    name: str, mode: Mapping[str, Any] | None, after: Mapping[str, Any], starts: datetime
) -> dict[str, Any] | None:
    """Registration closes as long before this date as before the one that was changed."""
    if mode is None:
        return None
    if not mode.get("closes"):
        return dict(mode)
    closes = after["modes"][name]["closes"]
    return {**mode, "closes": _posted(starts + (_wall(closes) - _wall(after["starts"])), closes["zone"])}


def _step_moved(step: Mapping[str, Any] | None, moved: timedelta) -> dict[str, Any] | None:
    deadline = step and step["deadline"]
    if not step or not deadline:
        return dict(step) if step else None
    return {**step, "deadline": _posted(_wall(deadline) + moved, deadline["zone"])}


def _deadline(step: Mapping[str, Any], after: Mapping[str, Any], starts: datetime) -> dict[str, Any]:
    """The house's deadline is as long before this date as before the one that was changed."""
    if not step.get("deadline"):
        return {}
    deadline = after["admission_step"]["deadline"]
    return {"deadline": _posted(starts + (_wall(deadline) - _wall(after["starts"])), deadline["zone"])}


def _posted(wall: datetime, zone: str) -> dict[str, Any]:
    return _told(settled(wall, zone))


def _told(time: WallTime) -> dict[str, Any]:
    fold = time.fold if time.ambiguous else None
    return {"wall": time.wall.isoformat(timespec="minutes"), "zone": time.zone, "fold": fold}


def _wall(time: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(time["wall"])


def differences(documents: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """For each date the fields in which it differs from most of the others."""
    told = [{name: msgspec.json.encode(value) for name, value in _compared(document).items()} for document in documents]
    usual = {name: Counter(one[name] for one in told).most_common(1)[0][0] for name in (told[0] if told else ())}
    return [[name for name, value in one.items() if value != usual[name]] for one in told]


def _compared(document: Mapping[str, Any]) -> dict[str, Any]:
    """With times of day and lengths in the place of dates."""
    starts = _wall(document["starts"])
    compared = {name: value for name, value in document.items() if name not in _THEIR_OWN}
    compared["starts"] = [starts.time().isoformat(), document["starts"]["zone"]]
    compared["ends"] = [_minutes(_wall(document["ends"]) - starts), document["ends"]["zone"]]
    compared["modes"] = {
        name: {**mode, "closes": mode["closes"] and _minutes(_wall(mode["closes"]) - starts)}
        for name, mode in document["modes"].items()
    }
    if (step := document.get("admission_step")) and step["deadline"]:
        compared["admission_step"] = {**step, "deadline": _minutes(_wall(step["deadline"]) - starts)}
    return compared


def _minutes(length: timedelta) -> int:
    return length // timedelta(minutes=1)
