"""Every scan has one final answer, is kept, and admits a ticket once, whatever happens at once."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from events.activity.tables import Activity
from events.checkin.actions import close_door, forget_strange_codes, open_door
from events.checkin.forms import DoorForm
from events.checkin.rules import (
    Answer,
    Direction,
    DoorClosed,
    DoorNotFound,
    FirstScan,
    Reason,
    Result,
)
from events.checkin.tables import Scan
from events.infra.db import Prepared
from events.programme.rules import Mode
from events.registration.actions.cancelling import cancel_own
from events.registration.actions.erasing import erase_own
from events.registration.actions.moving import cancel_event
from events.registration.admission.actions import set_admission
from events.registration.admission.rules import Admission
from events.registration.tables import Registration
from tests.checkin.doors import DURING, SLUG, a_door, scanned
from tests.make import SECRET, a_published_event, a_registration, an_organisation
from tests.registration.passes import an_event_with_a_pass

pytestmark = pytest.mark.usefixtures("database")


async def test_a_ticket_admits_once_and_then_says_when_and_where() -> None:
    by = await an_organisation()
    await a_published_event(by)
    registered, door = await a_registration(), await a_door(by)

    first = await scanned(door, by, registered.code)
    again = await scanned(door, by, registered.code.lower(), DURING + timedelta(minutes=5))
    assert first == Answer(result=Result.ADMITTED, name="Ana Reyes", mode=Mode.IN_PERSON)
    assert again == Answer(
        result=Result.REFUSED,
        reason=Reason.ALREADY_ADMITTED,
        name="Ana Reyes",
        mode=Mode.IN_PERSON,
        first_scan=FirstScan(DURING, "Main entrance"),
    )
    assert again.first_scan
    assert again.first_scan.at.isoformat() == "2027-02-05T13:20:00-05:00", "in the event's own zone"

    other = await a_door(by, name="Balcony")
    assert (await scanned(other, by, registered.code)).result is Result.ADMITTED
    [row] = await Registration.select(Registration.checked_in_at)
    assert row == {"checked_in_at": DURING}, "the first of all"
    kept = await Scan.select(Scan.door, Scan.result, Scan.reason, Scan.exclusive, Scan.scanned_at).order_by(Scan.id)
    assert [tuple(row.values()) for row in kept] == [
        (door.id, "admitted", None, True, DURING),
        (door.id, "refused", "already_admitted", False, DURING + timedelta(minutes=5)),
        (other.id, "admitted", None, True, DURING),
    ]


async def test_a_ticket_admits_again_on_the_next_day_of_a_conference() -> None:
    by = await an_organisation()
    zone = "Asia/Tashkent"
    await a_published_event(
        by, starts={"wall": "2027-10-04T09:00", "zone": zone}, ends={"wall": "2027-10-06T17:00", "zone": zone}
    )
    registered, door = await a_registration(), await a_door(by)
    times = [datetime(2027, 10, 4, 18, 59, tzinfo=UTC), datetime(2027, 10, 4, 19, 0, tzinfo=UTC)]
    assert [(await scanned(door, by, registered.code, at)).result for at in times] == [Result.ADMITTED] * 2


async def test_a_door_with_reentry_admits_again_and_says_when_the_first_was() -> None:
    by = await an_organisation()
    await a_published_event(by)
    registered, door = await a_registration(), await a_door(by, reentry=True)
    await scanned(door, by, registered.code)
    out = await scanned(door, by, registered.code, DURING + timedelta(hours=3), direction=Direction.OUT)
    back = await scanned(door, by, registered.code, DURING + timedelta(minutes=9))
    assert out == Answer(result=Result.ADMITTED, name="Ana Reyes", mode=Mode.IN_PERSON)
    assert (back.result, back.first_scan) == (Result.ADMITTED, FirstScan(DURING, "Main entrance"))


async def test_who_went_out_is_written_down_and_comes_in_again_only_where_the_door_allows_it() -> None:
    by = await an_organisation()
    await a_published_event(by)
    registered, door = await a_registration(), await a_door(by)
    await scanned(door, by, registered.code)
    await scanned(door, by, registered.code, direction=Direction.OUT)
    assert (await scanned(door, by, registered.code)).reason is Reason.ALREADY_ADMITTED
    rows = await Scan.select(Scan.direction).order_by(Scan.id)
    assert [row["direction"] for row in rows] == ["in", "out", "in"]


async def test_each_reason_of_a_ticket_that_does_not_admit() -> None:
    by, stranger = await an_organisation(), await an_organisation("others", "Others")
    event = await a_published_event(by, modes={"in_person": {"capacity": 4}, "online": {}})
    await a_published_event(by, slug="approved", approval=True)
    await a_published_event(by, slug="proven", prove_address=True)
    await a_published_event(by, slug="part", part_of=event.slug)
    await a_published_event(stranger, slug="elsewhere")
    door = await a_door(by)
    cancelled, erased = await a_registration(email="c@example.org"), await a_registration(email="e@example.org")
    await cancel_own(cancelled.token)
    await erase_own(erased.token)
    for number in range(4):
        await a_registration(email=f"{number}@example.org")
    codes = {
        "cancelled": cancelled.code,
        "revoked": erased.code,
        "waiting": (await a_registration(email="w@example.org")).code,
        "other_mode": (await a_registration(email="o@example.org", mode="online")).code,
        "pending": (await a_registration("approved")).code,
        "unverified": (await a_registration("proven")).code,
        "other_event": (await a_registration("part", name="Session Guest")).code,
        "unknown": (await a_registration("elsewhere")).code,
    }
    for reason in ("pending", "unverified"):
        own = await a_door(by, {"pending": "approved", "unverified": "proven"}[reason])
        assert (await scanned(own, by, codes.pop(reason))).reason == reason
    answers = {reason: await scanned(door, by, code) for reason, code in codes.items()}
    assert {reason: answer.reason for reason, answer in answers.items()} == {name: Reason(name) for name in codes}
    assert answers["unknown"] == Answer(result=Result.REFUSED, reason=Reason.UNKNOWN), (
        "nothing of others' people is told"
    )
    assert answers["revoked"].name is None
    assert answers["other_event"].name == "Session Guest"
    assert answers["other_event"].other_event == {"en": "Care skills count", "fr": "Les compétences du soin comptent"}
    assert await Scan.count() == len(codes) + 2


async def test_nobody_is_admitted_to_an_event_that_was_cancelled() -> None:
    by = await an_organisation()
    await a_published_event(by)
    registered, door = await a_registration(), await a_door(by)
    await cancel_event(SLUG, reason={"en": "Strike"}, by=by)
    assert (await scanned(door, by, registered.code)).reason is Reason.CANCELLED


async def test_too_early_and_too_late() -> None:
    by = await an_organisation()
    await a_published_event(by)
    registered = await a_registration()
    form = DoorForm("Main entrance", opens_at=DURING - timedelta(hours=1))
    door = await open_door(SLUG, form, by=by, secret=SECRET)
    at = [DURING - timedelta(hours=2), DURING + timedelta(days=30)]
    reasons = [(await scanned(door, by, registered.code, time)).reason for time in at]
    assert reasons == [Reason.TOO_EARLY, Reason.TOO_LATE]


async def test_what_is_no_code_is_kept_too_shortened() -> None:
    by = await an_organisation()
    await a_published_event(by)
    door = await a_door(by)
    assert (await scanned(door, by, "https://example.org/" + "x" * 500)).reason is Reason.UNKNOWN
    [row] = await Scan.select(Scan.code_read, Scan.registration)
    assert row == {"code_read": ("https://example.org/" + "x" * 500)[:200], "registration": None}


async def test_what_is_no_ticket_is_forgotten_once_the_doors_are_closed() -> None:
    """It may be a card with somebody's name."""
    by = await an_organisation()
    await a_published_event(by)
    registered, door = await a_registration(), await a_door(by)
    for code in (registered.code, "BEGIN:VCARD FN:Ana Reyes"):
        await scanned(door, by, code)
    assert await forget_strange_codes() == 0
    with time_machine.travel("2027-02-06T20:00:00Z"):
        assert await forget_strange_codes() == 1
        assert await forget_strange_codes() == 0
    rows = await Scan.select(Scan.code_read).order_by(Scan.id)
    assert [row["code_read"] for row in rows] == [registered.code, ""]


async def test_a_closed_door_takes_no_scans_and_another_organisations_is_not_there() -> None:
    by, stranger = await an_organisation(), await an_organisation("others", "Others")
    await a_published_event(by)
    door = await a_door(by)
    with pytest.raises(DoorNotFound):
        await scanned(door, stranger, "X")
    with pytest.raises(DoorNotFound):
        await close_door(door.id, by=stranger)
    await close_door(door.id, by=by)
    await close_door(door.id, by=by)
    with pytest.raises(DoorClosed):
        await scanned(door, by, "X")
    rows = await Activity.select(Activity.verb).where(Activity.subject == f"door:{door.id}").order_by(Activity.id)
    assert [row["verb"] for row in rows] == ["opened", "closed"]
    assert await Scan.count() == 0


async def test_where_the_house_asks_for_a_pass_the_answer_says_how_they_stand_and_stays_the_same() -> None:
    by = await an_organisation()
    await an_event_with_a_pass(by)
    door = await a_door(by, reentry=True)
    made = await a_registration()
    online = await a_registration(email="online@example.org", mode="online")
    gone = await a_registration(email="gone@example.org")
    await cancel_own(gone.token)
    assert (await scanned(door, by, made.code)).admission is Admission.NOT_APPLIED
    for state in (Admission.APPLIED, Admission.REFUSED, Admission.APPROVED):
        await set_admission(made.code, state, by=by)
        answer = await scanned(door, by, made.code)
        assert (answer.result, answer.admission) == (Result.ADMITTED, state)
    assert (await scanned(door, by, online.code)).admission is None
    assert (await scanned(door, by, gone.code)).admission is None
    assert (await scanned(door, by, "0" * 26)).admission is None
    await a_published_event(by, slug="elsewhere", title={"en": "Elsewhere"})
    assert (await scanned(await a_door(by, "elsewhere"), by, made.code)).admission is None


async def test_an_event_that_asks_for_no_pass_costs_a_scan_no_statement(monkeypatch: pytest.MonkeyPatch) -> None:
    by = await an_organisation()
    await a_published_event(by)
    await an_event_with_a_pass(by, slug="asking", title={"en": "Asking"})
    asked: list[Prepared] = []
    rows = Prepared.rows

    async def counted(self: Prepared, **values: object) -> object:
        asked.append(self)
        return await rows(self, **values)

    monkeypatch.setattr(Prepared, "rows", counted)
    numbers = {}
    for slug in (SLUG, "asking"):
        made, door = await a_registration(slug), await a_door(by, slug)
        asked.clear()
        await scanned(door, by, made.code)
        numbers[slug] = len(asked)
    assert numbers["asking"] == numbers[SLUG] + 1
