"""What an event is made of besides: speakers, documents, and a conference's tracks, rooms and plenary."""

from piccolo.columns import JSON, Boolean, ForeignKey, Integer, Serial, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from events.accounts.tables import Organisation
from events.programme.tables import WALL_LENGTH, Event


class Speaker(Table, tablename="speaker"):
    """Somebody of an organisation's address book, without an account; known by name and affiliation, both folded."""

    id: Serial
    organisation = ForeignKey(Organisation, on_delete=OnDelete.restrict, default=None, null=False)
    name = Varchar(length=200, default=None, null=False)
    name_folded = Text(default=None, null=False)
    affiliation = Varchar(length=200, default=None, null=True)
    affiliation_folded = Text(default=None, null=False)
    function = JSON(default=None, null=False)
    biography = JSON(default=None, null=False)


class Appearance(Table, tablename="appearance"):
    """A speaker at an event, in a role and at a place in the order."""

    id: Serial
    event = ForeignKey(Event, on_delete=OnDelete.restrict, default=None, null=False)
    position = Integer(default=None, null=False)
    speaker = ForeignKey(Speaker, on_delete=OnDelete.restrict, default=None, null=False)
    role = Varchar(length=20, default=None, null=False)
    remote = Boolean(default=None, null=True)


class Document(Table, tablename="document"):
    """The address of something to read or to watch."""

    id: Serial
    event = ForeignKey(Event, on_delete=OnDelete.restrict, default=None, null=False)
    position = Integer(default=None, null=False)
    kind = Varchar(length=20, default=None, null=False)
    title = JSON(default=None, null=False)
    url = Varchar(length=1000, default=None, null=False)
    language = Varchar(length=35, default=None, null=True)


class Track(Table, tablename="track"):
    """A thread of a conference's programme; `key` is its name for programs and addresses."""

    id: Serial
    conference = ForeignKey(Event, on_delete=OnDelete.restrict, default=None, null=False)
    position = Integer(default=None, null=False)
    key = Varchar(length=80, default=None, null=False)
    name = JSON(default=None, null=False)
    colour = Varchar(length=7, default=None, null=False)


class SessionTrack(Table, tablename="session_track"):
    """The one track of a conference in which an event is that is part of it."""

    id: Serial
    event = ForeignKey(Event, on_delete=OnDelete.restrict, default=None, null=False)
    track = ForeignKey(Track, on_delete=OnDelete.restrict, default=None, null=False)


class Room(Table, tablename="room"):
    """A room of a conference; its sessions name it in `venue_room`."""

    id: Serial
    conference = ForeignKey(Event, on_delete=OnDelete.restrict, default=None, null=False)
    position = Integer(default=None, null=False)
    name = Varchar(length=200, default=None, null=False)


class Plenary(Table, tablename="plenary"):
    """A time at which a conference's plenary sits. As of an event, wall times and zones are the truth."""

    id: Serial
    conference = ForeignKey(Event, on_delete=OnDelete.restrict, default=None, null=False)
    title = JSON(default=None, null=False)
    starts_wall = Varchar(length=WALL_LENGTH, default=None, null=False)
    starts_zone = Varchar(length=64, default=None, null=False)
    starts_fold = Integer(default=None, null=False)
    ends_wall = Varchar(length=WALL_LENGTH, default=None, null=False)
    ends_zone = Varchar(length=64, default=None, null=False)
    ends_fold = Integer(default=None, null=False)
    starts_at = Timestamptz(default=None, null=False)
    ends_at = Timestamptz(default=None, null=False)
