"""An event as calendars are told of it."""

from urllib.parse import quote

from events.infra.ics.writer import CalendarEntry
from events.kernel.words import N_, in_language
from events.programme.rules import EventFacts, Kind, Mode, Status
from events.web.locale import gettext

_STATUS = {Status.CANCELLED: "CANCELLED", Status.POSTPONED: "TENTATIVE", Status.DRAFT: "TENTATIVE"}


def entry_of(event: EventFacts, language: str, base_url: str) -> CalendarEntry:
    """What everybody may know: the joining link of a broadcast alone. A conference blocks nobody's time."""
    broadcast = event.kind is Kind.BROADCAST and event.joining_link is not None
    online = "" if event.venue or Mode.ONLINE not in event.modes else gettext(language, N_("Online"))
    return CalendarEntry(
        uid=event.uid,
        sequence=event.sequence,
        created=event.created_at,
        changed=event.calendar_changed_at,
        starts=event.span.starts,
        ends=event.span.ends,
        all_day=event.all_day,
        status=_STATUS.get(event.status, "CONFIRMED"),  # type: ignore[arg-type]  # a Literal there
        summary=in_language(event.title, language),
        description=_described(event, language),
        language=language,
        location=event.venue.one_line if event.venue else online,
        url=f"{base_url}/{language}/events/{quote(event.slug)}",
        geo=_geo(event),
        categories=event.tags,
        conference_url=event.joining_link if broadcast else None,
        related_to=event.parent_uid,
        transparent=event.kind is Kind.CONFERENCE,
        cancelled_prefix=gettext(language, N_("Cancelled: ")),
    )


def _described(event: EventFacts, language: str) -> str:
    """What it is about, why it was cancelled, and what it takes to get into the building."""
    texts = (event.cancelled_reason, event.summary, event.description, event.admission)
    return "\n\n".join(text for text in (in_language(text, language) for text in texts) if text)


def _geo(event: EventFacts) -> tuple[float, float] | None:
    venue = event.venue
    if venue is None or venue.lat is None or venue.lon is None:
        return None
    return venue.lat, venue.lon
