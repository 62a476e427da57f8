"""The slugs of events: which are taken, and which may be looked for."""

from datetime import datetime

from piccolo.columns import And

from events.infra import db
from events.programme.queries.filters import visible_to
from events.programme.rules import Kind, Status
from events.programme.tables import Event

_ID = db.Prepared("SELECT id FROM event WHERE slug = :slug")


async def list_public_addresses(most: int = 20_000) -> list[tuple[str, datetime]]:
    """The slug of every public event and when it was last changed, latest start first; `most` fit one sitemap."""
    public = Event.select(Event.slug, Event.changed_at).where(visible_to(None))
    rows = await public.order_by(Event.starts_at, ascending=False).limit(most)
    return [(row["slug"], row["changed_at"]) for row in rows]


async def list_programmes() -> list[tuple[str, datetime]]:
    """The slug of every public conference that has sessions, and when one of these was last changed."""
    sessions = And(And(Event.kind == Kind.SESSION, visible_to(None)), Event.part_of.status != Status.DRAFT)
    rows = await Event.select(Event.part_of.slug, Event.changed_at).where(sessions).order_by(Event.changed_at)
    return list({row["part_of.slug"]: row["changed_at"] for row in rows}.items())  # of each the latest


async def find_id(slug: str) -> int | None:
    row = await _ID.row(slug=slug)
    return row["id"] if row else None


async def free_slug(slug: str, *, suffixed: bool = True) -> str:
    """The address with the first number behind it that nothing has yet; not `suffixed`, without one if that is free."""
    stem = slug[:75].rstrip("-")
    if not suffixed and await find_id(stem) is None:
        return stem
    number = 2
    while await find_id(f"{stem}-{number}") is not None:
        number += 1
    return f"{stem}-{number}"
