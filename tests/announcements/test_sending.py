"""Who gets an announcement and when, through a real mail server."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from icalendar import Calendar

from events.accounts.rules import Actor
from events.announcements import queries
from events.announcements.actions import sending, writing
from events.announcements.actions.choices import choose
from events.announcements.actions.sending import queue_some, send_what_is_due
from events.announcements.queries.outcomes import count_outcomes, list_for_registration, list_troubles
from events.announcements.rules import (
    BATCH,
    AlreadyStarted,
    Anchor,
    AnnouncementFacts,
    CannotGo,
    Outcome,
    State,
    Timing,
    Unit,
)
from events.infra import db
from events.kernel.spans import WallTime
from events.outbox.queries import count_by_state
from events.outbox.tables import Message
from events.programme.rules import Mode
from events.programme.tables import Event
from events.registration import steps
from events.registration.actions.cancelling import cancel_own
from events.registration.actions.erasing import erase_own
from events.registration.actions.moving import cancel_event, change_event
from events.registration.queries import get_by_id
from events.registration.remarks.actions import set_tags
from events.registration.rules import Standing
from tests.announcements.post import SLUG, Post, a_draft, planned, sent_now, text
from tests.make import a_published_event, a_registration, an_organisation

pytestmark = pytest.mark.usefixtures("database")
DAY_BEFORE = Timing(anchor=Anchor.START, amount=1, unit=Unit.DAYS, clock="09:00")
DAY_AFTER = Timing(anchor=Anchor.END, amount=1, unit=Unit.DAYS, clock="10:00")
# The event: 5 February 2027, 13:15–14:30 in New York, UTC−5.
LONG_BEFORE = datetime(2027, 1, 20, 12, tzinfo=UTC)
DUE = datetime(2027, 2, 4, 14, tzinfo=UTC)
STARTS = datetime(2027, 2, 5, 18, 15, tzinfo=UTC)
THE_DAY_AFTER = datetime(2027, 2, 6, 15, tzinfo=UTC)
ONE_PLACE = {"in_person": {"capacity": 1}, "online": {"capacity": None}}


async def state_of(announcement: int) -> AnnouncementFacts:
    found = await queries.find(announcement)
    assert found
    return found


async def outcomes(announcement: int) -> dict[Outcome, int]:
    found = await state_of(announcement)
    return (await count_outcomes(found.event)).get(announcement, {})


async def check_in(registration: int) -> None:
    await db.write(steps.check_in)(registration, datetime.now(UTC))


@db.write
async def set_status(status: str) -> None:
    await Event.update({Event.status: status, Event.revision: Event.revision + 1}).where(Event.slug == SLUG)


async def people(number: int) -> None:
    for one in range(number):
        await a_registration(email=f"p{one:03}@example.org", mode="online", name=f"Person {one}")


async def test_a_reminder_goes_when_its_time_has_come_and_once(by: Actor, post: Post) -> None:
    await a_published_event(by)
    await a_registration(email="ana@example.org")
    await a_registration(email="elodie@example.org", language="fr")
    reminder = await planned(by, a_draft(timing=DAY_BEFORE))
    with time_machine.travel(DUE - timedelta(minutes=1)):
        assert await post.reached() == []
    with time_machine.travel(DUE):
        assert await post.reached() == ["ana@example.org", "elodie@example.org"]
        assert await post.reached() == []
    assert (await state_of(reminder)).state is State.SENT
    assert await outcomes(reminder) == {Outcome.SENT: 2}


async def test_it_moves_with_the_event(by: Actor, post: Post) -> None:
    await a_published_event(by)
    await a_registration()
    await planned(by, a_draft(timing=DAY_BEFORE))
    zone = {"zone": "America/New_York"}
    later = {"starts": {"wall": "2027-03-15T10:00"} | zone, "ends": {"wall": "2027-03-15T11:00"} | zone}
    await change_event(SLUG, later, by=by)
    with time_machine.travel(DUE):
        assert await post.reached() == []
    with time_machine.travel(datetime(2027, 3, 14, 12, 59, tzinfo=UTC)):  # clocks were put forward that night
        assert await post.reached() == []
    with time_machine.travel(datetime(2027, 3, 14, 13, tzinfo=UTC)):
        assert await post.reached() == ["ana@example.org"]


async def test_moved_nearer_it_goes_at_once_while_it_is_of_use(by: Actor, post: Post) -> None:
    await a_published_event(by)
    await a_registration()
    await planned(by, a_draft(timing=DAY_BEFORE))
    zone = {"zone": "America/New_York"}
    with time_machine.travel(LONG_BEFORE):
        soon = {"starts": {"wall": "2027-01-20T09:00"} | zone, "ends": {"wall": "2027-01-20T11:00"} | zone}
        await change_event(SLUG, soon, by=by)
        assert await post.reached() == ["ana@example.org"]


@pytest.mark.parametrize("status", ["cancelled", "postponed", "draft"])
async def test_nobody_is_reminded_of_what_does_not_take_place_as_announced(by: Actor, post: Post, status: str) -> None:
    await a_published_event(by)
    await a_registration()
    reminder = await planned(by, a_draft(timing=DAY_BEFORE))
    await set_status(status)
    with time_machine.travel(DUE):
        assert await post.reached() == []
        assert (await state_of(reminder)).state is State.SCHEDULED
        await set_status("published")
        assert await post.reached() == ["ana@example.org"]


async def test_what_stands_in_the_outbox_when_the_event_is_cancelled_does_not_leave(by: Actor, post: Post) -> None:
    await a_published_event(by)
    await people(3)
    await post.deliver()
    reminder = await planned(by, a_draft(timing=DAY_BEFORE))
    with time_machine.travel(DUE):
        await send_what_is_due()
        await cancel_event(SLUG, reason={"en": "The room is lost."}, by=by)
        assert await post.reached() == []
    assert await outcomes(reminder) == {Outcome.SKIPPED: 3}


async def test_who_was_not_reminded_because_it_was_put_off_is_reminded_at_its_new_time(by: Actor, post: Post) -> None:
    await a_published_event(by)
    await people(2)
    await planned(by, a_draft(timing=DAY_BEFORE))
    with time_machine.travel(DUE):
        await send_what_is_due()
        await set_status("postponed")
        assert await post.reached() == []
    zone = {"zone": "America/New_York"}
    later = {"starts": {"wall": "2027-03-05T13:15"} | zone, "ends": {"wall": "2027-03-05T14:30"} | zone}
    await change_event(SLUG, later, by=by)
    await set_status("published")
    with time_machine.travel(DUE + timedelta(days=2)):
        assert await post.reached() == []
    with time_machine.travel(datetime(2027, 3, 4, 14, tzinfo=UTC)):
        assert await post.reached() == ["p000@example.org", "p001@example.org"]


async def test_what_came_to_send_too_late_sends_nothing_and_says_so(by: Actor, post: Post) -> None:
    await a_published_event(by)
    await check_in((await a_registration()).id)
    reminder = await planned(by, a_draft(timing=DAY_BEFORE))
    thanks = await planned(by, a_draft(timing=DAY_AFTER, came=True))
    with time_machine.travel(STARTS):
        assert await post.reached() == []
    assert (await state_of(reminder)).state is State.MISSED
    with time_machine.travel(THE_DAY_AFTER + timedelta(days=3)):
        assert await post.reached() == []
    assert (await state_of(thanks)).state is State.MISSED


async def test_who_joins_the_group_after_a_reminder_went_gets_it_once_until_the_event_starts(
    by: Actor, post: Post
) -> None:
    await a_published_event(by, modes=ONE_PLACE)
    first = await a_registration(email="first@example.org")
    await a_registration(email="waits@example.org")
    await planned(by, a_draft(timing=DAY_BEFORE))
    with time_machine.travel(DUE):
        assert await post.reached() == ["first@example.org"]
        await a_registration(email="late@example.org", mode="online")
        assert await post.reached() == ["late@example.org"]
        await cancel_own(first.token)
        assert await post.reached() == ["waits@example.org"]
        assert await post.reached() == []
    with time_machine.travel(STARTS - timedelta(minutes=1)):
        await a_registration(email="last@example.org", mode="online")
    with time_machine.travel(STARTS):
        assert await post.reached() == []


async def test_what_is_sent_now_reaches_who_is_in_the_group_now(by: Actor, post: Post) -> None:
    await a_published_event(by)
    await a_registration(email="ana@example.org")
    await sent_now(by, a_draft())
    assert await post.reached() == ["ana@example.org"]
    await a_registration(email="late@example.org")
    assert await post.reached() == []


async def test_a_time_of_its_own(by: Actor, post: Post) -> None:
    await a_published_event(by)
    await a_registration()
    at = WallTime.parse("2027-01-30T18:00", "America/New_York")
    await planned(by, a_draft(timing=Timing(anchor=Anchor.AT, at=at)))
    with time_machine.travel(datetime(2027, 1, 30, 22, 59, tzinfo=UTC)):
        assert await post.reached() == []
    with time_machine.travel(datetime(2027, 1, 30, 23, tzinfo=UTC)):
        assert await post.reached() == ["ana@example.org"]


@pytest.mark.parametrize(
    ("group", "reached"),
    [
        ({}, ["came", "elodie", "online"]),
        ({"mode": Mode.ONLINE}, ["elodie", "online"]),
        ({"standings": (Standing.WAITING,)}, ["waits"]),
        ({"standings": (Standing.WAITING, Standing.CONFIRMED), "mode": Mode.IN_PERSON}, ["came", "waits"]),
        ({"came": True}, ["came"]),
        ({"came": False}, ["elodie", "online"]),
        ({"language": "fr"}, ["elodie"]),
        ({"language": "en", "mode": Mode.ONLINE}, ["online"]),
    ],
)
async def test_a_group(by: Actor, post: Post, group: dict[str, Any], reached: list[str]) -> None:
    await a_published_event(by, modes=ONE_PLACE)
    came = await a_registration(email="came@example.org")
    await a_registration(email="waits@example.org")
    await a_registration(email="online@example.org", mode="online")
    await a_registration(email="elodie@example.org", mode="online", language="fr-CH")
    left = await a_registration(email="left@example.org", mode="online")
    await cancel_own(left.token)
    await check_in(came.id)
    draft = a_draft(**group)
    event = (await get_by_id(came.id)).event
    assert await queries.count_audience(event, draft.audience) == len(reached)
    await sent_now(by, draft)
    assert await post.reached() == [f"{name}@example.org" for name in reached]


async def test_who_has_a_tag_gets_it_and_who_lost_it_meanwhile_does_not(by: Actor, post: Post) -> None:
    event = await a_published_event(by)
    people = [await a_registration(email=f"{name}@example.org") for name in ("speaker", "guest", "was")]
    await set_tags(people[0].code, ["Conférencière"], by=by)
    await set_tags(people[2].code, ["conferenciere", "late"], by=by)
    draft = a_draft(tag="CONFERENCIERE")
    assert await queries.count_audience(event.id, draft.audience) == 2
    await sent_now(by, draft)
    await send_what_is_due()
    await set_tags(people[2].code, ["late"], by=by)
    assert await post.reached() == ["speaker@example.org"]
    [of_was] = await list_for_registration(people[2].id)
    assert (of_was.outcome, of_was.skipped) == ("skipped", "not_meant")


async def test_who_comes_to_assist_somebody_has_that_persons_address_and_gets_no_copy(by: Actor, post: Post) -> None:
    await a_published_event(by, ask_access=True)
    await a_registration(assistants=[{"name": "Ben Marten", "role": "carer"}])
    await sent_now(by, a_draft())
    assert await post.reached() == ["ana@example.org"]


async def test_its_calendar_file_is_never_older_than_what_a_calendar_has(by: Actor, post: Post) -> None:
    await a_published_event(by)
    first = await a_registration()
    await post.deliver()
    await cancel_own(first.token)
    await post.deliver()
    await a_registration()
    await post.deliver()
    await sent_now(by, a_draft(calendar=True))
    await post.brought()
    files = [part for letter in post.server.letters for part in letter.walk() if part.get_filename() == "event.ics"]
    contents = [str(file.get_payload(decode=True), "utf-8") for file in files]  # type: ignore[arg-type]  # of one part
    events = [Calendar.from_ical(content).walk("VEVENT")[0] for content in contents]
    assert [str(event["STATUS"]) for event in events] == ["CONFIRMED", "CANCELLED", "CONFIRMED", "CONFIRMED"]
    sequences = [int(str(event["SEQUENCE"])) for event in events]
    assert sequences == sorted(sequences)


async def test_who_has_not_proven_an_address_gets_nothing(by: Actor, post: Post) -> None:
    await a_published_event(by, prove_address=True)
    await a_registration()
    await sent_now(by, a_draft(standings=(Standing.CONFIRMED, Standing.PENDING, Standing.WAITING)))
    assert await post.reached() == []


async def test_the_thank_you_and_the_we_missed_you(by: Actor, post: Post) -> None:
    await a_published_event(by)
    came = await a_registration(email="came@example.org")
    await a_registration(email="stayed@example.org")
    await planned(by, a_draft(timing=DAY_AFTER, came=True, subject={"en": "Thank you"}))
    await planned(by, a_draft(timing=DAY_AFTER, came=False, subject={"en": "We missed you"}))
    await check_in(came.id)
    with time_machine.travel(THE_DAY_AFTER):
        letters = await post.brought()
    assert {letter["Subject"]: letter["To"].addresses[0].addr_spec for letter in letters} == {
        "Thank you": "came@example.org",
        "We missed you": "stayed@example.org",
    }


async def test_who_left_the_group_while_the_mail_stood_in_the_outbox_does_not_get_it(by: Actor, post: Post) -> None:
    await a_published_event(by)
    await a_registration(email="stays@example.org")
    left = await a_registration(email="left@example.org")
    erased = await a_registration(email="erased@example.org")
    opted_out = await a_registration(email="out@example.org")
    announcement = await sent_now(by, a_draft())
    await send_what_is_due()
    await cancel_own(left.token)
    await erase_own(erased.token)
    await choose(await get_by_id(opted_out.id), announcements=False, organisation=by.organisation)
    assert await post.reached() == ["stays@example.org"]
    [of_left] = await list_for_registration(left.id)
    [of_out] = await list_for_registration(opted_out.id)
    assert (of_left.outcome, of_left.skipped) == ("skipped", "not_meant")
    assert (of_out.outcome, of_out.skipped) == ("skipped", "opted_out")
    assert (await outcomes(announcement))[Outcome.SKIPPED] == 2
    assert not await Message.exists().where(Message.to_address == "erased@example.org")


async def test_paused_in_the_middle_nothing_leaves_and_resumed_everybody_gets_it_once(by: Actor, post: Post) -> None:
    await a_published_event(by)
    await people(BATCH + 20)
    await post.deliver()
    announcement = await sent_now(by, a_draft())
    await queue_some(announcement)
    worker = post.worker()
    await worker.run_once()
    gone = len(post.server.letters) - BATCH - 20
    assert 0 < gone < BATCH
    await writing.pause(announcement, SLUG, by=by)
    assert await outcomes(announcement) == {Outcome.SENT: gone, Outcome.HELD: BATCH - gone}
    await post.deliver()
    assert not await send_what_is_due()
    assert len(post.server.letters) == gone + BATCH + 20
    await writing.resume(announcement, SLUG, by=by)
    await post.brought()
    assert sorted(post.server.recipients[BATCH + 20 :]) == [f"p{one:03}@example.org" for one in range(BATCH + 20)]
    assert await outcomes(announcement) == {Outcome.SENT: BATCH + 20}


async def test_all_messages_of_an_event_are_paused_and_confirmations_go_on(by: Actor, post: Post) -> None:
    await a_published_event(by)
    await people(3)
    await post.deliver()
    started = await sent_now(by, a_draft())
    await send_what_is_due()
    await writing.pause_all(SLUG, by=by)
    await writing.pause_all(SLUG, by=by)
    await planned(by, a_draft(timing=DAY_BEFORE))
    await a_registration(email="new@example.org")
    with time_machine.travel(DUE):
        assert await post.reached() == []
        assert post.server.recipients[-1] == "new@example.org"
        assert await outcomes(started) == {Outcome.HELD: 3}
        await writing.resume_all(SLUG, by=by)
        assert len(await post.reached()) == 3 + 4


async def test_a_mail_in_a_workers_hands_when_it_is_paused_is_held(by: Actor, post: Post) -> None:
    await a_published_event(by)
    await people(2)
    await post.deliver()
    announcement = await sent_now(by, a_draft())
    await send_what_is_due()

    @db.write
    async def in_hand() -> None:
        await Message.update({Message.claimed_until: datetime(2099, 1, 1, tzinfo=UTC)}).where(Message.sent_at.is_null())

    @db.write
    async def let_go() -> None:
        await Message.update({Message.claimed_until: None}).where(Message.sent_at.is_null())

    await in_hand()
    await writing.pause(announcement, SLUG, by=by)
    assert await outcomes(announcement) == {Outcome.WAITING: 2}
    await let_go()
    assert await post.reached() == []
    assert await outcomes(announcement) == {Outcome.HELD: 2}
    await writing.resume(announcement, SLUG, by=by)
    assert len(await post.reached()) == 2


async def test_several_processes_at_once_send_it_once_to_each(by: Actor, post: Post) -> None:
    await a_published_event(by)
    await people(3 * BATCH)
    await post.deliver()
    announcement = await sent_now(by, a_draft())
    post.server.envelopes.clear()

    async def a_process() -> None:
        worker, rounds = post.worker(), 0
        while await send_what_is_due() or await worker.run_once() or rounds < 3:
            rounds += 1
            await worker.run_once()

    await asyncio.gather(*(a_process() for _ in range(4)))
    assert sorted(post.server.recipients) == [f"p{one:03}@example.org" for one in range(3 * BATCH)]
    assert await outcomes(announcement) == {Outcome.SENT: 3 * BATCH}


async def test_pausing_and_resuming_while_it_is_sent_loses_and_repeats_nobody(by: Actor, post: Post) -> None:
    await a_published_event(by)
    await people(2 * BATCH)
    await post.deliver()
    announcement = await sent_now(by, a_draft())
    post.server.envelopes.clear()

    async def sending() -> None:
        while (await state_of(announcement)).state is not State.SENT or (await count_by_state())["waiting"]:
            await send_what_is_due()
            await post.deliver()

    async def pausing() -> None:
        for _ in range(5):
            await writing.pause(announcement, SLUG, by=by)
            await asyncio.sleep(0.02)
            await writing.resume(announcement, SLUG, by=by)
            await asyncio.sleep(0.02)

    await asyncio.gather(sending(), sending(), pausing())
    await post.brought()
    assert sorted(post.server.recipients) == [f"p{one:03}@example.org" for one in range(2 * BATCH)]


async def test_never_more_than_some_stand_before_a_confirmation(
    by: Actor, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "MOST_WAITING", BATCH)
    await a_published_event(by)
    await people(BATCH + 30)
    await post.deliver()
    announcement = await sent_now(by, a_draft())
    await send_what_is_due()
    await send_what_is_due()
    await a_registration(email="new@example.org")
    assert await outcomes(announcement) == {Outcome.WAITING: BATCH}
    assert len(await post.reached()) == BATCH + 31


async def test_what_a_server_refused_is_told_with_its_words(by: Actor, post: Post) -> None:
    await a_published_event(by)
    made = await a_registration(email="gone@example.org")
    await post.deliver()
    post.server.answers["gone@example.org"] = ["550 5.1.1 no such mailbox"]
    announcement = await sent_now(by, a_draft())
    assert await post.reached() == []
    [one] = await list_for_registration(made.id)
    assert one.outcome is Outcome.FAILED
    assert "no such mailbox" in (one.last_error or "")
    [trouble] = await list_troubles(announcement)
    assert (trouble.name, trouble.outcome) == ("Ana Reyes", "failed")


async def test_what_is_written_in_two_languages_is_read_in_ones_own(by: Actor, post: Post) -> None:
    await a_published_event(by)
    await a_registration(email="ana@example.org", mode="online")
    await a_registration(email="elodie@example.org", language="fr")
    draft = a_draft(
        subject={"en": "Soon: {event}", "fr": "Bientôt : {event}"},
        body={"en": "Dear {name},\n\nJoin: {join}\n{where}", "fr": "Bonjour {name},\n\nLien : {join}\n{where}"},
    )
    await sent_now(by, draft)
    letters = {letter["To"].addresses[0].addr_spec: letter for letter in await post.brought()}
    english, french = letters["ana@example.org"], letters["elodie@example.org"]
    assert english["Subject"] == "Soon: Care skills count"
    assert french["Subject"] == "Bientôt : Les compétences du soin comptent"
    assert "Dear Ana Reyes,\n\nJoin: http://testserver/t/" in text(english)
    assert "Bonjour Ana Reyes,\n\nCR-12, UN Headquarters, New York, NY 10017\n" in text(french)
    assert "Lien" not in text(french)
    assert "vendredi 5 février 2027" in text(french, "html")


async def test_an_organiser_cannot_change_or_delete_what_is_out_and_may_send_it_once(by: Actor, post: Post) -> None:
    await a_published_event(by)
    await a_registration()
    announcement = await sent_now(by, a_draft())
    await writing.send_now(announcement, SLUG, by=by)
    assert len(await post.brought()) == 1
    await writing.send_now(announcement, SLUG, by=by)
    for act in (writing.change(announcement, SLUG, a_draft(), by=by), writing.discard(announcement, SLUG, by=by)):
        with pytest.raises(AlreadyStarted):
            await act
    assert await post.brought() == []
    copied = await writing.copy(announcement, SLUG, by=by)
    assert (await state_of(copied)).state is State.DRAFT
    await writing.send_now(copied, SLUG, by=by)
    assert await post.reached() == ["ana@example.org"]


async def test_what_lies_in_the_past_is_not_planned(by: Actor) -> None:
    await a_published_event(by)
    with time_machine.travel(DUE + timedelta(minutes=1)), pytest.raises(CannotGo, match="is over"):
        await planned(by, a_draft(timing=DAY_BEFORE))
    same_day_too_late = Timing(anchor=Anchor.START, amount=0, unit=Unit.DAYS, clock="20:00")
    with pytest.raises(CannotGo, match="not before the event starts"):
        await planned(by, a_draft(timing=same_day_too_late))
    await cancel_event(SLUG, reason={}, by=by)
    with pytest.raises(CannotGo, match="cancelled"):
        await planned(by, a_draft(timing=DAY_BEFORE))


async def test_another_organisations_messages_are_not_there(by: Actor) -> None:
    await a_published_event(by)
    announcement = await writing.create(SLUG, a_draft(), by=by)
    stranger = await an_organisation("theirs", "Theirs")
    with pytest.raises(Exception, match="no such"):
        await writing.send_now(announcement, SLUG, by=stranger)
    await a_published_event(stranger, slug="their-event")
    with pytest.raises(Exception, match="no such message"):
        await writing.pause(announcement, "their-event", by=stranger)
    assert (await state_of(announcement)).state is State.DRAFT
