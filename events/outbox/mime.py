"""From the words of a mail to what goes over the wire (RFC 5322, 2045–2047, 2231, 6532; calendar parts: RFC 6047).

Our own writer: `email.message` parses each header that it is given and takes 4 ms for a mail with a calendar part, ten
times as long, on the core that answers people. It reads what is written here in the tests.
"""

import base64
import re
import unicodedata
from binascii import b2a_qp
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.utils import encode_rfc2231, format_datetime, parseaddr
from functools import lru_cache

import idna

from events.infra.smtp import Letter
from events.outbox.rules import Attachment, Mail

_ATOM = r"""([^\s@<>()\[\]\\,;:"\x00-\x1f\x7f-\x9f]+)"""
_MAILBOX = re.compile(f"{_ATOM}@{_ATOM}")
_PLAIN = re.compile(r"(?!.*=\?)[ !#-\[\]-~]{0,60}")  # needs neither encoding nor escapes, and fits on a line
_WORD_BYTES = 39  # behind "Reply-To: ", their base64 still ends within the 76 characters of such a line
_TOKEN = re.compile(r"[A-Za-z0-9!#$&.+^_`|~-]+")  # needs no quotes as a parameter (RFC 2045, 5.1)
_BASE64_LINE = 57  # octets that become 76 characters


def letter_for(mail: Mail, *, message_id: int, mail_from: str, domain: str, at: datetime) -> Letter:
    """The Message-ID is the message's own, so that whoever gets it twice can see that it is the same.

    The headers are ours: Python 3.11 loses spaces of long names, and decodes what somebody typed as `=?utf-8?q?=0A?=`
    into a line break.
    """
    (written, sender), recipient = _written_and_address(mail_from), _address(mail.to_address)
    headers = {
        "From": written,
        "To": _mailbox(mail.to_name, recipient),
        "Subject": _encoded(mail.subject),
        "Date": _dated(at.replace(microsecond=0)),
        "Message-ID": f"<m-{message_id}@{domain}>",
        "Auto-Submitted": "auto-generated",
        "Content-Language": _line(mail.language),
        **{name: _ascii(value) for name, value in mail.headers.items()},
    }
    if mail.reply_to:
        headers["Reply-To"], _ = _written_and_address(mail.reply_to)
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    utf8 = not f"{sender}{recipient}".isascii()
    return Letter(message_id, sender, recipient, f"{head}MIME-Version: 1.0\r\n{_body(mail)}".encode(), utf8)


def _body(mail: Mail) -> str:
    ways = [_written("plain", mail.text), _written("html", mail.html)]
    ways += [
        _packed("text/calendar", {"charset": "utf-8", **attachment.parameters}, attachment.data)
        for attachment in mail.attachments
        if _is_invitation(attachment)
    ]
    body = _several("alternative", ways)
    return _several("mixed", [body, *map(_attached, mail.attachments)]) if mail.attachments else body


def _attached(attachment: Attachment) -> str:
    disposition = f"Content-Disposition: attachment{_parameter('filename', _line(attachment.filename))}\r\n"
    if _is_invitation(attachment):
        return disposition + _packed("application/ics", {}, attachment.data)
    return disposition + _packed(attachment.content_type, attachment.parameters, attachment.data)


def _several(kind: str, parts: Sequence[str]) -> str:
    """`=_` stands in no part: behind an equals sign quoted-printable has digits or a line break, base64 no `_`."""
    inside = "".join(f"--=_{kind}\r\n{part}\r\n" for part in parts)
    return f'Content-Type: multipart/{kind}; boundary="=_{kind}"\r\n\r\n{inside}--=_{kind}--\r\n'


def _written(kind: str, text: str) -> str:
    """Readable on the wire, unless base64 is shorter: of what is in another than the Latin script."""
    octets = text.encode(errors="replace")
    lines = octets.splitlines()
    quoted = "".join(map(_quoted, lines))
    if len(quoted) > 1.4 * len(octets) + 2 * len(lines):
        return _packed(f"text/{kind}", {"charset": "utf-8"}, b"\r\n".join([*lines, b""]))
    head = f"Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n"
    return f"{head}\r\n{quoted}"


@lru_cache(1000)
def _quoted(line: bytes) -> str:
    """Most lines of a mail that goes to many are the same in each of them."""
    return b2a_qp(line + b"\r\n").decode()


def _packed(content_type: str, parameters: Mapping[str, str], data: bytes) -> str:
    given = "".join(_parameter(name, value) for name, value in parameters.items())
    lines = (data[start : start + _BASE64_LINE] for start in range(0, len(data), _BASE64_LINE))
    packed = "\r\n".join(base64.b64encode(line).decode() for line in lines)
    return f"Content-Type: {content_type}{given}\r\nContent-Transfer-Encoding: base64\r\n\r\n{packed}\r\n"


def _parameter(name: str, value: str) -> str:
    if _TOKEN.fullmatch(value):
        return f"; {name}={value}"
    if value.isascii():
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f';\r\n {name}="{escaped}"'
    return f";\r\n {name}*={encode_rfc2231(value, 'utf-8')}"


def _is_invitation(attachment: Attachment) -> bool:
    return attachment.content_type == "text/calendar" and "method" in attachment.parameters


@lru_cache(1)
def _dated(second: datetime) -> str:
    """The same for all the mails of a second."""
    return format_datetime(second)


@lru_cache(64)
def _written_and_address(given: str) -> tuple[str, str]:
    """`Ana Reyes <ana@example.org>` for a header, and its address; the same few for all mails."""
    name, address = parseaddr(given)
    address = _address(address)
    return _mailbox(name, address), address


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
    line = " ".join(text.split())
    if line.isprintable():
        return line
    return "".join(c for c in line if unicodedata.category(c) not in {"Cc", "Cs"})


def _ascii(text: str) -> str:
    if not text.isascii():
        raise ValueError("not an ASCII header")
    return _line(text)


@lru_cache(64)
def _encoded(text: str) -> str:
    """One line for a header, in encoded words (RFC 2047) where it must be; a subject is that of many mails."""
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
