from piccolo.columns import Boolean, Bytea, ForeignKey, Serial, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from events.programme.tables import Event
from events.questions.tables import Question, QuestionVersion
from events.registration.tables import Registration


class Answer(Table, tablename="answer"):
    """One value that somebody gave to a question, in the `version` that they read; several choices are several rows.

    Its question is that of the version: one key of the database holds both. `chosen` values are
    of the question's own choices, which may be taken up and are therefore counted whenever somebody registers. After
    `purged_at` it is empty.
    """

    id: Serial
    registration = ForeignKey(Registration, on_delete=OnDelete.restrict, default=None, null=False)
    question = ForeignKey(Question, on_delete=OnDelete.restrict, default=None, null=False)
    version = ForeignKey(QuestionVersion, on_delete=OnDelete.restrict, default=None, null=False)
    value = Text(default=None, null=False)
    chosen = Boolean(default=None, null=False)
    purged_at = Timestamptz(default=None, null=True)


class Upload(Table, tablename="upload"):
    """A file that was sent along; nobody's until the registration is made, and forgotten after a day.

    The token, random, is what the form that comes back carries; `name` is what its sender called it.
    """

    id: Serial
    event = ForeignKey(Event, on_delete=OnDelete.restrict, default=None, null=False)
    question = ForeignKey(Question, on_delete=OnDelete.restrict, default=None, null=False)
    registration = ForeignKey(Registration, on_delete=OnDelete.restrict, default=None, null=True)
    token_digest = Varchar(length=64, default=None, null=False)
    name = Varchar(length=200, default=None, null=False)
    media_type = Varchar(length=60, default=None, null=False)
    content = Bytea(default=None, null=False)
    created_at = Timestamptz(default=None, null=False)
