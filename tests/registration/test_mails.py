"""What people get, through a real mail server, and what their calendars make of it."""

import re

import pytest
import time_machine

from events.accounts.rules import Actor
from events.kernel.clock import utc_now
from events.kernel.ids import grouped
from events.outbox.worker import Worker
from events.registration.actions.cancelling import cancel_own
from events.registration.actions.deciding import answer_request
from events.registration.actions.erasing import erase_own
from events.registration.actions.moving import cancel_event, change_event
from events.registration.actions.private import ask_for_links
from events.registration.actions.proving import verify
from events.registration.actions.registering import remind_registered
from events.registration.forms import HandOver
from events.registration.guests.rules import GUEST_KINDS
from events.registration.handing_over.actions import hand_over
from events.registration.handing_over.rules import OFFERED_KIND, TAKEN_KIND
from events.registration.mails import renderers
from events.registration.rules import ANNOUNCEMENT, EVERY_KIND, LINKS_LEAVE_AFTER
from events.registration.rules.changes import Telling
from events.settings import Settings
from tests.make import a_published_event, a_registration
from tests.registration.post import CALENDAR_TREE, Post, calendars, facts, text, tree

pytestmark = pytest.mark.usefixtures("database")
ONE_PLACE = {"in_person": {"capacity": 1}}
LINK = "https://meet.example.org/secret-room"
PLAIN_TREE = ["multipart/alternative", "text/plain", "text/html"]


async def test_a_place_comes_with_the_event_for_the_calendar(by: Actor, post: Post) -> None:
    event = await a_published_event(by, admission={"en": "You need a UN grounds pass."})
    made = await a_registration()
    letter = await post.the_letter()
    assert tree(letter) == CALENDAR_TREE
    assert letter["Subject"] == "Confirmed: Care skills count, Friday 5 February 2027"
    assert letter["To"] == "Ana Reyes <ana@example.org>"
    assert letter["Reply-To"] == "events@mmm.example"
    assert letter["Content-Language"] == "en"
    assert letter["Auto-Submitted"] == "auto-generated"
    [invitation] = [part for part in letter.walk() if part.get_content_type() == "text/calendar"]
    assert (invitation.get_param("method"), invitation.get_param("charset")) == ("PUBLISH", "utf-8")
    assert facts(letter) == {
        "method": "PUBLISH",
        "status": "CONFIRMED",
        "sequence": event.sequence,
        "starts": "2027-02-05T13:15-0500",
        "location": "CR-12, UN Headquarters, New York, NY 10017",
        "organizer": "mailto:events@mmm.example",
        "summary": "Care skills count",
    }
    for words in (
        f"http://testserver/t/{made.token}",
        "Friday 5 February 2027",
        "13:15–14:30",
        "New York, UTC−5",
        "CR-12, UN Headquarters, New York, NY 10017",
        "You need a UN grounds pass.",
    ):
        assert words in text(letter)
        assert words in text(letter, "html")
    assert made.code not in str(letter)
    assert grouped(made.code) not in str(letter)


async def test_times_elsewhere_stand_in_it_with_what_to_mind(by: Actor, post: Post) -> None:
    hour = {
        name: {"wall": f"2027-03-16T{at}", "zone": "America/New_York"}
        for name, at in (("starts", "20:00"), ("ends", "21:00"))
    }
    await a_published_event(by, **hour, also_show=["Europe/Paris"])
    await a_registration()
    letter = await post.the_letter()
    for kind in ("plain", "html"):
        said = " ".join(text(letter, kind).split())
        assert "01:00–02:00 (+1 day)" in said
        assert "From New York to Paris it is 5 hours that day, not 6 hours as usual." in said


async def test_a_mail_is_in_the_language_of_the_registration(by: Actor, post: Post) -> None:
    await a_published_event(by)
    await a_registration(language="fr-CH")
    letter = await post.the_letter()
    assert letter["Subject"] == "Inscription confirmée : Les compétences du soin comptent, vendredi 5 février 2027"
    assert letter["Content-Language"] == "fr"
    assert "Vous avez une place" in text(letter)
    assert '<html lang="fr" dir="ltr">' in text(letter, "html")
    assert facts(letter)["summary"] == "Les compétences du soin comptent"


async def test_right_to_left_all_of_it_is_translated(by: Actor, post: Post) -> None:
    await a_published_event(by, modes={"online": {}}, joining_link=LINK)
    await a_registration(language="ar-XB", mode="online")
    letter = await post.the_letter()
    assert 'dir="rtl"' in text(letter, "html")
    plain = [line for line in text(letter).splitlines() if re.search("[a-z]{4}", line) and not line.startswith("http")]
    assert [line for line in plain if "⟦" not in line] == ["Care skills count", "Make Mothers Matter"]


async def test_online_people_get_their_own_way_in_and_never_the_link(by: Actor, post: Post) -> None:
    await a_published_event(by, joining_link=LINK)
    made = await a_registration(mode="online")
    letter = await post.the_letter()
    join = f"http://testserver/t/{made.token}/join"
    own_calendar = calendars(letter)[0].replace(b"\r\n ", b"").decode()
    assert re.fullmatch(r"http://testserver/t/\d+-[^/]+/join", facts(letter)["location"])
    assert made.token not in own_calendar, "calendars are shared: what stands there joins and opens nothing else"
    assert join in text(letter)
    assert join in text(letter, "html")
    assert "Friday 5 February 2027, 12:45 (New York, UTC−5)" in text(letter)
    for part in letter.walk():
        assert b"meet.example.org" not in (part.get_payload(decode=True) or b"")


async def test_where_outlook_cannot_know_the_zone_times_are_in_utc(by: Actor, post: Post) -> None:
    wall = {"zone": "Africa/Cairo"}
    await a_published_event(by, starts={"wall": "2027-06-05T13:00"} | wall, ends={"wall": "2027-06-05T14:00"} | wall)
    await a_registration()
    letter = await post.the_letter()
    assert b"DTSTART:20270605T100000Z" in calendars(letter)[0]
    assert b"VTIMEZONE" not in calendars(letter)[0]


async def test_a_mail_loads_nothing_and_tells_nobody_that_it_was_read(by: Actor, post: Post) -> None:
    await a_published_event(by)
    await a_registration()
    html = text(await post.the_letter(), "html")
    assert not re.search(r"<(img|link|script|iframe|object)|url\(|@import|src=", html)
    assert {re.sub(r"/t/\w+", "/t/…", address) for address in re.findall(r'href="([^"]*)"', html)} == {
        "http://testserver/t/…",
        "http://testserver/t/…/give-back",
    }


async def test_the_line_moves_up(by: Actor, post: Post) -> None:
    await a_published_event(by, modes=ONE_PLACE)
    first = await a_registration(email="first@example.org")
    await a_registration(email="second@example.org")
    _, waiting = await post.brought()
    assert tree(waiting) == PLAIN_TREE
    assert waiting["Subject"].startswith("Waiting list: ")
    assert "You are number 1 in line." in text(waiting)
    assert "The line moves until Friday 5 February 2027, 12:15 (New York, UTC−5)." in text(waiting)
    await cancel_own(first.token)
    promoted, cancelled = await post.brought()
    assert promoted["Subject"].startswith("A place became free: ")
    assert "give your place back" in text(promoted)
    assert facts(promoted)["status"] == "CONFIRMED"
    assert cancelled["Subject"].startswith("Registration cancelled: ")
    assert (facts(cancelled)["status"], facts(cancelled)["sequence"]) == ("CANCELLED", 1)
    assert facts(cancelled)["summary"] == "Cancelled: Care skills count"
    assert "http://testserver/en/events/care-skills-count" in text(cancelled)


async def test_who_never_had_a_place_gets_nothing_for_the_calendar(by: Actor, post: Post) -> None:
    await a_published_event(by, modes=ONE_PLACE)
    await a_registration(email="first@example.org")
    await cancel_own((await a_registration()).token)
    assert [tree(letter) for letter in (await post.brought())[1:]] == [PLAIN_TREE, PLAIN_TREE]


async def test_an_address_is_confirmed_by_its_mail(by: Actor, post: Post) -> None:
    await a_published_event(by, prove_address=True)
    made = await a_registration()
    letter = await post.the_letter()
    assert tree(letter) == PLAIN_TREE
    assert letter["Subject"].startswith("Confirm your address: ")
    assert "Confirm it until " in text(letter)
    assert f"Confirm my address\nhttp://testserver/t/{made.token}\n" in text(letter)
    await verify(made.token)
    assert (await post.the_letter())["Subject"].startswith("Confirmed: ")


async def test_a_request_is_answered(by: Actor, post: Post) -> None:
    await a_published_event(by, approval=True, modes=ONE_PLACE)
    first = await a_registration(email="first@example.org")
    second = await a_registration(email="second@example.org")
    assert [letter["Subject"].partition(":")[0] for letter in await post.brought()] == [
        "Request received",
        "Waiting list",
    ]
    await answer_request(first.code, accept=False, by=by)
    promoted, declined = await post.brought()
    assert "The organisers still have to approve your request." in text(promoted)
    assert tree(promoted) == tree(declined) == PLAIN_TREE
    assert declined["Subject"].startswith("Declined: ")
    await answer_request(second.code, accept=True, by=by)
    assert facts(await post.the_letter())["status"] == "CONFIRMED"


async def test_a_reminder_has_the_same_link(by: Actor, post: Post) -> None:
    await a_published_event(by)
    made = await a_registration()
    await remind_registered(made.id)
    _, reminder = await post.brought()
    assert reminder["Subject"].startswith("Your registration: ")
    assert f"http://testserver/t/{made.token}" in text(reminder)


async def test_a_move_says_what_was_and_what_is(by: Actor, post: Post) -> None:
    await a_published_event(by)
    await a_registration()
    await post.brought()
    moved = {"starts": {"wall": "2027-02-05T15:00", "zone": "America/New_York"}}
    later = {"ends": {"wall": "2027-02-05T16:00", "zone": "America/New_York"}}
    await change_event(
        "care-skills-count",
        moved | later | {"venue": {"name": "Church Center", "room": None, "address": None}},
        by=by,
        telling=Telling.NOW,
    )
    letter = await post.the_letter()
    assert letter["Subject"].startswith("Changed: ")
    assert (
        "It was: Friday 5 February 2027, 13:15–14:30, New York, UTC−5; CR-12, UN Headquarters, New York, NY 10017"
        in text(letter)
    )
    assert (facts(letter)["starts"], facts(letter)["sequence"]) == ("2027-02-05T15:00-0500", 1)
    assert facts(letter)["location"] == "Church Center"


async def test_a_cancelled_event_leaves_the_calendar(by: Actor, post: Post) -> None:
    await a_published_event(by)
    await a_registration()
    await post.brought()
    await cancel_event("care-skills-count", reason={"en": "The room is needed."}, by=by, telling=Telling.NOW)
    letter = await post.the_letter()
    assert letter["Subject"].startswith("Event cancelled: ")
    assert "The organisers say: The room is needed." in text(letter)
    assert (facts(letter)["status"], facts(letter)["sequence"]) == ("CANCELLED", 1)


async def test_nobody_writes_to_who_is_erased(by: Actor, post: Post, settings: Settings) -> None:
    await a_published_event(by)
    made = await a_registration()
    worker = Worker(post.settings, renderers(settings))
    await erase_own(made.token)
    assert await worker.run_once() == 0
    assert await post.brought() == []


def test_every_kind_of_mail_has_its_words(settings: Settings) -> None:
    assert {*renderers(settings), ANNOUNCEMENT} == {*EVERY_KIND, *GUEST_KINDS, OFFERED_KIND, TAKEN_KIND}


async def test_who_is_given_a_place_learns_by_whom(by: Actor, post: Post) -> None:
    await a_published_event(by)
    made = await a_registration()
    await post.brought()
    form = HandOver(name="Bo Li", email="bo@example.org", language="fr")
    await hand_over(made.token, form, secret=post.settings.secret_key)
    letter = await post.the_letter()
    assert letter["To"] == "Bo Li <bo@example.org>"
    assert "Ana Reyes vous a cédé sa place" in text(letter)
    assert made.token not in str(letter)
    assert facts(letter)["status"] == "CONFIRMED"


async def test_links_that_were_lost_come_in_one_mail_what_is_ahead_first(by: Actor, post: Post) -> None:
    await a_published_event(by)
    await a_published_event(by, slug="second", title={"en": "A second one"})
    first, second = await a_registration(), await a_registration("second")
    await post.brought()
    await ask_for_links("Ana@Example.org", "en")
    assert await post.brought() == []  # a moment later, so that nobody who asks waits for it
    with time_machine.travel(utc_now() + LINKS_LEAVE_AFTER):
        letter = await post.the_letter()
    assert letter["Subject"] == "The links of your registrations"
    for made in (first, second):
        assert f"http://testserver/t/{made.token}" in text(letter)
        assert f"http://testserver/t/{made.token}" in text(letter, "html")
