"""One property of a calendar file, as what it means."""

import hashlib
import re
from datetime import date, datetime, time, timedelta

from msgspec import structs

from events.infra.ics.lines import Component, Property
from events.infra.ics.series import moment_of
from events.infra.ics.source import UTC_TIMES, WHOLE_DAYS, SourceTime
from events.infra.ics.source_zones import zone_named


def own_zone(calendar: Component) -> str | None:
    return zone_named(calendar.text("X-WR-TIMEZONE", "TIMEZONE-ID"))


def moment_in(written: Property | None) -> date | datetime | None:
    if written is None:
        return None
    try:
        return moment_of(written)
    except (ValueError, OverflowError):
        return None


def duration_in(written: Property | None) -> timedelta | None:
    from icalendar import vDuration  # noqa: PLC0415 - 0.15 s that no start has to wait for

    try:
        return vDuration.from_ical(written.value.strip()) if written else None  # type: ignore[no-untyped-call]  # same as there
    except (ValueError, OverflowError):
        return None


def days_in(duration: str) -> timedelta:
    """Those that a duration writes as weeks or days."""
    found = re.match(r"\+?P(?:(\d{1,4})W)?(?:(\d{1,5})D)?", duration, re.ASCII)
    return timedelta(weeks=int(found[1] or 0), days=int(found[2] or 0)) if found else timedelta()


def tzid_of(written: Property, moment: date) -> str:
    if not isinstance(moment, datetime):
        return WHOLE_DAYS
    return UTC_TIMES if moment.tzinfo else written.param("TZID").strip().strip('"')[:200]


def wall_of(moment: date) -> datetime:
    return moment.replace(tzinfo=None) if isinstance(moment, datetime) else datetime.combine(moment, time())


def minutes_of(at: SourceTime) -> SourceTime:
    return structs.replace(at, wall=at.wall.replace(second=0))


def months_later(wall: datetime, months: int) -> datetime:
    return wall + timedelta(days=30 * months) if wall.year < 9000 else wall  # noqa: PLR2004 - far from the end of time


def key_of(wall: datetime, *, all_day: bool) -> str:
    return f"{wall:%Y%m%d}" if all_day else f"{wall:%Y%m%dT%H%M%S}"


def wall_of_key(key: str) -> datetime:
    return datetime.strptime(key, "%Y%m%dT%H%M%S" if "T" in key else "%Y%m%d")  # noqa: DTZ007 - the clock on the wall


def is_onwards(event: Component) -> bool:
    written = event.find("RECURRENCE-ID")
    return written is not None and written.param("RANGE").upper() == "THISANDFUTURE" and moment_in(written) is not None


def number_in(text: str) -> int:
    return int(text) if re.fullmatch(r"\d{1,9}", text, re.ASCII) else 0


def made_uid(event: Component) -> str:
    told = "\n".join((event.text("SUMMARY"), event.text("DTSTART"), event.text("LOCATION")))
    return f"sha256:{hashlib.sha256(told.encode()).hexdigest()}"
