from datetime import UTC, datetime, timedelta

import pytest
from msgspec import structs

from events.programme.rules import Status
from events.programme.rules.places import LockedPlaces
from events.registration.rules import Full, RegistrationClosed, Standing
from events.registration.rules.opening import check_open
from events.registration.rules.places import Decision, check_room, decide, may_promote
from events.registration.rules.tokens import token_of

NOW = datetime(2027, 1, 4, 12, tzinfo=UTC)
STARTS = datetime(2027, 2, 5, 18, 15, tzinfo=UTC)
PLACES = LockedPlaces(
    id=1,
    mode="in_person",
    capacity=80,
    overbooking=0,
    closes_at=STARTS - timedelta(days=2),
    taken=79,
    last_in_line=0,
    event=1,
    slug="care-skills-count",
    organisation=1,
    status="published",
    starts_at=STARTS,
    ends_at=STARTS + timedelta(minutes=75),
    approval=False,
    prove_address=False,
    waiting_list=True,
    hold_hours=24,
    promotion_stops_minutes=120,
    switch_stops_minutes=0,
    opens_at=None,
    opens_zone=None,
    ask_affiliation="off",
    ask_access=False,
)


def places(**changes: object) -> LockedPlaces:
    return structs.replace(PLACES, **changes)


@pytest.mark.parametrize(
    ("given", "proven", "decision"),
    [
        (places(), True, Decision(Standing.CONFIRMED, True, None, None)),
        (places(approval=True), True, Decision(Standing.PENDING, True, None, None)),
        (places(), False, Decision(Standing.UNVERIFIED, True, None, NOW + timedelta(hours=24))),
        (places(taken=80), False, Decision(Standing.UNVERIFIED, False, None, NOW + timedelta(hours=24))),
        (places(taken=80, last_in_line=7), True, Decision(Standing.WAITING, False, 8, None)),
        (places(taken=80, approval=True), True, Decision(Standing.WAITING, False, 1, None)),
        (places(taken=87, overbooking=10), True, Decision(Standing.CONFIRMED, True, None, None)),
        (places(taken=88, overbooking=10), True, Decision(Standing.WAITING, False, 1, None)),
        (places(taken=4000, capacity=None), True, Decision(Standing.CONFIRMED, True, None, None)),
    ],
)
def test_what_becomes_of_one_more_registration(given: LockedPlaces, decision: Decision, *, proven: bool) -> None:
    assert decide(given, NOW, proven=proven) == decision


@pytest.mark.parametrize("proven", [True, False])
def test_a_full_event_without_a_line_takes_nobody(*, proven: bool) -> None:
    full = places(taken=80, waiting_list=False)
    with pytest.raises(Full):
        decide(full, NOW, proven=proven)
    with pytest.raises(Full):
        check_room(full)
    check_room(places(taken=80))


@pytest.mark.parametrize(
    ("status", "now", "words"),
    [
        (Status.CANCELLED, NOW, "cancelled"),
        (Status.POSTPONED, NOW, "postponed"),
        (Status.PUBLISHED, PLACES.closes_at, "closed"),
        (Status.PUBLISHED, PLACES.ends_at, "over"),
        (Status.CANCELLED, PLACES.ends_at, "cancelled"),
    ],
)
def test_why_registration_is_closed(status: Status, now: datetime, words: str) -> None:
    with pytest.raises(RegistrationClosed, match=words):
        check_open(status, PLACES.ends_at, PLACES.closes_at, now)


def test_registration_is_open_until_its_last_second() -> None:
    check_open(Status.PUBLISHED, PLACES.ends_at, PLACES.closes_at, PLACES.closes_at - timedelta(seconds=1))


def test_nobody_is_promoted_so_late_that_they_could_not_come() -> None:
    stops_at = STARTS - timedelta(minutes=120)
    assert may_promote(PLACES, stops_at - timedelta(seconds=1))
    assert not may_promote(PLACES, stops_at)
    assert not may_promote(places(taken=80), NOW)
    assert not may_promote(places(status="cancelled"), NOW)


def test_a_token_follows_from_secret_code_and_counter_alone() -> None:
    made = token_of("a" * 64, "4NYASBCTWWJ53P82FYV1VJXQRE", 0)
    assert made == token_of("a" * 64, "4NYASBCTWWJ53P82FYV1VJXQRE", 0)
    others = {
        token_of("a" * 64, "4NYASBCTWWJ53P82FYV1VJXQRE", 1),
        token_of("a" * 64, "4NYASBCTWWJ53P82FYV1VJXQRF", 0),
        token_of("b" * 64, "4NYASBCTWWJ53P82FYV1VJXQRE", 0),
    }
    assert len(others | {made}) == 4
