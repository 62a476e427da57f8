"""What people do with their own calendar: ask for its address, set it up, take it back."""

from events.accounts.actions.attempts import count_attempt
from events.infra import db
from events.kernel.clock import utc_now
from events.kernel.ids import folded_email
from events.kernel.words import N_
from events.registration import queries, steps
from events.registration.queries.feeds import get_private_feed
from events.registration.rules import RegistrationOver, Standing, Ticket
from events.registration.rules.feeds import FEEDS_PER_DAY, FETCHED_EVERY, PrivateFeed

ALARMS = (30, 24 * 60)
"""How many minutes before the start one may be reminded."""


async def send_private_feed(token: str, *, secret: str) -> None:
    """Mail the address of their calendar to who is registered; shown it is nowhere, for the private page may be open
    to somebody who gave another's address. One that they had ends. Raises TooMany after a few in a day.
    """
    ticket = await queries.get_by_token(token)
    if ticket.standing is Standing.UNVERIFIED:
        raise RegistrationOver(N_("Confirm your address first."))
    await _count(folded_email(ticket.email))
    await _give(ticket, secret)


async def renew_private_feed(token: str, *, secret: str) -> None:
    """The same from the calendar's own page: another address, by mail to where the first one went."""
    feed = await get_private_feed(token)
    await _count(feed.email_folded)
    await _give(await _newest(feed), secret)


async def _newest(feed: PrivateFeed) -> Ticket:
    return (await queries.list_of_person(feed.email_folded))[-1]


async def _count(email_folded: str) -> None:
    await count_attempt("private-feed", email_folded, limit=FEEDS_PER_DAY, window_seconds=24 * 3600)


@db.write
async def _give(ticket: Ticket, secret: str) -> None:
    await steps.give_feed(await queries.get_by_id(ticket.id), secret)


@db.write
async def end_private_feed(token: str) -> None:
    """From now on its address says that it is gone."""
    await steps.end_feed((await get_private_feed(token)).id)


@db.write
async def set_alarm(token: str, minutes: int | None) -> None:
    await steps.set_alarm((await get_private_feed(token)).id, minutes)


async def note_fetched(feed: PrivateFeed) -> None:
    """Keep when a program last asked, to the hour."""
    if feed.fetched_at is None or utc_now() - feed.fetched_at >= FETCHED_EVERY:
        await _note_fetched(feed.id)


@db.write
async def _note_fetched(feed: int) -> None:
    await steps.feed_was_fetched(feed)
