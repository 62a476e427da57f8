"""The dry run: what each row of a file would come to, beside what is here already."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from events.imports import queries
from events.imports.clashes import with_clashes
from events.imports.from_calendar import rows_of_calendar
from events.imports.from_table import column_of, rows_of_table
from events.imports.rules import Act, Family, Known, Overview, Plan, Row, plan_for
from events.imports.uploads import Upload
from events.imports.values import WHEN, values_of_draft, values_of_event, with_what_was_taken_away
from events.infra.ics.source import SourceCalendar
from events.kernel.clock import utc_now
from events.kernel.errors import Invalid, Note
from events.kernel.words import N_
from events.programme import queries as programme
from events.programme.forms import EventDraft, read_event
from events.programme.rules import EventFacts, Status
from events.programme.rules.errors import EventNotFound
from events.web.posted import MISSING

_TELLS = frozenset((WHEN, "venue"))
"""What people who are registered hear of when it changes."""


_TOLD_ALREADY = frozenset((name, MISSING) for name in ("title", "starts", "ends"))
"""What a row lacks it tells itself, and why."""


class Ready(Struct, frozen=True):
    """A row that was read; without a draft it cannot be taken."""

    row: Row
    draft: EventDraft | None

    @property
    def said(self) -> dict[str, Any] | None:
        return values_of_draft(self.draft, self.row.tracked) if self.draft else None


def family_of(upload: Upload, parent: EventFacts | None) -> str:
    """Within which rows are told apart: a UID is the world's, a title and day are those of one conference."""
    return upload.family.value if upload.family is Family.CALENDAR else f"table:{parent.id if parent else 0}"


async def find_parent(upload: Upload) -> EventFacts | None:
    try:
        return await programme.get_own_event(upload.choices.part_of, upload.organisation)
    except EventNotFound:
        return None


async def ready_rows(upload: Upload, parent: EventFacts | None) -> list[Ready]:
    return await asyncio.to_thread(_ready_rows, upload, parent)


def _ready_rows(upload: Upload, parent: EventFacts | None) -> list[Ready]:
    if isinstance(upload.found, SourceCalendar):
        return [_ready(row, lambda field: field) for row in rows_of_calendar(upload.found, upload.choices)]
    rows = rows_of_table(upload.found, upload.choices, parent)
    return [_ready(row, lambda field: column_of(field, upload.choices)) for row in rows]


def _ready(row: Row, field_of: Callable[[str], str]) -> Ready:
    """Problems of the event are told beside those of the row, unless its field is told as wrong already."""
    told = {note.field for note in row.notes if note.stops}
    try:
        draft = read_event({name: value for name, value in row.document.items() if value is not None})
    except Invalid as invalid:
        notes = [
            Note(problem.message, dict(problem.params), field_of(problem.field), stops=True)
            for problem in invalid.problems
            if (problem.field, problem.message) not in _TOLD_ALREADY
        ]
        new = [note for note in notes if note.field.partition(".")[0] not in {one.partition(".")[0] for one in told}]
        return Ready(msgspec.structs.replace(row, notes=(*row.notes, *new)), None)
    return Ready(row, None if told else draft)


async def get_overview(upload: Upload) -> tuple[Overview, list[Ready]]:
    parent = await find_parent(upload)
    ready = await ready_rows(upload, parent)
    family = family_of(upload, parent)
    uids = sorted({one.row.uid for one in ready})
    known = {(one.uid, one.recurrence): one for one in await queries.list_known(upload.organisation, family, uids)}
    gone = [
        one
        for one in await queries.list_known_of_source(upload.organisation, family, upload.source)
        if (one.uid, one.recurrence) not in {each.row.key for each in ready} and not _went_by(one, upload)
    ]
    events = await queries.list_events_by_id([one.event for one in (*known.values(), *gone)])
    own = await programme.list_own_uids(upload.organisation, uids) if upload.family is Family.CALENDAR else frozenset()
    plans = await asyncio.to_thread(_plans, ready, known, events, own)
    plans = await with_clashes(plans, [one.draft for one in ready], parent, upload.organisation)
    return Overview(plans, tuple(_still_ahead(events[one.event] for one in gone))), ready


def _went_by(known: Known, upload: Upload) -> bool:
    """Of a series without end only what lies ahead is read: what went by meanwhile did not vanish."""
    endless = isinstance(upload.found, SourceCalendar) and known.uid in upload.found.endless
    return endless and known.recurrence[:8] < f"{upload.created_at:%Y%m%d}"


def _still_ahead(events: Iterable[EventFacts]) -> list[EventFacts]:
    now = utc_now()
    return [event for event in events if event.ends_at > now and event.status is not Status.CANCELLED]


def _plans(
    ready: Sequence[Ready],
    known: Mapping[tuple[str, str], Known],
    events: Mapping[int, EventFacts],
    own: frozenset[str],
) -> tuple[Plan, ...]:
    plans = []
    for one in ready:
        remembered = known.get(one.row.key)
        if remembered is None and one.row.uid in own:
            told = Note(N_("This event is one of yours: it left here as a calendar file. Change it here."))
            plans.append(Plan(row=one.row, act=Act.LEAVE, notes=(told,)))
        else:
            plans.append(plan_of(one, remembered, events.get(remembered.event) if remembered else None))
    return tuple(plans)


def plan_of(ready: Ready, known: Known | None, event: EventFacts | None) -> Plan:
    row, said = ready.row, ready.said
    if said is not None and known is not None:
        said = with_what_was_taken_away(said, known.values, row.tracked)
    now = values_of_event(event, row.tracked) if event else None
    plan = plan_for(row, said, known=known, event=event, now=now)
    plan = msgspec.structs.replace(plan, span=ready.draft.span if ready.draft else None)
    if event and event.status is Status.PUBLISHED and _TELLS & {*plan.follow, *plan.differ}:
        told = Note(N_("It is published: who is registered is told of the new time or place."))
        plan = msgspec.structs.replace(plan, notes=(*plan.notes, told))
    return plan
