"""What becomes of tags and notes inside an action that is open."""

from events.infra import db

_NO_TAGS = db.Prepared("DELETE FROM registration_tag WHERE registration = :registration")
_NO_NOTES = db.Prepared("DELETE FROM registration_note WHERE registration = :registration")


async def forget_remarks(registration: int) -> None:
    """Once the registration itself is locked and overwritten, so that nobody adds to them any more."""
    await _NO_TAGS.rows(registration=registration)
    await _NO_NOTES.rows(registration=registration)
