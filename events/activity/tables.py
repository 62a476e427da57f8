from piccolo.columns import JSON, Integer, Serial, Timestamptz, Varchar
from piccolo.table import Table


class Activity(Table, tablename="activity"):
    """Append-only. `actor` is `member:7`, `token:3`, `door:5`, `attendee` or `system`; `facts` name nobody."""

    id: Serial
    at = Timestamptz(default=None, null=False)
    organisation = Integer(default=None, null=True)
    actor = Varchar(length=60, default=None, null=False)
    verb = Varchar(length=60, default=None, null=False)
    subject = Varchar(length=60, default=None, null=False)
    facts = JSON(default=None, null=False)
