from piccolo.columns import JSON, Boolean, ForeignKey, Integer, Serial, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from events.accounts.tables import Organisation
from events.programme.tables import Event
from events.registration.tables import Registration


class GuestBatch(Table, tablename="guest_batch"):
    """What was invited in one act: what the invitations give, until when, and what their mails say besides."""

    id: Serial
    event = ForeignKey(Event, on_delete=OnDelete.restrict, default=None, null=False)
    skips_approval = Boolean(default=None, null=False)
    reserves = Boolean(default=None, null=False)
    note = JSON(default=None, null=False)
    expires_wall = Varchar(length=16, default=None, null=False)
    expires_zone = Varchar(length=64, default=None, null=False)
    expires_fold = Integer(default=None, null=False)
    expires_at = Timestamptz(default=None, null=False)
    created_at = Timestamptz(default=None, null=False)


class Guest(Table, tablename="guest"):
    """One person who is invited; `mode` is the only way to attend that they are offered, if there is but one.

    While `reserved` names a mode, one of its places is counted in `event_mode.taken` for them. `registration` is the
    one that used the invitation, or, while the state is still `invited`, one whose address is not proven yet.

    After `erased_at` nothing in the row tells who it was; it stays for the counts.
    """

    id: Serial
    batch = ForeignKey(GuestBatch, on_delete=OnDelete.restrict, default=None, null=False)
    event = ForeignKey(Event, on_delete=OnDelete.restrict, default=None, null=False)
    name = Varchar(length=200, default=None, null=False)
    email = Varchar(length=254, default=None, null=False)
    email_folded = Varchar(length=254, default=None, null=False)
    language = Varchar(length=35, default=None, null=False)
    affiliation = Varchar(length=200, default=None, null=True)
    mode = Varchar(length=20, default=None, null=True)
    reserved = Varchar(length=20, default=None, null=True)
    state = Varchar(length=20, default=None, null=False)
    code = Varchar(length=26, default=None, null=False)
    token_digest = Varchar(length=64, default=None, null=False)
    registration = ForeignKey(Registration, on_delete=OnDelete.restrict, default=None, null=True)
    invited_at = Timestamptz(default=None, null=False)
    mailed_at = Timestamptz(default=None, null=False)
    answered_at = Timestamptz(default=None, null=True)
    erased_at = Timestamptz(default=None, null=True)


class GuestRefusal(Table, tablename="guest_refusal"):
    """An address that wants no invitations from an organisation, as its digest: all that is kept of it."""

    id: Serial
    organisation = ForeignKey(Organisation, on_delete=OnDelete.restrict, default=None, null=False)
    email_digest = Varchar(length=64, default=None, null=False)
    refused_at = Timestamptz(default=None, null=False)
