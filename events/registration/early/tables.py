from piccolo.columns import Boolean, ForeignKey, Integer, Serial, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from events.programme.tables import Event
from events.registration.tables import Registration


class EarlyLink(Table, tablename="early_link"):
    """A link that lets its bearers register before registration opens, and `after_closing` until the event starts."""

    id: Serial
    event = ForeignKey(Event, on_delete=OnDelete.restrict, default=None, null=False)
    name = Varchar(length=200, default=None, null=False)
    token_digest = Varchar(length=64, default=None, null=False)
    after_closing = Boolean(default=None, null=False)
    most_uses = Integer(default=None, null=True)
    uses = Integer(default=None, null=False)
    ends_at = Timestamptz(default=None, null=True)
    made_at = Timestamptz(default=None, null=False)
    revoked_at = Timestamptz(default=None, null=True)


class EarlyRegistration(Table, tablename="early_registration"):
    """By which link somebody came."""

    id: Serial
    registration = ForeignKey(Registration, on_delete=OnDelete.restrict, default=None, null=False)
    link = ForeignKey(EarlyLink, on_delete=OnDelete.restrict, default=None, null=False)
