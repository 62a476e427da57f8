from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from events.checkin.rules import Direction, DoorFacts, Reason, ShownTicket, refusal
from events.programme.rules import Mode, Status
from events.registration.rules import Standing

DOOR = DoorFacts(
    id=1,
    name="Main entrance",
    reentry=False,
    token_digest="",
    opens_at=None,
    closed_at=None,
    event=7,
    slug="care",
    title={"en": "Care"},
    admission={},
    admission_step=False,
    form="",
    organisation=1,
    status=Status.PUBLISHED,
    starts_at=datetime(2027, 2, 5, 18, 15, tzinfo=UTC),
    ends_at=datetime(2027, 2, 5, 19, 30, tzinfo=UTC),
    zone="America/New_York",
)
TICKET = ShownTicket(
    id=3,
    event=7,
    title={"en": "Care"},
    name="Ana Reyes",
    mode=Mode.IN_PERSON,
    standing=Standing.CONFIRMED,
    erased=False,
    checked_in=False,
)
DURING = datetime(2027, 2, 5, 18, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ticket", "door", "reason"),
    [
        ({}, {}, None),
        ({"event": 8}, {}, Reason.OTHER_EVENT),
        ({"erased": True, "standing": Standing.CANCELLED}, {}, Reason.REVOKED),
        ({}, {"status": Status.CANCELLED}, Reason.CANCELLED),
        ({"standing": Standing.CANCELLED}, {}, Reason.CANCELLED),
        ({"standing": Standing.DECLINED}, {}, Reason.DECLINED),
        ({"standing": Standing.WAITING}, {}, Reason.WAITING),
        ({"standing": Standing.PENDING}, {}, Reason.PENDING),
        ({"standing": Standing.UNVERIFIED}, {}, Reason.UNVERIFIED),
        ({"mode": Mode.ONLINE}, {}, Reason.OTHER_MODE),
        ({"mode": Mode.ONLINE, "standing": Standing.WAITING}, {}, Reason.WAITING),
    ],
)
def test_a_ticket_is_refused_for_the_first_thing_that_is_wrong(
    ticket: dict[str, Any], door: dict[str, Any], reason: Reason | None
) -> None:
    assert refusal(replace(DOOR, **door), replace(TICKET, **ticket), DURING, Direction.IN) is reason


def test_a_code_that_is_no_ticket_is_unknown() -> None:
    assert refusal(DOOR, None, DURING, Direction.IN) is Reason.UNKNOWN


@pytest.mark.parametrize(
    ("at", "reason"),
    [
        (datetime(2027, 2, 5, 16, 59, tzinfo=UTC), Reason.TOO_EARLY),
        (datetime(2027, 2, 5, 17, 0, tzinfo=UTC), None),
        (datetime(2027, 2, 5, 19, 59, tzinfo=UTC), None),
        (datetime(2027, 2, 5, 20, 0, tzinfo=UTC), Reason.TOO_LATE),
    ],
)
def test_a_door_admits_from_its_opening_until_half_an_hour_after_the_end(at: datetime, reason: Reason | None) -> None:
    door = replace(DOOR, opens_at=datetime(2027, 2, 5, 17, 0, tzinfo=UTC))
    assert refusal(door, TICKET, at, Direction.IN) is reason
    assert refusal(door, TICKET, at, Direction.OUT) is None


def test_a_door_without_an_opening_time_admits_as_soon_as_it_is_there() -> None:
    assert refusal(DOOR, TICKET, datetime(2026, 11, 22, 12, 0, tzinfo=UTC), Direction.IN) is None


def test_a_day_is_the_events_own_and_a_night_belongs_to_the_day_it_began_on() -> None:
    tashkent = replace(
        DOOR,
        zone="Asia/Tashkent",
        starts_at=datetime(2027, 10, 4, 4, 0, tzinfo=UTC),
        ends_at=datetime(2027, 10, 6, 12, 0, tzinfo=UTC),
    )
    late, early = datetime(2027, 10, 4, 18, 59, tzinfo=UTC), datetime(2027, 10, 4, 19, 0, tzinfo=UTC)
    assert (tashkent.day_of(late).isoformat(), tashkent.day_of(early).isoformat()) == ("2027-10-04", "2027-10-05")

    night = replace(
        tashkent, starts_at=datetime(2027, 10, 4, 16, 0, tzinfo=UTC), ends_at=datetime(2027, 10, 4, 22, tzinfo=UTC)
    )
    eve = datetime(2027, 10, 3, 10, 0, tzinfo=UTC)
    days = [night.day_of(at).isoformat() for at in (eve, late, early)]
    assert days == ["2027-10-03", "2027-10-04", "2027-10-04"]


def test_a_doors_address_opens_until_a_day_after_the_event_unless_it_was_closed() -> None:
    assert DOOR.is_open(datetime(2027, 2, 6, 19, 29, tzinfo=UTC))
    assert not DOOR.is_open(datetime(2027, 2, 6, 19, 30, tzinfo=UTC))
    assert not replace(DOOR, closed_at=DURING).is_open(DURING)
