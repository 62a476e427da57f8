"""A real SMTP server on loopback that keeps what it is sent."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import lru_cache
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session


class MailServer:
    """`answers` holds what RCPT and DATA answer for an address, in turn; what it does not hold is taken.

    A mail to an address in `waits_for` is not taken before that event; `waiting` counts those that wait.

    With a `certificate` it encrypts as `scheme`, that of its URL, says.
    """

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.envelopes: list[Envelope] = []
        self.sign_ins: list[tuple[bytes, bytes]] = []
        self.connections = 0
        self.open_connections = 0
        self.most_connections = 100
        self.most_over_one_connection = 1_000_000
        self.pipelines = False
        self.scheme = "smtp"
        self.certificate: ssl.SSLContext | None = None
        self.answers: dict[str, list[str]] = {}
        self.answers_to_data: dict[str, list[str]] = {}
        self.waits_for: dict[str, asyncio.Event] = {}
        self.waiting = 0
        self.says_goodbye = asyncio.Event()
        self.says_goodbye.set()
        self.was_left = asyncio.Event()
        self.kept: list[_Limited] = []
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def letters(self) -> list[EmailMessage]:
        return [self.letter(envelope) for envelope in self.envelopes]

    @property
    def recipients(self) -> list[str]:
        return [recipient for envelope in self.envelopes for recipient in envelope.rcpt_tos]

    @staticmethod
    @lru_cache(2000)  # aiosmtpd looks through all that its handler has, `letters` too, at each connection
    def letter(envelope: Envelope) -> EmailMessage:
        policy = default.clone(utf8=True)
        return message_from_bytes(envelope.original_content or b"", policy=policy)

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        encrypts = self.certificate if self.scheme == "smtps" else None
        self._server = await loop.create_server(self._connected, "127.0.0.1", self.port, ssl=encrypts)

    async def stop(self) -> None:
        if self._server:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    def _connected(self) -> SMTP:
        self.connections += 1
        starts = self.certificate if self.scheme == "smtp+starttls" else None
        made = _Limited(
            self,
            enable_SMTPUTF8=True,
            authenticator=self._sign_in,
            auth_require_tls=False,
            hostname="test",
            tls_context=starts,
            require_starttls=bool(starts),
        )
        self.kept.append(made)
        return made

    def _sign_in(self, *args: Any) -> AuthResult:
        given = args[-1]
        self.sign_ins.append((given.login, given.password))
        return AuthResult(success=given.password == b"p@ss/word", handled=False)

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [responses[0], *["250-PIPELINING"] * self.pipelines, *responses[1:]]

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        assert isinstance(server, _Limited)
        server.mails += 1
        if server.mails > self.most_over_one_connection:
            return "421 4.7.0 too many messages"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.answers.get(address):
            return self.answers[address].pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        if wait := self.waits_for.get(envelope.rcpt_tos[0]):
            self.waiting += 1
            await wait.wait()
            self.waiting -= 1
        if answers := self.answers_to_data.get(envelope.rcpt_tos[0]):
            return answers.pop(0)
        self.envelopes.append(envelope)
        return "250 OK"

    async def handle_QUIT(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        self.was_left.set()
        await self.says_goodbye.wait()
        return "221 Bye"


class _Limited(SMTP):
    """Refuses what goes beyond the server's `most_connections`, as Postfix does."""

    event_handler: MailServer
    mails = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.event_handler.open_connections += 1
        if self.event_handler.open_connections <= self.event_handler.most_connections:
            super().connection_made(transport)
        elif isinstance(transport, asyncio.Transport):
            transport.write(b"421 4.7.0 too many connections\r\n")
            transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        self.event_handler.open_connections -= 1
        if self.transport is not None:
            super().connection_lost(error)


@pytest.fixture
async def mail_server() -> AsyncIterator[MailServer]:
    server = MailServer()
    await server.start()
    yield server
    await server.stop()
