from collections.abc import Sequence

from msgspec import Struct

from events.accounts.actions.attempts import count_attempt
from events.accounts.rules import Actor
from events.activity.steps import record
from events.infra import db
from events.kernel.clock import utc_now
from events.kernel.errors import Invalid, Problem
from events.kernel.ids import digest, folded_email
from events.outbox.steps import enqueue, enqueue_all
from events.programme import queries as events
from events.programme import steps as programme
from events.programme.rules.places import AllPlaces
from events.registration.guests import queries, steps
from events.registration.guests.rules import (
    INVITED_KIND,
    REMINDED_EVERY,
    REMINDED_KIND,
    SENT_AGAIN_PER_DAY,
    Guest,
    NewGuest,
    State,
    Terms,
    check_can_invite,
    check_usable,
    reserved_in,
    room_problems,
    row_problems,
    terms_problems,
)
from events.registration.guests.tables import GuestRefusal
from events.registration.rules import ATTENDEE
from events.registration.steps import give_back

_REFUSE = db.prepared_insert(GuestRefusal, conflict="ON CONFLICT (organisation, email_digest) DO NOTHING")


class Invitations(Struct, frozen=True):
    """How many were invited, and what stands against inviting the others, by row."""

    invited: int
    problems: dict[int, list[Problem]]


@db.write
async def invite(
    slug: str, guests: Sequence[NewGuest], terms: Terms, *, secret: str, by: Actor, all_or_none: bool = False
) -> Invitations:
    """Invite those of the list against whom nothing stands, each by a mail with a link of their own.

    Raises EventNotFound, RegistrationClosed; Invalid when the terms are not right, fewer places are free than are to be
    reserved, or, with `all_or_none`, something stands against anybody.
    """
    event = await programme.lock_event(slug, by.organisation)
    now = utc_now()
    check_can_invite(event, now)
    known = await queries.known_of(event.id, by.organisation, [guest.email for guest in guests])
    problems = row_problems(guests, event, terms, known)
    right = [guest for guest in guests if guest.row not in problems]
    wrong = terms_problems(event, terms, now)
    places = await programme.lock_all_places(event.id)
    counts = reserved_in(right, event) if terms.reserves else {}
    wrong += room_problems(counts, {one.mode: one.free for one in event.places})
    if all_or_none:
        wrong += [
            Problem(f"guests.{row}.{one.field}", one.message, one.params)
            for row, told in problems.items()
            for one in told
        ]
    if wrong:
        raise Invalid(wrong)
    if right:
        made = await steps.invite(event, right, terms, secret=secret)
        for mode, number in counts.items():
            own = places[mode]
            await programme.set_places(own, taken=own.taken + number, last_in_line=own.last_in_line)
        await record(by.name, "invited", f"event:{event.id}", organisation=by.organisation, number=len(made))
        await enqueue_all(INVITED_KIND, [(guest, address, {}) for guest, address in made])
    return Invitations(len(right), problems)


@db.write
async def decline(token: str, *, no_more: bool = False) -> None:
    """Who was invited does not come; again changes nothing. `no_more`: nor wants to be invited by these organisers."""
    places, guest = await _lock_and_reload(await queries.get_by_token(token))
    organisation = await events.get_organisation_id(guest.event)
    if no_more:
        address = digest(folded_email(guest.email))
        await _REFUSE.rows(organisation=organisation, email_digest=address, refused_at=utc_now())
    if guest.state is State.DECLINED:
        return
    check_usable(guest, utc_now())
    await _end(places, [guest], State.DECLINED)
    await record(ATTENDEE, "declined_invitation", f"event:{guest.event}", organisation=organisation)


@db.write
async def erase_own(token: str) -> None:
    """Who was invited is forgotten; an invitation that still counts is declined by it."""
    places, guest = await _lock_and_reload(await queries.get_by_token(token))
    if guest.state is State.INVITED:
        await _end(places, [guest], State.DECLINED)
    await steps.forget_guest(guest.id)


@db.write
async def withdraw(code: str, slug: str, *, by: Actor) -> None:
    """Take one invitation back; again changes nothing. Raises EventNotFound, GuestNotFound, InvitationOver."""
    places, guest = await _lock_and_reload(await queries.get_own(code, slug, by.organisation))
    if guest.state is State.WITHDRAWN:
        return
    if guest.state is not State.INVITED:
        check_usable(guest, utc_now())
    await _end(places, [guest], State.WITHDRAWN)
    await record(by.name, "withdrew_invitations", f"event:{guest.event}", organisation=by.organisation, number=1)


@db.write
async def withdraw_all(slug: str, *, by: Actor) -> int:
    """Take back every invitation that nobody has answered; tells how many."""
    event = await programme.lock_event(slug, by.organisation)
    places = await programme.lock_all_places(event.id)
    guests = await _all_open(event.id)
    if guests:
        await _end(places, guests, State.WITHDRAWN)
        number = len(guests)
        await record(by.name, "withdrew_invitations", f"event:{event.id}", organisation=by.organisation, number=number)
    return len(guests)


@db.write
async def remind(slug: str, *, by: Actor) -> int:
    """Write again to those who have not answered and were not written to for a day; tells how many."""
    event = await programme.lock_event(slug, by.organisation)
    now = utc_now()
    check_can_invite(event, now)
    guests = [
        guest
        for guest in await _all_open(event.id)
        if guest.mailed_at <= now - REMINDED_EVERY and now < guest.expires_at
    ]
    if guests:
        await steps.mailed(guests)
        await enqueue_all(REMINDED_KIND, [(guest.id, guest.email, {}) for guest in guests])
        await record(by.name, "reminded_guests", f"event:{event.id}", organisation=by.organisation, number=len(guests))
    return len(guests)


async def send_again(code: str, slug: str, *, by: Actor) -> None:
    """The same mail once more, a few times a day. Raises EventNotFound, GuestNotFound, InvitationOver, TooMany."""
    guest = await queries.get_own(code, slug, by.organisation)
    check_usable(guest, utc_now())
    await count_attempt("guest-again", str(guest.id), limit=SENT_AGAIN_PER_DAY, window_seconds=24 * 3600)
    await _send_again(guest.id)


@db.write
async def _send_again(guest: int) -> None:
    found = await queries.get(guest)
    if found.state is State.INVITED:
        await steps.mailed([found])
        await enqueue(INVITED_KIND, found.id, found.email)


async def expire_invitations() -> int:
    """End the invitations whose time is over; the places that were kept go to who waits. Each event on its own."""
    found = await queries.list_events_with_expired(utc_now())
    return sum([await _expire(event) for event in found])


@db.write
async def _expire(event: int) -> int:
    places = await programme.lock_all_places(event)
    now = utc_now()
    guests = [guest for guest in await _all_open(event) if guest.expires_at <= now]
    await _end(places, guests, State.EXPIRED)
    return len(guests)


async def _lock_and_reload(guest: Guest) -> tuple[AllPlaces, Guest]:
    """Lock the places first, then look again: what was read before the lock may be old."""
    places = await programme.lock_all_places(guest.event)
    return places, await queries.get(guest.id)


async def _all_open(event: int) -> list[Guest]:
    found: list[Guest] = []
    while some := await queries.list_open(event, after=found[-1].id if found else 0):
        found += some
    return found


async def _end(places: AllPlaces, guests: Sequence[Guest], state: State) -> None:
    """The places that were kept go to who waits."""
    await steps.end(guests, state)
    kept = [guest.reserved for guest in guests if guest.reserved]
    for mode in dict.fromkeys(kept):
        await give_back(places, mode, number=kept.count(mode))
