"""What `sideline retention` does and says."""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from events.kernel.clock import utc_now
from events.registration.retention.actions import erase_due
from events.registration.retention.queries import list_all_kept, list_due
from events.registration.retention.rules import Kept


class Report(Struct, frozen=True):
    due: Sequence[Kept]
    later: Sequence[Kept]


async def run(*, dry: bool) -> Report:
    """Erase what is due, but for a dry run, and tell what it was and what is to come."""
    now = utc_now()
    due = await list_due(now)
    if not dry:
        await erase_due(now)
    return Report(due, [one for one in await list_all_kept() if one.until >= now])


def lines(verb: str, kept: Iterable[Kept]) -> Iterator[str]:
    """Of an event each: what, of how many people, and on which date its time is over; columns parted by tabs."""
    for one in kept:
        what = f"{one.what}: {one.question}" if one.question else one.what.value
        yield f"{verb}\t{one.until.date()}\t{one.slug}\t{what}\t{one.number}"
