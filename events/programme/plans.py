"""A session as it is, and as it will be with the next release of its conference's programme."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from msgspec import UNSET, Struct, structs

from events.kernel.errors import Invalid, Problem
from events.kernel.ids import folded
from events.kernel.words import Text
from events.programme.documents import document_of
from events.programme.forms import EventDraft, read_event
from events.programme.forms.contents import SpeakerForm
from events.programme.forms.patches import merged
from events.programme.rules import EventFacts, Status
from events.programme.rules.contents import SpeakerEntry, SpeakerFacts
from events.programme.rules.versions import SessionState, Who


class Standing(StrEnum):
    """What the next release does to a session."""

    RELEASED = "released"
    NEW = "new"
    CHANGED = "changed"
    ENDING = "ending"


class SessionPlan(Struct, frozen=True):
    """What is kept for the next release of a public session."""

    patch: Mapping[str, Any]
    cancels: bool
    reason: Text


class PlannedSession(Struct, frozen=True):
    """`problems` keep it from being released."""

    event: EventFacts
    plan: SessionPlan | None
    standing: Standing
    state: SessionState
    problems: tuple[Problem, ...] = ()

    @property
    def document(self) -> dict[str, Any]:
        """As it will be, in the shape in which events are posted."""
        document: dict[str, Any] = merged(document_of(self.event), self.plan.patch if self.plan else {})
        return document


def state_of(event: EventFacts) -> SessionState:
    return SessionState(
        id=event.id,
        slug=event.slug,
        title=event.title,
        span=event.span,
        room=(event.venue and event.venue.room) or "",
        track=event.track.key if event.track else None,
        speakers=tuple(Who(one.name, one.role.value, one.id) for one in event.speakers),
        cancelled=event.status is Status.CANCELLED,
    )


def planned(event: EventFacts, plan: SessionPlan | None) -> PlannedSession:
    now = state_of(event)
    if plan is None:
        return PlannedSession(event, None, Standing.NEW if event.status is Status.DRAFT else Standing.RELEASED, now)
    if plan.cancels:
        return PlannedSession(event, plan, Standing.ENDING, _ended(now))
    try:
        draft = read_event(merged(document_of(event), plan.patch))
    except Invalid as invalid:
        return PlannedSession(event, plan, Standing.CHANGED, now, invalid.problems)
    return PlannedSession(event, plan, Standing.CHANGED, _as_drafted(now, draft))


def as_drafted(event: EventFacts, draft: EventDraft, book: Mapping[int, SpeakerEntry]) -> EventFacts:
    """The event as the draft has it, in all that may clash; `book` are those of the address book, by their numbers."""
    return structs.replace(
        event,
        span=draft.span,
        starts_at=draft.span.starts_at,
        ends_at=draft.span.ends_at,
        venue=draft.venue,
        partners=draft.partners,
        speakers=tuple(speaks(form, book) for form in draft.form.speakers),
    )


def speaks(form: SpeakerForm, book: Mapping[int, SpeakerEntry]) -> SpeakerFacts:
    """Who is meant, as far as that can be told before they are written down."""
    named = folded(form.name or "")
    known = book.get(form.id or 0) or next((one for one in book.values() if folded(one.name) == named), None)
    affiliation = known.affiliation if known and form.affiliation is UNSET else form.affiliation or None
    return SpeakerFacts(
        id=known.id if known else 0,
        name=form.name or (known.name if known else ""),
        role=form.role,
        function={},
        affiliation=affiliation,
        biography={},
        remote=form.remote,
    )


def released(sessions: Iterable[PlannedSession], held_back: frozenset[int] = frozenset()) -> list[SessionState]:
    """What would be public after a release of all but those that are held back."""
    return [
        state_of(one.event) if one.event.id in held_back else one.state
        for one in sessions
        if one.event.is_public or one.event.id not in held_back
    ]


def _ended(state: SessionState) -> SessionState:
    return SessionState(
        id=state.id, slug=state.slug, title=state.title, span=state.span, room=state.room, track=state.track,
        speakers=state.speakers, cancelled=True,
    )  # fmt: skip


def _as_drafted(now: SessionState, draft: EventDraft) -> SessionState:
    return SessionState(
        id=now.id,
        slug=draft.slug,
        title=draft.form.title,
        span=draft.span,
        room=(draft.venue and draft.venue.room) or "",
        track=draft.form.track,
        speakers=tuple(Who(one.name or "", one.role.value, one.id) for one in draft.form.speakers),
        cancelled=now.cancelled,
    )
