"""What is written to whom a place is offered, through a real mail server."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from events.accounts.rules import Actor
from events.kernel.clock import utc_now
from events.registration.forms import HandOver
from events.registration.handing_over.actions import hand_over, take_back_offer, take_place
from events.registration.rules import LINKS_LEAVE_AFTER
from tests.make import SECRET, a_published_event
from tests.registration.offers import BO, an_offer, somebody_proven, the_offer
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
    letter = await post.the_letter()
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
