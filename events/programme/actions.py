from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import structs

from events.accounts import queries as accounts
from events.accounts.rules import Actor
from events.activity.steps import record
from events.infra import db
from events.kernel.errors import Conflict
from events.kernel.words import N_, Text
from events.programme import queries, steps
from events.programme.documents import document_of
from events.programme.forms import EventDraft, read_event
from events.programme.forms.contents import SpeakerForm
from events.programme.forms.patches import merged
from events.programme.plans import Standing, as_drafted
from events.programme.queries.addresses import free_slug
from events.programme.queries.contents import get_speaker, list_speakers
from events.programme.queries.series import list_series
from events.programme.queries.versions import get_planned, get_planned_session
from events.programme.rules import EventFacts, Status
from events.programme.rules.clashes import Acceptance
from events.programme.rules.contents import SpeakerEntry
from events.programme.rules.errors import RevisionOutdated, WrongStatus
from events.programme.rules.publishing import check_can_publish
from events.programme.rules.recurrence import MOST_DATES
from events.programme.rules.series import Proposal, SeriesFull, dated_slug, document_on
from events.programme.steps import drafts, publishing, releases
from events.programme.steps.clashes import check_clashes, check_clashes_of_all
from events.programme.steps.contents import keep_speaker
from events.programme.steps.making import insert_event
from events.programme.steps.series import keep_series
from events.programme.tables.contents import Speaker


@db.write
async def create_event(
    draft: EventDraft, *, by: Actor, domain: str, acceptance: Acceptance | None = None
) -> EventFacts:
    """A draft that only its organisation sees; `domain` is the right-hand side of its UID.

    With an `acceptance` clashes are told: raises Clashing while there are others than it accepts.
    """
    organisation = await accounts.get_organisation_by_id(by.organisation)
    event = await insert_event(draft, organisation_name=organisation.name, by=by, domain=domain)
    created = await queries.get_event_by_id(event)
    await check_clashes(created, acceptance, by=by)
    return created


@db.write
async def publish_event(slug: str, *, by: Actor, revision: int | None = None) -> EventFacts:
    """Raises Invalid with what is missing; publishing what is public already changes nothing."""
    event = await queries.get_own_event(slug, by.organisation)
    check_revision(event, revision)
    await _check_can_publish(event)
    if event.status is Status.PUBLISHED:
        return event
    return await publishing.set_published(event, by=by)


async def _check_can_publish(event: EventFacts) -> None:
    parent = await queries.get_event_by_id(event.part_of) if event.part_of else None
    check_can_publish(event, parent.status if parent else None)


@db.write
async def plan_session(
    slug: str,
    patch: Mapping[str, Any],
    *,
    by: Actor,
    revision: int | None = None,
    acceptance: Acceptance | None = None,
) -> None:
    """Keep what a public session is to become with the next release; one that is a draft becomes it at once.

    `patch` is a JSON Merge Patch on the session as it is now, and takes the place of an earlier one. With an
    `acceptance` clashes are told, with others as the next release makes them: raises Clashing.
    """
    await get_planned_session(slug, by.organisation)
    session = await steps.lock_event(slug, by.organisation, revision=revision)
    draft = read_event(merged(document_of(session), patch))
    others, book = await _as_planned(session, by)
    if session.status is Status.DRAFT:
        changed = await drafts.change(session, draft, by=by)
        await check_clashes(changed, acceptance, by=by, before=session, planned=others)
    else:
        _check_goes_on(session)
        await releases.plan(session.id, patch=patch)
        await check_clashes(as_drafted(session, draft, book), acceptance, by=by, before=session, planned=others)
        await record(by.name, "planned", f"event:{session.id}", organisation=by.organisation)


async def _as_planned(session: EventFacts, by: Actor) -> tuple[dict[int, EventFacts | None], dict[int, SpeakerEntry]]:
    """What the next release makes of the conference's other sessions, by their ids, and who is in the address book."""
    book = {one.id: one for one in await list_speakers(by.organisation)}
    others: dict[int, EventFacts | None] = {}
    for other in (await get_planned(session.parent_slug or "", by.organisation)).sessions:
        if other.standing is Standing.ENDING:
            others[other.event.id] = None
        elif other.standing is Standing.CHANGED and not other.problems:
            others[other.event.id] = as_drafted(other.event, read_event(other.document), book)
    return {number: facts for number, facts in others.items() if number != session.id}, book


@db.write
async def plan_cancellation(slug: str, *, reason: Text, by: Actor) -> None:
    """The next release cancels the session."""
    session = (await get_planned_session(slug, by.organisation)).event
    if session.status is Status.DRAFT:
        raise WrongStatus(N_("A draft cannot be cancelled: nobody has seen it yet."))
    _check_goes_on(session)
    await releases.plan(session.id, cancels=True, reason=reason)
    await record(by.name, "planned", f"event:{session.id}", organisation=by.organisation)


@db.write
async def drop_plan(slug: str, *, by: Actor) -> None:
    """The session stays as it is public now."""
    session = (await get_planned_session(slug, by.organisation)).event
    await releases.plan(session.id)
    await record(by.name, "dropped", f"event:{session.id}", organisation=by.organisation)


def _check_goes_on(session: EventFacts) -> None:
    if session.status is Status.CANCELLED:
        raise WrongStatus(N_("This event is cancelled already."))


@db.write
async def copy_event(slug: str, *, by: Actor, domain: str, changes: dict[str, Any] | None = None) -> EventFacts:
    """A new draft with everything of the event but its address, its standing and its registrations."""
    event = await queries.get_own_event(slug, by.organisation)
    document = msgspec.to_builtins(document_of(event)) | {"slug": await free_slug(slug)} | (changes or {})
    copied = await create_event.step(read_event(document), by=by, domain=domain)
    await steps.set_promise(copied.id, days=event.retention_days, purpose=event.purpose)
    return copied


def check_revision(event: EventFacts, revision: int | None) -> None:
    if revision is not None and revision != event.revision:
        raise RevisionOutdated


@db.write
async def make_series(
    slug: str,
    dates: Sequence[Proposal],
    *,
    rules: str,
    publish: bool,
    by: Actor,
    domain: str,
    acceptance: Acceptance | None = None,
) -> list[EventFacts]:
    """An event of its own for each date that its series does not have yet; `rules` are kept for people to read.

    Raises SeriesFull, and with an `acceptance` Clashing, for all dates at once.
    """
    event = await steps.lock_event(slug, by.organisation)  # whoever presses twice finds the dates made
    there = {one.span.starts.wall for one in await list_series(event.series)} | {event.span.starts.wall}
    wanted = [date for date in dates if date.span.starts.wall not in there]
    if len(there) + len(wanted) > MOST_DATES:
        raise SeriesFull
    if not wanted:
        return []
    if publish:
        await _check_can_publish(event)
    series = await keep_series(event, rules)
    ids = await _insert_each(event, wanted, series=series, publish=publish, by=by, domain=domain)
    found = {one.id: one for one in await queries.list_facts_of(ids)}
    made = [found[one] for one in ids]
    await check_clashes_of_all([(None, one) for one in made], acceptance, by=by)
    await record(by.name, "repeated", f"event:{event.id}", organisation=by.organisation, number=len(made))
    return made


async def _insert_each(
    event: EventFacts, dates: Iterable[Proposal], *, series: int, publish: bool, by: Actor, domain: str
) -> list[int]:
    """Events like this one, promising what it does of what is known of people."""
    like, ids = msgspec.to_builtins(document_of(event)), []
    for date in dates:
        document = document_on(like, event.span, date)
        document["slug"] = await free_slug(dated_slug(event.slug, date), suffixed=False)
        draft = read_event(document)
        made = await insert_event(
            draft, organisation_name=event.organisation_name, by=by, domain=domain, series=series, publish=publish
        )
        if event.retention_days or event.purpose:
            await steps.set_promise(made, days=event.retention_days, purpose=event.purpose)
        ids.append(made)
    return ids


class SpeakerInUse(Conflict):
    kind = "speaker-in-use"

    def __init__(self) -> None:
        super().__init__(N_("They appear at events, so they stay. Take them off those first."))


@db.write
async def change_speaker(speaker: int, form: SpeakerForm, *, by: Actor) -> None:
    """Put somebody right in the address book, and with it at every event at which they appear."""
    await get_speaker(speaker, by.organisation)
    await keep_speaker(structs.replace(form, id=speaker), "speaker", by.organisation)
    await record(by.name, "changed", f"speaker:{speaker}", organisation=by.organisation)


@db.write
async def delete_speaker(speaker: int, *, by: Actor) -> None:
    """Forget somebody who appears nowhere; raises SpeakerInUse otherwise."""
    known = await get_speaker(speaker, by.organisation)
    if known.events:
        raise SpeakerInUse
    await Speaker.delete().where(Speaker.id == speaker)
    await record(by.name, "deleted", f"speaker:{speaker}", organisation=by.organisation)
