"""What is asked at the door: by whoever holds its address, of who has a place in the room."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
import time_machine
from litestar import Litestar

from events.accounts.rules import Actor
from events.activity.queries import list_for_subject
from events.checkin.actions import open_door, token_of
from events.checkin.forms import DoorForm
from events.programme.queries import get_own_event
from events.questions.actions import put_form
from events.registration.actions.cancelling import cancel_own
from events.registration.actions.registering import Registered
from events.registration.answers.actions import set_answers
from events.registration.answers.queries import list_answers
from tests.checkin.doors import DURING
from tests.make import SECRET, a_program, a_published_event, a_registration, an_organisation
from tests.people import ORIGIN, fields, send, words
from tests.questions.forms import a_question, asking, only_if

QUESTIONS = (
    a_question("yes_no", "guest"),
    a_question("yes_no", "headset", asked="door", required=True),
    a_question("short_text", "who", asked="door", show_if=only_if("guest", "yes")),
    a_question("single_choice", "gift", asked="door", choices=[{"key": "tea", "label": {"en": "Tea"}, "capacity": 1}]),
    a_question("short_text", "passport", asked="door", sensitive=True),
    a_question("yes_no", "diabetes", sensitive=True),
    a_question("short_text", "diet", asked="door", show_if=only_if("diabetes", "yes")),
    a_question("short_text", "note", asked="organisers"),
)


@pytest.fixture
async def by(app: Litestar) -> Actor:  # noqa: ARG001 - its database
    by = await an_organisation()
    await a_published_event(by)
    await put_form("care-skills-count", asking(*QUESTIONS), by=by)
    return by


@pytest.fixture
async def door(by: Actor) -> str:
    """Its address."""
    made = await open_door("care-skills-count", DoorForm("Main entrance"), by=by, secret=SECRET)
    return f"/door/{token_of(SECRET, made.id)}"


async def scanned(client: httpx.AsyncClient, door: str, made: Registered, at: datetime = DURING) -> dict[str, Any]:
    with time_machine.travel(at):
        answer: dict[str, Any] = (await client.post(door, json={"code": made.code}, headers=ORIGIN)).json()
    return answer


async def kept(by: Actor, made: Registered) -> dict[str, tuple[str, ...]]:
    event = await get_own_event("care-skills-count", by.organisation)
    _, found = await list_answers(event.id, [made.id], sensitive=True)
    return {name: one.values for name, one in found.get(made.id, {}).items()}


async def test_a_scan_says_how_much_is_left_to_ask_of_whom(client: httpx.AsyncClient, by: Actor, door: str) -> None:
    alone = await a_registration(answers={"guest": "no"})
    late = await scanned(client, door, alone, DURING + timedelta(hours=6))
    assert (late["reason"], "asks" in late) == ("too_late", False), "who is sent away is asked nothing"
    together = await a_registration(email="b@example.org", answers={"guest": "yes", "diabetes": "yes"})
    online = await a_registration(email="c@example.org", mode="online")
    assert (await scanned(client, door, alone))["asks"] == 2, "the headset and the gift"
    assert (await scanned(client, door, together))["asks"] == 3, (
        "and who the guest is; not what would tell of something sensitive"
    )
    assert "asks" not in await scanned(client, door, online)
    await set_answers(alone.code, {"headset": "yes"}, by=by)
    assert (await scanned(client, door, alone))["asks"] == 1


async def test_without_javascript_it_is_asked_and_kept(client: httpx.AsyncClient, by: Actor, door: str) -> None:
    made = await a_registration(answers={"guest": "yes"})
    with time_machine.travel(DURING):
        admitted = await send(client, await client.get(door), door, code=f" {made.code.lower()} ")
        here = f"{door}/answers/{made.code}"
        assert f'href="{here}"' in admitted.text
        assert "Questions to ask: 3" in words(admitted)
        page = await client.get(here)
        assert page.headers["cache-control"] == "no-store"
        for hidden in ("Passport", "Note", "Guest"):
            assert hidden not in words(page)
        wrong = await client.post(here, data={"answers.gift": "coffee", "answers.who": "Bo Li"}, headers=ORIGIN)
        assert wrong.status_code == 422
        assert "Headset: This must be answered." in words(wrong)
        assert "Gift: Choose one of what is offered." in words(wrong)
        assert fields(wrong, here)["answers.who"] == "Bo Li"
        typed = {"answers.headset": "yes", "answers.gift": "tea", "answers.who": "Bo Li"}
        done = await client.post(here, data=typed, headers=ORIGIN)
        assert (done.status_code, done.headers["location"]) == (303, f"{door}?done=answers")
        assert "The answers are kept." in words(await client.get(done.headers["location"]))
        assert "Questions to ask" not in words(await send(client, await client.get(door), door, code=made.code))
    given = {"guest": ("yes",), "headset": ("yes",), "who": ("Bo Li",), "gift": ("tea",)}
    assert await kept(by, made) == given
    said, *_ = await list_for_subject(f"registration:{made.id}", organisation=by.organisation)
    assert said.actor.startswith("door:")
    assert (said.verb, said.facts["questions"]) == ("changed_answers", ["headset", "who", "gift"])


async def test_a_correction_changes_what_it_names_and_the_last_gift_is_given_once(
    client: httpx.AsyncClient, by: Actor, door: str
) -> None:
    first, second = await a_registration(), await a_registration(email="b@example.org")
    typed = {"answers.headset": "yes", "answers.gift": "tea"}
    for made, status in ((first, 303), (second, 422)):
        answer = await client.post(f"{door}/answers/{made.code}", data=typed, headers=ORIGIN)
        assert answer.status_code == status
    assert "taken up" in words(answer)
    await client.post(f"{door}/answers/{first.code}", data=typed | {"answers.headset": "no"}, headers=ORIGIN)
    assert await kept(by, first) == {"headset": ("no",), "gift": ("tea",)}
    assert await kept(by, second) == {}


async def test_nobody_is_asked_who_has_no_place_here(
    app: Litestar, client: httpx.AsyncClient, by: Actor, door: str
) -> None:
    cancelled = await a_registration()
    await cancel_own(cancelled.token)
    online = await a_registration(email="b@example.org", mode="online")
    await a_published_event(by, slug="other")
    elsewhere = await a_registration("other")
    stranger = await an_organisation("strangers", "Strangers")
    await a_published_event(stranger, slug="theirs")
    theirs = await a_registration("theirs")
    for made in (cancelled, online, elsewhere, theirs):
        for method in ("GET", "POST"):
            answer = await client.request(method, f"{door}/answers/{made.code}", headers=ORIGIN)
            assert answer.status_code == 404
            assert "Ana Reyes" not in words(answer)
    program = await a_program(app, by)
    opened = (await program.get("/api/v1/events/care-skills-count/doors")).json()["items"][0]
    here = await a_registration(email="e@example.org")
    await program.delete(f"/api/v1/doors/{opened['id']}")
    assert (await client.get(f"{door}/answers/{here.code}")).status_code == 410
