from piccolo.columns import JSON, Integer, Serial, Text, Timestamptz, Varchar
from piccolo.table import Table


class Message(Table, tablename="message"):
    """A mail that will be sent. Its words are made when it leaves, from `kind`, `subject_id` and `facts`.

    Nobody but its holder touches it before `claimed_until`: the lease of the worker that sends it, so that another one
    does if that worker dies, and the pause after a try that failed.
    """

    id: Serial
    kind = Varchar(length=60, default=None, null=False)
    subject_id = Integer(default=None, null=False)
    to_address = Varchar(length=254, default=None, null=False)
    facts = JSON(default=None, null=False)
    created_at = Timestamptz(default=None, null=False)
    due_at = Timestamptz(default=None, null=False)
    tries = Integer(default=None, null=False)
    claimed_until = Timestamptz(default=None, null=True)
    sent_at = Timestamptz(default=None, null=True)
    failed_at = Timestamptz(default=None, null=True)
    last_error = Text(default=None, null=True)
