"""What happens to registrations inside an action that is open; places are locked by whoever calls."""

from collections.abc import Collection

from events.activity.steps import record
from events.infra import db
from events.kernel.clock import utc_now
from events.kernel.ids import digest, folded_email, new_token
from events.outbox.steps import enqueue
from events.programme import steps as programme
from events.programme.rules import LockedPlaces
from events.registration import queries
from events.registration.rules import CALENDAR_KIND, Standing, Ticket, decide, feed_token, may_promote
from events.registration.tables import Registration

# Whoever has one already keeps its row, so that two who ask at once wait for each other; its digest is the old one.
_FEED_ASKED = db.Prepared(
    "INSERT INTO private_feed (digest, email_folded, registration, asked_at, changed_at)"
    " VALUES (:digest, :email, :registration, :now, :now) ON CONFLICT (email_folded) DO UPDATE SET"
    " registration = excluded.registration, asked_at = excluded.asked_at, fetched_at = NULL RETURNING id, digest"
)
_FEED_GIVEN = db.Prepared("UPDATE private_feed SET digest = :digest WHERE id = :id")
_FEED_OVER = db.Prepared(
    "INSERT INTO private_feed (digest, registration, asked_at, changed_at, ended_at)"
    " VALUES (:digest, :registration, :now, :now, :now)"
)
_FEED_LOCK = db.Prepared(
    "UPDATE private_feed SET changed_at = :now"
    " WHERE email_folded = (SELECT email_folded FROM registration WHERE id = :registration) RETURNING id, email_folded"
)
_ANOTHER = db.Prepared("SELECT 1 AS one FROM registration WHERE email_folded = :email AND id <> :id LIMIT 1")
_FEED_ENDED = db.Prepared("UPDATE private_feed SET email_folded = NULL, ended_at = :now WHERE id = :id")
_FEED_ALARM = db.Prepared("UPDATE private_feed SET alarm_minutes = :minutes, changed_at = :now WHERE id = :id")
_FEED_FETCHED = db.Prepared("UPDATE private_feed SET fetched_at = :now WHERE id = :id")
_CHECK_IN = db.Prepared("UPDATE registration SET checked_in_at = :at WHERE id = :id AND checked_in_at IS NULL")


async def set_standing(ticket: Ticket, standing: Standing, **columns: object) -> None:
    facts = {"standing": standing.value, "changed_at": utc_now(), "held_until": None, **columns}
    await Registration.update(facts).where(Registration.id == ticket.id)  # type: ignore[arg-type]  # names do as well as columns


async def lock_and_reload(ticket: Ticket) -> tuple[LockedPlaces, Ticket]:
    """Lock the places first, then look again: what was read before the lock may be old."""
    places = await programme.lock_places_of(ticket.event, ticket.mode)
    return places, await queries.get_by_id(ticket.id)


async def end(ticket: Ticket, places: LockedPlaces, standing: Standing) -> None:
    """Cancel or decline; the place that it held goes to the first in line."""
    await set_standing(ticket, standing, holds_place=False)
    if ticket.holds_place:
        await programme.set_places(places, taken=places.taken - 1, last_in_line=places.last_in_line)
        await promote(places)


async def promote(places: LockedPlaces, *, untold: Collection[int] = ()) -> int:
    """Give free places to who waits, first come first served; tells how many. Who is `untold` gets another mail."""
    now, promoted = utc_now(), 0
    while may_promote(places, now):
        first = await queries.first_in_line(places.event, places.mode)
        if first is None:
            break
        decision = decide(places, now, proven=True)
        await set_standing(first, decision.standing, holds_place=True, queue_number=None)
        await programme.set_places(places, taken=places.taken + 1, last_in_line=places.last_in_line)
        if first.id not in untold:
            await enqueue("registration.promoted", first.id, first.email)
        await record("system", "promoted", f"registration:{first.id}", organisation=places.organisation)
        promoted += 1
    return promoted


async def give_feed(ticket: Ticket, secret: str) -> None:
    """Send the address of their own calendar to who is registered; one that they had before ends."""
    nonce, email, now = new_token(), folded_email(ticket.email), utc_now()
    fresh = digest(feed_token(secret, nonce))
    row = await _FEED_ASKED.row(digest=fresh, email=email, registration=ticket.id, now=now)
    assert row is not None  # noqa: S101 - it is inserted or updated
    if row["digest"] != fresh:
        await _FEED_GIVEN.rows(digest=fresh, id=row["id"])
        await _FEED_OVER.rows(digest=row["digest"], registration=ticket.id, now=now)
    await enqueue(CALENDAR_KIND, ticket.id, ticket.email, facts={"nonce": nonce})


async def end_feed(feed: int) -> None:
    await _FEED_ENDED.rows(id=feed, now=utc_now())


async def end_feed_with_last(registration: int) -> None:
    """Before this registration is erased: nobody's calendar outlives what it was made of."""
    row = await _FEED_LOCK.row(registration=registration, now=utc_now())
    if row is not None and await _ANOTHER.row(email=row["email_folded"], id=registration) is None:
        await end_feed(row["id"])


async def set_alarm(feed: int, minutes: int | None) -> None:
    await _FEED_ALARM.rows(id=feed, minutes=minutes, now=utc_now())


async def feed_was_fetched(feed: int) -> None:
    await _FEED_FETCHED.rows(id=feed, now=utc_now())


async def check_in(registration: int, at: object) -> None:
    """Keep when somebody first came in."""
    await _CHECK_IN.rows(id=registration, at=at)
