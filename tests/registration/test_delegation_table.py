"""The table in which a delegation is typed, or pasted from a list."""

import httpx
import pytest

from events.accounts.rules import Actor
from events.registration.delegations.forms import pasted_rows
from tests.make import a_published_event
from tests.people import fields, send, words
from tests.registration.delegates import FORM, asks, delegate, problems, standings


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
        ("pasted", "names"),
        [
            ("Nom;Courriel;Poste\nBo Li;bo@unicef.example;\nCy;cy@unicef.example;", ["Bo Li", "Cy"]),
            ("Bo Li <bo@unicef.example>, Cy <cy@unicef.example>", ["Bo Li", "Cy"]),
            ("Bo Li <bo@unicef.example>\nCy <cy@unicef.example>", ["Bo Li", "Cy"]),
            ('"Bo Li" <bo@unicef.example>; <cy@unicef.example>', ["Bo Li", ""]),
            ("Li, Bo <bo@unicef.example>; Day, Cy <cy@unicef.example>", ["Li, Bo", "Day, Cy"]),
            ("bo@unicef.example;cy@unicef.example", ["", ""]),
        ],
    )
    def test_a_heading_is_nobody_and_a_mails_addresses_are_people(self, pasted: str, names: list[str]) -> None:
        found = pasted_rows(pasted, {})
        assert [row["email"] for row in found] == ["bo@unicef.example", "cy@unicef.example"]
        assert [row["name"] for row in found] == names

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
