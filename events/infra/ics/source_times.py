"""When an event of a calendar file starts and ends, as its lines say it."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo

import msgspec

from events.infra.ics.lines import Component, Property
from events.infra.ics.source import UTC_TIMES, WHOLE_DAYS, SourceTime
from events.infra.ics.source_zones import SourceZone, offset_by
from events.infra.ics.written import days_in, duration_in, minutes_of, moment_in, tzid_of, wall_of
from events.kernel.errors import Note
from events.kernel.words import N_
from events.kernel.zones import zone_info

_MIDNIGHT = time()


class Clocks:
    """`zones` and `rules`, those that the file brings along, by TZID."""

    def __init__(self, zones: Mapping[str, SourceZone], rules: Mapping[str, tzinfo | None]) -> None:
        self._zones, self._rules = zones, rules

    def of(self, event: Component, notes: list[Note]) -> tuple[SourceTime | None, SourceTime | None, bool]:
        """Start, end, and whether they are whole days; what is odd about them is added to `notes`."""
        written = event.find("DTSTART")
        moment = moment_in(written)
        if written is None or moment is None:
            told = N_("When it starts is not understood: {text}") if written else N_("It does not say when it starts.")
            notes.append(Note(told, {"text": written.value[:40]} if written else {}, "starts", stops=True))
            return None, None, False
        if not isinstance(moment, datetime):
            return self._days(event, moment, notes)
        starts = self.at(wall_of(moment), tzid_of(written, moment))
        until = event.find("DTEND")
        ends = self._end(event, until, starts, notes)
        if (
            event.text("X-MICROSOFT-CDO-ALLDAYEVENT").upper() == "TRUE"
            and starts.wall.time() == ends.wall.time() == _MIDNIGHT
        ):
            last = max(ends.wall - timedelta(days=1), starts.wall)
            return (
                msgspec.structs.replace(starts, offset=None),
                msgspec.structs.replace(ends, wall=last, offset=None),
                True,
            )
        if starts.wall.second or ends.wall.second:
            notes.append(Note(N_("Seconds are left out."), field="starts"))
        return minutes_of(starts), minutes_of(ends), False

    def _end(self, event: Component, until: Property | None, starts: SourceTime, notes: list[Note]) -> SourceTime:
        moment = moment_in(until)
        if until is not None and isinstance(moment, datetime):
            ends = self.at(wall_of(moment), tzid_of(until, moment))
            if ends != starts:
                return ends
        elif until is not None and moment is not None:
            notes.append(
                Note(
                    N_("It starts at a time and ends with a date: it is taken to end as that date begins."),
                    field="ends",
                )
            )
            return msgspec.structs.replace(starts, wall=wall_of(moment), offset=None)
        duration = duration_in(event.find("DURATION"))
        if duration is None or duration <= timedelta():
            notes.append(Note(N_("It does not say when it ends: it is taken to last one hour."), field="ends"))
            duration = timedelta(hours=1)
        return self._later(starts, duration, days_in(event.text("DURATION")))

    def _days(self, event: Component, first: date, notes: list[Note]) -> tuple[SourceTime, SourceTime, bool]:
        """The end of whole days is the day after the last."""
        after = moment_in(event.find("DTEND"))
        duration = duration_in(event.find("DURATION"))
        days = (wall_of(after) - wall_of(first)).days if after is not None else duration.days if duration else 1
        if days < 1:
            notes.append(Note(N_("Its last day comes before its first: it is taken to be one day."), field="ends"))
        last = first + timedelta(days=max(days, 1) - 1)
        return SourceTime(wall_of(first), WHOLE_DAYS), SourceTime(wall_of(last), WHOLE_DAYS), True

    def at(self, wall: datetime, tzid: str) -> SourceTime:
        return SourceTime(wall, tzid, 0 if tzid == UTC_TIMES else offset_by(self._rules.get(tzid), wall))

    def _later(self, starts: SourceTime, duration: timedelta, days: timedelta = timedelta()) -> SourceTime:
        """Of a duration days go by the clock on the wall, hours by the instant (RFC 5545, 3.3.6)."""
        info = self.info(starts.tzid)
        begun = (starts.wall + days).replace(tzinfo=info).astimezone(UTC)
        wall = (begun + (duration - days)).astimezone(info).replace(tzinfo=None)
        return self.at(wall, starts.tzid)

    def info(self, tzid: str) -> tzinfo:
        """Times in UTC repeat in UTC, whatever zone they are shown in."""
        zone = self._zones.get(tzid)
        if tzid != UTC_TIMES and zone and zone.name:
            return zone_info(zone.name)
        return self._rules.get(tzid) or UTC
