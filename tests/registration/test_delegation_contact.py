"""The page of who registered a delegation, and what is known of them how long."""

import json
from datetime import timedelta

import httpx
import pytest
import time_machine

from events.accounts.rules import Actor
from events.kernel.clock import utc_now
from events.outbox.tables import Message
from events.questions.actions import put_form
from events.registration import queries
from events.registration.actions.erasing import erase_own
from events.registration.actions.proving import release_expired, verify
from events.registration.answers.actions import change_own_answers
from events.registration.delegations.rules import delegation_token
from events.registration.delegations.tables import Delegation as DelegationRow
from events.registration.handing_over.actions import take_place
from events.registration.handing_over.queries import get_offered
from events.registration.handing_over.rules import OfferNotFound
from events.registration.handing_over.tables import PlaceOffer
from events.registration.queries.people import list_affiliations
from events.registration.retention.actions import erase_due
from events.registration.rules import HAND_OVERS_PER_DAY
from events.registration.rules.tokens import token_of
from events.registration.tables import Registration
from tests.make import SECRET, a_published_event, a_registration
from tests.people import ORIGIN, send, words
from tests.questions.forms import a_question, asking
from tests.registration.delegates import action, asks, delegate, problems, rows, standings
from tests.registration.offers import somebody_proven, the_offer


class TestTheContactsPage:
    async def led(self, client: httpx.AsyncClient, *people: str) -> httpx.Response:
        return await client.get((await delegate(client, *people)).headers["location"])

    async def test_somebody_is_withdrawn_and_the_next_moves_up(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by, **asks(modes={"in_person": {"capacity": 1}}))
        page = await self.led(client, "Ana", "Bo")
        done = await send(client, page, action(page, "withdraw"))
        assert done.status_code == 303
        assert await standings() == {"Ana": "cancelled", "Bo": "confirmed"}
        [letter] = await Message.select().where(Message.kind == "registration.cancelled")
        assert json.loads(letter["facts"])["withdrawn_by"] == "Cleo Marin"

    async def test_somebody_else_comes_for_the_same_organisation(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by, **asks(affiliation_limit={"most": 1}))
        page = await self.led(client, "Ana")
        [ana] = await Registration.select()
        form = f"{page.url.path}/people/{ana['id']}"
        wrong = await send(client, await client.get(form), form, name="Bo Li", email="bo")
        assert (wrong.status_code, problems(wrong)) == (422, ["email"])
        done = await send(client, wrong, form, email="bo@unicef.example", function="Driver")
        assert done.status_code == 303
        [bo] = await Registration.select()
        assert [bo[name] for name in ("name", "email", "affiliation", "affiliation_function", "standing")] == [
            "Bo Li",
            "bo@unicef.example",
            "UNICEF",
            "Driver",
            "confirmed",
        ]
        assert bo["code"] != ana["code"]
        assert (await client.get(f"/t/{token_of(SECRET, ana['code'], 0)}")).status_code == 410
        [letter] = await Message.select().where(Message.kind == "registration.handed_over")
        assert json.loads(letter["facts"]) == {"by": "Cleo Marin"}
        assert [(one.name, one.times) for one in await list_affiliations(by.organisation)] == [("UNICEF", 1)]

    async def test_people_are_added_until_registration_closes(self, client: httpx.AsyncClient, by: Actor) -> None:
        modes = {"in_person": {"closes": {"wall": "2027-02-01T12:00", "zone": "America/New_York"}}}
        await a_published_event(by, **asks(modes=modes))
        page = await self.led(client, "Ana")
        form = f"{page.url.path}/people"
        more = await client.get(form)
        wrong = await send(client, more, form, **rows("Ana", "Bo"))
        assert (wrong.status_code, problems(wrong)) == (422, ["people.0.email"])
        assert (await send(client, more, form, **rows("Bo", "Cy"))).status_code == 303
        assert "3 people" in words(await client.get(page.url.path))
        with time_machine.travel("2027-02-02T12:00:00Z", tick=False):
            assert "Nobody can be added any more" in words(await client.get(form))
            refused = await client.post(form, data=rows("Dan"), headers=ORIGIN)
            assert refused.status_code == 422
            shown = await client.get(page.url.path)
            assert "Replace" not in words(shown)
            assert "Withdraw Ana" in words(shown)
        assert len(await standings()) == 3

    async def test_nobody_reaches_people_of_others_through_it(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by, **asks())
        page, other = await self.led(client, "Ana"), await a_registration()
        for path in ("", "/withdraw"):
            address = f"{page.url.path}/people/{other.id}{path}"
            data = {"name": "Eve", "email": "eve@example.org"}
            assert (await client.post(address, data=data, headers=ORIGIN)).status_code == 404
        assert (await client.get(f"{page.url.path}/people/{other.id}")).status_code == 404
        assert (await standings())["Ana Reyes"] == "confirmed"

    async def test_nor_uses_up_how_often_others_may_hand_over(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by, **asks())
        page, other = await self.led(client, "Ana"), await a_registration()
        for _ in range(HAND_OVERS_PER_DAY):
            data = {"name": "Eve", "email": "eve@example.org"}
            await client.post(f"{page.url.path}/people/{other.id}", data=data, headers=ORIGIN)
        form = f"/t/{other.token}/hand-over"
        done = await send(client, await client.get(form), form, name="Bo", email="bo@example.org")
        assert done.status_code == 303

    async def test_who_did_not_confirm_it_in_time_is_counted_like_who_was_registered_before(
        self, client: httpx.AsyncClient, by: Actor
    ) -> None:
        await a_published_event(by, **asks(prove_address=True))
        await verify((await a_registration(email="ana@unicef.example")).token)
        await delegate(client, "Ana", "Bo")
        [known] = await DelegationRow.select()
        page = f"/delegations/{delegation_token(SECRET, known['code'], 0)}"
        shown = words(await client.get(page))
        assert "2 people on your list have yet to confirm" in shown
        with time_machine.travel(utc_now() + timedelta(hours=25)):
            assert await release_expired() == 2
            assert words(await client.get(page)) == shown

    async def test_who_confirms_the_address_is_shown_from_then_on(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by, **asks(prove_address=True))
        await delegate(client, "Ana", "Bo")
        [known] = await DelegationRow.select()
        page = f"/delegations/{delegation_token(SECRET, known['code'], 0)}"
        shown = words(await client.get(page))
        assert "2 people on your list have yet to confirm" in shown
        assert "Ana" not in shown
        ana = (await Registration.select().order_by(Registration.id))[0]
        assert (await client.post(f"{page}/people/{ana['id']}/withdraw", headers=ORIGIN)).status_code == 404
        await verify(token_of(SECRET, ana["code"], 0))
        shown = words(await client.get(page))
        assert "1 person on your list has yet to confirm" in shown
        assert "ana@unicef.example" in shown


class TestWhereAddressesAreProven:
    async def prepare(self, client: httpx.AsyncClient, by: Actor) -> tuple[str, str]:
        """The contact's page, and the address to replace Ana, who has proven hers."""
        await a_published_event(by, **asks(prove_address=True))
        await delegate(client, "Ana")
        [known] = await DelegationRow.select()
        [ana] = await Registration.select()
        await verify(token_of(SECRET, ana["code"], 0))
        page = f"/delegations/{delegation_token(SECRET, known['code'], 0)}"
        return page, f"{page}/people/{ana['id']}"

    async def test_the_contact_offers_and_who_takes_it_comes_for_the_same_organisation(
        self, client: httpx.AsyncClient, by: Actor
    ) -> None:
        page, form = await self.prepare(client, by)
        [ana] = await Registration.select()
        await somebody_proven("known@example.org")
        for email in ("known@example.org", "bo@example.org"):
            said = {"name": "Bo Li", "email": email, "function": "Driver"}
            done = await send(client, await client.get(form), form, **said)
            assert done.headers["location"] == f"{page}?done=offered"
            assert f"offered to Bo Li ({email}) until" in words(await client.get(page))
        mine = f"/t/{token_of(SECRET, ana['code'], 0)}"
        assert "Cleo Marin has offered this place to somebody else" in words(await client.get(mine))
        assert "Bo Li" not in (await client.get(mine)).text + (await client.get(f"{mine}/data.json")).text
        token = await take_place(await the_offer(), secret=SECRET)
        bo = await queries.get_by_token(token)
        assert (bo.name, bo.affiliation.organisation, bo.affiliation.function) == ("Bo Li", "UNICEF", "Driver")
        told = {row["kind"]: row for row in await Message.select()}
        assert told["delegation.replaced"]["to_address"] == "ana@unicef.example"
        assert json.loads(told["registration.handed_over"]["facts"]) == {"by": "Cleo Marin"}

    async def test_the_contact_takes_it_back_or_is_forgotten(self, client: httpx.AsyncClient, by: Actor) -> None:
        page, form = await self.prepare(client, by)
        await send(client, await client.get(form), form, name="Bo", email="bo@example.org")
        mine = await client.get(page)
        assert (await send(client, mine, action(mine, "take-back"))).status_code == 303
        assert await PlaceOffer.count() == 0
        await send(client, await client.get(form), form, name="Bo", email="bo@example.org")
        token = await the_offer()
        await get_offered(token)
        await send(client, mine, action(mine, "/erase"))
        with pytest.raises(OfferNotFound):
            await take_place(token, secret=SECRET)


class TestPrivacy:
    async def test_who_was_registered_sees_by_whom_and_can_go(self, client: httpx.AsyncClient, by: Actor) -> None:
        event = await a_published_event(by, **asks())
        await put_form(event.slug, asking(a_question("yes_no", "pass", required=True)), by=by)
        contacts = (await delegate(client, "Ana", "Bo")).headers["location"]
        assert words(await client.get(contacts)).count("1 answer is missing") == 2
        ana = (await Registration.select().order_by(Registration.id))[0]
        token = token_of(SECRET, ana["code"], 0)
        mine = await client.get(f"/t/{token}")
        assert "Registered by Cleo Marin, cleo@unicef.example" in words(mine)
        assert "1 question is still to be answered" in words(mine)
        document = (await client.get(f"/t/{token}/data.json")).json()
        assert document["registered_by"] == {"name": "Cleo Marin", "email": "cleo@unicef.example"}
        await change_own_answers(token, {"pass": "yes"})
        assert "still to be answered" not in words(await client.get(f"/t/{token}"))
        await erase_own(token)
        shown = words(await client.get(contacts))
        assert "ana@unicef.example" not in shown
        assert "bo@unicef.example" in shown
        assert await DelegationRow.select(DelegationRow.asked) == [{"asked": 1}]

    async def test_the_contact_goes_and_the_people_stay(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by, **asks())
        page = await client.get((await delegate(client, "Ana")).headers["location"])
        await send(client, page, action(page, "erase"))
        assert (await client.get(page.url.path)).status_code == 410
        assert await standings() == {"Ana": "confirmed"}
        assert "Cleo" not in str(await DelegationRow.select())
        assert "Cleo" not in str(await Message.select())
        [ana] = await Registration.select()
        assert "Registered by" not in words(await client.get(f"/t/{token_of(SECRET, ana['code'], 0)}"))

    async def test_the_contact_is_forgotten_when_the_people_are(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by, **asks())
        page = await client.get((await delegate(client, "Ana")).headers["location"])
        assert await erase_due() == 0
        with time_machine.travel("2027-05-07T00:00:00Z", tick=False):
            assert await erase_due() == 2
            assert (await client.get(page.url.path)).status_code == 410
