"""Many who do the same at once, from wherever: counted where single ones are, without a statement more."""

from datetime import datetime, timedelta

from events.accounts.rules import too_many
from events.infra import db
from events.kernel.clock import utc_now
from events.kernel.ids import digest

MINUTE = timedelta(minutes=1)
ALARM_LASTS = timedelta(minutes=10)
"""After the last minute in which there were too many."""

_TIMES = (
    " ON CONFLICT (key) DO UPDATE SET"
    " times = CASE WHEN attempt.window_ends_at > :now THEN attempt.times + 1 ELSE 1 END,"
    " window_ends_at = CASE WHEN attempt.window_ends_at > :now THEN attempt.window_ends_at"
    " ELSE excluded.window_ends_at END RETURNING key, times, window_ends_at"
)
_COUNTED = db.Prepared(
    f"INSERT INTO attempt (key, window_ends_at, times) VALUES (:who, :ends, 1), (:all, :minute_ends, 1){_TIMES},"  # noqa: S608 - ours
    " (SELECT a.window_ends_at FROM attempt a WHERE a.key = :alarm AND a.window_ends_at > :now) AS alarm_until"
)
_REFUSED = db.Prepared(
    f"INSERT INTO attempt (key, window_ends_at, times) VALUES (:key, :minute_ends, 1){_TIMES}"  # noqa: S608 - ours
)
_RAISED = db.Prepared(
    "INSERT INTO attempt (key, window_ends_at, times) VALUES (:alarm, :until, 1) ON CONFLICT (key) DO UPDATE SET"
    " times = CASE WHEN attempt.window_ends_at > :now THEN attempt.times + 1 ELSE 1 END,"
    " window_ends_at = excluded.window_ends_at RETURNING times"
)
_ALARM = db.Prepared("SELECT window_ends_at FROM attempt WHERE key = :alarm AND window_ends_at > :now")


async def count_in_burst(kind: str, who: str, what: str, *, limit: int, window_seconds: int, most: int) -> bool:
    """Count one more of `who`, as `count_attempt` does, and of all at `what`; whether there are too many of these.

    `most` a minute, 0 for any number. Beyond it the alarm is on until they have been fewer for a while.
    """
    times, seconds_left, alarmed = await _count(kind, who, what, window_seconds, most)
    if times > limit:
        raise too_many(seconds_left)
    return alarmed


@db.write
async def _count(kind: str, who: str, what: str, window_seconds: int, most: int) -> tuple[int, float, bool]:
    now = utc_now()
    mine = digest(f"{kind}:{who}")
    rows = await _COUNTED.rows(
        who=mine,
        ends=now + timedelta(seconds=window_seconds),
        all=digest(f"{kind}-burst:{what}"),
        minute_ends=now + MINUTE,
        alarm=_alarm(kind, what),
        now=now,
    )
    one = next(row for row in rows if row["key"] == mine)
    every = next(row for row in rows if row["key"] != mine)
    alarmed = one["alarm_until"] is not None
    if most and every["times"] > most:
        alarmed = True
        if every["times"] == most + 1:  # once a minute is enough
            await _raise(kind, what, now)
    return one["times"], (one["window_ends_at"] - now).total_seconds(), alarmed


@db.write
async def count_refused(kind: str, what: str, *, most: int) -> None:
    """Many who are refused are an alarm too."""
    now = utc_now()
    row = await _REFUSED.row(key=digest(f"{kind}-refused:{what}"), minute_ends=now + MINUTE, now=now)
    if most and row and row["times"] == most + 1:
        await _raise(kind, what, now)


async def find_alarm(kind: str, what: str) -> datetime | None:
    """Until when it is on, if it is."""
    row = await _ALARM.row(alarm=_alarm(kind, what), now=utc_now())
    return row["window_ends_at"] if row else None


async def _raise(kind: str, what: str, now: datetime) -> None:
    await _RAISED.rows(alarm=_alarm(kind, what), until=now + ALARM_LASTS, now=now)


def _alarm(kind: str, what: str) -> str:
    return digest(f"{kind}-alarm:{what}")
