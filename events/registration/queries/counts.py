"""How many."""

from piccolo.columns import And
from piccolo.query.functions import Count

from events.infra import db
from events.programme.rules import Mode
from events.registration.rules import Standing
from events.registration.tables import Registration

_BY_EVENT = db.Prepared(
    "SELECT r.event, r.standing, COUNT(*) AS number FROM event e JOIN registration r ON r.event = e.id"
    " WHERE e.organisation = :organisation GROUP BY r.event, r.standing"
)


@db.read
async def count_affiliations(event: int) -> tuple[dict[str, int], dict[str, int]]:
    """How many come for which type of organisation, and from which country."""
    counts: list[dict[str, int]] = []
    for column in (Registration.affiliation_type, Registration.affiliation_country):
        known = And(Registration.event == event, And(column.is_not_null(), Registration.erased_at.is_null()))
        rows = await Registration.select(column.as_alias("said"), Count()).where(known).group_by(column)
        counts.append({row["said"]: row["count"] for row in rows})
    return counts[0], counts[1]


@db.read
async def count_by_standing(event: int, *, assistants: bool = False) -> dict[tuple[Mode, Standing], int]:
    """Of those who count against the places; with `assistants` of all."""
    mine = Registration.event == event
    rows = await (
        Registration.select(Registration.mode, Registration.standing, Count())
        .where(mine if assistants else And(mine, Registration.assists.is_null()))
        .group_by(Registration.mode, Registration.standing)
    )
    return {(Mode(row["mode"]), Standing(row["standing"])): row["count"] for row in rows}


async def count_by_event(organisation: int) -> dict[int, dict[Standing, int]]:
    """How many registrations of which standing each event of an organisation has."""
    counts: dict[int, dict[Standing, int]] = {}
    for row in await _BY_EVENT.rows(organisation=organisation):
        counts.setdefault(row["event"], {})[Standing(row["standing"])] = row["number"]
    return counts


async def count_standing(event: int) -> int:
    """The registrations that are not over."""
    stands = And(Registration.event == event, Registration.standing.not_in(["declined", "cancelled"]))
    return int(await Registration.count().where(stands))


async def count_of_event(event: int) -> int:
    """All there ever were."""
    return int(await Registration.count().where(Registration.event == event))


async def count_checked_in(event: int) -> int:
    came_in = And(Registration.event == event, Registration.checked_in_at.is_not_null())
    return int(await Registration.count().where(came_in))
