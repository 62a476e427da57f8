"""Requests answered on the list and on somebody's page, as an organiser does it in a browser without JavaScript."""

import httpx
from litestar import Litestar
from selectolax.lexbor import LexborHTMLParser

from events.accounts.rules import Role
from events.registration import queries
from events.registration.actions.cancelling import cancel_own
from events.registration.actions.deciding import answer_request
from events.registration.rules import Standing
from tests.conftest import browser as a_browser
from tests.make import a_published_event, a_registration
from tests.people import ORIGIN, fields, send, words
from tests.reports.olga import olga

EVENT = "/organise/events/care-skills-count"
LIST = f"{EVENT}/registrations"
DECISIONS = f"{EVENT}/decisions"


def boxes(page: httpx.Response) -> list[str]:
    """The codes that can be ticked."""
    return [str(box.attributes["value"]) for box in LexborHTMLParser(page.text).css("input[name=code][form=together]")]


async def standing(code: str) -> Standing:
    ticket = await queries.find_by_code(code)
    assert ticket is not None
    return ticket.standing


async def test_those_who_are_ticked_are_accepted_after_a_page_that_says_who_gets_which_mail(app: Litestar) -> None:
    organisation, browser = await olga(app)
    await a_published_event(organisation, approval=True, modes={"in_person": {"capacity": 2}})
    ana, bo, cleo = [
        await a_registration(email=f"{name}@example.org", name=name.title()) for name in ("ana", "bo", "cleo")
    ]
    await answer_request(ana.code, accept=False, by=organisation)  # cleo moves up
    page = await browser.get(LIST)
    assert boxes(page) == [ana.code, bo.code, cleo.code]
    chosen = {"act": "accept", "code": [ana.code, bo.code]}
    confirm = await browser.get(DECISIONS, params=chosen)
    assert "Approve 2 people?" in words(confirm)
    assert "1 person gets the mail “You have a place” with the ticket." in words(confirm)
    assert "1 person gets the mail “Accepted, and on the waiting list”" in words(confirm)
    assert await standing(bo.code) is Standing.PENDING, "looking changes nothing"
    await cancel_own(bo.token)
    answer = await send(browser, confirm, DECISIONS, reason="Welcome.")
    assert answer.headers["location"] == f"{LIST}?done=answered&left_out=1&confirmed=1"
    assert "1 approved. 1 left out" in words(await browser.get(answer.headers["location"]))
    assert [await standing(one.code) for one in (ana, bo, cleo)] == [
        Standing.CONFIRMED, Standing.CANCELLED, Standing.PENDING,
    ]  # fmt: skip


async def test_everybody_whom_the_filters_show_is_declined_on_all_pages_of_the_list(app: Litestar) -> None:
    organisation, browser = await olga(app)
    await a_published_event(organisation, approval=True)
    for number in range(103):
        await a_registration(email=f"p{number}@example.org", name=f"Person {number}", mode="online")
    room = await a_registration(email="room@example.org")
    page = await browser.get(f"{LIST}?mode=online")
    assert "All 103 on this list those on its other pages too" in words(page)
    asked = fields(page, DECISIONS) | {"all": "1", "act": "decline"}
    assert asked["mode"] == "online"
    confirm = await browser.get(DECISIONS, params=asked)
    assert "Decline 103 people?" in words(confirm)
    answer = await send(browser, confirm, DECISIONS)
    assert answer.headers["location"] == f"{LIST}?mode=online&done=answered&declined=103"
    assert await standing(room.code) is Standing.PENDING


async def test_a_reason_that_is_too_long_is_said_and_nothing_is_lost(app: Litestar) -> None:
    organisation, browser = await olga(app)
    await a_published_event(organisation, approval=True)
    ana = await a_registration()
    confirm = await browser.get(DECISIONS, params={"act": "decline", "code": ana.code, "standing": "pending"})
    refused = await send(browser, confirm, DECISIONS, reason="x" * 1001)
    assert refused.status_code == 422
    assert "Write at most 1000 characters." in words(refused)
    kept = fields(refused, DECISIONS)
    assert (kept["codes"], kept["act"], kept["standing"]) == (ana.code, "decline", "pending")
    assert kept["reason"] == "x" * 1001
    page = await browser.get(f"{LIST}/{ana.code}")
    single = await send(browser, page, f"{LIST}/{ana.code}/decline", reason_decline="y" * 1001)
    assert single.status_code == 422
    assert "y" * 1001 in single.text
    assert await standing(ana.code) is Standing.PENDING


async def test_nobody_chosen_is_said_and_an_unknown_act_is_not_there(app: Litestar) -> None:
    organisation, browser = await olga(app)
    await a_published_event(organisation, approval=True)
    await a_registration()
    nobody = await browser.get(DECISIONS, params={"act": "accept", "standing": "pending"})
    assert (nobody.status_code, "Nobody is chosen." in words(nobody)) == (422, True)
    assert f'href="{LIST}?standing=pending"' in nobody.text
    assert (await browser.get(DECISIONS, params={"act": "bribe", "all": "1"})).status_code == 404


async def test_who_was_declined_reads_why_on_their_page_and_can_be_approved_after_all(app: Litestar) -> None:
    organisation, browser = await olga(app)
    await a_published_event(organisation, approval=True)
    ana = await a_registration()
    page = await browser.get(f"{LIST}/{ana.code}")
    await send(browser, page, f"{LIST}/{ana.code}/decline", reason_decline="The room is <small>.")
    stranger = a_browser(app)
    assert "They write: The room is <small>." in words(await stranger.get(f"/t/{ana.token}"))
    declined = await browser.get(f"{LIST}/{ana.code}")
    assert "The room is <small>." in words(declined)
    answer = await send(browser, declined, f"{LIST}/{ana.code}/approve", reason_approve="We found a chair.")
    assert answer.headers["location"] == f"{LIST}/{ana.code}?done=approve"
    assert "The room is" not in words(await stranger.get(f"/t/{ana.token}"))


async def test_who_may_only_look_sees_no_boxes(app: Litestar) -> None:
    organisation, browser = await olga(app, Role.VIEWER)
    await a_published_event(organisation, approval=True)
    ana = await a_registration()
    page = await browser.get(LIST)
    assert boxes(page) == []
    assert "Approve" not in words(page)
    assert (await browser.get(DECISIONS, params={"act": "accept", "code": ana.code})).status_code == 403
    csrf = fields(await browser.get("/organise/account"), "/organise/account")["csrf"]
    posted = {"csrf": csrf, "act": "accept", "codes": ana.code}
    assert (await browser.post(DECISIONS, data=posted, headers=ORIGIN)).status_code == 403
    assert await standing(ana.code) is Standing.PENDING
