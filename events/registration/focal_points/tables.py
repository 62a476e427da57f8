from piccolo.columns import ForeignKey, Integer, Serial, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from events.programme.tables import Event


class FocalPoint(Table, tablename="focal_point"):
    """Who accepts or declines those who come for `affiliation` to one event; last `told_at` that somebody waits.

    `code` is what the token of their page is made from. After `ended_at` nothing tells who it was.
    """

    id: Serial
    event = ForeignKey(Event, on_delete=OnDelete.restrict, default=None, null=False)
    affiliation = Varchar(length=200, default=None, null=False)
    affiliation_folded = Varchar(length=400, default=None, null=False)
    name = Varchar(length=200, default=None, null=False)
    email = Varchar(length=254, default=None, null=False)
    language = Varchar(length=35, default=None, null=False)
    code = Varchar(length=26, default=None, null=False)
    token_digest = Varchar(length=64, default=None, null=False)
    token_counter = Integer(default=None, null=False)
    named_at = Timestamptz(default=None, null=False)
    told_at = Timestamptz(default=None, null=False)
    ended_at = Timestamptz(default=None, null=True)
