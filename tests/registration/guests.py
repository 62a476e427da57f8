"""Who is invited by name, and comes."""

from typing import Any

import time_machine

from events.accounts.rules import Actor
from events.kernel.spans import WallTime
from events.programme.tables import EventMode
from events.registration.actions.registering import register
from events.registration.forms import read_sign_up
from events.registration.guests import actions, queries
from events.registration.guests.rules import NewGuest, State, Terms, invitation_token
from events.registration.guests.tables import Guest
from tests.make import SECRET

SLUG = "care-skills-count"
ONE_PLACE: dict[str, Any] = {"modes": {"in_person": {"capacity": 1}, "online": {"capacity": 0}}}
LATER = WallTime.parse("2027-02-01T18:00", "America/New_York")


def a_guest(number: int = 1, **changes: Any) -> NewGuest:
    said: dict[str, Any] = {
        "row": number,
        "name": f"Guest {number}",
        "email": f"guest{number}@example.org",
        "language": "en",
        "mode": None,
        "affiliation": None,
    }
    return NewGuest(**said | changes)


def terms(**changes: Any) -> Terms:
    given: dict[str, Any] = {"skips_approval": True, "reserves": False, "note": {}, "expires": LATER}
    return Terms(**given | changes)


async def invite(by: Actor, *guests: NewGuest, **given: Any) -> list[str]:
    """The tokens of their links."""
    made = await actions.invite(SLUG, guests or [a_guest()], terms(**given), secret=SECRET, by=by)
    assert made.problems == {}
    rows = await Guest.select(Guest.code).order_by(Guest.id)
    return [invitation_token(SECRET, row["code"]) for row in rows][-made.invited :]


async def come(token: str | None, email: str = "guest1@example.org", mode: str = "in_person", **said: Any) -> Any:
    form = read_sign_up({"name": "Guest", "email": email, "mode": mode, **said})
    return await register(SLUG, form, language="en", secret=SECRET, invitation=token)


async def state_of(token: str) -> State:
    return (await queries.get_by_token(token)).state


async def taken(mode: str = "in_person") -> int:
    [row] = await EventMode.select(EventMode.taken).where(EventMode.mode == mode)
    return int(row["taken"])


def afterwards() -> Any:
    """The invitations are over, the event is not."""
    return time_machine.travel("2027-02-02T12:00:00Z", tick=True)
