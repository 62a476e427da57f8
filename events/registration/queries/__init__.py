from collections.abc import Sequence
from datetime import datetime

from piccolo.columns import And

from events.infra import db
from events.infra.imap import Mark
from events.kernel.ids import digest, folded_email, read_code, same_text
from events.programme import queries as programme
from events.programme.rules import Mode
from events.registration.queries.rows import Row, ticket_of
from events.registration.rules import InLine, Standing, Ticket, TicketGone, TicketHandedOver, TicketNotFound
from events.registration.rules.tokens import joining_token
from events.registration.tables import Registration

_EARLIER = db.Prepared(
    "SELECT id FROM registration WHERE event = :event AND email_folded = :email"
    " AND standing NOT IN ('declined', 'cancelled')"
)


_UNPROVEN = db.Prepared("SELECT 1 AS one FROM registration WHERE id = :id AND standing = 'unverified'")


_UNPROVEN_IN = db.Prepared(
    "SELECT 1 AS one FROM registration WHERE event = :event AND mode = :mode AND standing = 'unverified' LIMIT 1"
)


_BY_TOKEN = db.Prepared("SELECT * FROM registration WHERE token_digest = :digest")


_FORMER_BY_TOKEN = db.Prepared("SELECT * FROM former_ticket WHERE token_digest = :digest")


_BY_CODE = db.Prepared("SELECT * FROM registration WHERE code = :code")


_AHEAD = db.Prepared(
    "SELECT COUNT(*) AS ahead FROM registration WHERE event = :event AND waits_for = :mode AND queue_number < :number"
)


_LINE = db.Prepared(
    "SELECT id, email, mode, holds_place, queue_number FROM registration"
    " WHERE event = :event AND waits_for = :mode AND queue_number IS NOT NULL ORDER BY queue_number LIMIT :limit"
)


_OF_PERSON = db.Prepared("SELECT * FROM registration WHERE email_folded = :email AND erased_at IS NULL ORDER BY id")


# Who was declined and is accepted after all comes back too, though the registration is the same.
_ENDED = db.Prepared(
    "SELECT COUNT(*) + (SELECT COUNT(*) FROM registration o JOIN request_answer a ON a.registration = o.id"
    " WHERE o.event = :event AND o.email_folded = :email AND o.id <= :id AND a.was = 'declined') AS ended"
    " FROM registration WHERE event = :event AND email_folded = :email AND id <= :id"
    " AND standing IN ('declined', 'cancelled')"
)


_MARK = db.Prepared("SELECT validity, last_letter FROM inbox WHERE name = :name")


async def find_earlier(event: int, email: str) -> int | None:
    """The registration of this address that still stands."""
    row = await _EARLIER.row(event=event, email=folded_email(email))
    return row["id"] if row else None


async def is_unproven(registration: int) -> bool:
    return await _UNPROVEN.row(id=registration) is not None


async def any_unproven_in(event: int, mode: Mode) -> bool:
    """Whether somebody asked for a place there and has not proven the address, whether or not one is held."""
    return await _UNPROVEN_IN.row(event=event, mode=mode.value) is not None


async def get_by_token(token: str) -> Ticket:
    """Whose private page this is; raises TicketNotFound, TicketGone when it was erased."""
    row = await _BY_TOKEN.row(digest=digest(token))
    if row is None:
        if former := await _FORMER_BY_TOKEN.row(digest=digest(token)):
            raise TicketHandedOver(former["language"], former["handed_over_at"])
        raise TicketNotFound
    if row["erased_at"]:
        raise TicketGone(row["language"])
    return ticket_of(row)


async def count_ended(ticket: Ticket) -> int:
    """How often this address has given up a registration at the event, up to this one."""
    row = await _ENDED.row(event=ticket.event, email=folded_email(ticket.email), id=ticket.id)
    return int(row["ended"]) if row else 0


async def find_mark(inbox: str) -> Mark:
    """How far a mailbox was read."""
    row = await _MARK.row(name=inbox)
    return Mark(row["validity"], row["last_letter"]) if row else Mark()


async def get_by_joining_token(token: str, secret: str) -> Ticket:
    """Whose way to join this is; raises as `get_by_token` does."""
    number = token.partition("-")[0]
    known = number.isascii() and number.isdecimal() and len(number) < 10  # noqa: PLR2004 - digits that fit the key
    row = await find_row(int(number)) if known else None
    ticket = ticket_of(row) if row else None
    if ticket is None or not same_text(joining_token(secret, ticket), token):
        raise TicketNotFound
    if ticket.erased_at:
        raise TicketGone(ticket.language)
    return ticket


async def list_of_person(email_folded: str) -> list[Ticket]:
    """Every registration of one address, at whichever organisation, oldest first."""
    return [ticket_of(row) for row in await _OF_PERSON.rows(email=email_folded)]


async def find_by_code(typed: str) -> Ticket | None:
    code = read_code(typed)
    row = await _BY_CODE.row(code=code) if code else None
    return ticket_of(row) if row else None


async def get_own_by_code(typed: str, organisation: int) -> Ticket:
    """The registration if it is at one of this organisation's events; raises TicketNotFound otherwise."""
    ticket = await find_by_code(typed)
    if ticket is None or not await programme.is_own(ticket.event, organisation):
        raise TicketNotFound
    return ticket


async def get_by_id(registration: int) -> Ticket:
    row = await find_row(registration)
    if row is None:
        raise TicketNotFound
    return ticket_of(row)


async def list_codes(registrations: Sequence[int]) -> dict[int, str]:
    """The codes of those who are still known."""
    if not registrations:
        return {}
    known = And(Registration.id.is_in(list(registrations)), Registration.erased_at.is_null())
    rows = await Registration.select(Registration.id, Registration.code).where(known)
    return {row["id"]: row["code"] for row in rows}


async def find_row(registration: int) -> Row | None:
    rows = await Registration.select().where(Registration.id == registration)
    return rows[0] if rows else None


async def count_ahead_of(event: int, mode: Mode, queue_number: int) -> int:
    """How many wait before this queue number."""
    row = await _AHEAD.row(event=event, mode=mode.value, number=queue_number)
    return int(row["ahead"]) if row else 0


async def list_line(event: int, mode: str, *, limit: int) -> list[InLine]:
    """Who waits for a place in this mode, the first first."""
    return [InLine(**row) for row in await _LINE.rows(event=event, mode=mode, limit=limit)]


async def list_active(event: int) -> list[Ticket]:
    """Everybody who must be told when the event changes."""
    active = And(Registration.event == event, Registration.standing.not_in(["declined", "cancelled", "unverified"]))
    known = And(active, And(Registration.erased_at.is_null(), Registration.assists.is_null()))
    return [ticket_of(row) for row in await Registration.select().where(known).order_by(Registration.id)]


async def list_expired(now: datetime) -> list[Ticket]:
    """Unverified registrations whose time is over."""
    late = And(Registration.standing == Standing.UNVERIFIED, Registration.held_until < now)
    expired = And(late, Registration.assists.is_null())
    return [ticket_of(row) for row in await Registration.select().where(expired).order_by(Registration.id).limit(500)]
