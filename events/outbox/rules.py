"""What a mail is, and how often and for how long we try to send it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

# After each failed try; then we give up, about four days after the first.
PAUSES = (
    *(timedelta(minutes=minutes) for minutes in (1, 5, 15)),
    *(timedelta(hours=hours) for hours in (1, 3, 6, 12, 24, 24, 24)),
)
PATIENCE = timedelta(days=4)
_JITTER = 0.2
_GOLDEN = 0.6180339887498949


class Queued(Struct, frozen=True):
    """A message as its renderer sees it; `tries` counts this one too."""

    id: int
    kind: str
    subject_id: int
    to_address: str
    facts: Mapping[str, Any]
    tries: int
    created_at: datetime


class Attachment(Struct, frozen=True):
    """A `text/calendar` one with `method` among its parameters is an invitation and laid out as one."""

    filename: str
    content_type: str
    data: bytes
    parameters: Mapping[str, str] = {}


class Mail(Struct, frozen=True):
    """The words of a message in its reader's `language`."""

    to_address: str
    to_name: str
    subject: str
    text: str
    html: str
    language: str
    attachments: tuple[Attachment, ...] = ()
    reply_to: str | None = None
    headers: Mapping[str, str] = {}


KEPT_FOR = timedelta(days=90)
"""How long the record of a mail that was sent is kept: to answer “did my confirmation go?”, not for ever."""


def pause_after(tries: int, message_id: int) -> timedelta | None:
    """How long to wait after so many failed tries; None when it is time to give up.

    Up to a fifth longer, by the id, so that what failed together does not come back together.
    """
    if tries > len(PAUSES):
        return None
    return PAUSES[tries - 1] * (1 + _JITTER * (message_id * _GOLDEN % 1))


def waited_too_long(due_at: datetime, now: datetime) -> bool:
    """Whether a message that the mail server was never there for is given up."""
    return now - due_at > PATIENCE
