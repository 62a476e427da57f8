"""Moving, postponing, going online and cancelling in the workspace: seen before it is done, and taken back."""

from datetime import timedelta

import pytest
import time_machine
from litestar import Litestar

from events.accounts.rules import Role
from events.kernel.clock import utc_now
from events.kernel.ids import grouped
from events.outbox.tables import Message
from events.programme import queries
from events.programme.actions import create_event
from events.programme.forms import read_event
from events.programme.rules import EventFacts, Mode, Status
from events.registration.actions.moving import change_event, postpone_event
from events.registration.actions.telling import tell_what_is_due
from events.registration.rules import NEWS
from events.registration.rules.changes import UNDO_FOR
from tests.make import a_published_event, a_registration, an_event, an_organisation
from tests.people import a_member, fields, node, send, sign_in, words
from tests.reports.olga import HERE, olga


async def the_event() -> EventFacts:
    return await queries.get_event("care-skills-count")


async def sent() -> int:
    return int(await Message.count().where(Message.kind.is_in(list(NEWS))))


async def test_a_move_is_seen_done_and_taken_back(app: Litestar) -> None:
    organisation, browser = await olga(app)
    event = await a_published_event(organisation)
    made = await a_registration(name="Ana Reyes")
    await a_registration(name="Jeanne Doe", email="jeanne@example.org", language="fr")
    await a_registration(email="online@example.org", mode="online")
    page = await browser.get(f"{HERE}/move")
    assert fields(page, f"{HERE}/move")["starts.wall"] == "2027-02-05T13:15"
    typed = {
        "starts.wall": "2027-03-05T10:00",
        "ends.wall": "2027-03-05T11:15",
        "venue.room": "CR-4",
        "reason.fr": "La salle est prise.",
    }
    shown = await send(browser, page, f"{HERE}/move", **typed)
    said = words(shown)
    assert (await the_event()).span == event.span
    assert "Nothing has changed yet and nothing was sent." in said
    assert "When Friday 5 February 2027, 13:15–14:30 (New York, UTC−5) Friday 5 March 2027, 10:00–11:15" in said
    assert "Where CR-12, UN Headquarters, New York, NY 10017 CR-4, UN Headquarters, New York, NY 10017" in said
    assert "3 people are told" in said
    assert "Confirmed In person English 1 Confirmed In person French 1 Confirmed Online English 1" in said
    assert "Changed: Care skills count, Friday 5 March 2027" in said
    assert "The organisers say: La salle est prise." in said  # in English there is none, so it is given in French
    assert "Modifié : Les compétences du soin comptent, vendredi 5 mars 2027" in said.replace("\xa0", " ")
    # The private link is its reader's alone.
    assert made.token not in shown.text
    assert grouped(made.code) not in shown.text

    answer = await send(browser, shown, f"{HERE}/move", confirmed="true")
    assert answer.headers["location"] == f"{HERE}?done=move"
    moved = await the_event()
    assert (moved.span.starts.wall.day, moved.venue and moved.venue.room, moved.sequence) == (5, "CR-4", 1)
    overview = await browser.get(answer.headers["location"])
    assert "3 people will be told in a mail" in words(overview)
    assert "In 10 minutes." in words(overview)
    public = words(await browser.get("/en/events/care-skills-count"))
    assert "This event was moved La salle est prise. It was: Friday 5 February 2027, 13:15–14:30" in public

    undone = await send(browser, overview, f"{HERE}/undo")
    assert "Taken back. It is as it was, and nothing was sent." in words(await browser.get(undone.headers["location"]))
    back = await the_event()
    assert (back.span, back.venue, back.sequence) == (event.span, event.venue, 2)
    assert "This event was moved" not in words(await browser.get("/en/events/care-skills-count"))
    with time_machine.travel(utc_now() + UNDO_FOR + timedelta(minutes=1)):
        await tell_what_is_due()
    assert await sent() == 0


async def test_a_date_in_a_week_in_which_zones_are_not_as_usual_is_pointed_out(app: Litestar) -> None:
    organisation, browser = await olga(app)
    await a_published_event(organisation, also_show=["Europe/Paris"])
    await a_registration()
    page = await browser.get(f"{HERE}/move")
    times = {"starts.wall": "2027-03-16T10:00", "ends.wall": "2027-03-16T11:15"}
    shown = words(await send(browser, page, f"{HERE}/move", **times))
    told = "From New York to Paris it is 5 hours that day, not 6 hours as usual."
    assert shown.count(told) == 2, "beside what changes, and in the mail"


async def test_going_online_shows_who_comes_along(app: Litestar) -> None:
    organisation, browser = await olga(app)
    await a_published_event(organisation, modes={"in_person": {"capacity": 2}})
    for name in ("ana", "bo", "cy"):
        await a_registration(email=f"{name}@example.org")
    page = await browser.get(f"{HERE}/online")
    refused = await send(browser, page, f"{HERE}/online", **{"modes.online.capacity": "1"})
    assert refused.status_code == 409
    assert "2 people would need a place online, and there are 1." in words(refused)
    refused = await send(browser, page, f"{HERE}/online", **{"modes.online.capacity": "many", "joining_link": "x"})
    assert refused.status_code == 422
    shown = await send(browser, page, f"{HERE}/online", joining_link="https://meet.example.org/room")
    assert "How to attend In person Online" in words(shown)
    assert "Confirmed Online English 3" in words(shown)
    assert "Online now: Care skills count" in words(shown)
    await send(browser, shown, f"{HERE}/online", confirmed="true")
    event = await the_event()
    assert (event.modes, event.joining_link) == ((Mode.ONLINE,), "https://meet.example.org/room")
    told = await send(browser, await browser.get(HERE), f"{HERE}/tell-now")
    assert told.headers["location"] == f"{HERE}?done=told"
    assert await sent() == 3
    assert f"{HERE}/undo" not in (await browser.get(HERE)).text


async def test_postponed_it_waits_for_its_date(app: Litestar) -> None:
    organisation, browser = await olga(app)
    await a_published_event(organisation)
    shown = await send(browser, await browser.get(f"{HERE}/postpone"), f"{HERE}/postpone", **{"reason.en": "A strike."})
    assert "Status Published Postponed" in words(shown)
    assert "Nobody has to be told" in words(shown)
    await send(browser, shown, f"{HERE}/postpone", confirmed="true")
    assert (await the_event()).status is Status.POSTPONED
    public = words(await browser.get("/en/events/care-skills-count"))
    assert "This event is postponed A strike. The new date will stand here." in public
    assert "This event is postponed already." in words(await browser.get(f"{HERE}/postpone"))
    page = await browser.get(f"{HERE}/move")
    shown = await send(
        browser, page, f"{HERE}/move", **{"starts.wall": "2027-05-05T10:00", "ends.wall": "2027-05-05T11:00"}
    )
    await send(browser, shown, f"{HERE}/move", confirmed="true")
    assert (await the_event()).status is Status.PUBLISHED


async def test_cancelling_says_whom_it_tells_and_why(app: Litestar) -> None:
    organisation, browser = await olga(app)
    await a_published_event(organisation, modes={"in_person": {"capacity": 1}})
    for name in ("ana", "bo"):
        await a_registration(email=f"{name}@example.org")
    page = await browser.get(f"{HERE}/cancel")
    reasons = {"reason.en": "The room is flooded.", "reason.fr": "La salle est inondée.", "reason.de": "Nein"}
    refused = await send(browser, page, f"{HERE}/cancel", **reasons | {"reason.fr": "x" * 20_001})
    assert refused.status_code == 422
    assert "20000" in node(refused, '[id="problem-reason.fr"]').text()
    assert fields(refused, f"{HERE}/cancel")["reason.en"] == "The room is flooded."
    shown = await send(browser, refused, f"{HERE}/cancel", **reasons)
    assert "2 people are told" in words(shown)
    answer = await send(browser, shown, f"{HERE}/cancel", confirmed="true")
    assert answer.headers["location"] == f"{HERE}?done=cancel"
    event = await the_event()
    assert event.status is Status.CANCELLED
    assert event.cancelled_reason == {"en": "The room is flooded.", "fr": "La salle est inondée."}
    again = await send(browser, shown, f"{HERE}/cancel", confirmed="true")
    assert again.status_code == 412
    for act in ("move", "postpone", "online", "cancel"):
        impossible = await browser.get(f"{HERE}/{act}")
        assert "This event was cancelled. Copy it to hold it after all." in words(impossible)
        assert f'action="{HERE}/{act}"' not in impossible.text
    assert f"{HERE}/cancel" not in (await browser.get(HERE)).text


async def test_a_slip_of_the_pen_is_told_to_nobody(app: Litestar) -> None:
    organisation, browser = await olga(app)
    await a_published_event(organisation)
    await a_registration()
    shown = await send(browser, await browser.get(f"{HERE}/move"), f"{HERE}/move", **{"venue.room": "CR-13"})
    form = fields(shown, f"{HERE}/move")
    assert form.pop("notify") == "true"
    await browser.post(f"{HERE}/move", data=form | {"confirmed": "true"}, headers={"Origin": "http://testserver"})
    event = await the_event()
    assert (event.venue and event.venue.room, event.moved_from) == ("CR-13", None)
    overview = await browser.get(HERE)
    assert f"{HERE}/undo" not in overview.text
    assert "told in a mail" not in words(overview)


async def test_a_time_that_clocks_skip_is_said_beside_its_field(app: Litestar) -> None:
    organisation, browser = await olga(app)
    await a_published_event(organisation)
    typed = {"starts.wall": "2027-03-14T02:30", "ends.wall": "2027-03-14T04:30"}
    refused = await send(browser, await browser.get(f"{HERE}/move"), f"{HERE}/move", **typed)
    assert refused.status_code == 422
    assert "This time does not exist in America/New_York" in node(refused, '[id="problem-starts.wall"]').text()
    assert "Take 2027-03-14 03:30 and save" in words(refused)
    taken = await send(browser, refused, f"{HERE}/move", take="starts.wall=2027-03-14T03:30")
    assert "Sunday 14 March 2027, 03:30–04:30" in words(taken)


async def test_who_comes_second_sees_it(app: Litestar) -> None:
    organisation, browser = await olga(app)
    await a_published_event(organisation)
    await a_registration()
    page = await browser.get(f"{HERE}/move")
    await change_event("care-skills-count", {"venue": {"room": "CR-1"}}, by=organisation)
    overview = await browser.get(HERE)
    outdated = await send(browser, page, f"{HERE}/move", **{"venue.room": "CR-9"})
    assert outdated.status_code == 412
    assert fields(outdated, f"{HERE}/move")["venue.room"] == "CR-9"
    await postpone_event("care-skills-count", by=organisation)
    late = await send(browser, overview, f"{HERE}/undo")
    assert late.headers["location"] == f"{HERE}?done=outdated"
    assert "Somebody changed it since you opened this page." in words(await browser.get(late.headers["location"]))


async def test_a_day_before_the_mails_do_not_wait(app: Litestar) -> None:
    organisation, browser = await olga(app)
    soon = utc_now().replace(microsecond=0, second=0) + timedelta(hours=20)
    times = {"starts": soon, "ends": soon + timedelta(hours=1)}
    walls = {name: {"wall": f"{at:%Y-%m-%dT%H:%M}", "zone": "UTC"} for name, at in times.items()}
    await a_published_event(organisation, **walls)
    await a_registration()
    shown = await send(browser, await browser.get(f"{HERE}/cancel"), f"{HERE}/cancel")
    assert "The mails leave at once It is about to begin" in words(shown)
    await send(browser, shown, f"{HERE}/cancel", confirmed="true")
    assert await sent() == 1


async def test_sessions_stay_and_it_is_said(app: Litestar) -> None:
    organisation, browser = await olga(app)
    await a_published_event(organisation, kind="conference")
    await a_published_event(organisation, slug="part", part_of="care-skills-count", kind="session")
    typed = {"starts.wall": "2027-02-04T13:15"}
    shown = await send(browser, await browser.get(f"{HERE}/move"), f"{HERE}/move", **typed)
    assert "1 session or side event keeps its own time." in words(shown)


async def test_nobody_moves_a_draft(app: Litestar) -> None:
    organisation, browser = await olga(app)
    await create_event(read_event(an_event()), by=organisation, domain="testserver")
    assert "Nobody has seen this draft yet. Edit it." in words(await browser.get(f"{HERE}/move"))
    page = await browser.get(HERE)
    assert f"{HERE}/move" not in page.text


@pytest.mark.parametrize("act", ["move", "postpone", "online", "cancel", "undo", "tell-now"])
async def test_a_viewer_may_not(app: Litestar, act: str) -> None:
    organisation = await an_organisation()
    await a_published_event(organisation)
    await a_member(organisation, "vera@example.org", role=Role.VIEWER)
    browser = await sign_in(app, "vera@example.org")
    csrf = fields(await browser.get("/organise/"), "/organise/sign-out")["csrf"]
    answer = await browser.post(f"{HERE}/{act}", data={"csrf": csrf}, headers={"Origin": "http://testserver"})
    assert answer.status_code == 403
