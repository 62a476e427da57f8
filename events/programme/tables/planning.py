"""What is planned for a programme and released, and which clashes were accepted."""

from piccolo.columns import JSON, Boolean, ForeignKey, Integer, Serial, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from events.programme.tables import Event


class ClashAccepted(Table, tablename="clash"):
    """Why an event was saved although another one needs the same at the same time."""

    id: Serial
    event = ForeignKey(Event, on_delete=OnDelete.restrict, default=None, null=False)
    other = ForeignKey(Event, on_delete=OnDelete.restrict, default=None, null=False)
    kind = Varchar(length=20, default=None, null=False)
    reason = Varchar(length=500, default=None, null=False)
    actor = Varchar(length=60, default=None, null=False)
    accepted_at = Timestamptz(default=None, null=False)


class SessionDraft(Table, tablename="session_draft"):
    """What is to become of a public session with the next release: a merge patch on its document, or its end."""

    id: Serial
    event = ForeignKey(Event, on_delete=OnDelete.restrict, default=None, null=False)
    patch = JSON(default=None, null=False)
    cancels = Boolean(default=None, null=False)
    reason = JSON(default=None, null=False)
    changed_at = Timestamptz(default=None, null=False)


class ProgrammeVersion(Table, tablename="programme_version"):
    """A conference's programme as it was released: every public session in the few facts that are compared."""

    id: Serial
    conference = ForeignKey(Event, on_delete=OnDelete.restrict, default=None, null=False)
    number = Integer(default=None, null=False)
    note = JSON(default=None, null=False)
    sessions = JSON(default=None, null=False)
    released_at = Timestamptz(default=None, null=False)
