"""When an announcement goes and when no more, through a real mail server."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from events.accounts.rules import Actor
from events.announcements.actions import writing
from events.announcements.rules import AlreadyStarted, Anchor, CannotGo, Outcome, State, Timing, Unit
from events.kernel.spans import WallTime
from events.programme.rules import Mode
from events.registration.actions.cancelling import cancel_own
from events.registration.actions.moving import cancel_event, change_event
from events.registration.actions.switching import switch_own
from tests.announcements.post import (
    DAY_BEFORE,
    DUE,
    ONE_PLACE,
    SLUG,
    Post,
    a_draft,
    check_in,
    outcomes,
    people,
    planned,
    send_what_is_due,
    sent_now,
    set_status,
    state_of,
)
from tests.make import a_published_event, a_registration, an_organisation

pytestmark = pytest.mark.usefixtures("database")
DAY_AFTER = Timing(anchor=Anchor.END, amount=1, unit=Unit.DAYS, clock="10:00")
# The event: 5 February 2027, 13:15–14:30 in New York, UTC−5.
LONG_BEFORE = datetime(2027, 1, 20, 12, tzinfo=UTC)
STARTS = datetime(2027, 2, 5, 18, 15, tzinfo=UTC)
THE_DAY_AFTER = datetime(2027, 2, 6, 15, tzinfo=UTC)


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


async def test_who_was_out_of_the_group_for_a_while_gets_it_once_back_in_it(by: Actor, post: Post) -> None:
    await a_published_event(by)
    person = await a_registration(email="ana@example.org")
    reminder = await planned(by, a_draft(timing=DAY_BEFORE, mode=Mode.IN_PERSON))
    with time_machine.travel(DUE):
        await send_what_is_due()
        await switch_own(person.token, Mode.ONLINE)
        assert await post.reached() == []
        await switch_own(person.token, Mode.IN_PERSON)
        assert await post.reached() == ["ana@example.org"]
        assert await post.reached() == []
    assert await outcomes(reminder) == {Outcome.SENT: 1}
