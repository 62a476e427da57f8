"""Entries of a calendar: each part that one may have, and times at the edges of odd zones."""

from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any

from icalendar import Calendar

from events.infra.ics.writer import CalendarEntry, FeedFacts, calendar, vevent
from events.kernel.spans import WallTime, wall_time_at
from tests.infra.calendar_clients import Times

CREATED = datetime(2026, 11, 1, 9, tzinfo=UTC)
CHANGED = datetime(2026, 11, 22, 14, 5, 6, 789, tzinfo=UTC)
FEED = FeedFacts(
    uid="feed-all@example.org",
    name="Make Mothers Matter; everything",
    description="What is coming, and what was",
    language="en",
    url="https://example.org/en/",
    source="https://example.org/en/calendar.ics",
    changed=CHANGED,
)
ZONES = [
    *("Africa/Cairo", "Africa/Casablanca", "America/New_York", "America/Santiago", "America/St_Johns", "Asia/Gaza"),
    *("Asia/Kathmandu", "Asia/Tashkent", "Australia/Lord_Howe", "Europe/Dublin", "Europe/London", "Pacific/Apia"),
]
TEXTS = {
    "latin": 'Les compétences du soin comptent — « vraiment »; 50 %, \\o/ "ça"\n\tVoilà',
    "arabic": "مهارات الرعاية مهمة، حقًا؛ " * 6,
    "chinese": "关爱技能很重要，真的；" * 12,
    "cyrillic": "Навыки заботы важны, правда; " * 5,
    "emoji": "👩🏽‍🍼👨‍👩‍👧‍👦🏳️‍🌈" * 12,
}


def entry(uid: str, starts: WallTime, ends: WallTime, **more: Any) -> CalendarEntry:
    facts = {"summary": "Care skills count", "language": "en", "url": f"https://example.org/en/events/{uid}"}
    return CalendarEntry(
        uid=f"{uid}@example.org", sequence=2, created=CREATED, changed=CHANGED, starts=starts, ends=ends, **facts | more
    )


def side_event(uid: str = "e-1", **more: Any) -> CalendarEntry:
    times = (WallTime.parse(f"2027-02-05T{clock}", "America/New_York") for clock in ("13:15", "14:30"))
    return entry(uid, *times, **more)


def conference(**more: Any) -> CalendarEntry:
    days = (WallTime.midnight(date(2027, 9, day), "Asia/Tashkent") for day in (6, 8))
    return entry("e-2", *days, all_day=True, **more)


def at_every_edge() -> list[CalendarEntry]:
    """In each zone: every hour of days on which its clocks change, or those of others."""
    days = [(3, 14), (3, 27), (4, 3), (4, 29), (9, 4), (10, 2), (10, 28), (10, 30), (11, 6), (12, 31)]
    starts = [datetime(2027, *day, hour, 30, tzinfo=UTC) for day in days for hour in range(24)]
    return [
        entry(f"{zone}-{at:%m%dT%H}", wall_time_at(at, zone), wall_time_at(at + timedelta(hours=50), zone))
        for zone, at in product(ZONES, starts)
    ]


def sample() -> list[CalendarEntry]:
    return [
        *at_every_edge()[::15],
        *(side_event(name, summary=text, description=text) for name, text in TEXTS.items()),
        conference(
            geo=(41.311081, 69.240562),
            place=('Hall "2", Venue', "Street 1;\nTashkent: 1"),
            location="Hall 2, Venue; Street 1, Tashkent",
            categories=("care, work", "a;b"),
        ),
        side_event("e-3", related_to="e-2@example.org", status="TENTATIVE"),
        side_event("e-4", status="CANCELLED", cancelled_prefix="Annulé : "),
        side_event(
            "e-5", conference_url="https://example.org/join?a=1,2;b=ü x", conference_label="Join; now", own_way_in=True
        ),
        side_event(
            "e-6",
            picture_url="https://example.org/e-6.png",
            summary="Le soin compte",
            summary_language="fr",
            colour="sienna",
            private=True,
            alarm_minutes=30,
        ),
    ]


def feed_of(entries: list[CalendarEntry]) -> bytes:
    zones = [zone for each in entries for zone in each.zones]
    return calendar(FEED, map(vevent, entries), zones, (2027, 2028))


def parsed(content: bytes) -> Any:
    return Calendar.from_ical(content)


def times_of(entries: list[CalendarEntry]) -> Times:
    return {
        each.uid: (each.starts.wall.date(), each.ends.wall.date() + timedelta(days=1))
        if each.all_day
        else (each.starts.instant, each.ends.instant)
        for each in entries
    }
