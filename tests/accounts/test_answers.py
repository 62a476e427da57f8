import asyncio
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from events.accounts.actions.answers import once
from events.accounts.actions.sweep import forget_expired
from events.accounts.rules import Answer
from events.accounts.tables import Idempotency
from events.activity.steps import record
from events.activity.tables import Activity
from events.kernel.errors import Conflict, Invalid

pytestmark = pytest.mark.usefixtures("database")

NOON = datetime(2027, 2, 5, 12, tzinfo=UTC)


async def act() -> Answer:
    """Leaves a trace, so that how often it acted can be counted, and answers with the trace's number."""
    await record("system", "acted", "test")
    last = await Activity.select(Activity.id).order_by(Activity.id, ascending=False).first()
    return Answer(201, f'{{"trace":{last and last["id"]}}}')


async def refuse() -> Answer:
    await record("system", "acted", "test")
    raise Conflict("It is closed.")


async def call(key: str = "k", digest: str = "d", scope: str = "token:1") -> Answer:
    return await once(act, scope=scope, key=key, request_digest=digest)


async def test_the_same_call_again_gets_the_same_answer_and_acts_once() -> None:
    first = await call()
    assert [await call() for _ in range(3)] == [first] * 3
    assert await Activity.count() == 1


async def test_many_at_once_with_one_key_act_once() -> None:
    answers = await asyncio.gather(*(call() for _ in range(40)))
    assert len(set(map(str, answers))) == 1
    assert await Activity.count() == 1
    assert await Idempotency.count() == 1


async def test_the_key_of_another_call_is_refused() -> None:
    await call()
    with pytest.raises(Invalid) as refusal:
        await call(digest="another body")
    assert [problem.field for problem in refusal.value.problems] == ["Idempotency-Key"]


async def test_keys_of_different_callers_do_not_meet() -> None:
    await call(scope="token:1")
    await call(scope="token:2", digest="another body")
    assert await Activity.count() == 2


async def test_what_was_refused_may_be_tried_again_with_the_same_key() -> None:
    with pytest.raises(Conflict):
        await once(refuse, scope="token:1", key="k", request_digest="d")
    assert (await Idempotency.count(), await Activity.count()) == (0, 0)
    assert (await call()).status == 201


async def test_an_answer_is_kept_for_a_day() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        first = await call()
        clock.shift(timedelta(hours=23, minutes=59))
        await forget_expired()
        assert await call() == first
        clock.shift(timedelta(minutes=1))
        assert await call(digest="another body") != first
        clock.shift(timedelta(days=1))
        await forget_expired()
        assert await Idempotency.count() == 0
