from piccolo.columns import ForeignKey, Serial, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from events.programme.tables import Event
from events.registration.tables import Registration


class RegistrationTag(Table, tablename="registration_tag"):
    """A word that organisers put to a registration; `event` is that of the registration."""

    id: Serial
    event = ForeignKey(Event, on_delete=OnDelete.restrict, default=None, null=False)
    registration = ForeignKey(Registration, on_delete=OnDelete.restrict, default=None, null=False)
    tag = Varchar(length=40, default=None, null=False)
    tag_folded = Varchar(length=80, default=None, null=False)


class RegistrationNote(Table, tablename="registration_note"):
    """What a member wrote down about a registration."""

    id: Serial
    registration = ForeignKey(Registration, on_delete=OnDelete.restrict, default=None, null=False)
    text = Text(default=None, null=False)
    written_by = Varchar(length=60, default=None, null=False)
    written_at = Timestamptz(default=None, null=False)
