"""The way out for mail: an SMTP server, or without one a folder of files."""

import asyncio
import ssl
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Protocol, cast
from urllib.parse import unquote, urlsplit

import aiosmtplib
from msgspec import Struct

from events.infra.dialogue import Dialogue
from events.kernel.clock import utc_now
from events.settings import Settings

ANSWER_SECONDS = 30
_TAKEN = {aiosmtplib.SMTPStatus.completed, aiosmtplib.SMTPStatus.will_forward}
_REFUSALS = 400
_HUNG_UP = aiosmtplib.SMTPResponse(aiosmtplib.SMTPStatus.domain_unavailable, "The server closed the connection")


class Letter(Struct, frozen=True):
    """A finished mail; `utf8` when an address of it needs a server that takes more than ASCII (RFC 6531)."""

    message_id: int
    sender: str
    recipient: str
    data: bytes
    utf8: bool = False


class Undelivered(Exception):
    """`reply` is what the server said, and may name the recipient; the exception's own text names nobody."""

    def __init__(self, error: Exception) -> None:
        code = getattr(error, "code", "")
        self.reply = f"{code} {error.message}" if isinstance(error, aiosmtplib.SMTPResponseException) else str(error)
        super().__init__(f"{type(error).__name__} {code}".rstrip())


class Refused(Undelivered):
    """For good: there is no such mailbox, or the server will never take this mail."""


class NotNow(Undelivered):
    """The server may take this mail later."""


class Unreachable(Undelivered):
    """There is no talking to the server, whatever the mail."""


class Transport(Protocol):
    """Sends one letter after the other; kept for a batch, then closed."""

    async def send(self, letter: Letter) -> None: ...
    async def aclose(self) -> None: ...


def transport_for(settings: Settings) -> Transport:
    """What the settings say; nothing is connected before the first letter."""
    if settings.smtp_url:
        return SmtpTransport(settings.smtp_url, settings.domain)
    return FolderTransport(mail_folder(settings))


def mail_folder(settings: Settings) -> Path:
    return settings.var / "mail"


class SmtpTransport:
    """One connection, opened when it is needed and again when the server has closed it."""

    def __init__(self, url: str, domain: str) -> None:
        parts = urlsplit(url)
        self._dialogue: Dialogue | None = None
        self._smtp = aiosmtplib.SMTP(
            hostname=parts.hostname,
            port=parts.port,
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            use_tls=parts.scheme == "smtps",
            start_tls=parts.scheme == "smtp+starttls",
            local_hostname=_own_name(domain),
            timeout=ANSWER_SECONDS,
        )

    async def connect(self) -> Dialogue:
        self._smtp.close()
        try:
            await self._smtp.connect()
            await self._greet()
        except (aiosmtplib.SMTPException, OSError, ssl.SSLError) as error:
            raise Unreachable(error) from error
        self._dialogue = Dialogue(cast("asyncio.Transport", self._smtp.transport), ANSWER_SECONDS)
        return self._dialogue

    async def _greet(self) -> None:
        """Where encryption or a password have not asked for it already."""
        if self._smtp.is_ehlo_or_helo_needed:
            try:
                await self._smtp.ehlo()
            except aiosmtplib.SMTPHeloError:
                await self._smtp.helo()

    async def send(self, letter: Letter) -> None:
        try:
            await self._transact(letter)
        except aiosmtplib.SMTPSenderRefused as error:
            raise NotNow(error) from error  # no fault of the mail's: the operator will see to it
        except aiosmtplib.SMTPResponseException as error:
            raise _verdict(error) from error
        except aiosmtplib.SMTPNotSupported as error:
            raise Refused(error) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            self._smtp.close()
            raise NotNow(error) from error
        except asyncio.CancelledError:
            self._smtp.close()  # it is in the middle of something
            raise

    async def _transact(self, letter: Letter) -> None:
        dialogue, said = await self._begin(letter)
        mail, recipient, data = [*said, _HUNG_UP, _HUNG_UP][:3]
        awaits_mail = data.code == aiosmtplib.SMTPStatus.start_input
        try:
            if mail.code != aiosmtplib.SMTPStatus.completed:
                raise aiosmtplib.SMTPSenderRefused(*mail, letter.sender)
            if recipient.code not in _TAKEN:
                raise aiosmtplib.SMTPRecipientRefused(*recipient, letter.recipient)
            if awaits_mail:
                awaits_mail = False
                [data] = await dialogue.say(letter.data.replace(b"\r\n.", b"\r\n..") + b".\r\n", 1)
            if data.code != aiosmtplib.SMTPStatus.completed:
                raise aiosmtplib.SMTPDataError(*data)
        except aiosmtplib.SMTPResponseException:
            with suppress(aiosmtplib.SMTPException):  # a server that does not forget the mail closes by itself
                if awaits_mail:
                    await dialogue.say(b".\r\n", 1)
                await dialogue.say(b"RSET\r\n", 1)
            raise

    async def _begin(self, letter: Letter) -> tuple[Dialogue, list[aiosmtplib.SMTPResponse]]:
        """Over a new connection where the server takes no further mail over the one that was kept."""
        if self._dialogue:
            with suppress(aiosmtplib.SMTPServerDisconnected):
                said = await self._open(self._dialogue, letter)
                if said[0].code != aiosmtplib.SMTPStatus.domain_unavailable:
                    return self._dialogue, said
        dialogue = await self.connect()
        return dialogue, await self._open(dialogue, letter)

    async def _open(self, dialogue: Dialogue, letter: Letter) -> list[aiosmtplib.SMTPResponse]:
        """What is answered to MAIL, RCPT and DATA, up to a refusal; all said at once where the server takes that."""
        smtp, options = self._smtp, b" SMTPUTF8" if letter.utf8 else b""
        if letter.utf8 and not smtp.supports_extension("smtputf8"):
            raise aiosmtplib.SMTPNotSupported("SMTPUTF8 is not supported by this server")
        if smtp.supports_extension("size"):
            options += b" SIZE=%d" % len(letter.data)
        commands = (
            b"MAIL FROM:<%s>%s\r\n" % (letter.sender.encode(), options),
            b"RCPT TO:<%s>\r\n" % letter.recipient.encode(),
            b"DATA\r\n",
        )
        if smtp.supports_extension("pipelining"):
            return await dialogue.say(b"".join(commands), len(commands))
        said: list[aiosmtplib.SMTPResponse] = []
        for command in commands:
            said += await dialogue.say(command, 1)
            if said[-1].code >= _REFUSALS:
                break
        return said

    async def aclose(self) -> None:
        try:
            if self._dialogue:
                with suppress(aiosmtplib.SMTPException):
                    await self._dialogue.say(b"QUIT\r\n", 1)
        finally:
            self._smtp.close()


def _verdict(error: aiosmtplib.SMTPResponseException) -> Undelivered:
    return Refused(error) if error.code >= aiosmtplib.SMTPStatus.unrecognized_command else NotNow(error)


def _own_name(domain: str) -> str:
    """How we greet the server; an address stands in brackets."""
    try:
        address = ip_address(domain)
    except ValueError:
        return domain
    return f"[{address}]" if address.version == 4 else f"[IPv6:{address}]"  # noqa: PLR2004 - IPv4


class FolderTransport:
    """Writes `.eml` files that sort by time; they hold private links, so only their owner reads them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def send(self, letter: Letter) -> None:
        try:
            await asyncio.to_thread(self._write, letter)
        except OSError as error:
            raise Unreachable(error) from error

    async def aclose(self) -> None:
        pass

    def _write(self, letter: Letter) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / f"{utc_now():%Y%m%dT%H%M%S.%fZ}-{letter.message_id}.eml"
        unfinished = path.with_suffix(".part")
        unfinished.touch(mode=0o600)
        unfinished.write_bytes(letter.data)
        unfinished.replace(path)
