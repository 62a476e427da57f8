from piccolo.columns import ForeignKey, Serial, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from events.registration.delegations.tables import Delegation
from events.registration.tables import Registration


class PlaceOffer(Table, tablename="place_offer"):
    """To whom a place is offered, until they take it or the offer ends: then the row is deleted.

    `code` is what the token in the mail is made from. With a `delegation` it is its contact who offers the place, to
    somebody of this `function`.
    """

    id: Serial
    registration = ForeignKey(Registration, on_delete=OnDelete.restrict, default=None, null=False, unique=True)
    delegation = ForeignKey(Delegation, on_delete=OnDelete.restrict, default=None, null=True)
    name = Varchar(length=200, default=None, null=False)
    email = Varchar(length=254, default=None, null=False)
    language = Varchar(length=35, default=None, null=False)
    function = Varchar(length=200, default=None, null=True)
    code = Varchar(length=26, default=None, null=False)
    token_digest = Varchar(length=64, default=None, null=False)
    held_until = Timestamptz(default=None, null=False)
