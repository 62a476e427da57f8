"""How often the same was tried: in the database, so that every process counts together."""

from datetime import timedelta

from events.accounts.rules import too_many
from events.infra import db
from events.kernel.clock import utc_now
from events.kernel.ids import digest

_COUNTED = db.Prepared(
    "INSERT INTO attempt (key, window_ends_at, times) VALUES (:key, :ends, 1) ON CONFLICT (key) DO UPDATE SET"
    " times = CASE WHEN attempt.window_ends_at > :now THEN attempt.times + 1 ELSE 1 END,"
    " window_ends_at = CASE WHEN attempt.window_ends_at > :still_now THEN attempt.window_ends_at"
    " ELSE excluded.window_ends_at END RETURNING times, window_ends_at"
)


async def count_attempt(kind: str, who: str, *, limit: int, window_seconds: int) -> None:
    """Count one more and raise TooMany beyond the limit; the count stands whatever becomes of what was tried."""
    _check(*await _count(digest(f"{kind}:{who}"), window_seconds), limit)


async def count_accepted(kind: str, who: str, *, limit: int, window_seconds: int) -> None:
    """The same as a part of an action: what the action refuses after all was not counted."""
    _check(*await _count.step(digest(f"{kind}:{who}"), window_seconds), limit)


def _check(times: int, seconds_left: float, limit: int) -> None:
    if times > limit:
        raise too_many(seconds_left)


@db.write
async def _count(key: str, window_seconds: int) -> tuple[int, float]:
    now = utc_now()
    row = await _COUNTED.row(key=key, ends=now + timedelta(seconds=window_seconds), now=now, still_now=now)
    assert row is not None  # noqa: S101 - it is inserted or updated
    return row["times"], (row["window_ends_at"] - now).total_seconds()
