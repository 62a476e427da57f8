from datetime import timedelta

from events.accounts.rules import password_token
from events.accounts.tables import PasswordLink
from events.infra import db, notices
from events.kernel.clock import utc_now
from events.kernel.ids import digest, new_token

PUBLIC = "public"

_MOVED = db.Prepared("UPDATE version SET number = number + 1 WHERE name = 'public'")
_ORGANISERS = db.Prepared(
    "UPDATE membership SET role = role WHERE organisation = :organisation AND role IN ('owner', 'organiser')"
    " RETURNING member"
)
_FORGET_ANSWERS = db.Prepared("UPDATE idempotency SET body = '{}' WHERE body LIKE :text")
_NEW_LINK = db.prepared_insert(PasswordLink)


async def lock_organisers(organisation: int) -> list[int]:
    """The members who look after its events, while nobody else tells them anything."""
    return [row["member"] for row in await _ORGANISERS.rows(organisation=organisation)]


async def public_changed() -> None:
    """Say, in the open write, that something changed which a public page shows."""
    await _MOVED.rows()
    await notices.tell(PUBLIC)


async def forget_answers_about(text: str) -> None:
    """Of calls with an Idempotency-Key: the same call again acts no second time, and is told nothing any more."""
    await _FORGET_ANSWERS.rows(text=f"%{text}%")


async def new_password_link(member: int, *, lasts: timedelta, secret: str) -> str:
    """Make a link good once; returned is what `password_token` makes its token of, which opens nothing itself."""
    nonce = new_token()
    await _NEW_LINK.rows(
        digest=digest(password_token(secret, nonce)), member=member, expires_at=utc_now() + lasts, used_at=None
    )
    return nonce
