"""Series: rules as RFC 5545 has them, on the wall's clocks, each date an event of its own."""

import asyncio
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.kernel.spans import TimeSpan, WallTime
from events.programme import queries
from events.programme.actions import make_series
from events.programme.documents import document_of
from events.programme.queries.series import list_clashes_at, list_rules, list_series
from events.programme.rules import EventFacts, Mode, Status
from events.programme.rules.clashes import Acceptance, Clashing
from events.programme.rules.recurrence import MOST_DATES, BadRule, read_rule
from events.programme.rules.series import SeriesFull, differences, proposal
from events.registration.actions.moving import cancel_event, change_event
from events.registration.actions.series import Scope, change_series
from tests.make import a_published_event, a_registration, an_event, an_organisation
from tests.transitions import transitions

FIRST = datetime(2027, 1, 5, 18)  # noqa: DTZ001 - of the wall
TUESDAYS = "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;UNTIL=20270630"
SLUG = "care-skills-count"


def days(text: str, first: datetime = FIRST) -> list[str]:
    return [str(wall.date()) for wall in read_rule(text).walls(first)]


def span(zone: str, starts: str, ends: str) -> TimeSpan:
    return TimeSpan(WallTime(datetime.fromisoformat(starts), zone), WallTime(datetime.fromisoformat(ends), zone))


def test_every_second_tuesday_until_june() -> None:
    every_other = [FIRST.date() + timedelta(weeks=2 * number) for number in range(13)]
    assert days(TUESDAYS) == [str(day) for day in every_other]
    assert {date.fromisoformat(day).weekday() for day in days(TUESDAYS)} == {1}
    assert {wall.hour for wall in read_rule(f"rrule:{TUESDAYS.lower()}").walls(FIRST)} == {18}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FREQ=MONTHLY;BYDAY=1TU;COUNT=3", ["2027-01-05", "2027-02-02", "2027-03-02"]),
        ("FREQ=MONTHLY;BYDAY=-1TU;COUNT=2", ["2027-01-05", "2027-01-26", "2027-02-23"]),  # the first is one anyway
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=2", ["2027-01-05", "2027-01-29", "2027-02-26"]),
        ("FREQ=MONTHLY;BYMONTHDAY=31;UNTIL=20270601", ["2027-01-05", "2027-01-31", "2027-03-31", "2027-05-31"]),
        ("FREQ=DAILY;INTERVAL=3;COUNT=3", ["2027-01-05", "2027-01-08", "2027-01-11"]),
        ("FREQ=YEARLY;COUNT=2", ["2027-01-05", "2028-01-05"]),
        ("FREQ=WEEKLY;UNTIL=20270112T180000Z", ["2027-01-05", "2027-01-12"]),
    ],
)
def test_rules_say_what_they_say_elsewhere(text: str, expected: list[str]) -> None:
    assert days(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "", "every Tuesday", "FREQ=HOURLY;COUNT=2", "FREQ=WEEKLY", "FREQ=WEEKLY;COUNT=2;UNTIL=20270630",
        "FREQ=WEEKLY;COUNT=0", "FREQ=WEEKLY;COUNT=99999", "FREQ=WEEKLY;INTERVAL=-1;COUNT=2", "FREQ=WEEKLY;UNTIL=June",
        "FREQ=WEEKLY;UNTIL=20270230", "FREQ=WEEKLY;BYDAY=2TU;COUNT=2", "FREQ=WEEKLY;BYDAY=XX;COUNT=2",
        "FREQ=DAILY;BYHOUR=8;COUNT=2", "FREQ=DAILY;BYDAY=TU;COUNT=2", "FREQ=MONTHLY;BYMONTHDAY=32;COUNT=2",
        "FREQ=MONTHLY;BYMONTHDAY=0;COUNT=2", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=2",
        "FREQ=WEEKLY;FREQ=DAILY;COUNT=2", "FREQ=WEEKLY;WKST=XX;COUNT=2", "FREQ=MONTHLY;BYSETPOS=2;COUNT=2",
        "FREQ=WEEKLY;X=1;COUNT=2",
    ],
)  # fmt: skip
def test_what_is_no_rule_is_refused_in_words(text: str) -> None:
    with pytest.raises(BadRule, match=r"[A-Z].*\."):
        read_rule(text)


def test_no_rule_goes_on_for_ever() -> None:
    assert len(read_rule("FREQ=DAILY;UNTIL=21981231").walls(FIRST)) <= MOST_DATES + 2
    assert len(read_rule("FREQ=YEARLY;UNTIL=21981231").walls(FIRST)) == 11  # ten years ahead


@given(st.integers(0, 10**6), st.integers(-180, 180))
@settings(deadline=None, max_examples=200)
def test_the_clock_stays_unless_it_cannot(number: int, minutes: int) -> None:
    zone, at = transitions()[number % len(transitions())]
    wall = (at + timedelta(minutes=minutes)).astimezone(ZoneInfo(zone)).replace(tzinfo=None, second=0, fold=0)
    like = span(zone, "2023-06-15T18:00", "2023-06-15T19:30")
    for fold in (0, 1):
        made = proposal(wall, like, fold)
        starts = made.span.starts
        assert starts.instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0) == starts.wall
        assert made.span.ends_at > made.span.starts_at
        if not made.skipped:
            assert starts.wall == wall
            there = {wall.replace(tzinfo=ZoneInfo(zone), fold=which).timestamp() for which in (0, 1)}
            assert (made.twice is not None) == (len(there) == 2)
        else:
            assert starts.wall > wall


def test_a_gap_gets_the_time_after_it_and_of_two_times_the_one_that_was_chosen() -> None:
    night = span("America/New_York", "2027-03-07T02:30", "2027-03-07T03:30")
    gap = proposal(datetime(2027, 3, 14, 2, 30), night)  # noqa: DTZ001 - of the wall
    assert (gap.skipped, str(gap.span.starts.wall), str(gap.span.ends.wall)[-8:]) == (
        True, "2027-03-14 03:30:00", "04:30:00",
    )  # fmt: skip
    early = span("America/New_York", "2027-10-31T01:30", "2027-10-31T02:30")
    first, second = (proposal(datetime(2027, 11, 7, 1, 30), early, fold) for fold in (0, 1))  # noqa: DTZ001 - same
    assert (first.twice, first.span.starts.offset, second.span.starts.offset) == (
        ("UTC-4", "UTC-5"), "UTC-4", "UTC-5",
    )  # fmt: skip


async def a_series(by: Any, *, count: int = 4, publish: bool = True, **changes: Any) -> list[EventFacts]:
    event = await a_published_event(by, **changes)
    walls = read_rule(f"FREQ=WEEKLY;COUNT={count}").walls(event.span.starts.wall)
    made = [proposal(wall, event.span) for wall in walls]
    await make_series(
        event.slug, made, rules=f"RRULE:FREQ=WEEKLY;COUNT={count}", publish=publish, by=by, domain="testserver"
    )
    return await list_series((await queries.get_event_by_id(event.id)).series)


@pytest.mark.usefixtures("database")
async def test_each_date_is_an_event_of_its_own_at_the_same_time_on_the_clock() -> None:
    ours = await an_organisation()
    closes = {"wall": "2027-03-04T09:00", "zone": "America/New_York"}
    dates = await a_series(
        ours,
        starts={"wall": "2027-03-05T13:15", "zone": "America/New_York"},
        ends={"wall": "2027-03-05T14:30", "zone": "America/New_York"},
        modes={"in_person": {"capacity": 80, "closes": closes}},
        recording_url="https://example.org/first",
    )
    assert [one.slug for one in dates] == [SLUG, *(f"{SLUG}-2027-03-{day}" for day in (12, 19, 26))]
    assert len({one.uid for one in dates}) == 4
    assert {one.span.starts.wall.strftime("%H:%M") for one in dates} == {"13:15"}
    assert [one.span.starts.offset for one in dates] == ["UTC-5", "UTC-5", "UTC-4", "UTC-4"]
    assert [str(one.places[0].closes and one.places[0].closes.wall) for one in dates[1:]] == [
        f"2027-03-{day} 09:00:00" for day in (11, 18, 25)
    ]
    assert [one.recording_url for one in dates] == ["https://example.org/first", None, None, None]
    assert {one.status for one in dates} == {Status.PUBLISHED}
    [rule] = await list_rules(dates[0].series)
    assert (rule.frequency, rule.count) == ("WEEKLY", 4)
    await a_registration(dates[2].slug)
    assert [one.places[0].taken for one in await list_series(dates[0].series)] == [0, 0, 1, 0]


@pytest.mark.usefixtures("database")
async def test_dates_that_are_there_are_not_made_again_and_more_join_the_series() -> None:
    ours = await an_organisation()
    dates = await a_series(ours)
    more = [proposal(wall, dates[0].span) for wall in read_rule("FREQ=WEEKLY;COUNT=6").walls(dates[0].span.starts.wall)]
    made = await make_series(SLUG, more, rules="RRULE:FREQ=WEEKLY;COUNT=6", publish=False, by=ours, domain="x")
    assert len(made) == 2
    assert {one.status for one in made} == {Status.DRAFT}
    assert len(await list_series(dates[0].series)) == 6
    assert len(await list_rules(dates[0].series)) == 2


@pytest.mark.usefixtures("database")
async def test_who_presses_many_times_makes_each_date_once() -> None:
    ours = await an_organisation()
    event = await a_published_event(ours)
    dates = [proposal(event.span.starts.wall + timedelta(weeks=number), event.span) for number in range(4)]
    given: dict[str, Any] = {"rules": "RRULE:FREQ=WEEKLY;COUNT=4", "publish": True, "by": ours, "domain": "x"}
    made = await asyncio.gather(*(make_series(SLUG, dates, **given) for _ in range(8)))
    assert sorted(map(len, made)) == [0] * 7 + [3]
    series = (await queries.get_event_by_id(event.id)).series
    assert len(await list_series(series)) == 4
    assert len(await list_rules(series)) == 1


@pytest.mark.usefixtures("database")
async def test_a_series_is_bounded() -> None:
    ours = await an_organisation()
    event = await a_published_event(ours, venue=None)
    too_many = [
        proposal(event.span.starts.wall + timedelta(days=number), event.span) for number in range(MOST_DATES + 1)
    ]
    with pytest.raises(SeriesFull):
        await make_series(SLUG, too_many, rules="", publish=False, by=ours, domain="x")
    assert (await queries.get_event_by_id(event.id)).series is None


@pytest.mark.usefixtures("database")
async def test_clashes_of_all_dates_are_told_at_once_before_any_is_made() -> None:
    ours, theirs = await an_organisation(), await an_organisation("unesco", "UNESCO")
    event = await a_published_event(ours)
    for number, day in enumerate(("12", "19")):
        at = {"starts": {"wall": f"2027-02-{day}T14:00", "zone": "America/New_York"}}
        at["ends"] = {"wall": f"2027-02-{day}T16:00", "zone": "America/New_York"}
        await a_published_event(theirs, slug=f"theirs-{number}", **at)
    dates = [proposal(event.span.starts.wall + timedelta(weeks=number), event.span) for number in range(4)]
    found = await list_clashes_at(event, [one.span for one in dates])
    assert [[clash.event.slug for clash in one] for one in found] == [[], ["theirs-0"], ["theirs-1"], []]
    given: dict[str, Any] = {"rules": "", "publish": True, "by": ours, "domain": "x"}
    with pytest.raises(Clashing) as clashing:
        await make_series(SLUG, dates, **given, acceptance=Acceptance())
    assert [clash.event.slug for clash in clashing.value.clashes] == ["theirs-0", "theirs-1"]
    assert await list_series((await queries.get_event_by_id(event.id)).series) == []
    told = frozenset(clashing.value.keys)
    assert len(await make_series(SLUG, dates, **given, acceptance=Acceptance("It is large.", told))) == 3


@pytest.mark.usefixtures("database")
async def test_all_that_follow_change_in_what_was_changed_and_keep_the_rest_and_their_people() -> None:
    ours = await an_organisation()
    first, second, third, fourth = await a_series(ours)
    await change_event(third.slug, {"title": {"en": "With a guest"}, "tags": ["guest"]}, by=ours)
    await a_registration(fourth.slug)
    later = {"starts": {"wall": "2027-02-12T15:00"}, "ends": {"wall": "2027-02-12T16:00"}, "venue": {"room": "CR-4"}}
    await change_series(second.slug, later, scope=Scope.FOLLOWING, by=ours)
    dates = await list_series(first.series)
    assert [one.span.starts.wall.strftime("%d %H:%M") for one in dates] == [
        "05 13:15",
        "12 15:00",
        "19 15:00",
        "26 15:00",
    ]
    assert [one.span.ends.wall.hour for one in dates] == [14, 16, 16, 16]
    assert [one.venue and one.venue.room for one in dates] == ["CR-12", "CR-4", "CR-4", "CR-4"]
    assert [one.title["en"] for one in dates][2] == "With a guest"
    assert (dates[3].places[0].taken, dates[3].slug) == (1, fourth.slug)
    differing = differences([document_of(one) for one in dates])
    assert [sorted(one) for one in differing] == [["ends", "starts", "venue"], [], ["tags", "title"], []]
    # People of the fourth hear of it by the way in which they hear of every move.
    assert dates[3].moved_from is not None


@pytest.mark.usefixtures("database")
async def test_all_means_what_is_not_over_or_called_off() -> None:
    ours = await an_organisation()
    first, second, third, fourth = await a_series(ours)
    await cancel_event(second.slug, reason={}, by=ours)
    await change_series(third.slug, {"modes": {"online": None}}, scope=Scope.ALL, by=ours)
    offered = [one.modes for one in await list_series(first.series)]
    assert offered == [(Mode.IN_PERSON,), (Mode.IN_PERSON, Mode.ONLINE), (Mode.IN_PERSON,), (Mode.IN_PERSON,)]
    assert fourth.modes == (Mode.IN_PERSON, Mode.ONLINE)


@pytest.mark.usefixtures("database")
async def test_a_day_later_is_a_day_later_for_all_and_where_clocks_skip_the_time_after_it() -> None:
    ours = await an_organisation()
    at: dict[str, Any] = {"starts": {"wall": "2027-02-27T02:30", "zone": "America/New_York"}}
    at["ends"] = {"wall": "2027-02-27T03:30", "zone": "America/New_York"}
    dates = await a_series(ours, **at)
    sunday = {"starts": {"wall": "2027-02-28T02:30"}, "ends": {"wall": "2027-02-28T03:30"}}
    await change_series(SLUG, sunday, scope=Scope.FOLLOWING, by=ours)
    assert [str(one.span.starts.wall) for one in await list_series(dates[0].series)] == [
        "2027-02-28 02:30:00", "2027-03-07 02:30:00", "2027-03-14 03:30:00", "2027-03-21 02:30:00",
    ]  # fmt: skip


@pytest.mark.usefixtures("database")
async def test_a_change_of_all_that_clashes_is_told_once_and_changes_nothing() -> None:
    ours, theirs = await an_organisation(), await an_organisation("unesco", "UNESCO")
    first, *_ = await a_series(ours)
    other = an_event(slug="theirs")["venue"] | {"room": "CR-4"}
    at = {"starts": {"wall": "2027-02-19T13:00", "zone": "America/New_York"}}
    at["ends"] = {"wall": "2027-02-19T14:00", "zone": "America/New_York"}
    await a_published_event(theirs, slug="theirs", venue=other, **at)
    room = {"venue": {"room": "CR-4"}}
    with pytest.raises(Clashing) as clashing:
        await change_series(SLUG, room, scope=Scope.ALL, by=ours, acceptance=Acceptance())
    assert clashing.value.event.slug == f"{SLUG}-2027-02-19"
    assert {one.venue and one.venue.room for one in await list_series(first.series)} == {"CR-12"}
