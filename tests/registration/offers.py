"""A place that is offered, for the tests of what becomes of it."""

from typing import Any

from events.accounts.rules import Actor
from events.infra import db
from events.registration.actions.proving import verify
from events.registration.actions.registering import Registered
from events.registration.forms import HandOver
from events.registration.handing_over.actions import hand_over
from events.registration.handing_over.rules import offer_token
from events.registration.handing_over.tables import PlaceOffer
from tests.make import SECRET, a_published_event, a_registration

BO = HandOver(name="Bo Quillfeather", email="bo@example.org")


async def somebody_proven(email: str = "ana@example.org", **said: Any) -> Registered:
    made = await a_registration(email=email, **said)
    await verify(made.token)
    return made


async def an_offer(by: Actor, **changes: Any) -> tuple[Registered, str]:
    """Who has the place, and what opens the offer of it."""
    await a_published_event(by, prove_address=True, **changes)
    made = await somebody_proven()
    await hand_over(made.token, BO, secret=SECRET)
    return made, await the_offer()


async def the_offer() -> str:
    [row] = await PlaceOffer.select(PlaceOffer.code)
    return offer_token(SECRET, row["code"])


async def nothing_is_left_of(*said: str) -> None:
    assert await PlaceOffer.count() == 0
    rest = ""
    for table in ("registration", "message", "activity", "former_ticket"):
        rest += str([dict(row) for row in await db.engine().statement(f"SELECT * FROM {table}", ())])  # noqa: S608 - our tables
    for one in said:
        assert one not in rest
