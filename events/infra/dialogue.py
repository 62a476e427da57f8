"""What is said to a mail server once it has let us in, and what it answers (RFC 5321, 4.2).

aiosmtplib connects, encrypts and signs in; its protocol loses answers that come together, as they do when several
commands go out at once (RFC 2920).
"""

import asyncio

from aiosmtplib import SMTPReadTimeoutError, SMTPResponse, SMTPServerDisconnected

_LONGEST_ANSWER = 32_768  # octets: a server that never ends a line fills no memory


class Dialogue(asyncio.Protocol):
    """Takes a connection over from its protocol."""

    def __init__(self, transport: asyncio.Transport, seconds: float) -> None:
        self._transport = transport
        self._seconds = seconds
        self._unread = b""
        self._text: list[str] = []
        self._answers: list[SMTPResponse] = []
        self._expected = 0
        self._enough: asyncio.Future[None] | None = None
        transport.set_protocol(self)

    async def say(self, octets: bytes, answers: int) -> list[SMTPResponse]:
        """Fewer answers when the server hangs up behind one; raises when it gives none, or not in time."""
        self._unread, self._text, self._answers, self._expected = b"", [], [], answers
        if not self._transport.is_closing():
            loop = asyncio.get_running_loop()
            self._enough = loop.create_future()
            self._transport.write(octets)
            too_late = loop.call_later(self._seconds, self._give_up)  # cheaper than asyncio.timeout
            try:
                await self._enough
            finally:
                too_late.cancel()
        if not self._answers:
            raise SMTPServerDisconnected("Connection lost")
        return self._answers[:answers]

    def data_received(self, data: bytes) -> None:
        *lines, self._unread = (self._unread + data).split(b"\n")
        for line in lines:
            self._take(line.rstrip())
        if len(self._unread) > _LONGEST_ANSWER or len(self._text) > _LONGEST_ANSWER // 80:
            self._transport.abort()
        if len(self._answers) >= self._expected:
            self._wake()

    def _take(self, line: bytes) -> None:
        self._text.append(line[4:].decode(errors="replace"))
        if line[3:4] == b"-":
            return
        code = int(line[:3]) if line[:3].isdigit() else -1
        self._answers.append(SMTPResponse(code, "\n".join(self._text)))
        self._text = []

    def connection_lost(self, _error: Exception | None) -> None:
        self._wake()

    def _give_up(self) -> None:
        self._transport.abort()  # an answer that comes now would be taken for another's
        if self._enough and not self._enough.done():
            self._enough.set_exception(SMTPReadTimeoutError("The server does not answer"))

    def _wake(self) -> None:
        if self._enough and not self._enough.done():
            self._enough.set_result(None)
