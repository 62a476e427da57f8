"""A programme as it was released, and what changed from one release to the next."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any

from msgspec import Struct

from events.kernel.errors import Conflict, Invalid, Problem
from events.kernel.spans import TimeSpan
from events.kernel.words import N_, Text


class ChangeKind(StrEnum):
    ADDED = "added"
    CANCELLED = "cancelled"
    REMOVED = "removed"
    MOVED = "moved"
    ROOM = "room"
    RENAMED = "renamed"
    SPEAKERS = "speakers"
    TRACK = "track"


class Who(Struct, frozen=True):
    """Somebody in a session, by their number in the address book where they have one yet."""

    name: str
    role: str
    id: int | None = None

    @property
    def key(self) -> tuple[int | str, str]:
        return self.id or self.name, self.role


class SessionState(Struct, frozen=True, kw_only=True):
    """What a release keeps of a session: what people plan their day by."""

    id: int
    slug: str
    title: Text
    span: TimeSpan
    room: str = ""
    track: str | None = None
    speakers: tuple[Who, ...] = ()
    cancelled: bool = False


class Change(Struct, frozen=True, kw_only=True):
    """What became of one session; `was` is missing where it is new."""

    kinds: tuple[ChangeKind, ...]
    session: SessionState
    was: SessionState | None = None

    @property
    def joined(self) -> tuple[Who, ...]:
        return _beyond(self.session.speakers, self.was.speakers if self.was else ())

    @property
    def left(self) -> tuple[Who, ...]:
        return _beyond(self.was.speakers if self.was else (), self.session.speakers)


class Version(Struct, frozen=True, kw_only=True):
    number: int
    note: Text
    released_at: datetime
    sessions: tuple[SessionState, ...]


class NothingToRelease(Conflict):
    kind = "nothing-to-release"

    def __init__(self) -> None:
        super().__init__(N_("Nothing has changed since the last version."))


def check_can_release(*, is_public: bool) -> None:
    if not is_public:
        raise Invalid([Problem("", N_("The conference is still a draft. Publish it first."))])


def changes_between(before: Iterable[SessionState], after: Iterable[SessionState]) -> list[Change]:
    """In the order of time; of what is cancelled or gone nothing else is told."""
    old, new = ({session.id: session for session in states} for states in (before, after))
    found = [
        Change(kinds=kinds, session=new[one], was=old.get(one))
        for one in new
        if (kinds := _kinds(old.get(one), new[one]))
    ]
    found += [
        Change(kinds=(ChangeKind.REMOVED,), session=old[one], was=old[one])
        for one in old.keys() - new.keys()
        if not old[one].cancelled
    ]
    return sorted(found, key=lambda change: (change.session.span.starts_at, change.session.id))


def _kinds(was: SessionState | None, now: SessionState) -> tuple[ChangeKind, ...]:
    if was is None:
        return () if now.cancelled else (ChangeKind.ADDED,)
    if now.cancelled:
        return () if was.cancelled else (ChangeKind.CANCELLED,)
    differs: dict[ChangeKind, Any] = {
        ChangeKind.ADDED: was.cancelled,
        ChangeKind.MOVED: (was.span.starts_at, was.span.ends_at) != (now.span.starts_at, now.span.ends_at),
        ChangeKind.ROOM: was.room != now.room,
        ChangeKind.RENAMED: was.title != now.title,
        ChangeKind.SPEAKERS: {who.key for who in was.speakers} != {who.key for who in now.speakers},
        ChangeKind.TRACK: was.track != now.track,
    }
    return tuple(kind for kind, changed in differs.items() if changed)


def _beyond(some: Iterable[Who], others: Iterable[Who]) -> tuple[Who, ...]:
    known = {who.key for who in others}
    return tuple(who for who in some if who.key not in known)
