"""What comes of a row of a file: it makes an event, brings one up to date, or is left, and why."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from msgspec import Struct

from events.kernel.errors import Note, NotFound
from events.kernel.spans import TimeSpan
from events.kernel.words import N_
from events.programme.rules import EventFacts, Kind, Status

LARGEST_FILE = 5_000_000
UPLOAD_LASTS = timedelta(hours=24)
MOST_WAITING = 20
"""Files of one organisation that wait to be confirmed."""

Values = Mapping[str, Any]
"""What a row or an event says, by path: `title.en`, `when`, `venue`."""


class Family(StrEnum):
    CALENDAR = "calendar"
    TABLE = "table"


class Choices(Struct, frozen=True, kw_only=True):
    """What whoever imports has to say. `zones` by what the file calls them, `columns` by their number.

    With `make_tracks` the conference gets the tracks that it does not have yet.
    """

    zone: str = ""
    zones: Mapping[str, str] = {}
    language: str = "en"
    kind: Kind | None = None
    part_of: str = ""
    publish: bool = False
    columns: Mapping[str, str] = {}
    day_first: bool = True
    make_tracks: bool = False


class Row(Struct, frozen=True, kw_only=True):
    """One event of a file. `tracked` are the fields that later imports keep up; a new event gets the others too."""

    number: int
    title: str
    uid: str
    recurrence: str = ""
    sequence: int = 0
    document: Mapping[str, Any]
    tracked: tuple[str, ...]
    notes: tuple[Note, ...] = ()
    cancelled: bool = False
    private: bool = False

    @property
    def key(self) -> tuple[str, str]:
        return self.uid, self.recurrence


class Known(Struct, frozen=True):
    """What is remembered of a row that was imported before; `values` as the file had them then."""

    id: int
    event: int
    source: str
    uid: str
    recurrence: str
    sequence: int
    values: Values


class Act(StrEnum):
    MAKE = "make"
    UPDATE = "update"
    CHOOSE = "choose"
    """Changed in the file and here: whoever imports says which stands."""
    LEAVE = "leave"
    REFUSE = "refuse"


class Plan(Struct, frozen=True, kw_only=True):
    """`follow` are the values that only the file changed, `differ` those that were changed here too."""

    row: Row
    act: Act
    event: EventFacts | None = None
    span: TimeSpan | None = None
    follow: tuple[str, ...] = ()
    differ: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    clashes: tuple[Note, ...] = ()

    @property
    def problems(self) -> tuple[Note, ...]:
        return tuple(note for note in self.notes if note.stops)

    @property
    def remarks(self) -> tuple[Note, ...]:
        return tuple(note for note in self.notes if not note.stops)


class Overview(Struct, frozen=True):
    """A dry run: what would come of each row, and what an earlier import of the same source had beyond them."""

    plans: tuple[Plan, ...]
    gone: tuple[EventFacts, ...] = ()

    def count(self, *acts: Act) -> int:
        return sum(plan.act in acts for plan in self.plans)


class UploadNotFound(NotFound):
    def __init__(self) -> None:
        super().__init__(N_("There is no such import. A file that is not confirmed within a day is forgotten."))


def plan_for(
    row: Row, new: Values | None, *, known: Known | None, event: EventFacts | None, now: Values | None
) -> Plan:
    """`new` is what the row says, None if it cannot be taken; `now` what the event says that it was imported as."""
    notes = row.notes
    if known is None and row.cancelled:
        return Plan(row=row, act=Act.LEAVE, notes=(*notes, Note(N_("It is cancelled in the file, so it is not made."))))
    if known is not None and event is not None and now is not None:
        return _plan_again(row, new, known, event, now)
    if new is None:
        return Plan(row=row, act=Act.REFUSE, notes=notes)
    return Plan(row=row, act=Act.MAKE, follow=tuple(new), notes=notes)


def _plan_again(row: Row, new: Values | None, known: Known, event: EventFacts, now: Values) -> Plan:
    def left(*told: Note) -> Plan:
        return Plan(row=row, act=Act.LEAVE, event=event, notes=(*row.notes, *told))

    if event.status is Status.CANCELLED:
        return left(Note(N_("It was cancelled here."))) if not row.cancelled else left()
    if row.cancelled:
        return left(Note(N_("It is cancelled in the file. Cancel it here too: that tells the people who registered.")))
    if new is None:
        return Plan(row=row, act=Act.REFUSE, event=event, notes=row.notes)
    if row.sequence < known.sequence:
        return left(Note(N_("This file is older than the one that was imported last.")))
    follow, differ = compared(known.values, now, new)
    act = Act.CHOOSE if differ else Act.UPDATE if follow else Act.LEAVE
    return Plan(row=row, act=act, event=event, follow=follow, differ=differ, notes=row.notes)


def compared(then: Values, now: Values, new: Values) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What the file alone changed since it was imported `then`, and what was changed in both places."""
    then, now = _of_whom_it_tells(then, new), _of_whom_it_tells(now, new)
    changed = [path for path, value in new.items() if value != then.get(path) and value != now.get(path)]
    both = tuple(path for path in changed if now.get(path) != then.get(path))
    return tuple(path for path in changed if path not in both), both


def _of_whom_it_tells(values: Values, new: Values) -> Values:
    """The speakers' organisations count where the row says one: the address book has it else."""
    told = [one[:2] for one in new.get("speakers") or () if len(one) > 2]  # noqa: PLR2004 - role, name, organisation
    people = [one if one[:2] in told else one[:2] for one in values.get("speakers") or ()]
    return {**values, "speakers": people or None}


def remembered(then: Values, new: Values, undecided: Sequence[str]) -> dict[str, Any]:
    """What to compare the next import with; what nobody decided about stays to be asked."""
    return {**then, **{path: value for path, value in new.items() if path not in undecided}}


class Habit(Struct, frozen=True):
    """What an organisation chose last; `headings` are folded, each with its field."""

    headings: Mapping[str, str] = {}
    zone: str = ""
    language: str = ""


class Line(Struct, frozen=True):
    """One row of an outcome; `message` and `params` as in Problem, for what could not be done."""

    number: int
    title: str
    act: Act
    slug: str = ""
    message: str = ""
    params: Mapping[str, Any] = {}


class Outcome(Struct, frozen=True):
    lines: tuple[Line, ...]

    def count(self, *acts: Act) -> int:
        return sum(line.act in acts for line in self.lines)

    @property
    def refused(self) -> list[Line]:
        return [line for line in self.lines if line.message]


class UploadBrief(Struct, frozen=True, kw_only=True):
    """A file that was read, as lists show it."""

    id: int
    name: str
    family: Family
    created_at: datetime
    done: bool


class Decision(Struct, frozen=True):
    """Which side stands where both changed; `revision` is that of the event when it was asked."""

    overwrite: bool
    revision: int
