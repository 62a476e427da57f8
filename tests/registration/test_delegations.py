"""Several people whom one contact registers at once."""

import json
import re

import httpx
from litestar import Litestar

from events.accounts.actions.attempts import count_attempt
from events.accounts.rules import Actor
from events.kernel.clock import utc_now
from events.outbox.rules import Queued
from events.outbox.tables import Message
from events.questions.actions import put_form
from events.registration import mails as registration_mails
from events.registration import queries
from events.registration.delegations.actions import register_delegation
from events.registration.delegations.forms import read_delegation
from events.registration.delegations.mails import renderers
from events.registration.delegations.queries import get_led
from events.registration.delegations.rules import LISTS_PER_NETWORK
from events.settings import Settings
from tests.make import SECRET, a_program, a_published_event, a_registration
from tests.people import fields, send, words
from tests.questions.forms import a_question, asking
from tests.registration.delegates import CONTACT, FORM, asks, delegate, problems, rows, standings


class TestRegistering:
    async def test_everybody_gets_a_registration_and_a_mail_and_the_contact_a_page(
        self, client: httpx.AsyncClient, by: Actor
    ) -> None:
        await a_published_event(by, **asks())
        answer = await delegate(client, "Ana", "Bo", **{"people.0.function": "Head of delegation"})
        assert answer.status_code == 303, words(answer)
        page = await client.get(answer.headers["location"])
        assert page.headers["cache-control"] == "private, no-store"
        for said in ("The delegation of UNICEF", "Ana ana@unicef.example", "Head of delegation", "Cleo Marin"):
            assert said in words(page)
        assert {row["to_address"]: row["kind"] for row in await Message.select()} == {
            "ana@unicef.example": "registration.confirmed",
            "bo@unicef.example": "registration.confirmed",
            "cleo@unicef.example": "delegation.registered",
        }

    async def test_all_that_is_wrong_is_told_by_row_and_nothing_is_lost(
        self, client: httpx.AsyncClient, by: Actor
    ) -> None:
        await a_published_event(by, **asks(ask_affiliation="required"))
        await a_registration(
            email="ana@unicef.example", affiliation={"organisation": "X", "type": "ngo", "country": "FR"}
        )
        typed = {"contact.email": "cleo", "people.1.email": "ana@unicef.example", "people.2.email": "bo@"}
        typed |= {"people.3.mode": "", "people.3.name": "", "people.3.function": "Driver"}
        wrong = await delegate(client, "Ana", "Bo", "Cy", "Dan", **typed)
        assert wrong.status_code == 422
        assert problems(wrong) == [
            "contact.email",
            "affiliation.type",
            "affiliation.country",
            "people.1.email",
            "people.2.email",
            "people.3.name",
            "people.3.mode",
        ]
        assert fields(wrong, FORM) | typed == fields(wrong, FORM)
        right = {"contact.email": "cleo@unicef.example", "people.1.email": "bo@unicef.example", "people.3.name": "Dan"}
        right |= {"people.2.email": "cy@unicef.example", "people.3.mode": "online"}
        right |= {"affiliation.type": "un_entity", "affiliation.country": "KE"}
        known = await send(client, wrong, FORM, **right)
        assert (known.status_code, problems(known)) == (422, ["people.0.email"])
        assert await standings() == {"Ana Reyes": "confirmed"}
        assert await Message.count() == 1

    async def test_those_who_fit_are_confirmed_in_order_and_the_rest_waits(
        self, client: httpx.AsyncClient, by: Actor
    ) -> None:
        await a_published_event(by, **asks(modes={"in_person": {"capacity": 2}}))
        assert "2 places are free. Those further down your list wait in line." in words(await client.get(FORM))
        page = await client.get((await delegate(client, "Ana", "Bo", "Cy")).headers["location"])
        assert await standings() == {"Ana": "confirmed", "Bo": "confirmed", "Cy": "waiting"}
        assert "number 1 in line" in words(page)

    async def test_without_a_waiting_list_it_is_all_of_them_or_nobody(
        self, client: httpx.AsyncClient, by: Actor
    ) -> None:
        await a_published_event(by, **asks(modes={"in_person": {"capacity": 2}}, waiting_list=False))
        refused = await delegate(client, "Ana", "Bo", "Cy")
        assert (refused.status_code, problems(refused)) == (422, ["people.2.mode"])
        assert await standings() == {}

    async def test_the_limit_of_the_organisation_counts_all_of_them(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by, **asks(affiliation_limit={"most": 2}))
        refused = await delegate(client, "Ana", "Bo", "Cy")
        assert (refused.status_code, problems(refused)) == (409, ["affiliation.organisation"])
        assert await standings() == {}
        assert (await delegate(client, "Ana", "Bo")).status_code == 303

    async def test_a_program_that_fills_in_what_nobody_sees_is_refused(
        self, client: httpx.AsyncClient, by: Actor
    ) -> None:
        await a_published_event(by, **asks())
        assert (await delegate(client, "Ana", website="https://spam.example")).status_code == 422
        answers = [await delegate(client, f"Ana{number}") for number in range(7)]
        assert [answer.status_code for answer in answers] == [303] * 6 + [429]
        assert fields(answers[-1], FORM)["people.0.name"] == "Ana6"

    async def test_a_list_with_a_mistake_does_not_count_as_a_delegation(
        self, client: httpx.AsyncClient, by: Actor
    ) -> None:
        await a_published_event(by, **asks())
        await a_registration(email="bo@unicef.example")
        assert [(await delegate(client, "Ana", "Bo")).status_code for _ in range(7)] == [422] * 7
        first = await delegate(client, "Ana")
        more = f"{first.headers['location'].partition('?')[0]}/people"
        page = await client.get(more)
        assert [(await send(client, page, more, **rows("Cy", "Bo"))).status_code for _ in range(7)] == [422] * 7
        assert (await send(client, page, more, **rows("Cy"))).status_code == 303
        people = [{"name": "Bo", "email": "bo@unicef.example", "mode": "in_person"}]
        body = {"contact": {"name": "Cleo", "email": "cleo@unicef.example"}, "people": people}
        body |= {"affiliation": {"organisation": "UNICEF"}}
        address = "/api/v1/events/care-skills-count/delegations"
        assert [(await client.post(address, json=body)).status_code for _ in range(7)] == [422] * 7
        people[0]["email"] = "dan@unicef.example"
        assert (await client.post(address, json=body)).status_code == 201

    async def test_but_lists_cannot_be_tried_without_end(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by, **asks())
        await a_registration(email="bo@unicef.example")
        for _ in range(LISTS_PER_NETWORK["limit"]):
            await count_attempt("delegation-list", "203.0.113.7", **LISTS_PER_NETWORK)
        assert (await delegate(client, "Bo")).status_code == 429

    async def test_an_event_without_them_has_no_such_page(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by, ask_affiliation="optional")
        assert (await client.get(FORM)).status_code == 404
        assert "/delegation" not in (await client.get("/en/events/care-skills-count/register")).text


class TestWhereAddressesAreProven:
    async def test_nobody_learns_who_was_registered_before(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by, **asks(prove_address=True))
        await a_registration(email="ana@unicef.example", affiliation={"organisation": "WHO"})
        answer = await delegate(client, "Ana", "Bo")
        assert answer.headers["location"] == f"{FORM}/sent"
        assert "One step is left for each of them" in words(await client.get(f"{FORM}/sent"))
        kinds = {(row["to_address"], row["kind"]) for row in await Message.select()}
        assert ("ana@unicef.example", "registration.already") in kinds
        assert ("bo@unicef.example", "registration.unverified") in kinds
        assert await standings() == {"Ana Reyes": "unverified", "Bo": "unverified"}

    async def test_in_an_attack_everybody_proves_an_address_wherever_it_is(self, by: Actor) -> None:
        event = await a_published_event(by, **asks(modes={"in_person": {"capacity": 1}}))
        await a_registration(email="ana@unicef.example")
        people = [{"name": name, "email": f"{name}@unicef.example", "mode": "in_person"} for name in ("ana", "bo")]
        contact = {"name": "Cleo", "email": "cleo@unicef.example"}
        posted = {"contact": contact, "affiliation": {"organisation": "UNICEF"}, "people": people}
        form = read_delegation(posted, ask=event.ask_affiliation)
        made = await register_delegation(event.slug, form, language="en", secret=SECRET, prove=True)
        assert (made.hidden, len(made.already)) == (True, 1)
        nobody = {"": "unverified"}
        assert await standings() == {"Ana Reyes": "confirmed", "bo": "unverified"} | nobody
        assert (await get_led(made.token)).unconfirmed == 2

    async def test_nor_by_filling_up_places_or_limits(self, client: httpx.AsyncClient, by: Actor) -> None:
        changes = {"affiliation_limit": {"most": 2}, "modes": {"in_person": {"capacity": 2}}, "waiting_list": False}
        await a_published_event(by, **asks(prove_address=True, **changes))
        await a_registration(email="ana@unicef.example")
        for name in ("Ana", "Xi"):
            refused = await delegate(client, name, "Bo")
            assert (refused.status_code, problems(refused)) == (422, ["people.1.mode"])
        await a_published_event(by, slug="limited", **asks(prove_address=True, affiliation_limit={"most": 2}))
        await a_registration("limited", "ana@unicef.example", affiliation={"organisation": "UNICEF"})
        form = "/en/events/limited/delegation"
        for name in ("Ana", "Xi"):
            refused = await send(client, await client.get(form), form, **CONTACT | rows(name, "Bo"))
            assert (refused.status_code, problems(refused)) == (409, ["affiliation.organisation"])


async def test_the_mails_say_who_registered_whom(client: httpx.AsyncClient, by: Actor, settings: Settings) -> None:
    event = await a_published_event(by, **asks())
    await put_form(event.slug, asking(a_question("yes_no", "pass", required=True)), by=by)
    await delegate(client, "Ana", language="fr")
    made = {**registration_mails.renderers(settings), **renderers(settings)}
    letters = {}
    for row in await Message.select():
        facts = json.loads(row["facts"])
        queued = Queued(row["id"], row["kind"], row["subject_id"], row["to_address"], facts, 1, utc_now())
        letter = await made[queued.kind](queued)
        assert letter
        letters[queued.kind] = letter.text
    theirs, contacts = letters["registration.confirmed"], letters["delegation.registered"]
    assert "Cleo Marin vous a inscrit" in theirs
    assert "auxquelles vous devez encore répondre" in theirs
    assert "Ana : Confirmée" in contacts.replace(" ", " ")
    assert "/delegations/" in contacts
    assert "/t/" not in contacts


async def test_a_program_registers_a_delegation_once(app: Litestar, by: Actor) -> None:
    await a_published_event(by, **asks(modes={"in_person": {"capacity": 1}, "online": {}}))
    program = await a_program(app, by)
    body = {
        "contact": {"name": "Cleo", "email": "cleo@unicef.example"},
        "affiliation": {"organisation": "UNICEF"},
        "people": [
            {"name": name, "email": f"{name}@unicef.example", "mode": mode}
            for name, mode in (("ana", "in_person"), ("bo", "in_person"), ("cy", "online"))
        ],
    }
    address = "/api/v1/events/care-skills-count/delegations"
    first = await program.post(address, json=body, headers={"Idempotency-Key": "k"})
    again = await program.post(address, json=body, headers={"Idempotency-Key": "k"})
    assert (first.status_code, again.json()) == (201, first.json())
    ana, bo, cy = first.json()["people"]
    assert (ana["standing"], bo["standing"], bo["queue_position"], cy["mode"]) == ("confirmed", "waiting", 1, "online")
    assert (await queries.get_own_by_code(ana["code"], by.organisation)).name == "ana"
    assert re.search("/delegations/[0-9a-z]{26}$", first.json()["delegation_url"])
    refused = await program.post(address, json=body | {"people": [{"name": "", "email": "x", "colour": 1}]})
    assert {one["field"] for one in refused.json()["errors"]} == {
        "people.0.name",
        "people.0.email",
        "people.0.mode",
        "people.0.colour",
    }
    await a_published_event(by, slug="other")
    assert (await program.post("/api/v1/events/other/delegations", json=body)).status_code == 409
