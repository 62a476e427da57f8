from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from events.outbox.rules import PAUSES, pause_after, waited_too_long


@given(st.integers(1, 2**31 - 1))
def test_pauses_grow_from_a_minute_and_end_after_about_four_days(message_id: int) -> None:
    pauses = [pause_after(tries, message_id) or timedelta() for tries in range(1, len(PAUSES) + 1)]
    assert timedelta(minutes=1) <= pauses[0] <= timedelta(seconds=72)
    assert pauses == sorted(pauses)
    assert timedelta(days=3.9) < sum(pauses, timedelta()) < timedelta(days=4.8)
    assert pause_after(len(PAUSES) + 1, message_id) is None


def test_messages_that_failed_together_come_back_apart_and_each_always_after_the_same_pause() -> None:
    pauses = [pause_after(4, message_id) for message_id in range(1, 101)]
    assert len(set(pauses)) == 100
    assert pauses == [pause_after(4, message_id) for message_id in range(1, 101)]


def test_a_message_waits_four_days_for_a_mail_server() -> None:
    due = datetime(2027, 2, 5, 12, tzinfo=UTC)
    assert not waited_too_long(due, due + timedelta(days=4))
    assert waited_too_long(due, due + timedelta(days=4, seconds=1))
