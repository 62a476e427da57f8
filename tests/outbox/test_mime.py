from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage, MIMEPart
from email.policy import default
from email.utils import parseaddr

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from events.infra.smtp import Letter
from events.outbox.mime import letter_for
from events.outbox.rules import Attachment, Mail

ICS = b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"
INVITATION = Attachment("invitation.ics", "text/calendar", ICS, {"method": "REQUEST"})
HINDI = "विश्वनाथन आनंद कृष्णमूर्ति रामस्वामी वेंकटरमण"
LINES = st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), max_size=120).map(
    lambda text: " ".join(text.split())
)


def letter(mail: Mail) -> Letter:
    at = datetime(2027, 2, 5, 12, 15, tzinfo=UTC)
    sender = "Sideline à Genève <sideline@example.org>"
    return letter_for(mail, message_id=7, mail_from=sender, domain="events.example.org", at=at)


def parsed(mail: Mail) -> EmailMessage:
    return message_from_bytes(letter(mail).data, policy=default.clone(utf8=True))


def mail(**changes: object) -> Mail:
    facts: dict[str, object] = {
        "to_address": "zoe@example.org",
        "to_name": "Zoë Brontë",
        "subject": "Vous êtes inscrite",
        "text": "À bientôt !\n",
        "html": "<p>À bientôt !</p>\n",
        "language": "fr",
    }
    return Mail(**facts | changes)  # type: ignore[arg-type]


def tree(part: MIMEPart) -> object:
    parts = [tree(child) for child in part.iter_parts()]
    return {part.get_content_type(): parts} if parts else part.get_content_type()


def test_a_mail_says_who_it_is_from_to_and_about_in_its_language() -> None:
    message = parsed(mail(reply_to="Éva <eva@example.org>", headers={"List-Unsubscribe": "<https://example.org/u>"}))
    assert dict(message.items()) == {
        "From": "Sideline à Genève <sideline@example.org>",
        "To": "Zoë Brontë <zoe@example.org>",
        "Reply-To": "Éva <eva@example.org>",
        "Subject": "Vous êtes inscrite",
        "Date": "Fri, 05 Feb 2027 12:15:00 +0000",
        "Message-ID": "<m-7@events.example.org>",
        "Auto-Submitted": "auto-generated",
        "List-Unsubscribe": "<https://example.org/u>",
        "Content-Language": "fr",
        "Content-Type": message["Content-Type"],
        "MIME-Version": "1.0",
    }
    assert tree(message) == {"multipart/alternative": ["text/plain", "text/html"]}
    said = [part.get_content().replace("\r\n", "\n") for part in message.iter_parts()]
    assert said == ["À bientôt !\n", "<p>À bientôt !</p>\n"]


@given(st.lists(st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), max_size=200), min_size=1, max_size=6))
@example(["From here on", ".", " --=_alternative", "--=_mixed--", "=_", "1 + 1 = 2 ", "\tعربي", HINDI * 40, "x" * 2000])
def test_every_text_arrives_whole_in_lines_that_every_server_takes(lines: list[str]) -> None:
    text = "\n".join(lines).rstrip("\n") + "\n"  # as templates end; line ends after it are not kept
    data = letter(mail(text=text, html=text, attachments=(INVITATION,))).data
    assert all(len(line) <= 78 and b"\n" not in line and b"\r" not in line for line in data.split(b"\r\n"))
    body, file = message_from_bytes(data, policy=default).iter_parts()
    plain, html, calendar = body.iter_parts()
    arrived = [part.get_content().replace("\r\n", "\n") for part in (plain, html)]
    assert arrived == [text, text]
    assert [part.get_payload(decode=True) for part in (calendar, file)] == [ICS, ICS]


def test_an_invitation_is_an_alternative_with_its_method_and_a_file() -> None:
    badge = Attachment("plan d’accès.pdf", "application/pdf", b"%PDF")
    message = parsed(mail(attachments=(INVITATION, badge)))
    assert tree(message) == {
        "multipart/mixed": [
            {"multipart/alternative": ["text/plain", "text/html", "text/calendar"]},
            "application/ics",
            "application/pdf",
        ]
    }
    alternative, ics, pdf = message.iter_parts()
    calendar = list(alternative.iter_parts())[-1]
    assert dict(calendar["Content-Type"].params) == {"charset": "utf-8", "method": "REQUEST"}
    assert calendar.get_content_disposition() is None
    assert calendar["Content-Transfer-Encoding"] == "base64"
    assert [part.get_payload(decode=True) for part in (calendar, ics, pdf)] == [ICS, ICS, b"%PDF"]
    assert [part.get_filename() for part in (ics, pdf)] == ["invitation.ics", "plan d’accès.pdf"]


def test_a_calendar_without_a_method_is_only_a_file() -> None:
    message = parsed(mail(attachments=(Attachment("event.ics", "text/calendar", ICS),)))
    assert tree(message) == {
        "multipart/mixed": [{"multipart/alternative": ["text/plain", "text/html"]}, "text/calendar"]
    }


@given(LINES, LINES)
@example(HINDI, " ".join(["Réunion"] * 30))
@example("=?utf-8?q?=0D=0ABcc:=20spy@example.org?=", "=?utf-8?q?=0D=0ABcc:=20spy@example.org?=")
@example('"Ada", <b@example.org>', "")
def test_names_and_subjects_of_every_script_arrive_whole_in_short_ascii_lines(name: str, subject: str) -> None:
    data = letter(mail(to_name=name, subject=subject)).data
    head = data.partition(b"\r\n\r\n")[0]
    assert head.isascii()
    assert all(len(line) <= 78 for line in head.split(b"\r\n") if b"=?" in line)
    assert parsed(mail(subject=subject))["Subject"] == subject
    # Not read by the parser of `default`, which puts spaces between the encoded words of a long name.
    shown, address = parseaddr(message_from_bytes(data)["To"].replace("\r\n", ""))
    assert (str(make_header(decode_header(shown))), address) == (name, "zoe@example.org")


@pytest.mark.parametrize("field", ["to_name", "subject"])
@pytest.mark.parametrize("first", ["Zoë", "Ada"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\u2028", "\x85", "\0", "=?utf-8?q?=0D=0A?="])
def test_no_text_begins_a_header_of_its_own(field: str, first: str, end: str) -> None:
    message = parsed(mail(**{field: f"{first}{end}Bcc: spy@example.org{end}{end}<p>"}))
    assert "Bcc" not in message
    assert tree(message) == {"multipart/alternative": ["text/plain", "text/html"]}


@pytest.mark.parametrize(
    "address", ["", "zoe", "@example.org", "a@b@example.org", "zoe@example.org\r\nBcc: x@y.z", "a b@x.y"]
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="not an e-mail address"):
        letter(mail(to_address=address))


def test_an_international_domain_is_written_in_ascii_and_needs_no_special_server() -> None:
    sent = letter(mail(to_address="zoe@straße.example"))
    assert (sent.recipient, sent.utf8) == ("zoe@xn--strae-oqa.example", False)


def test_an_international_mailbox_is_written_as_it_is_and_says_so() -> None:
    sent = letter(mail(to_address="用户@例え.example"))
    assert (sent.recipient, sent.utf8) == ("用户@xn--r8jz45g.example", True)
    assert " <用户@xn--r8jz45g.example>\r\n".encode() in sent.data
    assert parsed(mail(to_address="用户@例え.example"))["Subject"] == "Vous êtes inscrite"
