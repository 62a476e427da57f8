"""Every scan has one final answer, is kept, and admits a ticket once, whatever happens at once."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from events.accounts.rules import Actor
from events.activity.tables import Activity
from events.checkin import queries
from events.checkin.actions import close_door, open_door, scan, scan_with_phone
from events.checkin.forms import DoorForm, ScanForm
from events.checkin.rules import (
    Answer,
    Direction,
    DoorClosed,
    DoorFacts,
    DoorNotFound,
    FirstScan,
    NonceReused,
    Reason,
    Result,
)
from events.checkin.tables import Scan
from events.infra.db import Prepared
from events.kernel.clock import utc_now
from events.programme.rules import Mode
from events.registration.actions.cancelling import cancel_own
from events.registration.actions.erasing import erase_own
from events.registration.actions.moving import cancel_event
from events.registration.admission.actions import set_admission
from events.registration.admission.rules import Admission
from events.registration.tables import Registration
from tests.make import SECRET, a_published_event, a_registration, an_organisation
from tests.registration.passes import an_event_with_a_pass

pytestmark = pytest.mark.usefixtures("database")
DURING = datetime(2027, 2, 5, 18, 20, tzinfo=UTC)  # 13:20 in New York
SLUG = "care-skills-count"


async def a_door(by: Actor, slug: str = SLUG, name: str = "Main entrance", *, reentry: bool = False) -> DoorFacts:
    return await open_door(slug, DoorForm(name, reentry), by=by, secret=SECRET)


async def scanned(door: DoorFacts, by: Actor, code: str, at: datetime = DURING, **more: object) -> Answer:
    [answer] = await scan(door.id, [ScanForm(code=code, scanned_at=at, **more)], by=by)  # type: ignore[arg-type]  # by name
    return answer


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


async def test_the_same_nonce_gives_the_same_answer_and_no_second_row() -> None:
    by = await an_organisation()
    await a_published_event(by)
    registered, door = await a_registration(), await a_door(by)
    first = await scanned(door, by, registered.code, nonce="a")
    await cancel_own(registered.token)
    assert await scanned(door, by, registered.code, nonce="a") == first, "what was answered stands"
    refused = await scanned(door, by, registered.code, nonce="b")
    assert await scanned(door, by, registered.code, nonce="b") == refused
    assert await Scan.count() == 2
    other = await a_door(by, name="Balcony")
    assert (await scanned(other, by, registered.code, nonce="a")).reason is Reason.CANCELLED, "nonces are a door's own"


async def test_a_scan_sent_again_before_it_was_answered_is_one_scan() -> None:
    by = await an_organisation()
    await a_published_event(by)
    registered, door = await a_registration(), await a_door(by)
    answers = await asyncio.gather(*(scanned(door, by, registered.code, nonce="a") for _ in range(8)))
    assert {answer.result for answer in answers} == {Result.ADMITTED}
    assert await Scan.count() == 1


async def test_already_admitted_is_said_again_with_the_first_scan() -> None:
    by = await an_organisation()
    await a_published_event(by)
    registered, door = await a_registration(), await a_door(by)
    await scanned(door, by, registered.code, nonce="a")
    again = await scanned(door, by, registered.code, DURING + timedelta(minutes=1), nonce="b")
    assert again.first_scan
    assert await scanned(door, by, registered.code, DURING + timedelta(minutes=1), nonce="b") == again


async def test_a_nonce_with_another_code_refuses_the_whole_list() -> None:
    by = await an_organisation()
    await a_published_event(by)
    registered, door = await a_registration(), await a_door(by)
    scans = [
        ScanForm(code=registered.code, nonce="a", scanned_at=DURING),
        ScanForm(code="ANOTHER", nonce="a", scanned_at=DURING),
    ]
    with pytest.raises(NonceReused):
        await scan(door.id, scans, by=by)
    assert await Scan.count() == 0


async def test_a_phones_clock_is_believed_when_it_is_behind_never_when_it_is_ahead() -> None:
    by = await an_organisation()
    await a_published_event(by)
    registered, door = await a_registration(), await a_door(by)
    before = utc_now()
    [behind, ahead] = await scan_with_phone(
        door,
        [
            ScanForm(code=registered.code, scanned_at=before - timedelta(hours=1)),
            ScanForm(code=registered.code, scanned_at=before + timedelta(days=3650)),
        ],
    )
    assert [behind.reason, ahead.reason] == [None, Reason.ALREADY_ADMITTED]
    rows = await Scan.select(Scan.scanned_at, Scan.received_at).order_by(Scan.id)
    assert rows[0]["scanned_at"] == before - timedelta(hours=1)
    assert rows[1]["scanned_at"] == rows[1]["received_at"] >= before


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


@pytest.mark.slow
async def test_two_phones_at_one_ticket_at_once_admit_it_once() -> None:
    by = await an_organisation()
    await a_published_event(by, modes={"in_person": {}})
    door = await a_door(by)
    codes = [(await a_registration(email=f"{number}@example.org")).code for number in range(200)]

    async def one_phone(code: str, phone: int) -> Answer:
        return await scanned(door, by, code, DURING + timedelta(seconds=phone), nonce=f"{phone}-{code}")

    answers = await asyncio.gather(*(one_phone(code, phone) for code in codes for phone in range(4)))
    assert Counter(answer.reason for answer in answers) == {None: 200, Reason.ALREADY_ADMITTED: 600}
    assert all(answer.first_scan for answer in answers if answer.reason)
    assert await Scan.count() == 800
    admitted = await Scan.select(Scan.registration).where(Scan.result == "admitted")
    assert len({row["registration"] for row in admitted}) == 200
    assert (await queries.count(door.event)).admitted == 200


@pytest.mark.slow
async def test_two_phones_send_what_they_kept_at_once() -> None:
    by = await an_organisation()
    await a_published_event(by, modes={"in_person": {}})
    door = await a_door(by)
    codes = [(await a_registration(email=f"{number}@example.org")).code for number in range(200)]

    def kept(phone: int) -> list[ScanForm]:
        order = codes if phone % 2 else codes[::-1]  # so that they meet
        return [ScanForm(code=code, nonce=f"{phone}-{code}", scanned_at=DURING) for code in order]

    both = await asyncio.gather(*(scan(door.id, kept(phone), by=by) for phone in range(2)))
    assert Counter(answer.reason for answers in both for answer in answers) == {None: 200, Reason.ALREADY_ADMITTED: 200}
    repeated = await scan(door.id, kept(0), by=by)
    assert repeated == both[0]
    assert await Scan.count() == 400


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
