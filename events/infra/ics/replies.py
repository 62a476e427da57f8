"""What a calendar program answers to an invitation (RFC 5546, 3.2.3), read out of its mail (RFC 6047)."""

from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message
from email.utils import getaddresses

from msgspec import Struct

ANSWERS = ("ACCEPTED", "DECLINED", "TENTATIVE")
_TO = ("To", "Cc", "Delivered-To", "X-Original-To", "X-Envelope-To", "Envelope-To")
_CALENDARS = ("text/calendar", "application/ics")


class Reply(Struct, frozen=True):
    """`sequence` None where it is not said; `sent_to` the organizer's addresses as the answer and its mail have them.

    Nothing in it is true because it says so: see `registration/invitations.py`.
    """

    uid: str
    answer: str
    sequence: int | None
    stamped_at: datetime
    sent_to: tuple[str, ...]


def read_reply(letter: bytes) -> Reply | None:
    """The answer in a mail; None when there is none that can be read, whatever it holds instead."""
    try:
        message = message_from_bytes(letter)
        for calendar in _calendars(message):
            if reply := _reply_in(calendar, _recipients(message)):
                return reply
    except Exception:  # noqa: BLE001 - anybody may send us anything, and the libraries that read it raise anything
        return None
    return None


def _calendars(message: Message) -> Iterator[bytes]:
    for part in message.walk():
        named = (part.get_filename() or "").lower().endswith(".ics")
        if not part.is_multipart() and (part.get_content_type() in _CALENDARS or named):
            data = part.get_payload(decode=True)
            if isinstance(data, bytes):
                yield data


def _recipients(message: Message) -> list[str]:
    headers = [str(value) for name in _TO for value in message.get_all(name, [])]
    return [address for _, address in getaddresses(headers) if address]


def _reply_in(calendar: bytes, recipients: list[str]) -> Reply | None:
    from icalendar import Calendar  # noqa: PLC0415 - 0.15 s that no start has to wait for

    document = Calendar.from_ical(calendar)
    events = document.walk("VEVENT")
    if str(document.get("METHOD", "")).upper() != "REPLY" or len(events) != 1:
        return None
    [event] = events
    attendees = event.get("ATTENDEE", [])
    attendee = attendees[0] if isinstance(attendees, list) else attendees
    stamp = event.decoded("DTSTAMP")
    if not isinstance(stamp, datetime) or "RECURRENCE-ID" in event:
        return None
    organizer = str(event.get("ORGANIZER", "")).lower().removeprefix("mailto:")
    return Reply(
        uid=str(event["UID"]),
        answer=str(attendee.params["PARTSTAT"]).upper(),
        sequence=int(str(event["SEQUENCE"])) if "SEQUENCE" in event else None,
        stamped_at=_utc(stamp),
        sent_to=tuple(address.lower() for address in (organizer, *recipients)),
    )


def _utc(stamp: datetime) -> datetime:
    return stamp.replace(tzinfo=UTC) if stamp.tzinfo is None else stamp.astimezone(UTC)
