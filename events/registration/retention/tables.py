from piccolo.columns import ForeignKey, Integer, Serial, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from events.programme.tables import Event


class Erasure(Table, tablename="erasure"):
    """That something was erased because its time was over: of how many people, in the run that began `at`.

    `question` is the name of the one whose answers they were, and empty for everything else.
    """

    id: Serial
    at = Timestamptz(default=None, null=False)
    event = ForeignKey(Event, on_delete=OnDelete.restrict, default=None, null=False)
    kind = Varchar(length=10, default=None, null=False)
    question = Varchar(length=40, default=None, null=False)
    number = Integer(default=None, null=False)


class RemainingCount(Table, tablename="remaining_count"):
    """How many of those who are forgotten came for which kind of organisation, and from which country.

    Apart from their rows, in which the two side by side, with when somebody registered, could tell who it was.
    """

    id: Serial
    event = ForeignKey(Event, on_delete=OnDelete.restrict, default=None, null=False)
    kind = Varchar(length=10, default=None, null=False)
    value = Varchar(length=20, default=None, null=False)
    number = Integer(default=None, null=False)
