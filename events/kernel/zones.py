"""Time zones by their IANA names, read from the packaged tzdata alone.

The system's own zone files are often months older, and the two disagree about the future.
"""

import zoneinfo
from datetime import datetime, timedelta
from difflib import get_close_matches
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

import msgspec

zoneinfo.reset_tzpath(to=[])
ZoneInfo.clear_cache()

_PACKAGED = resources.files("tzdata").joinpath("zoneinfo")
_NOT_PLACES = {"Factory", "localtime", "posixrules"}


class UnknownZone(ValueError):
    def __init__(self, name: str, suggestion: str | None) -> None:
        self.name = name
        self.suggestion = suggestion
        hint = f" Did you mean {suggestion}?" if suggestion else ""
        super().__init__(f"There is no time zone called {name[:60]!r}.{hint}")


@cache
def tzdata_version() -> str:
    with _PACKAGED.joinpath("tzdata.zi").open(encoding="utf-8") as lines:
        return lines.readline().removeprefix("# version ").strip()


@cache
def zone_names() -> tuple[str, ...]:
    """Every accepted name, old ones such as Asia/Calcutta too."""
    return tuple(sorted(zoneinfo.available_timezones() - _NOT_PLACES))


@cache
def picker_zones() -> tuple[str, ...]:
    """One current name for each place, and UTC: what a form offers."""
    lines = _PACKAGED.joinpath("zone.tab").read_text("utf-8").splitlines()
    return (*sorted(line.split("\t")[2] for line in lines if line and not line.startswith("#")), "UTC")


@cache
def _accepted() -> frozenset[str]:
    return frozenset(zone_names())


@cache
def _folded() -> dict[str, str]:
    """How people write a name → the name. Cities alone are found too, the current name of a place winning."""
    found = {name.rpartition("/")[2].casefold(): name for name in (*zone_names(), *picker_zones())}
    return found | {name.casefold(): name for name in zone_names()}


def zone_info(name: str) -> ZoneInfo:
    if name not in _accepted():
        raise UnknownZone(name, _suggestion(name))
    return ZoneInfo(name)


def _suggestion(name: str) -> str | None:
    written = name.strip()[:60].replace(" ", "_").casefold()
    close = get_close_matches(written, _folded(), n=1, cutoff=0.75)
    return _folded()[close[0]] if close else None


class Change(msgspec.Struct, frozen=True):
    """The instant at which a zone's clocks are put from one offset to another."""

    at: datetime
    before: timedelta
    after: timedelta

    @property
    def wall_before(self) -> datetime:
        """What the clocks show when they are put forward or back; iCalendar and POSIX rules speak of this time."""
        return (self.at + self.before).replace(tzinfo=None)

    @property
    def wall_after(self) -> datetime:
        return (self.at + self.after).replace(tzinfo=None)


def changes(zone: str, since: datetime, until: datetime) -> list[Change]:
    """Every change after `since`, not after `until`. Looks each fifth day: none since 1970 follow sooner."""
    info = zone_info(zone)
    found = []
    before = _offset(since, info)
    while since < until:
        step = min(since + timedelta(days=5), until)
        after = _offset(step, info)
        if before != after:
            found.append(Change(_first_instant_at(after, since, step, info), before, after))
        since, before = step, after
    return found


def _first_instant_at(offset: timedelta, before: datetime, at: datetime, info: ZoneInfo) -> datetime:
    while at - before > timedelta(seconds=1):
        middle = (before + (at - before) / 2).replace(microsecond=0)
        if _offset(middle, info) == offset:
            at = middle
        else:
            before = middle
    return at


def _offset(instant: datetime, info: ZoneInfo) -> timedelta:
    return instant.astimezone(info).utcoffset() or timedelta()
