"""Reads back the mails that were written into a folder for want of an SMTP server."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_string
from email.header import decode_header, make_header
from email.message import Message
from pathlib import Path

from msgspec import Struct

from events.kernel.errors import NotFound
from events.kernel.words import N_

MOST_LISTED = 200
_NAME = re.compile(r"(\d{8}T\d{6}\.\d{6})Z-\d+", re.ASCII)


class Written(Struct, frozen=True):
    """`name` is the file's, without its ending."""

    name: str
    to: str
    subject: str
    at: datetime


class Enclosed(Struct, frozen=True):
    filename: str
    content_type: str
    data: bytes


class Opened(Struct, frozen=True):
    written: Written
    headers: list[tuple[str, str]]
    text: str
    html: str
    attachments: list[Enclosed]


def list_written(folder: Path) -> list[Written]:
    """The newest first, and not more than anybody would read."""
    names = sorted((path.stem for path in folder.glob("*.eml") if _NAME.fullmatch(path.stem)), reverse=True)
    return [_written(name, _read(folder, name)) for name in names[:MOST_LISTED]]


def get_opened(folder: Path, name: str) -> Opened:
    """Raises NotFound for whatever is not the name of a mail here."""
    message = _read(folder, name)
    bodies: dict[str, str] = {}
    attachments = []
    for part in _leaves(message):
        data: bytes = part.get_payload(decode=True)  # type: ignore[assignment]  # bytes: it has no parts
        if part.get_content_disposition() == "attachment":
            attachments.append(Enclosed(part.get_filename() or "", part.get_content_type(), data))
        else:
            bodies.setdefault(part.get_content_type(), data.decode(errors="replace").replace("\r\n", "\n"))
    return Opened(
        written=_written(name, message),
        headers=[(header, _readable(value)) for header, value in message.items()],
        text=bodies.get("text/plain", ""),
        html=bodies.get("text/html", ""),
        attachments=attachments,
    )


def _read(folder: Path, name: str) -> Message:
    if not _NAME.fullmatch(name):
        raise NotFound(N_("There is no such mail."))
    try:
        data = (folder / f"{name}.eml").read_bytes()
    except FileNotFoundError:
        raise NotFound(N_("There is no such mail.")) from None
    return message_from_string(data.decode(errors="replace"))


def _written(name: str, message: Message) -> Written:
    at = datetime.strptime(name.partition("Z")[0], "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC)
    return Written(name, _readable(message["To"]), _readable(message["Subject"]), at)


def _leaves(message: Message) -> Iterator[Message]:
    return (part for part in message.walk() if not part.is_multipart())


def _readable(value: str | None) -> str:
    """Not by the standard library's newer parser: it puts spaces between the encoded words of a long name."""
    return str(make_header(decode_header((value or "").replace("\r\n", "").replace("\n", ""))))
