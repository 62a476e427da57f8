import asyncio
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from events.accounts.actions.attempts import count_attempt
from events.accounts.actions.sweep import forget_expired
from events.accounts.tables import Attempt
from events.kernel.errors import TooMany

pytestmark = pytest.mark.usefixtures("database")

NOON = datetime(2027, 2, 5, 12, tzinfo=UTC)


async def attempt(who: str = "203.0.113.7", kind: str = "sign-in") -> bool:
    try:
        await count_attempt(kind, who, limit=3, window_seconds=60)
    except TooMany:
        return False
    return True


async def test_more_than_the_limit_is_refused_until_the_window_is_over() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        assert [await attempt() for _ in range(5)] == [True, True, True, False, False]
        clock.shift(45)
        with pytest.raises(TooMany) as refusal:
            await count_attempt("sign-in", "203.0.113.7", limit=3, window_seconds=60)
        assert refusal.value.retry_after == 15
        clock.shift(15)
        assert [await attempt() for _ in range(4)] == [True, True, True, False]


async def test_kinds_and_people_are_counted_apart() -> None:
    assert not all([await attempt() for _ in range(4)])
    assert await attempt(who="203.0.113.8")
    assert await attempt(kind="password")


async def test_attempts_at_once_are_all_counted() -> None:
    assert sum(await asyncio.gather(*(attempt() for _ in range(50)))) == 3
    (row,) = await Attempt.select(Attempt.times)
    assert row == {"times": 50}


async def test_no_address_is_kept_and_the_count_is_forgotten_with_its_window() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        await attempt(who="203.0.113.7")
        assert "203.0.113.7" not in str(await Attempt.select())
        clock.shift(timedelta(seconds=59))
        await forget_expired()
        assert await Attempt.count() == 1
        clock.shift(timedelta(seconds=1))
        await forget_expired()
        assert await Attempt.count() == 0
