"""What holds of an event's places whatever happened: read from the database, not from what an action answered."""

from collections import Counter
from typing import Any

from events.activity.tables import Activity
from events.infra import db
from events.outbox.tables import Message
from events.programme.tables import EventMode
from events.registration.guests.tables import Guest
from events.registration.handing_over.tables import PlaceOffer
from events.registration.rules import EVERY_KIND
from events.registration.tables import Registration

Row = dict[str, Any]


FOLLOWING = ("standing", "mode", "holds_place", "queue_number")


class Seen:
    """One event's registrations, places, lines, and how much was written down about each person."""

    def __init__(
        self,
        people: list[Row],
        modes: list[Row],
        told: Counter[int],
        logged: Counter[int],
        kept: Counter[str],
        offered: list[int],
    ) -> None:
        self.people = {person["id"]: person for person in people}
        self.modes = {mode["mode"]: mode for mode in modes}
        self.told, self.logged, self.kept, self.offered = told, logged, kept, offered

    def line(self, mode: str) -> list[int]:
        """Who waits for this mode, the first first."""
        waiting = [one for one in self.people.values() if one["waits_for"] == mode and one["queue_number"] is not None]
        return [one["id"] for one in sorted(waiting, key=lambda one: one["queue_number"])]

    def check_places(self) -> None:
        """Nobody more than there are places, no free one beside somebody who waits, none offered but certain ones."""
        for mode, row in self.modes.items():
            counted = [one for one in self.people.values() if one["mode"] == mode and one["assists"] is None]
            held = sum(one["holds_place"] for one in counted) + self.kept[mode]
            assert row["taken"] == held, (mode, row, held)
            if row["capacity"] is not None:
                assert held <= row["capacity"], (mode, row, held)
            if row["capacity"] is None or held < row["capacity"]:
                assert self.line(mode) == [], mode
        assert [one for one in self.offered if self.people[one]["standing"] != "confirmed"] == []
        for one in self.people.values():
            if one["assists"] is not None:
                self._check_follows(one)
                continue
            assert (one["standing"] == "waiting") <= (one["waits_for"] == one["mode"]), one
            assert (one["standing"] in {"cancelled", "declined"}) <= (one["waits_for"] is None), one

    def _check_follows(self, one: Row) -> None:
        person = self.people[one["assists"]]
        assert one["waits_for"] is None
        if one["standing"] != "cancelled":
            assert [one[fact] for fact in FOLLOWING] == [person[fact] for fact in FOLLOWING], (one, person)


@db.read
async def seen(event: int) -> Seen:
    people = await Registration.select().where(Registration.event == event).order_by(Registration.id)
    modes = await EventMode.select().where(EventMode.event == event)
    ids = [one["id"] for one in people] or [0]
    letters = await Message.select(Message.subject_id).where(
        Message.subject_id.is_in(ids), Message.kind.is_in(list(EVERY_KIND))
    )
    entries = await Activity.select(Activity.subject).where(
        Activity.subject.is_in([f"registration:{one}" for one in ids])
    )
    told = Counter(row["subject_id"] for row in letters)
    logged = Counter(int(row["subject"].partition(":")[2]) for row in entries)
    guests = await Guest.select(Guest.reserved).where(Guest.event == event, Guest.reserved.is_not_null())
    offers = await PlaceOffer.select(PlaceOffer.registration).where(PlaceOffer.registration.is_in(ids))
    offered = [row["registration"] for row in offers]
    return Seen(people, modes, told, logged, Counter(row["reserved"] for row in guests), offered)
