"""The released versions of a programme, and what is planned for the next."""

from typing import Any

import msgspec
from msgspec import Struct

from events.infra import db
from events.programme.plans import PlannedSession, SessionPlan, planned, state_of
from events.programme.queries import get_event, get_own_event
from events.programme.queries.calendars import list_facts
from events.programme.rules import EventFacts, Kind
from events.programme.rules.errors import EventNotFound
from events.programme.rules.filters import Filters
from events.programme.rules.versions import SessionState, Version
from events.programme.tables.planning import ProgrammeVersion, SessionDraft


class PlannedProgramme(Struct, frozen=True):
    """A conference with every session, drafts and plans included, and its last version if it was ever released."""

    conference: EventFacts
    sessions: list[PlannedSession]
    version: Version | None


@db.read
async def get_planned(slug: str, organisation: int) -> PlannedProgramme:
    """Raises EventNotFound for what is no conference of this organisation."""
    conference = await get_own_event(slug, organisation)
    if conference.kind is not Kind.CONFERENCE:
        raise EventNotFound
    sessions = await list_facts(Filters(part_of=slug, kind=Kind.SESSION), viewer=organisation)
    plans = await _plans([session.id for session in sessions])
    versions = await list_versions(conference.id, limit=1)
    return PlannedProgramme(
        conference, [planned(session, plans.get(session.id)) for session in sessions], versions[0] if versions else None
    )


@db.read
async def get_planned_session(slug: str, organisation: int) -> PlannedSession:
    """Raises EventNotFound for what is no session of this organisation."""
    event = await get_own_event(slug, organisation)
    if event.kind is not Kind.SESSION or event.part_of is None:
        raise EventNotFound
    return planned(event, (await _plans([event.id])).get(event.id))


async def _plans(sessions: list[int]) -> dict[int, SessionPlan]:
    if not sessions:
        return {}
    rows = await SessionDraft.select().where(SessionDraft.event.is_in(sessions))
    return {
        row["event"]: SessionPlan(msgspec.json.decode(row["patch"]), row["cancels"], msgspec.json.decode(row["reason"]))
        for row in rows
    }


async def list_versions(conference: int, *, limit: int = 200) -> list[Version]:
    """The newest first."""
    rows = (
        await ProgrammeVersion.select()
        .where(ProgrammeVersion.conference == conference)
        .order_by(ProgrammeVersion.number, ascending=False)
        .limit(limit)
    )
    return [_version(row) for row in rows]


@db.read
async def get_history(slug: str) -> tuple[EventFacts, list[Version], list[SessionState]]:
    """A conference, its versions from the newest to the first, and its sessions as they are public now.

    Raises EventNotFound where nothing was ever released.
    """
    conference = await get_event(slug)
    versions = await list_versions(conference.id)
    if not versions:
        raise EventNotFound
    sessions = await list_facts(Filters(part_of=slug, kind=Kind.SESSION))
    return conference, versions, [state_of(session) for session in sessions]


def _version(row: dict[str, Any]) -> Version:
    return Version(
        number=row["number"],
        note=msgspec.json.decode(row["note"]),
        released_at=row["released_at"],
        sessions=msgspec.json.decode(row["sessions"], type=tuple[SessionState, ...]),
    )
