from datetime import datetime

from events.accounts.queries import get_organisation_by_id
from events.accounts.rules import Actor, KeptFor
from events.activity.steps import record
from events.infra import db
from events.kernel.clock import utc_now
from events.programme import steps as programme
from events.registration.actions.erasing import erase_outdated
from events.registration.answers.actions import purge_sensitive
from events.registration.retention import queries
from events.registration.retention.forms import PromiseForm
from events.registration.retention.rules import check_promise


@db.write
async def change_promise(slug: str, form: PromiseForm, *, kept_for: KeptFor, by: Actor) -> None:
    """How long an event keeps who came, and why it asks. Raises EventNotFound, Invalid."""
    event = await programme.lock_event(slug, by.organisation)
    organisation = await get_organisation_by_id(event.organisation)
    if form.retention_days != event.retention_days:
        check_promise(
            form.retention_days,
            of_organisation=organisation.retention_days,
            before=event.retention_days,
            told=await queries.count_known(event.id),
            kept_for=kept_for,
        )
    await programme.set_promise(event.id, days=form.retention_days, purpose=form.purpose)
    days = form.retention_days
    await record(by.name, "changed_promise", f"event:{event.id}", organisation=by.organisation, days=days)


async def erase_due(now: datetime | None = None) -> int:
    """All whose time is over, answers before the people who gave them."""
    now = now or utc_now()
    return await purge_sensitive(now) + await erase_outdated(now)
