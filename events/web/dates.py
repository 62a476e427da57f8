"""How each language writes dates, times and zones. The event's own time always comes with its city and UTC offset."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from itertools import combinations

from babel.core import Locale, UnknownLocaleError, get_global
from babel.dates import format_date, format_skeleton, format_time, get_timezone_location
from msgspec import Struct

from events.kernel.gaps import UnusualGap, unusual_gap
from events.kernel.spans import TimeSpan, WallTime, day_shift, offset_text, picker_zones, wall_time_at
from events.kernel.words import N_
from events.kernel.zones import zone_info
from events.web.locale import gettext, listed, locale_of, ngettext

_LONG_DATE = {"en": "EEEE d MMMM y"}  # where the house writes otherwise than CLDR: no comma
_LONG_RANGE = {"en": ("EEEE d – ", "EEEE d MMMM y")}  # nor a month named twice
_LENGTHENED = (("LLL", "LLLL"), ("MMM", "MMMM"), ("ccc", "cccc"), ("E", "EEEE"), ("\u2009", " "))
_SEATS = {"Europe/Zurich": N_("Geneva/Zurich")}
"""Where the United Nations sit in another city than the one that IANA named the zone after."""
_NIGHT = timedelta(hours=18)


class When(Struct, frozen=True):
    """A span as a page shows it. `times` is empty when it takes whole days."""

    dates: str
    times: str
    zone: str
    starts: str
    ends: str


class Elsewhere(Struct, frozen=True):
    """The same span on another city's clocks; `shift` says by how many days its date differs."""

    city: str
    times: str
    offset: str
    shift: int


def full_date(language: str, day: date) -> str:
    """“Thursday 4 February 2027”."""
    locale = locale_of(language)
    pattern = _LONG_DATE.get(language, locale.date_formats["full"].pattern)
    return format_date(day, _first(language, day, pattern), locale=locale)


def short_date(language: str, day: date) -> str:
    """“Thu 4 Feb”, for columns."""
    return format_skeleton("MMMEd", day, locale=locale_of(language))


def weekday(language: str, day: date) -> str:
    """“Thu”."""
    return format_date(day, "ccc", locale=locale_of(language))


def short_month(language: str, day: date) -> str:
    """“Feb”."""
    return format_date(day, "LLL", locale=locale_of(language))


def month(language: str, day: date) -> str:
    """“February 2027”."""
    return format_skeleton("yMMMM", day, locale=locale_of(language))


def clock(language: str, wall: datetime) -> str:
    """“13:15”, or as the language's readers count hours."""
    return format_time(wall.replace(tzinfo=None), "short", locale=locale_of(language))


def day_and_clock(language: str, wall: datetime) -> str:
    """“Thu 09:00”."""
    hours = "Ehm" if "a" in locale_of(language).time_formats["short"].pattern else "EHm"
    return format_skeleton(hours, wall.replace(tzinfo=None), locale=locale_of(language))


def date_range(language: str, first: date, last: date) -> str:
    """“Thursday 4 – Saturday 6 February 2027”, the last day included; month and year once where they are the same."""
    if first == last:
        return full_date(language, first)
    locale = locale_of(language)
    changed = "y" if first.year != last.year else "M" if first.month != last.month else "d"
    parts = locale.interval_formats["yMMMEd"][changed]
    ours = _LONG_RANGE.get(language) if changed == "d" else None
    patterns = ours or [_lengthened(language, part) for part in parts]
    days = zip((first, last), patterns, strict=True)
    return "".join(format_date(day, _first(language, day, pattern), locale=locale) for day, pattern in days)


def _lengthened(language: str, pattern: str) -> str:
    """CLDR has intervals for “Thu” and “Feb” only; their order is right for the whole words too."""
    for short, long in _LENGTHENED:
        pattern = pattern.replace(short, long)
    return pattern.replace("EEEE,", "EEEE") if language in _LONG_DATE else pattern


def _first(language: str, day: date, pattern: str) -> str:
    """In French the first of a month is “1er”, the other days plain numbers."""
    return pattern.replace("d", "'1er'") if language == "fr" and day.day == 1 else pattern


@cache
def city(language: str, zone: str) -> str:
    """The zone's city in the reader's language."""
    if zone in _SEATS:
        return gettext(language, _SEATS[zone])
    return get_timezone_location(zone_info(zone), locale=locale_of(language), return_city=True)


@cache
def city_zones(language: str) -> dict[str, str]:
    """City in the reader's language → zone, of every place that a form offers."""
    return {city(language, zone): zone for zone in picker_zones()}


@cache
def weekend_of(zone: str) -> frozenset[int]:
    """The days off, 0 for Monday, in the country of the zone."""
    try:
        country = Locale.parse(f"und_{get_global('zone_territories')[zone]}")
    except (LookupError, ValueError, UnknownLocaleError):
        return frozenset({5, 6})
    days = (country.weekend_end - country.weekend_start) % 7
    return frozenset((country.weekend_start + number) % 7 for number in range(days + 1))


def offset(at: datetime, zone: str) -> str:
    """“UTC−5”."""
    return offset_text(at, zone).replace("-", "−")


def zone_text(language: str, starts: WallTime, ends: WallTime | None = None) -> str:
    """“New York, UTC−5”; both offsets where clocks change in between, both cities where it ends in another zone."""
    first = _zone(language, starts)
    if ends is None or (starts.zone, starts.offset) == (ends.zone, ends.offset):
        return first
    if starts.zone != ends.zone:
        return f"{first} – {_zone(language, ends)}"
    return gettext(language, "{zone}, then {offset}").format(zone=first, offset=offset(ends.instant, ends.zone))


def _zone(language: str, at: WallTime) -> str:
    name, difference = city(language, at.zone), offset(at.instant, at.zone)
    separator = "، " if language.startswith("ar") else ", "
    return difference if name == "UTC" else f"{name}{separator}{difference}"


def moment(language: str, at: WallTime) -> str:
    """“Thursday 4 February 2027, 13:15 (New York, UTC−5)”."""
    return f"{full_date(language, at.wall)}, {clock(language, at.wall)} ({_zone(language, at)})"


def instant(language: str, at: datetime, zone: str = "UTC") -> str:
    return moment(language, wall_time_at(at, zone))


@lru_cache(maxsize=2048)
def when(language: str, span: TimeSpan) -> When:
    starts, ends = span.starts, span.ends
    first, last = starts.wall.date(), ends.wall.date()
    if span.all_day:
        zone = zone_text(language, starts, ends)
        return When(date_range(language, first, last), "", zone, first.isoformat(), last.isoformat())
    overnight = first != last and span.duration <= _NIGHT
    return When(
        dates=full_date(language, first) if overnight else date_range(language, first, last),
        times=times(language, starts, ends, long=not overnight),
        zone=zone_text(language, starts, ends),
        starts=starts.local.isoformat(timespec="minutes"),
        ends=ends.local.isoformat(timespec="minutes"),
    )


def times(language: str, starts: WallTime, ends: WallTime, *, long: bool = False) -> str:
    """“13:15–14:30”; over several days “Tue 09:00 – Thu 17:00”, or “22:00–01:00 (+1 day)” through one night."""
    days = (ends.wall.date() - starts.wall.date()).days
    if days and long:
        return f"{day_and_clock(language, starts.wall)} – {day_and_clock(language, ends.wall)}"
    text = f"{clock(language, starts.wall)}–{clock(language, ends.wall)}"
    return f"{text} ({shift_text(language, days)})" if days else text


@lru_cache(maxsize=2048)
def shift_text(language: str, days: int) -> str:
    """“+1 day”, “−1 day”; empty for the same day."""
    if not days:
        return ""
    signed = f"{'+' if days > 0 else '−'}{abs(days)}"
    return ngettext(language, "{days} day", "{days} days", abs(days)).format(days=signed)


@lru_cache(maxsize=2048)
def elsewhere(language: str, span: TimeSpan, zone: str) -> Elsewhere:
    starts, ends = wall_time_at(span.starts_at, zone), wall_time_at(span.ends_at, zone)
    return Elsewhere(
        city=city(language, zone),
        times=times(language, starts, ends, long=span.duration > _NIGHT),
        offset=offsets(language, starts, ends),
        shift=day_shift(span.starts_at, zone, span.starts.zone),
    )


def offsets(language: str, starts: WallTime, ends: WallTime) -> str:
    """“UTC−5”, or “UTC−5, then UTC−4” where clocks change in between."""
    first, last = offset(starts.instant, starts.zone), offset(ends.instant, ends.zone)
    if first == last:
        return first
    return gettext(language, "{zone}, then {offset}").format(zone=first, offset=last)


def other_clocks(language: str, span: TimeSpan, zones: Sequence[str]) -> list[tuple[str, str]]:
    """For mails: each city with its offset and its times there, then what to mind. Nothing for whole days."""
    if span.all_day:
        return []
    rows = []
    for there in (elsewhere(language, span, zone) for zone in zones):
        shift = f" ({shift_text(language, there.shift)})" if there.shift else ""
        rows.append((f"{there.city} ({there.offset})", f"{there.times}{shift}"))
    label = gettext(language, N_("Please note"))
    return rows + [(label, note) for note in gap_notes(language, span, zones)]


def gap_notes(language: str, span: TimeSpan, zones: Sequence[str]) -> list[str]:
    """What to mind in the weeks in which two of the shown zones are not as far apart as people know them to be."""
    found: dict[tuple[str, UnusualGap], list[str]] = {}
    for zone, other in combinations(dict.fromkeys((span.starts.zone, *zones)), 2):
        gap = unusual_gap(span.starts_at, zone, other)
        if gap and abs(gap.gap) not in map(abs, gap.usual):
            found.setdefault((zone, gap), []).append(city(language, other))
    return [_gap_note(language, gap, city(language, zone), cities) for (zone, gap), cities in found.items()]


def _gap_note(language: str, gap: UnusualGap, one: str, others: list[str]) -> str:
    note = gettext(language, N_("From {city} to {others} it is {gap} that day, not {usual} as usual."))
    usual = [_hours(language, known) for known in gap.usual]
    return note.format(
        city=one, others=listed(language, others), gap=_hours(language, gap.gap), usual=listed(language, usual, "or")
    )


def _hours(language: str, gap: timedelta) -> str:
    hours, minutes = divmod(round(abs(gap) / timedelta(minutes=1)), 60)
    if minutes:
        return gettext(language, N_("{hours} h {minutes} min")).format(hours=hours, minutes=minutes)
    return ngettext(language, "{hours} hour", "{hours} hours", hours).format(hours=hours)
