"""What is sent to who registers, through a real mail server."""

from email.message import EmailMessage
from typing import Any

import vobject
from icalendar import Calendar
from msgspec import structs

from events.outbox.worker import Worker
from events.registration import mails
from events.registration.delegations import mails as delegation_mails
from events.settings import Settings
from tests.mail_server import MailServer

CALENDAR_TREE = [
    "multipart/mixed",
    "multipart/alternative",
    "text/plain",
    "text/html",
    "text/calendar",
    "application/ics",
]


class Post:
    """The post of an installation: `await post.brought()` is what has come since it was last asked."""

    def __init__(self, settings: Settings, server: MailServer) -> None:
        self.settings = structs.replace(settings, smtp_url=server.url)
        self._server = server
        self._seen = 0

    async def brought(self) -> list[EmailMessage]:
        renderers = {**mails.renderers(self.settings), **delegation_mails.renderers(self.settings)}
        worker = Worker(self.settings, renderers)
        while await worker.run_once():
            pass
        letters = self._server.letters[self._seen :]
        self._seen += len(letters)
        return letters

    async def the_letter(self) -> EmailMessage:
        [letter] = await self.brought()
        return letter


def text(letter: EmailMessage, kind: str = "plain") -> str:
    part = letter.get_body((kind,))
    assert part
    return str(part.get_content()).replace("\r\n", "\n")


def tree(letter: EmailMessage) -> list[str]:
    return [part.get_content_type() for part in letter.walk()]


def calendars(letter: EmailMessage) -> list[bytes]:
    """The two copies of the calendar object."""
    found = [part.get_payload(decode=True) for part in letter.walk() if "calendar" in part.get_content_type()]
    found += [part.get_payload(decode=True) for part in letter.walk() if part.get_content_type() == "application/ics"]
    return [data for data in found if isinstance(data, bytes)]


def facts(letter: EmailMessage) -> dict[str, Any]:
    """What icalendar reads, when vobject agrees about the time."""
    first, second = calendars(letter)
    assert first == second
    calendar: Any = Calendar.from_ical(first)
    [event] = calendar.walk("VEVENT")
    assert not calendar.errors
    assert not event.errors
    theirs = vobject.readOne(first.decode()).vevent
    assert theirs.dtstart.value == event["DTSTART"].dt
    assert "ATTENDEE" not in event
    return {
        "method": str(calendar["METHOD"]),
        "status": str(event["STATUS"]),
        "sequence": int(event["SEQUENCE"]),
        "starts": f"{event['DTSTART'].dt:%Y-%m-%dT%H:%M%z}",
        "location": str(event["LOCATION"]),
        "organizer": str(event["ORGANIZER"]),
        "summary": str(event["SUMMARY"]),
    }
