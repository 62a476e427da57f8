"""Making events, one or many; needs an open write."""

from events.accounts.rules import Actor
from events.accounts.steps import public_changed
from events.activity.steps import record
from events.infra import db
from events.kernel.clock import utc_now
from events.kernel.ids import new_uid
from events.programme.forms import EventDraft
from events.programme.rules import Status
from events.programme.steps.contents import insert_contents
from events.programme.steps.drafts import columns_of, insert_modes, insert_partners
from events.programme.tables import Event

_NEW_EVENT = db.prepared_insert(Event)
_USUAL = {column._meta.name: column.get_default_value() for column in Event._meta.columns}


async def insert_event(
    draft: EventDraft,
    *,
    organisation_name: str,
    by: Actor,
    domain: str,
    series: int | None = None,
    publish: bool = False,
) -> int:
    """A new event: a draft, or public at once; `domain` is the right-hand side of its UID."""
    now = utc_now()
    row = await _NEW_EVENT.row(
        **_USUAL
        | await columns_of(draft, organisation=by.organisation, organisation_name=organisation_name)
        | {
            "uid": new_uid(domain),
            "organisation": by.organisation,
            "series": series,
            "status": (Status.PUBLISHED if publish else Status.DRAFT).value,
            "cancelled_reason": "{}",
            "moved_from": "{}",
            "revision": 1,
            "sequence": 0,
            "created_at": now,
            "changed_at": now,
            "calendar_changed_at": now,
            "published_at": now if publish else None,
        }
    )
    if row is None:
        raise RuntimeError("an INSERT that returns nothing has raised")
    await insert_modes(row["id"], draft.modes)
    await insert_partners(row["id"], draft)
    await insert_contents(row["id"], draft, organisation=by.organisation)
    for verb in ("created", "published") if publish else ("created",):
        await record(by.name, verb, f"event:{row['id']}", organisation=by.organisation)
    if publish:
        await public_changed()
    return int(row["id"])
