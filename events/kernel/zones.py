"""Time zones by their IANA names, read from the packaged tzdata alone.

The system's own zone files are often months older, and the two disagree about the future.
"""

import zoneinfo
from difflib import get_close_matches
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

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
