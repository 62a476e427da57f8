"""Calendar programs that others wrote, each asked when it is what on the clocks of a zone that a feed describes."""

import ctypes
import json
import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import playwright

from tests.infra.calendar_clients import IcalTime, libical, parsed

HOUR = 3600


class Run(NamedTuple):
    """Instants of a zone, in seconds since 1970, at which its clocks are `offset` seconds ahead of UTC."""

    first: int
    step: int
    number: int
    offset: int

    @property
    def instants(self) -> range:
        return range(self.first, self.first + self.step * self.number, self.step)


class Asked(NamedTuple):
    """A zone as a feed describes it, and what its clocks show by zoneinfo."""

    zone: str
    text: str
    runs: Sequence[Run]


class Told(NamedTuple):
    """How many times of a zone a program was asked for, and those that it takes for another instant than zoneinfo."""

    asked: int
    wrong: Sequence[int]


ToldByZone = dict[str, Told]
Reader = Callable[[Iterable[Asked]], ToldByZone]


def runs_of(zone: str, instants: Iterable[int]) -> Iterator[Run]:
    """The instants, in their order, without those whose local time comes twice: feeds give these in UTC."""
    info = ZoneInfo(zone)
    kept = []
    for at in instants:
        shown = datetime.fromtimestamp(at, info)
        offset = shown.utcoffset()
        if shown.replace(fold=1 - shown.fold).utcoffset() == offset:
            kept.append((offset, at))
    for offset, group in groupby(kept, key=itemgetter(0)):
        yield from _spaced([at for _, at in group], int((offset or timedelta()).total_seconds()))


def _spaced(instants: Sequence[int], offset: int) -> Iterator[Run]:
    first = 0
    while first < len(instants):
        step = instants[first + 1] - instants[first] if first + 1 < len(instants) else 1
        last = first
        while last + 1 < len(instants) and instants[last + 1] - instants[last] == step:
            last += 1
        yield Run(instants[first], step, last - first + 1, offset)
        first = last + 1


def hours(first_year: int, last_year: int, *, step: int = HOUR) -> range:
    start, end = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (first_year, last_year + 1))
    return range(start, end, step)


def asked_of_libical(zones: Iterable[Asked]) -> ToldByZone:
    """GNOME, KDE, Cyrus."""
    return {one.zone: Told(*_by_libical(one)) for one in zones}


def _by_libical(one: Asked) -> tuple[int, list[int]]:
    library, wrong, number = libical(), [], 0
    shown, utc = IcalTime(), library.icaltimezone_get_utc_timezone()
    with parsed(_calendar(one)) as component:
        zone = library.icalcomponent_get_timezone(component, f"Ours/{one.zone}".encode())
        assert zone, one.zone
        for run in one.runs:
            number += run.number
            for at in run.instants:
                shown = library.icaltime_from_timet_with_zone(at + run.offset, 0, utc)
                if library.icaltimezone_get_utc_offset(zone, ctypes.byref(shown), None) != run.offset:
                    wrong.append(at)
    return number, wrong


def asked_of_icaljs(zones: Iterable[Asked]) -> ToldByZone:
    """Thunderbird, Nextcloud, FullCalendar. Run by the node inside playwright."""
    node = Path(playwright.__file__).parent / "driver" / "node"
    script = Path(__file__).with_name("ask_icaljs.mjs")
    text = "\n".join(json.dumps([one.zone, _calendar(one).decode(), one.runs]) for one in zones)
    done = subprocess.run([node, script], input=text, capture_output=True, check=True, text=True)
    assert not done.stderr
    return {zone: Told(asked, wrong) for zone, asked, wrong in map(json.loads, done.stdout.splitlines())}


def _calendar(one: Asked) -> bytes:
    """Under a name that no program knows, so that each must read what the feed says."""
    return f"BEGIN:VCALENDAR\r\n{one.text.replace('TZID:', 'TZID:Ours/')}END:VCALENDAR\r\n".encode()
