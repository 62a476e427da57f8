from piccolo.columns import Boolean, Date, ForeignKey, Serial, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from events.programme.tables import Event
from events.registration.tables import Registration


class Door(Table, tablename="door"):
    """Where tickets are scanned. Whoever has its address may scan there until it is closed.

    `opens_at` was set for an event that started at `opens_for`, and moves with it.
    """

    id: Serial
    event = ForeignKey(Event, on_delete=OnDelete.restrict, default=None, null=False)
    name = Varchar(length=200, default=None, null=False)
    token_digest = Varchar(length=64, default=None, null=False)
    reentry = Boolean(default=None, null=False)
    created_at = Timestamptz(default=None, null=False)
    opens_at = Timestamptz(default=None, null=True)
    opens_for = Timestamptz(default=None, null=True)
    closed_at = Timestamptz(default=None, null=True)


class Scan(Table, tablename="scan"):
    """One reading of a ticket, kept whatever came of it.

    `day` is the event's own date; `exclusive` marks the one admission at a door and day.
    """

    id: Serial
    door = ForeignKey(Door, on_delete=OnDelete.restrict, default=None, null=False)
    registration = ForeignKey(Registration, on_delete=OnDelete.restrict, default=None, null=True)
    code_read = Varchar(length=200, default=None, null=False)
    nonce = Varchar(length=100, default=None, null=True)
    direction = Varchar(length=3, default=None, null=False)
    result = Varchar(length=10, default=None, null=False)
    reason = Varchar(length=20, default=None, null=True)
    day = Date(default=None, null=False)
    exclusive = Boolean(default=None, null=False)
    scanned_at = Timestamptz(default=None, null=False)
    received_at = Timestamptz(default=None, null=False)
