"""Who is registered, as an organiser sees and answers it."""

from datetime import timedelta

import httpx
from litestar import Litestar
from selectolax.lexbor import LexborHTMLParser

from events.infra import db
from events.kernel.clock import utc_now
from events.outbox.actions import claim, mark_failed, mark_sent
from events.outbox.queries import list_for_subject
from events.outbox.tables import Message
from events.registration import queries, steps
from events.registration.rules import KINDS, Standing
from tests.make import a_published_event, a_registration
from tests.people import ORIGIN, fields, send, words
from tests.reports.olga import olga

LIST = "/organise/events/care-skills-count/registrations"


def people(page: httpx.Response) -> list[str]:
    """The names in the table, in their order."""
    return [node.text(strip=True) for node in LexborHTMLParser(page.text).css("tbody th")]


def link(page: httpx.Response, words: str) -> str:
    """Where the filter or link of these words leads."""
    return next(
        str(node.attributes["href"])
        for node in LexborHTMLParser(page.text).css("main a")
        if node.text(strip=True).startswith(words)
    )


async def test_the_list_says_who_and_how_and_narrows_by_links_that_can_be_shared(app: Litestar) -> None:
    organisation, browser = await olga(app)
    await a_published_event(organisation, modes={"in_person": {"capacity": 1}, "online": {"capacity": None}})
    ana = await a_registration(email="ana@example.org", name="Ana Reyes")
    await a_registration(email="bo@example.org", name="Bo Chen")
    await a_registration(email="elodie@example.org", name="Élodie Dubois", mode="online")
    page = await browser.get(LIST)
    assert people(page) == ["Ana Reyes", "Bo Chen", "Élodie Dubois"]
    assert "elodie@example.org Online Confirmed" in words(page)
    waiting = link(page, "On the waiting list (1)")
    assert people(await browser.get(waiting)) == ["Bo Chen"]
    confirmed = link(page, "Confirmed (2)")
    online = link(await browser.get(confirmed), "Online")
    assert online == f"{LIST}?standing=confirmed&mode=online"
    assert people(await browser.get(online)) == ["Élodie Dubois"]
    assert people(await browser.get(f"{LIST}?q=ELODIE")) == ["Élodie Dubois"]
    assert people(await browser.get(f"{LIST}?q=bo@")) == ["Bo Chen"]
    await db.write(steps.check_in)(ana.id, utc_now())
    assert people(await browser.get(link(page, "Yes"))) == ["Ana Reyes"]
    assert "Nobody here is like that." in words(await browser.get(f"{LIST}?q=nobody"))
    assert (await browser.get(f"{LIST}?standing=sitting")).status_code == 422
    assert (await browser.get(f"{LIST}?cursor=x")).status_code == 422


async def test_a_long_list_comes_in_pages(app: Litestar) -> None:
    organisation, browser = await olga(app)
    await a_published_event(organisation, modes={"online": {"capacity": None}})
    for number in range(103):
        await a_registration(email=f"person{number}@example.org", name=f"Person {number}", mode="online")
    first = await browser.get(f"{LIST}?mode=online")
    following = link(first, "More")
    second = await browser.get(following)
    assert people(first) + people(second) == [f"Person {number}" for number in range(103)]
    assert link(second, "Back") == f"{LIST}?mode=online"
    assert "More" not in words(second).split()


async def test_who_waits_for_approval_is_approved_or_declined_and_told(app: Litestar) -> None:
    organisation, browser = await olga(app)
    await a_published_event(organisation, approval=True)
    ana = await a_registration(email="ana@example.org", name="Ana Reyes")
    bo = await a_registration(email="bo@example.org", name="Bo Chen")
    page = await browser.get(f"{LIST}/{ana.code}")
    assert "Awaiting approval" in words(page)
    answer = await send(browser, page, f"{LIST}/{ana.code}/approve")
    assert answer.headers["location"] == f"{LIST}/{ana.code}?done=approve"
    shown = words(await browser.get(answer.headers["location"]))
    assert "Approved. A mail with the ticket is on its way." in shown
    assert "Confirmation with the ticket On its way" in shown
    await send(browser, await browser.get(f"{LIST}/{bo.code}"), f"{LIST}/{bo.code}/decline")
    assert [(await queries.get_by_id(one.id)).standing for one in (ana, bo)] == [Standing.CONFIRMED, Standing.DECLINED]
    late = await send(browser, page, f"{LIST}/{ana.code}/decline")
    assert late.status_code == 409
    assert "This registration does not wait for approval." in words(late)


async def test_one_is_cancelled_and_the_next_moves_up(app: Litestar) -> None:
    organisation, browser = await olga(app)
    await a_published_event(organisation, modes={"in_person": {"capacity": 1}})
    ana = await a_registration(email="ana@example.org")
    bo = await a_registration(email="bo@example.org")
    page = await browser.get(f"{LIST}/{ana.code}")
    answer = await send(browser, page, f"{LIST}/{ana.code}/cancel")
    shown = await browser.get(answer.headers["location"])
    assert "Cancelled. A mail says so" in words(shown)
    assert f"{LIST}/{ana.code}/cancel" not in shown.text
    assert [(await queries.get_by_id(one.id)).standing for one in (ana, bo)] == [Standing.CANCELLED, Standing.CONFIRMED]
    csrf = fields(page, f"{LIST}/{ana.code}/cancel")["csrf"]
    unknown = await browser.post(f"{LIST}/{bo.code}/promote", data={"csrf": csrf}, headers=ORIGIN)
    assert unknown.status_code == 404


async def test_did_my_mail_go_and_send_it_again(app: Litestar) -> None:
    organisation, browser = await olga(app)
    await a_published_event(organisation)
    ana = await a_registration(email="ana@example.org")
    bo = await a_registration(email="bo@example.org")
    here = f"{LIST}/{ana.code}"
    assert "Confirmation with the ticket On its way" in words(await browser.get(here))
    first, second = await claim(2, timedelta(minutes=1))
    await mark_failed(first, "550 no such mailbox")
    page = await browser.get(here)
    assert "Failed given up after 1 tries: 550 no such mailbox" in words(page)
    answer = await send(browser, page, f"{here}/messages/{first.queued.id}/again")
    assert answer.headers["location"] == f"{here}?done=sent"
    (again,) = await list_for_subject(ana.id, kinds=KINDS)
    assert again.state == "waiting"
    (claimed,) = await claim(2, timedelta(minutes=1))
    await mark_sent(claimed)
    await mark_sent(second)
    assert "Sent" in words(await browser.get(here))
    csrf = fields(page, f"{here}/messages/{first.queued.id}/again")["csrf"]
    theirs = f"{here}/messages/{second.queued.id}/again"
    assert (await browser.post(theirs, data={"csrf": csrf}, headers=ORIGIN)).status_code == 404
    assert await Message.count() == 2
    assert bo.id == second.queued.subject_id


async def test_a_registration_is_shown_at_its_own_event_alone(app: Litestar) -> None:
    organisation, browser = await olga(app)
    await a_published_event(organisation)
    await a_published_event(organisation, slug="another")
    ana = await a_registration(email="ana@example.org", answers={"Diet": "None"})
    assert "Diet None" in words(await browser.get(f"{LIST}/{ana.code.lower()}"))
    assert (await browser.get(f"/organise/events/another/registrations/{ana.code}")).status_code == 404
    assert (await browser.get(f"{LIST}/AAAA")).status_code == 404


async def test_who_assists_is_told_apart_from_who_takes_a_place(app: Litestar) -> None:
    organisation, browser = await olga(app)
    await a_published_event(organisation, ask_access=True)
    await a_registration(assistants=[{"name": "Ben Marten", "role": "carer"}])
    page = await browser.get("/organise/events/care-skills-count")
    assert "In person 1 Confirmed" in words(page)
    assert "1 more comes to assist, and takes nobody’s place." in words(page)
