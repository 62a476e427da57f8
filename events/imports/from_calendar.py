"""What the events of a calendar file say, as documents that may be posted."""

import re
from collections.abc import Mapping
from datetime import UTC, timedelta
from typing import Any

from msgspec import Struct

from events.imports import texts
from events.imports.rules import Choices, Row
from events.imports.words import kind_in
from events.infra.ics.source import FLOATING, UTC_TIMES, WHOLE_DAYS, SourceCalendar, SourceEvent, SourceTime
from events.infra.ics.source_zones import SourceZone
from events.kernel.errors import Note
from events.kernel.spans import NotAWallTime, WallTime, WallTimeInGap, WallTimeTwice, offset_text, wall_time_at
from events.kernel.words import N_
from events.programme.rules import Kind
from events.web.posted import is_web_address

TRACKED = ("title", "description", "when", "venue", "joining_link", "listing_url", "tags")
_LONGEST = {"title": 200, "description": 20_000, "venue": 200, "address": 500, "link": 1000, "tag": 60}
_MOST_TAGS = 30
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


class AskedZone(Struct, frozen=True):
    """A zone of the file that whoever imports may say, or `must`; `name` is what is taken so far."""

    tzid: str
    name: str
    must: bool
    by_rules: bool


def asked_zones(found: SourceCalendar, choices: Choices) -> list[AskedZone]:
    asked = []
    for zone in found.zones:
        name = choices.zones.get(zone.tzid) or _taken(zone, choices)
        asked.append(AskedZone(zone.tzid, name or "", must=not name, by_rules=zone.by_rules))
    return asked


def _taken(zone: SourceZone, choices: Choices) -> str | None:
    return zone.name or (choices.zone or "UTC" if zone.tzid == WHOLE_DAYS else None)


def rows_of_calendar(found: SourceCalendar, choices: Choices) -> list[Row]:
    return [_Event(event, found, choices).row() for event in found.events]


class _Event:
    def __init__(self, event: SourceEvent, found: SourceCalendar, choices: Choices) -> None:
        self.event, self.choices = event, choices
        self.zones = {zone.tzid: zone for zone in found.zones}
        self.notes = list(event.notes)

    def row(self) -> Row:
        event = self.event
        return Row(
            number=event.line,
            title=self._cut("title", " ".join(event.summary.split())),
            uid=event.uid,
            recurrence=event.recurrence,
            sequence=event.sequence,
            document=self._document(),
            tracked=TRACKED,
            notes=tuple(self.notes),
            cancelled=event.status == "CANCELLED",
            private=event.private,
        )

    def _document(self) -> dict[str, Any]:
        event = self.event
        language = event.language.partition("-")[0].lower() if _TAG.fullmatch(event.language) else self.choices.language
        kind, tags = self._kind()
        link, place, description = self._join()
        document: dict[str, Any] = {
            "kind": kind,
            "title": {language: self._cut("title", " ".join(event.summary.split()), told=True)},
            "description": {language: self._cut("description", description, told=True)},
            "all_day": event.all_day,
            "venue": self._venue(place),
            "joining_link": link or None,
            "listing_url": self._page(link),
            "tags": tags,
            "part_of": self.choices.part_of or None,
        }
        if not event.summary.strip():
            self.notes.append(Note(N_("It has no title (SUMMARY)."), field="title", stops=True))
        if link and document["venue"]:
            document["modes"] = {"in_person": {}, "online": {}}
        for name, time in (("starts", event.starts), ("ends", event.ends)):
            if time is not None and (posted := self._time(time, name)):
                document[name] = posted
        if event.private and self.choices.publish:
            self.notes.append(Note(N_("It is marked as private in the file, so it stays a draft.")))
        return document

    def _kind(self) -> tuple[str, list[str]]:
        """The first category that is a kind says the kind; the others are subjects."""
        kinds = [kind for text in self.event.categories if (kind := kind_in(text))]
        chosen = kinds[0] if kinds else self.choices.kind or (Kind.SESSION if self.choices.part_of else Kind.MEETING)
        tags = [" ".join(text.split())[: _LONGEST["tag"]] for text in self.event.categories if not kind_in(text)]
        return chosen.value, list(dict.fromkeys(tags))[:_MOST_TAGS]

    def _join(self) -> tuple[str, str, str]:
        """The joining link, which is not for everybody to read, and place and description without it."""
        event = self.event
        description = texts.plain_text(event.description)
        hidden = texts.meeting_links(description)
        in_place = texts.web_link(event.location) or next(iter(texts.meeting_links(event.location)), "")
        in_page = next(iter(texts.meeting_links(event.url)), "")
        link = next(filter(is_web_address, (*event.links, in_place, in_page, *hidden)), "")
        if hidden:
            description = texts.without_meeting_links(description)
            self.notes.append(
                Note(N_("The link into the meeting was taken out of the description: it becomes the joining link."))
            )
        if texts.tells_codes(description):
            self.notes.append(
                Note(N_("The description seems to tell a code to get in. Look at it before you publish."))
            )
        place = event.location.replace(in_place, "").strip(" \n;,()<>") if in_place else event.location
        if texts.is_nowhere(place):
            place = ""
        if len(link) > _LONGEST["link"]:
            self.notes.append(Note(N_("The joining link is longer than can be kept."), field="joining_link"))
            link = ""
        return link, place, description

    def _page(self, link: str) -> str | None:
        url = self.event.url
        if not url or url == link or texts.meeting_links(url):
            return None
        if not is_web_address(url) or len(url) > _LONGEST["address"]:
            self.notes.append(Note(N_("Its address is not one of the web: {url}"), {"url": url[:60]}, "listing_url"))
            return None
        return url

    def _venue(self, place: str) -> dict[str, Any] | None:
        geo = self._geo()
        if not place:
            return None
        name, _, rest = place.partition("\n")
        name, rest = " ".join(name.split()), " ".join(rest.split())
        if len(name) > _LONGEST["venue"]:
            name, rest = self._cut("venue", name), f"{name} {rest}"
        return {"name": name, "address": rest[: _LONGEST["address"]] or None, **geo}

    def _geo(self) -> Mapping[str, float]:
        if not self.event.geo:
            return {}
        found = re.fullmatch(r"\s*(-?\d{1,3}(?:\.\d+)?)\s*[;,]\s*(-?\d{1,3}(?:\.\d+)?)\s*", self.event.geo, re.ASCII)
        if not found or abs(lat := float(found[1])) > 90 or abs(lon := float(found[2])) > 180:  # noqa: PLR2004 - the globe
            self.notes.append(
                Note(N_("Its place on the map is not understood: {geo}"), {"geo": self.event.geo[:40]}, "venue")
            )
            return {}
        return {"lat": lat, "lon": lon}

    def _cut(self, name: str, text: str, *, told: bool = False) -> str:
        most = _LONGEST[name]
        if len(text) <= most:
            return text
        if told:
            self.notes.append(Note(N_("It is longer than {most} characters and was cut."), {"most": most}, name))
        return f"{text[: most - 1].rstrip()}…"

    def _time(self, time: SourceTime, field: str) -> dict[str, Any] | None:
        zone = self.zones.get(time.tzid) or SourceZone(time.tzid)
        name = self.choices.zones.get(time.tzid) or _taken(zone, self.choices)
        if name is None:
            if field == "starts":
                told = N_("It says no zone. Say above which one is meant.")
                unknown = N_("The zone “{zone}” is not known. Say above which one is meant.")
                self.notes.append(
                    Note(told if time.tzid == FLOATING else unknown, {"zone": time.tzid[:60]}, field, stops=True)
                )
            return None
        try:
            found = self._wall_time(time, zone, name, field)
        except (NotAWallTime, OverflowError):
            self.notes.append(Note(N_("Only years from 1970 to 2199 can be taken."), {}, field, stops=True))
            return None
        return {"wall": found.wall.isoformat(timespec="minutes"), "zone": found.zone, "fold": found.fold}

    def _wall_time(self, time: SourceTime, zone: SourceZone, name: str, field: str) -> WallTime:
        """The instant where the file's own rules or UTC tell it; else what the clock on the wall shows."""
        if self.event.all_day:
            return WallTime.midnight(time.wall.date(), name)
        if time.offset is not None and (time.tzid == UTC_TIMES or zone.by_rules or name != zone.name):
            instant = (time.wall - timedelta(minutes=time.offset)).replace(tzinfo=UTC)
            found = wall_time_at(instant, name)
            return WallTime.of(found.wall, name, found.fold)
        try:
            found = WallTime.of(time.wall, name)
        except WallTimeInGap as gap:
            self.notes.append(
                Note(
                    N_("Clocks skip this time, so it is taken as {proposal}."),
                    {"proposal": WallTime(gap.proposal, name)},
                    field,
                )
            )
            return WallTime.of(gap.proposal, name)
        except WallTimeTwice as twice:
            self.notes.append(
                Note(
                    N_("Clocks show this time twice; the first is taken, at {offset}."),
                    {"offset": twice.offsets[0]},
                    field,
                )
            )
            return WallTime.of(time.wall, name, 0)
        if time.offset is not None and found.local.utcoffset() != timedelta(minutes=time.offset):
            told = N_(
                "The file reckons {zone} otherwise; by today’s rules it is {offset}. The time on the clock is kept."
            )
            self.notes.append(Note(told, {"zone": name, "offset": offset_text(found.instant, name)}, field))
        return found
