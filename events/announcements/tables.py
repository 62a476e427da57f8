from piccolo.columns import JSON, Boolean, ForeignKey, Integer, Serial, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from events.programme.tables import WALL_LENGTH, Event
from events.registration.tables import Registration


class Announcement(Table, tablename="announcement"):
    """What organisers write to a group, and when it goes. `anchor`, `amount`, `unit`, `clock` and `at_…` are the truth.

    `due_at` follows from them and from the event as it was at `event_revision`. `reached` is the last registration
    that was looked at while sending; `version` moves with every change, and whoever acts locks the row by it.
    """

    id: Serial
    event = ForeignKey(Event, on_delete=OnDelete.restrict, default=None, null=False)
    state = Varchar(length=10, default=None, null=False)
    subject = JSON(default=None, null=False)
    body = JSON(default=None, null=False)
    audience = JSON(default=None, null=False)
    calendar = Boolean(default=None, null=False)
    anchor = Varchar(length=10, default=None, null=False)
    amount = Integer(default=None, null=False)
    unit = Varchar(length=10, default=None, null=False)
    clock = Varchar(length=5, default=None, null=True)
    at_wall = Varchar(length=WALL_LENGTH, default=None, null=True)
    at_zone = Varchar(length=64, default=None, null=True)
    at_fold = Integer(default=None, null=False)
    due_at = Timestamptz(default=None, null=True)
    event_revision = Integer(default=None, null=False)
    tzdata_version = Varchar(length=20, default=None, null=False)
    reached = Integer(default=None, null=False)
    version = Integer(default=None, null=False)
    created_at = Timestamptz(default=None, null=False)
    started_at = Timestamptz(default=None, null=True)
    finished_at = Timestamptz(default=None, null=True)
    paused_at = Timestamptz(default=None, null=True)


class Recipient(Table, tablename="announcement_recipient"):
    """Who gets an announcement, once. `message` is the outbox's; without one it is held, or `skipped` says why not.

    The outbox forgets what was sent long ago, so a `message` that is not there any more was sent.
    """

    id: Serial
    announcement = ForeignKey(Announcement, on_delete=OnDelete.restrict, default=None, null=False)
    registration = ForeignKey(Registration, on_delete=OnDelete.restrict, default=None, null=False)
    message = Integer(default=None, null=True)
    queued_at = Timestamptz(default=None, null=False)
    skipped = Varchar(length=20, default=None, null=True)


class Pause(Table, tablename="announcement_pause"):
    """An event whose announcements all wait."""

    id: Serial
    event = ForeignKey(Event, on_delete=OnDelete.restrict, default=None, null=False)
    paused_at = Timestamptz(default=None, null=False)


class OptOut(Table, tablename="announcement_opt_out"):
    """Somebody who wants no announcements about their event; what concerns their registration they still get."""

    id: Serial
    registration = ForeignKey(Registration, on_delete=OnDelete.restrict, default=None, null=False)
    opted_out_at = Timestamptz(default=None, null=False)


class StandingNote(Table, tablename="standing_note"):
    """What organisers add to the mail that says how a registration stands; `kind` is that mail's."""

    id: Serial
    event = ForeignKey(Event, on_delete=OnDelete.restrict, default=None, null=False)
    kind = Varchar(length=30, default=None, null=False)
    text = JSON(default=None, null=False)
