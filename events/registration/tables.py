from typing import Any

from piccolo.columns import JSON, BigInt, Boolean, ForeignKey, Integer, Serial, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.reference import LazyTableReference
from piccolo.table import Table

from events.accounts.tables import Organisation
from events.programme.tables import Event


class Registration(Table, tablename="registration"):
    """One person's place at one event; `holds_place` says whether it is counted in `event_mode.taken`.

    `waits_for` is the mode in whose line they stand, which need not be the `mode` in which they have a place;
    before the address is proven it is a wish, without a `queue_number`.

    Who is `over_limit` came when as many of their organisation were registered as may: they need approval. Who
    `skips_approval` was invited so, and needs none where they come to a place later either.

    Who `assists` another stands as that person stands, and is not counted in `taken`; the address is theirs, and
    `email_folded` made up.

    After `erased_at` nothing in the row tells who it was; it stays for the counts. An unverified one of nobody stands
    in for who is registered already (`steps/stand_ins.py`).
    """

    id: Serial
    event = ForeignKey(Event, on_delete=OnDelete.restrict, default=None, null=False)
    mode = Varchar(length=20, default=None, null=False)
    standing = Varchar(length=20, default=None, null=False)
    holds_place = Boolean(default=None, null=False)
    waits_for = Varchar(length=20, default=None, null=True)
    queue_number = Integer(default=None, null=True)
    name = Varchar(length=200, default=None, null=False)
    name_folded = Varchar(length=400, default=None, null=False)
    email = Varchar(length=254, default=None, null=False)
    email_folded = Varchar(length=254, default=None, null=False)
    language = Varchar(length=35, default=None, null=False)
    answers = JSON(default=None, null=False)
    affiliation = Varchar(length=200, default=None, null=True)
    affiliation_folded = Varchar(length=400, default=None, null=True)
    affiliation_type = Varchar(length=20, default=None, null=True)
    affiliation_function = Varchar(length=200, default=None, null=True)
    affiliation_country = Varchar(length=2, default=None, null=True)
    assists: Any = ForeignKey(
        LazyTableReference("Registration", module_path=__name__), on_delete=OnDelete.restrict, default=None, null=True
    )
    assists_as = Varchar(length=20, default=None, null=True)
    over_limit = Boolean(default=None, null=False)
    skips_approval = Boolean(default=None, null=False)
    code = Varchar(length=26, default=None, null=False)
    token_digest = Varchar(length=64, default=None, null=False)
    token_counter = Integer(default=None, null=False)
    registered_at = Timestamptz(default=None, null=False)
    changed_at = Timestamptz(default=None, null=False)
    held_until = Timestamptz(default=None, null=True)
    checked_in_at = Timestamptz(default=None, null=True)
    erased_at = Timestamptz(default=None, null=True)


class PrivateFeed(Table, tablename="private_feed"):
    """The address of somebody's own calendar, as its digest; `registration` is where it was asked for.

    `changed_at` moves with what no registration tells: another alarm, one registration less.

    One that has ended stays, so that its address says so; whose it was is no longer in it.
    """

    id: Serial
    digest = Varchar(length=64, default=None, null=False)
    email_folded = Varchar(length=254, default=None, null=True)
    registration = ForeignKey(Registration, on_delete=OnDelete.restrict, default=None, null=False)
    alarm_minutes = Integer(default=None, null=True)
    asked_at = Timestamptz(default=None, null=False)
    changed_at = Timestamptz(default=None, null=False)
    fetched_at = Timestamptz(default=None, null=True)
    ended_at = Timestamptz(default=None, null=True)


class EventChange(Table, tablename="event_change"):
    """A change of an event that its people have not been told of yet: until `leaves_at` it can be taken back.

    `steps` are the states, Announced of `changes.py`, that the event left since then, oldest first.
    """

    id: Serial
    event = ForeignKey(Event, on_delete=OnDelete.restrict, default=None, null=False, unique=True)
    leaves_at = Timestamptz(default=None, null=False)
    steps = JSON(default=None, null=False)


class AccessWish(Table, tablename="access_wish"):
    """What somebody needs to take part, in a table of its own: lists and exports of people never read it."""

    id: Serial
    registration = ForeignKey(Registration, on_delete=OnDelete.restrict, default=None, null=False)
    interpretation = Varchar(length=35, default=None, null=True)
    captions = Boolean(default=None, null=False)
    sign_language = Boolean(default=None, null=False)
    mobility = Boolean(default=None, null=False)
    other = Text(default=None, null=False)


class KnownAffiliation(Table, tablename="affiliation"):
    """An organisation that people come from, spelled once for each of ours.

    `listed` on the list that was imported; `times` counts the registrations that name it now.
    """

    id: Serial
    organisation = ForeignKey(Organisation, on_delete=OnDelete.restrict, default=None, null=False)
    name = Varchar(length=200, default=None, null=False)
    name_folded = Varchar(length=400, default=None, null=False)
    type = Varchar(length=20, default=None, null=True)
    country = Varchar(length=2, default=None, null=True)
    listed = Boolean(default=None, null=False)
    times = Integer(default=None, null=False)


class InvitationReply(Table, tablename="invitation_reply"):
    """The last thing that somebody's calendar answered, by the answer's own stamp."""

    id: Serial
    registration = ForeignKey(Registration, on_delete=OnDelete.restrict, default=None, null=False, unique=True)
    answer = Varchar(length=20, default=None, null=False)
    stamped_at = Timestamptz(default=None, null=False)


class Inbox(Table, tablename="inbox"):
    """How far a mailbox was read: its UIDVALIDITY, and the UID of the last letter."""

    id: Serial
    name = Varchar(length=500, default=None, null=False)
    validity = BigInt(default=None, null=False)
    last_letter = BigInt(default=None, null=False)
    read_at = Timestamptz(default=None, null=False)


class FormerTicket(Table, tablename="former_ticket"):
    """The code and the link of who handed their place to somebody else: all that is left of them."""

    id: Serial
    registration = ForeignKey(Registration, on_delete=OnDelete.restrict, default=None, null=False)
    code = Varchar(length=26, default=None, null=False)
    token_digest = Varchar(length=64, default=None, null=False)
    language = Varchar(length=35, default=None, null=False)
    handed_over_at = Timestamptz(default=None, null=False)


class JoinVisit(Table, tablename="join_visit"):
    """That somebody went to the joining link, the first and the last time, and how often."""

    id: Serial
    registration = ForeignKey(Registration, on_delete=OnDelete.restrict, default=None, null=False)
    first_at = Timestamptz(default=None, null=False)
    last_at = Timestamptz(default=None, null=False)
    times = Integer(default=None, null=False)


class RequestAnswer(Table, tablename="request_answer"):
    """What organisers answered to who asked for a place, latest last; `was` is how the registration stood then.

    `reason` is told to the person, so it is erased with them, while the activity log keeps who answered and when.
    """

    id: Serial
    registration = ForeignKey(Registration, on_delete=OnDelete.restrict, default=None, null=False)
    was = Varchar(length=20, default=None, null=False)
    accepted = Boolean(default=None, null=False)
    reason = Text(default=None, null=False)
    answered_by = Varchar(length=60, default=None, null=False)
    answered_at = Timestamptz(default=None, null=False)
