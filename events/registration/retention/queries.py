"""What is kept until when, and what is due to be erased: one query, so that what is foretold is what is done."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from events.accounts.rules import KeptFor
from events.infra import db
from events.registration.queries.counts import count_affiliations, count_by_standing, count_checked_in
from events.registration.queries.rows import Row
from events.registration.retention.rules import Erased, Kept, Statistics, What

_NEVER = datetime(9999, 1, 1, tzinfo=UTC)
_EVENT = "SELECT e.id AS event, e.slug, e.title, e.organisation, e.ends_at"
# How many days after the event: its people, and sensitive answers, which outlive nobody.
_DAYS = "COALESCE(e.retention_days, o.retention_days)"
_SHORTER = f"CASE WHEN q.purge_days < {_DAYS} THEN q.purge_days ELSE {_DAYS} END"
_OF = "FROM event e JOIN organisation o ON o.id = e.organisation"
_PEOPLE = f"{_OF} JOIN registration r ON r.event = e.id WHERE r.erased_at IS NULL AND {_DAYS} = :days"
_ANSWERS = (
    f"{_OF} JOIN question q ON q.event = e.id JOIN answer a ON a.question = q.id"
    f" WHERE q.sensitive AND a.purged_at IS NULL AND {_SHORTER} = :days"
)
_EVERY_CONTACT = (
    "SELECT id, event, 'delegation' AS source FROM delegation WHERE erased_at IS NULL"
    " UNION ALL SELECT id, event, 'focal_point' AS source FROM focal_point WHERE ended_at IS NULL"
)
_CONTACTS = f"{_OF} JOIN ({_EVERY_CONTACT}) c ON c.event = e.id WHERE {_DAYS} = :days"
_INVITED = f"{_OF} JOIN guest g ON g.event = e.id WHERE g.erased_at IS NULL AND {_DAYS} = :days"
_WISHED = _PEOPLE.replace(" WHERE", " JOIN access_wish w ON w.registration = r.id WHERE")
_SELECTED = {
    What.ANSWERS: (f"{_EVENT}, q.name AS question, COUNT(DISTINCT a.registration) AS number {_ANSWERS}", ", q.id"),
    What.ACCESS: (f"{_EVENT}, '' AS question, COUNT(*) AS number {_WISHED}", ""),
    What.PEOPLE: (f"{_EVENT}, '' AS question, COUNT(*) AS number {_PEOPLE}", ""),
    What.CONTACTS: (f"{_EVENT}, '' AS question, COUNT(*) AS number {_CONTACTS}", ""),
    What.INVITED: (f"{_EVENT}, '' AS question, COUNT(*) AS number {_INVITED}", ""),
}
_KEPT = {
    (what, within): db.Prepared(f"{selected} AND e.ends_at < :before{narrowed} GROUP BY e.id, o.id{by}")
    for what, (selected, by) in _SELECTED.items()
    for within, narrowed in (
        ("", ""),
        ("organisation", " AND e.organisation = :only"),
        ("event", " AND e.id = :only"),
    )
}
_KINDS_OF_DAYS = db.Prepared(
    f"SELECT {_DAYS} AS days {_OF} UNION SELECT purge_days FROM question WHERE sensitive"  # noqa: S608 - ours
)
_DUE_AT = "AND e.ends_at < :before AND e.id = :event"
_DUE = {
    What.PEOPLE: db.Prepared(f"SELECT r.id, 'registration' AS source {_PEOPLE} {_DUE_AT} ORDER BY r.id LIMIT :limit"),
    What.CONTACTS: db.Prepared(f"SELECT c.id, c.source {_CONTACTS} {_DUE_AT} ORDER BY c.source, c.id LIMIT :limit"),
    What.INVITED: db.Prepared(f"SELECT g.id, 'guest' AS source {_INVITED} {_DUE_AT} ORDER BY g.id LIMIT :limit"),
}
_DUE_ANSWERS = db.Prepared(
    f"SELECT q.id, q.purge_days {_ANSWERS} AND e.ends_at < :before AND e.id = :event AND q.name = :question LIMIT 1"
)
_ERASED = db.Prepared(
    "SELECT x.at, x.kind, x.question, x.number, e.slug, e.title FROM erasure x JOIN event e ON e.id = x.event"
    " WHERE e.organisation = :organisation ORDER BY x.at DESC, x.id DESC LIMIT :limit"
)
_REMAINING = db.Prepared("SELECT kind, value, number FROM remaining_count WHERE event = :event")
# Who could read the form was told for how long, whoever has sent it by now.
_PROMISED = db.Prepared(
    "SELECT e.id FROM event e WHERE e.organisation = :organisation AND e.retention_days IS NULL"
    " AND (e.status <> 'draft' OR e.id IN (SELECT event FROM registration WHERE erased_at IS NULL)"
    " OR e.id IN (SELECT event FROM delegation WHERE erased_at IS NULL)"
    " OR e.id IN (SELECT event FROM focal_point WHERE ended_at IS NULL))"
)
_BEYOND = db.Prepared(
    "SELECT 'organisation' AS what, slug, retention_days AS days FROM organisation"
    " WHERE retention_days NOT BETWEEN :least AND :most"
    " UNION ALL SELECT 'event' AS what, slug, retention_days FROM event"
    " WHERE retention_days NOT BETWEEN :least AND :most ORDER BY what DESC, slug"
)
_KNOWN = db.Prepared("SELECT COUNT(*) AS number FROM registration WHERE event = :event AND erased_at IS NULL")


@db.read
async def list_due(now: datetime) -> list[Kept]:
    """What a run that begins now erases, at whichever organisation."""
    return await _list_kept("", 0, now)


@db.read
async def list_kept(organisation: int) -> list[Kept]:
    """All that an organisation knows of people, what is erased next first."""
    return await _list_kept("organisation", organisation, None)


@db.read
async def list_all_kept() -> list[Kept]:
    """For who runs the instance."""
    return await _list_kept("", 0, None)


@db.read
async def list_kept_of(event: int) -> list[Kept]:
    return await _list_kept("event", event, None)


async def _list_kept(within: str, only: int, now: datetime | None) -> list[Kept]:
    """Answers first: those of people who are due themselves are counted before they go with them."""
    found: list[Kept] = []
    all_days = sorted(row["days"] for row in await _KINDS_OF_DAYS.rows())
    for what in _SELECTED:
        for days in all_days:
            before = now - timedelta(days=days) if now else _NEVER
            rows = await _KEPT[what, within].rows(days=days, before=before, only=only)
            found += [_kept(row, what, days) for row in rows]
    order = list(_SELECTED)
    return sorted(found, key=lambda one: (one.until, one.event, order.index(one.what), one.question))


def _kept(row: Row, what: What, days: int) -> Kept:
    return Kept(
        **{name: row[name] for name in ("event", "slug", "organisation", "question", "number")},
        title=msgspec.json.decode(row["title"]),
        what=what,
        until=row["ends_at"] + timedelta(days=days),
    )


async def list_due_of(what: What, event: int, now: datetime, *, limit: int) -> list[tuple[int, str]]:
    """The rows of some of those whose time is over, whatever it was when the run began; of contacts, with the table."""
    found: list[tuple[int, str]] = []
    for row in await _KINDS_OF_DAYS.rows():
        before = now - timedelta(days=row["days"])
        rows = await _DUE[what].rows(days=row["days"], before=before, event=event, limit=limit - len(found))
        found += [(one["id"], one["source"]) for one in rows]
    return found


async def find_due_question(event: int, question: str, now: datetime) -> int | None:
    """The sensitive question of this name if its answers are still there and their time is over."""
    for row in await _KINDS_OF_DAYS.rows():
        before = now - timedelta(days=row["days"])
        found = await _DUE_ANSWERS.row(days=row["days"], before=before, event=event, question=question)
        if found:
            return int(found["id"])
    return None


async def list_erased(organisation: int, *, limit: int = 200) -> list[Erased]:
    """What was erased because its time was over, latest first."""
    return [
        Erased(
            at=row["at"],
            slug=row["slug"],
            title=msgspec.json.decode(row["title"]),
            what=What(row["kind"]),
            question=row["question"],
            number=row["number"],
        )
        for row in await _ERASED.rows(organisation=organisation, limit=limit)
    ]


async def list_promised(organisation: int) -> list[int]:
    """The events of which people were told that they are kept as long as the organisation says."""
    return [row["id"] for row in await _PROMISED.rows(organisation=organisation)]


async def list_beyond(limits: KeptFor) -> list[tuple[str, int]]:
    """Whose time is not what the operator allows (any more), and how many days it is: organisations, then events."""
    rows = await _BEYOND.rows(least=limits.least, most=limits.most)
    return [(f"{row['what']} {row['slug']}", row["days"]) for row in rows]


async def count_known(event: int) -> int:
    """Of how many the event knows who they are."""
    row = await _KNOWN.row(event=event)
    return int(row["number"]) if row else 0


@db.read
async def get_statistics(event: int) -> Statistics:
    """The same before people are forgotten and after."""
    types, countries = await count_affiliations(event)
    remaining = await _REMAINING.rows(event=event)
    return Statistics(
        standings=await count_by_standing(event),
        attended=await count_checked_in(event),
        types=_with(types, remaining, "type"),
        countries=_with(countries, remaining, "country"),
    )


def _with(known: Mapping[str, int], remaining: Sequence[Row], kind: str) -> dict[str, int]:
    gone = {row["value"]: row["number"] for row in remaining if row["kind"] == kind}
    total = {value: known.get(value, 0) + gone.get(value, 0) for value in {*known, *gone}}
    return dict(sorted(total.items(), key=lambda one: (-one[1], one[0])))
