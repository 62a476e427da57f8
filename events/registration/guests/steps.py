"""What happens to invitations inside an action that is open; places are locked, and given back, by whoever calls."""

from collections.abc import Sequence

from events.infra import db
from events.kernel.clock import utc_now
from events.kernel.ids import digest, folded_email, new_code
from events.outbox.steps import forget, take_back
from events.programme.rules import EventFacts, Mode
from events.programme.rules.places import LockedPlaces
from events.programme.steps import lock_all_places, set_invites
from events.programme.steps.columns import columns_of_wall, json_of
from events.registration.guests import queries
from events.registration.guests.rules import (
    GUEST_KINDS,
    Guest,
    GuestNotFound,
    NewGuest,
    State,
    Terms,
    check_usable,
    invitation_token,
    mode_for,
)
from events.registration.guests.tables import Guest as GuestRow
from events.registration.guests.tables import GuestBatch

_USE = db.Prepared(
    "UPDATE guest SET state = 'registered', reserved = NULL, registration = :registration, answered_at = :now"
    " WHERE id = :id"
)
_CLAIM = db.Prepared("UPDATE guest SET registration = :registration WHERE id = :id")
_GRANT = db.Prepared("UPDATE registration SET skips_approval = :skips WHERE id = :registration")
_MOVE = db.Prepared("UPDATE guest SET reserved = 'online' WHERE event = :event AND reserved = 'in_person' RETURNING id")
_MOVE_BACK = db.Prepared("UPDATE guest SET reserved = 'in_person' WHERE id = :id AND reserved = 'online' RETURNING id")
# `email_folded` must stay unique among those who are invited.
_FORGET = db.Prepared(
    "UPDATE guest SET name = '', email = '', email_folded = '-' || CAST(id AS VARCHAR), affiliation = NULL,"
    " registration = NULL, erased_at = :now WHERE id = :id"
)
_USED_BY = db.Prepared("SELECT id FROM guest WHERE registration = :registration AND state = 'registered'")
_UNCLAIM = db.Prepared("UPDATE guest SET registration = NULL WHERE registration = :registration")
_BATCHES = db.Prepared("SELECT id, expires_wall, expires_zone, expires_fold FROM guest_batch WHERE event = :event")
_RECKON = db.Prepared("UPDATE guest_batch SET expires_at = :expires_at WHERE id = :id")
_OF_BATCH = db.Prepared("SELECT id, email FROM guest WHERE batch = :batch ORDER BY id")
_AT_ONCE = 200


async def find_for(places: LockedPlaces, email: str, *, token: str | None) -> Guest | None:
    """The invitation that somebody registers with: that of the link, else that of the address.

    Raises GuestNotFound, InvitationOver for a link that cannot be used.
    """
    if token is None:
        return await queries.find_invited(places.event, email, utc_now()) if places.invites else None
    guest = await queries.get_by_token(token)
    if guest.event != places.event:
        raise GuestNotFound
    check_usable(guest, utc_now())
    return guest


async def may_attend(guest: Guest, mode: Mode) -> bool:
    """Whether the link offers this way: the guest's alone, while the event has it."""
    return guest.mode in {None, mode} or guest.mode not in await lock_all_places(guest.event)


async def find_proven(registration: int, email: str, places: LockedPlaces) -> Guest | None:
    """The invitation of somebody who has now proven their address."""
    if not places.invites:
        return None
    now = utc_now()
    return await queries.find_claimed(registration, now) or await queries.find_invited(places.event, email, now)


async def use(guest: Guest, registration: int) -> None:
    """Whatever place was kept for them is theirs, or not kept any more."""
    await _USE.rows(id=guest.id, registration=registration, now=utc_now())
    if guest.skips_approval:
        await _GRANT.rows(registration=registration, skips=True)
    await take_back([guest.id], kinds=GUEST_KINDS)


async def claim(guest: Guest, registration: int) -> None:
    """Used as soon as the address is proven; the place stays kept until then."""
    await _CLAIM.rows(id=guest.id, registration=registration)


async def invite(event: EventFacts, guests: Sequence[NewGuest], terms: Terms, *, secret: str) -> list[tuple[int, str]]:
    """Their ids and addresses; places are counted and mails queued by whoever calls."""
    now = utc_now()
    [batch] = await GuestBatch.insert(
        GuestBatch(
            event=event.id,
            skips_approval=terms.skips_approval,
            reserves=terms.reserves,
            note=json_of(dict(terms.note)),
            **columns_of_wall("expires", terms.expires),
            expires_at=terms.expires.instant,
            created_at=now,
        )
    )
    await set_invites(event.id)
    for first in range(0, len(guests), _AT_ONCE):
        await GuestRow.insert(
            *(_row(one, event, terms, batch["id"], secret) for one in guests[first : first + _AT_ONCE])
        )
    return [(row["id"], row["email"]) for row in await _OF_BATCH.rows(batch=batch["id"])]


def _row(guest: NewGuest, event: EventFacts, terms: Terms, batch: int, secret: str) -> GuestRow:
    code, now = new_code(), utc_now()
    reserved = mode_for(guest, event) if terms.reserves else None
    return GuestRow(
        batch=batch,
        event=event.id,
        name=guest.name,
        email=guest.email,
        email_folded=folded_email(guest.email),
        language=guest.language,
        affiliation=guest.affiliation,
        mode=guest.mode or reserved,
        reserved=reserved,
        state=State.INVITED.value,
        code=code,
        token_digest=digest(invitation_token(secret, code)),
        registration=None,
        invited_at=now,
        mailed_at=now,
        answered_at=None,
        erased_at=None,
    )


async def mailed(guests: Sequence[Guest]) -> None:
    """Keep when each was last written to."""
    for first in range(0, len(guests), _AT_ONCE):
        ids = [guest.id for guest in guests[first : first + _AT_ONCE]]
        await GuestRow.update({GuestRow.mailed_at: utc_now()}).where(GuestRow.id.is_in(ids))


async def end(guests: Sequence[Guest], state: State) -> None:
    """They cannot be used any more; what has not left yet does not leave."""
    for first in range(0, len(guests), _AT_ONCE):
        ids = [guest.id for guest in guests[first : first + _AT_ONCE]]
        await GuestRow.update(
            {GuestRow.state: state.value, GuestRow.reserved: None, GuestRow.answered_at: utc_now()}
        ).where(GuestRow.id.is_in(ids))
        await take_back(ids, kinds=GUEST_KINDS)


async def move_online(event: int) -> tuple[int, ...]:
    """Places that are kept in the room are kept online; tells whose, to bring them back."""
    return tuple(row["id"] for row in await _MOVE.rows(event=event))


async def move_back(guests: Sequence[int]) -> int:
    """How many places are kept in the room again: not for those who have answered meanwhile."""
    return sum([len(await _MOVE_BACK.rows(id=guest)) for guest in guests])


async def reckon(event: int) -> None:
    """The rules of a time zone have changed: the wall time stays."""
    for row in await _BATCHES.rows(event=event):
        await _RECKON.rows(id=row["id"], expires_at=queries.expires_of(row).instant)


async def forget_guest(guest: int) -> None:
    """Forget who it was, and what was written to them."""
    await _FORGET.rows(id=guest, now=utc_now())
    await forget(guest, kinds=GUEST_KINDS)


async def forget_of(registration: int) -> None:
    """Before a registration becomes nobody's, or somebody else's: who was invited goes with who came."""
    for row in await _USED_BY.rows(registration=registration):
        await forget_guest(row["id"])
    await _UNCLAIM.rows(registration=registration)
    await _GRANT.rows(registration=registration, skips=False)
