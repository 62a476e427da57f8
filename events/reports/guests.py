"""The list of who was invited, as a file."""

from collections.abc import AsyncIterator

from litestar.response import Stream

from events.accounts.rules import Actor
from events.infra.sheets import BOM, CSV_TYPE, Cell, csv_of
from events.kernel.clock import utc_now
from events.kernel.zones import zone_info
from events.programme.queries import get_own_event
from events.programme.rules import EventFacts
from events.registration.guests.queries import list_guests
from events.registration.guests.rules import Listed
from events.reports.actions import record_guest_export

COLUMNS = (
    "name", "email", "language", "mode", "organisation", "state", "mail_failed", "reserved", "invited_at", "expires_at",
    "answered_at", "registration", "standing",
)  # fmt: skip
"""The headings, which programs rely on; the first ones are those by which people are invited."""

_AT_ONCE = 500


async def guests_answer(slug: str, actor: Actor) -> Stream:
    event = await get_own_event(slug, actor.organisation)
    await record_guest_export(event, by=actor)
    today = utc_now().astimezone(zone_info(event.span.starts.zone)).date()
    headers = {
        "Content-Disposition": f'attachment; filename="{event.slug}-guests-{today.isoformat()}.csv"',
        "Cache-Control": "no-store",
    }
    return Stream(_pieces(event), headers=headers, media_type=CSV_TYPE)


async def _pieces(event: EventFacts) -> AsyncIterator[bytes]:
    yield BOM + csv_of([COLUMNS])
    after: int | None = 0
    while after is not None:
        guests, after = await list_guests(event.id, after=after, limit=_AT_ONCE)
        yield csv_of(_row(one, event.span.starts.zone) for one in guests)


def _row(one: Listed, zone: str) -> list[Cell]:
    guest, there = one.guest, zone_info(zone)
    return [
        guest.name,
        guest.email,
        guest.language,
        guest.mode,
        guest.affiliation,
        guest.state,
        "true" if one.failed else "",
        guest.reserved,
        guest.invited_at.astimezone(there),
        guest.expires_at.astimezone(there),
        guest.answered_at and guest.answered_at.astimezone(there),
        one.code,
        one.standing,
    ]
