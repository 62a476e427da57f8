"""Which IANA zone a calendar file means: by name, by Windows' name, or by the rules that it brings along."""

import io
import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, tzinfo
from functools import cache

from msgspec import Struct

from events.infra.ics.lines import Component
from events.kernel.zones import picker_zones, zone_info, zone_names

_UTC = {
    "utc",
    "gmt",
    "z",
    "etc/utc",
    "etc/gmt",
    "tzone://microsoft/utc",
    "coordinated universal time",
    "(utc) coordinated universal time",
}
_WITHOUT_RULES = {"tzone://microsoft/custom", "customized time zone"}
_HOLES = {  # what icalendar's table of Windows names lacks
    "Armenian Standard Time": "Asia/Yerevan",
    "Kamchatka Standard Time": "Asia/Kamchatka",
    "Mid-Atlantic Standard Time": "Etc/GMT+2",
}
_RENAMED = {  # CLDR, and so the table, keeps names that their places have given up
    "America/Buenos_Aires": "America/Argentina/Buenos_Aires",
    "America/Godthab": "America/Nuuk",
    "America/Indianapolis": "America/Indiana/Indianapolis",
    "Asia/Calcutta": "Asia/Kolkata",
    "Asia/Katmandu": "Asia/Kathmandu",
    "Asia/Rangoon": "Asia/Yangon",
    "Europe/Kiev": "Europe/Kyiv",
}
_LIKELY = (  # of zones that keep the same time, the one that most people mean
    "UTC", "Europe/London", "Europe/Paris", "America/New_York", "America/Chicago", "America/Denver",
    "America/Los_Angeles", "America/Sao_Paulo", "Africa/Lagos", "Africa/Johannesburg", "Africa/Nairobi", "Asia/Kolkata",
    "Asia/Shanghai", "Asia/Tokyo", "Australia/Sydney",
)  # fmt: skip
_RULES = ("DTSTART", "TZOFFSETFROM", "TZOFFSETTO", "RRULE", "RDATE")


class SourceZone(Struct, frozen=True):
    """`name` is None where nothing tells; `by_rules` where the file's rules alone did."""

    tzid: str
    name: str | None = None
    by_rules: bool = False


def zone_named(tzid: str) -> str | None:
    """The IANA zone that a TZID names, whoever wrote it: `/example.org/2025/Europe/Paris` and Windows' names too."""
    plain = tzid.strip().strip('"')
    if plain.casefold() in _UTC:
        return "UTC"
    parts = [part for part in plain.replace(" ", "_").split("/") if part]
    for count in (3, 2):  # America/Argentina/Salta, then Europe/Paris
        if name := _by_folded_name().get("/".join(parts[-count:]).casefold()):
            return name
    return _by_windows_name().get(plain.casefold()) or (
        _by_folded_name().get(plain.casefold()) if len(parts) == 1 else None
    )


@cache
def _by_folded_name() -> dict[str, str]:
    return {name.casefold(): name for name in zone_names()}


@cache
def _by_windows_name() -> dict[str, str]:
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON  # noqa: PLC0415 - only an import needs it

    names = WINDOWS_TO_OLSON | _HOLES
    return {windows.casefold(): _RENAMED.get(name, name) for windows, name in names.items()}


def source_zone(
    tzid: str, brought: Component | None, rules: tzinfo | None, walls: Sequence[datetime], preferred: Iterable[str]
) -> SourceZone:
    """`brought` is the file's VTIMEZONE, `rules` what it says, `walls` the times that are told in it."""
    named = zone_named(tzid) if tzid.casefold() not in _WITHOUT_RULES else None
    if named is None and brought is not None:
        named = zone_named(brought.text("X-LIC-LOCATION"))
    if named or rules is None:
        return SourceZone(tzid, named)
    for name in preferred:
        if _agree(rules, name, walls):
            return SourceZone(tzid, name, by_rules=True)
    years = {wall.year for wall in walls} or {2027}
    samples = [datetime(year, month, day, 12) for year in years for month in range(1, 13) for day in (1, 15)]  # noqa: DTZ001 - the clock on the wall
    known = dict.fromkeys((*_LIKELY, *_by_windows_name().values(), *picker_zones()))
    return SourceZone(
        tzid, next((name for name in known if _agree(rules, name, [*walls, *samples])), None), by_rules=True
    )


def _agree(rules: tzinfo, name: str, walls: Iterable[datetime]) -> bool:
    info = zone_info(name)
    return all(rules.utcoffset(wall) == info.utcoffset(wall) for wall in walls)


def rules_of(brought: Component) -> tzinfo | None:
    """A VTIMEZONE's own rules, if they are rules: yearly, and few."""
    from dateutil import tz  # noqa: PLC0415 - only an import needs it

    lines = ["BEGIN:VTIMEZONE", "TZID:source"]
    observances = [part for part in brought.parts if part.name in {"STANDARD", "DAYLIGHT"}][:200]
    for part in observances:
        rules = [one.value for one in part.properties.get("RRULE", ())]
        if any(not re.search(r"FREQ=YEARLY(;|$)", rule, re.IGNORECASE) for rule in rules):
            return None
        lines.append(f"BEGIN:{part.name}")
        lines += [f"{name}:{one.value.strip()}" for name in _RULES for one in part.properties.get(name, ())]
        lines.append(f"END:{part.name}")
    try:
        found: tzinfo = tz.tzical(io.StringIO("\n".join([*lines, "END:VTIMEZONE"]))).get()
        found.utcoffset(datetime(2027, 7, 1))  # noqa: DTZ001 - the clock on the wall
    except Exception:  # noqa: BLE001 - whatever dateutil makes of nonsense: then there are no rules
        return None
    return found


def offset_by(rules: tzinfo | None, wall: datetime) -> int | None:
    """Minutes east of UTC."""
    offset = rules.utcoffset(wall) if rules else None
    return None if offset is None else round(offset / timedelta(minutes=1))
