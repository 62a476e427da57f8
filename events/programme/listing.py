"""How events are laid out on a page: by month or year, what belongs to a conference beneath it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import groupby

from msgspec import Struct

from events.programme.rules import EventBrief


class Group(Struct, frozen=True):
    """An event, and of what belongs to it that which was asked for. `day` is when the first of these begins."""

    event: EventBrief
    parts: list[EventBrief]
    sessions: int
    day: date


class Section(Struct, frozen=True):
    """The groups of one month or year."""

    day: date
    groups: list[Group]


def grouped(
    items: Sequence[EventBrief], conferences: Mapping[int, EventBrief], sessions: Mapping[int, int]
) -> list[Group]:
    """Each event in its order; what is part of another goes beneath that, in the order of time."""
    known = {**conferences, **{event.id: event for event in items}}
    belonging: dict[int, list[EventBrief]] = {}
    for event in items:
        whole = event.part_of if event.part_of in known else event.id
        belonging.setdefault(whole, []).append(event)
    return [
        Group(
            event=known[whole],
            parts=sorted((part for part in shown if part.id != whole), key=lambda part: (part.starts_at, part.id)),
            sessions=sessions.get(whole, 0),
            day=shown[0].span.starts.wall.date(),
        )
        for whole, shown in belonging.items()
    ]


def sections(groups: Iterable[Group], *, by_year: bool) -> list[Section]:
    """Neighbours of one month or year together."""

    def first_day(group: Group) -> date:
        return group.day.replace(day=1, month=1 if by_year else group.day.month)

    return [Section(first, list(members)) for first, members in groupby(groups, first_day)]
