"""LAST-MODIFIED moves with what calendars show, SEQUENCE with what they must take notice of, and with nothing else."""

from typing import Any

import msgspec
import pytest
from msgspec import structs

from events.infra.ics.writer import CalendarEntry
from events.programme.actions import copy_event
from events.programme.entries import exported
from events.programme.forms.event import EventForm
from events.programme.queries import get_event
from events.programme.rules import EventFacts
from events.registration.actions.moving import cancel_event, change_event
from tests.make import a_published_event, an_organisation

pytestmark = pytest.mark.usefixtures("database")

# Field → a value that calendars show, and whether they must take notice.
SHOWN: dict[str, tuple[Any, bool]] = {
    "slug": ("care-counts", False),
    "kind": ("meeting", False),
    "title": ({"fr": "Le soin compte"}, False),
    "summary": ({"en": "What care teaches."}, False),
    "description": ({"en": "Four speakers."}, False),
    "sample": ({"en": "A sample."}, False),
    "part_of": ("conference", False),
    "speakers": ([{"name": "Ngozi Okafor"}], False),
    "track": ("care", False),
    "admission": ({"en": "A pass is needed."}, False),
    "languages": (["en"], False),
    "interpretation": (["fr"], False),
    "tags": (["care"], False),
    "modes": ({"online": None}, False),
    "starts": ({"wall": "2027-02-05T13:00"}, True),
    "ends": ({"zone": "America/Chicago"}, True),
    "all_day": (True, True),
    "venue": ({"room": "CR-1"}, True),
}
MORNING = {"wall": "2027-02-05T10:00", "zone": "America/New_York"}
NOT_SHOWN: dict[str, Any] = {
    "also_show": ["Europe/Paris"],
    "standing_in_parent": "official",
    "host_body": "United Nations",
    "session_number": "65",
    "theme": {"en": "Care"},
    "listing_url": "https://example.org/listing",
    "partners": [{"name": "WHO", "role": "co_organiser"}],
    "documents": [{"url": "https://example.org/concept-note"}],
    "tracks": [{"name": {"en": "Care"}}],
    "rooms": ["CR-4"],
    "plenary": [{"starts": MORNING, "ends": MORNING | {"wall": "2027-02-05T12:00"}}],
    "joining_link": "https://video.example.org/room",
    "join_opens_minutes": 10,
    "recording_url": "https://example.org/recording",
    "accessibility": ["step-free"],
    "prove_address": True,
    "approval": True,
    "waiting_list": False,
    "hold_hours": 48,
    "promotion_stops_minutes": 30,
    "switch_stops_minutes": 60,
    "opens": {"wall": "2026-12-01T09:00", "zone": "America/New_York"},
    "ask_affiliation": "required",
    "ask_access": True,
    "access_days": 3,
    "admission_step": {"link": "https://example.org/pass"},
    "affiliation_limit": {"most": 2},
    "delegations": True,
    "modes": {"online": {"capacity": 9}},
    "title": {"es": "El cuidado cuenta"},
}

TRACKS = [{"key": "care", "name": {"en": "Care"}, "colour": "#8a3b12"}]


def told(event: EventFacts) -> list[CalendarEntry]:
    """All that calendars show but the two that say how new it is."""
    return [structs.replace(entry, sequence=0, changed=event.created_at) for entry in exported(event)]


def test_every_field_of_an_event_is_tried() -> None:
    assert {field.name for field in msgspec.structs.fields(EventForm)} == set(SHOWN) | set(NOT_SHOWN)


@pytest.mark.parametrize("field", SHOWN)
async def test_what_calendars_show_moves_when_they_were_last_told(field: str) -> None:
    by = await an_organisation()
    await a_published_event(by, slug="conference", kind="conference", tracks=TRACKS)
    event = await a_published_event(by, part_of="conference" if field == "track" else None)
    value, must_notice = SHOWN[field]
    changed = await change_event(event.slug, {field: value}, by=by)
    assert told(changed) != told(event)
    assert changed.calendar_changed_at > event.calendar_changed_at
    assert (changed.uid, changed.sequence) == (event.uid, int(must_notice))


@pytest.mark.parametrize("field", NOT_SHOWN)
async def test_what_calendars_do_not_show_moves_nothing(field: str) -> None:
    by = await an_organisation()
    await a_published_event(by, slug="conference", kind="conference", tracks=TRACKS)
    of_a_conference = field in {"tracks", "rooms", "plenary"}
    place: dict[str, Any] = {"kind": "conference"} if of_a_conference else {"part_of": "conference"}
    event = await a_published_event(by, ask_affiliation="optional", **place)
    changed = await change_event(event.slug, {field: NOT_SHOWN[field]}, by=by)
    assert changed.revision > event.revision
    assert exported(changed) == exported(event)


async def test_the_link_of_a_broadcast_is_taken_notice_of() -> None:
    by = await an_organisation()
    event = await a_published_event(by, kind="broadcast", joining_link="https://video.example.org/1")
    changed = await change_event(event.slug, {"joining_link": "https://video.example.org/2"}, by=by)
    assert (event.sequence, changed.sequence) == (0, 1)
    assert changed.calendar_changed_at > event.calendar_changed_at


@pytest.mark.parametrize(
    ("change", "is_told"),
    [({"name": {"en": "Caring"}}, True), ({"colour": "#0b5c7a"}, True), ({"colour": "#8b3a12"}, False)],
)
async def test_sessions_tell_of_their_track(change: dict[str, Any], *, is_told: bool) -> None:
    """Of two colours with one name calendars learn nothing; pages do."""
    by = await an_organisation()
    await a_published_event(by, slug="conference", kind="conference", tracks=TRACKS)
    session = await a_published_event(by, slug="session", part_of="conference", track="care")
    apart = await a_published_event(by, slug="apart", part_of="conference")
    await change_event("conference", {"tracks": [TRACKS[0] | change]}, by=by)
    now = await get_event("session")
    assert (told(now) != told(session), now.revision - session.revision, now.sequence) == (is_told, 1, 0)
    assert (now.calendar_changed_at > session.calendar_changed_at) is is_told
    assert await get_event("apart") == apart


async def test_a_sequence_never_falls_and_a_copy_has_one_of_its_own() -> None:
    by = await an_organisation()
    event = await a_published_event(by)
    patches = [
        {"starts": {"wall": "2027-02-05T12:00"}},
        {"title": {"en": "Care counts"}},
        {"starts": {"wall": "2027-02-05T13:15"}},  # back to where it was
        {"venue": None},
    ]
    numbers = [(await change_event(event.slug, patch, by=by)).sequence for patch in patches]
    cancelled, _ = await cancel_event(event.slug, reason={}, by=by)
    assert [*numbers, cancelled.sequence] == [1, 1, 2, 3, 4]
    copy = await copy_event(event.slug, by=by, domain="testserver")
    assert copy.sequence == 0
    assert copy.uid != event.uid
