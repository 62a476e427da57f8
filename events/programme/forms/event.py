"""The fields of an event as they may be posted."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from events.programme.forms.admission import AdmissionStepForm
from events.programme.forms.contents import DocumentForm, Key, LanguageTag, LinesText, LineText, SpeakerForm, TrackForm
from events.programme.forms.limits import AffiliationLimitForm
from events.programme.forms.times import WallTimeForm
from events.programme.rules import Ask, Kind, Mode, PartnerRole, StandingInParent
from events.web.posted import Line, LongLine

Tag = Annotated[str, Meta(max_length=60, min_length=1)]


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
