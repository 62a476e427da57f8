import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence

import msgspec
from msgspec import Struct

from events.accounts.queries import get_organisation_by_id
from events.accounts.rules import Actor
from events.activity.steps import record
from events.imports import queries
from events.imports.from_table import tracks_to_make
from events.imports.planning import Ready, family_of, find_parent, plan_of
from events.imports.rules import (
    MOST_WAITING,
    UPLOAD_LASTS,
    Act,
    Choices,
    Decision,
    Known,
    Line,
    Outcome,
    Plan,
    remembered,
)
from events.imports.tables import Imported, ImportUpload
from events.imports.uploads import Upload, as_json
from events.imports.values import patch_for
from events.infra import db
from events.infra.sheet_reader import SourceTable
from events.kernel.clock import utc_now
from events.kernel.errors import DomainError, Invalid
from events.programme import queries as programme
from events.programme.documents import document_of
from events.programme.forms import EventDraft
from events.programme.queries.addresses import find_id, free_slug
from events.programme.rules import EventFacts, Status
from events.programme.rules.publishing import problems_of_parent
from events.programme.steps.clashes import check_clashes_of_all
from events.programme.steps.making import insert_event
from events.registration.actions.moving import change_event

AT_ONCE = 25
"""Rows of one transaction: more would hold up others who write."""


class Batch(Struct, frozen=True):
    """What is the same for every row of a file."""

    upload: Upload
    family: str
    parent: EventFacts | None
    organisation_name: str
    decisions: Mapping[int, Decision]
    by: Actor
    domain: str


_NEW_UPLOAD = db.prepared_insert(ImportUpload)
_OLD_UPLOADS = db.Prepared(
    "DELETE FROM import_upload WHERE organisation = :organisation AND id NOT IN"
    " (SELECT id FROM import_upload WHERE organisation = :same ORDER BY id DESC LIMIT :most)"
)
_CHOOSE = db.Prepared("UPDATE import_upload SET choices = :choices WHERE id = :id AND organisation = :organisation")
_FINISH = db.Prepared("UPDATE import_upload SET outcome = :outcome WHERE id = :id AND outcome IS NULL")
_DISCARD = db.Prepared("DELETE FROM import_upload WHERE id = :id AND organisation = :organisation")
_EXPIRED = db.Prepared("DELETE FROM import_upload WHERE expires_at <= :before")
_HABIT = db.Prepared(
    "INSERT INTO import_habit (organisation, headings, zone, language, version)"
    " VALUES (:organisation, :headings, :zone, :language, 1) ON CONFLICT (organisation)"
    " DO UPDATE SET headings = excluded.headings, zone = excluded.zone, language = excluded.language,"
    " version = import_habit.version + 1"
)
_LOCK = db.Prepared(
    "INSERT INTO import_habit (organisation, headings, zone, language, version) VALUES (:organisation, '{}', '', '', 1)"
    " ON CONFLICT (organisation) DO UPDATE SET version = import_habit.version + 1"
)
_NEW_IMPORTED = db.prepared_insert(Imported)
_SEEN = db.Prepared(
    "UPDATE imported SET source = :source, sequence = :sequence, said = :said, imported_at = :at WHERE id = :id"
)


@db.write
async def keep_upload(upload: Upload, *, digest: str, by: Actor) -> int:
    """Keep what was read of a file for a day; the oldest of too many make room. Tells its id."""
    row = await _NEW_UPLOAD.row(
        organisation=by.organisation,
        name=upload.name,
        source=upload.source,
        family=upload.family.value,
        digest=digest,
        found=as_json(upload.found),
        choices=as_json(upload.choices),
        outcome=None,
        created_by=by.name,
        created_at=upload.created_at,
        expires_at=upload.created_at + UPLOAD_LASTS,
    )
    await _OLD_UPLOADS.rows(organisation=by.organisation, same=by.organisation, most=MOST_WAITING)
    return int(row["id"])  # type: ignore[index]  # an INSERT that returns nothing has raised


@db.write
async def choose(upload: Upload, choices: Choices, *, headings: Mapping[str, str]) -> None:
    """Keep what was chosen for this file, and for the organisation's next one; `headings` are added to those known."""
    await _CHOOSE.rows(choices=as_json(choices), id=upload.id, organisation=upload.organisation)
    habit = await queries.get_habit(upload.organisation)
    await _HABIT.rows(
        organisation=upload.organisation,
        headings=as_json({**habit.headings, **headings}),
        zone=choices.zone or habit.zone,
        language=choices.language or habit.language,
    )


@db.write
async def discard(upload: int, *, organisation: int) -> None:
    await _DISCARD.rows(id=upload, organisation=organisation)


@db.write
async def forget_expired_uploads() -> None:
    """Remove the files that nobody confirmed. Called now and then."""
    await _EXPIRED.rows(before=utc_now())


async def carry_out(
    upload: Upload,
    ready: Sequence[Ready],
    decisions: Mapping[int, Decision],
    *,
    by: Actor,
    domain: str,
    progress: Callable[[int], object] = int,
) -> Outcome:
    """Take every row that can be taken, a few at a time: a row that fails leaves the others.

    What was taken is known by its UID, so doing it again, or going on after a crash, doubles nothing.
    """
    parent = await find_parent(upload)
    if parent and isinstance(upload.found, SourceTable) and any(one.draft for one in ready):
        await _make_tracks(upload.found, upload.choices, parent, by=by)
    organisation = await get_organisation_by_id(by.organisation)
    batch = Batch(upload, family_of(upload, parent), parent, organisation.name, decisions, by, domain)
    lines: list[Line] = []
    for start in range(0, len(ready), AT_ONCE):
        some = ready[start : start + AT_ONCE]
        lines += await _taken(batch, some)
        progress(len(some))
    outcome = Outcome(tuple(lines))
    await _finish(upload, outcome, by=by)
    return outcome


async def _make_tracks(found: SourceTable, choices: Choices, parent: EventFacts, *, by: Actor) -> None:
    """Those that the rows name and the conference does not have, before the rows that are in them."""
    made = await asyncio.to_thread(tracks_to_make, found, choices, parent)
    if made:
        there = document_of(parent)["tracks"]
        language = (
            "fr" if "title.en" not in choices.columns.values() and "title.fr" in choices.columns.values() else "en"
        )
        new = [{"key": key, "name": {language: name}} for key, name in made.items()]
        await change_event(parent.slug, {"tracks": [*there, *new]}, by=by)


async def _taken(batch: Batch, ready: Sequence[Ready]) -> list[Line]:
    """All of these at once; if one cannot be taken or stands there twice, each by itself."""
    if len({one.row.key for one in ready}) == len(ready):
        with contextlib.suppress(DomainError):
            return await take_rows(batch, ready)
    return [await _taken_alone(batch, one) for one in ready]


async def _taken_alone(batch: Batch, ready: Ready) -> Line:
    row = ready.row
    try:
        [line] = await take_rows(batch, [ready])
    except Invalid as invalid:
        problem = invalid.problems[0]
        return Line(row.number, row.title, Act.REFUSE, message=problem.message, params=_plain(problem.params))
    except DomainError as refused:
        return Line(row.number, row.title, Act.REFUSE, message=refused.message, params=_plain(refused.params))
    return line


def _plain(params: Mapping[str, object]) -> dict[str, object]:
    return {name: value if isinstance(value, str | int) else str(value) for name, value in params.items()}


@db.write
async def _finish(upload: Upload, outcome: Outcome, *, by: Actor) -> None:
    await _FINISH.rows(outcome=as_json(outcome), id=upload.id)
    counts = {act.value: outcome.count(act) for act in Act}
    await record(by.name, "imported", f"import:{upload.id}", organisation=upload.organisation, **counts)


@db.write
async def take_rows(batch: Batch, ready: Sequence[Ready]) -> list[Line]:
    """Rows, looked at anew behind the organisation's lock: what came of each. All are taken, or none."""
    organisation = batch.by.organisation
    await _LOCK.rows(organisation=organisation)
    uids = sorted({one.row.uid for one in ready})
    known = {(one.uid, one.recurrence): one for one in await queries.list_known(organisation, batch.family, uids)}
    events = await queries.list_events_by_id([one.event for one in known.values()])
    own = await programme.list_own_uids(organisation, uids)
    await check_clashes_of_all([], None, by=batch.by)  # others look for clashes before this, or see what it makes
    return [await _take(batch, one, known.get(one.row.key), events, own) for one in ready]


async def _take(
    batch: Batch, ready: Ready, known: Known | None, events: Mapping[int, EventFacts], own: frozenset[str]
) -> Line:
    row = ready.row
    event = events[known.event] if known else None
    if known is None and row.uid in own:
        return Line(row.number, row.title, Act.LEAVE)
    plan, slug = plan_of(ready, known, event), event.slug if event else ""
    if plan.act is Act.MAKE and ready.draft:
        slug = await _make(batch, ready, ready.draft)
    elif event and known and plan.act in {Act.UPDATE, Act.CHOOSE, Act.LEAVE} and ready.draft and not row.cancelled:
        decision = batch.decisions.get(row.number)
        plan = await _bring_up_to_date(batch.upload, ready, plan, event, known, decision, by=batch.by)
    told = next(iter(plan.problems), None) if plan.act is Act.REFUSE else None
    return Line(
        row.number, row.title, plan.act, slug, told.message if told else "", _plain(told.params) if told else {}
    )


async def _make(batch: Batch, ready: Ready, draft: EventDraft) -> str:
    """The event's slug."""
    slug, publish = await _free_slug(draft, ready.row.recurrence), batch.upload.choices.publish
    publish = publish and not ready.row.private
    if publish and batch.parent and (problems := problems_of_parent(batch.parent.status)):
        raise Invalid(problems)
    draft = msgspec.structs.replace(draft, slug=slug)
    event = await insert_event(
        draft, organisation_name=batch.organisation_name, by=batch.by, domain=batch.domain, publish=publish
    )
    await _remember_new(batch, ready, event)
    return slug


async def _free_slug(draft: EventDraft, recurrence: str) -> str:
    """The dates of a series are told apart by their dates, other namesakes by a number."""
    stem = f"{draft.slug[:69]}-{draft.span.starts.wall.date()}" if recurrence else draft.slug
    if await find_id(stem) is None:
        return stem
    return await free_slug(stem)


async def _remember_new(batch: Batch, ready: Ready, event: int) -> None:
    row = ready.row
    await _NEW_IMPORTED.rows(
        organisation=batch.by.organisation,
        event=event,
        family=batch.family,
        source=batch.upload.source,
        source_uid=row.uid,
        recurrence=row.recurrence,
        sequence=row.sequence,
        said=as_json(ready.said),
        imported_at=utc_now(),
    )


async def _bring_up_to_date(
    upload: Upload, ready: Ready, plan: Plan, event: EventFacts, known: Known, decision: Decision | None, *, by: Actor
) -> Plan:
    """What the file alone changed follows it; what was changed on both sides does as was decided, if it was."""
    row, said = ready.row, ready.said or {}
    if row.sequence < known.sequence or event.status is Status.CANCELLED:
        return plan
    overwrite = decision is not None and decision.overwrite and decision.revision == event.revision
    undecided = plan.differ if decision is None or (decision.overwrite and not overwrite) else ()
    paths = (*plan.follow, *(plan.differ if overwrite else ()))
    if paths:
        new = {**dict.fromkeys(known.values), **said}
        patch = patch_for(paths, _document(ready, event), new)
        await change_event.step(event.slug, patch, by=by)
    then = remembered(known.values, said, undecided)
    if then != known.values or (upload.source, row.sequence) != (known.source, known.sequence):
        await _SEEN.rows(source=upload.source, sequence=row.sequence, said=as_json(then), at=utc_now(), id=known.id)
    return msgspec.structs.replace(plan, act=Act.UPDATE if paths else Act.LEAVE if not undecided else Act.CHOOSE)


def _document(ready: Ready, event: EventFacts) -> dict[str, object]:
    """The row as it was posted; what it does not say stays as the event has it."""
    return {**document_of(event), "all_day": False, **ready.row.document}
