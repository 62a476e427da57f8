"""An event as the picture that is shown where somebody passes its link on."""

from events.infra.pictures import Card, drawable
from events.kernel.words import N_, in_language
from events.programme.rules import EventFacts, Mode, Status
from events.web.dates import when
from events.web.locale import gettext

OUR_ACCENT = "#6b2b55"  # as in static/css/sideline.css
_MARKS = {Status.CANCELLED: N_("Cancelled"), Status.POSTPONED: N_("Postponed")}
_MODES = {Mode.IN_PERSON: N_("In person"), Mode.ONLINE: N_("Online")}


def card_of(event: EventFacts, language: str, *, accent: str | None, domain: str) -> Card:
    """What cannot be drawn is said in another language, or left out: no picture shows empty boxes."""
    at = when(language, event.span)
    modes = [gettext(language, _MODES[mode]) for mode in event.modes]
    where = [event.venue.one_line, event.venue.name] if event.venue else []
    lines = (
        at.dates,
        f"{at.times} ({at.zone})" if at.times else at.zone,
        " · ".join(part for part in (*modes, _first(*where)) if part),
    )
    host = _first(event.organisation_name)
    titles = [in_language(event.title, language), *event.title.values()]
    return Card(
        title=_first(*titles) or host or domain,
        host=host,
        lines=tuple(_first(line) for line in lines),
        foot=domain,
        accent=accent or OUR_ACCENT,
        mark=gettext(language, _MARKS.get(event.status, "")),
    )


def picture_url(event: EventFacts, language: str, base_url: str) -> str:
    """With the revision, so that who keeps pictures by their address asks for the new one."""
    return f"{base_url}/{language}/events/{event.slug}.png?v={event.revision}"


def _first(*texts: str) -> str:
    return next((text for text in texts if drawable(text)), "")
