"""The way in for mail: an IMAP mailbox that is only read. Nothing in it is marked, moved or deleted."""

import asyncio
import imaplib
import re
import ssl
from contextlib import suppress
from datetime import datetime, timedelta

from msgspec import Struct

from events.settings import InboxUrl

ANSWER_SECONDS = 30
BATCH = 50
LARGEST_LETTER = 1_000_000
"""A reply of a calendar is some kilobytes; whatever is larger is none."""

_OLDEST = timedelta(days=30)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")


class Unreadable(Exception):
    """There is no reading the mailbox just now; the text names neither password nor people."""


class Mark(Struct, frozen=True):
    """How far a mailbox was read: its own number (RFC 9051, 2.3.1.1) and that of the last letter."""

    validity: int = 0
    last: int = 0


class Arrived(Struct, frozen=True):
    """One letter and how far the mailbox is read with it; `data` is empty for what is too large to be looked at."""

    mark: Mark
    data: bytes


async def read_after(inbox: InboxUrl, mark: Mark, now: datetime) -> list[Arrived]:
    """The next letters, oldest first and not all at once; of a mailbox that is new to us those of the last month."""
    return await asyncio.to_thread(_read_after, inbox, mark, now)


async def check(inbox: InboxUrl) -> None:
    """Raises Unreadable when the mailbox cannot be read."""
    await asyncio.to_thread(_check, inbox)


def _check(inbox: InboxUrl) -> None:
    try:
        _left(_opened(inbox))
    except (OSError, imaplib.IMAP4.error) as error:
        raise Unreadable(_said(error, inbox)) from error


def _read_after(inbox: InboxUrl, mark: Mark, now: datetime) -> list[Arrived]:
    try:
        server = _opened(inbox)
        try:
            validity = int(server.response("UIDVALIDITY")[1][0] or 0)
            if validity != mark.validity:
                mark = Mark(validity)
            return [_letter(server, Mark(validity, uid)) for uid in _uids(server, mark, now)[:BATCH]]
        finally:
            _left(server)
    except (OSError, imaplib.IMAP4.error, ValueError, TypeError) as error:
        raise Unreadable(_said(error, inbox)) from error


def _opened(inbox: InboxUrl) -> imaplib.IMAP4:
    context = ssl.create_default_context()
    server: imaplib.IMAP4
    if inbox.tls:
        server = imaplib.IMAP4_SSL(inbox.host, inbox.port, ssl_context=context, timeout=ANSWER_SECONDS)
    else:
        server = imaplib.IMAP4(inbox.host, inbox.port, timeout=ANSWER_SECONDS)
    try:
        if not inbox.tls and "STARTTLS" in server.capabilities:
            server.starttls(context)
        server.login(inbox.user, inbox.password)
        quoted = '"' + inbox.mailbox.replace("\\", "\\\\").replace('"', '\\"') + '"'
        kind, _ = server.select(quoted, readonly=True)
    except BaseException:
        _left(server)
        raise
    if kind != "OK":
        _left(server)
        raise imaplib.IMAP4.error(f"there is no mailbox {inbox.mailbox}")
    return server


def _left(server: imaplib.IMAP4) -> None:
    with suppress(OSError, imaplib.IMAP4.error):
        server.logout()


def _uids(server: imaplib.IMAP4, mark: Mark, now: datetime) -> list[int]:
    wanted = f"UID {mark.last + 1}:*"
    if not mark.last:
        oldest = now - _OLDEST
        wanted += f" SINCE {oldest.day}-{_MONTHS[oldest.month - 1]}-{oldest.year}"
    _, found = server.uid("SEARCH", wanted)
    # `7:*` has the last letter in it even where that is older.
    return sorted(uid for uid in map(int, (found[0] or b"").split()) if uid > mark.last)


def _letter(server: imaplib.IMAP4, mark: Mark) -> Arrived:
    _, told = server.uid("FETCH", str(mark.last), "(RFC822.SIZE)")
    size = _SIZE.search(b" ".join(part for part in told if isinstance(part, bytes)))
    if size is None or int(size[1]) > LARGEST_LETTER:
        return Arrived(mark, b"")
    _, parts = server.uid("FETCH", str(mark.last), "(BODY.PEEK[])")
    return Arrived(mark, next((part[1] for part in parts if isinstance(part, tuple)), b""))


def _said(error: Exception, inbox: InboxUrl) -> str:
    """What the server said, without what a server may repeat of the sign-in."""
    text = str(error)[:200].replace(inbox.password, "…") if inbox.password else str(error)[:200]
    return f"{type(error).__name__}: {text}"
