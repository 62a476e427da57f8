"""Events, their modes and partners, and what was taken back."""

from typing import Any

from piccolo.columns import JSON, Boolean, DoublePrecision, ForeignKey, Integer, Serial, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.reference import LazyTableReference
from piccolo.table import Table

from events.accounts.tables import Organisation

WALL_LENGTH = len("2027-02-05T13:15")


class Series(Table, tablename="series"):
    """Events that repeat; `rules` are the lines (RFC 5545) by which its dates were made, for people to read."""

    id: Serial
    organisation = ForeignKey(Organisation, on_delete=OnDelete.restrict, default=None, null=False)
    rules = Text(default=None, null=False)
    created_at = Timestamptz(default=None, null=False)


class Event(Table, tablename="event"):
    """The wall times and zones are the truth; `starts_at` and `ends_at` follow from them and `tzdata_version`.

    `revision` moves with every change, `sequence` (RFC 5545, 3.8.7.4) with what calendars must take notice of,
    `calendar_changed_at` with every field that is exported. `ends_wall` of an all-day event is its last day.
    `cancelled_reason` says why it is cancelled, postponed or moved; `moved_from` is a Before, or {}.
    `admission_step`: whether the house has a step of its own; the columns after it are its AdmissionStep.
    `form` is the digest of what the registration form asks further, empty when nothing.
    `search_text` is folded, `spoken` has the languages on offer, interpretation included, as " en fr ", `tagged` the
    folded tags as "|care|youth|", `placed` the folded name of the venue.
    """

    id: Serial
    uid = Varchar(length=255, default=None, null=False)
    organisation = ForeignKey(Organisation, on_delete=OnDelete.restrict, default=None, null=False)
    slug = Varchar(length=80, default=None, null=False)
    kind = Varchar(length=20, default=None, null=False)
    status = Varchar(length=20, default=None, null=False)
    title = JSON(default=None, null=False)
    summary = JSON(default=None, null=False)
    description = JSON(default=None, null=False)
    sample = JSON(default=None, null=False)

    starts_wall = Varchar(length=WALL_LENGTH, default=None, null=False)
    starts_zone = Varchar(length=64, default=None, null=False)
    starts_fold = Integer(default=None, null=False)
    ends_wall = Varchar(length=WALL_LENGTH, default=None, null=False)
    ends_zone = Varchar(length=64, default=None, null=False)
    ends_fold = Integer(default=None, null=False)
    all_day = Boolean(default=None, null=False)
    starts_at = Timestamptz(default=None, null=False)
    ends_at = Timestamptz(default=None, null=False)
    tzdata_version = Varchar(length=20, default=None, null=False)
    also_show = JSON(default=None, null=False)

    part_of: Any = ForeignKey(
        LazyTableReference("Event", module_path=__name__), on_delete=OnDelete.restrict, default=None, null=True
    )
    standing_in_parent = Varchar(length=20, default=None, null=True)
    series = ForeignKey(Series, on_delete=OnDelete.restrict, default=None, null=True)
    host_body = Varchar(length=200, default=None, null=True)
    session_number = Varchar(length=40, default=None, null=True)
    theme = JSON(default=None, null=False)
    listing_url = Varchar(length=500, default=None, null=True)

    venue_name = Varchar(length=200, default=None, null=True)
    venue_address = Varchar(length=500, default=None, null=True)
    venue_room = Varchar(length=200, default=None, null=True)
    lat = DoublePrecision(default=None, null=True)
    lon = DoublePrecision(default=None, null=True)
    admission = JSON(default=None, null=False)
    admission_step = Boolean(default=False, null=False)
    admission_link = Varchar(length=500, default=None, null=True)
    admission_by_wall = Varchar(length=WALL_LENGTH, default=None, null=True)
    admission_by_zone = Varchar(length=64, default=None, null=True)
    admission_by_fold = Integer(default=0, null=False)
    admission_remind = Varchar(length=10, default="off", null=False)
    admission_days = JSON(default="[]", null=False)
    joining_link = Varchar(length=1000, default=None, null=True)
    join_opens_minutes = Integer(default=None, null=False)
    recording_url = Varchar(length=500, default=None, null=True)

    languages = JSON(default=None, null=False)
    interpretation = JSON(default=None, null=False)
    accessibility = JSON(default=None, null=False)
    tags = JSON(default=None, null=False)

    prove_address = Boolean(default=None, null=False)
    approval = Boolean(default=None, null=False)
    waiting_list = Boolean(default=None, null=False)
    hold_hours = Integer(default=None, null=False)
    promotion_stops_minutes = Integer(default=None, null=False)
    switch_stops_minutes = Integer(default=None, null=False)
    opens_wall = Varchar(length=WALL_LENGTH, default=None, null=True)
    opens_zone = Varchar(length=64, default=None, null=True)
    opens_fold = Integer(default=None, null=False)
    opens_at = Timestamptz(default=None, null=True)
    ask_affiliation = Varchar(length=10, default=None, null=False)
    ask_access = Boolean(default=None, null=False)
    access_days = Integer(default=None, null=False)
    affiliation_limit = JSON(default=None, null=True)
    delegations = Boolean(default=None, null=False)
    cancelled_reason = JSON(default=None, null=False)
    moved_from = JSON(default=None, null=False)
    form = Varchar(length=64, default="", null=False)
    retention_days = Integer(default=None, null=True)
    purpose = JSON(default="{}", null=False)
    invites = Boolean(default=False, null=False)

    revision = Integer(default=None, null=False)
    sequence = Integer(default=None, null=False)
    created_at = Timestamptz(default=None, null=False)
    changed_at = Timestamptz(default=None, null=False)
    calendar_changed_at = Timestamptz(default=None, null=False)
    published_at = Timestamptz(default=None, null=True)
    search_text = Text(default=None, null=False)
    spoken = Text(default=None, null=False)
    tagged = Text(default=None, null=False)
    placed = Text(default=None, null=False)


class Partner(Table, tablename="partner"):
    """An organisation named on an event, in a role and at a place in the order."""

    id: Serial
    event = ForeignKey(Event, on_delete=OnDelete.restrict, default=None, null=False)
    position = Integer(default=None, null=False)
    name = Varchar(length=200, default=None, null=False)
    role = Varchar(length=20, default=None, null=False)


class EventMode(Table, tablename="event_mode"):
    """One way to attend an event, and its places. Whoever acts on places locks this row first.

    `taken` counts the registrations that hold a place, `last_in_line` the queue numbers that were given.
    """

    id: Serial
    event = ForeignKey(Event, on_delete=OnDelete.restrict, default=None, null=False)
    mode = Varchar(length=20, default=None, null=False)
    capacity = Integer(default=None, null=True)
    overbooking = Integer(default=None, null=False)
    closes_wall = Varchar(length=WALL_LENGTH, default=None, null=True)
    closes_zone = Varchar(length=64, default=None, null=True)
    closes_fold = Integer(default=None, null=False)
    closes_at = Timestamptz(default=None, null=False)
    taken = Integer(default=None, null=False)
    last_in_line = Integer(default=None, null=False)
    version = Integer(default=None, null=False)


class Withdrawn(Table, tablename="withdrawn"):
    """What calendars were told of an event that was public and is not any more, so that they can take it back.

    As it was then, for it stays in the feeds that it was in. `modes` and `spoken` as " in_person online ", " en fr ".
    Once the event is deleted, this alone knows that there was something at its address.
    """

    id: Serial
    uid = Varchar(length=255, default=None, null=False)
    organisation = ForeignKey(Organisation, on_delete=OnDelete.restrict, default=None, null=False)
    slug = Varchar(length=80, default=None, null=False)
    kind = Varchar(length=20, default=None, null=False)
    title = JSON(default=None, null=False)
    starts_wall = Varchar(length=WALL_LENGTH, default=None, null=False)
    starts_zone = Varchar(length=64, default=None, null=False)
    starts_fold = Integer(default=None, null=False)
    ends_wall = Varchar(length=WALL_LENGTH, default=None, null=False)
    ends_zone = Varchar(length=64, default=None, null=False)
    ends_fold = Integer(default=None, null=False)
    all_day = Boolean(default=None, null=False)
    starts_at = Timestamptz(default=None, null=False)
    ends_at = Timestamptz(default=None, null=False)
    part_of = ForeignKey(Event, on_delete=OnDelete.restrict, default=None, null=True)
    modes = Text(default=None, null=False)
    search_text = Text(default=None, null=False)
    spoken = Text(default=None, null=False)
    tagged = Text(default=None, null=False)
    placed = Text(default=None, null=False)
    sequence = Integer(default=None, null=False)
    revision = Integer(default=None, null=False)
    created_at = Timestamptz(default=None, null=False)
    withdrawn_at = Timestamptz(default=None, null=False)
    deleted = Boolean(default=None, null=False)
