"""Calendar programs that others wrote, each asked when the events of a calendar start and end."""

import ctypes
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import playwright
import vobject
from ical.calendar_stream import IcsCalendarStream

Times = dict[str, tuple[datetime | date, datetime | date]]


def unknown_zones(calendar: bytes) -> bytes:
    """The same with names of zones that no program knows, so that each must read the VTIMEZONE of the calendar."""
    return calendar.replace(b"\r\nTZID:", b"\r\nTZID:Ours/").replace(b";TZID=", b";TZID=Ours/")


def read_with_vobject(*calendars: bytes) -> Times:
    """Radicale, pretix; zones are read by dateutil."""
    read: Times = {}
    for calendar in calendars:
        text = unknown_zones(calendar).decode()
        zones = text[: text.index("BEGIN:VEVENT")] + "END:VCALENDAR\r\n"
        for zone in vobject.readOne(zones).contents.get("vtimezone", ()):
            # It takes a zone at offset 0 for UTC and forgets its name.
            vobject.icalendar.registerTzid(zone.tzid.value, zone.tzinfo)
        events = vobject.readOne(text).vevent_list
        read |= {event.uid.value: (_utc(event.dtstart.value), _utc(event.dtend.value)) for event in events}
    return read


def read_with_icaljs(*calendars: bytes) -> Times:
    """Thunderbird, Nextcloud, FullCalendar. Run by the node inside playwright."""
    node = Path(playwright.__file__).parent / "driver" / "node"
    script = Path(__file__).with_name("read_with_icaljs.mjs")
    text = unknown_zones(b"".join(calendars))
    done = subprocess.run([node, script], input=text, capture_output=True, check=True)
    assert not done.stderr
    return {uid: (_moment(start), _moment(end)) for uid, (start, end) in json.loads(done.stdout).items()}


def read_with_libical(*calendars: bytes) -> Times:
    """GNOME, KDE, Cyrus."""
    read: Times = {}
    for calendar in calendars:
        with parsed(unknown_zones(calendar)) as component:
            event = libical().icalcomponent_get_first_component(component, _EVENT)
            while event:
                read |= _libical_times(event)
                event = libical().icalcomponent_get_next_component(component, _EVENT)
    return read


def read_with_ical(*calendars: bytes) -> Times:
    """Home Assistant, which has zones of its own."""
    events = [event for text in calendars for event in IcsCalendarStream.calendar_from_ics(text.decode()).events]
    return {str(event.uid): (_utc(event.start), _utc(event.end)) for event in events}


def _utc(moment: datetime | date) -> datetime | date:
    return moment.astimezone(UTC) if isinstance(moment, datetime) else moment


def _moment(told: int | str) -> datetime | date:
    return date.fromisoformat(told) if isinstance(told, str) else datetime.fromtimestamp(told, UTC)


def _libical_times(event: int) -> Times:
    library = libical()
    starts, ends = library.icalcomponent_get_dtstart(event), library.icalcomponent_get_dtend(event)
    return {library.icalcomponent_get_uid(event).decode(): (_libical_moment(starts), _libical_moment(ends))}


def _libical_moment(time: "IcalTime") -> datetime | date:
    if time.is_date:
        return date(time.year, time.month, time.day)
    return datetime.fromtimestamp(libical().icaltime_as_timet_with_zone(time, time.zone), UTC)


_TIME_PARTS = ("year", "month", "day", "hour", "minute", "second", "is_date", "is_daylight")


class IcalTime(ctypes.Structure):
    _fields_: ClassVar = [
        *((name, ctypes.c_int) for name in _TIME_PARTS),
        ("zone", ctypes.c_void_p),
    ]


_EVENT = 4  # ICAL_VEVENT_COMPONENT
_SIGNATURES: dict[str, tuple[Any, ...]] = {
    "icalparser_parse_string": (ctypes.c_void_p, ctypes.c_char_p),
    "icalcomponent_get_first_component": (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int),
    "icalcomponent_get_next_component": (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int),
    "icalcomponent_get_uid": (ctypes.c_char_p, ctypes.c_void_p),
    "icalcomponent_get_dtstart": (IcalTime, ctypes.c_void_p),
    "icalcomponent_get_dtend": (IcalTime, ctypes.c_void_p),
    "icaltime_as_timet_with_zone": (ctypes.c_long, IcalTime, ctypes.c_void_p),
    "icalcomponent_count_errors": (ctypes.c_int, ctypes.c_void_p),
    "icalrestriction_check": (ctypes.c_int, ctypes.c_void_p),
    "icalcomponent_free": (None, ctypes.c_void_p),
    "icalcomponent_get_timezone": (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p),
    "icaltimezone_get_utc_timezone": (ctypes.c_void_p,),
    "icaltime_from_timet_with_zone": (IcalTime, ctypes.c_long, ctypes.c_int, ctypes.c_void_p),
    "icaltimezone_get_utc_offset": (ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p),
}


@cache
def libical() -> ctypes.CDLL:
    library = ctypes.CDLL("libical.so.3")
    for name, (result, *arguments) in _SIGNATURES.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


@contextmanager
def parsed(calendar: bytes) -> Iterator[int]:
    component = libical().icalparser_parse_string(calendar)
    yield component
    libical().icalcomponent_free(component)


def libical_finds_fault(calendar: bytes) -> bool:
    """Its parser and its table of what RFC 5545 and 5546 allow in each component."""
    with parsed(calendar) as component:
        valid = libical().icalrestriction_check(component)
        return not valid or libical().icalcomponent_count_errors(component) > 0


READERS = [read_with_vobject, read_with_icaljs, read_with_libical, read_with_ical]
