from datetime import UTC, datetime, timedelta

import httpx
import pytest
import time_machine
from litestar import Litestar
from selectolax.lexbor import LexborHTMLParser

from events.accounts.rules import Actor, Role
from events.checkin.actions import close_door, open_door, token_of
from events.checkin.forms import DoorForm
from events.checkin.rules import DoorFacts
from events.checkin.tables import Door, Scan
from events.registration.actions.cancelling import cancel_own
from events.registration.actions.moving import change_event
from events.registration.admission.actions import set_admission
from events.registration.admission.rules import Admission
from tests.checkin.doors import DURING
from tests.conftest import browser
from tests.make import SECRET, a_program, a_published_event, a_registration, an_organisation
from tests.people import ORIGIN, a_member, fields, node, send, sign_in, words

HERE = "/organise/events/care-skills-count/doors"


async def a_door(by: Actor, opens_at: datetime | None = None) -> tuple[DoorFacts, str]:
    """A door and the path of its address."""
    form = DoorForm("Main entrance", opens_at=opens_at)
    door = await open_door("care-skills-count", form, by=by, secret=SECRET)
    return door, f"/door/{token_of(SECRET, door.id)}"


@pytest.fixture
async def by(app: Litestar) -> Actor:  # noqa: ARG001 - its database
    by = await an_organisation()
    await a_published_event(by)
    return by


async def test_a_volunteer_needs_nothing_but_the_address(client: httpx.AsyncClient, by: Actor) -> None:
    await a_registration()
    _, address = await a_door(by)
    shown = await client.get(address)
    assert shown.status_code == 200
    assert "Care skills count" in words(shown)
    assert "0 admitted of 1" in words(shown)
    assert 'name="robots" content="noindex"' in shown.text
    assert shown.headers["cache-control"] == "no-store"
    assert shown.headers["referrer-policy"] == "no-referrer"
    assert "camera=(self)" in shown.headers["permissions-policy"]
    assert "set-cookie" not in shown.headers


async def test_what_people_need_besides_their_ticket_is_said_at_the_door(client: httpx.AsyncClient, by: Actor) -> None:
    await change_event("care-skills-count", {"admission": {"en": "A UN grounds pass."}}, by=by)
    _, address = await a_door(by)
    assert "To get in A UN grounds pass." in words(await client.get(address))


async def test_without_javascript_the_answer_is_the_page(client: httpx.AsyncClient, by: Actor) -> None:
    registered = await a_registration()
    _, address = await a_door(by)
    with time_machine.travel(DURING):
        admitted = await send(client, await client.get(address), address, code=registered.code)
        again = await send(client, await client.get(address), address, code=registered.code)
    assert admitted.status_code == 200
    assert "Admitted Ana Reyes Next" in words(admitted)
    assert "1 admitted of 1" in words(admitted)
    assert "Already admitted Ana Reyes First at \u206813:20\u2069, \u2068Main entrance\u2069." in words(again)
    assert LexborHTMLParser(again.text).css_first("#answer.waiting")


async def test_loading_the_answer_again_is_no_second_scan(client: httpx.AsyncClient, by: Actor) -> None:
    registered = await a_registration()
    _, address = await a_door(by)
    page = await client.get(address)
    with time_machine.travel(DURING):
        answers = [await send(client, page, address, code=registered.code) for _ in range(2)]
        other = await send(client, page, address, code="X")
    assert all("Admitted Ana Reyes Next" in words(answer) for answer in answers)
    assert "Unknown ticket" in words(other), "going back and typing another code is a scan of its own"
    assert await Scan.count() == 2


async def test_each_answer_has_its_word_and_its_colour(client: httpx.AsyncClient, by: Actor) -> None:
    await a_published_event(by, slug="part", title={"en": "Opening session", "fr": "Ouverture"})
    cancelled = await a_registration()
    await cancel_own(cancelled.token)
    online = await a_registration(email="b@example.org", mode="online")
    other = await a_registration("part")
    early = await a_registration(email="e@example.org")
    _, address = await a_door(by)
    french = {"Accept-Language": "fr"}
    with time_machine.travel(DURING):
        for code, word, french_word in (
            (cancelled.code, "Cancelled Ana Reyes", "Annulé Ana Reyes"),
            (online.code, "Not for this door Ana Reyes", "Pas pour cette entrée Ana Reyes"),
            (other.code, "Another event Ana Reyes", "Autre événement Ana Reyes"),
            ("nonsense", "Unknown ticket", "Billet inconnu"),
        ):
            answer = await client.post(address, data={"code": code}, headers=ORIGIN)
            assert word in words(answer)
            assert LexborHTMLParser(answer.text).css_first("#answer.refused")
            assert french_word in words(await client.post(address, data={"code": code}, headers=ORIGIN | french))
        title = await client.post(address, data={"code": other.code}, headers=ORIGIN | french)
        assert "Ouverture" in words(title)
    _, address = await a_door(by, datetime(2027, 2, 4, 5, 0, tzinfo=UTC))
    answer = await client.post(address, data={"code": early.code}, headers=ORIGIN)
    assert "Too early Ana Reyes It admits from Thu 4 Feb, 00:00." in words(answer)


async def test_how_they_stand_with_the_house_is_said_in_words_and_colour(
    app: Litestar, client: httpx.AsyncClient, by: Actor
) -> None:
    await change_event("care-skills-count", {"admission_step": {}}, by=by)
    made = await a_registration()
    door, address = await a_door(by)
    program = await a_program(app, by)
    seen = {}
    for state in Admission:
        await set_admission(made.code, state, by=by)
        scanned = await program.post(f"/api/v1/doors/{door.id}/scans", json={"code": made.code})
        assert scanned.json()["admission"] == state
        with time_machine.travel(DURING):
            answer = await client.post(address, data={"code": made.code}, headers=ORIGIN)
            french = await client.post(address, data={"code": made.code}, headers=ORIGIN | {"Accept-Language": "fr"})
        shown = node(answer, "#answer .answer-pass")
        assert "badge" in node(french, "#answer .answer-pass").text().casefold()
        word = node(answer, "#answer .answer-pass strong")
        seen[state.value] = (shown.attributes["class"], " ".join(word.text().split()))
    assert seen == {
        "not_applied": ("answer-pass waiting", "Has no pass"),
        "applied": ("answer-pass waiting", "Has applied for a pass"),
        "approved": ("answer-pass confirmed", "Pass approved"),
        "annual_pass": ("answer-pass confirmed", "Has an annual pass"),
        "not_needed": ("answer-pass confirmed", "Needs no pass"),
        "refused": ("answer-pass refused", "The host refused the pass"),
    }


@pytest.mark.parametrize("code", ["", "A\u0000B", "A\u0007"])
async def test_what_cannot_be_a_code_is_not_recorded(client: httpx.AsyncClient, by: Actor, code: str) -> None:
    _, address = await a_door(by)
    answer = await client.post(address, data={"code": code}, headers=ORIGIN)
    assert answer.status_code == 422
    assert "That did not work Nothing was recorded." in words(answer)
    assert await Scan.count() == 0


async def test_a_phone_sends_json_to_the_same_address(client: httpx.AsyncClient, by: Actor) -> None:
    registered = await a_registration()
    await a_published_event(by, slug="part", title={"en": "Opening session", "fr": "Ouverture"})
    other = await a_registration("part")
    _, address = await a_door(by)
    with time_machine.travel(DURING):
        sent = {"code": registered.code, "nonce": "n"}
        answers = [await client.post(address, json=sent, headers=ORIGIN) for _ in range(2)]
        wrong = await client.post(address, json={"code": other.code}, headers=ORIGIN | {"Accept-Language": "fr"})
    assert [answer.json() for answer in answers] == [
        {"result": "admitted", "name": "Ana Reyes", "mode": "in_person"}
    ] * 2
    assert (wrong.json()["reason"], wrong.json()["other_event"]) == ("other_event", "Ouverture")
    refused = await client.post(address, json={"code": ""}, headers=ORIGIN | {"Accept": "application/json"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "code")


async def test_another_sites_page_cannot_scan(client: httpx.AsyncClient, by: Actor) -> None:
    _, address = await a_door(by)
    headers = {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
    assert (await client.post(address, data={"code": "A"}, headers=headers)).status_code == 403
    assert (await client.post(address, json={"code": "A"}, headers=headers)).status_code == 403
    assert await Scan.count() == 0


async def test_a_closed_door_and_a_door_after_the_event_are_gone(client: httpx.AsyncClient, by: Actor) -> None:
    door, address = await a_door(by)
    end = datetime(2027, 2, 5, 19, 30, tzinfo=UTC)
    with time_machine.travel(end + timedelta(hours=23)):
        assert (await client.get(address)).status_code == 200
    with time_machine.travel(end + timedelta(hours=25)):
        assert (await client.get(address)).status_code == 410
    await close_door(door.id, by=by)
    assert (await client.get(address)).status_code == 410
    assert (await client.post(address, data={"code": "A"}, headers=ORIGIN)).status_code == 410
    assert await Scan.count() == 0


async def test_who_tries_addresses_is_slowed_down(app: Litestar, client: httpx.AsyncClient, by: Actor) -> None:
    _, address = await a_door(by)
    tries = [(await client.get(f"/door/{number}")).status_code for number in range(31)]
    assert tries == [404] * 30 + [429]
    assert (await client.get(address)).status_code == 200, "who knows the address is let in"
    assert (await browser(app, address="198.51.100.1").get("/door/x")).status_code == 404


async def test_an_organiser_opens_a_door_and_shows_its_code(app: Litestar, by: Actor) -> None:
    await a_member(by)
    organiser = await sign_in(app)
    opened = await send(organiser, await organiser.get(HERE), HERE, name="Main entrance", reentry="true")
    assert opened.status_code == 303
    [door] = await Door.select()
    assert opened.headers["location"] == f"{HERE}?done=opened#door-{door['id']}"

    shown = await organiser.get(HERE)
    address = f"/door/{token_of(SECRET, door['id'])}"
    assert f'value="http://testserver{address}"' in shown.text
    assert "<svg" in shown.text
    assert "Who goes out may come in again." in words(shown)
    registered = await a_registration()
    with time_machine.travel(DURING):
        for code in (registered.code, "NO TICKET"):
            assert (await organiser.post(address, data={"code": code}, headers=ORIGIN)).status_code == 200
    shown = await organiser.get(HERE)
    assert "Ana Reyes Admitted Fri 5 Feb, 13:20 Main entrance" in words(shown)
    assert "NO TICKET Unknown ticket Fri 5 Feb, 13:20 Main entrance" in words(shown)

    closing = f"{HERE}/{door['id']}/close"
    assert (await send(organiser, shown, closing)).status_code == 303
    assert (await organiser.get(address)).status_code == 410
    assert "Closed" in words(await organiser.get(HERE))


async def test_a_door_without_a_name_is_asked_for_one(app: Litestar, by: Actor) -> None:
    await a_member(by)
    organiser = await sign_in(app)
    answer = await send(organiser, await organiser.get(HERE), HERE, name=" ")
    assert answer.status_code == 422
    assert "One thing must be corrected" in words(answer)
    assert await Door.count() == 0


async def test_who_may_only_look_opens_no_door(app: Litestar, by: Actor) -> None:
    await a_member(by, "owner@example.org")
    await a_member(by, role=Role.VIEWER)
    owner, viewer = await sign_in(app, "owner@example.org"), await sign_in(app)
    form = await owner.get(HERE)
    assert 'name="name"' in form.text
    shown = await viewer.get(HERE)
    assert shown.status_code == 200
    assert 'name="name"' not in shown.text
    data = fields(shown, "/organise/sign-out") | {"name": "A"}
    refused = await viewer.post(HERE, data=data, headers=ORIGIN)
    assert refused.status_code == 403


async def test_another_organisations_doors_are_not_there(app: Litestar, client: httpx.AsyncClient, by: Actor) -> None:
    door, _ = await a_door(by)
    stranger = await an_organisation("others", "Others")
    await a_member(stranger)
    organiser = await sign_in(app)
    data = fields(await organiser.get("/organise/account"), "/organise/sign-out") | {"name": "A"}
    assert (await organiser.get(HERE)).status_code == 404
    assert (await organiser.post(HERE, data=data, headers=ORIGIN)).status_code == 404
    assert (await organiser.post(f"{HERE}/{door.id}/close", data=data, headers=ORIGIN)).status_code == 404
    assert (await client.get(HERE)).status_code == 303, "strangers sign in first"
    [row] = await Door.select(Door.closed_at)
    assert row == {"closed_at": None}
