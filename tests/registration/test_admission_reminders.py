"""Who has not applied to the house is reminded, once for each date, on the clocks of the event, and nobody else is."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest
import time_machine

from events.accounts.rules import Actor
from events.infra import db
from events.kernel.spans import WallTime
from events.outbox.tables import Message
from events.programme.rules.admission import AdmissionStep, Remind, Reminder
from events.registration.actions.cancelling import cancel_own
from events.registration.actions.moving import cancel_event, change_event, postpone_event
from events.registration.admission import actions
from events.registration.admission.actions import remind_of_admission, say_own, set_admission
from events.registration.admission.rules import Admission
from events.registration.admission.tables import AdmissionReminder
from events.registration.rules import ADMISSION_KIND
from tests.make import a_registration
from tests.registration.passes import an_event_with_a_pass
from tests.registration.post import Post, text

SLUG = "care-skills-count"
EARLY = datetime(2026, 12, 1, 12, tzinfo=UTC)
SEVEN_BEFORE = datetime(2027, 1, 22, 14, tzinfo=UTC)  # 09:00 in New York
MINUTE = timedelta(minutes=1)


class CutOffError(Exception):
    """Whatever ends an action before its commit."""


async def reminded() -> list[str]:
    rows = await Message.select(Message.to_address).where(Message.kind == ADMISSION_KIND).order_by(Message.id)
    return [row["to_address"] for row in rows]


async def people(*emails: str, **changes: Any) -> list[Any]:
    with time_machine.travel(EARLY):
        return [await a_registration(email=email, **changes) for email in emails]


def a_step(remind: Remind, wall: str | None, zone: str, *days: int) -> AdmissionStep:
    deadline = WallTime(datetime.fromisoformat(wall), zone) if wall else None
    return AdmissionStep(link=None, deadline=deadline, remind=remind, remind_days=days)


class TestWhen:
    """Pure: which reminder's time has come."""

    starts = WallTime(datetime.fromisoformat("2027-04-09T13:00"), "Europe/Zurich")

    def test_nine_in_the_morning_stays_nine_however_clocks_are_changed_in_between(self) -> None:
        step = a_step(Remind.DAYS, "2027-04-02T18:00", "Europe/Zurich", 14, 2)
        winter, summer = datetime(2027, 3, 19, 8, tzinfo=UTC), datetime(2027, 3, 31, 7, tzinfo=UTC)
        assert step.reminder_at(self.starts, winter) == Reminder(date(2027, 3, 19), winter)
        assert step.reminder_at(self.starts, summer) == Reminder(date(2027, 3, 31), summer)
        assert step.reminder_at(self.starts, winter - MINUTE) is None

    def test_one_that_was_held_up_is_sent_within_a_day_and_not_later(self) -> None:
        step = a_step(Remind.DAYS, "2027-04-02T18:00", "Europe/Zurich", 14)
        at = datetime(2027, 3, 19, 8, tzinfo=UTC)
        assert step.reminder_at(self.starts, at + timedelta(hours=24) - MINUTE) == Reminder(date(2027, 3, 19), at)
        assert step.reminder_at(self.starts, at + timedelta(hours=24)) is None

    def test_every_week_is_the_weekday_of_the_deadline(self) -> None:
        step = a_step(Remind.WEEKLY, "2027-04-02T18:00", "Europe/Zurich")
        at = datetime(2027, 2, 26, 8, tzinfo=UTC)
        assert step.reminder_at(self.starts, at) == Reminder(date(2027, 2, 26), at)
        assert step.reminder_at(self.starts, at + timedelta(days=2)) is None

    def test_without_a_deadline_days_count_from_the_event_and_after_either_nobody_is_reminded(self) -> None:
        step = a_step(Remind.DAYS, None, "", 2)
        at = datetime(2027, 4, 7, 7, tzinfo=UTC)
        assert step.reminder_at(self.starts, at) == Reminder(date(2027, 4, 7), at)
        same_day = a_step(Remind.DAYS, "2027-04-03T10:00", "Europe/Zurich", 1)
        after = datetime(2027, 4, 3, 8, tzinfo=UTC)
        assert same_day.reminder_at(self.starts, after - timedelta(hours=24)) is not None
        assert same_day.reminder_at(self.starts, after) is None, "the deadline has passed"

    def test_off_is_off(self) -> None:
        step = a_step(Remind.OFF, "2027-04-02T18:00", "Europe/Zurich", 14)
        assert step.reminder_at(self.starts, datetime(2027, 3, 19, 8, tzinfo=UTC)) is None


@pytest.mark.usefixtures("database")
class TestWhom:
    async def test_once_for_each_date_however_often_one_looks(self, by: Actor) -> None:
        await an_event_with_a_pass(by)
        await people("ana@example.org", "ben@example.org")
        with time_machine.travel(SEVEN_BEFORE - MINUTE, tick=False):
            assert await remind_of_admission() == 0
        for later in (0, 1, 600):
            with time_machine.travel(SEVEN_BEFORE + later * MINUTE, tick=False):
                await remind_of_admission()
        assert await reminded() == ["ana@example.org", "ben@example.org"]
        with time_machine.travel(SEVEN_BEFORE + timedelta(days=5), tick=False):
            assert await remind_of_admission() == 2
        days = await AdmissionReminder.select(AdmissionReminder.day).order_by(AdmissionReminder.id)
        assert [row["day"] for row in days] == [date(2027, 1, 22)] * 2 + [date(2027, 1, 27)] * 2

    async def test_only_who_has_a_place_in_the_room_and_has_not_said_a_thing(self, by: Actor) -> None:
        await an_event_with_a_pass(by, modes={"in_person": {"capacity": 6}, "online": {"capacity": None}})
        applied, refused, noted, left, _todo, _sixth, waits = await people(
            *(f"{name}@example.org" for name in ("applied", "refused", "noted", "left", "todo", "late", "waits"))
        )
        await people("online@example.org", mode="online")
        assert waits.standing == "waiting"
        await say_own(applied.token, Admission.APPLIED)
        await say_own(refused.token, Admission.REFUSED)
        await set_admission(noted.code, Admission.NOT_NEEDED, by=by)
        with time_machine.travel(SEVEN_BEFORE, tick=False):
            await cancel_own(left.token)
            await remind_of_admission()
        assert await reminded() == ["todo@example.org", "late@example.org", "waits@example.org"], "they moved up"

    async def test_who_registers_after_the_date_waits_for_the_next(self, by: Actor) -> None:
        await an_event_with_a_pass(by)
        with time_machine.travel(SEVEN_BEFORE + MINUTE, tick=False):
            await a_registration()
            assert await remind_of_admission() == 0
        with time_machine.travel(SEVEN_BEFORE + timedelta(days=5), tick=False):
            assert await remind_of_admission() == 1

    async def test_what_is_postponed_or_cancelled_pauses_it(self, by: Actor) -> None:
        event = await an_event_with_a_pass(by)
        await people("ana@example.org")
        with time_machine.travel(SEVEN_BEFORE - timedelta(hours=1), tick=False):
            await postpone_event(event.slug, by=by)
        with time_machine.travel(SEVEN_BEFORE, tick=False):
            assert await remind_of_admission() == 0
            await cancel_event(event.slug, reason={}, by=by)
            assert await remind_of_admission() == 0
        assert await reminded() == []

    async def test_a_deadline_that_is_moved_moves_the_dates(self, by: Actor) -> None:
        event = await an_event_with_a_pass(by)
        await people("ana@example.org")
        patch = {"admission_step": {"deadline": {"wall": "2027-02-01T18:00"}}}
        await change_event(event.slug, patch, by=by)
        with time_machine.travel(SEVEN_BEFORE, tick=False):
            assert await remind_of_admission() == 0
        with time_machine.travel(SEVEN_BEFORE + timedelta(days=3), tick=False):
            assert await remind_of_admission() == 1

    async def test_who_assists_needs_a_pass_too(self, by: Actor) -> None:
        await an_event_with_a_pass(by, ask_access=True)
        await people("ana@example.org", assistants=[{"name": "Ben", "role": "interpreter"}])
        with time_machine.travel(SEVEN_BEFORE, tick=False):
            assert await remind_of_admission() == 2

    async def test_several_who_look_at_once_remind_nobody_twice(self, by: Actor) -> None:
        await an_event_with_a_pass(by, modes={"in_person": {"capacity": None}})
        await people(*(f"p{number}@example.org" for number in range(30)))
        with time_machine.travel(SEVEN_BEFORE, tick=False):
            await asyncio.gather(*(remind_of_admission() for _ in range(8)))
        assert sorted(await reminded()) == sorted(f"p{number}@example.org" for number in range(30))

    async def test_what_ends_before_its_commit_leaves_neither_mark_nor_mail(
        self, by: Actor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        event = await an_event_with_a_pass(by)
        await people("ana@example.org", "ben@example.org")

        @db.write
        async def cut_off() -> None:
            await actions.remind.step(event.id, date(2027, 1, 22), SEVEN_BEFORE)
            raise CutOffError

        with time_machine.travel(SEVEN_BEFORE, tick=False):
            with pytest.raises(CutOffError):
                await cut_off()
            assert await reminded() == []
            assert not await AdmissionReminder.exists()
            monkeypatch.setattr(actions, "_AT_ONCE", 1)  # in as many steps as people
            assert await remind_of_admission() == 2
        assert await reminded() == ["ana@example.org", "ben@example.org"]


@pytest.mark.usefixtures("database")
class TestWhatTheySay:
    async def test_the_confirmation_says_that_a_pass_is_needed(self, by: Actor, post: Post) -> None:
        await an_event_with_a_pass(by)
        made = await a_registration(language="fr")
        letter = await post.the_letter()
        for kind in ("plain", "html"):
            said = text(letter, kind)
            assert "Il faut un badge des Nations Unies." in said
            assert "https://indico.un.org/" in said
            assert "29 janvier 2027" in said
        await say_own(made.token, Admission.ANNUAL_PASS)
        await a_registration(email="online@example.org", mode="online")
        assert "https://indico.un.org/" not in text(await post.the_letter())

    async def test_a_reminder_is_in_their_language_and_leads_to_their_page(self, by: Actor, post: Post) -> None:
        await an_event_with_a_pass(by)
        [made] = await people("ana@example.org", language="fr")
        with time_machine.travel(EARLY + MINUTE):
            await post.brought()
        with time_machine.travel(SEVEN_BEFORE, tick=False):
            await remind_of_admission()
            letter = await post.the_letter()
        assert letter["subject"].startswith("Il vous faut aussi un badge")
        assert f"/t/{made.token}" in text(letter)
        assert "https://indico.un.org/" in text(letter)
        assert [part.get_content_type() for part in letter.walk() if part.get_content_maintype() == "text"] == [
            "text/plain",
            "text/html",
        ]

    async def test_who_has_applied_since_it_was_queued_gets_none(self, by: Actor, post: Post) -> None:
        event = await an_event_with_a_pass(by)
        ana, _ben = await people("ana@example.org", "ben@example.org")
        with time_machine.travel(EARLY + MINUTE):
            await post.brought()
        with time_machine.travel(SEVEN_BEFORE, tick=False):
            assert await remind_of_admission() == 2
            await say_own(ana.token, Admission.APPLIED)
            [letter] = await post.brought()
            assert letter["to"].endswith("<ben@example.org>")
            await people("cleo@example.org")
            await post.brought()
            assert await remind_of_admission() == 1
            await postpone_event(event.slug, by=by)
            assert not [one for one in await post.brought() if "pass" in str(one["subject"])]
        facts = await Message.select(Message.facts).where(Message.kind == ADMISSION_KIND)
        assert [msgspec.json.decode(row["facts"]) for row in facts] == [{"day": "2027-01-22"}]
