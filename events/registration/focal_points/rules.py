from datetime import datetime, timedelta

from msgspec import Struct

from events.kernel.errors import Conflict, Gone, NotFound
from events.kernel.ids import derived_token
from events.kernel.words import N_

NAMED_KIND = "focal_point.named"
WAITING_KIND = "focal_point.waiting"
TOLD_EVERY = timedelta(hours=1)
"""At most so often are they told that somebody waits."""


class FocalPoint(Struct, frozen=True, kw_only=True):
    """Who decides about the people of one organisation at one event."""

    id: int
    event: int
    affiliation: str
    affiliation_folded: str
    name: str
    email: str
    language: str
    code: str
    token_counter: int
    named_at: datetime
    told_at: datetime


class FocalPointNotFound(NotFound):
    def __init__(self) -> None:
        super().__init__(N_("There is no such page. Check that the link is whole, as it stands in your mail."))


class FocalPointGone(Gone):
    def __init__(self) -> None:
        super().__init__(N_("This link has ended: whoever had it does not decide any more."))


class NotTheirs(NotFound):
    def __init__(self) -> None:
        super().__init__(N_("There is no such request of your organisation."))


class HasOne(Conflict):
    """Somebody decides for this organisation already."""

    kind = "focal-point-named"

    def __init__(self, affiliation: str, name: str) -> None:
        super().__init__(
            N_("{name} is the focal point of “{affiliation}” already. End that first."),
            affiliation=affiliation,
            name=name,
        )


def focal_point_token(secret: str, code: str, counter: int) -> str:
    """The token of their page, made again for each mail."""
    return derived_token(secret, "focal-point", code, counter)
