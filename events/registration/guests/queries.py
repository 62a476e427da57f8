from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from events.infra import db
from events.kernel.ids import digest, folded_email
from events.kernel.spans import WallTime
from events.outbox.queries import list_failed_of
from events.programme.queries import get_own_id
from events.programme.rules import Mode
from events.registration.guests.rules import GUEST_KINDS, Counts, Guest, GuestNotFound, Known, Listed, State
from events.registration.guests.tables import Guest as GuestRow
from events.registration.guests.tables import GuestRefusal
from events.registration.queries.rows import row_behind
from events.registration.rules import Standing
from events.registration.tables import Registration

Row = Mapping[str, Any]
_GUEST = (
    "SELECT g.*, b.skips_approval, b.reserves, b.note, b.expires_wall, b.expires_zone, b.expires_fold, b.expires_at"
    " FROM guest g JOIN guest_batch b ON b.id = g.batch WHERE "
)
_BY_TOKEN = db.Prepared(f"{_GUEST} g.token_digest = :digest")
_BY_ID = db.Prepared(f"{_GUEST} g.id = :id")
_BY_CODE = db.Prepared(f"{_GUEST} g.code = :code AND g.event = :event")
_INVITED = db.Prepared(f"{_GUEST} g.event = :event AND g.email_folded = :email AND g.state = 'invited'")
_CLAIMED = db.Prepared(f"{_GUEST} g.registration = :registration AND g.state = 'invited'")
_OF_REGISTRATION = db.Prepared(f"{_GUEST} g.registration = :registration AND g.state = 'registered'")
_OPEN = db.Prepared(f"{_GUEST} g.event = :event AND g.state = 'invited' AND g.id > :after ORDER BY g.id LIMIT :limit")
_LISTED = db.Prepared(
    "SELECT g.*, b.skips_approval, b.reserves, b.note, b.expires_wall, b.expires_zone, b.expires_fold, b.expires_at,"
    " r.code AS ticket, r.standing AS standing"
    " FROM guest g JOIN guest_batch b ON b.id = g.batch"
    " LEFT JOIN registration r ON r.id = g.registration AND g.state = 'registered'"
    " WHERE g.event = :event AND g.erased_at IS NULL AND g.id > :after"
    " AND (g.state = :state OR CAST(:all AS INTEGER) = 1)"
    " ORDER BY g.id LIMIT :limit"
)
_COUNTS = db.Prepared("SELECT state, COUNT(*) AS number FROM guest WHERE event = :event GROUP BY state")
_RESERVED = db.Prepared(
    "SELECT reserved, COUNT(*) AS number FROM guest WHERE event = :event AND reserved IS NOT NULL GROUP BY reserved"
)
_TO_REMIND = db.Prepared(
    "SELECT COUNT(*) AS number FROM guest g JOIN guest_batch b ON b.id = g.batch"
    " WHERE g.event = :event AND g.state = 'invited' AND g.mailed_at <= :before AND b.expires_at > :now"
)
_EXPIRED = db.Prepared(
    "SELECT DISTINCT g.event FROM guest g JOIN guest_batch b ON b.id = g.batch"
    " WHERE g.state = 'invited' AND b.expires_at <= :now"
)
_AT_ONCE = 500


def guest_of(row: Row) -> Guest:
    return Guest(
        **{name: row[name] for name in _AS_THEY_ARE},
        mode=row["mode"] and Mode(row["mode"]),
        reserved=row["reserved"] and Mode(row["reserved"]),
        state=State(row["state"]),
        skips_approval=bool(row["skips_approval"]),
        reserves=bool(row["reserves"]),
        note=msgspec.json.decode(row["note"]),
        expires=expires_of(row),
    )


def expires_of(row: Row) -> WallTime:
    return WallTime(datetime.fromisoformat(row["expires_wall"]), row["expires_zone"], row["expires_fold"])


_AS_THEY_ARE = (
    "id", "batch", "event", "name", "email", "language", "affiliation", "code", "registration", "invited_at",
    "mailed_at", "answered_at", "erased_at", "expires_at",
)  # fmt: skip


async def get_by_token(token: str) -> Guest:
    """Whose invitation this link is; raises GuestNotFound, also when nothing tells any more whose it was."""
    return guest_of(await row_behind(_BY_TOKEN, token, ended="erased_at", missing=GuestNotFound, gone=GuestNotFound))


async def find(guest: int) -> Guest | None:
    row = await _BY_ID.row(id=guest)
    return guest_of(row) if row and not row["erased_at"] else None


async def get(guest: int) -> Guest:
    found = await find(guest)
    if found is None:
        raise GuestNotFound
    return found


async def get_own(code: str, slug: str, organisation: int) -> Guest:
    """Raises EventNotFound for another organisation's event, GuestNotFound."""
    row = await _BY_CODE.row(code=code, event=await get_own_id(slug, organisation))
    if row is None or row["erased_at"]:
        raise GuestNotFound
    return guest_of(row)


async def find_invited(event: int, email: str, now: datetime) -> Guest | None:
    """The invitation of this address that can still be used."""
    row = await _INVITED.row(event=event, email=folded_email(email))
    return _usable(row, now)


async def find_claimed(registration: int, now: datetime) -> Guest | None:
    """The invitation by whose link somebody registered with an address that was still to be proven."""
    return _usable(await _CLAIMED.row(registration=registration), now)


def _usable(row: Row | None, now: datetime) -> Guest | None:
    guest = guest_of(row) if row else None
    return guest if guest and now < guest.expires_at else None


async def find_of_registration(registration: int) -> Guest | None:
    """By which invitation somebody came."""
    row = await _OF_REGISTRATION.row(registration=registration)
    return guest_of(row) if row and not row["erased_at"] else None


async def list_open(event: int, *, after: int = 0, limit: int = _AT_ONCE) -> list[Guest]:
    """Who has not answered, in the order in which they were invited."""
    return [guest_of(row) for row in await _OPEN.rows(event=event, after=after, limit=limit)]


@db.read
async def list_guests(
    event: int, state: State | None = None, *, after: int = 0, limit: int = 100
) -> tuple[list[Listed], int | None]:
    """In the order in which they were invited; the second is where the next page begins."""
    rows = await _LISTED.rows(event=event, after=after, state=state or "", all=int(state is None), limit=limit + 1)
    failed = await list_failed_of([row["id"] for row in rows[:limit]], kinds=GUEST_KINDS)
    listed = [
        Listed(
            guest=guest_of(row),
            failed=row["id"] in failed,
            code=row["ticket"],
            standing=row["standing"] and Standing(row["standing"]),
        )
        for row in rows[:limit]
    ]
    return listed, listed[-1].guest.id if len(rows) > limit else None


async def count(event: int) -> Counts:
    states = {State(row["state"]): row["number"] for row in await _COUNTS.rows(event=event)}
    reserved = {Mode(row["reserved"]): row["number"] for row in await _RESERVED.rows(event=event)}
    return Counts(states, reserved)


async def count_to_remind(event: int, now: datetime, before: datetime) -> int:
    """How many have not answered and were written to before then."""
    row = await _TO_REMIND.row(event=event, before=before, now=now)
    return int(row["number"]) if row else 0


async def known_of(event: int, organisation: int, emails: Sequence[str]) -> Known:
    """What stands against inviting these addresses."""
    folded = sorted({folded_email(email) for email in emails})
    found: dict[str, set[str]] = {"registered": set(), "invited": set(), "declined": set(), "refusing": set()}
    for first in range(0, len(folded), _AT_ONCE):
        some = folded[first : first + _AT_ONCE]
        rows = (
            await Registration.select(Registration.email_folded)
            .where(Registration.event == event, Registration.email_folded.is_in(some))
            .where(Registration.standing.not_in(["declined", "cancelled"]))
        )
        found["registered"] |= {row["email_folded"] for row in rows}
        for row in (
            await GuestRow.select(GuestRow.email_folded, GuestRow.state)
            .where(GuestRow.event == event, GuestRow.email_folded.is_in(some))
            .where(GuestRow.state.is_in(["invited", "declined"]))
        ):
            found[row["state"]].add(row["email_folded"])
        digests = {digest(address): address for address in some}
        refusing = (
            await GuestRefusal.select(GuestRefusal.email_digest)
            .where(GuestRefusal.organisation == organisation)
            .where(GuestRefusal.email_digest.is_in(list(digests)))
        )
        found["refusing"] |= {digests[row["email_digest"]] for row in refusing}
    return Known(**found)


async def list_events_with_expired(now: datetime) -> list[int]:
    """The events in which invitations have ended that still count."""
    return [row["event"] for row in await _EXPIRED.rows(now=now)]
