"""Who is invited, what an invitation gives, and what stands against inviting somebody."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct, structs

from events.kernel.errors import Conflict, DomainError, NotFound, Problem
from events.kernel.ids import derived_token, folded_email
from events.kernel.spans import WallTime
from events.kernel.words import N_, Text
from events.programme.rules import EventFacts, Mode, Places, Status
from events.programme.rules.errors import EventInUse
from events.programme.rules.places import LockedPlaces
from events.registration.rules import Full, RegistrationClosed, Standing
from events.registration.rules.opening import Offer, check_open, check_takes_place
from events.registration.rules.places import Decision, decide, standing_with_place

INVITED_KIND = "guest.invited"
REMINDED_KIND = "guest.reminded"
GUEST_KINDS = (INVITED_KIND, REMINDED_KIND)
"""The mails to guests; each has a guest as its subject."""

MOST_GUESTS = 2000
MOST_BY_API = 500
REMINDED_EVERY = timedelta(days=1)
SENT_AGAIN_PER_DAY = 3


class State(StrEnum):
    INVITED = "invited"
    REGISTERED = "registered"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class Guest(Struct, frozen=True, kw_only=True):
    """One invitation with what its batch gives; `reserved` is the mode in which a place is kept for them."""

    id: int
    batch: int
    event: int
    name: str
    email: str
    language: str
    affiliation: str | None
    mode: Mode | None
    reserved: Mode | None
    state: State
    code: str
    registration: int | None
    invited_at: datetime
    mailed_at: datetime
    answered_at: datetime | None
    erased_at: datetime | None
    skips_approval: bool
    reserves: bool
    note: Text
    expires: WallTime
    expires_at: datetime

    def is_theirs(self, email: str) -> bool:
        """Whether the link, which came to this address, proves it."""
        return folded_email(email) == folded_email(self.email)


class NewGuest(Struct, frozen=True, kw_only=True):
    """A line of a list; `row` is what whoever made the list calls it by."""

    row: int
    name: str
    email: str
    language: str
    mode: Mode | None
    affiliation: str | None


class Terms(Struct, frozen=True, kw_only=True):
    """What the invitations of one batch give, and until when."""

    skips_approval: bool
    reserves: bool
    note: Text
    expires: WallTime


class Known(Struct, frozen=True):
    """What is known of the addresses of a list, folded."""

    registered: Collection[str] = ()
    invited: Collection[str] = ()
    declined: Collection[str] = ()
    refusing: Collection[str] = ()


class Listed(Struct, frozen=True, kw_only=True):
    """A guest in the organisers' list; `failed` when the last mail did not arrive, `code` of the registration."""

    guest: Guest
    failed: bool = False
    code: str | None = None
    standing: Standing | None = None


class Counts(Struct, frozen=True):
    """How many guests are in which state, and how many places are kept for them in which mode."""

    states: Mapping[State, int]
    reserved: Mapping[Mode, int]


class GuestNotFound(NotFound):
    def __init__(self) -> None:
        super().__init__(N_("There is no such invitation. Check that the link is whole, as it stands in your mail."))


class InvitationOver(Conflict):
    """It cannot be used, not any more; the message says why."""

    kind = "invitation-over"


OVER = {
    State.REGISTERED: N_("This invitation has been used. The mail that came then has the link to your registration."),
    State.DECLINED: N_("You have declined this invitation."),
    State.EXPIRED: N_("This invitation ended on {expires}."),
    State.WITHDRAWN: N_("The organisers have taken this invitation back."),
}


def invitation_token(secret: str, code: str) -> str:
    """Opens one invitation, made again for each mail."""
    return derived_token(secret, "guest", code, 0)


def check_usable(guest: Guest, now: datetime) -> None:
    """Raises InvitationOver with the reason."""
    state = guest.state
    if state is State.INVITED and now >= guest.expires_at:
        state = State.EXPIRED
    if state is not State.INVITED:
        raise InvitationOver(OVER[state], **({"expires": guest.expires} if state is State.EXPIRED else {}))


def asked_for(guest: Guest | None, places: LockedPlaces) -> LockedPlaces:
    """The places as they are for a guest: without approval, where the invitation skips it."""
    return structs.replace(places, approval=False) if guest and guest.skips_approval else places


def decide_for(
    guest: Guest | None, places: LockedPlaces, now: datetime, *, proven: bool, over_limit: bool = False
) -> Decision:
    """As `decide` says, but for what an invitation gives; raises Full.

    A place that is kept goes to who has proven to be the guest; before, it stays with the invitation.
    """
    if guest is None:
        return decide(places, now, proven=proven, over_limit=over_limit)
    asked, over_limit = asked_for(guest, places), over_limit and not guest.skips_approval
    if guest.reserved != places.mode:
        return decide(asked, now, proven=proven, over_limit=over_limit)
    if not proven:
        return Decision(Standing.UNVERIFIED, False, None, now + timedelta(hours=places.hold_hours))
    return Decision(standing_with_place(asked, over_limit=over_limit), True, None, None)


def offers_for(guest: Guest, event: EventFacts, now: datetime) -> list[Offer]:
    """The ways to attend that are open to a guest: neither opening nor closing times count for them."""
    offered = [places for places in event.places if guest.mode in {None, places.mode}] or list(event.places)
    return [Offer(places, _refusal(guest, event, places, now)) for places in offered]


def _refusal(guest: Guest, event: EventFacts, places: Places, now: datetime) -> DomainError | None:
    try:
        check_open(event.status, event.ends_at, event.ends_at, now)
    except RegistrationClosed as closed:
        return closed
    is_full = places.is_full and guest.reserved != places.mode
    return Full() if is_full and not event.waiting_list else None


def check_can_invite(event: EventFacts, now: datetime) -> None:
    """Raises RegistrationClosed: an invitation must lead somewhere."""
    check_takes_place(event.status, event.ends_at, now)
    if event.status is not Status.PUBLISHED:
        raise RegistrationClosed(N_("Publish the event first: an invitation leads to it."))


def check_nobody_invited(counts: Counts) -> None:
    """Raises EventInUse: nobody's link may lead nowhere without a word."""
    if counts.states.get(State.INVITED):
        raise EventInUse(N_("People are invited to it. Take the invitations back first."))


def terms_problems(event: EventFacts, terms: Terms, now: datetime) -> list[Problem]:
    if terms.expires.instant <= now:
        return [Problem("expires.wall", N_("This is over already."))]
    if terms.expires.instant > event.ends_at:
        return [Problem("expires.wall", N_("The event is over by then."))]
    return []


def mode_for(guest: NewGuest, event: EventFacts) -> Mode | None:
    """The mode in which a place is kept for them, if it is clear which."""
    if guest.mode is not None:
        return guest.mode
    return event.modes[0] if len(event.modes) == 1 else None


def row_problems(
    guests: Sequence[NewGuest], event: EventFacts, terms: Terms | None, known: Known
) -> dict[int, list[Problem]]:
    """What stands against inviting each, by row; `field` is the column."""
    found: dict[int, list[Problem]] = {}
    first: dict[str, int] = {}
    for guest in guests:
        address, problems = folded_email(guest.email), []
        if address in first:
            problems.append(Problem("email", N_("The same address stands in row {row}."), {"row": first[address]}))
        first.setdefault(address, guest.row)
        for addresses, words in _against(known):
            if address in addresses:
                problems.append(Problem("email", words))
        if guest.mode is not None and guest.mode not in event.modes:
            problems.append(Problem("mode", N_("This event does not offer this way to attend.")))
        elif terms is not None and terms.reserves and mode_for(guest, event) is None:
            problems.append(Problem("mode", N_("Say in which way they attend: a place is to be reserved.")))
        if problems:
            found[guest.row] = problems
    return found


def _against(known: Known) -> Sequence[tuple[Collection[str], str]]:
    return (
        (known.registered, N_("This address is registered already.")),
        (known.invited, N_("This address is invited already.")),
        (known.declined, N_("This person has declined an invitation to this event.")),
        (known.refusing, N_("This person wants no invitations from your organisation.")),
    )


def reserved_in(guests: Sequence[NewGuest], event: EventFacts) -> dict[Mode, int]:
    """How many places would be reserved in which mode."""
    counts: dict[Mode, int] = {}
    for guest in guests:
        if mode := mode_for(guest, event):
            counts[mode] = counts.get(mode, 0) + 1
    return counts


_NO_ROOM = {
    Mode.IN_PERSON: N_("{wanted} places in the room are to be reserved, and {free} are free."),
    Mode.ONLINE: N_("{wanted} places online are to be reserved, and {free} are free."),
}


def room_problems(counts: Mapping[Mode, int], free: Mapping[Mode, int | None]) -> list[Problem]:
    """Nobody's place is reserved away: raised when fewer are free than are to be kept."""
    return [
        Problem(
            "reserves",
            _NO_ROOM[mode],
            {"wanted": wanted, "free": room},
        )
        for mode, wanted in counts.items()
        if (room := free.get(mode)) is not None and wanted > room
    ]
