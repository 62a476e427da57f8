from collections.abc import Collection, Sequence

import msgspec
from piccolo.columns import And

from events.imports.rules import Choices, Family, Habit, Known, Outcome, UploadBrief, UploadNotFound
from events.imports.tables import Imported, ImportHabit, ImportUpload
from events.imports.uploads import Upload, found_in
from events.infra import db
from events.infra.engine import Row
from events.kernel.clock import utc_now
from events.programme import queries as programme
from events.programme.rules import EventFacts

_AT_ONCE = 400


async def get_upload(upload: int, organisation: int) -> Upload:
    """Raises UploadNotFound, also for one of another organisation and one that is forgotten by now."""
    own = And(ImportUpload.id == upload, ImportUpload.organisation == organisation)
    rows = await ImportUpload.select().where(And(own, ImportUpload.expires_at > utc_now()))
    if not rows:
        raise UploadNotFound
    row = rows[0]
    family = Family(row["family"])
    return Upload(
        **{name: row[name] for name in ("id", "organisation", "name", "source", "created_at", "expires_at")},
        family=family,
        found=found_in(family, row["found"]),
        choices=msgspec.json.decode(row["choices"], type=Choices),
        outcome=msgspec.json.decode(row["outcome"], type=Outcome) if row["outcome"] else None,
    )


async def list_uploads(organisation: int) -> list[UploadBrief]:
    """Newest first."""
    columns = (ImportUpload.id, ImportUpload.name, ImportUpload.family, ImportUpload.created_at, ImportUpload.outcome)
    own = And(ImportUpload.organisation == organisation, ImportUpload.expires_at > utc_now())
    rows = await ImportUpload.select(*columns).where(own).order_by(ImportUpload.id, ascending=False)
    return [
        UploadBrief(
            id=row["id"],
            name=row["name"],
            family=Family(row["family"]),
            created_at=row["created_at"],
            done=row["outcome"] is not None,
        )
        for row in rows
    ]


async def get_habit(organisation: int) -> Habit:
    rows = await ImportHabit.select().where(ImportHabit.organisation == organisation)
    if not rows:
        return Habit()
    return Habit(msgspec.json.decode(rows[0]["headings"]), rows[0]["zone"], rows[0]["language"])


@db.read
async def list_known(organisation: int, family: str, uids: Sequence[str]) -> list[Known]:
    """What is remembered of these rows from earlier imports."""
    found: list[Row] = []
    for start in range(0, len(uids), _AT_ONCE):
        some = list(uids[start : start + _AT_ONCE])
        where = And(
            And(Imported.organisation == organisation, Imported.family == family), Imported.source_uid.is_in(some)
        )
        found += await Imported.select().where(where)
    return [_known(row) for row in found]


async def list_known_of_source(organisation: int, family: str, source: str) -> list[Known]:
    own = And(Imported.organisation == organisation, Imported.family == family)
    return [_known(row) for row in await Imported.select().where(And(own, Imported.source == source))]


def _known(row: Row) -> Known:
    return Known(
        id=row["id"],
        event=row["event"],
        source=row["source"],
        uid=row["source_uid"],
        recurrence=row["recurrence"],
        sequence=row["sequence"],
        values=msgspec.json.decode(row["said"]),
    )


@db.read
async def list_events_by_id(ids: Collection[int]) -> dict[int, EventFacts]:
    found: list[EventFacts] = []
    several = sorted(set(ids))
    for start in range(0, len(several), _AT_ONCE):
        found += await programme.list_facts_of(several[start : start + _AT_ONCE])
    return {event.id: event for event in found}
