from events.accounts.rules import ANSWERS_LAST
from events.infra import db
from events.kernel.clock import utc_now

_ATTEMPTS = db.Prepared("DELETE FROM attempt WHERE window_ends_at <= :before")
_ANSWERS = db.Prepared("DELETE FROM idempotency WHERE created_at <= :before")
_SIGN_INS = db.Prepared("DELETE FROM sign_in WHERE expires_at <= :before")
_LINKS = db.Prepared("DELETE FROM password_link WHERE expires_at <= :before")


@db.write
async def forget_expired() -> None:
    """Remove what time has ended: counts of attempts, kept answers, sign-ins and links. Called now and then."""
    now = utc_now()
    await _ATTEMPTS.rows(before=now)
    await _ANSWERS.rows(before=now - ANSWERS_LAST)
    await _SIGN_INS.rows(before=now)
    await _LINKS.rows(before=now)
