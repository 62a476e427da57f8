"""What happens to registrations inside an action that is open; places are locked by whoever calls."""

from collections.abc import Collection, Iterable

from events.activity.steps import record_all
from events.infra import db
from events.kernel.clock import utc_now
from events.kernel.ids import digest, folded_email, new_token
from events.outbox.steps import enqueue, enqueue_all
from events.programme import steps as programme
from events.programme.rules import Mode
from events.programme.rules.places import AllPlaces, LockedPlaces
from events.registration import queries
from events.registration.admission.steps import ask_anew
from events.registration.delegations.steps import leave_unproven
from events.registration.early.steps import give_back_link
from events.registration.handing_over.steps import end_offer
from events.registration.rules import CALENDAR_KIND, Standing, Ticket, TicketHandedOver
from events.registration.rules.places import decide, may_promote
from events.registration.rules.tokens import feed_token
from events.registration.steps.people import follow
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
_ANOTHER = db.Prepared("SELECT id FROM registration WHERE email_folded = :email AND id <> :id ORDER BY id DESC LIMIT 1")
_FEED_ELSEWHERE = db.Prepared(
    "UPDATE private_feed SET registration = :other WHERE id = :feed AND registration = :registration"
)
_FEED_ENDED = db.Prepared("UPDATE private_feed SET email_folded = NULL, ended_at = :now WHERE id = :id")
_FEED_ALARM = db.Prepared("UPDATE private_feed SET alarm_minutes = :minutes, changed_at = :now WHERE id = :id")
_FEED_FETCHED = db.Prepared("UPDATE private_feed SET fetched_at = :now WHERE id = :id")
MOST_AT_ONCE = 500
_CHECK_IN = db.Prepared("UPDATE registration SET checked_in_at = :at WHERE id = :id AND checked_in_at IS NULL")
# Who waited gets the standing, unless they were accepted or need no approval; who had a place elsewhere keeps theirs.
_MOVE_UP = db.Prepared(
    "UPDATE registration SET mode = :mode, holds_place = TRUE, waits_for = NULL, queue_number = NULL,"
    " changed_at = :now, standing = CASE WHEN standing <> 'waiting' THEN standing WHEN skips_approval OR EXISTS"
    " (SELECT 1 FROM request_answer a WHERE a.registration = registration.id AND a.accepted) THEN 'confirmed'"
    " WHEN over_limit THEN 'pending' ELSE :standing END"
    " WHERE event = :event AND waits_for = :line AND queue_number <= :last"
)


async def set_standing(ticket: Ticket, standing: Standing, **columns: object) -> None:
    facts = {"standing": standing.value, "changed_at": utc_now(), "held_until": None, **columns}
    await Registration.update(facts).where(Registration.id == ticket.id)  # type: ignore[arg-type]  # names do as well as columns
    await follow(ticket.event)


async def lock_and_reload(ticket: Ticket) -> tuple[AllPlaces, Ticket]:
    """Lock the places first, then look again: what was read before the lock may be old.

    Raises TicketHandedOver when it belongs to somebody else by then.
    """
    places = await programme.lock_all_places(ticket.event)
    now = await queries.get_by_id(ticket.id)
    if now.code != ticket.code:
        raise TicketHandedOver(ticket.language, now.changed_at)
    return places, now


async def take(places: LockedPlaces, *, place: bool = False, number: int | None = None) -> None:
    """Count one more who has a place, or the next in line."""
    if place or number is not None:
        await programme.set_places(places, taken=places.taken + place, last_in_line=number or places.last_in_line)


async def end(ticket: Ticket, places: AllPlaces, standing: Standing) -> None:
    """Cancel or decline; the place that it held goes to the first in line."""
    await set_standing(ticket, standing, holds_place=False, waits_for=None)
    await give_back_link(ticket.id)
    await end_offer(ticket.id)
    if ticket.standing is Standing.UNVERIFIED:
        await leave_unproven(ticket.id)
    if ticket.holds_place and not ticket.assists:
        await give_back(places, ticket.mode)


async def give_back(places: AllPlaces, mode: str, *, number: int = 1) -> None:
    """So many places less are taken; the first in line get them."""
    freed = places[mode]
    await programme.set_places(freed, taken=freed.taken - number, last_in_line=freed.last_in_line)
    await promote(places, [mode])


async def promote(places: AllPlaces, freed: Iterable[str] | None = None, *, untold: Collection[int] = ()) -> int:
    """Give free places to who waits for them, first come first served; tells how many.

    Who had a place in another mode meanwhile leaves it to the next there. Who is `untold` gets another mail.
    """
    now, promoted = utc_now(), 0
    left = list(places if freed is None else freed)
    while left:
        into = places[left.pop()]
        while may_promote(into, now) and (line := await queries.list_line(into.event, into.mode, limit=_many(into))):
            for leaving in (one.id for one in line if one.mode == Mode.IN_PERSON and one.holds_place):
                await ask_anew(into.event, leaving)  # online the house asks nothing
            await _move_up(into, line[-1].queue_number)
            await programme.set_places(into, taken=into.taken + len(line), last_in_line=into.last_in_line)
            told = [one for one in line if one.id not in untold]
            letters = [(one.id, one.email, {"from": one.mode} if one.holds_place else {}) for one in told]
            await enqueue_all("registration.promoted", letters)
            await record_all(
                "system", "promoted", [f"registration:{one.id}" for one in line], organisation=into.organisation
            )
            for mode in places.keys() - {into.mode}:
                if gone := sum(one.holds_place for one in line if one.mode == mode):
                    other = places[mode]
                    await programme.set_places(other, taken=other.taken - gone, last_in_line=other.last_in_line)
                    left.append(mode)
            promoted += len(line)
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
    """Before this registration is erased or somebody else's: nobody's calendar outlives what it was made of.

    Where it was asked for here, it is shown at another of theirs from now on.
    """
    row = await _FEED_LOCK.row(registration=registration, now=utc_now())
    if row is None:
        return
    if other := await _ANOTHER.row(email=row["email_folded"], id=registration):
        await _FEED_ELSEWHERE.rows(other=other["id"], feed=row["id"], registration=registration)
    else:
        await end_feed(row["id"])


async def set_alarm(feed: int, minutes: int | None) -> None:
    await _FEED_ALARM.rows(id=feed, minutes=minutes, now=utc_now())


async def feed_was_fetched(feed: int) -> None:
    await _FEED_FETCHED.rows(id=feed, now=utc_now())


def _many(places: LockedPlaces) -> int:
    return MOST_AT_ONCE if places.limit is None else min(MOST_AT_ONCE, places.limit - places.taken)


async def _move_up(into: LockedPlaces, last: int) -> None:
    standing = decide(into, utc_now(), proven=True).standing
    await _MOVE_UP.rows(
        mode=into.mode, now=utc_now(), standing=standing.value, event=into.event, line=into.mode, last=last
    )
    await follow(into.event)


async def check_in(registration: int, at: object) -> None:
    """Keep when somebody first came in."""
    await _CHECK_IN.rows(id=registration, at=at)
