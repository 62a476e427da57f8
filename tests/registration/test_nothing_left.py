"""Once the time is over that was promised, no table and no file of the database holds a name any more."""

from pathlib import Path
from typing import Any

import httpx
import time_machine
from litestar import Litestar

from events.accounts.rules import Actor
from events.app import DUE
from events.checkin.actions import open_door, scan
from events.checkin.forms import DoorForm, ScanForm
from events.infra import db
from events.kernel.clock import utc_now
from events.questions.actions import put_form
from events.registration import queries
from events.registration.actions.cancelling import cancel_own
from events.registration.actions.private import ask_for_links, record_visit
from events.registration.focal_points.actions import name_focal_point
from events.registration.focal_points.forms import FocalPointForm
from events.registration.forms import HandOver
from events.registration.guests import actions as guests
from events.registration.handing_over.actions import hand_over
from events.registration.remarks.actions import set_tags, write_note
from tests.make import SECRET, a_program, a_published_event, a_registration
from tests.people import ORIGIN, fields
from tests.questions.forms import a_question, asking
from tests.registration.asked import PNG
from tests.registration.delegates import delegate
from tests.registration.guests import SLUG, a_guest, come, invite
from tests.registration.test_erasing import everything

NAMED = "Zorblax"
"""In every name, address and answer."""

FORM = f"/en/events/{SLUG}/register"
API = f"/api/v1/events/{SLUG}/registrations"
SAID = {
    "name": "Ana Zorblax",
    "email": "ana@zorblax.org",
    "mode": "online",
    "affiliation.organisation": "Zorblax Inc",
    "affiliation.function": "Zorblax",
    "access.other": "Zorblax",
    "assistants.0.name": "Cleo Zorblax",
    "answers.passport": "Zorblax 7",
    "answers.employer": "Zorblax Ltd",
    "answers.mail": "me@zorblax.org",
}


async def somebody_says_all_there_is(client: httpx.AsyncClient) -> str:
    """By the form, and once more with a mistake: the file of that is nobody's. Their private link."""
    form = fields(await client.get(FORM), FORM)
    photo: Any = {"answers.photo": ("zorblax.png", PNG)}
    await client.post(FORM, data=form | SAID | {"name": ""}, files=photo, headers=ORIGIN)
    made = await client.post(FORM, data=form | SAID, files=photo, headers=ORIGIN)
    return made.headers["location"]


async def organisers_and_doors_write_down(token: str, by: Actor) -> None:
    ticket = await queries.get_by_token(token)
    await set_tags(ticket.code, [NAMED], by=by)
    await write_note(ticket.code, NAMED, by=by)
    form = FocalPointForm(affiliation="UNICEF", name="Flo Zorblax", email="flo@zorblax.org")
    await name_focal_point(SLUG, form, secret=SECRET, by=by)
    door = await open_door(SLUG, DoorForm(name="Main"), by=by, secret=SECRET)
    with time_machine.travel("2027-02-05T18:30:00Z"):
        await record_visit(ticket, utc_now())
        await scan(door.id, [ScanForm(code="FN:Ana Zorblax")], by=by)


async def others_come_and_go(client: httpx.AsyncClient, app: Litestar, by: Actor) -> None:
    given = await a_registration(email="given@zorblax.org", name="Gil Zorblax")
    await hand_over(given.token, HandOver(name="New Zorblax", email="new@zorblax.org"), secret=SECRET)
    await cancel_own((await a_registration(email="gone@zorblax.org", name="Gus Zorblax")).token)
    person = {"name": "Pia Zorblax", "email": "pia@zorblax.org", "mode": "in_person"}
    await (await a_program(app, by)).post(API, json=person, headers={"Idempotency-Key": "once"})
    contact = {"contact.name": "Con Zorblax", "contact.email": "con@zorblax.org"}
    await delegate(client, "Dee", **contact, **{"people.0.name": "Dee Zorblax", "people.0.email": "dee@zorblax.org"})
    invited = [a_guest(one, name="Gia Zorblax", email=f"gia{one}@zorblax.org", affiliation=NAMED) for one in range(3)]
    comes, declines, _ = await invite(by, *invited)
    await come(comes, "gia0@zorblax.org", name="Gia Zorblax")
    await guests.decline(declines, no_more=True)
    await ask_for_links("ana@zorblax.org", "en")


async def test_nothing_tells_who_it_was(client: httpx.AsyncClient, app: Litestar, by: Actor, database_url: str) -> None:
    asks: dict[str, Any] = {"ask_affiliation": "optional", "ask_access": True, "delegations": True}
    await a_published_event(by, **asks)
    passport = a_question("short_text", "passport", sensitive=True, purge_days=7)
    kinds = (("organisation", "employer"), ("email", "mail"), ("file", "photo"))
    await put_form(SLUG, asking(passport, *(a_question(kind, name) for kind, name in kinds)), by=by)
    page = await somebody_says_all_there_is(client)
    await client.post(f"{page}/calendar", headers=ORIGIN)
    await organisers_and_doors_write_down(page.removeprefix("/t/"), by)
    await others_come_and_go(client, app, by)
    named = [table for table, rows in (await everything()).items() if NAMED.lower() in rows.lower()]
    assert len(named) > 10, named
    with time_machine.travel("2027-05-07T20:00:00Z"):
        for act in DUE:
            await act()
    assert [table for table, rows in (await everything()).items() if NAMED.lower() in rows.lower()] == []
    if db.engine().engine_type == "sqlite":
        files = [path for path in Path(database_url.removeprefix("sqlite://")).parent.iterdir() if path.is_file()]
        assert [path.name for path in files if NAMED.lower().encode() in path.read_bytes().lower()] == []
