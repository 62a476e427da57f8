"""A contact in the form for a delegation."""

from typing import Any

import httpx
from selectolax.lexbor import LexborHTMLParser

from events.registration.tables import Registration
from tests.people import send

FORM = "/en/events/care-skills-count/delegation"
CONTACT = {"contact.name": "Cleo Marin", "contact.email": "cleo@unicef.example", "affiliation.organisation": "UNICEF"}


def asks(**changes: Any) -> dict[str, Any]:
    return {"delegations": True, "ask_affiliation": "optional"} | changes


def rows(*people: str, mode: str = "in_person") -> dict[str, str]:
    typed: dict[str, str] = {}
    for number, name in enumerate(people):
        typed |= {
            f"people.{number}.name": name,
            f"people.{number}.email": f"{name.lower()}@unicef.example",
            f"people.{number}.mode": mode,
        }
    return typed


async def delegate(client: httpx.AsyncClient, *people: str, **typed: str) -> httpx.Response:
    return await send(client, await client.get(FORM), FORM, **CONTACT | rows(*people) | typed)


def problems(page: httpx.Response) -> list[str]:
    links = LexborHTMLParser(page.text).css("#problems a")
    return [(link.attributes["href"] or "").removeprefix("#field-") for link in links]


def action(page: httpx.Response, ends: str) -> str:
    """Where the first form that does this posts to."""
    actions = [form.attributes.get("action") or "" for form in LexborHTMLParser(page.text).css("form")]
    return next(one for one in actions if one.endswith(ends))


async def standings() -> dict[str, str]:
    rows = await Registration.select(Registration.name, Registration.standing).order_by(Registration.id)
    return {row["name"]: row["standing"] for row in rows}
