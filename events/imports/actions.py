from collections.abc import Callable, Mapping, Sequence

import msgspec

from events.accounts.rules import Actor
from events.activity.steps import record
from events.imports import queries
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
from events.kernel.clock import utc_now
from events.kernel.errors import DomainError, Invalid
from events.programme import queries as programme
from events.programme.actions import create_event, publish_event
from events.programme.documents import document_of
from events.programme.forms import EventDraft
from events.programme.rules import EventFacts, Status
from events.registration.moving import change_event

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
    """Take every row that can be taken, each in a transaction of its own: a row that fails leaves the others.

    What was taken is known by its UID, so doing it again, or going on after a crash, doubles nothing.
    """
    family = family_of(upload, await find_parent(upload))
    lines = []
    for one in ready:
        lines.append(await _taken(upload, one, decisions.get(one.row.number), family=family, by=by, domain=domain))
        progress(1)
    outcome = Outcome(tuple(lines))
    await _finish(upload, outcome, by=by)
    return outcome


async def _taken(
    upload: Upload, ready: Ready, decision: Decision | None, *, family: str, by: Actor, domain: str
) -> Line:
    row = ready.row
    try:
        plan, slug = await take_row(upload, ready, decision, family=family, by=by, domain=domain)
    except Invalid as invalid:
        problem = invalid.problems[0]
        return Line(row.number, row.title, Act.REFUSE, message=problem.message, params=_plain(problem.params))
    except DomainError as refused:
        return Line(row.number, row.title, Act.REFUSE, message=refused.message, params=_plain(refused.params))
    problems = plan.problems
    told = problems[0] if plan.act is Act.REFUSE and problems else None
    return Line(
        row.number, row.title, plan.act, slug, told.message if told else "", _plain(told.params) if told else {}
    )


def _plain(params: Mapping[str, object]) -> dict[str, object]:
    return {name: value if isinstance(value, str | int) else str(value) for name, value in params.items()}


@db.write
async def _finish(upload: Upload, outcome: Outcome, *, by: Actor) -> None:
    await _FINISH.rows(outcome=as_json(outcome), id=upload.id)
    counts = {act.value: outcome.count(act) for act in Act}
    await record(by.name, "imported", f"import:{upload.id}", organisation=upload.organisation, **counts)


@db.write
async def take_row(
    upload: Upload, ready: Ready, decision: Decision | None, *, family: str, by: Actor, domain: str
) -> tuple[Plan, str]:
    """One row, looked at anew behind the organisation's lock: what came of it, and the event's slug."""
    await _LOCK.rows(organisation=by.organisation)
    row = ready.row
    known = await queries.find_known(by.organisation, family, row.uid, row.recurrence)
    event = await programme.get_event_by_id(known.event) if known else None
    if known is None and await programme.list_own_uids(by.organisation, [row.uid]):
        return Plan(row=row, act=Act.LEAVE), ""
    plan = plan_of(ready, known, event)
    if plan.act is Act.MAKE and ready.draft:
        event = await _make(upload, ready, ready.draft, by=by, domain=domain)
        await _remember_new(upload, ready, event, family)
    elif event and known and plan.act in {Act.UPDATE, Act.CHOOSE, Act.LEAVE} and ready.draft and not row.cancelled:
        plan = await _bring_up_to_date(upload, ready, plan, event, known, decision, by=by)
    return plan, event.slug if event else ""


async def _make(upload: Upload, ready: Ready, draft: EventDraft, *, by: Actor, domain: str) -> EventFacts:
    draft = msgspec.structs.replace(draft, slug=await _free_slug(draft, ready.row.recurrence))
    event = await create_event.step(draft, by=by, domain=domain)
    if upload.choices.publish and not ready.row.private:
        return await publish_event.step(event.slug, by=by)
    return event


async def _free_slug(draft: EventDraft, recurrence: str) -> str:
    """The dates of a series are told apart by their dates, other namesakes by a number."""
    stem = f"{draft.slug[:69]}-{draft.span.starts.wall.date()}" if recurrence else draft.slug
    if await programme.find_id(stem) is None:
        return stem
    return await programme.free_slug(stem)


async def _remember_new(upload: Upload, ready: Ready, event: EventFacts, family: str) -> None:
    row = ready.row
    await _NEW_IMPORTED.rows(
        organisation=event.organisation,
        event=event.id,
        family=family,
        source=upload.source,
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
