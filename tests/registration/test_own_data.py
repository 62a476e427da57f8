"""What people do with their own data and their place: see, take along, correct, hand over, find again."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
import time_machine
from selectolax.lexbor import LexborHTMLParser

from events.accounts.rules import Actor
from events.checkin.actions import open_door, scan
from events.checkin.forms import DoorForm, ScanForm
from events.infra import db
from events.kernel.clock import utc_now
from events.outbox.tables import Message
from events.programme.rules.limits import AffiliationType
from events.registration import queries
from events.registration.actions.cancelling import cancel_own
from events.registration.actions.erasing import erase_own
from events.registration.actions.private import ask_for_links
from events.registration.forms import HandOver
from events.registration.handing_over.actions import hand_over
from events.registration.queries.held import get_held
from events.registration.queries.people import find_access, find_visit, list_assistants
from events.registration.rules import (
    HAND_OVERS_PER_DAY,
    LINKS_PER_ADDRESS,
    LINKS_PER_NETWORK,
    AlreadyRegistered,
    RegistrationClosed,
    RegistrationOver,
    Standing,
    TicketHandedOver,
    TicketNotFound,
)
from events.registration.rules.people import Affiliation
from events.registration.rules.tokens import token_of
from events.registration.tables import Registration
from tests.make import SECRET, a_published_event, a_registration
from tests.people import send, words

ASKS: dict[str, Any] = {"ask_affiliation": "optional", "ask_access": True, "interpretation": ["fr"]}
BO = HandOver(name="Bo Li", email="bo@example.org")
ONLINE: dict[str, Any] = {"modes": {"online": {}}, "joining_link": "https://meet.example.org/room", "venue": None}
LOST = "/en/lost-link"


async def the_link_of(email: str) -> str:
    """The private page of the registration with this address."""
    [row] = await Registration.select().where(Registration.email == email)
    return token_of(SECRET, row["code"], row["token_counter"])


class TestCorrecting:
    async def test_what_is_held_is_filled_in_and_what_is_changed_is_kept(
        self, client: httpx.AsyncClient, by: Actor
    ) -> None:
        event = await a_published_event(by, **ASKS)
        made = await a_registration(
            affiliation={"organisation": "UNICEF", "country": "KE"}, access={"captions": True, "other": "Near the door"}
        )
        address = f"/t/{made.token}/change"
        page = await client.get(address)
        assert page.headers["cache-control"] == "private, no-store"
        typed = {"name": "Ana María Reyes", "affiliation.type": "un_entity", "assistants.0.name": "Ben Marten"}
        answer = await send(client, page, address, **typed)
        assert answer.headers["location"] == f"/t/{made.token}?done=changed#held"
        ticket = await queries.get_by_token(made.token)
        assert ticket.name == "Ana María Reyes"
        assert ticket.affiliation == Affiliation("UNICEF", AffiliationType.UN_ENTITY, None, "KE")
        wish = await find_access(made.id)
        assert (wish.captions, wish.other) == (True, "Near the door")
        [ben] = await list_assistants(event.id, made.id)
        assert (ben.name, ben.standing) == ("Ben Marten", Standing.CONFIRMED)
        assert "Saved." in words(await client.get(answer.headers["location"]))

    async def test_every_problem_is_told_and_nothing_is_lost(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by, ask_affiliation="required")
        made = await a_registration(affiliation={"type": "individual", "country": "KE"})
        address = f"/t/{made.token}/change"
        answer = await send(
            client,
            await client.get(address),
            address,
            name="",
            **{"affiliation.type": "ngo", "affiliation.country": ""},
        )
        assert answer.status_code == 422
        links = LexborHTMLParser(answer.text).css("#problems a")
        assert [link.attributes["href"] for link in links] == [
            "#field-name",
            "#field-affiliation.organisation",
            "#field-affiliation.country",
        ]

    async def test_what_is_over_cannot_be_changed(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by)
        made = await a_registration()
        address = f"/t/{made.token}/change"
        page = await client.get(address)
        await cancel_own(made.token)
        assert (await send(client, page, address, name="Bo")).status_code == 409
        assert "cannot be changed any more" in words(await client.get(address))


class TestTakingAlong:
    async def test_all_that_is_held_is_in_the_file(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by, **ASKS)
        made = await a_registration(
            answers={"diet": "no walnuts"},
            affiliation={"organisation": "UNICEF"},
            access={"captions": True},
            assistants=[{"name": "Ben Marten", "role": "carer"}],
        )
        answer = await client.get(f"/t/{made.token}/data.json")
        assert answer.headers["content-disposition"] == 'attachment; filename="care-skills-count-my-data.json"'
        held = answer.json()
        assert held["registration"]["email"] == "ana@example.org"
        assert held["registration"]["answers"] == {"diet": "no walnuts"}
        assert held["registration"]["affiliation"]["organisation"] == "UNICEF"
        assert held["registration"]["access"]["captions"] is True
        assert [(one["name"], one["role"]) for one in held["assistants"]] == [("Ben Marten", "carer")]
        assert [one["what"] for one in held["mails"]] == ["confirmed"]


class TestHandingOver:
    async def test_whoever_has_it_now_is_told_nothing_of_the_others_calendar(
        self, client: httpx.AsyncClient, by: Actor
    ) -> None:
        """It goes on, for its owner is registered elsewhere too."""
        for slug in ("care-skills-count", "another"):
            await a_published_event(by, slug=slug)
        made, other = await a_registration(), await a_registration("another")
        page = await client.get(f"/t/{made.token}")
        await send(client, page, f"/t/{made.token}/calendar")
        await hand_over(made.token, BO, secret=SECRET)
        theirs = await client.get(f"/t/{await the_link_of(BO.email)}")
        assert "Sent to you on" not in words(theirs)
        assert "Sent to you on" in words(await client.get(f"/t/{other.token}"))

    async def test_the_place_is_theirs_and_nothing_is_left_of_who_had_it(self, by: Actor) -> None:
        event = await a_published_event(by, **ASKS, modes={"in_person": {"capacity": 1}})
        made = await a_registration(
            name="Zoé Quillfeather",
            email="zoe.q@example.net",
            answers={"diet": "no walnuts"},
            affiliation={"organisation": "Quillfeather Ltd"},
            access={"other": "Near the door"},
            assistants=[{"name": "Ben Marten"}],
        )
        waits = await a_registration(email="waits@example.org")
        await hand_over(made.token, BO, secret=SECRET)
        theirs = await queries.get_by_token(await the_link_of("bo@example.org"))
        assert (theirs.id, theirs.name, theirs.standing, theirs.affiliation) == (
            made.id, "Bo Li", Standing.CONFIRMED, Affiliation(),
        )  # fmt: skip
        assert theirs.code != made.code
        assert (await queries.get_by_token(waits.token)).standing is Standing.WAITING
        with pytest.raises(TicketHandedOver):
            await get_held(made.token)
        assert [one.name for one in await list_assistants(event.id, made.id)] == [""]
        rest = ""
        for table in ("registration", "access_wish", "affiliation", "former_ticket", "activity"):
            rest += str([dict(row) for row in await db.engine().statement(f"SELECT * FROM {table}", ())])  # noqa: S608 - our tables
        for said in ("Quillfeather", "zoe", "walnuts", "door", "Marten"):
            assert said not in rest
        [letter] = await Message.select(Message.kind, Message.to_address).where(Message.subject_id == made.id)
        assert letter == {"kind": "registration.handed_over", "to_address": "bo@example.org"}

    async def test_the_old_code_is_dead_at_the_door_and_the_new_one_lives(self, by: Actor) -> None:
        event = await a_published_event(by)
        made = await a_registration()
        await hand_over(made.token, BO, secret=SECRET)
        theirs = await queries.get_by_token(await the_link_of("bo@example.org"))
        door = await open_door(event.slug, DoorForm(name="Main"), by=by, secret=SECRET)
        at = event.starts_at - timedelta(minutes=5)
        scans = [ScanForm(code=made.code, scanned_at=at, nonce="1"), ScanForm(code=theirs.code, scanned_at=at)]
        old, new = await scan(door.id, scans, by=by)
        assert (old.result, old.reason, old.name) == ("refused", "revoked", None)
        assert (new.result, new.name) == ("admitted", "Bo Li")
        assert await scan(door.id, scans[:1], by=by) == [old]

    async def test_the_old_link_says_what_happened(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by)
        made = await a_registration()
        address = f"/t/{made.token}/hand-over"
        page = await client.get(address)
        answer = await send(client, page, address, name="Bo Li", email="bo@example.org")
        told = await client.get(answer.headers["location"])
        assert (told.status_code, "belongs to somebody else now" in words(told)) == (410, True)
        assert (await client.get(f"/t/{made.token}/data.json")).status_code == 410
        assert "Bo Li" not in told.text

    async def test_only_a_certain_place_and_before_the_start_and_to_somebody_new(self, by: Actor) -> None:
        event = await a_published_event(by, modes={"in_person": {"capacity": 1}})
        made = await a_registration()
        waits = await a_registration(email="bo@example.org")
        with pytest.raises(RegistrationOver):
            await hand_over(waits.token, HandOver(name="Cleo", email="cleo@example.org"), secret=SECRET)
        with pytest.raises(AlreadyRegistered):
            await hand_over(made.token, BO, secret=SECRET)
        await cancel_own(waits.token)
        with time_machine.travel(event.starts_at), pytest.raises(RegistrationClosed):
            await hand_over(made.token, BO, secret=SECRET)
        await hand_over(made.token, BO, secret=SECRET)

    async def test_nobody_finds_out_by_trying_who_is_registered(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by)
        made = await a_registration()
        await a_registration(email="bo@example.org")
        address = f"/t/{made.token}/hand-over"
        page = await client.get(address)
        for _ in range(HAND_OVERS_PER_DAY):
            assert (await send(client, page, address, name="Bo", email="bo@example.org")).status_code == 409
        assert (await send(client, page, address, name="Bo", email="bo@example.org")).status_code == 429


@pytest.mark.slow
async def test_one_of_two_who_act_at_once_is_too_late(by: Actor) -> None:
    """Whoever had the place cannot take it from whom it belongs to by then."""
    await a_published_event(by)
    for number in range(25):
        made = await a_registration(email=f"ana{number}@example.org")
        bo, cleo = (HandOver(name=name, email=f"{name}{number}@example.org") for name in ("Bo", "Cleo"))
        acts = (hand_over(made.token, bo, secret=SECRET), hand_over(made.token, cleo, secret=SECRET))
        refused = await asyncio.gather(*acts, cancel_own(made.token), return_exceptions=True)
        assert sum(not isinstance(one, Exception) for one in refused) == 1, refused
        ticket = await queries.get_by_id(made.id)
        assert (ticket.standing is Standing.CANCELLED) == (ticket.name == "Ana Reyes")


class TestLostLinks:
    async def test_known_and_unknown_addresses_are_answered_alike(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by)
        await a_registration()
        page = await client.get(LOST)
        answers = [await send(client, page, LOST, email=email) for email in ("ANA@example.org", "nobody@example.org")]
        assert len({(one.status_code, one.headers["location"], one.text) for one in answers}) == 1
        assert (await send(client, page, LOST, email="nobody")).status_code == 422
        assert "Write your e-mail address." in words(await send(client, page, LOST, email=" "))
        asked = await Message.select(Message.to_address, Message.due_at).where(Message.kind == "registration.links")
        assert [one["to_address"] for one in asked] == ["ana@example.org"]
        assert asked[0]["due_at"] > utc_now()

    async def test_it_is_sent_a_few_times_a_day_and_said_to_nobody(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by)
        await a_registration()
        page = await client.get(LOST)
        for _ in range(LINKS_PER_ADDRESS["limit"] + 2):
            assert (await send(client, page, LOST, email="ana@example.org")).status_code == 303
        assert await Message.count().where(Message.kind == "registration.links") == LINKS_PER_ADDRESS["limit"]
        most = LINKS_PER_NETWORK["limit"]
        others = [send(client, page, LOST, email=f"nobody{number}@example.org") for number in range(most)]
        refused = [one for one in await asyncio.gather(*others) if one.status_code != 303]
        assert len(refused) == LINKS_PER_ADDRESS["limit"] + 2, "each of those before was counted too"
        assert {(one.status_code, "retry-after" in one.headers) for one in refused} == {(429, True)}

    async def test_who_is_erased_or_cancelled_gets_nothing(self, by: Actor) -> None:
        await a_published_event(by)
        await cancel_own((await a_registration()).token)
        await erase_own((await a_registration(email="bo@example.org")).token)
        for email in ("ana@example.org", "bo@example.org"):
            await ask_for_links(email, "en")
        assert await Message.count().where(Message.kind == "registration.links") == 0


async def test_who_joins_online_has_come(client: httpx.AsyncClient, by: Actor) -> None:
    await a_published_event(by, **ONLINE)
    made = await a_registration(mode="online")
    join = f"/t/{made.token}/join"
    assert (await client.get(join)).status_code == 409
    assert await find_visit(made.id) is None
    with time_machine.travel("2027-02-05T18:00:00Z", tick=False):
        assert (await client.get(join, headers={"Sec-Purpose": "prefetch"})).status_code == 303
        assert await find_visit(made.id) is None
        first = utc_now()
        await client.get(join)
    with time_machine.travel("2027-02-05T19:00:00Z", tick=False):
        await client.get(join)
        visit = await find_visit(made.id)
        assert visit
        assert (visit.first_at, visit.last_at, visit.times) == (first, utc_now(), 2)
    assert (await queries.get_by_token(made.token)).checked_in_at == first


async def test_a_link_that_never_was_is_still_unknown(by: Actor) -> None:
    await a_published_event(by)
    with pytest.raises(TicketNotFound):
        await queries.get_by_token("never")
