import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from msgspec import structs

from events.infra.smtp import Letter, NotNow, Refused, SmtpTransport, Unreachable
from tests.mail_server import MailServer

DATA = b"From: s@example.org\r\nTo: ada@example.org\r\nSubject: Hello\r\n\r\n.\r\nA dot stood alone.\r\n"
# Made by: openssl req -x509 -newkey ec -nodes -days 36500 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1
CERTIFICATE = Path(__file__).with_name("loopback.pem")
LETTER = Letter(1, "s@example.org", "ada@example.org", DATA)


@pytest.fixture(params=["one command after the other", "several at once"])
async def transport(mail_server: MailServer, request: pytest.FixtureRequest) -> AsyncIterator[SmtpTransport]:
    mail_server.pipelines = request.param == "several at once"
    made = SmtpTransport(mail_server.url, "events.example.org")
    yield made
    await made.aclose()


async def test_letters_go_out_unchanged_over_one_connection(transport: SmtpTransport, mail_server: MailServer) -> None:
    await transport.send(LETTER)
    await transport.send(structs.replace(LETTER, recipient="grace@example.org"))
    assert [envelope.original_content for envelope in mail_server.envelopes] == [DATA, DATA]
    assert mail_server.recipients == ["ada@example.org", "grace@example.org"]
    assert [envelope.mail_from for envelope in mail_server.envelopes] == ["s@example.org"] * 2
    assert mail_server.connections == 1


async def test_a_refusal_leaves_the_connection_good_for_the_next(
    transport: SmtpTransport, mail_server: MailServer
) -> None:
    mail_server.answers["nobody@example.org"] = ["550 no such mailbox"]
    with pytest.raises(Refused) as refusal:
        await transport.send(structs.replace(LETTER, recipient="nobody@example.org"))
    assert refusal.value.reply == "550 no such mailbox"
    assert str(refusal.value) == "SMTPRecipientRefused 550"
    await transport.send(LETTER)
    assert mail_server.connections == 1


async def test_a_server_that_takes_some_mails_over_one_connection_gets_the_rest_over_others(
    transport: SmtpTransport, mail_server: MailServer
) -> None:
    mail_server.most_over_one_connection = 3
    for number in range(8):
        await transport.send(structs.replace(LETTER, recipient=f"p{number}@example.org"))
    assert mail_server.recipients == [f"p{number}@example.org" for number in range(8)]
    assert mail_server.connections == 3


async def test_a_connection_that_was_lost_meanwhile_is_made_again(
    transport: SmtpTransport, mail_server: MailServer
) -> None:
    await transport.send(LETTER)
    for connection in mail_server.kept:
        assert connection.transport
        connection.transport.close()
    await transport.send(LETTER)
    assert len(mail_server.envelopes) == mail_server.connections == 2


async def test_a_mailbox_of_another_script_is_reached(transport: SmtpTransport, mail_server: MailServer) -> None:
    await transport.send(structs.replace(LETTER, recipient="用户@example.org", utf8=True))
    assert mail_server.recipients == ["用户@example.org"]
    assert mail_server.envelopes[0].smtp_utf8


async def test_name_and_password_stand_in_the_address(mail_server: MailServer) -> None:
    transport = SmtpTransport(f"smtp://me%40example.org:p%40ss%2Fword@127.0.0.1:{mail_server.port}", "127.0.0.1")
    await transport.send(LETTER)
    await transport.aclose()
    assert mail_server.sign_ins == [(b"me@example.org", b"p@ss/word")]
    assert mail_server.recipients == ["ada@example.org"]


async def test_a_wrong_password_holds_all_mail_back(mail_server: MailServer) -> None:
    transport = SmtpTransport(f"smtp://me:wrong@127.0.0.1:{mail_server.port}", "localhost")
    with pytest.raises(Unreachable, match="SMTPAuthenticationError 535"):
        await transport.send(LETTER)


@pytest.mark.parametrize("scheme", ["smtp+starttls", "smtps"])
async def test_a_server_without_encryption_gets_nothing_that_should_be_encrypted(
    mail_server: MailServer, scheme: str
) -> None:
    transport = SmtpTransport(f"{scheme}://me:p%40ss%2Fword@127.0.0.1:{mail_server.port}", "localhost")
    with pytest.raises(Unreachable):
        await transport.send(LETTER)
    assert mail_server.sign_ins == []
    assert mail_server.envelopes == []


@pytest.fixture(params=["smtps", "smtp+starttls"])
async def encrypting(mail_server: MailServer, request: pytest.FixtureRequest) -> MailServer:
    await mail_server.stop()
    mail_server.scheme = request.param
    mail_server.certificate = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    mail_server.certificate.load_cert_chain(CERTIFICATE)
    await mail_server.start()
    return mail_server


@pytest.mark.parametrize("pipelines", [False, True])
async def test_letters_go_out_encrypted_to_a_server_whose_certificate_is_trusted(
    encrypting: MailServer, monkeypatch: pytest.MonkeyPatch, *, pipelines: bool
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    encrypting.pipelines = pipelines
    transport = SmtpTransport(encrypting.url.replace("//", "//me%40example.org:p%40ss%2Fword@"), "events.example.org")
    large = structs.replace(LETTER, data=DATA + b"A line of many.\r\n" * 10_000)  # several records of TLS
    await transport.send(LETTER)
    await transport.send(large)
    await transport.aclose()
    assert [envelope.original_content for envelope in encrypting.envelopes] == [DATA, large.data]
    assert encrypting.connections == 1
    assert encrypting.sign_ins == [(b"me@example.org", b"p@ss/word")]


async def test_nothing_goes_to_a_server_whose_certificate_is_not_trusted(encrypting: MailServer) -> None:
    transport = SmtpTransport(encrypting.url, "events.example.org")
    with pytest.raises(Unreachable):
        await transport.send(LETTER)
    assert not encrypting.envelopes


async def test_a_server_that_is_not_there_is_unreachable(mail_server: MailServer) -> None:
    await mail_server.stop()
    with pytest.raises(Unreachable):
        await SmtpTransport(mail_server.url, "localhost").send(LETTER)


@asynccontextmanager
async def scripted(*answers: bytes) -> AsyncIterator[tuple[SmtpTransport, list[bytes]]]:
    """A server that takes commands together, and answers each time it hears something with the next of these."""
    heard: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 test\r\n")
        for answer in (b"250-test\r\n250 PIPELINING\r\n", *answers):
            heard.append(await reader.read(10_000))
            for octet in answer:
                writer.write(bytes([octet]))
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    transport = SmtpTransport(f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}", "localhost")
    yield transport, heard
    await transport.aclose()
    server.close()
    await server.wait_closed()


async def test_commands_go_out_at_once_and_answers_come_as_they_like() -> None:
    answers = b"250-fine,\r\n250 really\r\n250 fine\r\n354 go on\r\n", b"250 taken\r\n", b"221 bye\r\n"
    async with scripted(*answers) as (transport, heard):
        await transport.send(LETTER)
    assert heard[1] == b"MAIL FROM:<s@example.org>\r\nRCPT TO:<ada@example.org>\r\nDATA\r\n"
    assert heard[2] == DATA.replace(b"\r\n.\r\n", b"\r\n..\r\n") + b".\r\n"


async def test_nobody_gets_a_mail_whose_recipient_was_refused_though_data_was_not() -> None:
    answers = b"250 fine\r\n550 no such mailbox\r\n354 go on\r\n", b"554 nobody\r\n", b"250 reset\r\n", b"221 bye\r\n"
    async with scripted(*answers) as (transport, heard):
        with pytest.raises(Refused, match="SMTPRecipientRefused 550"):
            await transport.send(LETTER)
    assert heard[2:] == [b".\r\n", b"RSET\r\n", b"QUIT\r\n"]


@pytest.mark.parametrize("said", [b"250 fine\r\n", b"250 fine\r\n250 fine\r\n", b"250 fine\r\n250 fine\r\n354 go\r\n"])
async def test_a_server_that_hangs_up_in_the_middle_gets_the_mail_later(said: bytes) -> None:
    async with scripted(said) as (transport, _):
        with pytest.raises(NotNow):
            await transport.send(LETTER)
