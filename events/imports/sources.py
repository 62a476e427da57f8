"""From a file or an address to what was read of it, with what is likely chosen already."""

import re
from collections.abc import Awaitable, Callable
from pathlib import PurePosixPath, PureWindowsPath
from typing import cast
from urllib.parse import urlsplit

from events.imports import queries
from events.imports.columns import guessed, known_headings
from events.imports.rules import LARGEST_FILE, Choices, Family
from events.imports.uploads import Found, Upload
from events.infra.addresses import fetch
from events.infra.confined import Runner, confined
from events.infra.ics.reader import read_calendar
from events.infra.ics.source import SourceCalendar
from events.infra.sheet_reader import SourceTable, read_table
from events.infra.unreadable import Unreadable, decoded
from events.kernel.clock import utc_now
from events.kernel.words import N_
from events.programme import queries as programme
from events.programme.queries.lists import list_usual_zones
from events.programme.rules import EventFacts
from events.programme.rules.errors import EventNotFound

_COPY = re.compile(r"[\s_-]*(?:\(\d+\)|cop(?:y|ie))$", re.IGNORECASE)


async def read_address(
    url: str, *, organisation: int, part_of: str = "", get: Callable[..., Awaitable[bytes]] = fetch
) -> tuple[Upload, bytes]:
    """What was read of it, and the file itself. Raises Unreadable. `get` is how an address is asked."""
    data = await get(url.strip(), most=LARGEST_FILE)
    path = PurePosixPath(urlsplit(url).path).name
    return await read_file(data, path or url, organisation=organisation, part_of=part_of, source=url.strip()), data


async def read_file(
    data: bytes, name: str, *, organisation: int, part_of: str = "", source: str = "", run: Runner = confined
) -> Upload:
    """Not kept yet. The name is for people to know it by and never becomes a path. Raises Unreadable.

    `run` is what the readers run in.
    """
    if not data:
        raise Unreadable(N_("There is nothing in this file."))
    if len(data) > LARGEST_FILE:
        raise Unreadable(N_("The file is larger than {most} MB."), most=LARGEST_FILE // 1_000_000)
    shown = _shown(name)
    parent = await _conference(part_of, organisation)
    habit = await queries.get_habit(organisation)
    zones = await list_usual_zones(organisation)
    zone = parent.span.starts.zone if parent else habit.zone or next(iter(zones), "")
    now = utc_now()
    if _is_calendar(data, shown):
        likely = list(dict.fromkeys(one for one in (zone, *zones) if one))
        calendar: SourceCalendar = await run(read_calendar, data, SourceCalendar, today=now.date(), zones=likely)
        family, found, columns = Family.CALENDAR, cast("Found", calendar), {}
        source = source or calendar.name
    else:
        table: SourceTable = await run(read_table, data, SourceTable, known=[*known_headings(), *habit.headings])
        family, found, columns = Family.TABLE, cast("Found", table), guessed(table.headings, habit.headings)
        source = parent.slug if parent else source
    return Upload(
        id=0,
        organisation=organisation,
        name=shown,
        source=(source or _COPY.sub("", PurePosixPath(shown).stem) or shown)[:300],
        family=family,
        found=found,
        choices=Choices(
            zone=zone, language=habit.language or "en", part_of=parent.slug if parent else "", columns=columns
        ),
        outcome=None,
        created_at=now,
        expires_at=now,
    )


async def _conference(slug: str, organisation: int) -> EventFacts | None:
    if not slug:
        return None
    try:
        return await programme.get_own_event(slug, organisation)
    except EventNotFound:
        raise Unreadable(N_("There is no event “{slug}” of this organisation."), slug=slug[:80]) from None


def _shown(name: str) -> str:
    last = PureWindowsPath(PurePosixPath(name).name).name
    plain = " ".join("".join(letter if letter.isprintable() else " " for letter in last).split())
    return plain.encode(errors="replace").decode()[:200] or "file"


def _is_calendar(data: bytes, name: str) -> bool:
    if data.startswith(b"PK"):
        return False
    begins = decoded(data[:4000] if len(data) > 4000 else data).lstrip().upper()  # noqa: PLR2004 - enough to tell
    return name.lower().endswith((".ics", ".ical", ".ifb")) or begins.startswith(("BEGIN:V", "<"))
