"""An event waits for a new date, and its old one has passed: it is not over, and people do what they could before."""

import httpx
import time_machine

from events.accounts.rules import Actor
from events.questions.actions import put_form
from events.registration import queries
from events.registration.actions.erasing import erase_own
from events.registration.actions.moving import cancel_event, postpone_event
from events.registration.actions.proving import verify
from events.registration.rules import Standing
from tests.make import a_published_event, a_registration
from tests.people import send, words
from tests.questions.forms import a_question, asking
from tests.registration.guests import SLUG
from tests.registration.places import seen


async def test_people_correct_and_cancel_their_registration(client: httpx.AsyncClient, by: Actor) -> None:
    await a_published_event(by)
    await put_form(SLUG, asking(a_question("short_text", "meal")), by=by)
    made = await a_registration()
    await postpone_event(SLUG, by=by)
    with time_machine.travel("2027-02-20T12:00:00Z"):
        page = await client.get(f"/t/{made.token}")
        for offered in ("This event is postponed", "Correct or complete it", "Change my answers", "You cannot come?"):
            assert offered in words(page)
        form = f"/t/{made.token}/change"
        assert (await send(client, await client.get(form), form, name="Ana R.")).status_code == 303
        assert (await send(client, page, f"/t/{made.token}/cancel")).status_code == 303
        ticket = await queries.get_by_token(made.token)
    assert (ticket.name, ticket.standing) == ("Ana R.", Standing.CANCELLED)


async def test_who_erases_everything_holds_no_place_any_more(by: Actor) -> None:
    event = await a_published_event(by, modes={"in_person": {"capacity": 1}})
    made = await a_registration()
    await postpone_event(SLUG, by=by)
    with time_machine.travel("2027-02-20T12:00:00Z"):
        await erase_own(made.token)
    assert (await seen(event.id)).modes["in_person"]["taken"] == 0


async def test_an_address_is_proven_late(by: Actor) -> None:
    await a_published_event(by, prove_address=True)
    with time_machine.travel("2027-02-05T12:00:00Z"):
        made = await a_registration()
        await postpone_event(SLUG, by=by)
    with time_machine.travel("2027-02-05T20:00:00Z"):
        assert (await verify(made.token)).standing is Standing.CONFIRMED


async def test_that_it_is_cancelled_after_all_is_told(by: Actor) -> None:
    await a_published_event(by)
    await a_registration()
    await postpone_event(SLUG, by=by)
    with time_machine.travel("2027-02-20T12:00:00Z"):
        _, told = await cancel_event(SLUG, reason={}, by=by)
    assert told == 1
