from collections.abc import Iterable

from msgspec import Struct, structs

from events.accounts.rules import Actor
from events.activity.steps import record
from events.announcements.steps import follow_name
from events.infra import db
from events.kernel.clock import utc_now
from events.kernel.errors import Conflict, Invalid
from events.kernel.words import Text
from events.programme import queries as programme
from events.programme.actions import publish_event
from events.programme.plans import PlannedSession, Standing, state_of
from events.programme.queries.calendars import list_facts
from events.programme.queries.versions import get_planned
from events.programme.rules import EventFacts, Kind
from events.programme.rules.clashes import Acceptance
from events.programme.rules.filters import Filters
from events.programme.rules.versions import Change, NothingToRelease, Version, changes_between, check_can_release
from events.programme.steps import releases
from events.programme.steps.clashes import check_clashes_of_all
from events.questions import actions as questions
from events.questions.steps import lock_form
from events.registration.actions.moving import cancel_event, change_event
from events.reports.rules import Format


@db.write
async def record_export(event: EventFacts, file: Format, *, by: Actor, sensitive: bool = False) -> None:
    """Write down who took the list with them, and whether with sensitive answers."""
    verb = "exported_sensitive" if sensitive else "exported"
    await record(by.name, verb, f"event:{event.id}", organisation=event.organisation, format=file.value)


@db.write
async def record_guest_export(event: EventFacts, *, by: Actor) -> None:
    """Write down who took the list of invited people with them."""
    await record(by.name, "exported_guests", f"event:{event.id}", organisation=event.organisation, format="csv")


@db.write
async def change_question(slug: str, question: int, posted: object, *, by: Actor) -> None:
    """As that of questions; messages to those who answered it in some way stay theirs when it is called otherwise."""
    event = await programme.get_own_id(slug, by.organisation)
    was = (await lock_form(event)).get(question)
    changed = await questions.change_question.step(slug, question, posted, by=by)
    if changed.name != was.name:
        await follow_name(event, was.name, changed.name)


class Release(Struct, frozen=True):
    """A version that has become public, and what changed with it."""

    number: int
    changes: list[Change]


@db.write
async def release_programme(
    slug: str,
    *,
    note: Text,
    held_back: frozenset[int] = frozenset(),
    by: Actor,
    acceptance: Acceptance | None = None,
) -> Release:
    """Make public what is planned of a conference's sessions, but for those `held_back`, as its next version.

    Raises NothingToRelease; Invalid with what keeps a session from being released, naming each; with an `acceptance`
    Clashing for what has come in the way of a changed session since it was planned.
    """
    conference = await programme.get_own_event(slug, by.organisation)
    check_can_release(is_public=conference.is_public)
    await releases.lock_conference(conference.id)
    plan = await get_planned(slug, by.organisation)
    released = [one for one in plan.sessions if one.event.id not in held_back]
    await _release_all(released, by)
    now = await list_facts(Filters(part_of=slug, kind=Kind.SESSION))
    was = {one.event.id: one.event for one in released if one.standing is Standing.CHANGED}
    moved = [(was[session.id], session) for session in now if session.id in was]
    await check_clashes_of_all(moved, acceptance, by=by)
    version = Version(
        number=plan.version.number + 1 if plan.version else 1,
        note=note,
        released_at=utc_now(),
        sessions=tuple(state_of(session) for session in now),
    )
    changes = changes_between(plan.version.sessions if plan.version else (), version.sessions)
    if not changes and all(one.standing is Standing.RELEASED for one in released):
        raise NothingToRelease
    await releases.keep_version(conference, version, by=by)
    return Release(version.number, changes)


async def _release_all(sessions: Iterable[PlannedSession], by: Actor) -> None:
    """Raises Invalid naming each that is refused."""
    problems = []
    for session in sessions:
        try:
            await _release(session, by)
        except (Invalid, Conflict) as refused:
            problems.append(structs.replace(refused.problems[0], field=session.event.slug))
    if problems:
        raise Invalid(problems)


async def _release(session: PlannedSession, by: Actor) -> None:
    slug = session.event.slug
    if session.standing is Standing.NEW:
        await publish_event.step(slug, by=by)
    elif session.plan is not None:
        await releases.plan(session.event.id)
        if session.plan.cancels:
            await cancel_event.step(slug, reason=session.plan.reason, by=by)
        else:
            await change_event.step(slug, session.plan.patch, by=by)
