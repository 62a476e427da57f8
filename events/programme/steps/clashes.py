"""Clashes are looked for inside the write that would bring them about, so that two at once cannot miss each other."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from events.accounts.rules import Actor
from events.activity.steps import record
from events.infra import db
from events.kernel.clock import utc_now
from events.programme.queries.clashes import list_around, list_clashes_with
from events.programme.rules import EventFacts
from events.programme.rules.clashes import CLASH_FIELDS, Acceptance, Clash, Clashing, ClashKind
from events.programme.tables.planning import ClashAccepted

# Whoever comes second waits here until the first has committed, and so sees what the first has written.
_LOCK = db.Prepared("UPDATE version SET number = number + 1 WHERE name = 'clashes'")


async def check_clashes(
    event: EventFacts,
    acceptance: Acceptance | None,
    *,
    by: Actor,
    before: EventFacts | None = None,
    planned: Mapping[int, EventFacts | None] = MappingProxyType({}),
) -> None:
    """Raises Clashing for what is new and was not told and accepted; without an acceptance nobody is asked.

    `planned` as for `list_around`.
    """
    await check_clashes_of_all([(before, event)], acceptance, by=by, planned=planned)


async def check_clashes_of_all(
    changes: Sequence[tuple[EventFacts | None, EventFacts]],
    acceptance: Acceptance | None,
    *,
    by: Actor,
    planned: Mapping[int, EventFacts | None] = MappingProxyType({}),
) -> None:
    """Of several events, each as it was, if it was, and as it would be: all that is new is told at once."""
    await _LOCK.rows()
    if acceptance is None:
        return
    changed = [event for before, event in changes if before is None or _may_clash_otherwise(before, event)]
    refused: list[tuple[EventFacts, list[Clash]]] = []
    for event, others in zip(changed, await list_around(changed, planned=planned), strict=True):
        clashes = [clash for clash in await list_clashes_with(event, others) if clash.accepted is None]
        if clashes and (not acceptance.reason or not acceptance.told.issuperset(clash.key for clash in clashes)):
            refused.append((event, clashes))
        elif clashes:
            await _accept(event, clashes, acceptance, by)
    if refused:
        raise Clashing(refused[0][0], [clash for _, clashes in refused for clash in clashes])


def _may_clash_otherwise(before: EventFacts, event: EventFacts) -> bool:
    return any(getattr(before, name) != getattr(event, name) for name in CLASH_FIELDS)


async def _accept(event: EventFacts, clashes: Sequence[Clash], acceptance: Acceptance, by: Actor) -> None:
    kept = sorted({(clash.event.id, clash.kind) for clash in clashes})  # two partners at one event are one clash
    rows = await ClashAccepted.insert(*(_accepted(event, other, kind, acceptance, by) for other, kind in kept))
    ids = [row["id"] for row in rows]
    await record(by.name, "accepted_clash", f"event:{event.id}", organisation=by.organisation, clashes=ids)


def _accepted(event: EventFacts, other: int, kind: ClashKind, acceptance: Acceptance, by: Actor) -> ClashAccepted:
    return ClashAccepted(
        event=event.id, other=other, kind=kind.value, reason=acceptance.reason, actor=by.name, accepted_at=utc_now()
    )
