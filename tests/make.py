"""What tests stand on: an organisation, its events and the people who come, with values that can be read."""

from typing import Any

import httpx
from litestar import Litestar

from events.accounts.actions.organisations import create_organisation
from events.accounts.actions.tokens import create_token
from events.accounts.rules import SCOPES, Actor
from events.programme.actions import create_event, publish_event
from events.programme.forms import read_event
from events.programme.rules import EventFacts
from events.registration.actions.registering import Registered, register
from events.registration.forms import read_sign_up
from tests.conftest import browser

SECRET = "0" * 64


async def an_organisation(slug: str = "make-mothers-matter", name: str = "Make Mothers Matter") -> Actor:
    """Somebody who may do everything there."""
    made = await create_organisation(slug, name=name)
    return Actor(made.id, "system", SCOPES)


async def a_program(app: Litestar, actor: Actor, scopes: str = "all") -> httpx.AsyncClient:
    """A client with a token of the organisation."""
    token = await create_token(actor.organisation, name="test", scopes=scopes)
    return browser(app, Authorization=f"Bearer {token}")


def an_event(**changes: Any) -> dict[str, Any]:
    """What is posted to make a side event in New York with 80 places in the room and any number online."""
    return {
        "kind": "side_event",
        "title": {"en": "Care skills count", "fr": "Les compétences du soin comptent"},
        "summary": {"en": "What unpaid care teaches.", "fr": "Ce que le soin non rémunéré enseigne."},
        "starts": {"wall": "2027-02-05T13:15", "zone": "America/New_York"},
        "ends": {"wall": "2027-02-05T14:30", "zone": "America/New_York"},
        "venue": {"name": "UN Headquarters", "room": "CR-12", "address": "New York, NY 10017"},
        "modes": {"in_person": {"capacity": 80}, "online": {"capacity": None}},
    } | changes


async def a_published_event(by: Actor, **changes: Any) -> EventFacts:
    made = await create_event(read_event(an_event(**changes)), by=by, domain="testserver")
    return await publish_event(made.slug, by=by)


async def a_registration(
    slug: str = "care-skills-count", email: str = "ana@example.org", mode: str = "in_person", **changes: Any
) -> Registered:
    form = read_sign_up({"name": "Ana Reyes", "email": email, "mode": mode} | changes)
    return await register(slug, form, language=form.language or "en", secret=SECRET)


async def a_member_of(organisation: str, number: int, *, kind: str | None = None, **changes: Any) -> Registered:
    """Somebody who comes for an organisation, at `care-skills-count`."""
    affiliation = {"organisation": organisation} | ({"type": kind} if kind else {})
    return await a_registration(email=f"member{number}@example.org", affiliation=affiliation, **changes)
