from events.accounts.rules import Actor
from events.activity.steps import record
from events.infra import db
from events.kernel.clock import utc_now
from events.kernel.ids import digest, new_token
from events.programme.queries import get_own_id
from events.registration.early.rules import EarlyLinkNotFound, token_of_link
from events.registration.early.tables import EarlyLink
from events.registration.forms.early import EarlyLinkForm

_MAKE = db.prepared_insert(EarlyLink)
_SET_TOKEN = db.Prepared("UPDATE early_link SET token_digest = :digest WHERE id = :id")
_REVOKE = db.Prepared(
    "UPDATE early_link SET revoked_at = COALESCE(revoked_at, :now) WHERE id = :id AND event = :event RETURNING id"
)


@db.write
async def make_link(slug: str, form: EarlyLinkForm, *, by: Actor, secret: str) -> int:
    """Raises EventNotFound for another organisation's event."""
    event = await get_own_id(slug, by.organisation)
    row = await _MAKE.row(
        event=event,
        name=form.name,
        token_digest=digest(new_token()),  # until there is the id that the link's own is made of
        after_closing=form.after_closing,
        most_uses=form.most_uses,
        uses=0,
        ends_at=form.ends_at,
        made_at=utc_now(),
        revoked_at=None,
    )
    link = int(row["id"])  # type: ignore[index]  # an INSERT that returns nothing has raised
    await _SET_TOKEN.rows(id=link, digest=digest(token_of_link(secret, link)))
    await record(by.name, "made_early_link", f"event:{event}", organisation=by.organisation, link=link)
    return link


@db.write
async def revoke_link(slug: str, link: int, *, by: Actor) -> None:
    """It opens nothing any more; again changes nothing. Raises EventNotFound, EarlyLinkNotFound."""
    event = await get_own_id(slug, by.organisation)
    if await _REVOKE.row(id=link, event=event, now=utc_now()) is None:
        raise EarlyLinkNotFound
    await record(by.name, "revoked_early_link", f"event:{event}", organisation=by.organisation, link=link)
