"""Never one more than the capacity, never a free place beside a waiting person, whatever happens at once."""

import asyncio
from collections import Counter

import pytest
from piccolo.columns import And

from events.outbox.tables import Message
from events.programme.tables import EventMode
from events.registration.actions.cancelling import cancel_own
from events.registration.actions.registering import register
from events.registration.forms import read_sign_up
from events.registration.rules import AlreadyRegistered, Standing
from events.registration.tables import Registration
from tests.make import SECRET, a_published_event, a_registration, an_organisation

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.slow]


@pytest.mark.timeout(300)
async def test_two_thousand_at_once_for_five_hundred_places() -> None:
    await a_published_event(await an_organisation(), modes={"in_person": {"capacity": 500}})

    async def attempt(number: int) -> str | int:
        # Half of the addresses try twice, once in capitals: nobody may get two places.
        email = f"person{number % 2000}@example.org"
        form = read_sign_up(
            {"name": f"Person {number}", "email": email.upper() if number >= 2000 else email, "mode": "in_person"}
        )
        try:
            made = await register("care-skills-count", form, language="en", secret=SECRET)
        except AlreadyRegistered:
            return "already"
        return made.queue_position or made.standing.value

    answers = Counter(await asyncio.gather(*(attempt(number) for number in range(3000))))
    assert answers.pop("confirmed") == 500
    assert answers.pop("already") == 1000
    assert answers == Counter(range(1, 1501))

    rows = await Registration.select(Registration.standing, Registration.queue_number, Registration.email_folded)
    assert len({row["email_folded"] for row in rows}) == len(rows) == 2000
    assert sorted(row["queue_number"] for row in rows if row["standing"] == "waiting") == list(range(1, 1501))
    assert await Message.count() == 2000


async def test_places_that_free_go_to_the_line_in_its_order() -> None:
    await a_published_event(await an_organisation(), modes={"in_person": {"capacity": 3}})
    made = [await a_registration(email=f"person{number}@example.org") for number in range(9)]
    assert [registered.queue_position for registered in made] == [None, None, None, 1, 2, 3, 4, 5, 6]
    for first_in_line, leaves in zip(made[3:], made, strict=False):
        await cancel_own(leaves.token)
        rows = await Registration.select(Registration.code).where(
            And(Registration.standing == Standing.CONFIRMED, Registration.code == first_in_line.code)
        )
        assert rows, "the first in line has the place that was given back"


@pytest.mark.timeout(300)
async def test_cancel_and_register_at_once_on_a_full_event_for_a_thousand_rounds() -> None:
    await a_published_event(await an_organisation(), modes={"in_person": {"capacity": 1}})
    holder = await a_registration(email="person0@example.org")
    for number in range(1, 1001):
        _, newcomer = await asyncio.gather(
            cancel_own(holder.token), a_registration(email=f"person{number}@example.org")
        )
        standings = await Registration.select(Registration.standing, Registration.code).where(
            Registration.standing.not_in(["cancelled"])
        )
        assert standings == [{"standing": "confirmed", "code": newcomer.code}], f"round {number}"
        holder = newcomer
    [mode] = await EventMode.select(EventMode.taken)
    assert mode == {"taken": 1}
