"""Files as other programs write them."""

import io
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import openpyxl

T = TypeVar("T")

OUTLOOK = """BEGIN:VCALENDAR
PRODID:-//Microsoft Corporation//Outlook 16.0 MIMEDIR//EN
VERSION:2.0
METHOD:PUBLISH
X-MS-OLK-FORCEINSPECTOROPEN:TRUE
BEGIN:VTIMEZONE
TZID:W. Europe Standard Time
BEGIN:STANDARD
DTSTART:16011028T030000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010325T020000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
END:VTIMEZONE
BEGIN:VEVENT
CLASS:PUBLIC
CREATED:20261101T080000Z
DESCRIPTION:What unpaid care teaches.\\n\\nJoin here: https://teams.microsoft.com/l/meetup-join/19%3ameeting_abc\\n
DTEND;TZID="W. Europe Standard Time":20270701T113000
DTSTAMP:20261101T080000Z
DTSTART;TZID="W. Europe Standard Time":20270701T100000
LOCATION:Room XIX\\, Palais des Nations
PRIORITY:5
SEQUENCE:0
SUMMARY;LANGUAGE=en-gb:Care skills count
TRANSP:OPAQUE
UID:040000008200E00074C5B7101A82E008
X-MICROSOFT-CDO-BUSYSTATUS:BUSY
BEGIN:VALARM
TRIGGER:-PT15M
ACTION:DISPLAY
DESCRIPTION:Reminder
END:VALARM
END:VEVENT
END:VCALENDAR
"""


def calendar(*lines: str, zone: str = "", before: Sequence[str] = ()) -> bytes:
    """A calendar of one event, or of several with END:VEVENT and BEGIN:VEVENT among the lines."""
    own = [f"X-WR-TIMEZONE:{zone}"] if zone else []
    whole = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//T//T//EN",
        *own,
        *before,
        "BEGIN:VEVENT",
        *lines,
        "END:VEVENT",
    ]
    return "\r\n".join([*whole, "END:VCALENDAR", ""]).encode()


def event(uid: str = "a@example.org", summary: str = "Care skills count", *lines: str) -> list[str]:
    """Ten to half past eleven in Paris on 1 July 2027."""
    times = ["DTSTART;TZID=Europe/Paris:20270701T100000", "DTEND;TZID=Europe/Paris:20270701T113000"]
    return [f"UID:{uid}", f"SUMMARY:{summary}", *times, *lines]


async def here(reader: Callable[..., T], data: bytes, _: type[T], **options: Any) -> T:
    """Read in this process, which spares starting another."""
    return reader(data, **options)


def workbook(*rows: Sequence[object]) -> bytes:
    """Of one sheet, as a spreadsheet saves it."""
    book = openpyxl.Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(list(row))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
