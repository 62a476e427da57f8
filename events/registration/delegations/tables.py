from piccolo.columns import ForeignKey, Integer, Serial, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from events.programme.tables import Event
from events.registration.tables import Registration


class Delegation(Table, tablename="delegation"):
    """Who registered people of one organisation, at one event; `asked` is for how many.

    `code` is what the token of the contact's page is made from. After `erased_at` nothing tells who the contact was.
    """

    id: Serial
    event = ForeignKey(Event, on_delete=OnDelete.restrict, default=None, null=False)
    name = Varchar(length=200, default=None, null=False)
    email = Varchar(length=254, default=None, null=False)
    language = Varchar(length=35, default=None, null=False)
    affiliation = Varchar(length=200, default=None, null=True)
    affiliation_type = Varchar(length=20, default=None, null=True)
    affiliation_country = Varchar(length=2, default=None, null=True)
    asked = Integer(default=None, null=False)
    code = Varchar(length=26, default=None, null=False)
    token_digest = Varchar(length=64, default=None, null=False)
    token_counter = Integer(default=None, null=False)
    made_at = Timestamptz(default=None, null=False)
    erased_at = Timestamptz(default=None, null=True)


class Delegate(Table, tablename="delegate"):
    """That a registration was made by a delegation's contact."""

    id: Serial
    delegation = ForeignKey(Delegation, on_delete=OnDelete.restrict, default=None, null=False)
    registration = ForeignKey(Registration, on_delete=OnDelete.restrict, default=None, null=False, unique=True)
