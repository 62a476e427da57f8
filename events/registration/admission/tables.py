from piccolo.columns import Boolean, Date, ForeignKey, Serial, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from events.registration.tables import Registration


class AdmissionRow(Table, tablename="admission"):
    """How somebody stands with the house; without a row they have not applied yet.

    `by_organiser`: it was not they themselves who said so last.
    """

    id: Serial
    registration = ForeignKey(Registration, on_delete=OnDelete.restrict, default=None, null=False, unique=True)
    state = Varchar(length=20, default=None, null=False)
    by_organiser = Boolean(default=None, null=False)
    changed_at = Timestamptz(default=None, null=False)


class AdmissionReminder(Table, tablename="admission_reminder"):
    """That somebody was reminded for a date, once."""

    id: Serial
    registration = ForeignKey(Registration, on_delete=OnDelete.restrict, default=None, null=False)
    day = Date(default=None, null=False)
    queued_at = Timestamptz(default=None, null=False)
