"""Invitations that ask for an answer, through a real mail server and a real mailbox, and what their answers do."""

import asyncio
import imaplib
import re
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import time_machine
from icalendar import Calendar, Event
from msgspec import structs

from events.accounts.rules import Actor
from events.activity.queries import list_for_subject
from events.infra import imap
from events.infra.ics.replies import read_reply
from events.kernel.clock import utc_now
from events.outbox.tables import Message
from events.registration.actions.cancelling import cancel_registration
from events.registration.actions.moving import cancel_event, change_event, go_online, postpone_event
from events.registration.inbox import read_inbox
from events.registration.queries.held import find_answer
from events.registration.rules.changes import Telling
from events.registration.tables import Inbox, Registration
from events.settings import InboxUrl, Settings, parse_inbox_url
from tests.infra.calendar_clients import libical_finds_fault
from tests.mail_server import MailServer
from tests.make import SECRET, a_published_event, a_registration
from tests.registration.test_mails import CALENDAR_TREE, Post, calendars, text, tree
from tests.servers import free_port

pytestmark = pytest.mark.usefixtures("database")
SLUG = "care-skills-count"
MARCH: dict[str, Any] = {
    "starts": {"wall": "2027-03-05T10:00", "zone": "America/New_York"},
    "ends": {"wall": "2027-03-05T11:15", "zone": "America/New_York"},
}


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


@pytest.fixture
def post(settings: Settings, mail_server: MailServer) -> Post:
    """Of an installation that reads answers, in a mailbox that need not be there to be written to."""
    inbox = parse_inbox_url("imaps://events%40mmm.example:secret@imap.mmm.example")
    return Post(structs.replace(settings, inbox=inbox), mail_server)


def invitation(letter: EmailMessage) -> tuple[Calendar, Any]:
    """The calendar of a mail, read as a program does, having checked that the mail is what RFC 6047 wants."""
    first, second = calendars(letter)
    assert first == second
    assert not libical_finds_fault(first)
    [part] = [part for part in letter.walk() if part.get_content_type() == "text/calendar"]
    calendar = Calendar.from_ical(first)
    assert part.get_param("method") == calendar["METHOD"]
    [event] = calendar.walk("VEVENT")
    return calendar, event


def the_answer(letter: EmailMessage, answer: str, **changes: Any) -> bytes:
    """The mail with which a calendar program answers an invitation (RFC 5546, 3.2.3)."""
    _, invited = invitation(letter)
    given = {
        "uid": invited["UID"],
        "sequence": invited["SEQUENCE"],
        "stamp": utc_now(),
        "organizer": str(invited["ORGANIZER"]),
        "to": str(invited["ORGANIZER"]).removeprefix("mailto:"),
        "sender": letter["To"].addresses[0].addr_spec,
        "method": "REPLY",
    } | changes
    reply = Calendar()
    for name, value in (("VERSION", "2.0"), ("PRODID", "-//A calendar//EN"), ("METHOD", given["method"])):
        reply.add(name, value)
    event = Event()
    event.add("UID", given["uid"])
    event.add("DTSTAMP", given["stamp"])
    if given["sequence"] is not None:
        event.add("SEQUENCE", given["sequence"])
    event.add("ORGANIZER", given["organizer"])
    event.add("ATTENDEE", f"mailto:{given['sender']}", {"PARTSTAT": answer})
    reply.add_component(event)
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = given["sender"], given["to"], f"{answer}: Care skills count"
    mail.set_content("Answered by a program.")
    data = reply.to_ical()
    mail.add_alternative(data, "text", "calendar", params={"method": "REPLY", "charset": "utf-8"})
    return mail.as_bytes()


DECLINED = "ATTENDEE;PARTSTAT=DECLINED:mailto:a@example.org\r\n"


def a_reply(event: str) -> str:
    return f"BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\n{event}END:VEVENT\r\nEND:VCALENDAR\r\n"


def a_mail(calendar: str) -> bytes:
    return f"Subject: Hello\r\nContent-Type: text/calendar\r\n\r\n{calendar}".encode()


async def delivered(inbox: InboxUrl, *letters: bytes) -> None:
    def append() -> None:
        with imaplib.IMAP4(inbox.host, inbox.port) as server:
            server.login(inbox.user, inbox.password)
            for letter in letters:
                assert server.append("INBOX", "", "", letter)[0] == "OK"

    await asyncio.to_thread(append)


async def standings() -> list[str]:
    rows = await Registration.select(Registration.standing).order_by(Registration.id)
    return [row["standing"] for row in rows]


async def an_invitation(post: Post, email: str = "ana@example.org") -> EmailMessage:
    await a_registration(email=email)
    return (await post.brought())[-1]


class TestWhatIsSent:
    async def test_confirmed_moved_and_cancelled_under_one_uid(self, by: Actor, post: Post) -> None:
        event = await a_published_event(by)
        confirmed = await an_invitation(post)
        await change_event(SLUG, MARCH, by=by, telling=Telling.NOW)
        moved = await post.the_letter()
        await cancel_event(SLUG, reason={}, by=by, telling=Telling.NOW)
        cancelled = await post.the_letter()
        seen = [invitation(letter) for letter in (confirmed, moved, cancelled)]
        assert [str(calendar["METHOD"]) for calendar, _ in seen] == ["REQUEST", "REQUEST", "CANCEL"]
        assert [(str(one["UID"]), one["SEQUENCE"], str(one["STATUS"])) for _, one in seen] == [
            (event.uid, 0, "CONFIRMED"),
            (event.uid, 1, "CONFIRMED"),
            (event.uid, 2, "CANCELLED"),
        ]
        assert len({str(one["ORGANIZER"]) for _, one in seen}) == 1
        assert {tuple(tree(letter)) for letter in (confirmed, moved, cancelled)} == {tuple(CALENDAR_TREE)}
        attendee = seen[0][1]["ATTENDEE"]
        assert str(attendee) == "mailto:ana@example.org"
        assert (attendee.params["PARTSTAT"], attendee.params["RSVP"]) == ("ACCEPTED", "FALSE")
        assert confirmed["To"].addresses[0].addr_spec == "ana@example.org"

    async def test_postponed_it_is_taken_out_and_comes_back_higher(self, by: Actor, post: Post) -> None:
        await a_published_event(by)
        await an_invitation(post)
        await postpone_event(SLUG, by=by, telling=Telling.NOW)
        postponed = invitation(await post.the_letter())
        await change_event(SLUG, MARCH, by=by, telling=Telling.NOW)
        dated = invitation(await post.the_letter())
        assert [(str(calendar["METHOD"]), one["SEQUENCE"]) for calendar, one in (postponed, dated)] == [
            ("CANCEL", 1),
            ("REQUEST", 2),
        ]

    async def test_each_is_led_to_where_they_attend(self, by: Actor, post: Post) -> None:
        await a_published_event(by)
        room = invitation(await an_invitation(post))[1]
        made = await a_registration(email="online@example.org", mode="online")
        online = invitation(await post.the_letter())[1]
        assert str(room["LOCATION"]) == "CR-12, UN Headquarters, New York, NY 10017"
        assert re.fullmatch(r"http://testserver/t/\d+-[^/]+/join", str(online["LOCATION"]))
        assert made.token not in str(online), "calendars are shared: it joins and opens nothing else"
        assert str(room["ORGANIZER"]) != str(online["ORGANIZER"])
        await go_online(SLUG, by=by, telling=Telling.NOW)
        moved = invitation(await post.the_letter())[1]  # who was online already need not be told
        assert moved["SEQUENCE"] == 1
        assert str(moved["LOCATION"]).startswith("http://testserver/t/")
        assert str(moved["LOCATION"]).endswith("/join")

    async def test_who_comes_back_is_above_who_left(self, by: Actor, post: Post) -> None:
        await a_published_event(by)
        await an_invitation(post)
        row = await Registration.select(Registration.code).first()
        assert row
        await cancel_registration(row["code"], by=by)
        left = invitation(await post.the_letter())
        back = invitation(await an_invitation(post))
        assert [(str(calendar["METHOD"]), one["SEQUENCE"]) for calendar, one in (left, back)] == [
            ("CANCEL", 1),
            ("REQUEST", 2),
        ]

    async def test_a_zone_that_outlook_cannot_express_goes_out_in_utc(self, by: Actor, post: Post) -> None:
        at = {"wall": "2027-07-05T10:00", "zone": "Africa/Cairo"}
        await a_published_event(by, starts=at, ends=at | {"wall": "2027-07-05T12:00"})
        calendar, event = invitation(await an_invitation(post))
        assert event["DTSTART"].to_ical() == b"20270705T070000Z"
        assert not calendar.walk("VTIMEZONE")


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
