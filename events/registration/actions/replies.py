"""What people’s calendars answer to invitations."""

from events.activity.steps import record
from events.infra import db
from events.infra.ics.replies import ANSWERS, Reply
from events.infra.imap import Mark
from events.kernel.clock import utc_now
from events.kernel.ids import same_text
from events.programme import queries as events
from events.programme.rules import Status
from events.registration import queries, steps
from events.registration.actions.cancelling import cancel
from events.registration.invitations import tag_of, tags_in
from events.registration.queries.rows import ticket_of
from events.registration.rules import ATTENDEE, Ticket, sequence_of
from events.registration.tables import Inbox, InvitationReply
from events.settings import InboxUrl

_REPLIED = db.prepared_insert(
    InvitationReply,
    conflict="ON CONFLICT (registration) DO UPDATE SET answer = excluded.answer, stamped_at = excluded.stamped_at"
    " WHERE invitation_reply.stamped_at < excluded.stamped_at",
)
_MARKED = db.prepared_insert(
    Inbox,
    conflict="ON CONFLICT (name) DO UPDATE SET validity = excluded.validity, last_letter = excluded.last_letter,"
    " read_at = excluded.read_at"
    " WHERE inbox.validity <> excluded.validity OR inbox.last_letter < excluded.last_letter",
)


@db.write
async def take_reply(reply: Reply, *, inbox: InboxUrl, secret: str) -> bool:
    """Keep what somebody's calendar answered, and give their place back if they decline. Whether it was believed.

    Nobody answers for another: the tag must be that of the registration. An answer that is older than the one we have,
    or that was given to what the event was before, says nothing about now.
    """
    for registration, tag in tags_in(reply, inbox).items():
        row = await queries.find_row(registration)
        if row and same_text(tag_of(ticket_of(row), secret), tag):
            return await _take_reply(ticket_of(row), reply)
    return False


async def _take_reply(ticket: Ticket, reply: Reply) -> bool:
    places, ticket = await steps.lock_and_reload(ticket)
    event = await events.get_event_by_id(ticket.event)
    known = sequence_of(event, ticket, await queries.count_ended(ticket))
    outdated = reply.sequence is not None and reply.sequence < known
    if reply.uid != event.uid or outdated or reply.answer not in ANSWERS or ticket.erased_at:
        return False
    if not await _REPLIED.rows(registration=ticket.id, answer=reply.answer, stamped_at=reply.stamped_at):
        return False
    verb = f"answered {reply.answer.lower()}"
    await record(ATTENDEE, verb, f"registration:{ticket.id}", organisation=event.organisation)
    if reply.answer == "DECLINED" and event.status is not Status.CANCELLED and not event.is_over(utc_now()):
        await cancel(places, ticket, ATTENDEE, by_calendar=True)
    return True


@db.write
async def keep_mark(inbox: str, mark: Mark) -> None:
    """Remember how far a mailbox was read, and never less."""
    await _MARKED.rows(name=inbox, validity=mark.validity, last_letter=mark.last, read_at=utc_now())
