"""Opaque cursors of lists: where the next page begins."""

import base64
import binascii
from datetime import datetime
from typing import Annotated

from litestar.params import Parameter

from events.kernel.errors import Invalid
from events.kernel.words import N_

Limit = Annotated[int, Parameter(ge=1, le=500, description="How many at most.")]
Cursor = Annotated[str | None, Parameter(description="`next` of the page before.")]


def cursor_of(place: tuple[datetime, int] | None) -> str | None:
    if place is None:
        return None
    return base64.urlsafe_b64encode(f"{place[0].isoformat()} {place[1]}".encode()).decode().rstrip("=")


def place_of(cursor: str | None) -> tuple[datetime, int] | None:
    """Raises Invalid when it is not one of ours."""
    if not cursor:
        return None
    try:
        moment, _, number = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().partition(" ")
        place = datetime.fromisoformat(moment), int(number)
    except (binascii.Error, ValueError) as error:
        raise Invalid.of("cursor", N_("This cursor is not one that a list gave.")) from error
    if place[0].tzinfo is None:
        raise Invalid.of("cursor", N_("This cursor is not one that a list gave."))
    return place
