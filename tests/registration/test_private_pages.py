"""The private page of one registration, as a browser meets it."""

from io import BytesIO
from typing import Any

import httpx
import time_machine
import zxingcpp
from icalendar import Calendar
from PIL import Image
from selectolax.lexbor import LexborHTMLParser

from events.accounts.rules import Actor
from events.registration import queries
from events.registration.actions.cancelling import cancel_own
from events.registration.actions.moving import cancel_event, change_event
from events.registration.rules import WRONG_LINKS_PER_NETWORK, Standing
from tests.make import a_published_event, a_registration, an_event
from tests.people import ORIGIN, node, send, words

ONE_PLACE = {"in_person": {"capacity": 1}}
LINK = "https://meet.example.org/secret-room"
ONLINE: dict[str, Any] = {"modes": {"online": {}}, "joining_link": LINK, "venue": None}
DURING = "2027-02-05T18:20:00Z"  # 13:20 in New York
AFTERWARDS = "2027-02-05T20:00:00Z"


class TestThePrivatePage:
    async def test_the_ticket(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by, admission={"en": "You need a UN grounds pass."})
        made = await a_registration(answers={"diet": "no walnuts"})
        page = await client.get(f"/t/{made.token}")
        said = words(page)
        for part in (
            "Confirmed You have a place in the room.",
            "Friday 5 February 2027 13:15–14:30 New York, UTC−5",
            "CR-12, UN Headquarters, New York, NY 10017",
            "You need a UN grounds pass.",
            "-".join(made.code[start : start + 4] for start in range(0, 26, 4)),
        ):
            assert part in said
        for held in ("Ana Reyes", "ana@example.org", "In person", "English", "diet no walnuts", "Thursday 6 May 2027"):
            assert held in said
        assert node(page, "[role=img]").css_first("svg") is not None

    async def test_it_is_nobody_elses(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by)
        made = await a_registration()
        for part in ("", "/qr.svg", "/qr.png", "/event.ics", "/join"):
            answer = await client.get(f"/t/{made.token}{part}")
            assert answer.headers["cache-control"] == "private, no-store"
            assert answer.headers["x-robots-tag"] == "noindex"
            assert answer.headers["referrer-policy"] == "no-referrer"
            assert "etag" not in answer.headers
        assert 'name="robots" content="noindex"' in (await client.get(f"/t/{made.token}")).text

    async def test_the_pictures_are_the_code(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by)
        made = await a_registration()
        png = await client.get(f"/t/{made.token}/qr.png")
        assert png.headers["content-type"] == "image/png"
        [found] = zxingcpp.read_barcodes(Image.open(BytesIO(png.content)))
        assert found.text == made.code
        svg = await client.get(f"/t/{made.token}/qr.svg")
        assert svg.headers["content-type"].startswith("image/svg+xml")
        assert svg.text in (await client.get(f"/t/{made.token}")).text

    async def test_the_language_is_the_registrations_until_another_is_chosen(
        self, client: httpx.AsyncClient, by: Actor
    ) -> None:
        await a_published_event(by)
        made = await a_registration(language="fr")
        client.headers["Accept-Language"] = "en"
        assert (await client.get(f"/t/{made.token}")).headers["content-language"] == "fr"
        assert (await client.get(f"/t/{made.token}?lang=en")).headers["content-language"] == "en"
        assert (await client.get(f"/t/{made.token}")).headers["content-language"] == "en"

    async def test_wrong_links_are_counted_and_right_ones_are_not(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by)
        made = await a_registration()
        for number in range(WRONG_LINKS_PER_NETWORK["limit"]):
            assert (await client.get(f"/t/wrong{number}")).status_code == 404
        limited = await client.post(f"/t/{made.code}/cancel", headers=ORIGIN)
        assert (limited.status_code, "retry-after" in limited.headers) == (429, True)
        assert limited.headers["cache-control"] == "private, no-store"
        assert (await client.get(f"/t/{made.token}")).status_code == 200

    async def test_the_code_opens_nothing(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by)
        made = await a_registration()
        for code in (made.code, made.code.lower()):
            assert (await client.get(f"/t/{code}")).status_code == 404

    async def test_what_one_does_there_needs_our_form(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by)
        made = await a_registration()
        for act in ("verify", "cancel", "erase"):
            assert (await client.get(f"/t/{made.token}/{act}")).status_code == 405
            assert (await client.post(f"/t/{made.token}/{act}")).status_code == 403
            foreign = {"Origin": "https://evil.example"}
            assert (await client.post(f"/t/{made.token}/{act}", headers=foreign)).status_code == 403
        assert (await queries.get_by_token(made.token)).standing is Standing.CONFIRMED

    async def test_an_address_is_confirmed_by_a_button(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by, prove_address=True)
        made = await a_registration()
        address = f"/t/{made.token}"
        page = await client.get(address)
        assert "Address not confirmed yet" in words(page)
        assert not LexborHTMLParser(page.text).css(".ticket-code")
        assert (await send(client, page, f"{address}/verify")).headers["location"] == address
        page = await client.get(address)
        assert "Confirmed You have a place in the room." in words(page)
        assert "Confirm my address" not in page.text

    async def test_cancelling_gives_the_place_back(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by, modes=ONE_PLACE)
        made = await a_registration()
        waits = await a_registration(email="waits@example.org")
        address = f"/t/{made.token}"
        assert (await send(client, await client.get(address), f"{address}/cancel")).status_code == 303
        page = await client.get(address)
        assert "This registration does not count any more." in words(page)
        assert "Register again" in words(page)
        assert f"{address}/cancel" not in page.text
        assert "You have a place in the room." in words(await client.get(f"/t/{waits.token}"))

    async def test_erasing_takes_one_act(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by)
        made = await a_registration()
        address = f"/t/{made.token}"
        assert (await send(client, await client.get(address), f"{address}/erase")).status_code == 303
        for part in ("", "/qr.svg", "/qr.png", "/event.ics", "/join"):
            page = await client.get(f"{address}{part}")
            assert page.status_code == 410
            assert "Nothing here says any more who you were" in words(page)
            assert page.headers["cache-control"] == "private, no-store"
        assert (await client.post(f"{address}/cancel", headers=ORIGIN)).status_code == 410

    async def test_a_cancelled_event_and_one_that_is_over_say_so(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by)
        made = await a_registration()
        address = f"/t/{made.token}"
        with time_machine.travel(AFTERWARDS):
            page = await client.get(address)
            assert "This event is over" in words(page)
            assert f"{address}/cancel" not in page.text
            assert (await client.post(f"{address}/cancel", headers=ORIGIN)).status_code == 409
        await cancel_event("care-skills-count", reason={"en": "The room is needed."}, by=by)
        page = await client.get(address)
        assert "This event was cancelled The room is needed." in words(page)
        assert not LexborHTMLParser(page.text).css(".ticket-code")


class TestTheCalendar:
    async def event_of(self, client: httpx.AsyncClient, token: str) -> Any:
        answer = await client.get(f"/t/{token}/event.ics")
        assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
        assert answer.headers["content-disposition"] == 'attachment; filename="care-skills-count.ics"'
        calendar: Any = Calendar.from_ical(answer.content)
        assert "METHOD" not in calendar
        [event] = calendar.walk("VEVENT")
        return event

    async def test_it_is_the_public_event(self, client: httpx.AsyncClient, by: Actor) -> None:
        made_event = await a_published_event(by)
        event = await self.event_of(client, (await a_registration()).token)
        assert event["UID"] == made_event.uid
        assert event["DTSTART"].dt.isoformat() == "2027-02-05T13:15:00-05:00"
        assert event["LOCATION"] == "CR-12, UN Headquarters, New York, NY 10017"
        assert event["STATUS"] == "CONFIRMED"

    async def test_online_its_place_is_the_own_way_in(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by, **ONLINE)
        made = await a_registration(mode="online")
        event = await self.event_of(client, made.token)
        assert event["LOCATION"] == event["CONFERENCE"]
        with time_machine.travel("2027-02-05T18:20:00Z"):
            assert (await client.get(str(event["LOCATION"]))).headers["location"] == LINK
        for secret in (LINK, made.token, made.code):
            assert secret not in str(event), "calendars are shared"

    async def test_who_waits_has_it_in_pencil(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by, modes=ONE_PLACE)
        await a_registration(email="first@example.org")
        waits = await a_registration()
        assert (await self.event_of(client, waits.token))["STATUS"] == "TENTATIVE"
        await cancel_own(waits.token)
        assert (await self.event_of(client, waits.token))["STATUS"] == "CANCELLED"


class TestJoining:
    async def test_the_link_opens_before_the_start_and_closes_at_the_end(
        self, client: httpx.AsyncClient, by: Actor
    ) -> None:
        await a_published_event(by, **ONLINE)
        made = await a_registration(mode="online")
        join = f"/t/{made.token}/join"
        with time_machine.travel("2027-02-05T17:44:59Z"):
            early = await client.get(join)
            assert early.status_code == 409
            assert "The link opens on Friday 5 February 2027, 12:45 (New York, UTC−5)." in words(early)
            assert "Try again" in words(early)
            assert LINK not in early.text
            assert LINK not in (await client.get(f"/t/{made.token}")).text
        for moment in ("2027-02-05T17:45:01Z", DURING, "2027-02-05T19:29:59Z"):
            with time_machine.travel(moment):
                answer = await client.get(join)
                assert (answer.status_code, answer.headers["location"]) == (303, LINK)
                page = words(await client.get(f"/t/{made.token}"))
                assert "You joined online on Friday 5 February 2027, 12:45 (New York, UTC−5)." in page
        assert "Joined online first on Friday 5 February 2027, 12:45 (New York, UTC−5), 3 visits" in page
        with time_machine.travel("2027-02-05T19:30:01Z"):
            late = await client.get(join)
            assert (late.status_code, "This event is over." in words(late)) == (409, True)

    async def test_a_link_that_changes_needs_no_other_mail(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by, **(ONLINE | {"joining_link": None}))
        made = await a_registration(mode="online")
        with time_machine.travel(DURING):
            answer = await client.get(f"/t/{made.token}/join")
            assert (answer.status_code, "have not given the link yet" in words(answer)) == (409, True)
            await change_event("care-skills-count", {"joining_link": LINK}, by=by)
            assert (await client.get(f"/t/{made.token}/join")).headers["location"] == LINK

    async def test_only_who_has_a_place_online_joins(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by, joining_link=LINK, modes=an_event()["modes"] | {"online": {"capacity": 1}})
        in_person = await a_registration()
        await a_registration(mode="online", email="first@example.org")
        waiting = await a_registration(mode="online", email="waits@example.org")
        with time_machine.travel(DURING):
            for made, why in ((in_person, "Your place is in the room."), (waiting, "Only who has a place can join.")):
                answer = await client.get(f"/t/{made.token}/join")
                assert (answer.status_code, why in words(answer), "Try again" in words(answer)) == (409, True, False)
                assert "/join" not in (await client.get(f"/t/{made.token}")).text

    async def test_nobody_joins_a_cancelled_event(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by, **ONLINE)
        made = await a_registration(mode="online")
        await cancel_event("care-skills-count", reason={}, by=by)
        with time_machine.travel(DURING):
            assert (await client.get(f"/t/{made.token}/join")).status_code == 409
