"""What a conference's next release will do, and what it did; needs an open write."""

from collections.abc import Mapping
from typing import Any

from events.accounts.rules import Actor
from events.accounts.steps import public_changed
from events.activity.steps import record
from events.infra import db
from events.kernel.clock import utc_now
from events.kernel.words import Text
from events.programme.rules import EventFacts
from events.programme.rules.versions import Version
from events.programme.steps.columns import json_of
from events.programme.tables.planning import ProgrammeVersion, SessionDraft

_LOCK_CONFERENCE = db.Prepared("UPDATE event SET changed_at = changed_at WHERE id = :id RETURNING id")


async def plan(
    session: int, *, patch: Mapping[str, Any] | None = None, cancels: bool = False, reason: Text | None = None
) -> None:
    """What the next release does to a session; without a patch or an end, nothing."""
    await SessionDraft.delete().where(SessionDraft.event == session)
    if patch or cancels:
        await SessionDraft.insert(
            SessionDraft(
                event=session, patch=json_of(dict(patch or {})), cancels=cancels, reason=json_of(dict(reason or {})),
                changed_at=utc_now(),
            )
        )  # fmt: skip


async def lock_conference(conference: int) -> None:
    """One release at a time."""
    await _LOCK_CONFERENCE.rows(id=conference)


async def keep_version(conference: EventFacts, version: Version, *, by: Actor) -> None:
    await ProgrammeVersion.insert(
        ProgrammeVersion(
            conference=conference.id, number=version.number, note=json_of(dict(version.note)),
            sessions=json_of(version.sessions), released_at=version.released_at,
        )
    )  # fmt: skip
    await record(by.name, "released", f"event:{conference.id}", organisation=by.organisation)
    await public_changed()
