"""In the room, online, and in line for the one while attending the other."""

import asyncio
import contextlib
from typing import Any

import httpx
import msgspec
import pytest
import time_machine
from litestar import Litestar

from events.accounts.actions.organisations import create_organisation
from events.accounts.rules import SCOPES, Actor
from events.infra import db
from events.infra.engine import KeptSQLite, PooledPostgres
from events.kernel.errors import Conflict, Gone
from events.outbox.tables import Message
from events.programme.rules import Mode
from events.registration import queries
from events.registration.actions.cancelling import cancel_own
from events.registration.actions.moving import change_event
from events.registration.actions.proving import verify
from events.registration.actions.registering import register
from events.registration.actions.switching import switch_own
from events.registration.forms import HandOver, read_sign_up
from events.registration.handing_over.actions import hand_over
from events.registration.queries.held import get_held
from events.registration.rules import Full, RegistrationClosed, RegistrationOver, Standing
from tests.make import SECRET, a_program, a_published_event, a_registration
from tests.people import send, words
from tests.registration.places import seen

BOTH: dict[str, Any] = {"modes": {"in_person": {"capacity": 1}, "online": {"capacity": 2}}}
ROOM, ONLINE = Mode.IN_PERSON, Mode.ONLINE
Way = tuple[Standing, Mode, Mode | None]


async def way(token: str) -> Way:
    """How somebody stands, how they attend, and for what they wait."""
    ticket = await queries.get_by_token(token)
    return ticket.standing, ticket.mode, ticket.waits_for


async def last_mail() -> tuple[str, str]:
    rows = await Message.select(Message.kind, Message.to_address).order_by(Message.id, ascending=False).limit(1)
    return rows[0]["kind"].removeprefix("registration."), rows[0]["to_address"]


class TestMeanwhile:
    async def test_who_waits_for_the_room_attends_online_and_keeps_the_place_in_line(self, by: Actor) -> None:
        await a_published_event(by, **BOTH)
        first = await a_registration(email="first@example.org")
        ahead = await a_registration(email="ahead@example.org")
        made = await a_registration(meanwhile="online")
        assert (made.standing, made.mode, made.waits_for, made.queue_position) == (Standing.CONFIRMED, ONLINE, ROOM, 2)
        await cancel_own(first.token)
        assert await way(ahead.token) == (Standing.CONFIRMED, ROOM, None)
        await cancel_own(ahead.token)
        assert await way(made.token) == (Standing.CONFIRMED, ROOM, None)
        moved = await Message.select(Message.facts).where(Message.subject_id == made.id).order_by(Message.id)
        assert [msgspec.json.decode(row["facts"]) for row in moved] == [{}, {"from": "online"}]

    async def test_the_place_online_that_they_leave_goes_to_the_next_there(self, by: Actor) -> None:
        await a_published_event(by, **(BOTH | {"modes": {"in_person": {"capacity": 1}, "online": {"capacity": 1}}}))
        first = await a_registration(email="first@example.org")
        made = await a_registration(meanwhile="online")
        waits = await a_registration(email="waits@example.org", mode="online")
        await cancel_own(first.token)
        assert await way(made.token) == (Standing.CONFIRMED, ROOM, None)
        assert await way(waits.token) == (Standing.CONFIRMED, ONLINE, None)

    async def test_with_room_nobody_waits_and_with_none_anywhere_they_only_wait(self, by: Actor) -> None:
        await a_published_event(by, **(BOTH | {"modes": {"in_person": {"capacity": 1}, "online": {"capacity": 0}}}))
        made = await a_registration(meanwhile="online")
        assert (made.mode, made.waits_for) == (ROOM, None)
        waits = await a_registration(email="waits@example.org", meanwhile="online")
        assert (waits.standing, waits.mode, waits.waits_for) == (Standing.WAITING, ROOM, ROOM)

    async def test_an_address_that_is_not_proven_is_in_no_line_yet(self, by: Actor) -> None:
        await a_published_event(by, **BOTH)
        await a_registration(email="first@example.org")
        await change_event("care-skills-count", {"prove_address": True}, by=by)
        made = await a_registration(meanwhile="online")
        later = await a_registration(email="later@example.org", meanwhile="online")
        assert (made.standing, made.queue_position) == (Standing.UNVERIFIED, None)
        await verify(later.token)
        await verify(made.token)
        assert (await get_held(later.token)).position == 1
        assert (await get_held(made.token)).position == 2

    @pytest.mark.parametrize(
        ("online", "standing", "mode"), [(5, Standing.CONFIRMED, ONLINE), (1, Standing.WAITING, ROOM)]
    )
    async def test_who_proved_the_address_during_an_attack_stands_in_line_too(
        self, by: Actor, online: int, standing: Standing, mode: Mode
    ) -> None:
        """Nothing is held for them meanwhile, so the last place online may be gone as well."""
        event = await a_published_event(by, modes={"in_person": {"capacity": 1}, "online": {"capacity": online}})
        await a_registration(email="first@example.org")
        said = {"name": "Ana", "email": "ana@example.org", "mode": "in_person", "meanwhile": "online"}
        made = await register(event.slug, read_sign_up(said), language="en", secret=SECRET, prove=True)
        await a_registration(email="second@example.org", mode="online")
        await verify(made.token)
        assert await way(made.token) == (standing, mode, ROOM)
        (await seen(event.id)).check_places()


class TestSwitching:
    async def test_a_place_that_is_left_goes_to_the_first_in_line(self, by: Actor) -> None:
        event = await a_published_event(by, **BOTH)
        made = await a_registration()
        waits = await a_registration(email="waits@example.org")
        await switch_own(made.token, ONLINE)
        assert await way(made.token) == (Standing.CONFIRMED, ONLINE, None)
        assert await way(waits.token) == (Standing.CONFIRMED, ROOM, None)
        (await seen(event.id)).check_places()
        assert await last_mail() == ("switched", "ana@example.org")

    async def test_into_what_is_full_one_stands_in_line_and_keeps_the_place(self, by: Actor) -> None:
        await a_published_event(by, **BOTH)
        first = await a_registration(email="first@example.org")
        made = await a_registration(mode="online")
        await switch_own(made.token, ROOM)
        assert await way(made.token) == (Standing.CONFIRMED, ONLINE, ROOM)
        assert await last_mail() == ("in_line", "ana@example.org")
        with pytest.raises(RegistrationOver):
            await switch_own(made.token, ROOM)
        await switch_own(made.token, ONLINE)
        assert await way(made.token) == (Standing.CONFIRMED, ONLINE, None)
        await cancel_own(first.token)
        assert await way(made.token) == (Standing.CONFIRMED, ONLINE, None)

    async def test_who_waits_takes_a_place_online_and_stays_in_line(self, by: Actor) -> None:
        await a_published_event(by, **BOTH)
        first = await a_registration(email="first@example.org")
        made = await a_registration()
        await switch_own(made.token, ONLINE)
        assert await way(made.token) == (Standing.CONFIRMED, ONLINE, ROOM)
        assert (await get_held(made.token)).position == 1
        await cancel_own(first.token)
        assert await way(made.token) == (Standing.CONFIRMED, ROOM, None)

    async def test_until_the_mode_closes_or_the_organisers_cut_off(self, by: Actor) -> None:
        closes = {"wall": "2027-02-04T12:00", "zone": "America/New_York"}
        modes = {"in_person": {"capacity": 9, "closes": closes}, "online": {}}
        await a_published_event(by, modes=modes, switch_stops_minutes=60)
        made = await a_registration(mode="online")
        in_room, late = [await a_registration(email=f"{name}@example.org") for name in ("room", "late")]
        with time_machine.travel("2027-02-04T17:00:01Z"):
            with pytest.raises(RegistrationClosed):
                await switch_own(made.token, ROOM)
            await switch_own(in_room.token, ONLINE)
        with time_machine.travel("2027-02-05T17:15:01Z"), pytest.raises(RegistrationClosed, match="too late"):
            await switch_own(late.token, ONLINE)

    async def test_full_without_a_line_stays_full(self, by: Actor) -> None:
        await a_published_event(by, **BOTH, waiting_list=False)
        await a_registration(email="first@example.org")
        made = await a_registration(mode="online")
        with pytest.raises(Full):
            await switch_own(made.token, ROOM)

    async def test_an_organiser_does_it_by_the_api(self, app: Litestar, by: Actor) -> None:
        await a_published_event(by, **BOTH)
        made = await a_registration()
        program = await a_program(app, by)
        answer = await program.post(f"/api/v1/registrations/{made.code}/switch", json={"mode": "online"})
        assert (answer.status_code, answer.json()["mode"], answer.json()["waits_for"]) == (200, "online", None)
        again = await program.post(f"/api/v1/registrations/{made.code}/switch", json={"mode": "online"})
        assert (again.status_code, again.json()["type"]) == (409, "urn:sideline:problem:wrong-standing")


class TestWhenTheLineStops:
    """An hour before the start nobody moves up by themselves."""

    async def test_whoever_asks_first_takes_what_is_free_then_who_waits_too(self, by: Actor) -> None:
        event = await a_published_event(by, **BOTH)
        first, made, other = [await a_registration(email=f"{who}@example.org") for who in ("first", "ana", "other")]
        with pytest.raises(RegistrationOver):
            await switch_own(made.token, ROOM)
        with time_machine.travel("2027-02-05T17:15:01Z"):
            await cancel_own(first.token)
            assert await way(made.token) == (Standing.WAITING, ROOM, ROOM)
            await switch_own(made.token, ROOM)
            assert await way(made.token) == (Standing.CONFIRMED, ROOM, None)
            assert await last_mail() == ("confirmed", "ana@example.org")
            with pytest.raises(RegistrationOver):
                await switch_own(other.token, ROOM)
        (await seen(event.id)).check_places()

    async def test_where_requests_are_looked_at_the_place_is_asked_for(self, by: Actor) -> None:
        await a_published_event(by, **BOTH, approval=True)
        first, made = [await a_registration(email=f"{who}@example.org") for who in ("first", "ana")]
        with time_machine.travel("2027-02-05T17:15:01Z"):
            await cancel_own(first.token)
            await switch_own(made.token, ROOM)
            assert await way(made.token) == (Standing.PENDING, ROOM, None)
            assert await last_mail() == ("pending", "ana@example.org")

    async def test_the_page_says_until_when_the_line_moves_and_what_is_free_then(
        self, client: httpx.AsyncClient, by: Actor
    ) -> None:
        await a_published_event(by, **BOTH, switch_stops_minutes=30)
        first, made = [await a_registration(email=f"{who}@example.org") for who in ("first", "ana")]
        address = f"/t/{made.token}"
        said = words(await client.get(address))
        assert "The line moves until Friday 5 February 2027, 12:15 (New York, UTC−5)." in said
        assert "You can do this until Friday 5 February 2027, 12:45 (New York, UTC−5)." in said
        assert "free place in the room" not in said
        with time_machine.travel("2027-02-05T17:15:01Z"):
            form = words(await client.get("/en/events/care-skills-count/register"))
            assert "The waiting list does not move any more" in form
            await cancel_own(first.token)
            page = await client.get(address)
            assert "The waiting list does not move any more. If a place is free, this page offers it" in words(page)
            assert "Take a free place in the room" in words(page)
            await send(client, page, f"{address}/switch")
            assert "You have a place in the room." in words(await client.get(address))

    async def test_who_attends_online_meanwhile_learns_that_the_line_stopped(
        self, client: httpx.AsyncClient, by: Actor
    ) -> None:
        await a_published_event(by, **BOTH)
        await a_registration(email="first@example.org")
        made = await a_registration(meanwhile="online")
        assert "The line moves until Friday 5 February 2027, 12:15" in words(await client.get(f"/t/{made.token}"))
        with time_machine.travel("2027-02-05T17:15:01Z"):
            page = words(await client.get(f"/t/{made.token}"))
        assert "The line that you stand in does not move any more." in page
        assert "when it is your turn" not in page

    async def test_after_the_cut_off_the_page_says_until_when_one_could_and_whom_to_write_to(
        self, client: httpx.AsyncClient
    ) -> None:
        mmm = await create_organisation("mmm", name="Make Mothers Matter", contact_email="help@mmm.example")
        modes = {"in_person": {"capacity": 9}, "online": {}}
        await a_published_event(Actor(mmm.id, "system", SCOPES), modes=modes, switch_stops_minutes=60)
        address = f"/t/{(await a_registration()).token}"
        ended = "You could choose another way until Friday 5 February 2027, 12:15 (New York, UTC−5)."
        write = "If it has to change now, write to the organisers: help@mmm.example"
        page = words(await client.get(address))
        assert (ended in page, write in page, "Attend online instead…" in page) == (False, False, True)
        with time_machine.travel("2027-02-05T17:15:01Z"):
            page = words(await client.get(address))
        assert (f"{ended} {write}" in page, "Attend online instead…" in page) == (True, False)
        with time_machine.travel("2027-02-05T19:30:01Z"):
            page = words(await client.get(address))
        assert (ended in page, f"It could be corrected until the event ended. {write}" in page) == (False, True)


class TestThePages:
    async def test_the_form_offers_to_attend_online_until_then(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by, **BOTH)
        form = "/en/events/care-skills-count/register"
        offer = "Until a place in the room becomes free, I attend online"
        assert offer not in words(await client.get(form))
        await a_registration(email="first@example.org")
        page = await client.get(form)
        assert offer in words(page)
        typed = {"name": "Ana", "email": "ana@example.org", "mode": "in_person", "meanwhile": "online"}
        ticket = await client.get((await send(client, page, form, **typed)).headers["location"])
        assert "You have a place online. You are also number 1 in line for the room" in words(ticket)

    async def test_one_switches_on_the_private_page(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by, **BOTH)
        made = await a_registration()
        address = f"/t/{made.token}"
        page = await client.get(address)
        assert "Attend online instead" in words(page)
        assert (await send(client, page, f"{address}/switch")).headers["location"] == address
        page = await client.get(address)
        assert "You have a place online." in words(page)
        await a_registration(email="first@example.org")
        old = await send(client, page, f"{address}/switch")  # it was free when the page was opened
        assert old.status_code == 303
        assert "number 1 in line for the room" in words(await client.get(address))
        assert (await send(client, page, f"{address}/switch")).status_code == 409

    async def test_the_link_in_the_mail_gives_the_place_back_by_one_button(
        self, client: httpx.AsyncClient, by: Actor
    ) -> None:
        await a_published_event(by, **BOTH)
        made = await a_registration()
        address = f"/t/{made.token}"
        page = await client.get(f"{address}/give-back")
        assert page.headers["cache-control"] == "private, no-store"
        assert await way(made.token) == (Standing.CONFIRMED, ROOM, None)
        assert (await send(client, page, f"{address}/cancel")).headers["location"] == address
        assert (await way(made.token))[0] is Standing.CANCELLED
        assert "does not count any more" in words(await client.get(f"{address}/give-back"))


async def deadlocks() -> int:
    """How many PostgreSQL ended, ever."""
    await db.engine().statement("SELECT pg_stat_force_next_flush()", ())
    [row] = await db.engine().statement("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()", ())
    return int(row["deadlocks"])


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_everything_at_once(database: KeptSQLite | PooledPostgres, by: Actor) -> None:
    """Register, cancel, switch, hand over and raise beside each other: places stay right, nobody locks anybody out."""
    event = await a_published_event(by, modes={"in_person": {"capacity": 10}, "online": {"capacity": 10}})
    made = [await a_registration(email=f"early{number}@example.org", meanwhile="online") for number in range(30)]

    async def attempt(act: Any) -> None:
        with contextlib.suppress(Conflict, Gone):
            await act

    before = await deadlocks() if isinstance(database, PooledPostgres) else 0
    capacity = 10
    for turn in range(12):
        capacity += 1
        acts = [
            *(cancel_own(one.token) for one in made[turn * 2 : turn * 2 + 2]),
            *(switch_own(one.token, mode) for one in made[turn : turn + 12] for mode in Mode),
            *(
                a_registration(email=f"late{turn}-{number}@example.org", mode=mode, meanwhile="online")
                for number, mode in enumerate(("in_person", "online", "in_person", "online"))
            ),
            *(
                hand_over(one.token, HandOver(name="Bo Li", email=f"bo{turn}-{one.id}@example.org"), secret=SECRET)
                for one in made[turn + 10 : turn + 13]
            ),
            change_event("care-skills-count", {"modes": {"in_person": {"capacity": capacity}}}, by=by),
        ]
        await asyncio.gather(*(attempt(act) for act in acts))
        (await seen(event.id)).check_places()
    if isinstance(database, PooledPostgres):
        assert await deadlocks() == before
