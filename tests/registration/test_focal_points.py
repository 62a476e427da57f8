"""Who of an organisation decides about its own people: those alone, and never more than may come."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import httpx
import pytest
import time_machine
from litestar import Litestar

from events.accounts.rules import Actor
from events.kernel.clock import utc_now
from events.outbox.rules import Queued
from events.outbox.tables import Message
from events.registration import queries
from events.registration.actions.cancelling import cancel_own
from events.registration.actions.deciding import answer_request
from events.registration.actions.registering import Registered
from events.registration.focal_points.actions import (
    answer_own,
    end_focal_point,
    name_focal_point,
    renew_link,
    tell_focal_points,
)
from events.registration.focal_points.forms import read_focal_point
from events.registration.focal_points.mails import renderers
from events.registration.focal_points.queries import get_deciding
from events.registration.focal_points.rules import FocalPointGone, FocalPointNotFound, NotTheirs, focal_point_token
from events.registration.focal_points.tables import FocalPoint as FocalPointRow
from events.registration.retention.actions import erase_due
from events.registration.rules import RegistrationOver, Standing
from events.registration.rules.people import TooManyOfOne
from events.settings import Settings
from tests.make import SECRET, a_member_of, a_published_event, a_registration, an_organisation
from tests.people import ORIGIN, a_member, fields, send, sign_in, words

HERE = "/organise/events/care-skills-count/focal-points"
UNICEF = {"affiliation": "unicef", "name": "Fay Moss", "email": "fay@unicef.example", "language": "en"}


def asks(**changes: Any) -> dict[str, Any]:
    return {"approval": True, "ask_affiliation": "optional"} | changes


async def a_focal_point(by: Actor, **changes: str) -> str:
    """The token of their page."""
    named = await name_focal_point("care-skills-count", read_focal_point(UNICEF | changes), secret=SECRET, by=by)
    return await token_of(named)


async def token_of(focal_point: int) -> str:
    [row] = await FocalPointRow.select().where(FocalPointRow.id == focal_point)
    return focal_point_token(SECRET, row["code"], row["token_counter"])


async def standing_of(made: Registered) -> Standing:
    return (await queries.get_by_token(made.token)).standing


class TestDeciding:
    async def test_they_see_their_own_people_alone(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by, **asks())
        ours = await a_member_of("UNICEF", 1, name="Ana Reyes", kind="un_entity")
        theirs = await a_member_of("WHO", 2, name="Bo Li")
        nobodys = await a_registration(email="c@example.org", name="Cy Day")
        address = f"/focal-points/{await a_focal_point(by)}"
        page = await client.get(address)
        assert page.headers["cache-control"] == "private, no-store"
        assert page.headers["referrer-policy"] == "no-referrer"
        assert "Who may come for UNICEF" in words(page)
        assert "Ana Reyes" in words(page)
        assert "Bo Li" not in words(page)
        for other in (theirs, nobodys):
            for answer in ("accept", "decline"):
                gone = await client.post(f"{address}/people/{other.id}/{answer}", headers=ORIGIN)
                assert gone.status_code == 404
            assert await standing_of(other) is Standing.PENDING
        assert (await client.post(f"{address}/people/{ours.id}/erase", headers=ORIGIN)).status_code == 404
        done = await send(client, page, f"{address}/people/{ours.id}/accept")
        assert "Accepted. A mail says so." in words(await client.get(done.headers["location"]))
        assert await standing_of(ours) is Standing.CONFIRMED
        assert (await client.post(f"{address}/people/{ours.id}/decline", headers=ORIGIN)).status_code == 404
        assert await standing_of(ours) is Standing.CONFIRMED

    async def test_who_is_declined_is_told_and_the_place_goes_on(self, by: Actor) -> None:
        await a_published_event(by, **asks(modes={"in_person": {"capacity": 1}}))
        ours, next_one = await a_member_of("UNICEF", 1), await a_registration()
        await answer_own(await a_focal_point(by), ours.id, accept=False, reason="Ana comes instead.")
        assert await standing_of(ours) is Standing.DECLINED
        assert await standing_of(next_one) is Standing.PENDING
        [letter] = await Message.select().where(Message.kind == "registration.declined")
        assert "Ana comes instead." in letter["facts"]

    async def test_never_more_than_may_come(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by, **asks(approval=False, affiliation_limit={"most": 1, "beyond": "approval"}))
        first, second = await a_member_of("UNICEF", 1), await a_member_of("UNICEF", 2)
        token = await a_focal_point(by)
        page = await client.get(f"/focal-points/{token}")
        assert "At most 1 may come. 1 has been accepted so far." in words(page)
        assert "As many have been accepted as may come" in words(page)
        refused = await send(client, page, f"/focal-points/{token}/people/{second.id}/accept")
        assert refused.status_code == 409
        assert "As many people as may come from “UNICEF” (1) are registered already." in words(refused)
        await cancel_own(first.token)
        await answer_own(token, second.id, accept=True)
        assert await standing_of(second) is Standing.CONFIRMED

    async def test_organisers_may_go_beyond_it(self, by: Actor) -> None:
        await a_published_event(by, **asks(affiliation_limit={"most": 1, "beyond": "approval"}))
        made = [await a_member_of("UNICEF", number) for number in range(2)]
        for one in made:
            await answer_request(one.code, accept=True, by=by)
            assert await standing_of(one) is Standing.CONFIRMED


@pytest.mark.slow
async def test_ten_accepted_at_once_where_three_may_come(by: Actor) -> None:
    limit = {"most": 3, "beyond": "approval"}
    await a_published_event(by, **asks(affiliation_limit=limit))
    made = [await a_member_of("UNICEF", number, mode=("in_person", "online")[number % 2]) for number in range(10)]
    token = await a_focal_point(by)

    async def accept(one: Registered) -> str:
        try:
            await answer_own(token, one.id, accept=True)
        except TooManyOfOne:
            return "refused"
        return "accepted"

    assert Counter(await asyncio.gather(*map(accept, made))) == {"accepted": 3, "refused": 7}
    assert Counter([await standing_of(one) for one in made]) == {Standing.CONFIRMED: 3, Standing.PENDING: 7}


@pytest.mark.slow
async def test_an_organiser_and_a_focal_point_answer_at_once(by: Actor) -> None:
    await a_published_event(by, **asks())
    token = await a_focal_point(by)
    for number in range(10):
        made = await a_member_of("UNICEF", number)
        answers = await asyncio.gather(
            answer_own(token, made.id, accept=True),
            answer_request(made.code, accept=False, by=by),
            return_exceptions=True,
        )
        assert sum(isinstance(one, NotTheirs | RegistrationOver) for one in answers) == 1, answers
        assert await standing_of(made) in {Standing.CONFIRMED, Standing.DECLINED}


class TestTheLink:
    async def test_a_new_one_ends_the_old_and_an_end_ends_it_for_good(self, by: Actor) -> None:
        await a_published_event(by, **asks())
        old = await a_focal_point(by)
        [row] = await FocalPointRow.select()
        await renew_link("care-skills-count", row["id"], secret=SECRET, by=by)
        with pytest.raises(FocalPointNotFound):
            await get_deciding(old)
        fresh = await token_of(row["id"])
        await get_deciding(fresh)
        await end_focal_point("care-skills-count", row["id"], by=by)
        with pytest.raises(FocalPointGone):
            await get_deciding(fresh)
        assert "fay" not in str(await FocalPointRow.select()) + str(await Message.select())
        await a_focal_point(by, name="Gil Haas", email="gil@unicef.example")

    async def test_whoever_is_not_the_one_ends_it_and_the_organisers_decide(
        self, client: httpx.AsyncClient, by: Actor
    ) -> None:
        await a_published_event(by, **asks())
        address = f"/focal-points/{await a_focal_point(by)}"
        done = await send(client, await client.get(address), f"{address}/end")
        assert (await client.get(done.headers["location"])).status_code == 410
        assert (await FocalPointRow.select(FocalPointRow.email)) == [{"email": ""}]

    async def test_they_are_forgotten_when_the_people_are(self, by: Actor) -> None:
        await a_published_event(by, **asks())
        await a_focal_point(by)
        assert await erase_due() == 0
        with time_machine.travel("2027-05-07T00:00:00Z", tick=False):
            assert await erase_due() == 1
        assert "fay" not in str(await FocalPointRow.select())


class TestBeingTold:
    async def test_at_most_once_an_hour_and_only_of_somebody_new(self, by: Actor) -> None:
        start = utc_now()
        with time_machine.travel(start, tick=False) as clock:
            await a_published_event(by, **asks())
            await a_focal_point(by)
            await a_member_of("WHO", 0)
            clock.shift(timedelta(minutes=61))
            assert await tell_focal_points() == 0
            told = []
            for number in range(1, 4):
                await a_member_of("UNICEF", number)
                told.append(await tell_focal_points())
                clock.shift(timedelta(minutes=1))
            assert told == [1, 0, 0]
            clock.shift(timedelta(minutes=60))
            assert [await tell_focal_points(), await tell_focal_points()] == [1, 0]
            clock.shift(timedelta(days=1))
            assert await tell_focal_points() == 0
        kinds = [row["kind"] for row in await Message.select().where(Message.to_address == UNICEF["email"])]
        assert kinds == ["focal_point.named", "focal_point.waiting", "focal_point.waiting"]

    async def test_what_the_mails_say(self, by: Actor, settings: Settings) -> None:
        await a_published_event(by, **asks())
        made = await a_member_of("UNICEF", 1, name="Ana Reyes")
        token = await a_focal_point(by, language="fr")
        made_by = renderers(settings)
        [row] = await FocalPointRow.select()

        async def letter(kind: str) -> Any:
            return await made_by[kind](Queued(1, kind, row["id"], UNICEF["email"], {}, 1, utc_now()))

        named = await letter("focal_point.named")
        assert f"/focal-points/{token}" in named.text
        assert "1 personne attend votre réponse." in named.text
        assert "Ana" not in named.text
        assert (await letter("focal_point.waiting")).subject.startswith("Quelqu’un attend votre réponse")
        await answer_own(token, made.id, accept=True)
        assert await letter("focal_point.waiting") is None

    async def test_people_are_told_who_decides(self, client: httpx.AsyncClient, by: Actor) -> None:
        await a_published_event(by, **asks())
        form = "/en/events/care-skills-count/register"
        said = "If your organisation’s focal point is asked to approve you"
        assert said not in words(await client.get(form))
        await a_focal_point(by)
        assert said in words(await client.get(form))
        for organisation, shown in (("UNICEF", True), ("WHO", False)):
            made = await a_member_of(organisation, shown)
            page = await client.get(f"/t/{made.token}")
            assert ("Fay Moss, the focal point of" in words(page)) is shown


class TestTheWorkspace:
    async def test_they_are_named_renewed_and_ended(self, app: Litestar, by: Actor) -> None:
        await a_published_event(by, **asks())
        await a_member_of("UNICEF", 1)
        await a_member(by)
        browser = await sign_in(app)
        page = await browser.get(HERE)
        wrong = await send(browser, page, HERE, affiliation="", name="Fay", email="fay@")
        assert wrong.status_code == 422
        assert fields(wrong, HERE)["name"] == "Fay"
        assert words(wrong).startswith("Events")
        assert (await send(browser, wrong, HERE, **UNICEF)).status_code == 303
        again = await send(browser, page, HERE, **UNICEF | {"affiliation": "UNICÉF"})
        assert again.status_code == 409
        assert "Fay Moss is the focal point of “UNICEF” already. End that first." in words(again)
        [row] = await FocalPointRow.select()
        page = await browser.get(HERE)
        assert (await send(browser, page, f"{HERE}/{row['id']}/link")).status_code == 303
        assert (await send(browser, page, f"{HERE}/{row['id']}/end")).status_code == 303
        assert "Fay Moss" not in words(await browser.get(HERE))

    async def test_nobody_ends_another_organisations(self, app: Litestar, by: Actor) -> None:
        await a_published_event(by, **asks())
        await a_focal_point(by)
        [row] = await FocalPointRow.select()
        ours = await an_organisation("ours", "Ours")
        await a_published_event(ours, slug="ours")
        await a_member(ours)
        browser = await sign_in(app)
        address = "/organise/events/ours/focal-points"
        csrf = str(fields(await browser.get(address), address)["csrf"])
        for verb in ("link", "end"):
            gone = await browser.post(f"{address}/{row['id']}/{verb}", data={"csrf": csrf}, headers=ORIGIN)
            assert gone.status_code == 404
        assert (await FocalPointRow.select())[0]["ended_at"] is None
