"""`sideline import`: the same reading, dry run and confirming as the workspace's, for whoever runs the instance."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from events.accounts import queries as accounts
from events.accounts.rules import Actor
from events.imports.actions import carry_out
from events.imports.columns import LABELS
from events.imports.from_calendar import asked_zones
from events.imports.planning import get_overview
from events.imports.rules import LARGEST_FILE, Act, Choices, Decision, Outcome, Overview
from events.imports.sources import read_file
from events.imports.uploads import Upload
from events.imports.words import plain
from events.infra.ics.source import SourceCalendar
from events.infra.ics.source_zones import zone_named
from events.infra.sheet_reader import SourceTable
from events.kernel.errors import Invalid, Note
from events.kernel.words import N_, in_language
from events.programme.rules import Kind
from events.web.posted import parse
from events.web.said import said

LANGUAGE = "en"
"""Of what the operator reads."""


class Wishes(Struct, frozen=True, kw_only=True):
    """What the command line says; `columns` as heading=field."""

    organisation: str
    part_of: str = ""
    zone: str = ""
    language: str = ""
    kind: str = ""
    publish: bool = False
    overwrite: bool = False
    skip_wrong: bool = False
    dry_run: bool = False
    columns: Sequence[str] = ()


class Report(Struct, frozen=True):
    """`told` is for standard error, row by row; `outcome` None where nothing was to be made, or might not."""

    told: list[str]
    summary: str
    wrong: int
    outcome: Outcome | None


async def import_file(path: Path, wishes: Wishes, *, domain: str, progress: Callable[[int], object]) -> Report:
    """Raises Invalid, NotFound, OSError. With a wrong row nothing is imported, unless wrong ones are to be skipped."""
    with path.open("rb") as file:
        data = file.read(LARGEST_FILE + 1)
    organisation = await accounts.get_organisation(wishes.organisation)
    upload = await read_file(data, path.name, organisation=organisation.id, part_of=wishes.part_of)
    upload = msgspec.structs.replace(upload, choices=_choices(upload, wishes))
    overview, ready = await get_overview(upload)
    told, wrong = list(_told(upload, overview)), overview.count(Act.REFUSE)
    if wishes.dry_run or (wrong and not wishes.skip_wrong):
        return Report(told, _summary(overview), wrong, None)
    decisions = {
        plan.row.number: Decision(overwrite=True, revision=plan.event.revision)
        for plan in overview.plans
        if wishes.overwrite and plan.event
    }
    outcome = await carry_out(
        upload, ready, decisions, by=Actor(organisation.id, "system"), domain=domain, progress=progress
    )
    told += [
        _row(upload, line.number, said(LANGUAGE, line))
        for line in outcome.refused
        if line.number not in _refused(overview)
    ]
    return Report(told, _summary(outcome), len(outcome.refused), outcome)


def _refused(overview: Overview) -> set[int]:
    return {plan.row.number for plan in overview.plans if plan.act is Act.REFUSE}


class _ChoicesForm(Struct):
    kind: Kind | None = None


def _choices(upload: Upload, wishes: Wishes) -> Choices:
    choices = upload.choices
    columns = dict(choices.columns)
    if isinstance(upload.found, SourceTable):
        columns = _columns(upload.found.headings, columns, wishes.columns)
    zone = zone_named(wishes.zone) if wishes.zone else choices.zone
    if zone is None:
        unknown = N_("There is no time zone “{name}”. Write it as Africa/Casablanca.")
        raise Invalid.of("zone", unknown, name=wishes.zone[:60])
    kind = parse(_ChoicesForm, {"kind": wishes.kind or None}).kind
    choices = msgspec.structs.replace(
        choices,
        zone=zone,
        language=wishes.language or choices.language,
        kind=kind,
        publish=wishes.publish,
        columns=columns,
    )
    if wishes.zone and isinstance(upload.found, SourceCalendar):
        asked = {one.tzid: zone for one in asked_zones(upload.found, choices) if one.must}
        choices = msgspec.structs.replace(choices, zones=asked)
    return choices


def _columns(headings: Sequence[str], guessed: dict[str, str], wished: Sequence[str]) -> dict[str, str]:
    """What is wished takes the place of what is guessed for the same column or field."""
    columns = dict(guessed)
    by_heading = {plain(heading): str(number) for number, heading in enumerate(headings)}
    for wish in wished:
        heading, _, field = wish.rpartition("=")
        number = by_heading.get(plain(heading))
        if number is None:
            raise Invalid.of("map", N_("There is no column “{heading}” in this table."), heading=heading[:60])
        if field and field not in LABELS:
            raise Invalid.of("map", N_("Choose one of: {choices}."), choices=", ".join(LABELS))
        columns = {key: value for key, value in columns.items() if key != number and value != field}
        if field:
            columns[number] = field
    return columns


def _told(upload: Upload, overview: Overview) -> Iterator[str]:
    yield from (said(LANGUAGE, note) for note in upload.found.notes)
    for plan in overview.plans:
        for note in (*plan.notes, *plan.clashes):
            yield _row(upload, plan.row.number, f"{_column(upload, note)}{said(LANGUAGE, note)}")
        if plan.act is Act.CHOOSE and plan.event:
            yield _row(
                upload, plan.row.number, f"changed in the file and here ({', '.join(plan.differ)}): {plan.event.slug}"
            )
    for event in overview.gone:
        yield f"not in the file any more: {event.slug} ({in_language(event.title, LANGUAGE)})"


def _row(upload: Upload, number: int, text: str) -> str:
    return f"{upload.name}:{number}: {text}"


def _column(upload: Upload, note: Note) -> str:
    if isinstance(upload.found, SourceTable) and note.field.isdecimal():
        return f"{upload.found.headings[int(note.field)]}: "
    return ""


def _summary(counted: Overview | Outcome) -> str:
    names = {
        Act.MAKE: "new",
        Act.UPDATE: "brought up to date",
        Act.CHOOSE: "changed on both sides",
        Act.LEAVE: "left",
        Act.REFUSE: "wrong",
    }
    return ", ".join(f"{counted.count(act)} {name}" for act, name in names.items())
