"""What an event is."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from events.kernel.spans import TimeSpan, WallTime
from events.kernel.words import Text
from events.programme.rules.admission import AdmissionStep
from events.programme.rules.contents import DocumentFacts, PlenaryFacts, SpeakerFacts, TrackFacts
from events.programme.rules.limits import AffiliationLimit


class Kind(StrEnum):
    CONFERENCE = "conference"
    SIDE_EVENT = "side_event"
    BROADCAST = "broadcast"
    SESSION = "session"
    MEETING = "meeting"


class Mode(StrEnum):
    IN_PERSON = "in_person"
    ONLINE = "online"


class Status(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    POSTPONED = "postponed"
    CANCELLED = "cancelled"


def is_over(status: str, ends_at: datetime, now: datetime) -> bool:
    """What is postponed has yet to come, whatever its old date says."""
    return status != Status.POSTPONED and now >= ends_at


class Ask(StrEnum):
    """Whether the form has a question."""

    OFF = "off"
    OPTIONAL = "optional"
    REQUIRED = "required"


class PartnerRole(StrEnum):
    LEAD_ORGANISER = "lead_organiser"
    CO_ORGANISER = "co_organiser"
    CO_SPONSOR = "co_sponsor"
    HOST_BODY = "host_body"


class StandingInParent(StrEnum):
    """What a side event is to the conference that it is part of."""

    OFFICIAL = "official"
    PARALLEL = "parallel"
    OWN = "own"


class PartnerFacts(Struct, frozen=True):
    name: str
    role: PartnerRole


class Venue(Struct, frozen=True):
    name: str
    address: str | None = None
    room: str | None = None
    lat: float | None = None
    lon: float | None = None

    @property
    def hall(self) -> str:
        return ", ".join(part for part in (self.room, self.name) if part)

    @property
    def one_line(self) -> str:
        return ", ".join(part for part in (self.hall, self.address) if part)


class Before(Struct, frozen=True):
    """When, where and how an event was to take place until it was moved."""

    span: TimeSpan
    venue: Venue | None
    modes: tuple[Mode, ...]


class Places(Struct, frozen=True):
    """One mode of an event and its places; `capacity` None is no limit, `overbooking` a percentage for no-shows."""

    id: int
    mode: Mode
    capacity: int | None
    overbooking: int
    closes: WallTime | None
    closes_at: datetime
    taken: int
    last_in_line: int

    @property
    def limit(self) -> int | None:
        return None if self.capacity is None else self.capacity * (100 + self.overbooking) // 100

    @property
    def free(self) -> int | None:
        return None if self.limit is None else max(0, self.limit - self.taken)

    @property
    def is_full(self) -> bool:
        return self.free == 0


class EventBrief(Struct, frozen=True, kw_only=True):
    """An event as lists show it."""

    id: int
    slug: str
    uid: str
    kind: Kind
    status: Status
    organisation: int
    organisation_slug: str
    organisation_name: str
    title: Text
    summary: Text
    sample: Text
    span: TimeSpan
    starts_at: datetime
    ends_at: datetime
    part_of: int | None
    series: int | None
    standing_in_parent: StandingInParent | None
    venue: Venue | None
    modes: tuple[Mode, ...]
    revision: int

    @property
    def all_day(self) -> bool:
        return self.span.all_day

    @property
    def is_public(self) -> bool:
        return self.status is not Status.DRAFT

    def is_over(self, now: datetime) -> bool:
        return is_over(self.status, self.ends_at, now)

    @property
    def takes_place(self) -> bool:
        """At its time: it is not cancelled, and not put off to one that nobody knows yet."""
        return self.status in {Status.DRAFT, Status.PUBLISHED}

    @property
    def keeps_people_busy(self) -> bool:
        """A conference and whole days leave time for what goes on meanwhile."""
        return self.takes_place and not self.all_day and self.kind is not Kind.CONFERENCE


class EventFacts(EventBrief, frozen=True, kw_only=True):
    """An event whole. `track` is one of the conference's that it is part of; `tracks`, `rooms`, `plenary` are its.

    `retention_days` None: its people are forgotten when the organisation says; `purpose` is why they are asked.

    `cancelled_reason` says why it is cancelled, postponed or moved.
    """

    description: Text
    also_show: tuple[str, ...]
    parent_slug: str | None
    parent_title: Text
    parent_uid: str | None
    host_body: str | None
    session_number: str | None
    theme: Text
    listing_url: str | None
    partners: tuple[PartnerFacts, ...]
    speakers: tuple[SpeakerFacts, ...]
    documents: tuple[DocumentFacts, ...]
    track: TrackFacts | None
    tracks: tuple[TrackFacts, ...]
    rooms: tuple[str, ...]
    plenary: tuple[PlenaryFacts, ...]
    admission: Text
    admission_step: AdmissionStep | None
    joining_link: str | None
    join_opens_minutes: int
    recording_url: str | None
    languages: tuple[str, ...]
    interpretation: tuple[str, ...]
    accessibility: tuple[str, ...]
    tags: tuple[str, ...]
    places: tuple[Places, ...]
    prove_address: bool
    approval: bool
    waiting_list: bool
    hold_hours: int
    promotion_stops_minutes: int
    switch_stops_minutes: int
    opens: WallTime | None
    ask_affiliation: Ask
    ask_access: bool
    access_days: int
    affiliation_limit: AffiliationLimit | None
    delegations: bool
    form: str
    retention_days: int | None
    purpose: Text
    cancelled_reason: Text
    moved_from: Before | None
    tzdata_version: str
    sequence: int
    created_at: datetime
    changed_at: datetime
    calendar_changed_at: datetime
    published_at: datetime | None

    @property
    def whereabouts(self) -> Before:
        """What people are told of when it changes."""
        return Before(self.span, self.venue, self.modes)


def missing_languages(texts: Mapping[str, Text], languages: tuple[str, ...]) -> list[str]:
    """Which of the languages a text is not written in yet, as `title.fr`."""
    return [
        f"{name}.{language}" for name, text in texts.items() if text for language in languages if not text.get(language)
    ]
