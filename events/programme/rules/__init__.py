"""What an event is, and what may be done with it when."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from events.kernel.errors import Conflict, Gone, Invalid, NotFound, Outdated, Problem
from events.kernel.ids import folded
from events.kernel.spans import TimeSpan, WallTime
from events.kernel.words import N_, Text
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


class LockedPlaces(Struct):
    """The places of one mode while nobody else can act on them, and what deciding about them takes."""

    id: int
    mode: str
    capacity: int | None
    overbooking: int
    closes_at: datetime
    taken: int
    last_in_line: int
    event: int
    slug: str
    organisation: int
    status: str
    starts_at: datetime
    ends_at: datetime
    approval: bool
    prove_address: bool
    waiting_list: bool
    hold_hours: int
    promotion_stops_minutes: int
    switch_stops_minutes: int
    opens_at: datetime | None
    opens_zone: str | None
    ask_affiliation: str
    ask_access: bool
    form: str = ""
    refuse_disposable: bool = False
    holds_unproven: bool = True
    affiliation_limit: str | None = None
    """An AffiliationLimit, written down: few events have one."""
    invites: bool = False

    @property
    def limit(self) -> int | None:
        return None if self.capacity is None else self.capacity * (100 + self.overbooking) // 100

    @property
    def is_full(self) -> bool:
        return self.limit is not None and self.taken >= self.limit


AllPlaces = Mapping[str, LockedPlaces]
"""The places of every mode of one event, all locked."""


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


class Stamp(Struct, frozen=True, kw_only=True):
    """The state in which a public event is: whoever knows it from this revision knows it still."""

    id: int
    uid: str
    revision: int
    status: str
    ends_at: datetime
    calendar_changed_at: datetime


class WithdrawnFacts(Struct, frozen=True, kw_only=True):
    """An event that was public and was taken back; calendars are told so for a while."""

    uid: str
    slug: str
    kind: Kind
    title: Text
    span: TimeSpan
    ends_at: datetime
    sequence: int
    revision: int
    created_at: datetime
    withdrawn_at: datetime


class Availability(StrEnum):
    """What somebody finds who wants a place now."""

    OPEN = "open"
    WAITING_LIST = "waiting_list"
    FULL = "full"
    CLOSED = "closed"
    NOT_YET = "not_yet"


def availability(event: EventFacts, places: Places, now: datetime) -> Availability:
    if event.status is not Status.PUBLISHED or now >= min(event.ends_at, places.closes_at):
        return Availability.CLOSED
    if event.opens and now < event.opens.instant:
        return Availability.NOT_YET
    if not places.is_full:
        return Availability.OPEN
    return Availability.WAITING_LIST if event.waiting_list else Availability.FULL


class Filters(Struct, frozen=True, kw_only=True):
    """What a list or a feed is narrowed to; `since` and `until` bound the time in which an event takes place.

    `venue` is its name; `whole` is a conference with all that is part of it, where `part_of` is without itself.
    `over_by` keeps what has ended by then; without `sessions`, what only a conference's programme has is left out.
    """

    q: str = ""
    since: datetime | None = None
    until: datetime | None = None
    mode: Mode | None = None
    kind: Kind | None = None
    organisation: str | None = None
    part_of: str | None = None
    language: str | None = None
    tag: str | None = None
    venue: str | None = None
    whole: str | None = None
    over_by: datetime | None = None
    sessions: bool = True

    @property
    def looks_for_something(self) -> bool:
        """Only then a session stands in a list: its conference's programme has it anyway."""
        return any((self.q, self.kind, self.part_of, self.tag, self.venue))


class EventNotFound(NotFound):
    def __init__(self) -> None:
        super().__init__(N_("There is no such event."))


class EventGone(Gone):
    def __init__(self) -> None:
        super().__init__(N_("This event was announced here and has been taken away."))


class EventInUse(Conflict):
    """It cannot be taken back or deleted as things stand."""

    kind = "event-in-use"


class SlugTaken(Conflict):
    kind = "slug-taken"

    def __init__(self, slug: str) -> None:
        super().__init__(N_("Another event already has the address “{slug}”. Choose another one."), slug=slug)


class ModeInUse(Conflict):
    kind = "mode-in-use"

    def __init__(self) -> None:
        super().__init__(
            N_("People have registered for this mode, so it cannot go. Set its capacity to 0 to take no more.")
        )


class WrongStatus(Conflict):
    kind = "wrong-status"


class RevisionOutdated(Outdated):
    def __init__(self) -> None:
        super().__init__(
            N_("Somebody else changed this event since you opened it. Load it again, then make your change.")
        )


CALENDAR_MOVES = ("span", "venue", "joining_link", "status")
"""What makes calendars take notice: RFC 5546 2.1.4, and by house rule the place and the joining link."""


def check_can_publish(event: EventFacts, parent_status: Status | None) -> None:
    """Raises Invalid with everything that is missing, WrongStatus when it is public already."""
    if event.status is Status.CANCELLED:
        raise WrongStatus(N_("This event was cancelled. Copy it to hold it after all."))
    if event.status is Status.POSTPONED:
        raise WrongStatus(N_("This event is postponed. Give it its new date: that brings it back."))
    problems = []
    if not any(event.title.values()):
        problems.append(Problem("title", N_("Give it a title.")))
    problems += problems_of_parent(parent_status)
    if problems:
        raise Invalid(problems)


def problems_of_parent(parent_status: Status | None) -> list[Problem]:
    """What stands in the way of making something public that is part of it."""
    if parent_status is not Status.DRAFT:
        return []
    return [Problem("part_of", N_("The conference that it is part of is still a draft. Publish that first."))]


def check_can_unpublish(event: EventFacts, *, standing: int, public_parts: int) -> None:
    """`standing` counts the registrations that stand: nobody's place may vanish without a word."""
    if not event.is_public:
        raise WrongStatus(N_("This event is a draft: nobody sees it."))
    if standing:
        raise EventInUse(N_("People are registered for it. Cancel it, and they are told."))
    if public_parts:
        raise EventInUse(N_("Something that is part of it is public. Take that back first."))


def check_can_delete(event: EventFacts, *, registrations: int, parts: int) -> None:
    """`registrations` counts those too that were cancelled: what people did here is not wiped out."""
    if event.is_public:
        raise WrongStatus(N_("Only a draft can be deleted. Take the event back first."))
    if registrations:
        raise EventInUse(N_("People have registered for it, so it stays here as a draft."))
    if parts:
        raise EventInUse(N_("Something is part of it. Delete that first, or take it out."))


def tag_key(tag: str) -> str:
    """A tag as it is compared: without what LIKE takes for a wildcard, and without the bar between two."""
    return folded(tag).translate(_NOT_IN_KEYS)


_NOT_IN_KEYS = str.maketrans("%_\\|", "    ")


def missing_languages(texts: Mapping[str, Text], languages: tuple[str, ...]) -> list[str]:
    """Which of the languages a text is not written in yet, as `title.fr`."""
    return [
        f"{name}.{language}" for name, text in texts.items() if text for language in languages if not text.get(language)
    ]
