from piccolo.columns import JSON, Boolean, ForeignKey, Integer, Serial, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from events.accounts.tables import Organisation
from events.programme.tables import Event


class QuestionForm(Table, tablename="question_form"):
    """What an event asks, whole: `document` is a `rules.Form`, its digest stands in `event.form`."""

    id: Serial
    event = ForeignKey(Event, on_delete=OnDelete.restrict, default=None, null=False)
    document = JSON(default=None, null=False)
    changed_at = Timestamptz(default=None, null=False)


class Question(Table, tablename="question"):
    """What answers point to, with what the database must know of it; everything else is in the form's document.

    `listed`: it is answered from a list that is given, so that its answers are counted and filtered by.
    """

    id: Serial
    event = ForeignKey(Event, on_delete=OnDelete.restrict, default=None, null=False)
    name = Varchar(length=40, default=None, null=False)
    sensitive = Boolean(default=None, null=False)
    purge_days = Integer(default=None, null=True)
    listed = Boolean(default=None, null=False)


class QuestionVersion(Table, tablename="question_version"):
    """A question as it was worded once; never changed, for answers were given to it."""

    id: Serial
    question = ForeignKey(Question, on_delete=OnDelete.restrict, default=None, null=False)
    wording = JSON(default=None, null=False)
    made_at = Timestamptz(default=None, null=False)


class QuestionTemplate(Table, tablename="question_template"):
    """A form of an organisation's own, to begin others from."""

    id: Serial
    organisation = ForeignKey(Organisation, on_delete=OnDelete.restrict, default=None, null=False)
    name = Varchar(length=200, default=None, null=False)
    document = JSON(default=None, null=False)
    created_at = Timestamptz(default=None, null=False)
