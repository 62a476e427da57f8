"""Importing, and importing again: nothing doubles, nothing that was changed here is lost."""

import asyncio
from datetime import timedelta

import pytest
import time_machine

from events.imports import actions, queries
from events.imports.planning import get_overview
from events.imports.rules import Act, Decision, UploadNotFound
from events.programme.actions import publish_event
from events.programme.rules import Kind, Mode, Status
from events.registration.actions.moving import cancel_event, change_event
from events.registration.tables import EventChange
from tests.imports.carried_out import Engine, imported, kept, own, run
from tests.imports.files import OUTLOOK, calendar, event
from tests.make import a_published_event, a_registration, an_organisation


async def test_a_calendar_becomes_drafts_and_again_changes_nothing(database: Engine) -> None:  # noqa: ARG001 - must be open
    by = await an_organisation()
    assert await imported(OUTLOOK.encode(), by) == [Act.MAKE]
    (made,) = await own(by)
    assert (made.slug, made.status, made.kind) == ("care-skills-count", Status.DRAFT, Kind.MEETING)
    assert made.uid.endswith("@testserver"), "its UID in our feeds is ours"
    assert set(made.modes) == {Mode.IN_PERSON, Mode.ONLINE}
    assert await imported(OUTLOOK.encode(), by, "another name.ics") == [Act.LEAVE]
    assert await own(by) == [made]


async def test_what_moved_in_the_file_moves_here(database: Engine) -> None:  # noqa: ARG001 - must be open
    by = await an_organisation()
    await imported(calendar(*event()), by)
    moved = calendar(*event("a@example.org", "Care counts", "LOCATION:Room 3"))
    assert await imported(moved.replace(b"T113000", b"T120000"), by) == [Act.UPDATE]
    (found,) = await own(by)
    assert (found.title, found.venue and found.venue.name, found.revision) == ({"en": "Care counts"}, "Room 3", 2)
    assert f"{found.span.ends.wall:%H:%M}" == "12:00"
    assert await imported(calendar(*event()), by) == [Act.UPDATE]
    assert (await own(by))[0].venue is None


async def test_what_was_changed_here_alone_stays(database: Engine) -> None:  # noqa: ARG001 - must be open
    by = await an_organisation()
    await imported(calendar(*event()), by)
    here = {
        "title": {"en": "Ours", "fr": "Le nôtre"},
        "modes": {"online": {"capacity": 9}},
        "summary": {"en": "Short."},
    }
    await change_event("care-skills-count", here, by=by)
    assert await imported(calendar(*event()), by) == [Act.LEAVE]
    assert await imported(calendar(*event("a@example.org", "Care skills count", "LOCATION:Room 3")), by) == [Act.UPDATE]
    (found,) = await own(by)
    assert (found.title, found.places[0].capacity) == ({"en": "Ours", "fr": "Le nôtre"}, 9)
    assert found.venue
    assert found.venue.name == "Room 3"


@pytest.mark.parametrize(("overwrite", "title"), [(True, "Theirs"), (False, "Ours"), (None, "Ours")])
async def test_what_was_changed_on_both_sides_is_as_was_decided(
    database: Engine,  # noqa: ARG001 - must be open
    overwrite: bool | None,  # noqa: FBT001 - a column
    title: str,
) -> None:
    by = await an_organisation()
    await imported(calendar(*event()), by)
    here = await change_event("care-skills-count", {"title": {"en": "Ours"}}, by=by)
    theirs = calendar(*event("a@example.org", "Theirs", "LOCATION:Room 3"))
    upload = await kept(theirs, by)
    overview, _ = await get_overview(upload)
    (plan,) = overview.plans
    assert (plan.act, plan.follow, plan.differ) == (Act.CHOOSE, ("venue",), ("title.en",))
    decisions = {} if overwrite is None else {plan.row.number: Decision(overwrite, here.revision)}
    await run(upload, by, decisions)
    (found,) = await own(by)
    assert (found.title["en"], found.venue and found.venue.name) == (title, "Room 3")
    again = (await get_overview(await kept(theirs, by)))[0].plans[0].act
    assert again is (Act.CHOOSE if overwrite is None else Act.LEAVE), "it is asked until somebody decides"


async def test_a_decision_about_an_older_state_is_none(database: Engine) -> None:  # noqa: ARG001 - must be open
    by = await an_organisation()
    await imported(calendar(*event()), by)
    seen = await change_event("care-skills-count", {"title": {"en": "Ours"}}, by=by)
    await change_event("care-skills-count", {"title": {"en": "Ours, later"}}, by=by)
    theirs = calendar(*event("a@example.org", "Theirs"))
    overview, _ = await run(await kept(theirs, by), by, {4: Decision(overwrite=True, revision=seen.revision)})
    assert overview.plans[0].row.number == 4
    assert (await own(by))[0].title == {"en": "Ours, later"}


async def test_the_dates_of_a_series_are_events_of_their_own(database: Engine) -> None:  # noqa: ARG001 - must be open
    by = await an_organisation()
    weekly = event("s", "Weekly", "RRULE:FREQ=WEEKLY;COUNT=3")
    assert await imported(calendar(*weekly), by) == [Act.MAKE] * 3
    assert [one.slug for one in await own(by)] == ["weekly-2027-07-01", "weekly-2027-07-08", "weekly-2027-07-15"]
    fewer = calendar(*weekly, "EXDATE;TZID=Europe/Paris:20270708T100000")
    upload = await kept(fewer, by)
    overview, outcome = await run(upload, by)
    assert [line.act for line in outcome.lines] == [Act.LEAVE] * 2
    assert [one.slug for one in overview.gone] == ["weekly-2027-07-08"]
    assert len(await own(by)) == 3, "what vanished is told, not removed"


async def test_what_went_by_of_a_series_without_end_did_not_vanish(database: Engine) -> None:  # noqa: ARG001 - must be open
    by = await an_organisation()
    monthly = calendar(*event("s", "Monthly", "RRULE:FREQ=MONTHLY"))
    with time_machine.travel("2027-06-30T12:00:00Z", tick=True):
        assert (await imported(monthly, by)).count(Act.MAKE) == 12
    with time_machine.travel("2027-08-02T12:00:00Z", tick=True):
        overview, _ = await run(await kept(monthly, by), by)
    assert overview.gone == ()


async def test_cancelled_and_older_versions_change_nothing_and_say_so(database: Engine) -> None:  # noqa: ARG001 - must be open
    by = await an_organisation()
    cancelled = calendar(*event("a@example.org", "Care skills count", "STATUS:CANCELLED"))
    assert await imported(cancelled, by) == [Act.LEAVE]
    assert await own(by) == []
    await imported(calendar(*event("a@example.org", "Care skills count", "SEQUENCE:2")), by)
    (made,) = await own(by)
    for data, said in (
        (cancelled, "It is cancelled in the file. Cancel it here too: that tells the people who registered."),
        (
            calendar(*event("a@example.org", "Old", "SEQUENCE:1")),
            "This file is older than the one that was imported last.",
        ),
    ):
        overview, _ = await run(await kept(data, by), by)
        assert said in [note.message for note in overview.plans[0].notes]
    assert await own(by) == [made]
    await publish_event(made.slug, by=by)
    await cancel_event(made.slug, reason={}, by=by)
    assert await imported(calendar(*event("a@example.org", "New", "SEQUENCE:3")), by) == [Act.LEAVE]
    assert (await own(by))[0].title == {"en": "Care skills count"}


async def test_our_own_event_that_comes_back_is_known(database: Engine) -> None:  # noqa: ARG001 - must be open
    by = await an_organisation()
    made = await a_published_event(by)
    assert await imported(calendar(*event(made.uid)), by) == [Act.LEAVE]
    assert len(await own(by)) == 1


async def test_published_at_once_if_wished_but_never_what_is_private(database: Engine) -> None:  # noqa: ARG001 - must be open
    by = await an_organisation()
    two = calendar(*event(), "END:VEVENT", "BEGIN:VEVENT", *event("b", "Behind closed doors", "CLASS:PRIVATE"))
    await imported(two, by, publish=True)
    assert {one.slug: one.status for one in await own(by)} == {
        "care-skills-count": Status.PUBLISHED,
        "behind-closed-doors": Status.DRAFT,
    }


async def test_who_is_registered_is_told_of_a_move(database: Engine) -> None:  # noqa: ARG001 - must be open
    by = await an_organisation()
    await imported(calendar(*event()), by, publish=True)
    await a_registration("care-skills-count", mode="online")
    overview, _ = await run(await kept(calendar(*event()).replace(b"T113000", b"T120000"), by), by)
    told = "It is published: who is registered is told of the new time or place."
    assert told in [note.message for note in overview.plans[0].notes]
    assert await EventChange.count() == 1, "their mails leave as after any move"


async def test_many_at_once_make_each_event_once(database: Engine) -> None:  # noqa: ARG001 - must be open
    """Eight people confirm the same calendar, two of them the very same upload."""
    by = await an_organisation()
    many = calendar(
        *event("0"),
        *(line for n in range(1, 6) for line in ("END:VEVENT", "BEGIN:VEVENT", *event(f"{n}", f"Talk {n}"))),
    )
    uploads = [await kept(many, by) for _ in range(7)]
    outcomes = await asyncio.gather(*(run(upload, by) for upload in [*uploads, uploads[0]]))
    assert sum(outcome.count(Act.MAKE) for _, outcome in outcomes) == 6
    assert len(await own(by)) == 6


async def test_a_refused_row_leaves_the_others_whole(database: Engine) -> None:  # noqa: ARG001 - must be open
    """Of a conference that is a draft nothing can be published: told for each, and none is half made."""
    by = await an_organisation()
    conference = await a_published_event(by, kind="conference")
    await imported(calendar(*event("c", "Conference", "CATEGORIES:Conference")), by)
    upload = await kept(calendar(*event()), by, part_of=conference.slug, publish=True)
    draft = await kept(calendar(*event("d")), by, part_of="conference", publish=True)
    _, outcome = await run(draft, by)
    assert [line.message for line in outcome.lines] == [
        "The conference that it is part of is still a draft. Publish that first."
    ]
    _, outcome = await run(upload, by)
    assert [line.act for line in outcome.lines] == [Act.MAKE]
    assert len(await own(by)) == 3


async def test_a_file_is_forgotten_after_a_day_and_is_nobody_elses(database: Engine) -> None:  # noqa: ARG001 - must be open
    by, other = await an_organisation(), await an_organisation("other", "Other")
    upload = await kept(OUTLOOK.encode(), by)
    with pytest.raises(UploadNotFound):
        await queries.get_upload(upload.id, other.organisation)
    await actions.discard(upload.id, organisation=other.organisation)
    assert await queries.get_upload(upload.id, by.organisation) == upload
    with time_machine.travel(upload.created_at + timedelta(hours=25)):
        with pytest.raises(UploadNotFound):
            await queries.get_upload(upload.id, by.organisation)
        await actions.forget_expired_uploads()
    assert await queries.list_uploads(by.organisation) == []


async def test_so_many_files_wait_and_no_more(database: Engine) -> None:  # noqa: ARG001 - must be open
    by = await an_organisation()
    upload = await kept(OUTLOOK.encode(), by)
    for _ in range(21):
        last = await actions.keep_upload(upload, digest="0" * 64, by=by)
    found = await queries.list_uploads(by.organisation)
    assert (len(found), found[0].id) == (20, last)
