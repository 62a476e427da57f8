"""Announcements as programs are told of them, in the words in which they are written."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from events.announcements import queries
from events.announcements.forms import AnnouncementForm
from events.announcements.queries.outcomes import count_outcomes
from events.announcements.rules import AnnouncementFacts, Outcome, Skipped, State
from events.infra import db
from events.programme.documents import TimeAnswer, shown


class MessageAnswer(AnnouncementForm, kw_only=True):
    """`group` is how many would get it now; `outcomes` how many people stand how with it.

    `due_at` is when it goes by itself once it is planned. `event_paused`: all announcements of the event wait.
    """

    id: int
    state: State
    at: TimeAnswer | None  # type: ignore[assignment]  # with its instant
    due_at: datetime | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    paused_at: datetime | None
    event_paused: bool
    group: int
    outcomes: dict[Outcome, int]


class GroupAnswer(Struct):
    """How many would get it now, and when it would go by itself."""

    group: int
    due_at: datetime | None


class PausedAnswer(Struct):
    paused: bool


class RecipientAnswer(Struct):
    """`skipped` says why it was not sent after all, `last_error` what the mail server said."""

    code: str
    name: str
    outcome: Outcome
    skipped: Skipped | None
    queued_at: datetime
    sent_at: datetime | None
    tries: int | None
    last_error: str | None


class ToldAnswer(Struct):
    """An announcement to one person; `message` is its id."""

    message: int
    subject: dict[str, str]
    outcome: Outcome
    skipped: Skipped | None
    queued_at: datetime
    sent_at: datetime | None
    tries: int | None
    last_error: str | None


@db.read
async def describe(found: AnnouncementFacts) -> dict[str, Any]:
    [document] = await describe_all(found.event, [found])
    return document


@db.read
async def describe_all(event: int, messages: list[AnnouncementFacts]) -> list[dict[str, Any]]:
    outcomes, paused = await count_outcomes(event), await queries.is_paused(event)
    return [
        _document(one, outcomes.get(one.id, {}))
        | {"event_paused": paused, "group": await queries.count_audience(event, one.audience)}
        for one in messages
    ]


def _document(found: AnnouncementFacts, outcomes: Mapping[Outcome, int]) -> dict[str, Any]:
    timing, audience = found.timing, found.audience
    return {
        "id": found.id,
        "state": found.state,
        "subject": found.subject,
        "body": found.body,
        "anchor": timing.anchor,
        "amount": timing.amount,
        "unit": timing.unit,
        "clock": timing.clock,
        "at": shown(timing.at) if timing.at else None,
        **{name: getattr(audience, name) for name in audience.__struct_fields__},
        "came": None if audience.came is None else "yes" if audience.came else "no",
        "calendar": found.calendar,
        **{name: getattr(found, name) for name in _MOMENTS},
        "outcomes": {outcome: outcomes.get(outcome, 0) for outcome in Outcome},
    }


_MOMENTS = ("due_at", "created_at", "started_at", "finished_at", "paused_at")
