"""What may be posted of an event, through the API and from the workspace alike."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from events.kernel.errors import Invalid, Problem
from events.kernel.ids import slug_of
from events.kernel.spans import EndBeforeStart, TimeSpan, WallTime, zone_names
from events.kernel.words import N_
from events.programme.forms.admission import AdmissionStepForm, read_admission_step
from events.programme.forms.contents import (
    MOST_PARTS,
    DocumentForm,
    Key,
    LanguageTag,
    LinesText,
    LineText,
    SpeakerForm,
    TrackForm,
    document_problems,
    read_tracks,
    room_problems,
    speaker_problems,
)
from events.programme.forms.limits import AffiliationLimitForm, limit_problems
from events.programme.forms.times import WallTimeForm, wall_time
from events.programme.rules import Ask, Filters, Kind, Mode, PartnerFacts, PartnerRole, StandingInParent, Venue
from events.programme.rules.admission import AdmissionStep
from events.programme.rules.contents import DocumentFacts, PlenaryFacts, TrackFacts
from events.web.posted import Line, LongLine, is_web_address, parse

Tag = Annotated[str, Meta(max_length=60, min_length=1)]
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
NOT_SLUGS = frozenset({"new"})  # the workspace has a page of its own at that place


class ModeForm(Struct):
    capacity: Annotated[int, Meta(ge=0, le=1_000_000)] | None = None
    overbooking: Annotated[int, Meta(ge=0, le=100)] = 0
    closes: WallTimeForm | None = None


class ModesForm(Struct):
    in_person: ModeForm | None = None
    online: ModeForm | None = None

    def items(self) -> list[tuple[Mode, ModeForm]]:
        return [(mode, form) for mode in Mode if (form := getattr(self, mode)) is not None]


class VenueForm(Struct):
    name: Annotated[str, Meta(max_length=200, min_length=1)]
    address: LongLine | None = None
    room: Line | None = None
    lat: Annotated[float, Meta(ge=-90, le=90)] | None = None
    lon: Annotated[float, Meta(ge=-180, le=180)] | None = None


class PartnerForm(Struct):
    name: Annotated[str, Meta(max_length=200, min_length=1)]
    role: PartnerRole


class PlenaryForm(Struct, kw_only=True):
    starts: WallTimeForm
    ends: WallTimeForm
    title: LineText = {}


class EventForm(Struct, kw_only=True):
    """`track` is the key of one of the conference's tracks; `tracks`, `rooms` and `plenary` are a conference's own."""

    kind: Kind
    title: LineText
    starts: WallTimeForm
    ends: WallTimeForm
    slug: Annotated[str, Meta(max_length=80)] | None = None
    summary: LinesText = {}
    description: LinesText = {}
    sample: LineText = {}
    all_day: bool = False
    also_show: Annotated[list[str], Meta(max_length=4)] = []
    part_of: Annotated[str, Meta(max_length=80)] | None = None
    standing_in_parent: StandingInParent | None = None
    host_body: Line | None = None
    session_number: Annotated[str, Meta(max_length=40)] | None = None
    theme: LineText = {}
    listing_url: LongLine | None = None
    partners: list[PartnerForm] = []
    speakers: list[SpeakerForm] = []
    documents: list[DocumentForm] = []
    track: Key | None = None
    tracks: list[TrackForm] = []
    rooms: list[Line] = []
    plenary: list[PlenaryForm] = []
    venue: VenueForm | None = None
    admission: LinesText = {}
    admission_step: AdmissionStepForm | None = None
    modes: ModesForm | UnsetType = UNSET
    joining_link: Annotated[str, Meta(max_length=1000)] | None = None
    join_opens_minutes: Annotated[int, Meta(ge=0, le=10080)] = 30
    recording_url: LongLine | None = None
    languages: Annotated[list[LanguageTag], Meta(max_length=30)] = []
    interpretation: Annotated[list[LanguageTag], Meta(max_length=30)] = []
    accessibility: Annotated[list[Tag], Meta(max_length=30)] = []
    tags: Annotated[list[Tag], Meta(max_length=30)] = []
    prove_address: bool = False
    approval: bool = False
    waiting_list: bool = True
    hold_hours: Annotated[int, Meta(ge=1, le=720)] = 24
    promotion_stops_minutes: Annotated[int, Meta(ge=0, le=43200)] = 60
    switch_stops_minutes: Annotated[int, Meta(ge=0, le=43200)] = 0
    opens: WallTimeForm | None = None
    ask_affiliation: Ask = Ask.OFF
    ask_access: bool = False
    access_days: Annotated[int, Meta(ge=0, le=365)] = 7
    affiliation_limit: AffiliationLimitForm | None = None
    delegations: bool = False


class ModeDraft(Struct, frozen=True):
    mode: Mode
    capacity: int | None
    overbooking: int
    closes: WallTime | None
    closes_at: datetime

    @property
    def limit(self) -> int | None:
        return None if self.capacity is None else self.capacity * (100 + self.overbooking) // 100


class EventDraft(Struct, frozen=True, kw_only=True):
    """A form that has been found right: its times are times."""

    form: EventForm
    slug: str
    span: TimeSpan
    venue: Venue | None
    partners: tuple[PartnerFacts, ...]
    documents: tuple[DocumentFacts, ...]
    tracks: tuple[TrackFacts, ...]
    plenary: tuple[PlenaryFacts, ...]
    modes: tuple[ModeDraft, ...]
    opens: WallTime | None
    admission_step: AdmissionStep | None


def read_event(posted: object) -> EventDraft:
    """Raises Invalid with every problem at once, those of times, addresses and slugs too."""
    problems: list[Problem] = []
    try:
        form = parse(EventForm, posted)
    except Invalid as invalid:
        problems += invalid.problems
        problems += _further_problems(posted, {problem.field.partition(".")[0] for problem in problems})
        raise Invalid(problems) from None
    span = _span(form, problems)
    _check_texts(form, problems)
    modes = _modes(form, span, problems)
    opens = _opens(form, problems)
    step = read_admission_step(form.admission_step, problems)
    tracks, plenary = _contents(form, problems)
    if problems or span is None:
        raise Invalid(problems)
    return EventDraft(
        form=form,
        slug=form.slug or _made_slug(form, span),
        span=span,
        venue=Venue(**msgspec.structs.asdict(form.venue)) if form.venue else None,
        partners=tuple(PartnerFacts(partner.name, partner.role) for partner in form.partners),
        documents=tuple(DocumentFacts(**msgspec.structs.asdict(document)) for document in form.documents),
        tracks=tracks,
        plenary=plenary,
        modes=modes,
        opens=opens,
        admission_step=step,
    )


_STAND_IN = {
    "kind": "meeting",
    "title": {"en": "Meeting"},
    "starts": {"wall": "2027-02-05T13:15", "zone": "UTC"},
    "ends": {"wall": "2027-02-05T14:30", "zone": "UTC"},
}


def _further_problems(posted: object, unread: set[str]) -> list[Problem]:
    """Of the fields that can be read although others cannot: theirs are told in the same answer."""
    if not isinstance(posted, Mapping):
        return []
    readable = {name: posted[name] for name in EventForm.__struct_fields__ if name in posted and name not in unread}
    form = parse(EventForm, _STAND_IN | readable)
    problems: list[Problem] = []
    span = _span(form, problems)
    _check_texts(form, problems)
    _modes(form, span, problems)
    _opens(form, problems)
    read_admission_step(form.admission_step, problems)
    _contents(form, problems)
    unknown = unread | (_STAND_IN.keys() - posted.keys())
    if unknown & {"starts", "ends"}:  # one of the two was made up: that they do not follow says nothing
        problems = [problem for problem in problems if problem.field != "ends"]
    return [problem for problem in problems if problem.field.partition(".")[0] not in unknown]


def _contents(form: EventForm, problems: list[Problem]) -> tuple[tuple[TrackFacts, ...], tuple[PlenaryFacts, ...]]:
    for name in ("partners", "speakers", "documents", "tracks", "rooms", "plenary"):
        if len(getattr(form, name)) > MOST_PARTS:
            problems.append(Problem(name, N_("Name at most {limit}."), {"limit": MOST_PARTS}))
        elif name in _OF_A_CONFERENCE and getattr(form, name) and form.kind is not Kind.CONFERENCE:
            problems.append(Problem(name, N_("Only a conference has these.")))
    problems += speaker_problems(form.speakers)
    problems += document_problems(form.documents)
    problems += room_problems(form.rooms)
    if form.track and not form.part_of:
        problems.append(Problem("track", N_("Only what is part of a conference is in one of its tracks.")))
    return read_tracks(form.tracks, problems), _plenary(form, problems)


_OF_A_CONFERENCE = ("tracks", "rooms", "plenary")


def _plenary(form: EventForm, problems: list[Problem]) -> tuple[PlenaryFacts, ...]:
    """In the order of time."""
    found = []
    for number, sitting in enumerate(form.plenary):
        path = f"plenary.{number}"
        starts = wall_time(sitting.starts, f"{path}.starts", problems)
        ends = wall_time(sitting.ends, f"{path}.ends", problems)
        if starts is None or ends is None:
            continue
        try:
            found.append(PlenaryFacts(span=TimeSpan.of(starts, ends), title=sitting.title))
        except EndBeforeStart:
            problems.append(Problem(f"{path}.ends", N_("The end must come after the start.")))
    return tuple(sorted(found, key=lambda plenary: (plenary.span.starts_at, plenary.span.ends_at)))


def _span(form: EventForm, problems: list[Problem]) -> TimeSpan | None:
    starts = wall_time(form.starts, "starts", problems, all_day=form.all_day)
    ends = wall_time(form.ends, "ends", problems, all_day=form.all_day)
    if starts is None or ends is None:
        return None
    try:
        return TimeSpan.of(starts, ends, all_day=form.all_day)
    except EndBeforeStart:
        problems.append(Problem("ends", N_("The end must come after the start.")))
        return None


def _opens(form: EventForm, problems: list[Problem]) -> WallTime | None:
    return wall_time(form.opens, "opens", problems) if form.opens else None


def _modes(form: EventForm, span: TimeSpan | None, problems: list[Problem]) -> tuple[ModeDraft, ...]:
    plain = [(Mode.IN_PERSON if form.venue else Mode.ONLINE, ModeForm())]
    asked = plain if form.modes is UNSET else form.modes.items()
    drafts = []
    for mode, posted in asked:
        closes = wall_time(posted.closes, f"modes.{mode}.closes", problems) if posted.closes else None
        if span is not None:
            closes_at = closes.instant if closes else span.starts_at
            drafts.append(ModeDraft(mode, posted.capacity, posted.overbooking, closes, closes_at))
    return tuple(drafts)


def _check_texts(form: EventForm, problems: list[Problem]) -> None:
    if not any(form.title.values()):
        problems.append(Problem("title", N_("Give it a title in one language at least.")))
    if form.slug is not None and not SLUG.fullmatch(form.slug):
        problems.append(
            Problem("slug", N_("Use small letters without accents, digits and single hyphens, as in care-skills-2027."))
        )
    if form.slug in NOT_SLUGS:
        problems.append(Problem("slug", N_("This address is needed for something else. Choose another one.")))
    problems += [
        Problem(name, N_("Write a whole web address that begins with https:// or http://."))
        for name in ("listing_url", "joining_link", "recording_url")
        if (url := getattr(form, name)) and not is_web_address(url)
    ]
    problems += [
        Problem(
            f"also_show.{number}",
            N_("There is no time zone “{name}”. Write it as Africa/Casablanca."),
            {"name": zone[:60]},
        )
        for number, zone in enumerate(form.also_show)
        if zone not in zone_names()
    ]
    problems += limit_problems(form.ask_affiliation, form.affiliation_limit)
    if form.delegations and form.ask_affiliation is Ask.OFF:
        problems.append(Problem("ask_affiliation", N_("Ask whom people come for: a delegation is one organisation’s.")))
    if form.venue and (form.venue.lat is None) != (form.venue.lon is None):
        problems.append(Problem("venue.lat", N_("Give both latitude and longitude, or neither.")))


def _made_slug(form: EventForm, span: TimeSpan) -> str:
    """From the title; one in another script gets its kind and date instead."""
    title = form.title.get("en") or next(text for text in form.title.values() if text)
    slug = slug_of(title)
    return slug if slug and slug not in NOT_SLUGS else slug_of(f"{form.kind}-{span.starts.wall.date()}")


class FiltersForm(Struct):
    """The query of lists, feeds and `GET /events`; `from` and `to` are dates, or instants with an offset."""

    q: Line = ""
    since: Annotated[str, Meta(max_length=40)] = msgspec.field(name="from", default="")
    until: Annotated[str, Meta(max_length=40)] = msgspec.field(name="to", default="")
    mode: Mode | None = None
    kind: Kind | None = None
    organisation: Line = ""
    part_of: Line = ""
    language: Annotated[str, Meta(max_length=35)] = ""
    tag: Line = ""
    venue: Line = ""


def read_filters(query: Mapping[str, str]) -> Filters:
    """Raises Invalid for values that mean nothing; other names in the query are not ours to judge."""
    names = {field.encode_name for field in msgspec.structs.fields(FiltersForm)}
    form = parse(FiltersForm, {name: value for name, value in query.items() if value and name in names})
    problems: list[Problem] = []
    since, until = _moment(form.since, "from", problems), _moment(form.until, "to", problems, days=1)
    if problems:
        raise Invalid(problems)
    plain = ("mode", "kind", "organisation", "part_of", "language", "tag", "venue")
    given: dict[str, Any] = {name: getattr(form, name) or None for name in plain}
    return Filters(q=form.q, since=since, until=until, **given)


def _moment(text: str, field: str, problems: list[Problem], *, days: int = 0) -> datetime | None:
    """A date is its first instant in UTC, or with `days` the first after it."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) + timedelta(days=days) if moment.tzinfo is None else moment
    except (ValueError, OverflowError):
        problems.append(Problem(field, N_("Write a date as 2027-02-05.")))
        return None


def merged(document: Mapping[str, Any], patch: object) -> Any:
    """JSON Merge Patch (RFC 7396)."""
    if not isinstance(patch, Mapping):
        return patch
    result: dict[str, Any] = dict(document)
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            inner = result.get(name)
            result[name] = merged(inner if isinstance(inner, Mapping) else {}, value)
    return result
