"""What changed from one version of a programme to the next, by pure rules."""

from dataclasses import dataclass
from typing import Any

import pytest
from msgspec import json, structs

from events.kernel.spans import TimeSpan, WallTime
from events.programme.rules.versions import ChangeKind, SessionState, Who, changes_between

ZONE = "Asia/Tashkent"
ANA, WEI = Who("Ana Reyes", "moderator", 1), Who("Wei Zhang", "panellist", 2)


def span(starts: str, ends: str, zone: str = ZONE) -> TimeSpan:
    return TimeSpan(WallTime.parse(f"2027-11-15T{starts}", zone), WallTime.parse(f"2027-11-15T{ends}", zone))


TALK = SessionState(
    id=1, slug="talk", title={"en": "Talk"}, span=span("09:00", "10:00"), room="Hall A", track="policy", speakers=(ANA,)
)


@dataclass
class Case:
    changes: dict[str, Any]
    kinds: list[str]


@pytest.mark.parametrize(
    "case",
    [
        Case({}, []),
        Case({"slug": "another-address"}, []),
        Case({"span": span("09:30", "10:00")}, ["moved"]),
        Case({"span": span("05:00", "06:00", "Europe/Paris")}, []),
        Case({"room": "Hall B"}, ["room"]),
        Case({"title": {"en": "Speech"}}, ["renamed"]),
        Case({"speakers": (WEI, ANA)}, ["speakers"]),
        Case({"speakers": (Who("Ana R. Reyes", "moderator", 1),)}, []),
        Case({"speakers": (Who("Ana Reyes", "keynote", 1),)}, ["speakers"]),
        Case({"track": None}, ["track"]),
        Case({"room": "", "span": span("11:00", "12:00")}, ["moved", "room"]),
        Case({"cancelled": True, "room": "Hall B"}, ["cancelled"]),
    ],
    ids=lambda case: "-".join(case.kinds) or "nothing",
)
def test_what_became_of_a_session(case: Case) -> None:
    now = structs.replace(TALK, **case.changes)
    changes = changes_between([TALK], [now])
    assert [[kind.value for kind in change.kinds] for change in changes] == ([case.kinds] if case.kinds else [])
    assert all((change.session, change.was) == (now, TALK) for change in changes)


def test_sessions_come_go_and_come_back() -> None:
    ended = structs.replace(TALK, cancelled=True)
    assert [change.kinds for change in changes_between([], [TALK])] == [(ChangeKind.ADDED,)]
    assert [change.kinds for change in changes_between([TALK], [])] == [(ChangeKind.REMOVED,)]
    assert [change.kinds for change in changes_between([ended], [TALK])] == [(ChangeKind.ADDED,)]
    for before, after in (([], [ended]), ([ended], [ended]), ([ended], [])):
        assert changes_between(before, after) == []


def test_changes_stand_in_the_order_of_time() -> None:
    early = structs.replace(TALK, id=2, span=span("08:00", "08:30"))
    late = structs.replace(TALK, id=3, span=span("16:00", "17:00"))
    changes = changes_between([late], [TALK, early])
    assert [change.session.id for change in changes] == [2, 1, 3]


def test_who_came_and_who_went_is_said() -> None:
    (change,) = changes_between([TALK], [structs.replace(TALK, speakers=(WEI,))])
    assert (change.joined, change.left) == ((WEI,), (ANA,))


def test_a_version_is_read_as_it_was_written() -> None:
    assert json.decode(json.encode([TALK]), type=list[SessionState]) == [TALK]
