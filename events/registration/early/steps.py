"""What registering, erasing and deleting do with links, inside an action that is open."""

from events.infra import db
from events.kernel.clock import utc_now
from events.kernel.ids import digest
from events.registration.early.rules import Opening
from events.registration.early.tables import EarlyRegistration

# Counted by the statement that looks, so that two who come at once never share the last use.
_USE = db.Prepared(
    "UPDATE early_link SET uses = uses + 1 WHERE token_digest = :digest AND event = :event AND revoked_at IS NULL"
    " AND (ends_at IS NULL OR ends_at > :now) AND (most_uses IS NULL OR uses < most_uses)"
    " RETURNING id, after_closing"
)
_CAME_BY = db.prepared_insert(EarlyRegistration)
_UNUSE = db.Prepared(
    "UPDATE early_link SET uses = uses - 1"
    " WHERE id = (SELECT link FROM early_registration WHERE registration = :registration)"
)
_FORGET = db.Prepared("DELETE FROM early_registration WHERE registration = :registration")
_DELETE = db.Prepared("DELETE FROM early_link WHERE event = :event")


async def use_link(token: str, event: int) -> Opening | None:
    """One use more of the link, if it is one of this event and works."""
    row = await _USE.row(digest=digest(token), event=event, now=utc_now())
    return Opening(row["id"], bool(row["after_closing"])) if row else None


async def keep_link(registration: int, opening: Opening) -> None:
    """Remember by which link somebody came."""
    await _CAME_BY.rows(registration=registration, link=opening.link)


async def give_back_link(registration: int) -> None:
    """Of one whose place is given back: somebody else may use the link instead. Again changes nothing."""
    await _UNUSE.rows(registration=registration)
    await forget_link(registration)


async def forget_link(registration: int) -> None:
    await _FORGET.rows(registration=registration)


async def delete_links(event: int) -> None:
    """With the event, for which nobody has ever registered."""
    await _DELETE.rows(event=event)
