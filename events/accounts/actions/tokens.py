from collections.abc import Iterable

from events.accounts.rules import parse_scopes
from events.accounts.tables import ApiToken
from events.activity.steps import record
from events.infra import db
from events.kernel.clock import utc_now
from events.kernel.errors import NotFound
from events.kernel.ids import digest, new_token
from events.kernel.words import N_

_NEW = db.prepared_insert(ApiToken)
_REVOKED = db.Prepared(
    "UPDATE api_token SET revoked_at = :now"
    " WHERE id = :id AND organisation = :organisation AND revoked_at IS NULL RETURNING id"
)


@db.write
async def create_token(organisation: int, *, name: str, scopes: str | Iterable[str], actor: str = "system") -> str:
    """Make an API token and return its text, which is nowhere else: the database keeps a digest."""
    token = f"sideline_{new_token()}"  # the prefix lets scanners of published code find it
    granted = parse_scopes(scopes)
    row = await _NEW.row(
        organisation=organisation,
        name=name,
        digest=digest(token),
        scopes=" ".join(granted),
        created_at=utc_now(),
        revoked_at=None,
    )
    assert row is not None  # noqa: S101 - INSERT without a conflict clause
    await record(actor, "created", f"token:{row['id']}", organisation=organisation, scopes=granted)
    return token


@db.write
async def revoke_token(token_id: int, *, organisation: int, actor: str = "system") -> None:
    if await _REVOKED.row(now=utc_now(), id=token_id, organisation=organisation) is None:
        raise NotFound(N_("There is no such token, or it was revoked already."))
    await record(actor, "revoked", f"token:{token_id}", organisation=organisation)
