"""A place is given to somebody else: what was said and chosen about it before was not theirs."""

from datetime import timedelta

import pytest
import time_machine

from events.accounts.rules import Actor
from events.announcements import queries
from events.announcements.actions import writing
from events.announcements.actions.choices import choose
from events.announcements.actions.delivering import renderers
from events.announcements.queries.outcomes import list_for_registration, list_recipients
from events.announcements.rules import KIND, Outcome
from events.outbox.actions import claim
from events.outbox.worker import LEASE
from events.registration import mails
from events.registration.actions.registering import Registered
from events.registration.forms import read_hand_over
from events.registration.handing_over.actions import hand_over
from events.registration.queries import get_by_id
from events.registration.rules.tokens import opt_out_token
from tests.announcements.post import DAY_BEFORE, DUE, SLUG, Post, a_draft, outcomes, planned, send_what_is_due, sent_now
from tests.make import SECRET, a_published_event, a_registration

pytestmark = pytest.mark.usefixtures("database")


async def given_to_bo(place: Registered) -> None:
    form = read_hand_over({"name": "Bo Li", "email": "bo@example.org"})
    await hand_over(place.token, form, secret=SECRET)


async def test_who_takes_a_place_over_after_a_reminder_went_is_reminded_too_and_once(by: Actor, post: Post) -> None:
    await a_published_event(by)
    place = await a_registration(email="ana@example.org")
    reminder = await planned(by, a_draft(timing=DAY_BEFORE))
    with time_machine.travel(DUE):
        assert await post.reached() == ["ana@example.org"]
        await given_to_bo(place)
        assert await list_for_registration(place.id) == [], "it was not Bo who got it"
        assert await list_recipients(reminder, after=0, limit=9) == []
        assert await post.reached() == ["bo@example.org"]
        assert await post.reached() == []
    [told] = await list_for_registration(place.id)
    assert told.outcome is Outcome.SENT


async def test_what_was_sent_once_only_is_not_said_to_have_reached_who_came_later(by: Actor, post: Post) -> None:
    await a_published_event(by)
    place = await a_registration(email="ana@example.org")
    announcement = await sent_now(by, a_draft())
    assert await post.reached() == ["ana@example.org"]
    await given_to_bo(place)
    assert await post.reached() == []
    assert await list_for_registration(place.id) == []
    assert await list_recipients(announcement, after=0, limit=9) == []
    assert await outcomes(announcement) == {Outcome.SENT: 1}, "it went to somebody"


async def test_what_is_held_goes_once_to_who_has_the_place_now(by: Actor, post: Post) -> None:
    await a_published_event(by)
    place = await a_registration(email="ana@example.org")
    reminder = await planned(by, a_draft(timing=DAY_BEFORE))
    with time_machine.travel(DUE):
        await send_what_is_due()
        await writing.pause(reminder, SLUG, by=by)
    with time_machine.travel(DUE + timedelta(minutes=5)):
        await given_to_bo(place)
        await writing.resume(reminder, SLUG, by=by)
        assert await post.reached() == ["bo@example.org"]
        assert await post.reached() == []


async def test_who_had_the_place_decides_for_nobody_else_whether_announcements_are_wanted(
    by: Actor, post: Post
) -> None:
    event = await a_published_event(by)
    place = await a_registration(email="ana@example.org")
    await choose(await get_by_id(place.id), announcements=False, organisation=by.organisation)
    assert await queries.has_opted_out(place.id)
    await given_to_bo(place)
    assert not await queries.has_opted_out(place.id)
    assert await queries.count_audience(event.id, a_draft().audience) == 1
    await sent_now(by, a_draft())
    assert await post.reached() == ["bo@example.org"]
    bo = await queries.get_by_opt_out_token(opt_out_token(SECRET, place.id, (await get_by_id(place.id)).code), SECRET)
    await choose(bo, announcements=False, organisation=by.organisation)
    assert await queries.has_opted_out(place.id)
    await sent_now(by, a_draft())
    assert await post.reached() == []


async def test_what_a_worker_holds_meanwhile_does_not_take_the_new_link_to_who_gave_the_place_away(
    by: Actor, post: Post
) -> None:
    await a_published_event(by)
    place = await a_registration(email="ana@example.org")
    await sent_now(by, a_draft())
    await send_what_is_due()
    held = await claim(9, LEASE)
    assert {one.queued.kind for one in held} == {"registration.confirmed", KIND}
    await given_to_bo(place)
    words = mails.renderers(post.settings) | renderers(post.settings)
    assert [await words[one.queued.kind](one.queued) for one in held] == [None, None]
