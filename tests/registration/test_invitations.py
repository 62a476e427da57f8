"""Invitations that ask for an answer, through a real mail server: what is sent, to whom and when."""

import re

import pytest

from events.accounts.rules import Actor
from events.registration.actions.cancelling import cancel_registration
from events.registration.actions.moving import cancel_event, change_event, go_online, postpone_event
from events.registration.rules.changes import Telling
from events.registration.tables import Registration
from events.settings import Settings
from tests.mail_server import MailServer
from tests.make import a_published_event, a_registration
from tests.registration.invitations import SLUG, a_post_with_an_inbox, an_invitation, invitation
from tests.registration.news import MARCH
from tests.registration.post import CALENDAR_TREE, Post, tree

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def post(settings: Settings, mail_server: MailServer) -> Post:
    return a_post_with_an_inbox(settings, mail_server)


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
