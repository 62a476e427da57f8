"""An event on other dates: when each would be, and what it and a later change mean for each."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct

from events.kernel.errors import Conflict, Invalid
from events.kernel.spans import EndBeforeStart, TimeSpan, WallTime, WallTimeInGap, WallTimeTwice, wall_time_at
from events.kernel.words import N_
from events.programme.rules.recurrence import MOST_DATES


class SeriesFull(Conflict):
    kind = "series-full"

    def __init__(self) -> None:
        super().__init__(N_("A series has {most} dates at most."), most=MOST_DATES)


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
