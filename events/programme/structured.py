"""An event as search engines read it: JSON-LD of schema.org/Event."""

from typing import Any
from urllib.parse import quote

import msgspec

from events.kernel.spans import TimeSpan
from events.kernel.words import in_language
from events.programme.picture import picture_url
from events.programme.rules import EventFacts, Mode, Status, Venue

_STATUS = {Status.CANCELLED: "EventCancelled", Status.POSTPONED: "EventPostponed"}
_ATTENDANCE = {
    (Mode.IN_PERSON,): "OfflineEventAttendanceMode",
    (Mode.ONLINE,): "OnlineEventAttendanceMode",
    (Mode.IN_PERSON, Mode.ONLINE): "MixedEventAttendanceMode",
}
# What could end the script element, or a line of an old parser; in JSON these stand inside texts alone.
_ESCAPES = str.maketrans({"<": r"\u003c", ">": r"\u003e", "&": r"\u0026", "\u2028": r"\u2028", "\u2029": r"\u2029"})


def json_ld(event: EventFacts, language: str, base_url: str) -> str:
    """For a `<script type="application/ld+json">`: safe there as it is. The joining link is not in it."""
    address = f"{base_url}/{language}/events/{quote(event.slug)}"
    starts, ends = _dates(event.span)
    modes = tuple(mode for mode in Mode if mode in event.modes)
    document: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Event",
        "name": in_language(event.title, language),
        "description": in_language(event.summary, language),
        "url": address,
        "image": [picture_url(event, language, base_url)],
        "startDate": starts,
        "endDate": ends,
        "eventStatus": _one_or_all([f"https://schema.org/{status}" for status in _statuses(event)]),
        "location": _places(event.venue, modes, address),
        "organizer": {
            "@type": "Organization",
            "name": event.organisation_name,
            "url": f"{base_url}/{language}/organisations/{quote(event.organisation_slug)}",
        },
        "performer": [{"@type": "Person", "name": speaker.name} for speaker in event.speakers],
        "inLanguage": list(event.languages),
        "isAccessibleForFree": True,
    }
    if modes in _ATTENDANCE:
        document["eventAttendanceMode"] = f"https://schema.org/{_ATTENDANCE[modes]}"
    if event.moved_from and event.moved_from.span != event.span:
        document["previousStartDate"] = _dates(event.moved_from.span)[0]
    if event.parent_slug:
        document["superEvent"] = {
            "@type": "Event",
            "name": in_language(event.parent_title, language),
            "url": f"{base_url}/{language}/events/{quote(event.parent_slug)}",
        }
    said = {name: value for name, value in document.items() if value not in ("", [])}
    return msgspec.json.encode(said).decode().translate(_ESCAPES)


def _dates(span: TimeSpan) -> tuple[str, str]:
    """Local times with their offsets; of whole days the dates, the last one included."""
    if span.all_day:
        return str(span.starts.wall.date()), str(span.ends.wall.date())
    return span.starts.local.isoformat(timespec="seconds"), span.ends.local.isoformat(timespec="seconds")


def _statuses(event: EventFacts) -> list[str]:
    """More than one where it goes online at another time: then both are so."""
    before = event.moved_from
    if event.status in _STATUS:
        return [_STATUS[event.status]]
    if before is None:
        return ["EventScheduled"]
    online = Mode.IN_PERSON in before.modes and event.modes == (Mode.ONLINE,)
    became = ["EventMovedOnline"] * online + ["EventRescheduled"] * (before.span != event.span)
    return became or ["EventScheduled"]


def _one_or_all(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else values


def _places(venue: Venue | None, modes: tuple[Mode, ...], address: str) -> list[dict[str, Any]]:
    places: list[dict[str, Any]] = []
    if venue:
        place = {"@type": "Place", "name": venue.name, "address": venue.address or venue.name}
        if venue.lat is not None:
            place["geo"] = {"@type": "GeoCoordinates", "latitude": venue.lat, "longitude": venue.lon}  # type: ignore[assignment]  # JSON
        places.append(place)
    if Mode.ONLINE in modes:
        places.append({"@type": "VirtualLocation", "url": address})
    return places
