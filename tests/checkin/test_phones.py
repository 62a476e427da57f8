"""What phones send: again, late, and all at once."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from events.checkin import queries
from events.checkin.actions import scan, scan_with_phone
from events.checkin.forms import ScanForm
from events.checkin.rules import (
    Answer,
    NonceReused,
    Reason,
    Result,
)
from events.checkin.tables import Scan
from events.kernel.clock import utc_now
from events.registration.actions.cancelling import cancel_own
from tests.checkin.doors import DURING, a_door, scanned
from tests.make import a_published_event, a_registration, an_organisation

pytestmark = pytest.mark.usefixtures("database")


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
