from piccolo.columns import JSON, ForeignKey, Integer, Serial, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from events.accounts.tables import Organisation
from events.programme.tables import Event


class ImportUpload(Table, tablename="import_upload"):
    """A file between its dry run and its end. Kept is what was read of it, never the file; `digest` is the file's."""

    id: Serial
    organisation = ForeignKey(Organisation, on_delete=OnDelete.restrict, default=None, null=False)
    name = Varchar(length=300, default=None, null=False)
    source = Varchar(length=300, default=None, null=False)
    family = Varchar(length=20, default=None, null=False)
    digest = Varchar(length=64, default=None, null=False)
    found = JSON(default=None, null=False)
    choices = JSON(default=None, null=False)
    outcome = JSON(default=None, null=True)
    created_by = Varchar(length=80, default=None, null=False)
    created_at = Timestamptz(default=None, null=False)
    expires_at = Timestamptz(default=None, null=False)


class Imported(Table, tablename="imported"):
    """By what an event is known in the file that it came from, and what the file `said` of it last.

    `source_uid` with `recurrence` names it within its `family`: all calendars, or the tables of one conference.
    """

    id: Serial
    organisation = ForeignKey(Organisation, on_delete=OnDelete.restrict, default=None, null=False)
    event = ForeignKey(Event, on_delete=OnDelete.restrict, default=None, null=False)
    family = Varchar(length=40, default=None, null=False)
    source = Varchar(length=300, default=None, null=False)
    source_uid = Varchar(length=255, default=None, null=False)
    recurrence = Varchar(length=40, default=None, null=False)
    sequence = Integer(default=None, null=False)
    said = JSON(default=None, null=False)
    imported_at = Timestamptz(default=None, null=False)


class ImportHabit(Table, tablename="import_habit"):
    """What an organisation chose last: which heading is which field, zone and language. Imports lock this row first."""

    id: Serial
    organisation = ForeignKey(Organisation, on_delete=OnDelete.restrict, default=None, null=False)
    headings = JSON(default=None, null=False)
    zone = Varchar(length=64, default=None, null=False)
    language = Varchar(length=35, default=None, null=False)
    version = Integer(default=None, null=False)
