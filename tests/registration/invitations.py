"""An invitation in a mail, and how a calendar program answers it."""

import asyncio
import imaplib
from email.message import EmailMessage
from typing import Any

from icalendar import Calendar, Event
from msgspec import structs

from events.kernel.clock import utc_now
from events.registration.tables import Registration
from events.settings import InboxUrl, Settings, parse_inbox_url
from tests.infra.calendar_clients import libical_finds_fault
from tests.mail_server import MailServer
from tests.make import a_registration
from tests.registration.post import Post, calendars

SLUG = "care-skills-count"


def a_post_with_an_inbox(settings: Settings, mail_server: MailServer) -> Post:
    """Of an installation that reads answers, in a mailbox that need not be there to be written to."""
    inbox = parse_inbox_url("imaps://events%40mmm.example:secret@imap.mmm.example")
    return Post(structs.replace(settings, inbox=inbox), mail_server)


def invitation(letter: EmailMessage) -> tuple[Calendar, Any]:
    """The calendar of a mail, read as a program does, having checked that the mail is what RFC 6047 wants."""
    first, second = calendars(letter)
    assert first == second
    assert not libical_finds_fault(first)
    [part] = [part for part in letter.walk() if part.get_content_type() == "text/calendar"]
    calendar = Calendar.from_ical(first)
    assert part.get_param("method") == calendar["METHOD"]
    [event] = calendar.walk("VEVENT")
    return calendar, event


def the_answer(letter: EmailMessage, answer: str, **changes: Any) -> bytes:
    """The mail with which a calendar program answers an invitation (RFC 5546, 3.2.3)."""
    _, invited = invitation(letter)
    given = {
        "uid": invited["UID"],
        "sequence": invited["SEQUENCE"],
        "stamp": utc_now(),
        "organizer": str(invited["ORGANIZER"]),
        "to": str(invited["ORGANIZER"]).removeprefix("mailto:"),
        "sender": letter["To"].addresses[0].addr_spec,
        "method": "REPLY",
    } | changes
    reply = Calendar()
    for name, value in (("VERSION", "2.0"), ("PRODID", "-//A calendar//EN"), ("METHOD", given["method"])):
        reply.add(name, value)
    event = Event()
    event.add("UID", given["uid"])
    event.add("DTSTAMP", given["stamp"])
    if given["sequence"] is not None:
        event.add("SEQUENCE", given["sequence"])
    event.add("ORGANIZER", given["organizer"])
    event.add("ATTENDEE", f"mailto:{given['sender']}", {"PARTSTAT": answer})
    reply.add_component(event)
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = given["sender"], given["to"], f"{answer}: Care skills count"
    mail.set_content("Answered by a program.")
    data = reply.to_ical()
    mail.add_alternative(data, "text", "calendar", params={"method": "REPLY", "charset": "utf-8"})
    return mail.as_bytes()


DECLINED = "ATTENDEE;PARTSTAT=DECLINED:mailto:a@example.org\r\n"


def a_reply(event: str) -> str:
    return f"BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\n{event}END:VEVENT\r\nEND:VCALENDAR\r\n"


def a_mail(calendar: str) -> bytes:
    return f"Subject: Hello\r\nContent-Type: text/calendar\r\n\r\n{calendar}".encode()


async def delivered(inbox: InboxUrl, *letters: bytes) -> None:
    def append() -> None:
        with imaplib.IMAP4(inbox.host, inbox.port) as server:
            server.login(inbox.user, inbox.password)
            for letter in letters:
                assert server.append("INBOX", "", "", letter)[0] == "OK"

    await asyncio.to_thread(append)


async def standings() -> list[str]:
    rows = await Registration.select(Registration.standing).order_by(Registration.id)
    return [row["standing"] for row in rows]


async def an_invitation(post: Post, email: str = "ana@example.org") -> EmailMessage:
    await a_registration(email=email)
    return (await post.brought())[-1]
