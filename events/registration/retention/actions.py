from datetime import datetime

from events.accounts.actions import organisations
from events.accounts.forms import OrganisationForm
from events.accounts.queries import get_organisation_by_id
from events.accounts.rules import Actor, KeptFor
from events.activity.steps import record
from events.infra import db
from events.kernel.clock import utc_now
from events.programme import steps as programme
from events.registration.actions.erasing import erase_outdated
from events.registration.answers.actions import purge_sensitive
from events.registration.delegations.steps import forget_contact
from events.registration.focal_points.steps import forget_focal_point
from events.registration.guests.steps import forget_guest
from events.registration.retention import queries
from events.registration.retention.forms import PromiseForm
from events.registration.retention.rules import What, check_promise
from events.registration.retention.steps import record_erasure

_AT_ONCE = 200
_FORGET = {"delegation": forget_contact, "focal_point": forget_focal_point, "guest": forget_guest}


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


@db.write
async def change_organisation(form: OrganisationForm, *, by: Actor) -> bool:
    """What the organisation says of itself, and how long it keeps people: a shorter time holds at once for everybody.

    A longer one holds for nobody who was promised less: it is True, and events where that was keep theirs.
    """
    before = (await get_organisation_by_id(by.organisation)).retention_days
    longer = form.retention_days > before
    for event in await queries.list_promised(by.organisation) if longer else ():
        await programme.set_retention(event, before)
    await organisations.change_organisation.step(form, by=by)
    return longer


async def erase_due(now: datetime | None = None) -> int:
    """All whose time is over: answers, and that they were invited, before the people themselves."""
    now = now or utc_now()
    erased = await purge_sensitive(now)
    for due in await queries.list_due(now):
        if due.what in {What.CONTACTS, What.INVITED}:
            while some := await _forget_some(due.what, due.event, now):
                erased += some
    return erased + await erase_outdated(now)


@db.write
async def _forget_some(what: What, event: int, now: datetime) -> int:
    """Of those who are known without a registration of their own."""
    due = await queries.list_due_of(what, event, now, limit=_AT_ONCE)
    for row, source in due:
        await _FORGET[source](row)
    await record_erasure(now, event, what, len(due))
    return len(due)
