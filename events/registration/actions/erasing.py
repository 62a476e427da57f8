"""Who it was is forgotten: at their wish, or when the time is over that was promised."""

from datetime import datetime

from events.accounts.steps import forget_answers_about
from events.activity.steps import record
from events.infra import db
from events.kernel.clock import utc_now
from events.outbox.steps import forget
from events.programme import queries as events
from events.registration import queries, steps
from events.registration.admission.steps import forget_admission
from events.registration.answers import steps as answers
from events.registration.delegations.steps import leave_delegation
from events.registration.early.steps import forget_link
from events.registration.guests import steps as guests
from events.registration.handing_over.rules import TAKEN_KIND
from events.registration.handing_over.steps import end_offer
from events.registration.queries.people import list_assistants
from events.registration.remarks.steps import forget_remarks
from events.registration.retention import steps as retention
from events.registration.retention.queries import list_due, list_due_of
from events.registration.retention.rules import What
from events.registration.rules import ATTENDEE, EVERY_KIND, Standing
from events.registration.rules.people import NOTHING_NEEDED
from events.registration.steps import people
from events.registration.steps.deciding import forget_request_answers

_AT_ONCE = 200


# `email_folded` must stay unique among those whose standing is kept.
_FORGET = db.Prepared(
    "UPDATE registration SET name = '', name_folded = '', email = '', email_folded = '-' || CAST(id AS VARCHAR),"
    " answers = '{}', affiliation = NULL, affiliation_folded = NULL, affiliation_type = NULL,"
    " affiliation_function = NULL, affiliation_country = NULL, erased_at = :now WHERE id = :id"
)


@db.write
async def erase_own(token: str) -> None:
    """Give the place back and forget who it was. The row stays for the counts; once the event is over, as it is."""
    places, ticket = await steps.lock_and_reload(await queries.get_by_token(token))
    event = await events.get_event_by_id(ticket.event)
    if not ticket.is_over and not event.is_over(utc_now()):
        await steps.end(ticket, places, Standing.CANCELLED)
    await forget_registration(ticket.id, keep_counts=False)
    await record(ATTENDEE, "erased", f"registration:{ticket.id}", organisation=event.organisation)


async def forget_registration(registration: int, *, keep_counts: bool = False) -> int:
    """Forget who it was, with who came to assist; tells of how many.

    `keep_counts` leaves what they chose from a list, and how many came for what and from where: nothing of anybody.
    """
    row = await queries.find_row(registration)
    if row is None or row["erased_at"]:
        return 0
    await answers.forget_answers(registration, keep_counts=keep_counts)
    await guests.forget_of(registration)
    await forget_admission(registration)
    await steps.end_feed_with_last(registration)
    await leave_delegation(registration)
    await end_offer(registration)
    if keep_counts:
        await retention.keep_counts(
            row["event"], affiliation_type=row["affiliation_type"], country=row["affiliation_country"]
        )
    await people.forget_affiliation(await events.get_organisation_id(row["event"]), row["affiliation"])
    await people.set_access(registration, NOTHING_NEEDED)
    forgotten = 1
    for assistant in await list_assistants(row["event"], registration):
        forgotten += await forget_registration(assistant.id, keep_counts=keep_counts)
    await _FORGET.rows(id=registration, now=utc_now())
    await forget_request_answers(registration)
    await forget_remarks(registration)
    await forget_link(registration)
    await forget(registration, kinds=(*EVERY_KIND, TAKEN_KIND))
    if not keep_counts:  # what programs were answered is long forgotten when the time is over
        await forget_answers_about(row["code"])
    return forgotten


async def erase_outdated(now: datetime | None = None) -> int:
    """Keep the promise of how long it is known who came; tells how many were forgotten, and writes it down."""
    now = now or utc_now()
    forgotten = 0
    for due in await list_due(now):
        if due.what is What.PEOPLE:
            while some := await _erase_some(due.event, now):
                forgotten += some
    return forgotten


@db.write
async def _erase_some(event: int, now: datetime) -> int:
    forgotten = wishes = 0
    for registration, _ in await list_due_of(What.PEOPLE, event, now, limit=_AT_ONCE):
        wishes += await retention.has_wish(registration)
        forgotten += await forget_registration(registration, keep_counts=True)
    await retention.record_erasure(now, event, What.ACCESS, wishes)
    await retention.record_erasure(now, event, What.PEOPLE, forgotten)
    return forgotten
