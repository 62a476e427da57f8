"""What is foretold is what is erased, in time and no sooner, and the numbers stay."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from events.accounts.forms import OrganisationForm
from events.accounts.rules import Actor, KeptFor
from events.kernel.clock import utc_now
from events.kernel.errors import Invalid
from events.programme.actions import create_event, make_series, publish_event
from events.programme.forms import read_event
from events.programme.queries import get_own_event
from events.programme.rules import Ask
from events.programme.rules.series import proposal
from events.programme.tables import Event
from events.questions.actions import copy_event, put_form
from events.registration.actions.cancelling import cancel_registration
from events.registration.actions.erasing import erase_own
from events.registration.actions.private import record_visit
from events.registration.answers.tables import Answer, Upload
from events.registration.delegations.actions import register_delegation
from events.registration.delegations.forms import read_delegation
from events.registration.delegations.tables import Delegation
from events.registration.focal_points.actions import name_focal_point
from events.registration.focal_points.forms import FocalPointForm
from events.registration.focal_points.tables import FocalPoint
from events.registration.guests.tables import Guest
from events.registration.queries import get_by_id
from events.registration.queries.listing import list_registrations
from events.registration.retention.actions import change_organisation, change_promise, erase_due
from events.registration.retention.forms import PromiseForm
from events.registration.retention.queries import (
    get_statistics,
    list_beyond,
    list_due,
    list_erased,
    list_kept,
    list_kept_of,
)
from events.registration.retention.report import lines, run
from events.registration.retention.rules import Kept, What
from events.registration.rules import Listed
from events.registration.tables import AccessWish, Registration
from tests.make import SECRET, a_published_event, a_registration, an_event
from tests.questions.forms import a_question, asking
from tests.registration.guests import a_guest, come, invite

SLUG = "care-skills-count"
ANY = KeptFor(1, 3650)
ASKS: dict[str, Any] = {"ask_affiliation": "optional", "ask_access": True}
# The event ends on 5 February 2027 at 19:30 UTC; `by` keeps people for 90 days.
PURGED = "2027-02-12T20:00:00Z"
FORGOTTEN = "2027-05-06T20:00:00Z"


def told(kept: list[Kept]) -> list[tuple[str, str, int, str]]:
    return [(one.what.value, one.question, one.number, one.until.date().isoformat()) for one in kept]


async def people(by: Actor, **changes: Any) -> int:
    """Two who said much, one of them with somebody who assists, and one who has cancelled."""
    event = await a_published_event(by, **ASKS | changes)
    questions = (
        a_question("short_text", "passport", sensitive=True, purge_days=7),
        a_question("multiple_choice", "needs", sensitive=True, purge_days=400),
        a_question("yes_no", "visa"),
    )
    await put_form(event.slug, asking(*questions), by=by)
    said = {"passport": "X1234567", "needs": ["a", "b"], "visa": "yes"}
    comes_for = {"organisation": "Mission of Chile", "type": "member_state", "country": "CL"}
    made = await a_registration(
        event.slug,
        answers=said,
        affiliation=comes_for,
        access={"captions": True},
        assistants=[{"name": "Cleo", "role": "carer"}],
    )
    await a_registration(
        event.slug,
        email="ben@example.org",
        mode="online",
        answers={"passport": "Y7"},
        affiliation=comes_for | {"type": "ngo"},
    )
    gone = await a_registration(event.slug, email="dan@example.org", affiliation=comes_for | {"country": "FR"})
    await cancel_registration(gone.code, by=by)
    with time_machine.travel("2027-02-05T18:30:00Z"):
        await record_visit(await get_by_id(made.id), utc_now())
    return event.id


async def test_what_is_kept_is_told_with_the_date_on_which_it_goes(by: Actor) -> None:
    event = await people(by)
    assert told(await list_kept_of(event)) == [
        ("answers", "passport", 2, "2027-02-12"),
        ("answers", "needs", 1, "2027-05-06"),
        ("access", "", 1, "2027-05-06"),
        ("people", "", 4, "2027-05-06"),
    ], "answers outlive nobody, whatever their question says"
    assert await list_kept(by.organisation) == await list_kept_of(event)


@pytest.mark.parametrize("at", [PURGED, FORGOTTEN])
async def test_a_dry_run_says_exactly_what_is_erased_then(by: Actor, at: str) -> None:
    await people(by)
    await people(by, slug="another")
    with time_machine.travel("2027-02-05T19:00:00Z", tick=False):
        assert (await list_due(utc_now()), await erase_due()) == ([], 0)
    with time_machine.travel(at, tick=False):
        foretold = await list_due(utc_now())
        assert (await run(dry=True)).due == foretold
        assert await list_due(utc_now()) == foretold, "a dry run erases nothing"
        await erase_due()
        assert await list_due(utc_now()) == []
    done = await list_erased(by.organisation)
    assert sorted((one.slug, one.what, one.question, one.number) for one in done) == sorted(
        (one.slug, one.what, one.question, one.number) for one in foretold
    )
    assert len(foretold) == (2 if at == PURGED else 8)
    assert {one.at.isoformat() for one in done} == {at.replace("Z", "+00:00")}


async def test_who_is_known_without_a_registration_is_foretold_and_forgotten_too(by: Actor) -> None:
    """A delegation's contact, a focal point, and who was invited: one who came and one who did not."""
    event = await a_published_event(by, ask_affiliation="optional", delegations=True)
    ana = {"name": "Ana", "email": "ana@example.org", "mode": "in_person"}
    contact = {"name": "Cleo", "email": "cleo@example.org"}
    sent = {"contact": contact, "affiliation": {"organisation": "UNICEF"}, "people": [ana]}
    await register_delegation(SLUG, read_delegation(sent, ask=Ask.OPTIONAL), language="en", secret=SECRET)
    point = FocalPointForm(affiliation="UNICEF", name="Fay Lin", email="fay@unicef.example")
    await name_focal_point(SLUG, point, secret=SECRET, by=by)
    token, _ = await invite(by, a_guest(1), a_guest(2))
    await come(token)
    assert told(await list_kept_of(event.id)) == [
        ("people", "", 2, "2027-05-06"),
        ("contacts", "", 2, "2027-05-06"),
        ("invited", "", 2, "2027-05-06"),
    ]
    with time_machine.travel(FORGOTTEN, tick=False):
        foretold = await list_due(utc_now())
        await erase_due()
        assert (await list_due(utc_now()), await list_kept(by.organisation)) == ([], [])
    done = {(one.what, one.number) for one in await list_erased(by.organisation)}
    assert done == {(one.what, one.number) for one in foretold}
    rows = [*await Delegation.select(), *await FocalPoint.select(), *await Guest.select(), *await Registration.select()]
    assert {(row["name"], row["email"]) for row in rows} == {("", "")}


async def test_the_numbers_are_the_same_before_and_after(by: Actor) -> None:
    event = await people(by)
    before = await get_statistics(event)
    assert (before.attended, dict(before.types), dict(before.countries)) == (
        1,
        {"member_state": 2, "ngo": 1},
        {"CL": 2, "FR": 1},
    )
    with time_machine.travel(FORGOTTEN, tick=False):
        await erase_due()
        await erase_due()
    assert await get_statistics(event) == before
    assert await list_registrations(SLUG, by.organisation, Listed()) == ([], None)
    assert not await AccessWish.exists()
    assert not await Upload.exists()
    assert {row["value"] for row in await Answer.select(Answer.value)} == {"yes"}
    rows = await Registration.select(Registration.affiliation_type, Registration.affiliation_country)
    assert {value for row in rows for value in row.values()} == {None}, "nobody's country beside their standing"


async def test_who_erases_themselves_is_not_counted_by_what_they_said(by: Actor) -> None:
    event = await a_published_event(by, **ASKS)
    made = await a_registration(affiliation={"type": "ngo", "country": "CL"})
    await erase_own(made.token)
    statistics = await get_statistics(event.id)
    assert (statistics.types, statistics.countries) == ({}, {})
    assert await list_erased(by.organisation) == [], "nothing of that was due"


class TestTheEventsOwnPromise:
    async def test_it_goes_before_the_organisations(self, by: Actor) -> None:
        await people(by)
        await people(by, slug="another")
        await change_promise(SLUG, PromiseForm(30, {}), kept_for=ANY, by=by)
        with time_machine.travel("2027-03-08T00:00:00Z", tick=False):
            await erase_due()
        assert {one.slug for one in await list_kept(by.organisation)} == {"another"}

    async def test_a_copy_promises_the_same(self, by: Actor) -> None:
        await a_published_event(by)
        await change_promise(SLUG, PromiseForm(30, {"en": "For the list of the UN."}), kept_for=ANY, by=by)
        copied = await copy_event(SLUG, by=by, domain="testserver")
        copied = await get_own_event(copied.slug, by.organisation)
        assert (copied.retention_days, copied.purpose) == (30, {"en": "For the list of the UN."})

    async def test_the_dates_of_a_series_promise_the_same(self, by: Actor) -> None:
        event = await a_published_event(by)
        await change_promise(SLUG, PromiseForm(30, {"en": "For the list of the UN."}), kept_for=ANY, by=by)
        week = [proposal(event.span.starts.wall + timedelta(days=7), event.span)]
        [made] = await make_series(SLUG, week, rules="RRULE:FREQ=WEEKLY", publish=False, by=by, domain="testserver")
        made = await get_own_event(made.slug, by.organisation)
        assert (made.retention_days, made.purpose) == (30, {"en": "For the list of the UN."})

    @pytest.mark.parametrize("days", [6, 1001])
    async def test_it_stays_within_what_the_operator_allows(self, by: Actor, days: int) -> None:
        await a_published_event(by)
        with pytest.raises(Invalid):
            await change_promise(SLUG, PromiseForm(days, {}), kept_for=KeptFor(7, 1000), by=by)

    async def test_it_grows_no_longer_once_somebody_was_told(self, by: Actor) -> None:
        await a_published_event(by)
        await change_promise(SLUG, PromiseForm(400, {}), kept_for=ANY, by=by)
        await a_registration()
        with pytest.raises(Invalid):
            await change_promise(SLUG, PromiseForm(401, {}), kept_for=ANY, by=by)
        await change_promise(SLUG, PromiseForm(400, {"en": "For the list."}), kept_for=ANY, by=by)
        await change_promise(SLUG, PromiseForm(None, {}), kept_for=ANY, by=by)
        with pytest.raises(Invalid):
            await change_promise(SLUG, PromiseForm(91, {}), kept_for=ANY, by=by)


class TestWhatASensitiveQuestionPromises:
    async def put(self, by: Actor, slug: str = SLUG, **passport: Any) -> None:
        await put_form(slug, asking(a_question("short_text", "passport", **passport)), by=by)

    async def test_it_stays_sensitive_also_when_it_is_removed_and_put_back(self, by: Actor) -> None:
        await a_published_event(by)
        await self.put(by, sensitive=True, purge_days=7)
        with pytest.raises(Invalid, match="must be corrected") as refused:
            await self.put(by)
        assert [one.field for one in refused.value.problems] == ["sensitive"]
        await put_form(SLUG, asking(a_question("yes_no", "visa")), by=by)
        with pytest.raises(Invalid):
            await self.put(by)

    async def test_its_answers_are_kept_no_longer_than_who_read_the_form_was_told(self, by: Actor) -> None:
        draft = await create_event(read_event(an_event(slug="a-draft")), by=by, domain="testserver")
        await self.put(by, draft.slug, sensitive=True, purge_days=7)
        await self.put(by, draft.slug, sensitive=True, purge_days=14)
        await publish_event(draft.slug, by=by)
        with pytest.raises(Invalid) as refused:
            await self.put(by, draft.slug, sensitive=True, purge_days=15)
        assert [one.field for one in refused.value.problems] == ["purge_days"]
        await self.put(by, draft.slug, sensitive=True, purge_days=3)


def about(days: int) -> OrganisationForm:
    return OrganisationForm(
        name="MMM", short_name=None, about={}, website=None, contact_email=None, accent=None, retention_days=days
    )


class TestTheOrganisationsTime:
    async def test_a_longer_one_holds_for_nobody_who_was_promised_less(self, by: Actor) -> None:
        told_before, empty = await people(by), await a_published_event(by, slug="nobody-yet")
        draft = await create_event(read_event(an_event(slug="a-draft")), by=by, domain="testserver")
        assert await change_organisation(about(120), by=by)
        before = {one.event: one.until for one in await list_kept(by.organisation)}
        assert before[told_before].date().isoformat() == "2027-05-06", "90 days after it"
        assert await change_organisation(about(400), by=by)
        days = {row["id"]: row["retention_days"] for row in await Event.select(Event.id, Event.retention_days)}
        assert days == {told_before: 90, empty.id: 90, draft.id: None}
        await change_promise("nobody-yet", PromiseForm(None, {}), kept_for=ANY, by=by)
        with pytest.raises(Invalid):
            await change_promise(SLUG, PromiseForm(None, {}), kept_for=ANY, by=by)
        with time_machine.travel(FORGOTTEN, tick=False):
            await erase_due()
        assert await list_kept(by.organisation) == []

    async def test_a_shorter_one_holds_at_once_and_the_shortest_since_is_kept(self, by: Actor) -> None:
        event = await people(by)
        for days in (30, 60):
            assert await change_organisation(about(days), by=by) == (days == 60)
        [kept] = [one for one in await list_kept_of(event) if one.what is What.PEOPLE]
        assert kept.until.date().isoformat() == "2027-03-07", "30 days after it"

    async def test_values_out_of_the_operators_limits_are_found(self, by: Actor) -> None:
        await a_published_event(by)
        await a_published_event(by, slug="another")
        await change_promise("another", PromiseForm(7, {}), kept_for=ANY, by=by)
        assert await list_beyond(KeptFor(7, 90)) == []
        assert await list_beyond(KeptFor(8, 89)) == [("organisation mmm", 90), ("event another", 7)]


async def test_the_command_says_what_it_erased_and_what_is_to_come(by: Actor) -> None:
    await people(by)
    with time_machine.travel(PURGED, tick=False):
        done = await run(dry=False)
    assert list(lines("erased", done.due)) == [f"erased\t2027-02-12\t{SLUG}\tanswers: passport\t2"]
    assert list(lines("later", done.later)) == [
        f"later\t2027-05-06\t{SLUG}\tanswers: needs\t1",
        f"later\t2027-05-06\t{SLUG}\taccess\t1",
        f"later\t2027-05-06\t{SLUG}\tpeople\t4",
    ]
