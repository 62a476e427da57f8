"""Affiliation, access and assistants, inside an action that is open."""

from collections.abc import Sequence
from typing import Any

from msgspec import structs

from events.infra import db
from events.kernel.ids import folded
from events.registration.forms.people import NamedAffiliation
from events.registration.rules.people import AccessWish, Affiliation
from events.registration.tables import AccessWish as AccessRow

_NAMED = db.Prepared(
    "INSERT INTO affiliation (organisation, name, name_folded, listed, times)"
    " VALUES (:organisation, :name, :folded, FALSE, 1)"
    " ON CONFLICT (organisation, name_folded) DO UPDATE SET times = affiliation.times + 1 RETURNING name, type, country"
)
_NOT_NAMED = db.Prepared(
    "UPDATE affiliation SET times = times - 1"
    " WHERE organisation = :organisation AND name_folded = :folded AND times > 0"
)
_UNKNOWN = db.Prepared(
    "DELETE FROM affiliation WHERE organisation = :organisation AND name_folded = :folded AND times < 1 AND NOT listed"
)
_LISTED = db.Prepared(
    "INSERT INTO affiliation (organisation, name, name_folded, type, country, listed, times)"
    " VALUES (:organisation, :name, :folded, :type, :country, TRUE, 0) ON CONFLICT (organisation, name_folded)"
    " DO UPDATE SET name = excluded.name, listed = TRUE, type = COALESCE(excluded.type, affiliation.type),"
    " country = COALESCE(excluded.country, affiliation.country)"
)
_UNLIST = db.Prepared(
    "UPDATE affiliation SET listed = FALSE WHERE organisation = :organisation AND id = :id RETURNING name_folded"
)
_WISH = db.prepared_insert(
    AccessRow,
    conflict="ON CONFLICT (registration) DO UPDATE SET interpretation = excluded.interpretation,"
    " captions = excluded.captions, sign_language = excluded.sign_language, mobility = excluded.mobility,"
    " other = excluded.other",
)
_NO_WISH = db.Prepared("DELETE FROM access_wish WHERE registration = :registration")
# Who assists stands as the person does: the one statement that says so, after whatever became of that person.
_FOLLOW = db.Prepared(
    "UPDATE registration SET (mode, standing, holds_place, queue_number, held_until, changed_at) ="
    " (SELECT p.mode, p.standing, p.holds_place, p.queue_number, p.held_until, p.changed_at FROM registration p"
    " WHERE p.id = registration.assists)"
    " WHERE event = :event AND assists IS NOT NULL AND standing NOT IN ('declined', 'cancelled') AND EXISTS"
    " (SELECT 1 FROM registration p WHERE p.id = registration.assists AND p.changed_at <> registration.changed_at)"
)


async def name_affiliation(organisation: int, said: Affiliation) -> Affiliation:
    """Spelled as it is on the list, or was first; what the list knows besides is filled in where nothing was said."""
    if said.organisation is None:
        return said
    row = await _NAMED.row(organisation=organisation, name=said.organisation, folded=folded_name(said.organisation))
    assert row is not None  # noqa: S101 - it is inserted or updated
    return Affiliation(row["name"], said.type or row["type"], said.function, said.country or row["country"])


async def rename_affiliation(organisation: int, was: Affiliation, said: Affiliation) -> Affiliation:
    """The one instead of the other, in one order, so that two who change never wait for each other."""
    if was.organisation and said.organisation and folded_name(was.organisation) == folded_name(said.organisation):
        return structs.replace(said, organisation=was.organisation)
    if folded_name(was.organisation or "") < folded_name(said.organisation or ""):
        await forget_affiliation(organisation, was.organisation)
        return await name_affiliation(organisation, said)
    named = await name_affiliation(organisation, said)
    await forget_affiliation(organisation, was.organisation)
    return named


async def forget_affiliation(organisation: int, name: str | None) -> None:
    """One registration less that names it; nobody's name for it outlives them."""
    if name is not None:
        await _NOT_NAMED.rows(organisation=organisation, folded=folded_name(name))
        await _UNKNOWN.rows(organisation=organisation, folded=folded_name(name))


async def list_affiliations(organisation: int, named: Sequence[NamedAffiliation]) -> None:
    """In one order, so that two lists never wait for each other."""
    for one in sorted(named, key=lambda one: one.name_folded):
        await _LISTED.rows(
            organisation=organisation, name=one.name, folded=one.name_folded, type=one.type, country=one.country
        )


async def unlist_affiliation(organisation: int, known: int) -> bool:
    row = await _UNLIST.row(organisation=organisation, id=known)
    if row:
        await _UNKNOWN.rows(organisation=organisation, folded=row["name_folded"])
    return row is not None


async def set_access(registration: int, wish: AccessWish) -> None:
    if wish:
        columns = {name: getattr(wish, name) for name in AccessWish.__struct_fields__}
        await _WISH.rows(registration=registration, **columns)
    else:
        await _NO_WISH.rows(registration=registration)


async def follow(event: int) -> None:
    """Let who assists stand as those whom they assist."""
    await _FOLLOW.rows(event=event)


def columns_of(said: Affiliation) -> dict[Any, Any]:
    return {
        "affiliation": said.organisation,
        "affiliation_folded": folded_name(said.organisation) if said.organisation else None,
        "affiliation_type": said.type,
        "affiliation_function": said.function,
        "affiliation_country": said.country,
    }


def folded_name(name: str) -> str:
    return folded(name)[:400]
