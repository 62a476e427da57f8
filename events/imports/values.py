"""What an event says and what a row says of it, told alike, so that the two and an earlier import can be compared."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec

from events.imports.rules import Values
from events.kernel.ids import folded
from events.kernel.spans import TimeSpan
from events.programme.forms import EventDraft
from events.programme.forms.contents import SpeakerForm
from events.programme.rules import EventFacts
from events.programme.rules.contents import SpeakerFacts

WHEN = "when"
_SPECIAL = frozenset({WHEN, "venue", "modes", "track", "speakers"})
_TIMES = ("starts", "ends", "all_day")
_TEXTS = ("title", "summary", "description", "theme", "admission")


def values_of_draft(draft: EventDraft, tracked: Collection[str]) -> dict[str, Any]:
    facts = {name: getattr(draft.form, name) for name in tracked if name not in _SPECIAL}
    facts |= {"track": draft.form.track, "speakers": _people(draft.form.speakers)}
    capacities = {mode.mode.value: mode.capacity for mode in draft.modes}
    return _values(facts | {WHEN: draft.span, "venue": draft.venue, "modes": capacities}, tracked)


def values_of_event(event: EventFacts, tracked: Collection[str]) -> dict[str, Any]:
    facts = {name: getattr(event, name) for name in tracked if name not in {*_SPECIAL, "part_of"}}
    facts |= {"venue": event.venue, "track": event.track and event.track.key, "speakers": _people(event.speakers)}
    capacities = {places.mode.value: places.capacity for places in event.places}
    return _values(facts | {WHEN: event.span, "modes": capacities, "part_of": event.parent_slug}, tracked)


def _values(facts: Mapping[str, Any], tracked: Collection[str]) -> dict[str, Any]:
    """Empty is None, however it is written: no text, no list, no venue."""
    values: dict[str, Any] = {}
    for name in tracked:
        found = facts[name]
        if name in _TEXTS or name == "modes":
            values |= {f"{name}.{key}": value for key, value in found.items()}
        elif name == WHEN:
            values[name] = _when(found)
        else:
            values[name] = msgspec.json.decode(msgspec.json.encode(found)) or None
    return values


def _people(speakers: Sequence[SpeakerForm | SpeakerFacts]) -> list[list[str]]:
    """Who, in which role, and of which organisation if that is said: the rest stands in the address book."""
    return [
        [one.role.value, folded(one.name or ""), *([folded(one.affiliation)] if one.affiliation else [])]
        for one in speakers
    ]


def _when(span: TimeSpan) -> list[Any]:
    ends = ((time.wall.isoformat(timespec="minutes"), time.zone, time.fold) for time in (span.starts, span.ends))
    return [span.all_day, *map(list, ends)]


def with_what_was_taken_away(new: Values, then: Values, tracked: Collection[str]) -> dict[str, Any]:
    """A text that an earlier import had and this one has no more is empty now."""
    gone = {
        path: None for path in then if path not in new and path.partition(".")[0] in tracked and "modes." not in path
    }
    return {**gone, **new}


def patch_for(paths: Collection[str], document: Mapping[str, Any], new: Values) -> dict[str, Any]:
    """The merge patch (RFC 7396) that gives an event these values."""
    patch: dict[str, Any] = {}
    for path in paths:
        name, _, key = path.partition(".")
        if name == WHEN:
            patch |= {time: document.get(time, False) for time in _TIMES}
        elif name == "modes":
            patch.setdefault(name, {})[key] = {"capacity": new[path]}
        elif name == "venue" and document.get(name):
            patch[name] = {**dict.fromkeys(("address", "room", "lat", "lon")), **document[name]}
        elif key:
            patch.setdefault(name, {})[key] = new[path]
        else:
            patch[name] = document.get(name)
    return patch
