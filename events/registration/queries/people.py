"""Where people come from, what they need, who assists whom."""

from events.accounts.rules import Actor
from events.infra import db
from events.kernel.ids import folded
from events.programme.queries import has_own
from events.programme.rules.limits import AffiliationType
from events.registration.forms.people import NEEDS
from events.registration.queries.rows import ticket_of
from events.registration.rules import Ticket
from events.registration.rules.people import (
    ENTERED_OFTEN,
    MOST_SUGGESTED,
    NOTHING_NEEDED,
    AccessCounts,
    AccessWish,
    KnownAffiliation,
    Visit,
)

_SUGGESTED = db.Prepared(
    "SELECT name FROM affiliation WHERE organisation = :organisation AND (listed OR times >= :often)"
    " AND (name_folded LIKE :begins OR name_folded LIKE :within) ORDER BY times DESC, name_folded LIMIT :limit"
)
_KNOWN = db.Prepared(
    "SELECT id, name, type, country, listed, times FROM affiliation WHERE organisation = :organisation"
    " AND name_folded LIKE :within ORDER BY name_folded LIMIT :limit"
)
_WISH = db.Prepared("SELECT * FROM access_wish WHERE registration = :registration")
_WISHES = db.Prepared(
    "SELECT r.*, w.interpretation, w.captions, w.sign_language, w.mobility, w.other"
    " FROM registration r JOIN access_wish w ON w.registration = r.id"
    " WHERE r.event = :event AND r.standing NOT IN ('declined', 'cancelled') ORDER BY r.id"
)
_VISIT = db.Prepared("SELECT first_at, last_at, times FROM join_visit WHERE registration = :registration")
_ASSISTANTS = db.Prepared("SELECT * FROM registration WHERE event = :event AND assists = :registration ORDER BY id")
_COUNT_ASSISTANTS = db.Prepared(
    "SELECT COUNT(*) AS number FROM registration"
    " WHERE event = :event AND assists IS NOT NULL AND standing NOT IN ('declined', 'cancelled')"
)


async def find_voucher(caller: Actor | None, slug: str) -> Actor | None:
    """The caller if they register people at their own event: organisers vouch for these, and meet no limits."""
    vouches = caller and caller.may("registrations:write") and await has_own(slug, caller.organisation)
    return caller if vouches else None


async def suggest_affiliations(organisation: int, typed: str, *, limit: int = MOST_SUGGESTED) -> list[str]:
    """Names of organisations alone: of this organisation's own list, and what was entered often at its events."""
    plain = folded(typed.translate(str.maketrans("%_\\", "   "))).strip()
    rows = await _SUGGESTED.rows(
        organisation=organisation, often=ENTERED_OFTEN, begins=f"{plain}%", within=f"% {plain}%", limit=limit
    )
    return [row["name"] for row in rows]


async def list_affiliations(organisation: int, q: str = "", *, limit: int = 200) -> list[KnownAffiliation]:
    """What organisers see of their own: the list, and what was entered once only too."""
    plain = folded(q.translate(str.maketrans("%_\\", "   "))).strip()
    rows = await _KNOWN.rows(organisation=organisation, within=f"%{plain}%", limit=limit)
    return [
        KnownAffiliation(
            **dict(row) | {"type": row["type"] and AffiliationType(row["type"]), "listed": bool(row["listed"])}
        )
        for row in rows
    ]


async def find_visit(registration: int) -> Visit | None:
    """When they went to the joining link, and how often."""
    row = await _VISIT.row(registration=registration)
    return Visit(row["first_at"], row["last_at"], row["times"]) if row else None


async def find_access(registration: int) -> AccessWish:
    row = await _WISH.row(registration=registration)
    return _wish_of(row) if row else NOTHING_NEEDED


async def list_assistants(event: int, registration: int) -> list[Ticket]:
    """Who comes to assist this person, cancelled ones too."""
    return [ticket_of(row) for row in await _ASSISTANTS.rows(event=event, registration=registration)]


@db.read
async def list_access(event: int) -> list[tuple[Ticket, AccessWish]]:
    """Who needs something: for those who look after it, never for ordinary lists."""
    return [(ticket_of(row), _wish_of(row)) for row in await _WISHES.rows(event=event)]


@db.read
async def count_access(event: int) -> AccessCounts:
    wishes = [wish for _, wish in await list_access(event)]
    [assistants] = await _COUNT_ASSISTANTS.rows(event=event)
    languages = sorted({wish.interpretation for wish in wishes if wish.interpretation})
    needs = {need: sum(bool(getattr(wish, need)) for wish in wishes) for need in (*NEEDS, "other")}
    return AccessCounts(
        interpretation={language: sum(wish.interpretation == language for wish in wishes) for language in languages},
        **needs,
        assistants=assistants["number"],
    )


def _wish_of(row: object) -> AccessWish:
    return AccessWish(**{name: row[name] for name in AccessWish.__struct_fields__})  # type: ignore[index]  # a row
