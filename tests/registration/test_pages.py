"""The form, and the private page of one registration, as a browser meets them."""

from io import BytesIO
from typing import Any

import httpx
import pytest
import time_machine
import zxingcpp
from icalendar import Calendar
from litestar import Litestar
from PIL import Image
from selectolax.lexbor import LexborHTMLParser

from events.accounts.actions.organisations import create_organisation
from events.accounts.rules import SCOPES, Actor
from events.outbox.tables import Message
from events.registration import queries
from events.registration.actions import cancel_event, cancel_own, change_event
from events.registration.rules import SIGN_UPS_PER_NETWORK, WRONG_LINKS_PER_NETWORK, Standing
from events.registration.tables import Registration
from tests.conftest import browser
from tests.make import a_published_event, a_registration, an_event, an_organisation
from tests.people import ORIGIN, send, words

FORM = "/en/events/care-skills-count/register"
ANA = {"name": "Ana Reyes", "email": "ana@example.org", "mode": "in_person"}
ONE_PLACE = {"in_person": {"capacity": 1}}
LINK = "https://meet.example.org/secret-room"
ONLINE: dict[str, Any] = {"modes": {"online": {}}, "joining_link": LINK, "venue": None}
DURING = "2027-02-05T18:20:00Z"  # 13:20 in New York
AFTERWARDS = "2027-02-05T20:00:00Z"


@pytest.fixture
async def by(database: object) -> Actor:  # noqa: ARG001 - it must be open
    made = await create_organisation(
        "mmm", name="Make Mothers Matter", contact_email="events@mmm.example", retention_days=90
    )
    return Actor(made.id, "system", SCOPES)


async def register(client: httpx.AsyncClient, form: str = FORM, **typed: str) -> httpx.Response:
    """Open the form, fill it in and send it."""
    return await send(client, await client.get(form), form, **(ANA | typed))


def node(page: httpx.Response, selector: str) -> Any:
    found = LexborHTMLParser(page.text).css_first(selector)
    assert found, f"no {selector}"
    return found


def problems(page: httpx.Response) -> list[tuple[str, str]]:
    """What stands on top: which field each points at, and what it says."""
    links = LexborHTMLParser(page.text).css("#problems li a")
    return [((link.attributes["href"] or "").removeprefix("#field-"), link.text(strip=True)) for link in links]


class TestTheForm:
    async def test_it_says_who_asks_why_and_for_how_long(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by)
        page = await client.get(FORM)
        said = words(page)
        for part in (
            "Make Mothers Matter, events@mmm.example",
            "To keep a place for you",
            "Until Thursday 6 May 2027.",
        ):
            assert part in said
        assert "80 places are free." in said
        assert "set-cookie" not in page.headers
        assert page.headers["cache-control"] == "no-store"
        assert 'name="robots" content="noindex"' in page.text

    async def test_a_place_is_one_form_away(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by)
        answer = await register(client, name="  Ana \t Reyes ", language="fr")
        assert answer.status_code == 303
        ticket = await client.get(answer.headers["location"])
        assert ticket.headers["content-language"] == "fr"
        assert "Ana Reyes" in words(ticket)

    async def test_every_problem_is_told_at_once_and_nothing_typed_is_lost(
        self, client: httpx.AsyncClient, by: Actor
    ) -> None:
        await a_published_event(by)
        answer = await register(client, name="", email="ana@", mode="by boat", language="fr")
        assert answer.status_code == 422
        assert problems(answer) == [
            ("name", "Write your name."),
            ("email", "This is not an e-mail address. Write it as name@example.org."),
            ("mode", "Choose one of: in_person, online."),
        ]
        assert node(answer, "#field-email").attributes["value"] == "ana@"
        assert node(answer, "#field-email").attributes["aria-describedby"] == "hint-email problem-email"
        assert node(answer, "#field-language option[selected]").attributes["value"] == "fr"
        assert await Registration.count() == 0

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("name", "x" * 201),
            ("name", "bell \x07"),
            ("name", "null \x00"),
            ("email", "a" * 260 + "@example.org"),
            ("email", "ana@example.org\x00"),
            ("email", "ana@exa mple.org"),
            ("language", "x" * 40),
            ("mode", "x" * 100_000),
        ],
    )
    async def test_whatever_is_typed_is_answered_in_words(
        self, client: httpx.AsyncClient, by: Actor, field: str, value: str
    ) -> None:
        await a_published_event(by)
        answer = await register(client, **{field: value})
        assert answer.status_code == 422
        assert [name for name, _ in problems(answer)] == [field]

    async def test_bytes_that_are_no_text_are_refused(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by)
        typed = b"name=%ED%A0%80%FF&email=ana@example.org&mode=online"
        answer = await client.post(
            FORM, content=typed, headers=ORIGIN | {"Content-Type": "application/x-www-form-urlencoded"}
        )
        assert answer.status_code in {303, 422}

    async def test_a_file_is_no_name(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by)
        typed = {"email": ANA["email"], "mode": "in_person"}
        answer = await client.post(FORM, data=typed, files={"name": ("name.txt", b"Ana")}, headers=ORIGIN)
        assert (answer.status_code, problems(answer)[0][0]) == (422, "name")

    async def test_the_hidden_field_stops_programs_and_loses_nobody(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by)
        answer = await register(client, website="https://buy.example")
        assert answer.status_code == 422
        assert node(answer, "#field-name").attributes["value"] == "Ana Reyes"
        assert (await send(client, answer, FORM)).status_code == 303

    async def test_another_site_cannot_send_it(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by)
        assert (await client.post(FORM, data=ANA, headers={"Origin": "https://evil.example"})).status_code == 403
        assert (await client.post(FORM, data=ANA)).status_code == 403
        signed = node(await client.get(FORM), "[name=signed]").attributes["value"]
        assert (await client.post(FORM, data=ANA | {"signed": signed})).status_code == 303

    async def test_so_many_from_one_network_and_no_more(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by, modes={"in_person": {"capacity": None}})
        for number in range(SIGN_UPS_PER_NETWORK["limit"]):
            await client.post(FORM, data=ANA | {"email": f"person{number}@example.org"}, headers=ORIGIN)
        answer = await client.post(FORM, data=ANA, headers=ORIGIN)
        assert answer.status_code == 429
        assert 0 < int(answer.headers["retry-after"]) <= SIGN_UPS_PER_NETWORK["window_seconds"]
        assert node(answer, "#field-name").attributes["value"] == "Ana Reyes"

    @pytest.mark.parametrize("path", ["/en/events/nothing/register", "/xx/events/care-skills-count/register"])
    async def test_there_is_no_form_for_what_there_is_not(
        self, client: httpx.AsyncClient, by: Actor, path: str
    ) -> None:
        await a_published_event(by)
        assert (await client.get(path)).status_code == 404
        assert (await client.post(path, data=ANA, headers=ORIGIN)).status_code == 404


class TestWhenThereIsNoPlace:
    async def test_who_comes_late_joins_the_line(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by, modes=ONE_PLACE)
        for number in range(2):
            await a_registration(email=f"person{number}@example.org")
        assert "you join the waiting list. 1 person waits before you." in words(await client.get(FORM))
        ticket = await client.get((await register(client)).headers["location"])
        assert "You are number 2 in line." in words(ticket)

    async def test_full_without_a_line(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by, modes=ONE_PLACE, waiting_list=False)
        page = await client.get(FORM)
        await a_registration(email="first@example.org")
        for answer in (await send(client, page, FORM, **ANA), await client.get(FORM)):
            assert answer.status_code == 409
            assert "All places are taken, and there is no waiting list." in words(answer)

    async def test_another_way_to_attend_is_still_open(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by, modes=ONE_PLACE | {"online": {}}, waiting_list=False)
        page = await client.get(FORM)
        await a_registration(email="first@example.org")
        answer = await send(client, page, FORM, **ANA)
        assert answer.status_code == 409
        assert problems(answer) == [("mode", "All places are taken, and there is no waiting list.")]
        assert [option.attributes["value"] for option in LexborHTMLParser(answer.text).css("[name=mode]")] == ["online"]
        assert (await send(client, answer, FORM, mode="online")).status_code == 303

    async def test_after_the_closing_time(self, client: httpx.AsyncClient, by: Actor) -> None:
        closes = {"wall": "2027-02-03T18:00", "zone": "America/New_York"}
        await a_published_event(by, modes={"in_person": {"capacity": 80, "closes": closes}})
        assert "You can register until Wednesday 3 February 2027, 18:00 (New York, UTC−5)." in words(
            await client.get(FORM)
        )
        with time_machine.travel("2027-02-03T23:00:00Z"):
            answer = await client.post(FORM, data=ANA, headers=ORIGIN)
        assert (answer.status_code, "Registration for this event is closed." in words(answer)) == (409, True)

    async def test_cancelled_and_over(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by)
        with time_machine.travel(AFTERWARDS):
            assert "This event is over." in words(await client.get(FORM))
        await cancel_event("care-skills-count", reason={"en": "The room is needed."}, by=by)
        page = await client.get(FORM)
        assert page.status_code == 409
        assert "This event was cancelled." in words(page)
        assert "The room is needed." in words(page)


class TestRegisteringTwice:
    async def test_it_is_told_kindly_and_the_link_is_sent(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by)
        made = await a_registration()
        answer = await register(client, name="Somebody Else", email="ANA@Example.org")
        assert answer.status_code == 409
        assert "This address is registered already" in words(answer)
        for secret in (made.token, made.code, "Ana Reyes"):
            assert secret not in answer.text
        assert await Message.count().where(Message.kind == "registration.already") == 1
        assert await Registration.count() == 1

    async def test_where_addresses_are_proven_nobody_learns_who_is_registered(
        self, app: Litestar, client: httpx.AsyncClient, by: Actor
    ) -> None:
        await a_published_event(by, prove_address=True)
        known = await register(client)
        again = await register(browser(app))
        assert known.headers["location"] == again.headers["location"] == f"{FORM}/sent"
        assert (known.status_code, known.content) == (again.status_code, again.content) == (303, b"")
        assert set(known.headers) == set(again.headers)
        page = await client.get(f"{FORM}/sent")
        assert (page.status_code, "Look into your mail" in words(page)) == (200, True)


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
        assert node(page, "[role=img] svg")

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
        assert event["LOCATION"] == event["CONFERENCE"] == f"http://testserver/t/{made.token}/join"
        assert LINK not in str(event)

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
            assert LINK not in early.text
            assert LINK not in (await client.get(f"/t/{made.token}")).text
        for moment in ("2027-02-05T17:45:01Z", DURING, "2027-02-05T19:29:59Z"):
            with time_machine.travel(moment):
                answer = await client.get(join)
                assert (answer.status_code, answer.headers["location"]) == (303, LINK)
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
                assert (answer.status_code, why in words(answer)) == (409, True)
                assert "/join" not in (await client.get(f"/t/{made.token}")).text

    async def test_nobody_joins_a_cancelled_event(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by, **ONLINE)
        made = await a_registration(mode="online")
        await cancel_event("care-skills-count", reason={}, by=by)
        with time_machine.travel(DURING):
            assert (await client.get(f"/t/{made.token}/join")).status_code == 409


async def test_each_organisation_asks_in_its_own_colour(client: httpx.AsyncClient) -> None:
    plain = await an_organisation()
    coloured = await create_organisation("lse", name="London School of Economics", accent="#7a0019")
    await a_published_event(plain)
    await a_published_event(Actor(coloured.id, "system", SCOPES), slug="at-lse")
    assert "accent.css" not in (await client.get(FORM)).text
    assert '"/organisations/lse/accent.css"' in (await client.get("/en/events/at-lse/register")).text
