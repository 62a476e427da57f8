"""A room goes: everybody who had a place there has one online, and can be brought back."""

from msgspec import structs

from events.infra import db
from events.kernel.clock import utc_now
from events.programme import steps as programme
from events.programme.forms import EventDraft
from events.programme.rules import EventFacts, Mode
from events.programme.steps.drafts import insert_modes
from events.registration.guests import steps as guests
from events.registration.guests.queries import count as count_guests
from events.registration.rules.changes import Announced, TooFewPlaces
from events.registration.steps.people import follow

_IN_ROOM = db.Prepared(
    "SELECT id, standing = 'unverified' AND NOT holds_place AS unproven,"
    " CASE WHEN waits_for = 'online' THEN NULL ELSE queue_number END AS queue_number,"
    " CASE WHEN waits_for = 'online' THEN queue_number END AS online FROM registration"
    " WHERE event = :event AND mode = 'in_person' AND assists IS NULL ORDER BY id"
)
_FOR_ROOM = db.Prepared(
    "SELECT id, queue_number FROM registration WHERE event = :event AND mode = 'online' AND waits_for = 'in_person'"
)
_TO_ONLINE = db.Prepared(
    "UPDATE registration SET mode = 'online', changed_at = :now,"
    " queue_number = CASE WHEN standing = 'waiting' THEN queue_number + :ahead WHEN waits_for IS NULL THEN queue_number"
    " END,"
    " waits_for = CASE WHEN standing = 'waiting' AND assists IS NULL THEN 'online' END"
    " WHERE event = :event AND (mode = 'in_person' OR waits_for = 'in_person')"
)
_BACK = db.Prepared(
    "UPDATE registration SET mode = 'in_person', changed_at = :now,"
    " queue_number = CASE WHEN standing <> 'unverified' THEN CAST(:number AS INTEGER) END,"
    " standing = CASE WHEN :waited AND holds_place THEN 'waiting' ELSE standing END,"
    " waits_for = CASE WHEN :waited AND standing NOT IN ('unverified', 'cancelled', 'declined') THEN 'in_person' END,"
    " holds_place = holds_place AND NOT :waited"
    " WHERE id = :id AND mode = 'online' RETURNING holds_place"
)
# Who waits for a room that there was meanwhile.
_BEHIND = db.Prepared(
    "UPDATE registration SET queue_number = queue_number + :ahead WHERE event = :event AND waits_for = 'in_person'"
)
# Without a number it is the wish of who has not proven the address.
_BACK_IN_LINE = db.Prepared(
    "UPDATE registration SET waits_for = :line, queue_number = CAST(:number AS INTEGER), changed_at = :now"
    " WHERE id = :id AND mode <> :line AND waits_for IS NULL"
    " AND (standing = 'unverified' OR (holds_place AND CAST(:number AS INTEGER) IS NOT NULL))"
)
_LEFT_ONLINE = db.Prepared(
    "SELECT COUNT(*) AS people, COALESCE(SUM(CASE WHEN holds_place AND assists IS NULL THEN 1 ELSE 0 END), 0) AS taken"
    " FROM registration WHERE event = :event AND mode = 'online'"
)


async def move_online(event: EventFacts, draft: EventDraft, left: Announced) -> Announced:
    """Who had a place in the room has one online, who waited there waits behind those who wait online."""
    [offered] = draft.modes
    if Mode.ONLINE not in event.modes:
        await insert_modes(event.id, draft.modes)
    room = await programme.lock_places_of(event.id, Mode.IN_PERSON)
    online = await programme.lock_places_of(event.id, Mode.ONLINE)
    taken = online.taken + room.taken
    if offered.limit is not None and room.taken and taken > offered.limit:
        raise TooFewPlaces(taken, offered.limit)
    rows = await _IN_ROOM.rows(event=event.id)
    people = {str(row["id"]): row["queue_number"] for row in rows}
    unproven = [str(row["id"]) for row in rows if row["unproven"]]  # where they prove it they are next in line
    people |= {person: room.last_in_line + number for number, person in enumerate(unproven, 1)}
    for_online = {str(row["id"]): row["online"] for row in rows if row["online"] is not None}
    in_line = {str(row["id"]): row["queue_number"] for row in await _FOR_ROOM.rows(event=event.id)}
    await _TO_ONLINE.rows(event=event.id, ahead=online.last_in_line, now=left.until)
    await programme.set_places(online, taken=taken, last_in_line=online.last_in_line + room.last_in_line)
    moved = await guests.move_online(event.id)
    lines = {"in_line": in_line, "for_online": for_online, "last_in_line": room.last_in_line + len(unproven)}
    left = structs.replace(left, people=people, guests=moved, **lines)
    await programme.set_places(room, taken=0, last_in_line=0)
    return left


async def move_back(event: EventFacts, left: Announced, draft: EventDraft) -> EventDraft:
    """People return to the room, those who waited to their place in line; online stays for who came there since."""
    room = await programme.lock_places_of(event.id, Mode.IN_PERSON)
    taken = room.taken + await guests.move_back(left.guests)
    await _BEHIND.rows(event=event.id, ahead=left.last_in_line)
    for person, number in left.people.items():
        row = await _BACK.row(id=int(person), number=number, waited=number is not None, now=utc_now())
        taken += bool(row and row["holds_place"])
    for line, numbers in ((Mode.IN_PERSON, left.in_line), (Mode.ONLINE, left.for_online)):
        for person, place in numbers.items():
            await _BACK_IN_LINE.rows(id=int(person), line=line.value, number=place, now=utc_now())
    await follow(event.id)
    await programme.set_places(room, taken=taken, last_in_line=left.last_in_line + room.last_in_line)
    if Mode.ONLINE not in {places.mode for places in draft.modes}:
        return draft
    online = await programme.lock_places_of(event.id, Mode.ONLINE)
    [still] = await _LEFT_ONLINE.rows(event=event.id)
    kept = (await count_guests(event.id)).reserved.get(Mode.ONLINE, 0)
    goes = Mode.ONLINE.value not in left.modes and not still["people"] and not kept
    await programme.set_places(
        online, taken=int(still["taken"]) + kept, last_in_line=0 if goes else online.last_in_line
    )
    if not goes:
        return draft
    return structs.replace(draft, modes=tuple(places for places in draft.modes if places.mode is not Mode.ONLINE))
