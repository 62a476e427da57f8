"""An event as JSON: what is posted, what is answered, what a merge patch is merged into."""

from collections.abc import Callable
from typing import Any, Literal
from urllib.parse import quote

import msgspec
from msgspec import Struct

from events.kernel.spans import WallTime, WallTimeTwice
from events.kernel.words import in_language
from events.programme.forms.contents import LinesText, LineText
from events.programme.forms.event import EventForm
from events.programme.rules import EventBrief, EventFacts, Kind, Places, Status
from events.programme.rules.admission import Remind
from events.programme.rules.clashes import Clash, ClashKind

_WRITABLE = (
    "slug", "kind", "title", "summary", "description", "sample", "all_day", "also_show", "standing_in_parent",
    "host_body", "session_number", "theme", "listing_url", "partners", "speakers", "documents", "tracks", "rooms",
    "venue", "admission", "joining_link", "join_opens_minutes", "recording_url", "languages", "interpretation",
    "accessibility", "tags", "prove_address", "approval", "waiting_list", "hold_hours", "promotion_stops_minutes",
    "switch_stops_minutes", "ask_affiliation", "ask_access", "access_days", "affiliation_limit", "delegations",
)  # fmt: skip


class TimeAnswer(Struct):
    """`instant` is RFC 3339 with the zone's offset."""

    wall: str
    zone: str
    fold: int
    instant: str


class ModeAnswer(Struct):
    """`capacity` null is no limit; `full` counts overbooking."""

    capacity: int | None
    overbooking: int
    closes: TimeAnswer
    full: bool


class ModesAnswer(Struct, omit_defaults=True):
    in_person: ModeAnswer | None = None
    online: ModeAnswer | None = None


class PlenaryAnswer(Struct):
    starts: TimeAnswer
    ends: TimeAnswer
    title: LineText


class AdmissionStepAnswer(Struct):
    """Where to apply and until when; `remind_days` are those before the deadline on which people are reminded."""

    link: str | None
    deadline: TimeAnswer | None
    remind: Remind
    remind_days: list[int]


class Urls(Struct):
    page: str
    ics: str


class OtherEvent(Struct):
    slug: str
    title: LinesText
    organisation: str
    starts: TimeAnswer
    ends: TimeAnswer
    url: str


class ClashAnswer(Struct):
    """Something else at the same time needs `what`, a room, a partner or a speaker, too, or a plenary sits.

    The event was saved all the same. Of a plenary `event` is the conference, with the times at which it sits.
    """

    type: Literal["clash"]
    kind: ClashKind
    what: str
    event: OtherEvent


class EventAnswer(EventForm, kw_only=True):
    """An event: what may be posted of it, and what follows from that. `warnings` are told when it is saved."""

    starts: TimeAnswer  # type: ignore[assignment]  # more is answered than is posted
    ends: TimeAnswer  # type: ignore[assignment]  # same
    opens: TimeAnswer | None  # type: ignore[assignment]  # same
    admission_step: AdmissionStepAnswer | None  # type: ignore[assignment]  # same
    modes: ModesAnswer  # type: ignore[assignment]  # same
    plenary: list[PlenaryAnswer]  # type: ignore[assignment]  # same
    uid: str
    organisation: str
    status: Status
    cancelled_reason: LinesText
    revision: int
    sequence: int
    urls: Urls
    warnings: list[ClashAnswer] = msgspec.field(default_factory=list)


class SeriesDate(Struct):
    """One date: an event of its own, with the address of its page. `new` are those that this call has made."""

    slug: str
    starts: TimeAnswer
    ends: TimeAnswer
    status: Status
    url: str
    new: bool
    warnings: list[ClashAnswer]


class SeriesAnswer(Struct):
    """Every date of the series by time, those included that were there."""

    dates: list[SeriesDate]


def document_of(event: EventFacts) -> dict[str, Any]:
    """The event in the very shape in which it may be posted."""
    document: dict[str, Any] = msgspec.json.decode(
        msgspec.json.encode({name: getattr(event, name) for name in _WRITABLE})
    )
    document["starts"], document["ends"] = _posted(event.span.starts), _posted(event.span.ends)
    document["plenary"] = [
        {"starts": _posted(sitting.span.starts), "ends": _posted(sitting.span.ends), "title": dict(sitting.title)}
        for sitting in event.plenary
    ]
    document["track"] = event.track and event.track.key
    document["opens"] = event.opens and _posted(event.opens)
    document["admission_step"] = _step(event, _posted)
    document["part_of"] = event.parent_slug
    document["modes"] = {
        places.mode.value: {
            "capacity": places.capacity,
            "overbooking": places.overbooking,
            "closes": places.closes and _posted(places.closes),
        }
        for places in event.places
    }
    return document


def _step(event: EventFacts, told: Callable[[WallTime], dict[str, Any]]) -> dict[str, Any] | None:
    step = event.admission_step
    if step is None:
        return None
    days = list(step.remind_days)
    deadline = step.deadline and told(step.deadline)
    return {"link": step.link, "deadline": deadline, "remind": step.remind.value, "remind_days": days}


def _posted(time: WallTime) -> dict[str, Any]:
    document: dict[str, Any] = {"wall": time.wall.isoformat(timespec="minutes"), "zone": time.zone}
    try:
        WallTime.of(time.wall, time.zone)
    except WallTimeTwice:
        document["fold"] = time.fold
    except ValueError:
        pass  # the zone's rules changed since: whoever saves it next is told
    return document


def answered(event: EventFacts, *, base_url: str, may_write: bool) -> dict[str, Any]:
    """The event as the API answers it. The joining link of anything but a broadcast is for those who may write."""
    document = document_of(event)
    document["starts"], document["ends"] = shown(event.span.starts), shown(event.span.ends)
    document["opens"] = event.opens and shown(event.opens)
    document["admission_step"] = _step(event, shown)
    document["modes"] = {places.mode.value: _mode(places, event) for places in event.places}
    for sitting, answer in zip(event.plenary, document["plenary"], strict=True):
        answer |= {"starts": shown(sitting.span.starts), "ends": shown(sitting.span.ends)}
    if not may_write and event.kind is not Kind.BROADCAST:
        document["joining_link"] = None
    return document | {
        "uid": event.uid,
        "organisation": event.organisation_slug,
        "status": event.status.value,
        "cancelled_reason": dict(event.cancelled_reason),
        "revision": event.revision,
        "sequence": event.sequence,
        "urls": urls_of(event, base_url),
    }


def warned(clash: Clash, base_url: str) -> dict[str, Any]:
    other, span = clash.event, clash.sitting or clash.event.span
    about = {
        "slug": other.slug,
        "title": dict(other.title),
        "organisation": other.organisation_slug,
        "starts": shown(span.starts),
        "ends": shown(span.ends),
        "url": urls_of(other, base_url)["page"],
    }
    what = clash.what if isinstance(clash.what, str) else in_language(clash.what, "en")
    return {"type": "clash", "kind": clash.kind.value, "what": what, "event": about}


def urls_of(event: EventBrief, base_url: str) -> dict[str, str]:
    address = f"{base_url}/en/events/{quote(event.slug)}"
    return {"page": address, "ics": f"{address}.ics"}


def shown(time: WallTime) -> dict[str, Any]:
    """Wall time, zone and fold, and beside them the instant as RFC 3339 with the zone's offset."""
    return {
        "wall": time.wall.isoformat(timespec="minutes"),
        "zone": time.zone,
        "fold": time.fold,
        "instant": time.local.isoformat(timespec="seconds"),
    }


def _mode(places: Places, event: EventFacts) -> dict[str, Any]:
    return {
        "capacity": places.capacity,
        "overbooking": places.overbooking,
        "closes": shown(places.closes or event.span.starts),
        "full": places.is_full,
    }
