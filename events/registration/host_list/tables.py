from piccolo.columns import ForeignKey, Integer, Serial, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from events.programme.tables import Event
from events.registration.tables import Registration


class HostListPlan(Table, tablename="host_list_plan"):
    """So many hours before it starts an event's list closes by itself."""

    id: Serial
    event = ForeignKey(Event, on_delete=OnDelete.restrict, default=None, null=False, unique=True)
    hours = Integer(default=None, null=False)


class HostListRow(Table, tablename="host_list"):
    """A list that was closed; `for_start` is the start before which it closed by itself, once."""

    id: Serial
    event = ForeignKey(Event, on_delete=OnDelete.restrict, default=None, null=False)
    closed_at = Timestamptz(default=None, null=False)
    actor = Varchar(length=60, default=None, null=False)
    for_start = Timestamptz(default=None, null=True)


class HostListEntry(Table, tablename="host_list_entry"):
    """Somebody on a list, by the code that was theirs; nothing here says who it was."""

    id: Serial
    host_list = ForeignKey(HostListRow, on_delete=OnDelete.restrict, default=None, null=False)
    registration = ForeignKey(Registration, on_delete=OnDelete.restrict, default=None, null=False)
    code = Varchar(length=26, default=None, null=False)
