"""Reading what was posted of an event, through the API and from the workspace alike."""

import re
from collections.abc import Mapping
from datetime import datetime

import msgspec
from msgspec import UNSET, Struct

from events.kernel.errors import Invalid, Problem
from events.kernel.ids import slug_of
from events.kernel.spans import EndBeforeStart, TimeSpan, WallTime, zone_names
from events.kernel.words import N_
from events.programme.forms.admission import read_admission_step
from events.programme.forms.contents import MOST_PARTS, document_problems, read_tracks, room_problems, speaker_problems
from events.programme.forms.event import EventForm, ModeForm
from events.programme.forms.limits import limit_problems
from events.programme.forms.times import wall_time
from events.programme.rules import Ask, Kind, Mode, PartnerFacts, Venue
from events.programme.rules.admission import AdmissionStep
from events.programme.rules.contents import DocumentFacts, PlenaryFacts, TrackFacts
from events.web.posted import is_web_address, parse

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
NOT_SLUGS = frozenset({"new"})  # the workspace has a page of its own at that place


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
