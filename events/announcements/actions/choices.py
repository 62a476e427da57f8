"""What those who are written to decide."""

from events.activity.steps import record
from events.announcements.queries import has_opted_out
from events.announcements.tables import OptOut
from events.infra import db
from events.kernel.clock import utc_now
from events.registration.rules import ATTENDEE, Ticket

_OPT_OUT = db.prepared_insert(
    OptOut, conflict="ON CONFLICT (registration) DO UPDATE SET opted_out_at = excluded.opted_out_at"
)


@db.write
async def choose(ticket: Ticket, *, announcements: bool, organisation: int) -> None:
    """Whether they want the announcements of their event; the same choice again changes nothing."""
    if announcements is not await has_opted_out(ticket.id):
        return
    if announcements:
        await OptOut.delete().where(OptOut.registration == ticket.id)
    else:
        await _OPT_OUT.rows(registration=ticket.id, opted_out_at=utc_now())
    verb = "opted_in" if announcements else "opted_out"
    await record(ATTENDEE, verb, f"registration:{ticket.id}", organisation=organisation)
