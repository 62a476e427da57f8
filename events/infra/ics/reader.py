"""A calendar file as facts: what each event says, its times with their zone, and what was not understood."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta, tzinfo

import msgspec

from events.infra.ics.lines import Component, components_of
from events.infra.ics.series import dates_of, repeats
from events.infra.ics.source import FLOATING, UTC_TIMES, WHOLE_DAYS, SourceCalendar, SourceEvent
from events.infra.ics.source_times import Clocks
from events.infra.ics.source_zones import SourceZone, rules_of, source_zone
from events.infra.ics.written import (
    is_onwards,
    key_of,
    made_uid,
    moment_in,
    months_later,
    number_in,
    own_zone,
    tzid_of,
    wall_of,
    wall_of_key,
)
from events.infra.unreadable import Unreadable, decoded
from events.kernel.errors import Note
from events.kernel.words import N_

MOST_EVENTS = 1000
_MIDNIGHT = time()


def read_calendar(data: bytes, *, today: date, zones: Sequence[str] = ()) -> SourceCalendar:
    """`zones` are those that are likely, where the file's rules alone leave a choice. Raises Unreadable."""
    root = components_of(decoded(data))
    return _Reading(root, zones, today).calendar()


class _Reading:
    def __init__(self, root: Component, likely: Sequence[str], today: date) -> None:
        self.root, self.today = root, today
        self.calendars = list(root.walk("VCALENDAR")) or [root]
        self.zone = next((found for one in self.calendars if (found := own_zone(one))), None)
        self.brought = {one.text("TZID"): one for one in root.walk("VTIMEZONE")}
        self.rules = {tzid: rules_of(one) for tzid, one in self.brought.items()}
        self.likely = [name for name in (self.zone, *likely) if name]
        self.zones: dict[str, SourceZone] = {}
        self.clocks = Clocks(self.zones, self.rules)
        self.endless: list[str] = []

    def calendar(self) -> SourceCalendar:
        events = [
            (one, calendar.text("METHOD").upper()) for calendar in self.calendars for one in calendar.walk("VEVENT")
        ]
        self._find_zones([event for event, _ in events])
        found: dict[tuple[str, str], SourceEvent] = {}
        for each in self._each(events):
            key = (each.uid, each.recurrence)
            if key not in found or each.sequence >= found[key].sequence:
                found[key] = each
            if len(found) > MOST_EVENTS:
                raise Unreadable(
                    N_("This file has more than {limit} events, dates of series included. Import it in parts."),
                    limit=MOST_EVENTS,
                )  # fmt: skip
        return SourceCalendar(
            name=next((one for calendar in self.calendars if (one := calendar.text("X-WR-CALNAME", "NAME"))), "")[:200],
            zone=self.zone,
            zones=tuple(self.zones.values()),
            events=tuple(sorted(found.values(), key=lambda one: (one.line, one.recurrence))),
            endless=tuple(self.endless),
            notes=tuple(self._notes(len(events))),
        )

    def _notes(self, events: int) -> Iterator[Note]:
        if not events:
            yield Note(N_("There is no event in this file."))
        others = sum(1 for name in ("VTODO", "VJOURNAL", "VFREEBUSY", "VAVAILABILITY") for _ in self.root.walk(name))
        if others:
            yield Note(N_("Tasks, journals and free times are not taken: {number} of them."), {"number": others})
        people = sum(one.find("ATTENDEE") is not None for one in self.root.walk("VEVENT"))
        if people:
            yield Note(N_("Who was invited stays in the file: people register here themselves."))
        yield from (note for calendar in self.calendars for note in calendar.notes[:5])

    def _find_zones(self, events: Sequence[Component]) -> None:
        """Each zone that times are told in, matched at all of these times at once."""
        walls: dict[str, list[datetime]] = {}
        for event in events:
            for name in ("DTSTART", "DTEND"):
                written = event.find(name)
                moment = moment_in(written)
                if written is None or moment is None:
                    continue
                tzid = tzid_of(written, moment)
                wall = wall_of(moment)
                months = range(0, 12, 3) if repeats(event) else (0,)
                walls.setdefault(tzid, []).extend(months_later(wall, count) for count in months)
        for tzid, known in sorted(walls.items()):
            if tzid == UTC_TIMES:
                self.zones[tzid] = SourceZone(tzid, self.zone or "UTC")
            elif tzid in {FLOATING, WHOLE_DAYS}:
                self.zones[tzid] = SourceZone(tzid, self.zone)
            else:
                self.zones[tzid] = source_zone(
                    tzid, self.brought.get(tzid), self.rules.get(tzid), known[:2000], self.likely
                )

    def _each(self, events: Sequence[tuple[Component, str]]) -> Iterator[SourceEvent]:
        by_uid: dict[str, list[tuple[Component, str]]] = {}
        for event, method in events:
            by_uid.setdefault(event.text("UID") or made_uid(event), []).append((event, method))
        for uid, components in by_uid.items():
            masters = [(one, method) for one, method in components if one.find("RECURRENCE-ID") is None]
            overrides = [(one, method) for one, method in components if one.find("RECURRENCE-ID") is not None]
            for one, method in masters:
                if repeats(one) and moment_in(one.find("DTSTART")) is not None:
                    yield from self._dates(uid, one, method, overrides)
                    overrides = []
                else:
                    yield self._event(uid, one, method)
            for one, method in overrides:
                yield self._event(uid, one, method, recurrence=self._recurrence(one) or "?")

    def _dates(
        self, uid: str, master: Component, method: str, overrides: list[tuple[Component, str]]
    ) -> Iterator[SourceEvent]:
        """A series, each date by itself; what is said of one date alone stands for that date."""
        whole = self._event(uid, master, method)
        if whole.starts is None:
            yield whole
            return
        info = self.clocks.info(whole.starts.tzid)
        dates = dates_of(
            master, whole.starts.wall, lambda moment: moment.astimezone(info).replace(tzinfo=None), self.today
        )
        if dates.endless:
            self.endless.append(uid)
        own = {self._recurrence(one, info, whole): (one, one_method) for one, one_method in overrides}
        onwards = sorted((key, one) for key, (one, _) in own.items() if is_onwards(one))
        notes = (*whole.notes, Note(N_("One date of a series: each becomes an event of its own.")), *dates.notes)
        for start in dates.starts:
            key = key_of(start, all_day=whole.all_day)
            if key in own:
                continue
            source, since = next(((one, since) for since, one in reversed(onwards) if since <= key), (None, ""))
            if source is None:
                yield self._moved(whole, start - whole.starts.wall, recurrence=key, notes=notes)
            else:
                changed = self._event(uid, source, method)
                yield self._moved(changed, start - wall_of_key(since), recurrence=key, notes=notes)
        if not dates.starts and not own:
            yield msgspec.structs.replace(
                whole, notes=(*notes, Note(N_("None of its dates lie in the coming year."), stops=True))
            )
        for key, (one, one_method) in own.items():
            if (
                not dates.endless
                or not dates.starts
                or key >= key_of(datetime.combine(self.today, _MIDNIGHT), all_day=True)
            ):
                yield self._event(uid, one, one_method, recurrence=key)

    def _event(self, uid: str, event: Component, method: str, *, recurrence: str = "") -> SourceEvent:
        notes = list(event.notes)
        if event.find("UID") is None:
            notes.append(Note(N_("It has no UID: it is known again by its title and start alone.")))
        starts, ends, all_day = self.clocks.of(event, notes)
        summary = event.find("SUMMARY")
        plain = event.text("DESCRIPTION")
        return SourceEvent(
            line=event.line,
            uid=uid,
            recurrence=recurrence,
            sequence=number_in(event.text("SEQUENCE")),
            starts=starts,
            ends=ends,
            all_day=all_day,
            status="CANCELLED" if method == "CANCEL" else event.text("STATUS").upper(),
            private=event.text("CLASS").upper() in {"PRIVATE", "CONFIDENTIAL"},
            summary=summary.text if summary else "",
            language=summary.param("LANGUAGE") if summary else "",
            description=plain or event.text("X-ALT-DESC"),
            location=event.text("LOCATION"),
            geo=event.find("GEO").value.strip() if event.find("GEO") else "",  # type: ignore[union-attr]  # asked just before
            url=event.text("URL"),
            categories=tuple(text for one in event.properties.get("CATEGORIES", ())[:20] for text in one.texts[:50]),
            links=tuple(
                text
                for name in (
                    "CONFERENCE",
                    "X-GOOGLE-CONFERENCE",
                    "X-MICROSOFT-SKYPETEAMSMEETINGURL",
                    "X-MICROSOFT-ONLINEMEETINGCONFLINK",
                )
                for one in event.properties.get(name, ())[:5]
                if (text := one.text)
            ),
            notes=tuple(notes),
        )

    def _moved(self, event: SourceEvent, by: timedelta, *, recurrence: str, notes: tuple[Note, ...]) -> SourceEvent:
        if event.starts is None or event.ends is None:
            return msgspec.structs.replace(event, recurrence=recurrence)
        starts, ends = (self.clocks.at(one.wall + by, one.tzid) for one in (event.starts, event.ends))
        return msgspec.structs.replace(event, starts=starts, ends=ends, recurrence=recurrence, notes=notes)

    def _recurrence(self, event: Component, info: tzinfo | None = None, series: SourceEvent | None = None) -> str:
        """Which date of the series is meant, as the series' own clocks show it."""
        written = event.find("RECURRENCE-ID")
        moment = moment_in(written)
        if moment is None:
            return written.value[:40] if written else ""
        if isinstance(moment, datetime) and moment.tzinfo and info:
            moment = moment.astimezone(info)
        whole_days = series.all_day if series else not isinstance(moment, datetime)
        if series and series.starts and not isinstance(moment, datetime):
            moment = datetime.combine(moment, series.starts.wall.time())
        return key_of(wall_of(moment), all_day=whole_days)
