"""Where addresses are proven, no answer says whether one is known: not its words, not its shape, not its time."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from time import perf_counter
from typing import Any

import httpx
import pytest
import time_machine
from litestar import Litestar

from events.accounts.rules import Actor
from events.kernel.clock import utc_now
from events.outbox.tables import Message
from events.questions.actions import put_form
from events.registration.actions.proving import release_expired, verify
from events.registration.queries.listing import list_registrations
from events.registration.queries.people import list_affiliations
from events.registration.rules import Listed
from events.registration.tables import Registration
from events.web.security import BEAT
from tests.conftest import browser
from tests.make import a_program, a_published_event, a_registration, an_organisation
from tests.people import ORIGIN, a_member, fields, words
from tests.questions.forms import a_question, asking

SLUG = "care-skills-count"
FORM = f"/en/events/{SLUG}/register"
API = f"/api/v1/events/{SLUG}/registrations"
PERSON = {"name": "Ana Reyes", "mode": "in_person", "language": "en"}
Ask = Callable[[httpx.AsyncClient, str], Awaitable[httpx.Response]]


async def by_page(client: httpx.AsyncClient, email: str) -> httpx.Response:
    form = fields(await client.get(FORM), FORM)
    return await timed(client.post(FORM, data=form | PERSON | {"email": email}, headers=ORIGIN))


async def by_program(client: httpx.AsyncClient, email: str) -> httpx.Response:
    return await timed(client.post(API, json=PERSON | {"email": email}))


async def by_lost_link(client: httpx.AsyncClient, email: str) -> httpx.Response:
    return await timed(client.post("/en/lost-link", data={"email": email}, headers=ORIGIN))


async def by_password(client: httpx.AsyncClient, email: str) -> httpx.Response:
    return await timed(client.post("/organise/password", data={"email": email}, headers=ORIGIN))


async def timed(asking: Awaitable[httpx.Response]) -> httpx.Response:
    began = perf_counter()
    answer = await asking
    answer.extensions["took"] = perf_counter() - began
    return answer


def shape(answer: httpx.Response) -> tuple[int, list[tuple[str, str]], str]:
    """All of it but when it was made."""
    headers = [(name, value) for name, value in answer.headers.multi_items() if name not in {"date", "x-request-id"}]
    text = answer.text.replace(fields(answer, "/organise/password")["signed"], "") if "<form" in answer.text else ""  # type: ignore[arg-type]  # one field
    return answer.status_code, headers, text or answer.text


@pytest.mark.parametrize("ask", [by_page, by_program, by_lost_link, by_password])
async def test_known_and_unknown_addresses_get_the_same_answer_on_the_same_beat(
    app: Litestar, by: Actor, ask: Ask
) -> None:
    await a_published_event(by, prove_address=True)
    await a_registration(email="known@example.org")
    await a_member(by, "known@example.org")
    known, unknown = [], []
    for number in range(3):  # as often as somebody is reminded
        client = browser(app, address=f"203.0.113.{number}")
        known.append(await ask(client, "known@example.org"))
        unknown.append(await ask(client, f"unknown{number}@example.org"))
    assert [shape(one)[:2] for one in known] == [shape(one)[:2] for one in unknown]
    assert {shape(one)[2] for one in known} == {shape(one)[2] for one in unknown}
    quickest = [min(one.extensions["took"] for one in several) for several in (known, unknown)]
    assert all(abs(took - BEAT) < BEAT / 3 for took in quickest), quickest


async def test_a_key_that_was_used_says_nothing_either(app: Litestar, by: Actor) -> None:
    await a_published_event(by, prove_address=True)
    await a_registration(email="known@example.org")
    client = browser(app)
    told: dict[str, list[Any]] = {}
    for email in ("known@example.org", "unknown@example.org"):
        key = {"Idempotency-Key": email}
        for body in ({"email": email}, {"email": email}, {"email": "another@example.org"}):
            answer = await timed(client.post(API, json=PERSON | body, headers=key))
            told.setdefault(email, []).append((answer.status_code, answer.extensions["took"] > 0.9 * BEAT))
    assert told["known@example.org"] == told["unknown@example.org"] == [(201, True), (201, True), (422, False)]


@pytest.mark.parametrize("several", [False, True])
async def test_a_token_of_other_organisers_learns_no_more_than_a_stranger(
    app: Litestar, by: Actor, *, several: bool
) -> None:
    asks = {"delegations": True, "ask_affiliation": "optional"}
    await a_published_event(by, prove_address=True, **asks)
    await verify((await a_registration(email="known@example.org")).token)
    await a_registration(email="unproven@example.org")
    program = await a_program(app, await an_organisation("others"))
    answers: list[Any] = []
    for client in (program, browser(app)):
        for email in ("known@example.org", "unproven@example.org", f"new{len(answers)}@example.org"):
            person = PERSON | {"email": email}
            people = [{name: person[name] for name in ("name", "email", "mode")}]
            contact = {"contact": {"name": "Cy", "email": "cy@example.org"}, "affiliation": {"organisation": "X"}}
            body = contact | {"people": people} if several else person
            address = API.replace("registrations", "delegations") if several else API
            answer = await client.post(address, json=body)
            answers.append((answer.status_code, answer.json()))
    assert answers == [answers[-1]] * 6


async def test_the_way_to_attend_that_was_asked_for_is_told_whatever_became_of_it(app: Litestar, by: Actor) -> None:
    modes: dict[str, Any] = {"in_person": {"capacity": 1}, "online": {}}
    await a_published_event(by, prove_address=True, modes=modes)
    await a_registration(email="known@example.org")
    body = PERSON | {"meanwhile": "online"}
    answers = await asyncio.gather(
        *(browser(app).post(API, json=body | {"email": email}) for email in ("known@example.org", "new@example.org"))
    )
    assert [one.json() for one in answers] == [{"standing": "unverified", "mode": "in_person"}] * 2


WHERE = {"where-known": "known@example.org", "where-new": "new@example.org"}


class TestNoNumberTellsItEither:
    """Two events alike: at one an address is asked with that is registered there, at the other with one that is not."""

    async def prepare(self, by: Actor, **changes: Any) -> None:
        room = {"key": "a", "label": {"en": "Room A"}, "capacity": 2}
        tour = a_question("single_choice", "tour", choices=[room, {"key": "b", "label": {"en": "B"}}])
        for slug in WHERE:
            modes = {"in_person": {"capacity": 3}, "online": {"capacity": 9}}
            await a_published_event(by, slug=slug, prove_address=True, modes=modes, **changes)
            await put_form(slug, asking(tour), by=by)
            await verify((await a_registration(slug, "known@example.org")).token)

    async def ask(self, app: Litestar, email: str | None = None, **said: Any) -> list[Any]:
        """What is answered at either, and what anybody can read then."""
        found = []
        for slug, address in WHERE.items():
            client = browser(app)
            body = PERSON | {"email": email or address, "answers": {"tour": "a"}} | said
            answer = await client.post(f"/api/v1/events/{slug}/registrations", json=body)
            form = words(await client.get(f"/en/events/{slug}/register"))
            shown = (await client.get(f"/api/v1/events/{slug}")).json()["modes"]["in_person"]["full"]
            found.append((answer.status_code, answer.json(), shown, form))
        return found

    async def test_not_of_places_nor_of_choices(self, app: Litestar, by: Actor) -> None:
        await self.prepare(by, waiting_list=False)
        for email, left in (
            (None, "1 place is free."),
            (None, "1 place is free."),
            ("third@example.org", "All places"),
        ):
            known, new = await self.ask(app, email, **({"answers": {"tour": "b"}} if email else {}))
            assert known == new
            assert left in known[3] or "Full" in known[3], known[3]
        with time_machine.travel(utc_now() + timedelta(hours=25)):
            assert await release_expired() == 4
            known, new = await self.ask(app, "fourth@example.org")
        assert known == new
        assert "1 place is free." in known[3], "what was held is given back"

    async def test_not_of_an_organisations_limit(self, app: Litestar, by: Actor) -> None:
        await self.prepare(by, ask_affiliation="optional", affiliation_limit={"most": 1})
        for email, status in ((None, 201), ("third@example.org", 409)):
            known, new = await self.ask(app, email, affiliation={"organisation": "UNICEF"})
            assert (known == new, known[0]) == (True, status)

    async def test_who_stands_in_is_nobody_and_leaves_nothing(self, app: Litestar, by: Actor) -> None:
        await self.prepare(by, ask_affiliation="optional")
        await self.ask(app, affiliation={"organisation": "UNICEF", "function": "Driver"})
        [nobody] = await Registration.select().where(Registration.erased_at.is_not_null())
        assert [nobody[name] for name in ("name", "email", "affiliation_function")] == ["", "", None]
        assert "known" not in str(nobody)
        assert len((await list_registrations("where-known", by.organisation, Listed()))[0]) == 1
        letters = await Message.select(Message.kind).where(Message.to_address == "known@example.org")
        assert [row["kind"] for row in letters].count("registration.already") == 1
        with time_machine.travel(utc_now() + timedelta(hours=25)):
            await release_expired()
        [nobody] = await Registration.select().where(Registration.erased_at.is_not_null())
        assert (nobody["standing"], nobody["affiliation"]) == ("cancelled", None)
        assert [one.times for one in await list_affiliations(by.organisation)] == [1], "of the address that was new"

    async def test_of_many_at_once_one_is_registered_or_stands_in(self, app: Litestar, by: Actor) -> None:
        """Also in two modes, whose places are locked apart."""
        await self.prepare(by)
        asked = [
            browser(app, address=f"203.0.113.{number}").post(
                f"/api/v1/events/{slug}/registrations",
                json=PERSON | {"email": email, "mode": ("in_person", "online")[number % 2]},
            )
            for number in range(8)
            for slug, email in WHERE.items()
        ]
        assert {answer.status_code for answer in await asyncio.gather(*asked)} == {201}
        assert await Registration.count().where(Registration.erased_at.is_not_null()) == 1
        assert await Registration.count().where(Registration.email == "new@example.org") == 1
