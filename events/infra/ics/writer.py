"""Feeds as text: a fragment for each event, joined. The bytes follow from the arguments alone, so an ETag can too."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from urllib.parse import quote

import msgspec

from events.infra.ics.colours import css_name
from events.infra.ics.zones import vtimezone
from events.kernel.spans import WallTime

PRODID = "-//Sideline//Sideline//EN"
_BREAKS = re.compile("\r\n?|[\x85\u2028\u2029]")
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")
_URI = "!#$%&'()*+,-./:;=?@[]_~"
_LINE = 75


class CalendarEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One event as calendars know it. `ends` of an all-day entry is its last day."""

    uid: str
    sequence: int
    created: datetime
    changed: datetime
    starts: WallTime
    ends: WallTime
    all_day: bool = False
    status: Literal["TENTATIVE", "CONFIRMED", "CANCELLED"] = "CONFIRMED"
    summary: str
    summary_language: str = ""
    """If it is not written in `language`."""
    description: str = ""
    language: str
    location: str = ""
    url: str
    geo: tuple[float, float] | None = None
    place: tuple[str, str] = ("", "")
    """The name of the place and its address, for a map where `geo` is."""
    categories: tuple[str, ...] = ()
    colour: str | None = None
    """A name of CSS3."""
    picture_url: str | None = None
    """Of a PNG."""
    conference_url: str | None = None
    conference_label: str = ""
    own_way_in: bool = False
    """The conference's address is one person's own: programs may show a button for it."""
    related_to: str | None = None
    """The UID of the event that this one is part of."""
    transparent: bool = False
    cancelled_prefix: str = ""
    """What stands before the summary of a cancelled event, in its language."""
    private: bool = False
    alarm_minutes: int | None = None
    """How long before the start to be reminded; one that is off reminds nobody."""

    @property
    def years(self) -> tuple[int, int]:
        return self.starts.wall.year, self.ends.wall.year

    @property
    def zones(self) -> tuple[str, ...]:
        return () if self.all_day else (self.starts.zone, self.ends.zone)


class FeedFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a feed says of itself; `source` is its own address if not secret, `url` that of the page it shows."""

    uid: str
    name: str
    description: str
    language: str
    url: str
    source: str | None
    changed: datetime | None
    colour: str | None = None
    """As `#8a3b12`."""


def vevent(entry: CalendarEntry, *, utc: bool = False) -> str:
    """`utc` writes instants: for a client that could not read the zone."""
    cancelled = entry.status == "CANCELLED"
    free = entry.transparent or entry.all_day
    summary = f"{entry.cancelled_prefix}{entry.summary}" if cancelled else entry.summary
    language, changed, url = f";LANGUAGE={entry.language}", _utc(entry.changed), _uri(entry.url)
    lines = [
        "BEGIN:VEVENT",
        f"UID:{_text(entry.uid)}",
        f"SEQUENCE:{entry.sequence}",
        f"DTSTAMP:{changed}",
        f"CREATED:{_utc(entry.created)}",
        f"LAST-MODIFIED:{changed}",
        *_times(entry, utc=utc),
        f"STATUS:{entry.status}",
        f"CLASS:{'PRIVATE' if entry.private else 'PUBLIC'}",
        f"TRANSP:{'TRANSPARENT' if free else 'OPAQUE'}",
        f"X-MICROSOFT-CDO-BUSYSTATUS:{'FREE' if free else 'BUSY'}",
        f"SUMMARY;LANGUAGE={entry.summary_language or entry.language}:{_text(summary)}",
        f'DESCRIPTION;ALTREP="{url}"{language}:{_text(_described(entry))}',
        f"URL:{url}",
    ]
    if entry.location:
        lines.append(f"LOCATION{language}:{_text(entry.location)}")
    if entry.geo:
        lines += _on_maps(entry.geo, *entry.place)
    if entry.categories:
        lines.append(f"CATEGORIES{language}:{','.join(map(_text, entry.categories))}")
    if entry.conference_url:
        lines += _conference(entry, entry.conference_url)
    if entry.picture_url:
        lines.append(f"IMAGE;VALUE=URI;DISPLAY=FULLSIZE;FMTTYPE=image/png:{_uri(entry.picture_url)}")
    if entry.colour:
        lines.append(f"COLOR:{entry.colour}")
    if entry.related_to:
        lines.append(f"RELATED-TO;RELTYPE=PARENT:{_text(entry.related_to)}")
    if entry.alarm_minutes and not cancelled:
        lines += _alarm(entry)
    lines.append("END:VEVENT\r\n")
    return "\r\n".join([line if len(line) <= _LINE and line.isascii() else _folded(line) for line in lines])


def calendar(feed: FeedFacts, fragments: Iterable[str], zones: Iterable[str], years: tuple[int, int]) -> bytes:
    """The whole feed; `zones` and `years` are those of its entries."""
    name, description = _text(feed.name), _text(feed.description)
    language = f";LANGUAGE={feed.language}"
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{PRODID}",
        "CALSCALE:GREGORIAN",
        # In small letters, which mean the same: vdirsyncer 0.21 takes a line that begins with UID for an event's own.
        f"uid:{_text(feed.uid)}",
        f"NAME{language}:{name}",
        f"X-WR-CALNAME:{name}",
        f"DESCRIPTION{language}:{description}",
        f"X-WR-CALDESC:{description}",
        *([f"LAST-MODIFIED:{_utc(feed.changed)}"] if feed.changed else []),
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
        *([f"SOURCE;VALUE=URI:{_uri(feed.source)}"] if feed.source else []),
        f"URL:{_uri(feed.url)}",
        *([f"COLOR:{css_name(feed.colour)}", f"X-APPLE-CALENDAR-COLOR:{feed.colour}"] if feed.colour else []),
    ]
    head = "".join(f"{_folded(line)}\r\n" for line in lines)
    needed = "".join(vtimezone(zone, *years) for zone in sorted(set(zones)))
    return f"{head}{needed}{''.join(sorted(fragments))}END:VCALENDAR\r\n".encode()


def _on_maps(geo: tuple[float, float], name: str, address: str) -> tuple[str, str]:
    """Apple shows a map and the way there for its own property alone."""
    about = f";X-ADDRESS={_param(address)}" * bool(address) + f";X-TITLE={_param(name)}" * bool(name)
    latitude, longitude = f"{geo[0]:.6f}", f"{geo[1]:.6f}"
    return (
        f"GEO:{latitude};{longitude}",
        f"X-APPLE-STRUCTURED-LOCATION;VALUE=URI{about}:geo:{latitude},{longitude}",
    )


def _conference(entry: CalendarEntry, address: str) -> Iterable[str]:
    link = _uri(address)
    label = f";LABEL={_param(entry.conference_label)}" if entry.conference_label else ""
    yield f"CONFERENCE;VALUE=URI;FEATURE=AUDIO,VIDEO{label}:{link}"
    if entry.own_way_in:
        yield f"X-GOOGLE-CONFERENCE:{link}"
        yield f"X-MICROSOFT-SKYPETEAMSMEETINGURL:{link}"


def _alarm(entry: CalendarEntry) -> Iterable[str]:
    return (
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"DESCRIPTION:{_text(entry.summary)}",
        f"TRIGGER:-PT{entry.alarm_minutes}M",
        "END:VALARM",
    )


def _times(entry: CalendarEntry, *, utc: bool) -> tuple[str, str]:
    if entry.all_day:
        after = entry.ends.wall.date() + timedelta(days=1)
        return f"DTSTART;VALUE=DATE:{_date(entry.starts.wall.date())}", f"DTEND;VALUE=DATE:{_date(after)}"
    # A local time that comes twice means the first (RFC 5545 3.3.5), but not to every client.
    if utc or entry.starts.ambiguous or entry.ends.ambiguous:
        return f"DTSTART:{_utc(entry.starts.instant)}", f"DTEND:{_utc(entry.ends.instant)}"
    return f"DTSTART;{_local(entry.starts)}", f"DTEND;{_local(entry.ends)}"


def _described(entry: CalendarEntry) -> str:
    """Google shows no URL property, so the address ends the description."""
    if entry.description.endswith(entry.url):
        return entry.description
    return f"{entry.description}\n\n{entry.url}".lstrip()


def _local(time: WallTime) -> str:
    return f"TZID={time.zone}:{_date(time.wall)}T{time.wall.hour:02}{time.wall.minute:02}00"


def _utc(instant: datetime) -> str:
    moment = instant.astimezone(UTC)
    return f"{_date(moment)}T{moment.hour:02}{moment.minute:02}{moment.second:02}Z"


def _date(day: date) -> str:
    return f"{day.year:04}{day.month:02}{day.day:02}"


def _text(text: str) -> str:
    if _UNWANTED.search(text):
        text = _UNWANTED.sub("", _BREAKS.sub("\n", text))
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _param(text: str) -> str:
    """Between quotation marks, which it may not have itself; not every program knows RFC 6868."""
    plain = _UNWANTED.sub("", _BREAKS.sub("\n", text)).replace('"', "'")
    return f'"{", ".join(plain.split(chr(10)))}"'


def _uri(uri: str) -> str:
    """Nothing that could end the line, not a space either; what is quoted already stays."""
    return quote(_UNWANTED.sub("", uri), safe=_URI)


def _folded(line: str) -> str:
    """Lines of at most 75 octets, none ending inside a character."""
    octets = line.encode()
    pieces = []
    start, room = 0, _LINE
    while len(octets) - start > room:
        end = start + room
        while octets[end] & 0xC0 == 0x80:  # noqa: PLR2004 a byte inside a UTF-8 character
            end -= 1
        pieces.append(octets[start:end])
        start, room = end, _LINE - 1
    pieces.append(octets[start:])
    return b"\r\n ".join(pieces).decode()
