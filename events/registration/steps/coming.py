"""Somebody asks for a place: the places are locked, and it is seen by what right they come."""

from datetime import datetime

from msgspec import Struct

from events.accounts.rules import Actor
from events.kernel.errors import Invalid
from events.kernel.spans import wall_time_at
from events.kernel.words import N_
from events.programme import queries as events
from events.programme import steps as programme
from events.programme.queries.addresses import find_id
from events.programme.rules import Mode, Status
from events.programme.rules.errors import EventNotFound
from events.programme.rules.places import LockedPlaces
from events.registration.abuse.rules import check_lasting
from events.registration.early.rules import Opening
from events.registration.early.steps import use_link
from events.registration.forms import SignUp
from events.registration.guests import steps as guests
from events.registration.guests.rules import Guest
from events.registration.rules.opening import check_open
from events.registration.rules.places import check_room


class Comer(Struct, frozen=True, kw_only=True):
    """Somebody who asks for a place, under the lock: which, where they would wait for it, and by what right.

    `vouched`: their organisation answers for them. Who has not `proven` to be a guest is treated as anybody.
    """

    places: LockedPlaces
    meanwhile: LockedPlaces | None
    guest: Guest | None
    opening: Opening | None
    vouched: bool
    proven: bool


async def admit(
    slug: str, form: SignUp, now: datetime, *, by: Actor | None, early: str, prove: bool, invitation: str | None
) -> Comer:
    """Raises EventNotFound, RegistrationClosed, Full, Invalid, GuestNotFound, InvitationOver."""
    invited = invitation is not None
    places, meanwhile = await _lock(slug, form, everything=invited)
    if places is None or (places.status == Status.DRAFT and (by is None or by.organisation != places.organisation)):
        await _refuse_mode(slug, form.mode, by)
        raise EventNotFound
    vouched = by is not None and by.organisation == places.organisation
    guest = await guests.find_for(places, form.email, token=invitation)
    if invited and guest and not await guests.may_attend(guest, form.mode):
        raise Invalid.of("mode", N_("This invitation is for another way to attend."))
    opening = await use_link(early, places.event) if early else None
    _check_open(places, now, opening, vouched=vouched, invited=invited)
    if not vouched:
        _check_address(places, meanwhile, form.email, prove=prove, guest=invited)
    proven = vouched or not places.prove_address or bool(invited and guest and guest.is_theirs(form.email))
    return Comer(
        places=places,
        meanwhile=meanwhile,
        guest=guest if proven or invited else None,
        opening=opening,
        vouched=vouched,
        proven=proven,
    )


def wait_meanwhile(comer: Comer, now: datetime) -> LockedPlaces | None:
    """Where they attend while they wait for what they asked for, if they have to and can."""
    places, meanwhile = comer.places, comer.meanwhile
    kept = comer.guest.reserved if comer.guest else None
    if meanwhile is None or not places.is_full or kept == places.mode:
        return None
    check_room(places)
    has_room = not meanwhile.is_full and now < _closes_at(meanwhile, comer.opening)
    return meanwhile if has_room or kept == meanwhile.mode else None


def _check_open(places: LockedPlaces, now: datetime, opening: Opening | None, *, vouched: bool, invited: bool) -> None:
    """Who comes with an invitation is let in before it opens and after it closes."""
    if invited:
        check_open(places.status, places.ends_at, places.ends_at, now)
        return
    at_any_time = vouched or opening is not None
    opens = wall_time_at(places.opens_at, places.opens_zone or "UTC") if places.opens_at and not at_any_time else None
    check_open(places.status, places.ends_at, _closes_at(places, opening), now, opens=opens)


def _check_address(
    places: LockedPlaces, meanwhile: LockedPlaces | None, email: str, *, prove: bool, guest: bool
) -> None:
    if prove:
        for asked in filter(None, (places, meanwhile)):
            asked.prove_address, asked.holds_unproven = True, False
    if places.refuse_disposable:
        check_lasting(email)
    if places.prove_address and not guest:
        check_room(places)  # first, or a full event would tell who is registered from who is not; answers likewise


async def _lock(slug: str, form: SignUp, *, everything: bool) -> tuple[LockedPlaces | None, LockedPlaces | None]:
    """The places that they ask for, and those in which they would wait for them; one lock where one will do."""
    if form.meanwhile in {None, form.mode} and not everything:
        return await programme.lock_places(slug, form.mode), None
    event = await find_id(slug)
    places = await programme.lock_all_places(event) if event else {}
    return places.get(form.mode), places.get(str(form.meanwhile)) if form.meanwhile != form.mode else None


def _closes_at(places: LockedPlaces, opening: Opening | None) -> datetime:
    return opening.closes_at(places.closes_at, places.starts_at) if opening else places.closes_at


async def _refuse_mode(slug: str, mode: Mode, by: Actor | None) -> None:
    """Raise what fits when there are no such places: the event is unknown, or known and does not offer the mode."""
    event = await events.get_event(slug, viewer=by.organisation if by else None)
    if mode not in event.modes:
        raise Invalid.of("mode", N_("This event does not offer this way to attend."))
