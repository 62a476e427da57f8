"""What takes place while a row of a file would: told in the dry run, for an import asks nobody for a reason."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from msgspec import structs

from events.accounts.queries import get_organisation_by_id
from events.imports.rules import Act, Plan
from events.kernel.errors import Note
from events.kernel.words import N_
from events.programme.forms import EventDraft
from events.programme.plans import speaks
from events.programme.queries.clashes import list_around
from events.programme.queries.contents import list_speakers
from events.programme.rules import EventFacts
from events.programme.rules.clashes import ClashKind, Held, in_common
from events.programme.rules.contents import SpeakerEntry

_TOLD = {
    ClashKind.ROOM: N_("At the same time in {what}: “{title}”, {when}."),
    ClashKind.PARTNER: N_("At the same time with {what}: “{title}”, {when}."),
    ClashKind.SPEAKER: N_("At the same time with {what}: “{title}”, {when}."),
    ClashKind.PLENARY: N_("A plenary of the conference sits meanwhile: {what}."),
}

_MAY_CLASH = {Act.MAKE, Act.UPDATE, Act.CHOOSE}


async def with_clashes(
    plans: Sequence[Plan], drafts: Sequence[EventDraft | None], parent: EventFacts | None, organisation: int
) -> tuple[Plan, ...]:
    """The plans; those that make or change something with what that would clash with, in the file or here."""
    book = {one.id: one for one in await list_speakers(organisation)}
    name = (await get_organisation_by_id(organisation)).name

    def rows_of() -> list[Held | None]:
        return [
            _held(plan, draft, parent, book, organisation, name) if draft and plan.act in _MAY_CLASH else None
            for plan, draft in zip(plans, drafts, strict=True)
        ]

    rows = await asyncio.to_thread(rows_of)  # of a thousand with speakers, it takes a while
    held = [row for row in rows if row]
    around = await list_around(held, planned=dict.fromkeys(row.id for row in held))
    notes = await asyncio.to_thread(_all_notes, held, around, parent)
    return tuple(
        structs.replace(plan, clashes=tuple(notes[row.id])) if row else plan
        for plan, row in zip(plans, rows, strict=True)
    )


def _all_notes(
    held: Sequence[Held], around: Sequence[Sequence[EventFacts]], parent: EventFacts | None
) -> Mapping[int, list[Note]]:
    """By the ids of the rows."""
    notes: dict[int, list[Note]] = defaultdict(list)
    for row, others in zip(held, around, strict=True):
        for other in others:
            notes[row.id] += _notes(row, other)
        if parent and row.part_of == parent.id:
            notes[row.id] += _notes(parent, row)
    for earlier, later in _at_once(held):
        notes[earlier.id] += _notes(earlier, later)
        notes[later.id] += _notes(later, earlier)
    return notes


def _held(
    plan: Plan,
    draft: EventDraft,
    parent: EventFacts | None,
    book: Mapping[int, SpeakerEntry],
    organisation: int,
    name: str,
) -> Held:
    """What the row does not say stays as its event has it."""
    event = plan.event
    speakers = tuple(speaks(form, book) for form in draft.form.speakers)
    return Held(
        id=event.id if event else -plan.row.number,
        title=draft.form.title,
        kind=draft.form.kind,
        organisation=organisation,
        organisation_name=name,
        part_of=event.part_of if event else parent.id if parent and draft.form.part_of == parent.slug else None,
        span=draft.span,
        starts_at=draft.span.starts_at,
        ends_at=draft.span.ends_at,
        venue=draft.venue or (event.venue if event else None),
        partners=draft.partners or (event.partners if event else ()),
        speakers=speakers or (event.speakers if event else ()),
    )


def _at_once(held: Sequence[Held]) -> Iterator[tuple[Held, Held]]:
    ordered = sorted(held, key=lambda row: row.starts_at)
    for number, one in enumerate(ordered, 1):
        for other in ordered[number:]:
            if other.starts_at >= one.ends_at:
                break
            yield one, other


def _notes(one: EventFacts | Held, other: EventFacts | Held) -> list[Note]:
    return [
        Note(_TOLD[kind], {"what": what, "title": other.title, "when": other.span.starts})
        for kind, what in in_common(one, other)
    ]
