"""What was published or changed last."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from events.infra import db
from events.programme.queries.calendars import latest_change
from events.programme.queries.filters import condition_of, select_events
from events.programme.queries.rows import facts_of
from events.programme.rules import EventFacts
from events.programme.rules.filters import Filters
from events.programme.tables import Event


class News(Struct, frozen=True):
    """`changed` is when anything last came to be in the feed, became another in it or left it."""

    events: Sequence[EventFacts]
    changed: datetime | None


@db.read
async def get_news(where: Filters, *, most: int) -> News:
    newest = select_events().where(condition_of(where, None))
    rows = await newest.order_by(Event.calendar_changed_at, Event.id, ascending=False).limit(most)
    return News(await facts_of(rows), await latest_change(where.organisation))
