"""From the words of a mail to what goes over the wire (RFC 5322, 2045–2047, 6532; calendar parts: RFC 6047)."""

import base64
import re
import unicodedata
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

import idna

from events.infra.smtp import Letter
from events.outbox.rules import Attachment, Mail

_ATOM = r"""([^\s@<>()\[\]\\,;:"\x00-\x1f\x7f-\x9f]+)"""
_MAILBOX = re.compile(f"{_ATOM}@{_ATOM}")
_PLAIN = re.compile(r"(?!.*=\?)[ !#-\[\]-~]{0,60}")  # needs neither encoding nor escapes, and fits on a line
_WORD_BYTES = 39  # behind "Reply-To: ", their base64 still ends within the 76 characters of such a line
_PARTS = SMTP.clone(cte_type="7bit")


def letter_for(mail: Mail, *, message_id: int, mail_from: str, domain: str, at: datetime) -> Letter:
    """The Message-ID is the message's own, so that whoever gets it twice can see that it is the same.

    The headers are ours: Python 3.11 loses spaces of long names, and decodes what somebody typed as `=?utf-8?q?=0A?=`
    into a line break.
    """
    from_name, from_address = parseaddr(mail_from)
    sender, recipient = _address(from_address), _address(mail.to_address)
    headers = {
        "From": _mailbox(from_name, sender),
        "To": _mailbox(mail.to_name, recipient),
        "Subject": _encoded(mail.subject),
        "Date": format_datetime(at),
        "Message-ID": f"<m-{message_id}@{domain}>",
        "Auto-Submitted": "auto-generated",
        "Content-Language": _line(mail.language),
        **{name: _ascii(value) for name, value in mail.headers.items()},
    }
    if mail.reply_to:
        name, address = parseaddr(mail.reply_to)
        headers["Reply-To"] = _mailbox(name, _address(address))
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    parts = EmailMessage(policy=_PARTS)
    _fill(parts, mail)
    utf8 = not f"{sender}{recipient}".isascii()
    return Letter(message_id, sender, recipient, head.encode() + parts.as_bytes(), utf8)


def _fill(message: EmailMessage, mail: Mail) -> None:
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    for attachment in mail.attachments:
        if _is_invitation(attachment):
            parameters = {"charset": "utf-8", **attachment.parameters}
            message.add_alternative(attachment.data, "text", "calendar", cte="base64", params=parameters)
    for attachment in mail.attachments:
        kind = "application/ics" if _is_invitation(attachment) else attachment.content_type
        parameters = {} if _is_invitation(attachment) else dict(attachment.parameters)
        message.add_attachment(
            attachment.data, *kind.split("/", 1), filename=_line(attachment.filename), params=parameters
        )


def _is_invitation(attachment: Attachment) -> bool:
    return attachment.content_type == "text/calendar" and "method" in attachment.parameters


def _mailbox(name: str, address: str) -> str:
    name = _line(name)
    if not name:
        return f"<{address}>"
    return f'"{name}" <{address}>' if _PLAIN.fullmatch(name) else f"{_encoded(name)}\r\n <{address}>"


def _address(address: str) -> str:
    """Raises ValueError when it is none."""
    found = _MAILBOX.fullmatch(address)
    if found is None:
        raise ValueError("not an e-mail address")
    local, domain = found.groups()
    return f"{local}@{domain if domain.isascii() else idna.encode(domain, uts46=True).decode()}"


def _line(text: str) -> str:
    """One line without control characters: nothing that somebody typed begins a header of its own."""
    return "".join(c for c in " ".join(text.split()) if unicodedata.category(c) not in {"Cc", "Cs"})


def _ascii(text: str) -> str:
    if not text.isascii():
        raise ValueError("not an ASCII header")
    return _line(text)


def _encoded(text: str) -> str:
    """One line for a header, in encoded words (RFC 2047) where it must be."""
    text = _line(text)
    if _PLAIN.fullmatch(text):
        return text
    words, word = [], b""
    for character in text:
        encoded = character.encode()
        if len(word) + len(encoded) > _WORD_BYTES:
            words.append(word)
            word = b""
        word += encoded
    return "\r\n ".join(f"=?utf-8?b?{base64.b64encode(part).decode()}?=" for part in [*words, word])
