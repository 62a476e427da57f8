"""Changing several dates of a series by one act."""

from enum import StrEnum
from typing import Any

from events.accounts.rules import Actor
from events.infra import db
from events.kernel.clock import utc_now
from events.programme import queries
from events.programme.documents import document_of
from events.programme.queries.series import list_series
from events.programme.rules import EventFacts
from events.programme.rules.clashes import Acceptance
from events.programme.rules.series import patch_for
from events.programme.steps.clashes import check_clashes_of_all
from events.registration.actions.moving import change_event
from events.registration.rules.changes import Telling


class Scope(StrEnum):
    """Which of the other dates are changed along."""

    FOLLOWING = "following"
    ALL = "all"


def changed_along(event: EventFacts, dates: list[EventFacts], scope: Scope) -> list[EventFacts]:
    """What is over or called off stays as it is."""
    now = utc_now()
    return [
        other
        for other in dates
        if other.id != event.id
        and other.takes_place
        and other.ends_at > now
        and (scope is Scope.ALL or other.starts_at > event.starts_at)
    ]


@db.write
async def change_series(
    slug: str,
    patch: Any,
    *,
    scope: Scope,
    by: Actor,
    revision: int | None = None,
    telling: Telling = Telling.SOON,
    acceptance: Acceptance | None = None,
) -> tuple[EventFacts, list[EventFacts]]:
    """Change this date by the patch, and others in the fields that it changes; each as if it were changed alone."""
    event = await queries.get_own_event(slug, by.organisation)
    others = changed_along(event, await list_series(event.series), scope)
    changed = await change_event.step(slug, patch, by=by, revision=revision, telling=telling)
    before, after = document_of(event), document_of(changed)
    along = []
    for other in others:
        theirs = patch_for(patch, before, after, document_of(other))
        if theirs:
            along.append((other, await change_event.step(other.slug, theirs, by=by, telling=telling)))
    await check_clashes_of_all([(event, changed), *along], acceptance, by=by)
    return changed, [one for _, one in along]
