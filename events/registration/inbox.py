"""Reads what calendars answer to invitations, from the mailbox of `SIDELINE_INBOX_URL`."""

import asyncio
import logging

from events.infra import imap
from events.infra.ics.replies import read_reply
from events.kernel.clock import utc_now
from events.kernel.errors import Unavailable
from events.registration import queries
from events.registration.actions.replies import keep_mark, take_reply
from events.settings import InboxUrl, Settings

POLL_SECONDS = 60.0
LONGEST_PAUSE_SECONDS = 900.0

logger = logging.getLogger(__name__)


async def keep_reading(settings: Settings) -> None:
    """Look once a minute until cancelled; several processes may look at once, for an answer counts once."""
    pause = POLL_SECONDS
    while settings.inbox:
        try:
            await read_inbox(settings.inbox, settings.secret_key)
            pause = POLL_SECONDS
        except imap.Unreadable as error:
            logger.warning("The inbox cannot be read (%s); trying again in %.0f s", error, pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
        except Exception:
            logger.exception("The inbox is held up for a moment")
        await asyncio.sleep(pause)


async def read_inbox(inbox: InboxUrl, secret: str) -> int:
    """Take what has arrived since the last time; tells how many answers were believed."""
    believed, arrived = 0, None
    while arrived is None or len(arrived) == imap.BATCH:
        arrived = await imap.read_after(inbox, await queries.find_mark(inbox.name), utc_now())
        for one in arrived:
            believed += await _taken(one.data, inbox, secret)
        if arrived:
            await keep_mark(inbox.name, arrived[-1].mark)
    return believed


async def _taken(letter: bytes, inbox: InboxUrl, secret: str) -> bool:
    reply = await asyncio.to_thread(read_reply, letter) if letter else None
    try:
        return bool(reply and await take_reply(reply, inbox=inbox, secret=secret))
    except Unavailable:
        raise
    except Exception:
        logger.exception("An answer could not be taken; the next ones go on")
        return False
