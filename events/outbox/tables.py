from piccolo.columns import JSON, Integer, Serial, Text, Timestamptz, Varchar
from piccolo.table import Table


class Message(Table, tablename="message"):
    """A mail that will be sent. Its words are made when it leaves, from `kind`, `subject_id` and `facts`.

    `claimed_until` is a lease: the worker that holds it sends, and if that worker dies another one does after it.
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
