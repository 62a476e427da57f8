from events.infra import db

_MOVED = db.Prepared("UPDATE version SET number = number + 1 WHERE name = 'public'")


async def public_changed() -> None:
    """Say, in the open write, that something changed which a public page shows."""
    await _MOVED.rows()
