"""What a draft writes: the event's own columns, its modes and its partners; needs an open write."""

from collections.abc import Iterable
from typing import Any

from piccolo.columns import And

from events.accounts.rules import Actor
from events.accounts.steps import public_changed
from events.activity.steps import record
from events.infra import db
from events.kernel.clock import utc_now
from events.kernel.errors import Invalid
from events.kernel.ids import folded
from events.kernel.spans import tzdata_version
from events.kernel.words import N_, Text
from events.programme import queries
from events.programme.entries import exported
from events.programme.forms import EventDraft, ModeDraft
from events.programme.queries.addresses import find_id
from events.programme.rules import Before, EventFacts, Mode, Places, Status
from events.programme.rules.calendars import CALENDAR_MOVES
from events.programme.rules.errors import ModeInUse, SlugTaken
from events.programme.rules.filters import tag_key
from events.programme.steps import lock_places_of
from events.programme.steps.columns import columns_of_admission, columns_of_span, columns_of_wall, json_of
from events.programme.steps.contents import replace_contents
from events.programme.tables import Event, EventMode, Partner

_NEW_MODE = db.prepared_insert(EventMode)


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


async def columns_of(
    draft: EventDraft, *, organisation: int, organisation_name: str, itself: int | None = None
) -> dict[Any, Any]:
    """The event's columns as the draft has them; raises SlugTaken, and Invalid for an unknown conference."""
    form = draft.form
    taken = await find_id(draft.slug)
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
