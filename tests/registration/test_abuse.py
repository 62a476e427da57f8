"""While programs register, people prove that they are none, by a sum or by mail; otherwise nothing is asked."""

import asyncio
import base64
import json
from contextlib import suppress
from datetime import timedelta
from typing import Any

import httpx
import pytest
import time_machine
from altcha import Challenge, Payload, solve_challenge
from litestar import Litestar

from events.accounts.actions.bursts import ALARM_LASTS, count_in_burst, find_alarm
from events.accounts.rules import Actor
from events.infra import proof
from events.kernel.clock import utc_now
from events.kernel.errors import Invalid, TooMany
from events.registration.abuse.actions import meet, refused
from events.registration.abuse.rules import SIGN_UP, TOO_QUICK, check_lasting
from events.registration.actions.proving import verify
from events.registration.forms import HandOver
from events.registration.handing_over.actions import hand_over
from events.registration.rules.tokens import token_of
from events.registration.tables import Registration
from events.settings import Settings
from tests.conftest import browser
from tests.make import SECRET, a_program, a_published_event, a_registration
from tests.people import a_member, fields, node, send, sign_in, words
from tests.registration.guests import invite

FORM = "/en/events/care-skills-count/register"
API = "/api/v1/events/care-skills-count/registrations"
SLUG = "care-skills-count"
LIST = f"/en/events/{SLUG}/delegation"
CONTACT = {"contact.name": "Cleo", "contact.email": "cleo@example.org", "affiliation.organisation": "UNICEF"}
PERSON = {"name": "Ana Reyes", "mode": "in_person", "language": "en"}
MOST = 3


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replaced(settings, sign_ups_per_minute=MOST)


def replaced(settings: Settings, **changes: Any) -> Settings:
    return type(settings)(**{name: getattr(settings, name) for name in settings.__struct_fields__} | changes)


@pytest.fixture
async def attacked(app: Litestar, by: Actor) -> Litestar:
    """An event at which more have just registered than one would expect."""
    await attack(by)
    return app


async def attack(by: Actor, **event: Any) -> None:
    await a_published_event(by, **event)
    await raise_alarm()


async def raise_alarm() -> None:
    for number in range(MOST + 1):
        await meet(SLUG, network=f"198.51.100.{number}", most=MOST, secret=SECRET)


async def page_of(app: Litestar, network: int = 7, path: str = FORM) -> tuple[httpx.AsyncClient, httpx.Response]:
    client = browser(app, address=f"203.0.113.{network}")
    return client, await client.get(path)


def row(email: str) -> dict[str, str]:
    """A delegation's list of one person."""
    return {"people.0.name": "Ana", "people.0.email": email, "people.0.mode": "in_person"}


def solved(page: httpx.Response) -> str:
    challenge = json.loads(node(page, "[data-challenge]").attributes["data-challenge"] or "")
    found = Challenge.from_dict(challenge)
    solution = solve_challenge(found)
    assert solution
    return Payload(found, solution).to_base64()


async def standings() -> list[tuple[str, bool]]:
    rows = await Registration.select(Registration.standing, Registration.holds_place).order_by(Registration.id)
    return [(row["standing"], bool(row["holds_place"])) for row in rows]


async def test_in_peace_nothing_is_asked(app: Litestar, by: Actor) -> None:
    await a_published_event(by)
    for number in range(MOST):
        client, page = await page_of(app, number)
        assert "data-challenge" not in page.text
        answer = await send(client, page, FORM, email=f"{number}@example.org", **PERSON)
        assert answer.headers["location"].startswith("/t/")
    assert await standings() == [("confirmed", True)] * MOST


async def test_who_did_the_sum_notices_nothing_else(attacked: Litestar) -> None:
    client, page = await page_of(attacked)
    assert "Programs are registering here just now" in words(page)
    answer = await send(client, page, FORM, email="ana@example.org", proof=solved(page), **PERSON)
    assert answer.headers["location"].startswith("/t/")
    assert await standings() == [("confirmed", True)]


async def test_a_sum_counts_once(attacked: Litestar) -> None:
    client, page = await page_of(attacked)
    done = solved(page)
    with time_machine.travel(utc_now() + timedelta(seconds=5)):
        for email in ("ana@example.org", "ben@example.org"):
            await send(client, page, FORM, email=email, proof=done, **PERSON)
    assert await standings() == [("confirmed", True), ("unverified", False)]


async def test_without_javascript_the_address_is_proved_by_mail_and_holds_no_place_until_then(
    attacked: Litestar,
) -> None:
    client, page = await page_of(attacked)
    with time_machine.travel(utc_now() + timedelta(seconds=5)):
        answer = await send(client, page, FORM, email="ana@example.org", **PERSON)
    assert answer.headers["location"] == f"{FORM}/sent"
    assert await standings() == [("unverified", False)]
    [row] = await Registration.select()
    await verify(token_of(SECRET, row["code"], 0))
    assert await standings() == [("confirmed", True)]


async def test_then_nobody_learns_either_who_is_registered(attacked: Litestar) -> None:
    await a_registration(email="known@example.org")
    answers = []
    for email in ("known@example.org", "new@example.org"):
        client, page = await page_of(attacked)
        with time_machine.travel(utc_now() + timedelta(seconds=5)):
            answer = await send(client, page, FORM, email=email, **PERSON)
        answers.append((answer.status_code, answer.headers["location"]))
    assert answers[0] == answers[1]


class TestAListOfPeople:
    """The form of a delegation, and the one with which its contact adds people."""

    async def test_a_sum_of_more_work_does_and_one_for_a_single_person_does_not(self, app: Litestar, by: Actor) -> None:
        await attack(by, delegations=True, ask_affiliation="optional")
        for done, expected in ((solved((await page_of(app))[1]), "unverified"), ("", "confirmed")):
            client, page = await page_of(app, path=LIST)
            assert "Programs are registering here just now" in words(page)
            person = row(f"{expected}@example.org") | CONTACT
            with time_machine.travel(utc_now() + timedelta(seconds=5)):
                await send(client, page, LIST, proof=done or solved(page), **person)
        assert await standings() == [("unverified", False), ("confirmed", True)]

    async def test_without_javascript_each_proves_the_address_and_holds_no_place(
        self, app: Litestar, by: Actor
    ) -> None:
        await a_published_event(by, delegations=True, ask_affiliation="optional")
        client, page = await page_of(app, path=LIST)
        made = await send(client, page, LIST, **row("ana@example.org"), **CONTACT)
        await raise_alarm()
        more = f"{made.headers['location'].partition('?')[0]}/people"
        page = await client.get(more)
        assert "each of them then gets a mail" in words(page)
        with time_machine.travel(utc_now() + timedelta(seconds=5)):
            await send(client, page, more, **row("ben@example.org"))
        assert await standings() == [("confirmed", True), ("unverified", False)]


async def test_what_was_sent_more_quickly_than_anybody_types_is_asked_for_again(attacked: Litestar) -> None:
    client, page = await page_of(attacked)
    answer = await send(client, page, FORM, email="ana@example.org", **PERSON)
    assert (answer.status_code, TOO_QUICK in words(answer)) == (422, True)
    assert fields(answer, FORM)["email"] == "ana@example.org"


@pytest.mark.usefixtures("attacked")
async def test_without_a_sum_only_so_many_get_in() -> None:
    """Or whoever attacks would write to thousands in our name."""
    let_in = []
    with time_machine.travel(utc_now() + timedelta(seconds=5), tick=False):
        for network in range(MOST + 2):
            try:
                let_in.append(await meet(SLUG, network=f"192.0.2.{network}", most=MOST, secret=SECRET))
            except TooMany:
                let_in.append(False)
    assert let_in == [True] * (MOST - 1) + [False] * 3, "the one that raised the alarm was among them"


@pytest.mark.usefixtures("attacked")
@pytest.mark.parametrize("tried", ["", "x", "e30=", "A" * 5000, "é", base64.b64encode(b'{"challenge":3}').decode()])
async def test_what_is_no_sum_is_none(tried: str) -> None:
    assert await meet(SLUG, network="192.0.2.1", most=MOST, proof=tried, secret=SECRET)


async def test_a_sum_for_another_event_by_another_key_or_too_old_is_none(attacked: Litestar) -> None:
    _, page = await page_of(attacked)
    done = solved(page)
    assert proof.proof_of(done, SECRET, SLUG)
    assert proof.proof_of(done, SECRET, "another") is None
    assert proof.proof_of(done, "1" * 64, SLUG) is None
    with time_machine.travel(utc_now() + proof.LASTS + timedelta(minutes=1)):
        assert proof.proof_of(done, SECRET, SLUG) is None


async def test_it_ends_by_itself(attacked: Litestar) -> None:
    with time_machine.travel(utc_now() + ALARM_LASTS + timedelta(seconds=1)):
        _, page = await page_of(attacked)
        assert "data-challenge" not in page.text
        assert not await meet(SLUG, network="192.0.2.1", most=MOST, secret=SECRET)


async def test_one_event_alone_is_guarded(attacked: Litestar, by: Actor) -> None:
    await a_published_event(by, slug="another")
    page = await browser(attacked).get("/en/events/another/register")
    assert "data-challenge" not in page.text


async def test_many_who_are_refused_are_an_attack_too(app: Litestar, by: Actor) -> None:
    await a_published_event(by)
    client, page = await page_of(app)
    for _ in range(MOST + 1):
        answer = await send(client, page, FORM, email="ana@example.org", website="https://spam.example", **PERSON)
        assert answer.status_code == 422
    assert await find_alarm(SIGN_UP, SLUG)


async def test_nothing_is_guarded_where_the_operator_wants_none(by: Actor) -> None:
    await a_published_event(by)
    for number in range(20):
        await refused(SLUG, most=0)
        assert not await meet(SLUG, network=f"192.0.2.{number}", most=0, secret=SECRET)
    assert await find_alarm(SIGN_UP, SLUG) is None


async def test_programs_of_the_organisation_go_on_and_strangers_prove_the_address(
    attacked: Litestar, by: Actor
) -> None:
    program = await a_program(attacked, by)
    body = {"name": "Ana Reyes", "email": "ana@example.org", "mode": "in_person"}
    assert (await program.post(API, json=body)).json()["standing"] == "confirmed"
    answer = await browser(attacked).post(API, json=body | {"email": "ben@example.org"})
    assert (answer.status_code, answer.json()) == (201, {"standing": "unverified", "mode": "in_person"})


async def test_who_is_invited_is_held_up_by_nobody(attacked: Litestar, by: Actor) -> None:
    """Though programs take all the turns there are, and a form that is filled in is sent at once."""
    [token] = await invite(by)
    for number in range(2 * MOST):
        with suppress(TooMany):
            await meet(SLUG, network=f"192.0.2.{number}", most=MOST, secret=SECRET)
    client, page = await page_of(attacked, path=f"/invited/{token}")
    answer = await send(client, page, f"/invited/{token}", mode="in_person")
    assert answer.headers["location"].startswith("/t/")
    assert await standings() == [("confirmed", True)]


async def test_organisers_see_that_it_is_on(attacked: Litestar, by: Actor) -> None:
    await a_member(by)
    ana = await sign_in(attacked)
    assert "Many are registering at once" in words(await ana.get(f"/organise/events/{SLUG}"))
    with time_machine.travel(utc_now() + ALARM_LASTS + timedelta(seconds=1)):
        assert "Many are registering at once" not in words(await ana.get(f"/organise/events/{SLUG}"))


async def test_all_who_come_at_once_are_counted(database: object) -> None:  # noqa: ARG001 - it must be open
    counted = await asyncio.gather(
        *(count_in_burst(SIGN_UP, str(number), SLUG, limit=1, window_seconds=60, most=30) for number in range(40))
    )
    assert counted.count(True) == 10


class TestAddressesForADay:
    @pytest.mark.parametrize("email", ["a@mailinator.com", "a@MAILINATOR.com", "a@x.mailinator.com"])
    def test_they_are_known_with_what_is_below_them(self, email: str) -> None:
        with pytest.raises(Invalid) as told:
            check_lasting(email)
        assert told.value.problems[0].field == "email"

    @pytest.mark.parametrize("email", ["a@example.org", "a@gmail.com", "a@mailinator.example.org", "a@localhost"])
    def test_others_are_taken(self, email: str) -> None:
        check_lasting(email)

    async def test_an_owner_refuses_them_and_the_form_says_why(self, app: Litestar, by: Actor) -> None:
        await a_published_event(by)
        await a_registration(email="a@mailinator.com")
        await a_member(by)
        ana = await sign_in(app)
        here = "/organise/organisation"
        await send(ana, await ana.get(here), here, refuse_disposable="true")
        assert fields(await ana.get(here), here)["refuse_disposable"] == "true"
        client, page = await page_of(app)
        answer = await send(client, page, FORM, email="b@mailinator.com", **PERSON)
        assert answer.status_code == 422
        assert "Addresses of mailinator.com last for a short time only" in words(answer)
        refused = await client.post(API, json={"name": "B", "email": "b@mailinator.com", "mode": "in_person"})
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "email")
        made = await a_registration(email="cleo@example.org")
        with pytest.raises(Invalid):
            await hand_over(made.token, HandOver(name="Bo", email="bo@mailinator.com"), secret=SECRET)
        program = await a_program(app, by)
        vouched = await program.post(API, json={"name": "B", "email": "b@mailinator.com", "mode": "in_person"})
        assert vouched.status_code == 201
