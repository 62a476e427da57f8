"""The list of an event's people narrowed by filters, and those chosen on it to do something with together.

The list's one form sends the filters, a `code` for each ticked box, and `all` for everybody whom the filters show.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from litestar.datastructures import FormMultiDict, MultiDict

from events.kernel.errors import Invalid
from events.kernel.words import N_
from events.programme.rules import EventFacts
from events.registration.forms import read_listed
from events.registration.queries.deciding import list_by_codes
from events.registration.queries.listing import list_registrations
from events.registration.rules import Ticket
from events.registration.rules.deciding import MOST_CHOSEN

FILTERS = (
    "standing",
    "mode",
    "checked_in",
    "affiliation_type",
    "country",
    "admission",
    "answer",
    "tag",
    "early_link",
    "columns",
    "q",
)
_LONGEST_NUMBER = 6
Sent = MultiDict[Any] | FormMultiDict


def filters_of(query: Sent) -> dict[str, str]:
    """What the list is narrowed to; the several values that boxes of one name send become one."""
    joined = {name: ",".join(one.strip() for one in query.getall(name, []) if one.strip()) for name in FILTERS}
    return {name: value for name, value in joined.items() if value}


def address_of(slug: str, chosen: dict[str, str], **changes: str | None) -> str:
    """The list with the filters that are chosen and these besides; None takes one away."""
    query = {name: value for name, value in (chosen | changes).items() if value}
    here = f"/organise/events/{slug}/registrations"
    return f"{here}?{urlencode(query)}" if query else here


def numbers_of(query: Sent) -> Counter[str]:
    """How many of what, as the act before this page put it into the address."""
    return Counter(
        {
            name: int(value)
            for name, value in query.items()
            if value.isascii() and value.isdecimal() and len(value) <= _LONGEST_NUMBER
        }
    )


async def list_chosen(query: Sent, event: EventFacts) -> tuple[list[Ticket], Invalid | None]:
    """Who is chosen; or nobody, where it is more than can be dealt with together or nobody indeed, and why."""
    if query.get("all"):
        where = read_listed(filters_of(query))
        chosen, more = await list_registrations(event.slug, event.organisation, where, limit=MOST_CHOSEN)
    else:
        chosen, more = await list_by_codes(event.id, query.getall("code", [])[:MOST_CHOSEN]), None
    if more:
        return [], Invalid.of("", N_("More than {limit} people are chosen. Narrow the list first."), limit=MOST_CHOSEN)
    return chosen, None if chosen else Invalid.of("", N_("Nobody is chosen. Tick somebody on the list first."))


def codes_in(posted: Sent) -> list[str]:
    """Whom the page that was looked at was about."""
    return str(posted.get("codes", "")).split()[:MOST_CHOSEN]


def chosen_on_page(event: EventFacts, asked: Sent, chosen: Sequence[Ticket]) -> dict[str, Any]:
    """What such a page carries on, and where it leads back."""
    filters = filters_of(asked)
    codes = " ".join(ticket.code for ticket in chosen)
    return {"event": event, "codes": codes, "filters": filters, "back": address_of(event.slug, filters)}
