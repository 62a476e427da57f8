"""Several people whom one contact registers at once."""

import json
import re
from typing import Any

import httpx
import pytest
from litestar import Litestar
from selectolax.lexbor import LexborHTMLParser

from events.accounts.rules import Actor
from events.kernel.clock import utc_now
from events.outbox.rules import Queued
from events.outbox.tables import Message
from events.questions.actions import put_form
from events.registration import mails as registration_mails
from events.registration import queries
from events.registration.delegations.actions import register_delegation
from events.registration.delegations.forms import pasted_rows, read_delegation
from events.registration.delegations.mails import renderers
from events.registration.delegations.queries import get_led
from events.registration.tables import Registration
from events.settings import Settings
from tests.make import SECRET, a_program, a_published_event, a_registration
from tests.people import fields, send, words
from tests.questions.forms import a_question, asking

FORM = "/en/events/care-skills-count/delegation"
CONTACT = {"contact.name": "Cleo Marin", "contact.email": "cleo@unicef.example", "affiliation.organisation": "UNICEF"}


def asks(**changes: Any) -> dict[str, Any]:
    return {"delegations": True, "ask_affiliation": "optional"} | changes


def rows(*people: str, mode: str = "in_person") -> dict[str, str]:
    typed: dict[str, str] = {}
    for number, name in enumerate(people):
        typed |= {
            f"people.{number}.name": name,
            f"people.{number}.email": f"{name.lower()}@unicef.example",
            f"people.{number}.mode": mode,
        }
    return typed


async def delegate(client: httpx.AsyncClient, *people: str, **typed: str) -> httpx.Response:
    return await send(client, await client.get(FORM), FORM, **CONTACT | rows(*people) | typed)


def problems(page: httpx.Response) -> list[str]:
    links = LexborHTMLParser(page.text).css("#problems a")
    return [(link.attributes["href"] or "").removeprefix("#field-") for link in links]


def action(page: httpx.Response, ends: str) -> str:
    """Where the first form that does this posts to."""
    actions = [form.attributes.get("action") or "" for form in LexborHTMLParser(page.text).css("form")]
    return next(one for one in actions if one.endswith(ends))


async def standings() -> dict[str, str]:
    rows = await Registration.select(Registration.name, Registration.standing).order_by(Registration.id)
    return {row["name"]: row["standing"] for row in rows}


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

    async def test_an_event_without_them_has_no_such_page(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by, ask_affiliation="optional")
        assert (await client.get(FORM)).status_code == 404
        assert "/delegation" not in (await client.get("/en/events/care-skills-count/register")).text


class TestTheTable:
    @pytest.mark.parametrize("between", ["\t", ";", ","])
    async def test_a_list_that_is_pasted_is_looked_at_first(
        self, client: httpx.AsyncClient, by: Actor, between: str
    ) -> None:
        await a_published_event(by, **asks())
        lines = [
            ["Prénom", "Nom", "E-mail", "Poste", "Mode"],
            ["Bo", "Li", "bo@unicef.example", "Adviser", "en ligne"],
            ["Cy", "Day", "cy@unicef.example", "", "In person"],
            ["Dan", "", "nobody", "", ""],
        ]
        pasted = "\r\n".join(between.join(line) for line in lines)
        shown = await delegate(client, "Ana", pasted=pasted)
        assert shown.status_code == 200
        found = fields(shown, FORM)
        assert [found[f"people.1.{part}"] for part in ("name", "email", "function", "mode")] == [
            "Bo Li",
            "bo@unicef.example",
            "Adviser",
            "online",
        ]
        assert (found["people.0.name"], found["people.2.name"], found["people.2.mode"]) == (
            "Ana",
            "Cy Day",
            "in_person",
        )
        assert found["pasted"] == ""
        assert await standings() == {}
        wrong = await send(client, shown, FORM)
        assert problems(wrong) == ["people.3.email", "people.3.mode"]

    @pytest.mark.parametrize(
        "pasted",
        [
            "Nom;Courriel;Poste\nBo Li;bo@unicef.example;\nCy;cy@unicef.example;",
            "Bo Li <bo@unicef.example>, Cy <cy@unicef.example>",
            "Bo Li <bo@unicef.example>\nCy <cy@unicef.example>",
            '"Bo Li" <bo@unicef.example>; <cy@unicef.example>',
            "Li, Bo <bo@unicef.example>; Day, Cy <cy@unicef.example>",
            "bo@unicef.example;cy@unicef.example",
        ],
    )
    def test_a_heading_is_nobody_and_a_mails_addresses_are_people(self, pasted: str) -> None:
        rows = pasted_rows(pasted, {})
        assert [row["email"] for row in rows] == ["bo@unicef.example", "cy@unicef.example"]
        assert (rows[0]["name"], rows[1]["name"]) in {
            ("Bo Li", "Cy"),
            ("Bo Li", ""),
            ("Li, Bo", "Day, Cy"),
            ("", ""),
        }

    async def test_rows_are_added_without_losing_any(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by, **asks())
        more = await delegate(client, "Ana", "Bo", do="more")
        found = fields(more, FORM)
        assert (found["people.1.name"], found["contact.name"]) == ("Bo", "Cleo Marin")
        assert "people.6.name" in found
        assert more.status_code == 200

    async def test_at_most_fifty_at_once(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by, **asks())
        refused = await delegate(client, *(f"Person{number}" for number in range(51)))
        assert problems(refused) == ["people"]
        assert "Send at most 50 people at once, then the next." in words(refused)


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
