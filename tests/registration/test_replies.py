"""Answers to invitations, in a mailbox that others wrote the server of."""

import asyncio
import imaplib
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from msgspec import structs

from events.accounts.rules import Actor
from events.activity.queries import list_for_subject
from events.infra import imap
from events.infra.ics.replies import read_reply
from events.kernel.clock import utc_now
from events.outbox.tables import Message
from events.registration.actions.moving import change_event
from events.registration.inbox import read_inbox
from events.registration.queries.held import find_answer
from events.registration.rules.changes import Telling
from events.registration.tables import Inbox
from events.settings import InboxUrl, Settings, parse_inbox_url
from tests.mail_server import MailServer
from tests.make import SECRET, a_published_event, a_registration
from tests.registration.invitations import (
    DECLINED,
    SLUG,
    a_mail,
    a_post_with_an_inbox,
    a_reply,
    an_invitation,
    delivered,
    invitation,
    standings,
    the_answer,
)
from tests.registration.news import MARCH
from tests.registration.post import Post, text
from tests.servers import free_port

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def post(settings: Settings, mail_server: MailServer) -> Post:
    return a_post_with_an_inbox(settings, mail_server)


@pytest.fixture
async def inbox() -> AsyncIterator[InboxUrl]:
    """An IMAP server that others wrote, with a mailbox that has some mail in it already."""
    port = free_port()
    pymap = Path(sys.executable).with_name("pymap")
    command = ("--no-tls", "--host", "127.0.0.1", "--port", str(port), "dict")
    demo = ("--demo-data", "--demo-user", "events@mmm.example", "--demo-password", "p@ss/word")
    server = await asyncio.create_subprocess_exec(
        pymap, *command, *demo, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    for _ in range(300):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            writer.close()
            break
    else:
        pytest.fail("the IMAP server does not start")
    yield parse_inbox_url(f"imap://events%40mmm.example:p%40ss%2Fword@127.0.0.1:{port}/INBOX")
    server.kill()
    await server.wait()


class TestWhatIsAnswered:
    async def test_a_decline_gives_the_place_to_the_first_in_line(self, by: Actor, post: Post, inbox: InboxUrl) -> None:
        await a_published_event(by, modes={"in_person": {"capacity": 1}})
        letter = await an_invitation(post)
        await a_registration(email="next@example.org")
        await post.brought()
        await delivered(inbox, the_answer(letter, "DECLINED"))
        assert await read_inbox(inbox, SECRET) == 1
        assert await standings() == ["cancelled", "confirmed"]
        mails = {mail["To"].addresses[0].addr_spec: mail for mail in await post.brought()}
        assert mails["next@example.org"]["Subject"].startswith("A place became free: ")
        back = mails["ana@example.org"]
        assert "your calendar has told us that you do not come" in text(back)
        assert "register again while there are places" in text(back)
        assert str(invitation(back)[0]["METHOD"]) == "CANCEL"
        assert await read_inbox(inbox, SECRET) == 0

    async def test_yes_and_perhaps_are_kept(self, by: Actor, post: Post, inbox: InboxUrl) -> None:
        await a_published_event(by)
        letter = await an_invitation(post)
        early, late = utc_now(), utc_now() + timedelta(seconds=2)
        await delivered(inbox, the_answer(letter, "TENTATIVE", stamp=late), the_answer(letter, "ACCEPTED", stamp=early))
        assert await read_inbox(inbox, SECRET) == 1  # the second came later and is older
        answered = await find_answer(1)
        assert answered
        assert (answered.answer, await standings()) == ("TENTATIVE", ["confirmed"])
        log = await list_for_subject("registration:1", organisation=by.organisation)
        assert log[0].verb == "answered tentative"

    async def test_nobody_declines_for_another(self, by: Actor, post: Post, inbox: InboxUrl) -> None:
        await a_published_event(by)
        anas, bos = await an_invitation(post), await an_invitation(post, "bo@example.org")
        organizer = str(invitation(bos)[1]["ORGANIZER"])
        tag = organizer.partition("+")[2].partition("@")[0]
        forged = [
            {"organizer": "mailto:events@mmm.example", "to": "events@mmm.example"},  # the UID alone
            {"organizer": f"mailto:events+r2-{'0' * 26}@mmm.example", "to": "events@mmm.example"},
            {"organizer": f"mailto:events+{tag.replace('r2-', 'r1-')}@mmm.example", "to": "events@mmm.example"},
            {"organizer": f"mailto:other+{tag}@mmm.example", "to": f"events+{tag}@evil.example"},
            {"uid": "e-of-another-event@testserver"},
            {"method": "REQUEST"},
        ]
        await delivered(inbox, *(the_answer(bos, "DECLINED", sender="bo@example.org", **one) for one in forged))
        assert await read_inbox(inbox, SECRET) == 0
        assert await standings() == ["confirmed", "confirmed"]
        # By the address alone it is enough: some programs write the organizer anew.
        to = organizer.removeprefix("mailto:").upper()
        await delivered(inbox, the_answer(anas, "DECLINED", organizer="mailto:events@mmm.example", to=to))
        elsewhere = {"organizer": "mailto:events@mmm.example", "to": to, "sender": "else@example.org"}
        await delivered(inbox, the_answer(bos, "DECLINED", **elsewhere))
        assert await read_inbox(inbox, SECRET) == 1
        assert await standings() == ["confirmed", "cancelled"]

    async def test_an_answer_to_what_the_event_was_before_is_none(self, by: Actor, post: Post, inbox: InboxUrl) -> None:
        await a_published_event(by)
        letter = await an_invitation(post)
        await change_event(SLUG, MARCH, by=by, telling=Telling.NOW)
        await delivered(inbox, the_answer(letter, "DECLINED"))
        assert await read_inbox(inbox, SECRET) == 0
        await delivered(inbox, the_answer(await post.the_letter(), "DECLINED"))
        assert await read_inbox(inbox, SECRET) == 1
        assert await standings() == ["cancelled"]

    async def test_afterwards_a_decline_cancels_nothing(self, by: Actor, post: Post, inbox: InboxUrl) -> None:
        await a_published_event(by)
        letter = await an_invitation(post)
        answer = the_answer(letter, "DECLINED", stamp=datetime(2027, 2, 6, tzinfo=UTC))
        await delivered(inbox, answer)
        with time_machine.travel("2027-02-06T00:00:00Z"):
            mark = imap.Mark()
            [*_, arrived] = await imap.read_after(inbox, mark, datetime(2026, 11, 25, tzinfo=UTC))
            assert arrived.data
            await read_inbox(inbox, SECRET)
        assert await standings() == ["confirmed"]

    async def test_two_workers_take_it_once(self, by: Actor, post: Post, inbox: InboxUrl) -> None:
        await a_published_event(by)
        letter = await an_invitation(post)
        await delivered(inbox, the_answer(letter, "DECLINED"))
        assert sorted(await asyncio.gather(read_inbox(inbox, SECRET), read_inbox(inbox, SECRET))) == [0, 1]
        assert await Message.count().where(Message.kind == "registration.cancelled") == 1

    async def test_a_mailbox_full_of_other_mail_is_read_on(self, by: Actor, post: Post, inbox: InboxUrl) -> None:
        await a_published_event(by)
        letter = await an_invitation(post)
        junk = a_mail("BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\n")
        large = b"Subject: Large\r\n\r\n" + b"x" * (imap.LARGEST_LETTER + 1)
        await delivered(inbox, *[junk] * imap.BATCH, large, b"\xff\x00\r\n", the_answer(letter, "ACCEPTED"))
        assert await read_inbox(inbox, SECRET) == 1
        row = await Inbox.select().first()
        assert row
        before = row["last_letter"]
        assert await read_inbox(inbox, SECRET) == 0
        await delivered(inbox, junk)
        await read_inbox(inbox, SECRET)
        row = await Inbox.select().first()
        assert row
        assert row["last_letter"] == before + 1

    async def test_nothing_in_the_mailbox_is_changed(self, by: Actor, post: Post, inbox: InboxUrl) -> None:
        await a_published_event(by)
        await delivered(inbox, the_answer(await an_invitation(post), "DECLINED"))
        await read_inbox(inbox, SECRET)

        def seen() -> list[Any]:
            with imaplib.IMAP4(inbox.host, inbox.port) as server:
                server.login(inbox.user, inbox.password)
                server.select("INBOX", readonly=True)
                newest = server.uid("SEARCH", "ALL")[1][0].split()[-1].decode()
                return server.uid("FETCH", newest, "(FLAGS)")[1]

        assert b"Seen" not in (await asyncio.to_thread(seen))[0]


async def test_a_mailbox_that_cannot_be_read_says_why_and_no_password(inbox: InboxUrl) -> None:
    for wrong in ({"password": "wrong-word"}, {"mailbox": "Nowhere"}, {"port": free_port()}):
        with pytest.raises(imap.Unreadable) as refused:
            await imap.check(structs.replace(inbox, **wrong))
        assert "wrong-word" not in str(refused.value)
    await imap.check(inbox)


@pytest.mark.parametrize(
    "letter",
    [
        b"",
        b"\xff\xfe\x00",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR",
        b"Content-Type: text/calendar; charset=nonsense\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!",
        a_mail(a_reply("UID:x\r\n")),
        a_mail(a_reply(f"UID:x\r\nDTSTAMP:20270101\r\n{DECLINED}")),
        a_mail(a_reply(f"UID:x\r\nDTSTAMP:20270101T000000Z\r\n{DECLINED}SEQUENCE:many\r\n")),
        a_mail(a_reply(f"UID:x\r\nDTSTAMP:20270101T000000Z\r\n{DECLINED}RECURRENCE-ID:20270101T000000Z\r\n")),
    ],
)
def test_whatever_a_mail_holds_it_is_an_answer_or_none(letter: bytes) -> None:
    assert read_reply(letter) is None


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("imaps://a%40mmm.example:x@imap.mmm.example", ("imap.mmm.example", 993, True, "INBOX", "a@mmm.example")),
        ("imap://u:x@127.0.0.1:143/In?address=e@mmm.example", ("127.0.0.1", 143, False, "In", "e@mmm.example")),
    ],
)
def test_the_address_of_a_mailbox(url: str, found: tuple[object, ...]) -> None:
    inbox = parse_inbox_url(url)
    assert (inbox.host, inbox.port, inbox.tls, inbox.mailbox, inbox.address) == found


@pytest.mark.parametrize(
    "url",
    ["pop3://u@example.org:x@host", "imap://host", "imaps://user:x@host", "imaps://u:x@host?address=a%2Bb@example.org"],
)
def test_an_address_that_says_too_little_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"address|must look like"):
        parse_inbox_url(url)
