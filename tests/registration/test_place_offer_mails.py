"""What is written to whom a place is offered, and to who offers it, through a real mail server."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
import time_machine

from events.accounts.rules import Actor
from events.infra import db
from events.kernel.clock import utc_now
from events.outbox.tables import Message
from events.registration import queries
from events.registration.actions.cancelling import cancel_own
from events.registration.actions.erasing import erase_own
from events.registration.actions.moving import cancel_event
from events.registration.actions.proving import verify
from events.registration.delegations.actions import erase_contact
from events.registration.delegations.rules import delegation_token
from events.registration.delegations.tables import Delegation
from events.registration.forms import HandOver
from events.registration.handing_over.actions import (
    decline_place,
    end_lapsed_offers,
    hand_over,
    take_back_offer,
    take_place,
)
from events.registration.handing_over.rules import TAKEN_KIND
from events.registration.handing_over.tables import PlaceOffer
from events.registration.rules import LINKS_LEAVE_AFTER
from events.registration.rules.changes import Telling
from events.registration.rules.tokens import token_of
from events.registration.tables import Registration
from tests.make import SECRET, a_published_event
from tests.people import send
from tests.registration.delegates import asks, delegate
from tests.registration.offers import BO, an_offer, nothing_is_left_of, somebody_proven, the_offer
from tests.registration.post import Post, facts, text

pytestmark = pytest.mark.usefixtures("database")


async def brought_later(post: Post) -> Any:
    with time_machine.travel(utc_now() + LINKS_LEAVE_AFTER):
        return await post.brought()


async def test_it_names_who_gives_the_place_and_opens_the_offer(by: Actor, post: Post) -> None:
    await a_published_event(by, prove_address=True)
    made = await somebody_proven()
    await post.brought()
    await hand_over(made.token, HandOver(name="Bo Li", email="bo@example.org", language="fr"), secret=SECRET)
    assert await post.brought() == [], "a moment later, so that who offers never waits for it"
    [letter] = await brought_later(post)
    assert (letter["To"], letter["Reply-To"]) == ("Bo Li <bo@example.org>", "events@mmm.example")
    assert "Ana Reyes vous propose une place" in text(letter)
    for kind in ("plain", "html"):
        assert f"http://testserver/offers/{await the_offer()}" in text(letter, kind)
        assert made.token not in text(letter, kind)
    await take_place(await the_offer(), secret=SECRET)
    letter = next(letter for letter in await post.brought() if letter["To"] == "Bo Li <bo@example.org>")
    assert "Ana Reyes vous a cédé sa place" in text(letter)
    assert facts(letter)["status"] == "CONFIRMED"


async def test_who_is_registered_already_has_nothing_to_do_and_nothing_to_take(by: Actor, post: Post) -> None:
    await a_published_event(by, prove_address=True)
    await somebody_proven("bo@example.org")
    made = await somebody_proven()
    await post.brought()
    await hand_over(made.token, BO, secret=SECRET)
    [letter] = await brought_later(post)
    assert letter["To"] == "Bo Quillfeather <bo@example.org>"
    assert "You are registered for it already" in text(letter)
    assert "Ana Reyes wanted to give you a place" in text(letter)
    assert "/offers/" not in str(letter)


async def test_none_leaves_for_an_offer_that_has_ended(by: Actor, post: Post) -> None:
    made, _ = await an_offer(by)
    await post.brought()
    with time_machine.travel(utc_now() + timedelta(hours=25)):
        assert await post.brought() == []
    await hand_over(made.token, BO, secret=SECRET)
    await take_back_offer(made.token)
    assert await brought_later(post) == []


STILL_YOURS = "Still your place"


async def lapse(*, swept_by: int = 1) -> int:
    """The time is over of all that is offered; tells how many that was found of."""
    await db.write(PlaceOffer.update({PlaceOffer.held_until: utc_now()}, force=True).run)()
    return sum(await asyncio.gather(*(end_lapsed_offers() for _ in range(swept_by))))


class TestWhoGaveThePlace:
    async def test_learns_that_it_is_taken_and_nothing_that_they_did_not_type(self, by: Actor, post: Post) -> None:
        await a_published_event(by, prove_address=True)
        made = await somebody_proven(language="fr")
        await hand_over(made.token, BO, secret=SECRET)
        await post.brought()
        theirs = await take_place(await the_offer(), secret=SECRET)
        letters = {letter["To"]: letter for letter in await post.brought()}
        assert set(letters) == {"Bo Quillfeather <bo@example.org>", "ana@example.org"}
        letter = letters["ana@example.org"]
        assert letter["Reply-To"] == "events@mmm.example"
        bo = await queries.get_by_token(theirs)
        for kind in ("plain", "html"):
            assert "Quelqu’un d’autre a maintenant votre place" in text(letter, kind)
            assert "Bo Quillfeather" in text(letter, kind)
            assert "http://testserver/fr/events/care-skills-count" in text(letter, kind)
            for private in (theirs, made.token, bo.code, bo.email, "/t/"):
                assert private not in text(letter, kind)

    @pytest.mark.parametrize("sent", [False, True])
    async def test_keeps_no_name_of_who_is_erased(self, by: Actor, post: Post, *, sent: bool) -> None:
        _, token = await an_offer(by)
        theirs = await take_place(token, secret=SECRET)
        if sent:
            assert len(await post.brought()) == 2
        await erase_own(theirs)
        await nothing_is_left_of("Quillfeather", "bo@example.org")
        assert await post.brought() == []

    async def test_who_gives_it_on_is_not_named_to_who_had_it_first(self, by: Actor, post: Post) -> None:
        _, token = await an_offer(by)
        theirs = await take_place(token, secret=SECRET)
        await post.brought()
        await hand_over(theirs, HandOver(name="Cy Day", email="cy@example.org"), secret=SECRET)
        await take_place(await the_offer(), secret=SECRET)
        [kept] = await Message.select().where(Message.kind == TAKEN_KIND)
        assert (kept["to_address"], "Cy Day" in kept["facts"]) == ("bo@example.org", True)

    async def test_reads_the_same_whether_it_was_declined_or_not_answered(self, by: Actor, post: Post) -> None:
        made, token = await an_offer(by)
        await post.brought()
        await decline_place(token)
        declined = await post.the_letter()
        await hand_over(made.token, BO, secret=SECRET)
        assert await lapse() == 1
        lapsed = await post.the_letter()
        assert declined["Subject"].startswith(STILL_YOURS)
        assert declined["To"] == "Ana Reyes <ana@example.org>"
        for kind in ("plain", "html"):
            assert text(declined, kind) == text(lapsed, kind)
            assert f"http://testserver/t/{made.token}/give-back" in text(lapsed, kind)
            assert "Bo" not in text(lapsed, kind).split()
        assert "You can offer it to somebody else on its page." in text(lapsed)
        await nothing_is_left_of("Quillfeather", "bo@example.org")

    @pytest.mark.parametrize("meanwhile", ["offers anew", "cancels", "erases", "the event is cancelled"])
    async def test_reads_nothing_that_holds_no_more_when_it_leaves(self, by: Actor, post: Post, meanwhile: str) -> None:
        made, _ = await an_offer(by)
        await post.brought()
        assert await lapse() == 1
        acts: dict[str, Any] = {
            "offers anew": lambda: hand_over(made.token, BO, secret=SECRET),
            "cancels": lambda: cancel_own(made.token),
            "erases": lambda: erase_own(made.token),
            "the event is cancelled": lambda: cancel_event("care-skills-count", reason={}, by=by, telling=Telling.NOW),
        }
        await acts[meanwhile]()
        assert [letter for letter in await post.brought() if letter["Subject"].startswith(STILL_YOURS)] == []
        assert await Message.count().where(Message.sent_at.is_null(), Message.kind.like("%taken")) == 0

    async def test_reads_nothing_once_the_event_has_begun_or_when_they_took_it_back(
        self, by: Actor, post: Post
    ) -> None:
        event = await a_published_event(by, prove_address=True)
        made = await somebody_proven()
        await post.brought()
        await hand_over(made.token, BO, secret=SECRET)
        await take_back_offer(made.token)
        assert await brought_later(post) == []
        with time_machine.travel(event.starts_at - timedelta(hours=1)):
            await hand_over(made.token, BO, secret=SECRET)
        with time_machine.travel(event.starts_at + timedelta(seconds=1)):
            assert await end_lapsed_offers() == 1
            assert await post.brought() == []

    async def test_is_told_once_by_however_many_who_sweep(self, by: Actor, post: Post) -> None:
        await a_published_event(by, prove_address=True)
        for number in range(5):
            made = await somebody_proven(f"ana{number}@example.org")
            await hand_over(made.token, BO, secret=SECRET)
        await post.brought()
        assert await lapse(swept_by=8) == 5
        assert sorted(letter["To"] for letter in await post.brought()) == [
            f"Ana Reyes <ana{number}@example.org>" for number in range(5)
        ]


class TestAContact:
    async def offers(self, client: httpx.AsyncClient, by: Actor, post: Post) -> str:
        """Ana’s place to Bo; their page."""
        await a_published_event(by, **asks(prove_address=True))
        await delegate(client, "Ana")
        [known], [ana] = await Delegation.select(), await Registration.select()
        await verify(token_of(SECRET, ana["code"], 0))
        page = f"/delegations/{delegation_token(SECRET, known['code'], 0)}"
        form = f"{page}/people/{ana['id']}"
        await send(client, await client.get(form), form, name="Bo Quillfeather", email="bo@example.org")
        await post.brought()
        return page

    async def test_who_offers_is_told_and_who_had_it_only_once(
        self, client: httpx.AsyncClient, by: Actor, post: Post
    ) -> None:
        page = await self.offers(client, by, post)
        theirs = await take_place(await the_offer(), secret=SECRET)
        letters = {letter["To"]: letter for letter in await post.brought()}
        assert len(letters) == 3
        assert "Your ticket does not count any more" in text(letters["ana@unicef.example"])
        letter = letters["Cleo Marin <cleo@unicef.example>"]
        assert "Bo Quillfeather has taken the place" in text(letter)
        for kind in ("plain", "html"):
            assert f"http://testserver{page}" in text(letter, kind)
            assert theirs not in text(letter, kind)

    async def test_learns_that_it_was_not_taken_and_of_whom_nothing(
        self, client: httpx.AsyncClient, by: Actor, post: Post
    ) -> None:
        page = await self.offers(client, by, post)
        await decline_place(await the_offer())
        letter = await post.the_letter()
        assert letter["To"] == "Cleo Marin <cleo@unicef.example>"
        assert "So Ana still has it" in text(letter)
        assert f"http://testserver{page}" in text(letter)
        await nothing_is_left_of("Quillfeather", "bo@example.org")

    async def test_who_is_erased_is_written_to_no_more(self, client: httpx.AsyncClient, by: Actor, post: Post) -> None:
        page = await self.offers(client, by, post)
        await decline_place(await the_offer())
        await erase_contact(page.rpartition("/")[2])
        assert "cleo@" not in str(await Message.select())
        assert await PlaceOffer.count() == 0
        assert await post.brought() == []
