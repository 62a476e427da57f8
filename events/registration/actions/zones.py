"""When the rules of time zones change: what is to come follows them, and those who go by it are told."""

from datetime import timedelta

from events.accounts import queries as accounts
from events.accounts.steps import lock_organisers
from events.infra import db
from events.kernel.clock import utc_now
from events.kernel.spans import tzdata_version
from events.outbox import queries as outbox
from events.outbox.steps import enqueue, enqueue_all
from events.programme import steps as programme
from events.programme.queries.zones import list_reckoned_before
from events.programme.rules import Status
from events.programme.rules.zones import ZONES_KIND
from events.programme.steps import zones
from events.registration import queries
from events.registration.guests import steps as guests

GATHERED_FOR = timedelta(minutes=2)
"""So that organisers get one mail about all their events."""


async def follow_zone_rules() -> int:
    """Reckon anew what is to come and was reckoned with older rules; each in its own action. Tells how many moved."""
    outdated = await list_reckoned_before(tzdata_version(), utc_now())
    moved = 0
    for event in outdated:
        moved += await _follow_zone_rules(event.slug, event.organisation)
    return moved


@db.write
async def _follow_zone_rules(slug: str, organisation: int) -> bool:
    """Wall time and zone stay, the instant moves: whoever is registered is told, and who looks after the event."""
    event = await programme.lock_event(slug, organisation)
    await guests.reckon(event.id)
    if event.tzdata_version >= tzdata_version() or event.ends_at <= utc_now() or not await zones.reckon(event):
        return False
    if event.status is Status.PUBLISHED:
        facts = {"was_instant": event.starts_at}
        people = [(ticket.id, ticket.email, facts) for ticket in await queries.list_active(event.id)]
        await enqueue_all("registration.event_reckoned", people)
    told = {"organisation": organisation, "tzdata": tzdata_version()}
    for member in await lock_organisers(organisation):
        if told not in await outbox.list_facts(member, ZONES_KIND):
            person = await accounts.get_person(member)
            await enqueue(ZONES_KIND, member, person.email, facts=told, due_at=utc_now() + GATHERED_FOR)
    return True
