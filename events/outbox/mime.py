"""From the words of a mail to what goes over the wire (RFC 5322, 2045–2047, 6532; calendar parts: RFC 6047)."""

import base64
import re
import unicodedata
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import parseaddr
from typing import Any

import idna

from events.infra.smtp import Letter
from events.outbox.rules import Attachment, Mail

_WORD_BYTES = 39  # behind "Reply-To: ", their base64 still ends within the 76 characters of such a line

_ATOM = r"""([^\s@<>()\[\]\\,;:"\x00-\x1f\x7f-\x9f]+)"""
_MAILBOX = re.compile(f"{_ATOM}@{_ATOM}")


class _Wire(EmailPolicy):
    """Encodes names and subjects itself: where Python 3.11 breaks a long name, a space is lost."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        if self.utf8 or value.isascii():
            return super().fold_binary(name, value)
        if hasattr(value, "addresses"):
            (address,) = value.addresses
            return f"{name}: {_encoded_words(address.display_name)}\r\n <{address.addr_spec}>\r\n".encode()
        if name == "Subject":
            return f"{name}: {_encoded_words(value)}\r\n".encode()
        return super().fold_binary(name, value)


_ASCII_WIRE = _Wire(linesep="\r\n", cte_type="7bit")
_UTF8_WIRE = SMTP.clone(utf8=True, cte_type="7bit")


def letter_for(mail: Mail, *, message_id: int, mail_from: str, domain: str, at: datetime) -> Letter:
    """The Message-ID is the message's own, so that whoever gets it twice can see that it is the same."""
    sender, recipient = _address(*parseaddr(mail_from)), _address(mail.to_name, mail.to_address)
    utf8 = not f"{sender.addr_spec}{recipient.addr_spec}".isascii()
    message = EmailMessage(policy=_UTF8_WIRE if utf8 else _ASCII_WIRE)
    message["From"] = sender
    message["To"] = recipient
    if mail.reply_to:
        message["Reply-To"] = _address(*parseaddr(mail.reply_to))
    message["Subject"] = _line(mail.subject)
    message["Date"] = at
    message["Message-ID"] = f"<m-{message_id}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    for name, value in mail.headers.items():
        message[name] = _line(value)
    _fill(message, mail)
    message["Content-Language"] = mail.language  # last, or it would move into the first part
    return Letter(message_id, sender.addr_spec, recipient.addr_spec, message.as_bytes(), utf8)


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


def _address(name: str, address: str) -> Address:
    """Raises ValueError when it is none."""
    found = _MAILBOX.fullmatch(address)
    if found is None:
        raise ValueError("not an e-mail address")
    local, domain = found.groups()
    if not domain.isascii():
        domain = idna.encode(domain, uts46=True).decode()
    return Address(_line(name), local, domain)


def _line(text: str) -> str:
    """One line without control characters: nothing that somebody typed begins a header of its own."""
    return "".join(c for c in " ".join(text.split()) if unicodedata.category(c) not in {"Cc", "Cs"})


def _encoded_words(text: str) -> str:
    words, word = [], b""
    for character in text:
        encoded = character.encode()
        if len(word) + len(encoded) > _WORD_BYTES:
            words.append(word)
            word = b""
        word += encoded
    return "\r\n ".join(f"=?utf-8?b?{base64.b64encode(word).decode()}?=" for word in [*words, word])
