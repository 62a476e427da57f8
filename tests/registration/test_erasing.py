"""Nothing is left of who is erased but that somebody came."""

from typing import Any

import pytest
import time_machine
from litestar import Litestar

from events.accounts.rules import Actor
from events.infra import db
from events.registration import queries
from events.registration.actions.cancelling import cancel_own
from events.registration.actions.erasing import erase_outdated, erase_own
from events.registration.actions.proving import verify
from events.registration.actions.registering import remind_registered
from events.registration.queries.counts import count_by_standing
from events.registration.queries.held import get_held
from events.registration.rules import (
    Standing,
    TicketGone,
)
from events.registration.tables import Registration
from tests.make import a_program, a_published_event, a_registration

AFTERWARDS = "2027-02-05T20:00:00Z"
ONE_PLACE = {"in_person": {"capacity": 1}}
PERSONAL = ("zoé", "zoe", "quillfeather", "zoe.q", "walnuts")
LATER: dict[str, Any] = {"wall": "2027-02-06T13:15", "zone": "America/New_York"}


async def everything() -> dict[str, str]:
    """Every row of every table, as text."""
    catalogue = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
        "postgres": "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'",
    }
    kept = db.engine()
    names = [row["name"] for row in await kept.statement(catalogue[kept.engine_type], [])]
    return {name: str([dict(row) for row in await kept.statement(f'SELECT * FROM "{name}"', [])]) for name in names}  # noqa: S608 - names from the catalogue


class TestErasing:
    async def test_nothing_in_the_database_tells_who_it_was(self, by: Actor) -> None:
        await a_published_event(by, modes=ONE_PLACE)
        made = await a_registration(name="Zoé Quillfeather", email="zoe.q@example.net", answers={"diet": "no walnuts"})
        waits = await a_registration(email="waits@example.org")
        await remind_registered(made.id)
        before = str(await everything()).casefold()
        assert [words for words in PERSONAL if words not in before] == []
        await erase_own(made.token)
        tables = await everything()
        assert {"registration", "message", "activity", "attempt"} <= set(tables)
        found = {name for name, rows in tables.items() for words in PERSONAL if words in rows.casefold()}
        assert found == set()
        assert (await queries.get_by_token(waits.token)).standing is Standing.CONFIRMED

    async def test_nor_does_what_a_program_was_answered(self, app: Litestar, by: Actor) -> None:
        await a_published_event(by)
        made = await a_registration()
        program = await a_program(app, by)
        key = {"Idempotency-Key": "once"}
        address = f"/api/v1/registrations/{made.code}/switch"
        assert "Ana Reyes" in (await program.post(address, json={"mode": "online"}, headers=key)).text
        await erase_own(made.token)
        assert "Ana" not in str(await everything())
        assert (await program.post(address, json={"mode": "online"}, headers=key)).json() == {}

    async def test_the_link_says_that_it_is_gone(self, by: Actor) -> None:
        await a_published_event(by)
        made = await a_registration()
        await erase_own(made.token)
        for act in (get_held, erase_own, cancel_own, verify):
            with pytest.raises(TicketGone):
                await act(made.token)
        assert (await a_registration()).standing is Standing.CONFIRMED

    async def test_who_came_is_still_counted(self, by: Actor) -> None:
        event = await a_published_event(by)
        made = [await a_registration(email=f"person{number}@example.org") for number in range(2)]
        with time_machine.travel(AFTERWARDS):
            for one in made:
                await erase_own(one.token)
        assert list((await count_by_standing(event.id)).values()) == [2]

    async def test_an_organisation_keeps_its_promise_to_forget(self, by: Actor) -> None:
        await a_published_event(by)
        await a_published_event(by, slug="later", starts=LATER, ends=LATER | {"wall": "2027-02-06T14:30"})
        await a_registration(name="Zoé Quillfeather", email="zoe.q@example.net", answers={"diet": "no walnuts"})
        await a_registration(slug="later")
        with time_machine.travel("2027-05-07T00:00:00Z"):
            assert await erase_outdated() == 1
            assert await erase_outdated() == 0
        rest = str(await everything()).casefold()
        assert [words for words in PERSONAL if words in rest] == []
        assert "ana@example.org" in rest


async def test_somebody_who_is_erased_is_on_no_list(by: Actor) -> None:
    event = await a_published_event(by)
    made = await a_registration()
    with time_machine.travel(AFTERWARDS):
        await erase_own(made.token)
    assert await queries.list_active(event.id) == []
    assert await Registration.count() == 1
