"""What an action of a higher slice does with events; each needs an open write."""

from collections.abc import Iterable, Mapping
from typing import Any

from piccolo.columns import And
from piccolo.table import Table

from events.accounts.rules import Actor
from events.accounts.steps import public_changed
from events.activity.steps import record
from events.infra import db
from events.kernel.clock import utc_now
from events.kernel.errors import Invalid
from events.kernel.ids import folded
from events.kernel.spans import tzdata_version
from events.kernel.words import N_, Text
from events.programme import queries, tables
from events.programme.entries import exported
from events.programme.forms import EventDraft, ModeDraft
from events.programme.rules import (
    CALENDAR_MOVES,
    AllPlaces,
    Before,
    EventFacts,
    EventInUse,
    EventNotFound,
    LockedPlaces,
    Mode,
    ModeInUse,
    Places,
    RevisionOutdated,
    SlugTaken,
    Status,
    WrongStatus,
    tag_key,
)
from events.programme.rules.versions import Version
from events.programme.steps.columns import columns_of_admission, columns_of_span, columns_of_wall, json_of
from events.programme.steps.contents import replace_contents
from events.programme.tables import Event, EventMode, Partner, ProgrammeVersion, Series, SessionDraft, Withdrawn

_LOCK_EVENT = db.Prepared(
    "UPDATE event SET revision = revision WHERE slug = :slug AND organisation = :organisation RETURNING id"
)
_LOCK = db.Prepared(
    "UPDATE event_mode SET version = version + 1"
    " WHERE mode = :mode AND event = (SELECT id FROM event WHERE slug = :slug) RETURNING id"
)
_LOCK_BY_EVENT = db.Prepared(
    "UPDATE event_mode SET version = version + 1 WHERE event = :event AND mode = :mode RETURNING id"
)
_LOCK_BY_ID = db.Prepared("UPDATE event_mode SET version = version + 1 WHERE id = :id RETURNING id")
_MODES = db.Prepared("SELECT id FROM event_mode WHERE event = :event ORDER BY id")
_LOCKED = db.Prepared(
    "SELECT m.id, m.mode, m.capacity, m.overbooking, m.closes_at, m.taken, m.last_in_line, e.id AS event, e.slug,"
    " e.organisation, e.status, e.starts_at, e.ends_at, e.approval, e.prove_address, e.waiting_list, e.hold_hours,"
    " e.promotion_stops_minutes, e.switch_stops_minutes, e.ask_affiliation, e.ask_access, e.opens_at, e.opens_zone"
    ", e.form, e.affiliation_limit, e.invites, o.refuse_disposable FROM event_mode m JOIN event e ON e.id = m.event"
    " JOIN organisation o ON o.id = e.organisation WHERE m.id = :id"
)
_SET_PROMISE = db.Prepared("UPDATE event SET retention_days = :days, purpose = :purpose WHERE id = :event")
_SET_RETENTION = db.Prepared("UPDATE event SET retention_days = :days WHERE id = :event")
_NEW_MODE = db.prepared_insert(EventMode)
_SET_FORM = db.Prepared("UPDATE event SET form = :form WHERE id = :event")
_SET_INVITES = db.Prepared("UPDATE event SET invites = TRUE WHERE id = :event AND NOT invites")
_SET_PLACES = db.Prepared("UPDATE event_mode SET taken = :taken, last_in_line = :last_in_line WHERE id = :id")

_WITHDRAWN = db.Prepared("DELETE FROM withdrawn WHERE uid = :uid")
_AS_IT_WAS = (
    "uid, organisation, slug, kind, title, starts_wall, starts_zone, starts_fold, ends_wall, ends_zone, ends_fold,"
    " all_day, starts_at, ends_at, part_of, search_text, spoken, tagged, placed, sequence, revision, created_at"
)
_NOW_WITHDRAWN = db.Prepared(
    f"INSERT INTO withdrawn ({_AS_IT_WAS}, modes, withdrawn_at, deleted)"  # noqa: S608 - names of columns
    f" SELECT {_AS_IT_WAS}, CAST(:modes AS TEXT), calendar_changed_at, FALSE FROM event WHERE id = :id"
)


async def lock_event(slug: str, organisation: int, *, revision: int | None = None) -> EventFacts:
    """Lock an event and all its places, so that nobody moves it or registers until the action ends.

    Raises EventNotFound for another organisation's, RevisionOutdated when it is not at the revision any more.
    """
    row = await _LOCK_EVENT.row(slug=slug, organisation=organisation)
    if row is None:
        raise EventNotFound
    await lock_all_places(row["id"])
    event = await queries.get_event_by_id(row["id"])
    if revision is not None and revision != event.revision:
        raise RevisionOutdated
    return event


async def lock_places(slug: str, mode: Mode) -> LockedPlaces | None:
    """Lock one mode's places until the action ends; None when there is no such event or it does not offer the mode."""
    return await _locked(await _LOCK.row(slug=slug, mode=mode.value))


async def lock_places_of(event: int, mode: str) -> LockedPlaces:
    locked = await _locked(await _LOCK_BY_EVENT.row(event=event, mode=mode))
    if locked is None:
        raise RuntimeError(f"event {event} has registrations for {mode} but no places")
    return locked


async def lock_all_places(event: int) -> AllPlaces:
    """Lock every mode's places, in the order of their ids, so that two who do it never wait for each other."""
    found = [await _locked(await _LOCK_BY_ID.row(id=row["id"])) for row in await _MODES.rows(event=event)]
    return {places.mode: places for places in found if places}


async def _locked(row: Mapping[str, Any] | None) -> LockedPlaces | None:
    if row is None:
        return None
    return LockedPlaces(**(await _LOCKED.rows(id=row["id"]))[0])


async def set_places(locked: LockedPlaces, *, taken: int, last_in_line: int) -> None:
    """Keep the new counts; public pages change when the mode has become full, or is no longer."""
    await _SET_PLACES.rows(id=locked.id, taken=taken, last_in_line=last_in_line)
    was_full = locked.is_full
    locked.taken, locked.last_in_line = taken, last_in_line
    if locked.is_full != was_full:
        await public_changed()


async def set_form(event: int, digest: str) -> None:
    """Say which form asks what there is to ask besides; "" when nothing."""
    await _SET_FORM.rows(event=event, form=digest)


async def set_promise(event: int, *, days: int | None, purpose: Text) -> None:
    """For how long its people are known, None as the organisation says, and why they are asked."""
    await _SET_PROMISE.rows(event=event, days=days, purpose=json_of(purpose))


async def set_retention(event: int, days: int) -> None:
    """For how long its people are known, whatever the organisation says from now on."""
    await _SET_RETENTION.rows(event=event, days=days)


async def set_invites(event: int) -> None:
    """From now on somebody who registers may have been invited."""
    await _SET_INVITES.rows(event=event)


async def change(
    event: EventFacts,
    draft: EventDraft,
    *,
    by: Actor,
    status: Status | None = None,
    reason: Text | None = None,
    moved_from: Before | None = None,
    verb: str = "changed",
) -> EventFacts:
    """Make the event, which is locked, what the draft says, with another status and reason where they are given."""
    now = utc_now()
    columns = await columns_of(
        draft, organisation=by.organisation, organisation_name=event.organisation_name, itself=event.id
    )
    columns |= {"status": (status or event.status).value, "moved_from": json_of(moved_from or {})}
    columns["cancelled_reason"] = json_of(dict(event.cancelled_reason if reason is None else reason))
    await Event.update({**columns, Event.changed_at: now, Event.revision: Event.revision + 1}).where(
        Event.id == event.id
    )
    await _replace_modes(event, draft.modes)
    await _replace_partners(event.id, draft)
    await replace_contents(event.id, draft, organisation=by.organisation)
    changed = await queries.get_event_by_id(event.id)
    if exported(changed) != exported(event):
        moved = any(getattr(changed, name) != getattr(event, name) for name in CALENDAR_MOVES)
        await Event.update({Event.calendar_changed_at: now, Event.sequence: event.sequence + moved}).where(
            Event.id == event.id
        )
    await record(by.name, verb, f"event:{event.id}", organisation=by.organisation)
    if event.is_public:
        await public_changed()
    return await queries.get_event_by_id(event.id)


async def cancel(event: EventFacts, *, reason: Text, by: Actor) -> EventFacts:
    """The event stays at its address and in the feeds, marked as cancelled."""
    if event.status is Status.DRAFT:
        raise WrongStatus(N_("A draft cannot be cancelled: nobody has seen it yet."))
    if event.status is Status.CANCELLED:
        raise WrongStatus(N_("This event is cancelled already."))
    await _set_status(event, Status.CANCELLED, cancelled_reason=json_of(dict(reason)))
    await record(by.name, "cancelled", f"event:{event.id}", organisation=by.organisation)
    return await queries.get_event_by_id(event.id)


async def postpone(event: EventFacts, *, reason: Text, by: Actor) -> EventFacts:
    """The event stays at its address, to have a new date one day; in calendars it is cancelled until then."""
    if event.status is Status.DRAFT:
        raise WrongStatus(N_("A draft cannot be postponed: nobody has seen it yet. Change its date."))
    if event.status is not Status.PUBLISHED:
        raise WrongStatus(N_("This event is postponed or cancelled already."))
    await _set_status(event, Status.POSTPONED, cancelled_reason=json_of(dict(reason)))
    await record(by.name, "postponed", f"event:{event.id}", organisation=by.organisation)
    return await queries.get_event_by_id(event.id)


async def set_published(event: EventFacts, *, by: Actor) -> EventFacts:
    await _WITHDRAWN.rows(uid=event.uid)
    await _set_status(event, Status.PUBLISHED, published_at=utc_now())
    await record(by.name, "published", f"event:{event.id}", organisation=by.organisation)
    return await queries.get_event_by_id(event.id)


async def unpublish(event: EventFacts, *, by: Actor) -> EventFacts:
    """A draft again. Calendars that have it are told that it is off, until it is public once more."""
    await _set_status(event, Status.DRAFT, cancelled_reason="{}")
    await _WITHDRAWN.rows(uid=event.uid)
    await _NOW_WITHDRAWN.rows(modes=" " + "".join(f"{mode} " for mode in event.modes), id=event.id)
    await record(by.name, "unpublished", f"event:{event.id}", organisation=by.organisation)
    return await queries.get_event_by_id(event.id)


async def delete(event: EventFacts, *, by: Actor) -> None:
    """With all that this slice holds of it; raises EventInUse while another slice does."""
    own = [table for table in vars(tables).values() if isinstance(table, type) and issubclass(table, Table)]
    try:
        await Withdrawn.update({Withdrawn.deleted: True}).where(Withdrawn.uid == event.uid)
        await Withdrawn.update({Withdrawn.part_of: None}).where(Withdrawn.part_of == event.id)
        # What points at others comes after them in the module.
        for table in reversed([table for table in own if table not in {Table, Event, Withdrawn}]):
            for key in table._meta.foreign_key_columns:
                if key._foreign_key_meta.resolved_references is Event:  # noqa: SLF001 - same
                    await table.delete().where(key == event.id)
        await Event.delete().where(Event.id == event.id)
    except db.STILL_NEEDED as error:
        raise EventInUse(N_("Something hangs on it, such as a door. It stays here as a draft.")) from error
    await record(by.name, "deleted", f"event:{event.id}", organisation=by.organisation)


async def _set_status(event: EventFacts, status: Status, **columns: object) -> None:
    now = utc_now()
    # Of a draft calendars know only when it was public before.
    sequence = event.sequence + (event.is_public or event.published_at is not None)
    facts = {"status": status.value, "sequence": sequence, "changed_at": now, "calendar_changed_at": now, **columns}
    await Event.update({**facts, Event.revision: Event.revision + 1}).where(Event.id == event.id)  # type: ignore[dict-item]  # names and columns alike
    await public_changed()


async def columns_of(
    draft: EventDraft, *, organisation: int, organisation_name: str, itself: int | None = None
) -> dict[Any, Any]:
    """The event's columns as the draft has them; raises SlugTaken, and Invalid for an unknown conference."""
    form = draft.form
    taken = await queries.find_id(draft.slug)
    if taken is not None and taken != itself:
        raise SlugTaken(draft.slug)
    return {
        "slug": draft.slug,
        "kind": form.kind.value,
        "part_of": await _parent(form.part_of, organisation, itself),
        **columns_of_span(draft.span),
        **columns_of_wall("opens", draft.opens),
        "opens_at": draft.opens.instant if draft.opens else None,
        "affiliation_limit": form.affiliation_limit and json_of(form.affiliation_limit),
        **columns_of_admission(draft.admission_step),
        "tzdata_version": tzdata_version(),
        **{name: json_of(getattr(form, name)) for name in _JSON_COLUMNS},
        **{name: getattr(form, name) or None for name in _TEXT_COLUMNS},
        **{name: getattr(form, name) for name in _PLAIN_COLUMNS},
        **{f"venue_{name}": getattr(draft.venue, name, None) for name in ("name", "address", "room")},
        **{name: getattr(draft.venue, name, None) for name in ("lat", "lon")},
        "search_text": _search_text(draft, organisation_name),
        "spoken": " " + "".join(f"{language.lower()} " for language in (*form.languages, *form.interpretation)),
        "tagged": "".join(f"|{tag_key(tag)}" for tag in form.tags) + "|" * bool(form.tags),
        "placed": folded(draft.venue.name) if draft.venue else "",
    }


_JSON_COLUMNS = (
    "title", "summary", "description", "sample", "also_show", "theme", "admission",
    "languages", "interpretation", "accessibility", "tags",
)  # fmt: skip
_TEXT_COLUMNS = ("standing_in_parent", "host_body", "session_number", "listing_url", "joining_link", "recording_url")
_PLAIN_COLUMNS = (
    "all_day",
    "join_opens_minutes",
    "prove_address",
    "approval",
    "waiting_list",
    "hold_hours",
    "promotion_stops_minutes",
    "switch_stops_minutes",
    "ask_affiliation",
    "ask_access",
    "access_days",
    "delegations",
)


async def _parent(slug: str | None, organisation: int, itself: int | None) -> int | None:
    """Only an organisation's own conference, so that nobody adds to another's page."""
    if not slug:
        return None
    rows = await Event.select(Event.id, Event.part_of).where(
        And(Event.slug == slug, Event.organisation == organisation)
    )
    if not rows:
        raise Invalid.of("part_of", N_("There is no event “{slug}” of this organisation."), slug=slug)
    if itself is not None and itself in {rows[0]["id"], rows[0]["part_of"]}:
        raise Invalid.of("part_of", N_("An event cannot be part of itself."))
    return int(rows[0]["id"])


async def keep_series(event: EventFacts, rules: str) -> int:
    """The series of the event, made if it is in none, with these rules besides those that it has."""
    if event.series is not None:
        [row] = await Series.select(Series.rules).where(Series.id == event.series)
        await Series.update({Series.rules: f"{row['rules']}\n{rules}"}).where(Series.id == event.series)
        return event.series
    [row] = await Series.insert(Series(organisation=event.organisation, rules=rules, created_at=utc_now()))
    await join_series(event.id, row["id"])
    if event.is_public:
        await public_changed()
    return int(row["id"])


async def join_series(event: int, series: int) -> None:
    await Event.update({Event.series: series}).where(Event.id == event)


async def insert_modes(event: int, modes: Iterable[ModeDraft]) -> None:
    for draft in modes:
        columns = _columns_of_mode(draft)
        await _NEW_MODE.rows(event=event, mode=draft.mode.value, taken=0, last_in_line=0, version=0, **columns)


def _columns_of_mode(draft: ModeDraft) -> dict[Any, Any]:
    return {
        "capacity": draft.capacity,
        "overbooking": draft.overbooking,
        **columns_of_wall("closes", draft.closes),
        "closes_at": draft.closes_at,
    }


async def _replace_modes(event: EventFacts, drafts: tuple[ModeDraft, ...]) -> None:
    kept: dict[Mode, Places] = {places.mode: places for places in event.places}
    for draft in drafts:
        if draft.mode in kept:
            locked = await lock_places_of(event.id, draft.mode)
            await EventMode.update(_columns_of_mode(draft)).where(EventMode.id == locked.id)
    await insert_modes(event.id, (draft for draft in drafts if draft.mode not in kept))
    for places in event.places:
        if places.mode not in {draft.mode for draft in drafts}:
            locked = await lock_places_of(event.id, places.mode)
            if locked.taken or locked.last_in_line:
                raise ModeInUse
            await EventMode.delete().where(EventMode.id == locked.id)


async def _replace_partners(event: int, draft: EventDraft) -> None:
    await Partner.delete().where(Partner.event == event)
    await insert_partners(event, draft)


async def insert_partners(event: int, draft: EventDraft) -> None:
    if draft.partners:
        await Partner.insert(
            *(
                Partner(event=event, position=position, name=partner.name, role=partner.role)
                for position, partner in enumerate(draft.partners)
            )
        )


def _search_text(draft: EventDraft, organisation_name: str) -> str:
    form = draft.form
    texts = [text for field in (form.title, form.summary, form.description, form.theme) for text in field.values()]
    venue = [draft.venue.one_line] if draft.venue else []
    names = [
        organisation_name,
        form.host_body or "",
        form.session_number or "",
        *(partner.name for partner in draft.partners),
    ]
    return folded(" ".join((*texts, *venue, *names, *form.tags)))


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
