"""`Idempotency-Key`: the same call again gets the same answer and acts no second time."""

from collections.abc import Callable, Coroutine
from typing import Any

from events.accounts.rules import ANSWERS_LAST, Answer
from events.infra import db
from events.kernel.clock import utc_now
from events.kernel.errors import Invalid
from events.kernel.words import N_

# PostgreSQL lets a second call wait here until the first has committed or failed; SQLite has one writer anyway.
_CLAIM = db.Prepared(
    "INSERT INTO idempotency (scope, key, request_digest, status, body, created_at)"
    " VALUES (:scope, :key, :request_digest, 0, '', :now) ON CONFLICT (scope, key) DO UPDATE SET"
    " request_digest = excluded.request_digest, status = 0, body = '', created_at = excluded.created_at"
    " WHERE idempotency.created_at <= :expired RETURNING id"
)
_EARLIER = db.Prepared("SELECT request_digest, status, body FROM idempotency WHERE scope = :scope AND key = :key")
_ANSWERED = db.Prepared("UPDATE idempotency SET status = :status, body = :body WHERE id = :id")


@db.write
async def once(act: Callable[[], Coroutine[Any, Any, Answer]], *, scope: str, key: str, request_digest: str) -> Answer:
    """Act and keep the answer in one transaction, or give the answer that was kept.

    What `act` refuses is not kept: the claim is rolled back with it.
    """
    now = utc_now()
    expired = now - ANSWERS_LAST
    claim = await _CLAIM.row(scope=scope, key=key, request_digest=request_digest, now=now, expired=expired)
    if claim is None:
        return await _earlier(scope, key, request_digest)
    answer = await act()
    await _ANSWERED.rows(id=claim["id"], status=answer.status, body=answer.body)
    return answer


@db.write
async def unkeyed(act: Callable[[], Coroutine[Any, Any, Answer]]) -> Answer:
    return await act()


async def _earlier(scope: str, key: str, request_digest: str) -> Answer:
    row = await _EARLIER.row(scope=scope, key=key)
    if row is None or row["request_digest"] != request_digest:
        raise Invalid.of("Idempotency-Key", N_("This key was used for another call. Take a new key for each call."))
    return Answer(row["status"], row["body"])
