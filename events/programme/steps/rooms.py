"""The rooms of a conference. Its sessions name them, so one that is renamed is renamed in them too."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from piccolo.columns import And, Or

from events.infra import db
from events.kernel.clock import utc_now
from events.kernel.ids import folded
from events.programme.queries.rows import venue_of
from events.programme.rules import Kind, Status
from events.programme.rules.contents import renamed_rooms
from events.programme.steps.columns import json_of
from events.programme.tables import Event
from events.programme.tables.contents import Room
from events.programme.tables.planning import SessionDraft

_RENAME = db.Prepared(
    "UPDATE event SET venue_room = :room, search_text = :search_text, sequence = sequence + :public,"
    " revision = revision + 1, changed_at = :now, calendar_changed_at = :now WHERE id = :id"
)


async def replace_rooms(conference: int, rooms: Sequence[str]) -> None:
    there = await Room.select(Room.name).where(Room.conference == conference).order_by(Room.position)
    await Room.delete().where(Room.conference == conference)
    if rooms:
        await Room.insert(
            *(Room(conference=conference, position=position, name=name) for position, name in enumerate(rooms))
        )
    renamed = {folded(old): new for old, new in renamed_rooms([row["name"] for row in there], rooms).items()}
    if renamed:
        await _rename_in_sessions(conference, renamed)
        await _rename_in_plans(conference, renamed)


async def _rename_in_sessions(conference: int, renamed: Mapping[str, str]) -> None:
    """In its sessions, and in what else is part of it at its own venue: another house may have a room of that name.

    It is the same room, so nobody is told by mail; calendars show the new name.
    """
    [own] = await Event.select(Event.placed).where(Event.id == conference)
    there = Or(Event.kind == Kind.SESSION, And(Event.placed == own["placed"], Event.placed != ""))
    columns = (Event.id, Event.status, Event.search_text, *_VENUE)
    rows = await Event.select(*columns).where(
        And(And(Event.part_of == conference, Event.venue_room.is_not_null()), there)
    )
    for row in rows:
        room, was = renamed.get(folded(row["venue_room"])), venue_of(row)
        if room is None or was is None:
            continue
        now = msgspec.structs.replace(was, room=room)
        await _RENAME.rows(
            room=room,
            search_text=row["search_text"].replace(folded(was.one_line), folded(now.one_line), 1),
            public=int(row["status"] != Status.DRAFT),
            now=utc_now(),
            id=row["id"],
        )


_VENUE = (Event.venue_name, Event.venue_address, Event.venue_room, Event.lat, Event.lon)


async def _rename_in_plans(conference: int, renamed: Mapping[str, str]) -> None:
    """What waits for the next release names them too."""
    rows = await SessionDraft.select(SessionDraft.id, SessionDraft.patch).where(
        SessionDraft.event.part_of == conference
    )
    for row in rows:
        patch: dict[str, Any] = msgspec.json.decode(row["patch"])
        room = renamed.get(folded((patch.get("venue") or {}).get("room") or ""))
        if room:
            patch["venue"] |= {"room": room}
            await SessionDraft.update({SessionDraft.patch: json_of(patch)}).where(SessionDraft.id == row["id"])
