"""What organisers answered, inside an action that is open."""

from events.infra import db

_FORGET = db.Prepared("DELETE FROM request_answer WHERE registration = :registration")


async def forget_request_answers(registration: int) -> None:
    """The reasons were written to somebody who is not known any more."""
    await _FORGET.rows(registration=registration)
