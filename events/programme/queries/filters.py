"""Which events a list or a feed has. Who is given as `viewer` sees that organisation's drafts too."""

from collections.abc import Sequence
from typing import Any

from piccolo.columns import And, Or, Where

from events.kernel.ids import folded
from events.programme.rules import Kind, Status
from events.programme.rules.filters import Filters, tag_key
from events.programme.tables import Event, EventMode
from events.programme.tables.contents import Appearance


def select_events() -> Any:
    """Every column that briefs and facts are made of."""
    return Event.select(
        *Event.all_columns(),
        Event.organisation.slug.as_alias("organisation_slug"),
        Event.organisation.name.as_alias("organisation_name"),
        Event.part_of.slug.as_alias("parent_slug"),
        Event.part_of.title.as_alias("parent_title"),
        Event.part_of.uid.as_alias("parent_uid"),
    )


def visible_to(viewer: int | None) -> Where | Or:
    public = Event.status != Status.DRAFT
    return public if viewer is None else Or(public, Event.organisation == viewer)


def condition_of(where: Filters, viewer: int | None) -> Any:
    conditions = [visible_to(viewer), *narrowing(where, Event)]
    if where.mode:
        conditions.append(Event.id.is_in(EventMode.select(EventMode.event).where(EventMode.mode == where.mode)))
    return all_of(conditions + [_mentions(word) for word in words_of(where)])


def narrowing(where: Filters, table: Any) -> list[Any]:
    """All filters but mode and words, for events and for what was withdrawn: their columns have the same names."""
    conditions = _in_time(where, table)
    if not where.sessions:
        conditions.append(table.kind != Kind.SESSION)
    if where.kind:
        conditions.append(table.kind == where.kind)
    if where.organisation:
        conditions.append(table.organisation.slug == where.organisation)
    if where.part_of:
        conditions.append(table.part_of.slug == where.part_of)
    if where.whole:
        conditions.append(Or(table.slug == where.whole, table.part_of.slug == where.whole))
    if where.language:
        conditions.append(table.spoken.like(f"% {_plain(where.language).lower()} %"))
    if where.tag:
        conditions.append(table.tagged.like(f"%|{tag_key(where.tag)}|%"))
    if where.venue:
        conditions.append(table.placed == folded(where.venue))
    return conditions


def all_of(conditions: Sequence[Any]) -> Any:
    condition = conditions[0]
    for following in conditions[1:]:
        condition = And(condition, following)
    return condition


def words_of(where: Filters) -> list[str]:
    return folded(_plain(where.q)).split()


def _mentions(word: str) -> Or:
    who = Appearance.speaker
    named = Or(who.name_folded.like(f"%{word}%"), who.affiliation_folded.like(f"%{word}%"))
    return Or(Event.search_text.like(f"%{word}%"), Event.id.is_in(Appearance.select(Appearance.event).where(named)))


def _in_time(where: Filters, table: Any) -> list[Any]:
    bounds = (
        (where.since, table.ends_at > where.since),
        (where.until, table.starts_at < where.until),
        (where.over_by, table.ends_at <= where.over_by),
    )
    return [bound for moment, bound in bounds if moment]


def _plain(text: str) -> str:
    """Without what LIKE takes for a wildcard, which the two databases escape differently."""
    return text.translate(str.maketrans("%_\\", "   "))
