"""The form, and the private page of one registration, as a browser meets them."""

from typing import Any

import httpx
import pytest
import time_machine
from litestar import Litestar
from selectolax.lexbor import LexborHTMLParser

from events.accounts.actions.organisations import create_organisation
from events.accounts.rules import SCOPES, Actor
from events.outbox.tables import Message
from events.registration.actions.moving import cancel_event
from events.registration.rules import SIGN_UPS_PER_NETWORK
from events.registration.tables import Registration
from tests.conftest import browser
from tests.make import a_published_event, a_registration, an_organisation
from tests.people import ORIGIN, node, send, words

FORM = "/en/events/care-skills-count/register"
ANA = {"name": "Ana Reyes", "email": "ana@example.org", "mode": "in_person"}
ONE_PLACE = {"in_person": {"capacity": 1}}
LINK = "https://meet.example.org/secret-room"
ONLINE: dict[str, Any] = {"modes": {"online": {}}, "joining_link": LINK, "venue": None}
DURING = "2027-02-05T18:20:00Z"  # 13:20 in New York
AFTERWARDS = "2027-02-05T20:00:00Z"


async def register(client: httpx.AsyncClient, form: str = FORM, **typed: str) -> httpx.Response:
    """Open the form, fill it in and send it."""
    return await send(client, await client.get(form), form, **(ANA | typed))


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

    async def test_an_event_may_take_no_registrations(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by, modes={})
        page = await client.get(FORM)
        assert (page.status_code, "Nobody registers for this event here" in words(page)) == (409, True)
        assert (await client.post(FORM, data=ANA, headers=ORIGIN)).status_code == 422

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


async def test_each_organisation_asks_in_its_own_colour(client: httpx.AsyncClient) -> None:
    plain = await an_organisation()
    coloured = await create_organisation("lse", name="London School of Economics", accent="#7a0019")
    await a_published_event(plain)
    await a_published_event(Actor(coloured.id, "system", SCOPES), slug="at-lse")
    assert "accent.css" not in (await client.get(FORM)).text
    assert '"/organisations/lse/accent.css"' in (await client.get("/en/events/at-lse/register")).text
