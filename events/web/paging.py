"""Opaque cursors of lists: where the next page begins."""

import base64
import binascii
from datetime import UTC, datetime
from typing import Annotated

from litestar.params import Parameter

from events.kernel.errors import Invalid
from events.kernel.ids import LARGEST_ID
from events.kernel.words import N_

Limit = Annotated[int, Parameter(ge=1, le=500, description="How many at most.")]
Cursor = Annotated[str | None, Parameter(description="`next` of the page before.")]
NOT_OURS = N_("This cursor is not one that a list gave.")


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
        at, last = datetime.fromisoformat(moment), int(number)
        place = at.astimezone(UTC), last
    except (binascii.Error, ValueError, OverflowError) as error:
        raise Invalid.of("cursor", NOT_OURS) from error
    if at.tzinfo is None or not 0 <= last <= LARGEST_ID:
        raise Invalid.of("cursor", NOT_OURS)
    return place
