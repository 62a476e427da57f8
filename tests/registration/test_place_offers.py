"""Where addresses are proven a place is offered, and goes over when it is taken: who offers learns of nobody."""

import asyncio
import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import httpx
import pytest
import time_machine

from events.accounts.rules import Actor
from events.checkin.actions import open_door, scan
from events.checkin.forms import DoorForm, ScanForm
from events.infra import db
from events.infra.engine import KeptSQLite, PooledPostgres
from events.kernel.clock import utc_now
from events.outbox.steps import forget
from events.outbox.tables import Message
from events.registration import queries
from events.registration.actions.cancelling import cancel_own, cancel_registration
from events.registration.actions.erasing import erase_own
from events.registration.actions.moving import cancel_event, change_event
from events.registration.forms import HandOver
from events.registration.handing_over.actions import (
    decline_place,
    end_lapsed_offers,
    hand_over,
    take_back_offer,
    take_place,
)
from events.registration.handing_over.rules import OFFERED_KIND, TAKEN_KIND, OfferNotFound
from events.registration.handing_over.tables import PlaceOffer
from events.registration.queries.held import get_held
from events.registration.rules import (
    HAND_OVERS_PER_DAY,
    RegistrationClosed,
    Standing,
    TicketHandedOver,
)
from events.registration.rules.changes import Telling
from tests.make import SECRET, a_published_event
from tests.people import fields, send, words
from tests.registration.offers import BO, an_offer, nothing_is_left_of, somebody_proven, the_offer

SLUG = "care-skills-count"


class TestOffering:
    async def test_the_answer_is_the_same_for_a_known_address_and_comes_of_the_same_work(
        self,
        database: KeptSQLite | PooledPostgres,
        client: httpx.AsyncClient,
        by: Actor,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        await a_published_event(by, prove_address=True)
        for email in ("known@example.org", "ana@example.org"):
            made = await somebody_proven(email)
        done: list[str] = []
        asked = database.statement

        async def listened_to(sql: str, args: Sequence[Any]) -> list[Any]:
            done.append(sql)
            return await asked(sql, args)

        monkeypatch.setattr(database, "statement", listened_to)
        address, told = f"/t/{made.token}/hand-over", {}
        with time_machine.travel(utc_now(), tick=False):
            form = fields(await client.get(address), address)
            await client.post(address, data=form | {"name": "Cy", "email": "first@example.org"})
            for email in ("known@example.org", "never@example.org"):
                done.clear()
                answer = await client.post(address, data=form | {"name": "Bo Li", "email": email})
                work = tuple(done)
                page = await client.get(answer.headers["location"])
                shown = re.sub(r'name="signed" value="[^"]+"', "", page.text).replace(email, "…")
                told[email] = (answer.status_code, answer.headers["location"], answer.text, work, shown)
                assert f"You have offered this place to Bo Li We have written to {email}." in words(page)
        assert told["known@example.org"] == told["never@example.org"]
        assert told["known@example.org"][0] == 303

    async def test_the_place_stays_until_it_is_taken_and_the_offer_is_shown(
        self, client: httpx.AsyncClient, by: Actor
    ) -> None:
        made, _ = await an_offer(by, hold_hours=2)
        held = await get_held(made.token)
        assert (held.ticket.standing, held.ticket.code, held.ticket.name) == (
            Standing.CONFIRMED,
            made.code,
            "Ana Reyes",
        )
        [row] = await PlaceOffer.select()
        assert timedelta(hours=1.9) < row["held_until"] - utc_now() <= timedelta(hours=2)
        offered = (await client.get(f"/t/{made.token}/data.json")).json()["place_offered"]
        assert (offered["name"], offered["email"], offered["by"]) == (BO.name, BO.email, None)
        again = words(await client.get(f"/t/{made.token}/hand-over"))
        assert "within 2 hours" in again
        assert "A new offer ends the one to Bo Quillfeather." in again

    async def test_a_new_offer_ends_the_one_before(self, by: Actor) -> None:
        made, first = await an_offer(by)
        await hand_over(made.token, HandOver(name="Cleo", email="cleo@example.org"), secret=SECRET)
        with pytest.raises(OfferNotFound):
            await take_place(first, secret=SECRET)
        assert "bo@example.org" not in str(await Message.select())
        await take_place(await the_offer(), secret=SECRET)
        assert (await queries.get_by_id(made.id)).name == "Cleo"

    async def test_it_lasts_no_longer_than_until_the_start(self, by: Actor) -> None:
        made, _ = await an_offer(by, hold_hours=720)
        with time_machine.travel("2027-02-05T12:00:00Z"):
            await hand_over(made.token, BO, secret=SECRET)
        [row] = await PlaceOffer.select()
        assert f"{row['held_until']:%Y-%m-%dT%H:%M}" == "2027-02-05T18:15"

    async def test_a_few_a_day(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by, prove_address=True)
        made = await somebody_proven()
        address = f"/t/{made.token}/hand-over"
        page = await client.get(address)
        for _ in range(HAND_OVERS_PER_DAY):
            assert (await send(client, page, address, name="Bo", email="bo@example.org")).status_code == 303
        assert (await send(client, page, address, name="Bo", email="bo@example.org")).status_code == 429
        assert await Message.count().where(Message.kind == OFFERED_KIND) == 1


class TestTaking:
    async def test_looking_changes_nothing_the_button_does(self, client: httpx.AsyncClient, by: Actor) -> None:
        made, token = await an_offer(by)
        for _ in range(2):
            page = await client.get(f"/offers/{token}")
            assert (page.status_code, page.headers["cache-control"]) == (200, "private, no-store")
            assert "Ana Reyes offers you a place" in words(page)
        assert (await queries.get_by_id(made.id)).code == made.code
        answer = await send(client, page, f"/offers/{token}/take")
        theirs = await client.get(answer.headers["location"])
        assert "Bo Quillfeather" in words(theirs)
        assert (await client.get(f"/t/{made.token}")).status_code == 410
        again = await send(client, page, f"/offers/{token}/take")
        assert again.status_code == 404
        assert "your ticket is in the mail that came after" in words(again)

    async def test_all_goes_over_in_one_and_nothing_stays_of_who_had_it(self, by: Actor) -> None:
        event = await a_published_event(by, prove_address=True, ask_affiliation="optional", ask_access=True)
        made = await somebody_proven(
            "zoe@example.net", name="Zoé Pfeiffer", affiliation={"organisation": "Acme"}, access={"other": "The door"}
        )
        await hand_over(made.token, BO, secret=SECRET)
        token = await take_place(await the_offer(), secret=SECRET)
        ticket = await queries.get_by_token(token)
        assert (ticket.id, ticket.name, ticket.email, ticket.standing) == (
            made.id,
            BO.name,
            BO.email,
            Standing.CONFIRMED,
        )
        with pytest.raises(TicketHandedOver):
            await get_held(made.token)
        [told] = await Message.select().where(Message.kind == TAKEN_KIND)
        assert told["to_address"] == "zoe@example.net"
        await db.write(forget)(ticket.id, kinds=(TAKEN_KIND,))
        await nothing_is_left_of("zoe@", "Acme", "The door")
        door = await open_door(event.slug, DoorForm(name="Main"), by=by, secret=SECRET)
        at = event.starts_at - timedelta(minutes=5)
        scans = [ScanForm(code=code, scanned_at=at) for code in (made.code, ticket.code)]
        assert [one.result for one in await scan(door.id, scans, by=by)] == ["refused", "admitted"]

    async def test_who_has_registered_meanwhile_is_told_so(self, client: httpx.AsyncClient, by: Actor) -> None:
        made, token = await an_offer(by)
        page = await client.get(f"/offers/{token}")
        await somebody_proven("bo@example.org")
        for answer in (await send(client, page, f"/offers/{token}/take"), await client.get(f"/offers/{token}")):
            assert answer.status_code == 409
            assert "is registered for this event already" in words(answer)
            assert "Take the place" not in words(answer)
        assert (await queries.get_by_id(made.id)).code == made.code

    async def test_of_a_cancelled_event_none_is_taken(self, client: httpx.AsyncClient, by: Actor) -> None:
        made, token = await an_offer(by)
        page = await client.get(f"/offers/{token}")
        await cancel_event(SLUG, reason={}, by=by, telling=Telling.NOW)
        answer = await send(client, page, f"/offers/{token}/take")
        assert (answer.status_code, "too late to hand the place over" in words(answer)) == (409, True)
        assert "offered" not in words(await client.get(f"/t/{made.token}"))

    async def test_an_event_that_begins_earlier_ends_it_earlier(self, by: Actor) -> None:
        _, token = await an_offer(by)
        now = utc_now()
        times = {
            name: {"wall": f"{now + timedelta(hours=hours):%Y-%m-%dT%H:%M}", "zone": "UTC"}
            for name, hours in (("starts", 2), ("ends", 4))
        }
        await change_event(SLUG, times, by=by)
        with time_machine.travel(now + timedelta(hours=3)), pytest.raises(RegistrationClosed):
            await take_place(token, secret=SECRET)


class TestItsEnd:
    @pytest.mark.parametrize("end", ["cancel", "take off", "erase", "take back", "decline"])
    async def test_it_dies_with_the_place_and_when_either_wants_it_no_more(self, by: Actor, end: str) -> None:
        made, token = await an_offer(by)
        ends: dict[str, Any] = {
            "cancel": lambda: cancel_own(made.token),
            "take off": lambda: cancel_registration(made.code, by=by),
            "erase": lambda: erase_own(made.token),
            "take back": lambda: take_back_offer(made.token),
            "decline": lambda: decline_place(token),
        }
        await ends[end]()
        with pytest.raises(OfferNotFound):
            await take_place(token, secret=SECRET)
        await nothing_is_left_of("Quillfeather", "bo@example.org")
        standing = (await queries.get_by_id(made.id)).standing
        assert standing == (Standing.CONFIRMED if end in {"take back", "decline"} else Standing.CANCELLED)

    async def test_when_its_time_is_over_the_link_says_so_and_who_it_was_is_forgotten(
        self, client: httpx.AsyncClient, by: Actor
    ) -> None:
        made, token = await an_offer(by)
        assert await end_lapsed_offers() == 0
        with time_machine.travel(utc_now() + timedelta(hours=24, minutes=1)):
            page = await client.get(f"/offers/{token}")
            assert (page.status_code, "the time was over" in words(page)) == (404, True)
            assert "Quillfeather" not in (await client.get(f"/t/{made.token}")).text
            assert await end_lapsed_offers() == 1
        await nothing_is_left_of("Quillfeather", "bo@example.org")

    async def test_who_has_come_in_gives_nothing_away_any_more(self, by: Actor) -> None:
        event = await a_published_event(by, prove_address=True)
        made = await somebody_proven()
        door = await open_door(event.slug, DoorForm(name="Main"), by=by, secret=SECRET)
        with time_machine.travel(event.starts_at - timedelta(minutes=20)):
            await hand_over(made.token, BO, secret=SECRET)
            await scan(door.id, [ScanForm(code=made.code, scanned_at=utc_now())], by=by)
            with pytest.raises(OfferNotFound):
                await take_place(await the_offer(), secret=SECRET)

    async def test_buttons_end_it_from_either_page(self, client: httpx.AsyncClient, by: Actor) -> None:
        made, token = await an_offer(by)
        page = await client.get(f"/offers/{token}")
        declined = await send(client, page, f"/offers/{token}/decline")
        assert "Your name and your address are forgotten" in words(declined)
        await hand_over(made.token, BO, secret=SECRET)
        mine = await client.get(f"/t/{made.token}")
        assert (await send(client, mine, f"/t/{made.token}/take-back")).status_code == 303
        assert "You have offered" not in words(await client.get(f"/t/{made.token}"))
        await nothing_is_left_of("Quillfeather")


@pytest.mark.slow
async def test_of_all_who_act_at_once_one_wins(by: Actor) -> None:
    """Taken twice, taken back and cancelled: either it is taken once, or it is nobody else's."""
    await a_published_event(by, prove_address=True)
    for number in range(25):
        made = await somebody_proven(f"ana{number}@example.org")
        await hand_over(made.token, HandOver(name="Bo", email=f"bo{number}@example.org"), secret=SECRET)
        token = await the_offer()
        end = cancel_own(made.token) if number % 2 else take_back_offer(made.token)
        acts: list[Any] = [take_place(token, secret=SECRET) for _ in range(2)]
        acts.insert(number % 3, end)
        came = await asyncio.gather(*acts, return_exceptions=True)
        other = came.pop(number % 3)
        taken = [one for one in came if isinstance(one, str)]
        assert len(taken) == isinstance(other, TicketHandedOver)
        ticket = await queries.get_by_id(made.id)
        assert ticket.name == ("Bo" if taken else "Ana Reyes")
        assert ticket.standing is (Standing.CANCELLED if not taken and number % 2 else Standing.CONFIRMED)
        assert await PlaceOffer.count() == 0
